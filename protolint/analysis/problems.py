"""Why Caffe would stop over a net: while it builds it, and in the first pass after that."""

from __future__ import annotations

from protolint.analysis.backward import backward_problems
from protolint.analysis.forward import forward_problems
from protolint.analysis.graph import graph_problems
from protolint.analysis.losses import loss_problems
from protolint.analysis.membership import membership_problems
from protolint.analysis.names import name_problems
from protolint.analysis.outputs import output_problems
from protolint.analysis.overwriting import overwriting_problems
from protolint.analysis.scale import scale_problems
from protolint.analysis.shapes import shape_problems
from protolint.analysis.sharing import sharing_problems
from protolint.analysis.split_names import split_name_problems
from protolint.analysis.training import training_problems
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.model.net import Net
    from protolint.model.state import NetState
    from protolint.problem import Problem


def build_problems(net: Net, states: list[NetState]) -> list[Problem]:
    """Return what ``caffe::Net`` refuses when it is constructed in the given states."""
    return [
        *net.problems,
        *graph_problems(net, states),
        *shape_problems(net, states),
        *sharing_problems(net, states),
    ]


def run_problems(net: Net, states: list[NetState], *, pinned: bool) -> list[Problem]:
    """Return what is wrong in the first forward and backward pass of a net that Caffe has built.

    Where the state is ``pinned`` to TEST nothing is said of backward passes, of which a test has
    none.
    """
    tests = pinned and all(state.phase == "TEST" for state in states)
    problems = [*forward_problems(net, states), *silent_problems(net, states)]
    return problems if tests else [*problems, *backward_problems(net, states)]


def silent_problems(net: Net, states: list[NetState]) -> list[Problem]:
    """Return what Caffe does without a word and hardly as meant."""
    return [
        *membership_problems(net),
        *split_name_problems(net),
        *name_problems(net, states),
        *overwriting_problems(net, states),
        *loss_problems(net, states),
        *training_problems(net, states),
        *scale_problems(net, states),
        *output_problems(net, states),
    ]

"""What the tests of analyses share: nets from text, and problems in a form that is easy to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from protolint.model.net import Net
from protolint.model.state import NetState
from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.syntax.parser import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from protolint.problem import Problem

BINDER = Binder(load_bvlc())
TRAIN, TEST = NetState("TRAIN"), NetState("TEST")

DATA = (
    'layer { name: "data" type: "DummyData" top: "data" top: "label" '
    "dummy_data_param { shape { dim: 4 dim: 3 } shape { dim: 4 } "
    'data_filler { type: "gaussian" } data_filler { type: "uniform" } } }\n'
)
LOSS = (
    'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" %s }\n'
)


def dense(name: str, bottom: str, top: str, more: str = "") -> str:
    """Return an InnerProduct layer of three outputs."""
    return (
        f'layer {{ name: "{name}" type: "InnerProduct" bottom: "{bottom}" top: "{top}" {more} '
        "inner_product_param { num_output: 3 } }\n"
    )


def one(name: str, kind: str, bottom: str, top: str, more: str = "") -> str:
    """Return a layer with one bottom and one top."""
    return f'layer {{ name: "{name}" type: "{kind}" bottom: "{bottom}" top: "{top}" {more} }}\n'


def net_of(text: str) -> Net:
    """Return the net in a text that has no fault of syntax or schema."""
    misfits: list[Problem] = []
    net = Net(BINDER.bind(parse(text), "NetParameter", misfits))
    assert not misfits
    return net


class Told(NamedTuple):
    """A problem: its rule, the text it points at, the texts of its marks, and its phases."""

    rule: str
    text: str
    marks: tuple[str, ...]
    phases: tuple[str, ...]


def told(
    text: str,
    analysis: Callable[[Net, list[NetState]], Iterable[Problem]],
    states: tuple[NetState, ...] = (TRAIN, TEST),
) -> list[Told]:
    """Return what an analysis finds in a net."""
    return [
        Told(
            problem.rule,
            text[problem.start : problem.end],
            tuple(text[mark.start : mark.end] for mark in problem.marks),
            problem.phases,
        )
        for problem in analysis(net_of(text), list(states))
    ]

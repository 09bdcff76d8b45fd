"""What a solver and the nets it names have to agree on.

The nets are put into ``solver.facts["nets"]`` by whoever read them: for each of ``solver.uses()``
the net, or ``None`` where it was not read.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from protolint.analysis.shapes import shapes
from protolint.layers.shapes import shape_text
from protolint.model.place import problem
from protolint.values import Unknown, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.layers import Shape
    from protolint.model.net import Net
    from protolint.model.solver import NetUse, Solver
    from protolint.problem import Problem

_Params = dict[str, "tuple[Shape, ...]"]


def pairing_problems(solver: Solver) -> Iterator[Problem]:
    """Yield the layers whose weights do not fit between the training net and a test net.

    Before a test Caffe gives the test net the weights of the training net, layer by layer of one
    name (Net::ShareTrainedLayersWith).
    """
    read: list[tuple[NetUse, Net | None]] = solver.facts.get("nets", [])
    trained = [(use, net) for use, net in read if use.phase == "TRAIN" and net is not None]
    told = set()
    for use, net in read:
        if use.phase != "TEST" or net is None or not trained:
            continue
        source, test = _params(*trained[0]), _params(use, net)
        for name, params in source.items():
            other = test.get(name)
            if other is None or name in told or not _differ(params, other):
                continue
            told.add(name)
            args = {"layer": name, "train": _words(params), "test": _words(other)}
            yield problem("test-weights-differ", use.reference.node, args)


def layer_names(solver: Solver) -> list[str] | Unknown:
    """Return the names of the training net's layers."""
    for use, net in solver.facts.get("nets", ()):
        if use.phase == "TRAIN" and net is not None and not net.message.lost:
            return [layer.name for layer in net.for_state(use.net_state(net.state))]
    return unknown("the training net was not read")


def repeated_names(solver: Solver) -> list[str] | Unknown:
    """Return the names that several layers of the training net have, and ``""`` for no name."""
    names = layer_names(solver)
    if isinstance(names, Unknown):
        return names
    return [name for name, count in Counter(names).items() if count > 1 or not name]


def _params(use: NetUse, net: Net) -> _Params:
    found = shapes(net, use.net_state(net.state))
    params: _Params = {}
    for step, built in zip(found.graph.order, found.built, strict=True):
        if built is not None and built.params is not None:
            params.setdefault(step.layer.name, built.params)
    return params


def _differ(one: tuple[Shape, ...], other: tuple[Shape, ...]) -> bool:
    """Return whether two layers' parameters differ in number or in a size that is known."""
    if len(one) != len(other):
        return True
    return any(
        a is not None
        and b is not None
        and (
            len(a) != len(b)
            or any(x is not None and y is not None and x != y for x, y in zip(a, b, strict=True))
        )
        for a, b in zip(one, other, strict=True)
    )


def _words(params: tuple[Shape, ...]) -> str:
    return ", ".join(shape_text(shape) for shape in params) or "none"

"""What a solver and the nets it names have to agree on.

The nets are put into ``solver.facts["nets"]`` by whoever read them: for each of ``solver.uses()``
the net, or ``None`` where it was not read.
"""

from __future__ import annotations

from collections import Counter

from protolint.analysis.shapes import shapes
from protolint.analysis.training import lacks_loss, training_problems
from protolint.layers.shapes import shape_text
from protolint.model import serve
from protolint.model.place import problem
from protolint.typing import TYPE_CHECKING
from protolint.values import Unknown, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.layers import Shape
    from protolint.model.net import Net
    from protolint.model.solver import NetUse, Solver
    from protolint.model.state import NetState
    from protolint.problem import Problem

_Params = dict[str, "tuple[Shape, ...]"]


def pairing_problems(solver: Solver) -> Iterator[Problem]:
    """Yield where the nets do not serve the solver: weights that do not fit, nothing to learn from.

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
    for use, net in trained:
        yield from _trained_on_nothing(use, net)


def _trained_on_nothing(use: NetUse, net: Net) -> Iterator[Problem]:
    """Yield that a training net takes data from outside, or that it has weights and no loss."""
    state, node = use.net_state(net.state), use.reference.node
    for layer in net.for_state(state):
        if layer.type == "Input" and layer.tops:
            args = {"layer": layer.name, "blob": layer.tops[0]}
            yield problem("input-never-filled", node, args)
            break
    if lacks_loss(net, state) and not training_problems(net, [state]):
        yield problem("training-without-loss", node, {})


def net_problems(net: Net, other: Net) -> Iterator[Problem]:
    """Yield the layers of ``net`` whose weights do not fit those of the same name in ``other``.

    Weights are loaded by name, so this is what goes wrong between a net that was trained and one
    that is to be deployed or trained on.
    """
    theirs = _served_params(other)
    layers = {layer.name: layer for layer in reversed(net.layers)}
    for name, params in _served_params(net).items():
        there = theirs.get(name)
        if there is not None and _differ(there, params):
            args = {"layer": name, "here": _words(params), "there": _words(there)}
            more = {"other": other.path}
            yield problem("pair-weights-differ", layers[name].name_node(), args | more, layer=name)


def _served_params(net: Net) -> _Params:
    params: _Params = {}
    for state in serve.states(net).states:
        for name, found in _state_params(net, state).items():
            params.setdefault(name, found)
    return params


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
    return _state_params(net, use.net_state(net.state))


def _state_params(net: Net, state: NetState) -> _Params:
    found = shapes(net, state)
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

"""The blobs of a net in one state: who makes them, who reads them, and what Caffe refuses.

Follows InsertSplits and Net::Init. A blob's name may stand for several *versions*, one after the
other: a layer that works in place makes the next version. Caffe tells them apart by the last layer
above that has the name among its tops, and so does this module.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict

from protolint.analysis.wiring import Step, made_again, makers_of, unknown_bottom
from protolint.model.state import PHASES
from protolint.schema.misfit import MOST_COMPARED, nearest
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from protolint.model.layer import Layer
    from protolint.model.net import Net
    from protolint.model.state import NetState
    from protolint.problem import Problem

MOST_STEPS = 100
"""Layers that are followed from one to the next; what lies further away is not looked at."""

UNKNOWN = -1
"""The version that a bottom without a producer reads."""


class Graph(NamedTuple):
    """The layers of one state in file order, and the versions of blobs between them.

    A version is an index into ``names`` (its blob), ``producers`` (the index of its step in
    ``order``), ``readers`` (the indices of the steps that have it as a bottom, once a bottom) and
    ``in_place`` (the version it overwrites, else ``UNKNOWN``). ``outputs`` are the versions that
    nothing reads, which Caffe prints as the net's outputs. ``steps`` leads from a layer (its
    ``id``) to its step, in order, and ``types`` has the steps of each layer type. ``problems`` have
    no phases yet.
    """

    order: list[Step]
    steps: dict[int, int]
    types: dict[str, list[int]]
    names: list[str]
    producers: list[int]
    readers: list[list[int]]
    in_place: list[int]
    outputs: list[int]
    problems: list[Problem]


def graph(net: Net, state: NetState) -> Graph:
    """Return the graph of a net in a state; states that build the same layers share it."""
    layers = net.for_state(state)
    key = ("graph", id(layers))
    found: Graph | None = net.facts.get(key)
    if found is None:
        # Where a part of the net could not be read, the graph does not depend on its layers only.
        graphs: dict[Hashable, Graph] = {}
        if net.memory is not None and not net.message.lost:
            graphs = net.memory.graphs
        before = graphs.get(state)
        found = (before and _rewired(net, before, layers)) or _build(net, layers)
        net.facts[key] = graphs[state] = found
    return found


def _rewired(net: Net, before: Graph, layers: list[Layer]) -> Graph | None:
    """Return the graph with other layers for those that were edited, wired as they are now.

    ``None`` where it is no less work to build it: where versions would get other numbers, or what
    was wrong is not about the names that the edited layers have and had.
    """
    order = before.order
    if len(order) != len(layers) or any(layer.doubtful for layer in layers):
        return None
    steps = order.copy()
    names: set[str] = set()
    edited: set[int] = set()
    for at, (step, layer) in enumerate(zip(order, layers, strict=True)):
        old = step.layer
        if old is layer:
            continue
        if old.doubtful or len(old.tops) != len(layer.tops):
            return None
        steps[at] = step._replace(layer=layer)
        if _wiring(old) != _wiring(layer):
            edited.add(at)
            names.update(old.bottoms, old.tops, layer.bottoms, layer.tops)
    if any(found.args["blob"] not in names for found in before.problems):
        return None
    rewired = before._replace(order=steps, steps=_steps(layers), types=_types(layers))
    return _wired_anew(net, rewired, layers, edited, names) if edited else rewired


def _wiring(layer: Layer) -> tuple[object, ...]:
    """Return all that the graph reads of a layer that is not doubtful."""
    values, lost = layer.message.values, layer.message.lost
    return layer.bottoms, layer.tops, values.get("loss_weight"), "bottom" in lost


def _wired_anew(
    net: Net, before: Graph, layers: list[Layer], edited: set[int], names: set[str]
) -> Graph:
    """Return a graph in which the blobs of the given names are wired anew, as ``_build`` does it.

    They are all that is wrong in it, and all names that the ``edited`` steps have or had.
    """
    order, readers, producers = before.order.copy(), before.readers.copy(), before.producers
    found = _Found(before.names.copy(), before.in_place.copy(), [], Counter(), {}, {})
    last: dict[str, int] = {}
    for at, layer in enumerate(layers):
        named = not (names.isdisjoint(layer.bottoms) and names.isdisjoint(layer.tops))
        if not named and at not in edited:
            continue
        _, bottoms, tops = order[at]
        bottoms = [
            last.get(blob, UNKNOWN) if blob in names else bottoms[index]
            for index, blob in enumerate(layer.bottoms)
        ]
        order[at] = Step(layer, bottoms, tops)
        for index, (blob, version) in enumerate(zip(layer.bottoms, bottoms, strict=True)):
            if version == UNKNOWN:
                found.missing.setdefault(blob, []).append((at, index))
                found.above.setdefault(blob, bisect_left(producers, at))
            elif blob in names:
                readers[version].append(at)
        for index, (blob, version) in enumerate(zip(layer.tops, tops, strict=True)):
            if blob not in names:
                continue
            if blob in last:
                found.again.append((at, index, last[blob]))
            last[blob] = version
            found.names[version] = blob
            found.in_place[version] = UNKNOWN
            readers[version] = []
        weights = layer.message.values.get("loss_weight", ())
        weighted = zip(layer.tops, weights, strict=False)
        found.losses.update(last[blob] for blob, weight in weighted if weight and blob in names)
    return _judged(net, layers, before._replace(order=order, readers=readers), found)


def graph_problems(net: Net, states: Iterable[NetState]) -> list[Problem]:
    """Return the problems of a net in all of the given states, each once."""
    return merge((state, graph(net, state).problems) for state in states)


def merge(found: Iterable[tuple[NetState, list[Problem]]]) -> list[Problem]:
    """Return each problem once, in text order, with the phases in which it holds.

    Problems are the same when rule, place and arguments are. The argument ``states`` is added: the
    states in words where the problem holds only with some stage or level, else empty.
    """
    merged: dict[tuple[object, ...], tuple[Problem, list[NetState]]] = {}
    for state, problems in found:
        for fault in problems:
            key = (fault.rule, fault.start, fault.end, tuple(fault.args.items()))
            merged.setdefault(key, (fault, []))[1].append(state)
    result = []
    for fault, states in merged.values():
        phases = tuple(phase for phase in PHASES if any(s.phase == phase for s in states))
        special = all(state.level or state.stages for state in states)
        words = "; ".join(map(str, states)) if special else ""
        result.append(fault._replace(args={**fault.args, "states": words}, phases=phases))
    return sorted(result, key=lambda fault: (fault.start, fault.end, fault.rule))


class _Found(NamedTuple):
    """What wiring a graph has come to, of which ``_judged`` makes the rest.

    ``again`` are the tops whose name is taken: the step, the number of the top, the version before.
    ``losses`` counts the versions with a weight, ``missing`` are the places where a blob is read
    that nothing above makes, and ``above`` how many versions are above the first of them.
    """

    names: list[str]
    in_place: list[int]
    again: list[tuple[int, int, int]]
    losses: Counter[int]
    missing: dict[str, list[tuple[int, int]]]
    above: dict[str, int]


def _build(net: Net, layers: list[Layer]) -> Graph:
    order: list[Step] = []
    producers: list[int] = []
    readers: list[list[int]] = []
    found = _Found([], [], [], Counter(), {}, {})
    names, in_place, again, losses, missing, above = found
    last: dict[str, int] = {}
    blurred = not net.message.lost.isdisjoint(("layer", "layers", "input"))
    for at, layer in enumerate(layers):
        bottoms = []
        for index, blob in enumerate(layer.bottoms):
            version = last.get(blob, UNKNOWN)
            bottoms.append(version)
            if version >= 0:
                readers[version].append(at)
            elif not blurred:
                missing.setdefault(blob, []).append((at, index))
                above.setdefault(blob, len(names))
        tops = []
        for index, blob in enumerate(layer.tops):
            version = len(names)
            before = last.get(blob, UNKNOWN)
            if before >= 0:
                again.append((at, index, before))
            tops.append(version)
            last[blob] = version
            names.append(blob)
            producers.append(at)
            readers.append([])
            in_place.append(UNKNOWN)
        if "loss_weight" in layer.message.values:
            weights = layer.message.values["loss_weight"]
            losses.update(
                last[blob] for blob, weight in zip(layer.tops, weights, strict=False) if weight
            )
        order.append(Step(layer, bottoms, tops))
        # From here on a blob without a producer may come from what could not be read.
        blurred = blurred or layer.doubtful
    wired = order, _steps(layers), _types(layers), names, producers, readers
    return _judged(net, layers, Graph(*wired, in_place, [], []), found)


def _judged(net: Net, layers: list[Layer], wired: Graph, found: _Found) -> Graph:
    """Return a graph that is wired with what works in place, what is wrong, and its outputs."""
    order, producers, readers = wired.order, wired.producers, wired.readers
    names, in_place, again, losses, missing, above = found
    problems: list[Problem] = []
    for at, index, before in again:
        step = order[at]
        uses = len(readers[before]) + losses[before]
        if index < len(step.bottoms) and step.bottoms[index] == before and uses == 1:
            in_place[step.tops[index]] = before
        elif not (
            step.layer.doubtful
            or "bottom" in step.layer.message.lost
            or order[producers[before]].layer.doubtful
        ):
            problems.append(made_again(order, producers, readers, at, index, before, losses))
    makers = makers_of(layers) if missing else {}
    guesses = MOST_COMPARED
    for blob, places in missing.items():
        guesses -= above[blob]
        near = next(iter(nearest(blob, names[: above[blob]])), "") if guesses >= 0 else ""
        problems.append(unknown_bottom(net, layers, makers, blob, places, near))
    overwritten = set(in_place)
    outputs = [v for v in range(len(names)) if not readers[v] and v not in overwritten]
    return wired._replace(names=names, in_place=in_place, outputs=outputs, problems=problems)


def _steps(layers: list[Layer]) -> dict[int, int]:
    return dict(zip(map(id, layers), range(len(layers)), strict=True))


def _types(layers: list[Layer]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for at, layer in enumerate(layers):
        found[layer.type].append(at)
    return dict(found)

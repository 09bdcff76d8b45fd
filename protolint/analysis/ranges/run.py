"""Walks a net in file order and gives every blob its value."""

from __future__ import annotations

from protolint.analysis.backward import backward
from protolint.analysis.graph import MOST_STEPS, UNKNOWN
from protolint.analysis.ranges import arrange, losses, normalise, pointwise, sources, sums
from protolint.analysis.ranges.place import Hazard, Lost, Place, Weights
from protolint.analysis.ranges.value import Value, anything, between
from protolint.analysis.shapes import Shapes, shapes
from protolint.layers import layer_type
from protolint.layers.variants import FREE
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from protolint.analysis.graph import Graph
    from protolint.model.layer import Layer
    from protolint.model.net import Net
    from protolint.model.state import NetState

FUNCTIONS: dict[str, Any] = {
    **arrange.FUNCTIONS,
    **losses.FUNCTIONS,
    **normalise.FUNCTIONS,
    **pointwise.FUNCTIONS,
    **sources.FUNCTIONS,
    **sums.FUNCTIONS,
}
"""Type → its transfer function, from a ``Place`` to the value of the top, or of each top.

Python layers have none.
"""


def function_of(net: Net, layer: Layer) -> Any:
    """Return a layer's transfer function; ``None`` for a type of which nothing is known.

    What forks add is imported for nets that have such a type. A type that the user declares is the
    user's own, and a field that no fork is known to have may change anything.
    """
    found = FUNCTIONS.get(layer.type)
    if found is not None or layer.type in net.declared:
        return found
    kind = layer_type(layer)
    if kind is None or kind.bottoms == FREE:
        return None
    from protolint.analysis.ranges import forks  # noqa: PLC0415  (few nets have such a type)

    return forks.FUNCTIONS.get(layer.type)


_LONGEST = 6
"""Layers of a chain that are told in full."""


class Ranges(NamedTuple):
    """The values of the blobs of a net in one state, under one assumption about weights.

    ``values`` is by version of the graph; ``hazards`` are the operations that are not finite on
    numbers they may meet, by step. ``unknown`` says of steps why nothing is known of what they do.
    """

    shapes: Shapes
    weights: Weights
    values: list[Value]
    hazards: dict[int, list[Hazard]]
    unknown: dict[int, str]

    @property
    def graph(self) -> Graph:
        """The graph that versions and steps are indices of."""
        return self.shapes.graph

    def of_blob(self, name: str) -> Value | None:
        """Return the value of a blob's last version; ``None`` for a name that no layer makes."""
        for version in range(len(self.values) - 1, -1, -1):
            if self.graph.names[version] == name:
                return self.values[version]
        return None

    def of_layer(self, layer: Layer) -> list[Hazard]:
        """Return the hazards of a layer."""
        return self.hazards.get(self.shapes.graph.steps[id(layer)], [])

    def bottoms(self, step: int) -> list[Value]:
        """Return the values of a step's bottoms."""
        layer, versions, _ = self.graph.order[step]
        return [
            _no_blob(name) if version == UNKNOWN else self.values[version]
            for name, version in zip(layer.bottoms, versions, strict=True)
        ]

    def chain(self, version: int) -> list[int]:
        """Return the versions that lead to one, the source first, along the first bottoms.

        A source that is too far away is ``UNKNOWN``.
        """
        found: list[int] = []
        while version != UNKNOWN:
            if len(found) == MOST_STEPS:
                found.append(UNKNOWN)
                break
            found.append(version)
            bottoms = self.graph.order[self.graph.producers[version]].bottoms
            version = bottoms[0] if bottoms else UNKNOWN
        return found[::-1]

    def story(self, version: int) -> str:
        """Return the chain in words, e.g. ``data (Data) [0, 255] → prob (Softmax) [0, 1]``."""
        chain = self.chain(version)
        if len(chain) > _LONGEST:
            chain[1 : 2 - _LONGEST] = [UNKNOWN]
            chain = chain[chain[0] == UNKNOWN :]
        return " → ".join("…" if at == UNKNOWN else self.link(at) for at in chain)

    def link(self, version: int) -> str:
        """Return one link of the chain in words."""
        layer = self.graph.order[self.graph.producers[version]].layer
        return f"{layer.name} ({layer.type}) {self.values[version]}"


def ranges(net: Net, state: NetState, weights: Weights = "initial") -> Ranges:
    """Return the value of every blob of a net in a state, computed once.

    ``weights`` says what is taken of weights, see ``Weights``. Values enclose what Caffe computes
    in single precision with direct sums, for every input that the assumptions of the source layers
    allow; the documentation (docs/numerics.md) lists them.
    """
    key = ("ranges", weights, state.phase, id(net.for_state(state)))
    found: Ranges | None = net.facts.get(key)
    if found is None:
        found = net.facts[key] = _interpret(net, state, weights)
    return found


def _interpret(net: Net, state: NetState, weights: Weights) -> Ranges:
    built = shapes(net, state)
    result = Ranges(built, weights, [], {}, {})
    passes = backward(net, state).bottoms if state.phase == "TRAIN" else None
    owners = _owners(built)
    for step, (layer, versions, tops) in enumerate(built.graph.order):
        hazards: list[Hazard] = []
        about = built.built[step]
        place = Place(
            step,
            layer,
            tuple(result.bottoms(step)),
            built.bottoms[step],
            tuple(versions),
            tuple([built.blobs[version] for version in tops]),
            about.params if about is not None else None,
            owners.get(step, _NO_OWNERS),
            state.phase,
            weights,
            passes is not None and True in passes[step],
            hazards,
        )
        values = _tops(place, function_of(net, layer), sound=about is not None)
        if isinstance(values, str):
            result.unknown[step] = values
            values = _of_unknown(place, values)
        result.values.extend(_told(net, layer, values) if net.ranges else values)
        if hazards:
            result.hazards[step] = hazards
    return result


_NO_OWNERS: dict[int, tuple[Layer, int]] = {}


def _tops(place: Place, function: Any, *, sound: bool) -> list[Value] | str:
    """Return the values of the tops, or why they are not known."""
    layer, count = place.layer, len(place.outs)
    if function is None:
        return f"what layer {layer.name!r} of type {layer.type} computes is not known"
    if not sound:
        return f"layer {layer.name!r} cannot be built"
    try:
        found = function(place)
    except Lost:
        return f"layer {layer.name!r} has fields that cannot be read"
    values = [found] if isinstance(found, Value) else list(found)
    return values if len(values) == count else f"layer {layer.name!r} has tops that are not known"


def _of_unknown(place: Place, reason: str) -> list[Value]:
    count = len(place.outs)
    if place.weights == "ordinary":
        return [place.unknown(reason)] * count
    return [anything(reason)] * count


def _told(net: Net, layer: Layer, values: list[Value]) -> list[Value]:
    """Return the values of a layer's tops, those that only the user can tell as told."""
    source = not layer.bottoms and layer.type not in ("DummyData", "Parameter")
    if not source and function_of(net, layer) is not None:
        return values
    ends = {name: net.ranges[name] for name in layer.tops if name in net.ranges}
    return [
        between(*ends[name]) if name in ends and name not in layer.bottoms else value
        for name, value in zip(layer.tops, values, strict=True)
    ]


def _no_blob(name: str) -> Value:
    return anything(f"no layer makes blob {name!r}")


def _owners(built: Shapes) -> Mapping[int, dict[int, tuple[Layer, int]]]:
    """Return by step which other layer's parameter a shared one is, by place."""
    first: dict[str, tuple[Layer, int]] = {}
    found: dict[int, dict[int, tuple[Layer, int]]] = {}
    for step, (layer, _, _) in enumerate(built.graph.order):
        for index, param in enumerate(layer.message.values.get("param", ())):
            name = param.values.get("name")
            if name and first.setdefault(name, (layer, index))[0] is not layer:
                found.setdefault(step, {})[index] = first[name]
    return found

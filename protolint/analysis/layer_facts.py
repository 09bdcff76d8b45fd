"""Facts of a layer that its own text decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from protolint.analysis.graph import UNKNOWN, Graph, graph
from protolint.layers import LAYER_TYPES
from protolint.model.state import NetState, lets_in
from protolint.schema.message import Message

if TYPE_CHECKING:
    from protolint.model.layer import Layer
    from protolint.model.net import Net

_TRANSFORMATIONS = ("scale", "mean_file", "crop_size", "mirror")
_READ_BY_ALL = ("transform_param", "loss_param")
"""Shared by many types, and given to others by habit: the rule on foreign parameters leaves them
to rules of their own."""


class InState(NamedTuple):
    """A layer as part of a net that is built for a state."""

    net: Net
    layer: Layer
    state: NetState


def foreign_params(place: InState) -> list[str]:
    """Return the parameter messages that are written and that the layer's type does not read.

    Nothing is known of a type that Caffe does not have.
    """
    kind = LAYER_TYPES.get(place.layer.type)
    written = [name for name in place.layer.message.values if name.endswith("_param")]
    if kind is None or not written:
        return []
    read = {*_READ_BY_ALL, *(name.partition(".")[0] for name in kind.reads)}
    return [name for name in written if name not in read]


def old_transform(place: InState) -> list[str]:
    """Return the transformations that are written in data_param or image_data_param."""
    return [
        name
        for field in ("data_param", "image_data_param")
        if isinstance(param := place.layer.message.values.get(field), Message)
        for name in _TRANSFORMATIONS
        if param.has(name) is True
    ]


def trains(place: InState) -> bool:
    """Return whether the layer is built for training, be the file meant for it or not."""
    return lets_in(NetState("TRAIN"), place.layer.message)


def bottom_types(place: InState) -> list[str]:
    """Return the type of the layer that makes each bottom, ``""`` where none does.

    Layers that leave values as they are (Split, Reshape, Flatten, …) are looked through.
    """
    found = graph(place.net, place.state)
    for step in found.order:
        if step.layer is place.layer:
            return [_maker(found, version) for version in step.bottoms]
    return []


_TRANSPARENT = ("Split", "Reshape", "Flatten", "Slice", "Crop")


def _maker(found: Graph, version: int) -> str:
    while version != UNKNOWN:
        step = found.order[found.producers[version]]
        if step.layer.type not in _TRANSPARENT or not step.bottoms:
            return step.layer.type
        version = step.bottoms[0]
    return ""

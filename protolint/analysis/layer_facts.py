"""Facts of a layer that its own text decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from protolint.layers import LAYER_TYPES
from protolint.schema.message import Message

if TYPE_CHECKING:
    from protolint.model.layer import Layer
    from protolint.model.net import Net
    from protolint.model.state import NetState

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
    if kind is None:
        return []
    read = {name.partition(".")[0] for name in kind.reads}
    return [
        name
        for name in place.layer.message.values
        if name.endswith("_param") and name not in read and name not in _READ_BY_ALL
    ]


def old_transform(place: InState) -> list[str]:
    """Return the transformations that are written in data_param or image_data_param."""
    return [
        name
        for field in ("data_param", "image_data_param")
        if isinstance(param := place.layer.message.values.get(field), Message)
        for name in _TRANSFORMATIONS
        if param.has(name) is True
    ]

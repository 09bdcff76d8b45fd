"""What Caffe builds of each layer type: blobs taken and made, shapes, parameters, refusals.

Each family of layer types has a module that reads as its specification: per type one function from
a ``Setup`` (the layer and the shapes of its bottoms) to what is ``Built``, its docstring the
formula, its checks in the order in which Caffe makes them. ``x`` stands for the shape of the first
bottom, ``a`` for its axis. Sizes and fields that are not known are ``None`` and flow through the
formulas as far as these allow; nothing is refused because of what is not known. The table at the
end of each module tells the rest: how many bottoms and tops, which parameter messages are read,
what works in place.

``set_up(setup)`` does for one layer what ``Net`` does: it returns ``Built``, or the first ``Fault``
for which Caffe would stop. Each is worded by
the rule of its name in ``rules/shape``. The source is the description of
BVLC Caffe (master of February 2020) in the project's facts, which was checked against Caffe itself.
"""

from __future__ import annotations

from protolint.layers import (
    arrange,
    convolution,
    counts,
    data,
    elementwise,
    linear,
    loss,
    normalise,
    parameters,
    pooling,
    recurrent,
    reduce,
    scaling,
)
from protolint.layers.fields import in_place as is_in_place
from protolint.layers.pooling import Windows, first_empty, pooled, windows
from protolint.layers.specification import (
    Built,
    Dim,
    Fault,
    InPlace,
    LayerType,
    Path,
    Refused,
    Setup,
    Shape,
)
from protolint.layers.variants import varied
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.model.layer import Layer
    from protolint.schema.message import Message

__all__ = [
    "LAYER_TYPES",
    "Built",
    "Dim",
    "Fault",
    "InPlace",
    "LayerType",
    "Path",
    "Refused",
    "Setup",
    "Shape",
    "Windows",
    "arity_fault",
    "first_empty",
    "in_place",
    "is_in_place",
    "keeps_top",
    "layer_type",
    "pooled",
    "set_up",
    "shares_memory",
    "windows",
]

_FAMILIES = (
    arrange,
    convolution,
    data,
    elementwise,
    linear,
    loss,
    normalise,
    pooling,
    recurrent,
    reduce,
    scaling,
)

LAYER_TYPES: dict[str, LayerType] = {
    kind.name: kind for family in _FAMILIES for kind in family.TYPES
}


def layer_type(layer: Layer) -> LayerType | None:
    """Return what is known of a layer's type; ``None`` where there is no description of it.

    What forks add is imported only for nets that are read as a fork's and have such a type.
    """
    kind = LAYER_TYPES.get(layer.type)
    if kind is not None:
        return varied(kind, layer.message)
    if layer.type not in layer.message.schema.types:
        return None
    from protolint.layers.forks import described  # noqa: PLC0415  # as said

    return described(layer.type, layer.message)


def set_up(kind: LayerType, setup: Setup) -> Built | Fault:
    """Return what Caffe builds of the layer, or the first reason for which it would not.

    ``setup.tops`` counts the tops that are written; tops that the layer creates itself are added to
    those built.
    """
    layer, bottoms = setup.layer, len(setup.bottoms)
    try:
        counts.check_propagate_down(layer, bottoms)
        given = parameters.written(layer)
        tops = counts.tops_made(kind, layer, setup.tops)
        counts.check_arity(kind, layer, bottoms, tops)
        counts.check_in_place(kind, layer)
        built = kind.shape(setup._replace(tops=tops))
        if built.params == () and given:
            built = built._replace(params=given)
        counts.check_loss_weights(kind, layer, tops)
        counts.check_params(kind, layer, built)
    except Refused as refused:
        return refused.fault
    return built


def arity_fault(kind: LayerType, layer: Message, bottoms: int, tops: int) -> Fault | None:
    """Return what is wrong with the number of bottoms and of written tops, if anything."""
    try:
        counts.check_arity(kind, layer, bottoms, counts.tops_made(kind, layer, tops))
    except Refused as refused:
        return refused.fault
    return None


def in_place(kind: LayerType, layer: Message) -> InPlace | None:
    """Return how the layer works in place; ``None`` if it cannot be in place."""
    return kind.in_place(layer) if callable(kind.in_place) else kind.in_place


def keeps_top(kind: LayerType, layer: Message) -> bool:
    """Return whether the backward pass reads the layer's own top."""
    return kind.keeps_top(layer) if callable(kind.keeps_top) else kind.keeps_top


def shares_memory(kind: LayerType, layer: Message) -> bool:
    """Return whether the tops are the bottom's memory."""
    shared = kind.shares_memory
    return shared(layer) if callable(shared) else shared

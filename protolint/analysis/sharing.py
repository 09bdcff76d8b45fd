"""Parameters that layers share by name, and where they do not fit together.

Follows Net::AppendParam: the first layer that gives a name owns the blob. Of a later one the shape
must be the same, or with ``share_mode: PERMISSIVE`` the number of elements, and a rate that is
stated in both places must be stated alike. A rate that only the later layer states is the shared
parameter's, and its filler is not used.
"""

from __future__ import annotations

import math

from protolint.analysis.graph import merge
from protolint.analysis.shapes import shapes
from protolint.layers.shapes import shape_text
from protolint.model.place import mark, problem
from protolint.typing import TYPE_CHECKING, NamedTuple
from protolint.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from protolint.layers import Shape
    from protolint.model.layer import Layer
    from protolint.model.net import Net
    from protolint.model.state import NetState
    from protolint.problem import Mark, Problem
    from protolint.schema.message import Message


_FILLERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Bias": ("bias_param", ("filler",)),
    "Convolution": ("convolution_param", ("weight_filler", "bias_filler")),
    "Deconvolution": ("convolution_param", ("weight_filler", "bias_filler")),
    "Embed": ("embed_param", ("weight_filler", "bias_filler")),
    "InnerProduct": ("inner_product_param", ("weight_filler", "bias_filler")),
    "PReLU": ("prelu_param", ("filler",)),
}
"""Type → its parameter message and the fillers in it, in the order of the parameter blobs."""

_RATES = ("lr_mult", "decay_mult")


class _Owner(NamedTuple):
    """The first layer with a parameter's name.

    ``place`` is where the parameter stands among the layer's, ``param`` its block; ``stated`` are
    the rates stated so far, and ``later`` the layers that share it, with their blocks.
    """

    layer: Layer
    place: int
    param: Message
    shape: Shape
    stated: dict[str, float]
    later: list[tuple[Layer, Message]]


def sharing_problems(net: Net, states: Iterable[NetState]) -> list[Problem]:
    """Return what is wrong with shared parameters, each fault once with its phases."""
    return merge((state, list(_problems(net, state))) for state in states)


def _problems(net: Net, state: NetState) -> Iterator[Problem]:
    found = shapes(net, state)
    owners: dict[str, _Owner] = {}
    for step, built in zip(found.graph.order, found.built, strict=True):
        params = step.layer.message.values.get("param")
        if not params or built is None or built.params is None:
            continue
        for index, (param, shape) in enumerate(zip(params, built.params, strict=False)):
            name = param.values.get("name")
            if not name:
                continue
            owner = owners.get(name)
            if owner is None:
                owners[name] = owner = _Owner(step.layer, index, param, shape, {}, [])
            else:
                owner.later.append((step.layer, param))
                yield from _misfit(step.layer, name, param, shape, owner)
                yield from _surprise(step.layer, name, param, index, owner)
            for field in _RATES:
                if field in param.values:
                    owner.stated.setdefault(field, param.values[field])
    for name, owner in owners.items():
        yield from _mode_of_owner(name, owner)


def _misfit(
    layer: Layer, name: str, param: Message, shape: Shape, owner: _Owner
) -> Iterator[Problem]:
    """Yield what Caffe refuses."""
    args = _args(layer, name, owner)
    marks = _marks(owner)
    node = param.nodes["name"]
    if shape is not None and owner.shape is not None and None not in (*shape, *owner.shape):
        mode = param.read("share_mode")
        same = shape == owner.shape
        if mode == "PERMISSIVE":
            same = math.prod(d or 0 for d in shape) == math.prod(d or 0 for d in owner.shape)
        if not same and not isinstance(mode, Unknown):
            args |= {"shape": shape_text(shape), "other": shape_text(owner.shape)}
            yield problem("shared-param-shape", node, args, marks=marks, layer=layer.name)
            return
    for field in _RATES:
        value, stated = param.values.get(field), owner.stated.get(field)
        if value is not None and stated is not None and value != stated:
            more = {"field": field, "value": value, "stated": stated}
            yield problem(
                "shared-param-rate", param.nodes[field], args | more, marks=marks, layer=layer.name
            )


def _surprise(
    layer: Layer, name: str, param: Message, index: int, owner: _Owner
) -> Iterator[Problem]:
    """Yield what Caffe accepts and the reader of the later layer may not expect."""
    args = _args(layer, name, owner)
    marks = _marks(owner)
    if owner.layer is not layer:
        node = param.nodes["name"]
        yield problem("shared-param", node, args, marks=marks, layer=layer.name)
    for field in _RATES:
        if field in param.values and field not in owner.stated and param.values[field] != 1:
            more = {"field": field, "value": param.values[field]}
            node = param.nodes[field]
            yield problem(
                "shared-param-rate-below", node, args | more, marks=marks, layer=layer.name
            )
    filler = _filler(layer, index)
    if filler is not None and not _same(filler, _filler(owner.layer, owner.place)):
        more = {"filler": filler.node.name}
        node = filler.node
        yield problem("shared-param-filler", node, args | more, marks=marks, layer=layer.name)


def _mode_of_owner(name: str, owner: _Owner) -> Iterator[Problem]:
    if owner.param.values.get("share_mode") != "PERMISSIVE":
        return
    for layer, param in owner.later:
        if "share_mode" not in param.values and "share_mode" not in param.lost:
            args = _args(layer, name, owner)
            marks = (mark(param.nodes["name"], f'shared by "{layer.name}", strictly'),)
            node = owner.param.nodes["share_mode"]
            yield problem("share-mode-of-owner", node, args, marks=marks, layer=owner.layer.name)
            return


def _filler(layer: Layer, index: int) -> Message | None:
    """Return the filler of a layer's parameter, if one is written."""
    field, names = _FILLERS.get(layer.type, ("", ()))
    param: Message | None = layer.message.values.get(field)
    if param is None or index >= len(names):
        return None
    filler: Message | None = param.values.get(names[index])
    return filler


def _same(one: Message, other: Message | None) -> bool:
    """Return whether two fillers are written alike."""
    return other is not None and one.values == other.values


def _args(layer: Layer, name: str, owner: _Owner) -> dict[str, object]:
    return {"name": name, "layer": layer.name, "owner": owner.layer.name}


def _marks(owner: _Owner) -> tuple[Mark, ...]:
    return (mark(owner.param.nodes["name"], f'owned by "{owner.layer.name}"'),)

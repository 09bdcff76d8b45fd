"""Parameters that layers share by name, and where they do not fit together.

Follows Net::AppendParam: the first layer that gives a name owns the blob. Of a later one the shape
must be the same, or with ``share_mode: PERMISSIVE`` the number of elements, and a rate that is
stated in both places must be stated alike.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from protolint.analysis.graph import merge
from protolint.analysis.shapes import shapes
from protolint.layers.shapes import shape_text
from protolint.model.place import mark, problem
from protolint.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from protolint.layers import Shape
    from protolint.model.layer import Layer
    from protolint.model.net import Net
    from protolint.model.state import NetState
    from protolint.problem import Problem
    from protolint.schema.message import Message


class _Owner(NamedTuple):
    """The first layer with a parameter's name, its shape, and the rates stated so far."""

    layer: Layer
    param: Message
    shape: Shape
    stated: dict[str, float]


def sharing_problems(net: Net, states: Iterable[NetState]) -> list[Problem]:
    """Return the shared parameters that Caffe refuses, each once with its phases."""
    return merge((state, list(_problems(net, state))) for state in states)


def _problems(net: Net, state: NetState) -> Iterator[Problem]:
    found = shapes(net, state)
    owners: dict[str, _Owner] = {}
    for step, built in zip(found.graph.order, found.built, strict=True):
        params = step.layer.message.values.get("param")
        if not params or built is None or built.params is None:
            continue
        for param, shape in zip(params, built.params, strict=False):
            name = param.values.get("name")
            if not name:
                continue
            owner = owners.get(name)
            if owner is None:
                owners[name] = _Owner(step.layer, param, shape, {})
                owner = owners[name]
            else:
                yield from _misfit(step.layer, name, param, shape, owner)
            for field in ("lr_mult", "decay_mult"):
                if field in param.values:
                    owner.stated.setdefault(field, param.values[field])


def _misfit(
    layer: Layer, name: str, param: Message, shape: Shape, owner: _Owner
) -> Iterator[Problem]:
    args: dict[str, object] = {"name": name, "layer": layer.name, "owner": owner.layer.name}
    marks = (mark(owner.param.nodes["name"], f'owned by "{owner.layer.name}"'),)
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
    for field in ("lr_mult", "decay_mult"):
        value, stated = param.values.get(field), owner.stated.get(field)
        if value is not None and stated is not None and value != stated:
            more = {"field": field, "value": value, "stated": stated}
            yield problem(
                "shared-param-rate", param.nodes[field], args | more, marks=marks, layer=layer.name
            )

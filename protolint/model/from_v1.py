"""Turns one V1 layer into a layer of today."""

from __future__ import annotations

from protolint.model.place import mark, problem
from protolint.model.v1 import PARAMS, TRANSFORMED, TRANSFORMS, TYPES
from protolint.schema.message import Message, clone
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from protolint.problem import Problem


def from_v1(old: Message, problems: list[Problem]) -> Message:
    """Return the ``LayerParameter`` of a ``V1LayerParameter``; values are shared, not copied."""
    layer = Message(old.schema.messages["LayerParameter"], old.schema, old.node)
    known = layer.type.fields
    for name, node in old.nodes.items():
        if name in PARAMS or name not in known:
            continue
        layer.nodes[name] = node
        if name in old.values:
            value = old.values[name]
            layer.values[name] = _type(value, old) if name == "type" else value
    for name in old.lost:
        layer.lose("param" if name in PARAMS else name)
    collect_params(old, layer, PARAMS)
    _move_transforms(layer, problems)
    return layer


def _type(value: str, old: Message) -> str:
    return TYPES[value] if value in TYPES else old.schema.old_types[value]


def collect_params(old: Message, layer: Message, columns: Mapping[str, str]) -> None:
    """Give ``layer`` the `param` blocks that the i-th values of the old repeated fields make."""
    params: list[Message] = []
    for name, field in columns.items():
        values = old.values.get(name, ())
        for index, (value, node) in enumerate(zip(values, old.nodes.get(name, ()), strict=True)):
            if index == len(params):
                params.append(Message(layer.schema.messages["ParamSpec"], layer.schema, node))
            params[index].values[field] = value
            params[index].nodes[field] = node
    if params:
        layer.values["param"] = params
        layer.nodes["param"] = [param.node for param in params]


def _move_transforms(layer: Message, problems: list[Problem]) -> None:
    """Move scale, mean_file, crop_size and mirror into `transform_param`, over what is there."""
    source = TRANSFORMED.get(layer.values.get("type", ""), "")
    written = layer.values.get(source)
    if written is None:
        return
    moved = [name for name in TRANSFORMS if name in written.values]
    if not moved:
        return
    rest = layer.values[source] = clone(written)
    there = layer.values.get("transform_param")
    if there is None:
        kind = layer.schema.messages["TransformationParameter"]
        transform = Message(kind, layer.schema, written.node)
        layer.nodes["transform_param"] = written.node
    else:
        transform = clone(there)
    layer.values["transform_param"] = transform
    for name in moved:
        node = rest.nodes.pop(name)
        if name in transform.values:
            lost = transform.nodes[name]
            args = {"name": name, "source": source}
            marks = (mark(node, "this value is used"),)
            problems.append(
                problem(
                    "transform-param-overwritten",
                    lost,
                    args,
                    marks=marks,
                    layer=layer.values.get("name"),
                )
            )
        transform.values[name] = rest.values.pop(name)
        transform.nodes[name] = node

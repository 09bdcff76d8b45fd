"""Turns the layers of a V0 net into layers of today."""

from __future__ import annotations

from protolint.model.from_v1 import collect_params
from protolint.model.place import mark, problem
from protolint.model.v0 import ANY_TYPE, BY_TYPE, PARAMS, TYPES
from protolint.schema.message import Message, clone
from protolint.schema.misfit import MOST_COMPARED, nearest
from protolint.typing import TYPE_CHECKING
from protolint.values import Unknown

if TYPE_CHECKING:
    from typing import Any

    from protolint.problem import Problem

_CONNECTION = ("bottom", "top")
_HEAD = ("name", "type", "blobs")

_KNOWN = {*ANY_TYPE, *(name for fields in BY_TYPE.values() for name in fields)}


def from_v0(net: Message, problems: list[Problem]) -> list[Message]:
    """Return the ``LayerParameter`` messages of a net in which some layer is V0.

    Caffe then takes every layer for V0: of a V1 layer only bottoms and tops remain.
    """
    layers = _fold_padding(net, problems)
    return [_layer(wrapper, pad, problems) for wrapper, pad in layers]


def _fold_padding(
    net: Message, problems: list[Problem]
) -> list[tuple[Message, tuple[Any, Any] | None]]:
    """Return the layers without padding layers, each with the value and node of its padding."""
    made: dict[str, Message | None] = dict.fromkeys(net.values.get("input", ()))
    kept: list[tuple[Message, tuple[Any, Any] | None]] = []
    unknown: dict[int, Problem] = {}  # by padding layer; the graph finds those of other layers
    for written in net.values["layers"]:
        wrapper, pad = written, None
        is_padding = _type(written) == "padding"
        for index, blob in enumerate(written.values.get("bottom", ())):
            if blob not in made and is_padding:
                few = len(made) * (len(unknown) + 1) <= MOST_COMPARED
                near = next(iter(nearest(blob, made)), "") if few else ""
                unknown[id(written)] = _unknown_bottom(written, index, blob, near)
            source = made.get(blob)
            if source is None or _type(source) != "padding":
                continue
            fault = _padding_fault(source, written)
            if fault is not None:
                problems.append(fault)
            else:
                block = source.values["layer"]
                pad = (block.read("pad"), block.nodes.get("pad", source.node))
            if wrapper is written:
                wrapper = _with_own_bottoms(written)
            _read_through(wrapper, index, source)
            unknown.pop(id(source), None)
        for blob in written.values.get("top", ()):
            made[blob] = written
        if not is_padding:
            kept.append((wrapper, pad))
    problems += unknown.values()
    return kept


def _with_own_bottoms(wrapper: Message) -> Message:
    """Return a copy of the layer whose bottoms can be changed."""
    copy = clone(wrapper)
    for part in (copy.values, copy.nodes):
        part["bottom"] = [*part["bottom"]]
    return copy


def _read_through(wrapper: Message, index: int, source: Message) -> None:
    """Put what the padding layer reads in place of what it makes."""
    if "bottom" in source.values:
        for part, behind in ((wrapper.values, source.values), (wrapper.nodes, source.nodes)):
            part["bottom"][index] = behind["bottom"][0]


def _type(wrapper: Message) -> str:
    block = wrapper.values.get("layer")
    return "" if block is None else block.values.get("type", "")


def _name(wrapper: Message) -> str | None:
    block = wrapper.values.get("layer")
    return None if block is None else block.values.get("name")


def _unknown_bottom(wrapper: Message, index: int, blob: str, near: str) -> Problem:
    args = {"blob": blob, "index": index, "layer": _name(wrapper), "type": "padding", "near": near}
    label = f'did you mean "{near}"?' if near else "no layer above makes this blob"
    return problem(
        "unknown-bottom", wrapper.nodes["bottom"][index], args, label=label, layer=_name(wrapper)
    )


def _padding_fault(source: Message, consumer: Message) -> Problem | None:
    """Return what keeps Caffe from folding a padding layer into a layer behind it."""
    marks = (mark(source.node, "the padding layer"),)
    name = _name(consumer)
    kind = _type(consumer)
    args: dict[str, object]
    if kind not in ("conv", "pool"):
        args = {"layer": name, "type": kind, "padding": _name(source)}
        return problem("v0-padding-consumer", consumer.node, args, marks=marks, layer=name)
    for wrapper, field in ((consumer, "bottom"), (source, "bottom"), (source, "top")):
        count = len(wrapper.values.get(field, ()))
        if count != 1:
            args = {"layer": _name(wrapper), "field": field, "count": count}
            node = wrapper.nodes[field][1] if count else wrapper.node
            return problem("v0-padding-connections", node, args, layer=_name(wrapper))
    return None


def _layer(wrapper: Message, pad: tuple[Any, Any] | None, problems: list[Problem]) -> Message:
    layer = Message(wrapper.schema.messages["LayerParameter"], wrapper.schema, wrapper.node)
    for name in _CONNECTION:
        if name in wrapper.values:
            layer.values[name], layer.nodes[name] = wrapper.values[name], wrapper.nodes[name]
        if name in wrapper.lost:
            layer.lose(name)
    old = wrapper.values.get("layer")
    if "layer" in wrapper.lost:
        for name in layer.type.fields:
            if name not in _CONNECTION:
                layer.lose(name)
    elif old is None:
        lost = wrapper.values.get("name", "")
        problems.append(problem("v0-drops-v1-layer", wrapper.node, {"layer": lost}, layer=lost))
    else:
        _fill(layer, old, pad, problems)
        for name in wrapper.values:
            if name not in _CONNECTION and name != "layer":
                node = wrapper.nodes[name]
                first = node[0] if type(node) is list else node
                args = {"name": name, "layer": layer.values.get("name", "")}
                problems.append(problem("v0-drops-layer-field", first, args, layer=_name(wrapper)))
    return layer


def _fill(
    layer: Message, old: Message, pad: tuple[Any, Any] | None, problems: list[Problem]
) -> None:
    for name in _HEAD:
        if name in old.values:
            layer.values[name], layer.nodes[name] = old.values[name], old.nodes[name]
        if name in old.lost:
            layer.lose(name)
    kind = old.values.get("type", "")
    owner = layer.values.get("name")
    if "type" in old.values:
        if kind in TYPES:
            layer.values["type"] = TYPES[kind]
        else:
            near = next(iter(nearest(kind, TYPES)), "")
            args = {"type": kind, "near": near, "layer": owner, "types": ", ".join(TYPES)}
            label = f'did you mean "{near}"?' if near else ""
            problems.append(
                problem("v0-layer-type", old.nodes["type"], args, label=label, layer=owner)
            )
    fields = {**ANY_TYPE, **BY_TYPE.get(kind, {})}
    items = {field: (value, old.nodes[field]) for field, value in old.values.items()}
    lost = set(old.lost)
    if pad is not None and isinstance(pad[0], Unknown):
        lost.add("pad")
    elif pad is not None:
        items["pad"] = pad
    for field, (value, node) in items.items():
        if field in fields:
            _set(layer, *fields[field], value, node)
        elif field in _KNOWN:
            args = {"name": field, "type": kind, "layer": owner}
            problems.append(problem("v0-parameter-of-other-type", node, args, layer=owner))
    for field in lost:
        if field in fields:
            layer.lose(fields[field][0])
        elif field in PARAMS:
            layer.lose("param")
    collect_params(old, layer, PARAMS)


def _set(layer: Message, message: str, field: str, value: Any, node: Any) -> None:
    if not field:
        layer.values[message], layer.nodes[message] = value, node
        return
    part = layer.values.get(message)
    if part is None:
        kind = layer.schema.messages[layer.type.fields[message].type_name]
        part = layer.values[message] = Message(kind, layer.schema, node)
        layer.nodes[message] = node
    repeated = part.type.fields[field].label == "repeated"
    part.values[field] = [value] if repeated else value
    part.nodes[field] = [node] if repeated else node

"""The Input layer that Caffe makes of net-level `input`, `input_shape` and `input_dim`."""

from __future__ import annotations

from protolint.model.place import mark, problem
from protolint.schema.message import Message
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.problem import Problem
    from protolint.syntax.tree import Field

_DIMS = 4
"""Numbers of `input_dim` a blob takes: count, channels, height, width."""


def input_layer(net: Message, problems: list[Problem], *, shapes: bool) -> Message | None:
    """Return the layer "input" with one top a net-level `input`, or None if Caffe makes none.

    ``shapes`` tells whether `input_shape` counts (a V0 net loses it). Caffe reads past the end
    where shapes are missing, so that their dimensions are anything: these are marked as lost.
    """
    values = net.values
    names: list[str] = values.get("input", [])
    given: list[Message] = values.get("input_shape", []) if shapes else []
    dims: list[int] = values.get("input_dim", [])
    if not names:
        _report_unused(net, problems)
        return None
    nodes = net.nodes
    if not given and not dims:
        if not _lost(net):
            for name, node in zip(names, nodes["input"], strict=True):
                problems.append(problem("input-without-shape", node, {"blob": name}))
        return None
    _report_counts(net, len(names), len(given), len(dims), problems)
    first: Field = nodes["input"][0]
    schema = net.schema
    made = [
        given[index] if index < len(given) else _shape(net, index, by_dims=not given)
        for index in range(len(names))
    ]
    parameter = Message(schema.messages["InputParameter"], schema, first)
    parameter.values["shape"] = made
    parameter.nodes["shape"] = [shape.node for shape in made]
    layer = Message(schema.messages["LayerParameter"], schema, first)
    layer.values = {"name": "input", "type": "Input", "top": names, "input_param": parameter}
    layer.nodes = {"name": first, "type": first, "top": nodes["input"], "input_param": first}
    return layer


def _lost(net: Message) -> bool:
    return not net.lost.isdisjoint(("input", "input_shape", "input_dim"))


def _shape(net: Message, index: int, *, by_dims: bool) -> Message:
    """Return the shape of the input at ``index``, made of `input_dim` where they reach that far."""
    nodes: list[Field] = net.nodes.get("input_dim", []) if by_dims else []
    start, end = index * _DIMS, (index + 1) * _DIMS
    node: Field = nodes[start] if start < len(nodes) else net.nodes["input"][index]
    shape = Message(net.schema.messages["BlobShape"], net.schema, node)
    if end <= len(nodes):
        shape.values["dim"], shape.nodes["dim"] = (
            net.values["input_dim"][start:end],
            nodes[start:end],
        )
    else:
        shape.lose("dim")
    return shape


def _report_unused(net: Message, problems: list[Problem]) -> None:
    if "input" in net.lost:
        return
    problems += [
        problem("input-shape-without-input", net.nodes[name][0], {"name": name})
        for name in ("input_shape", "input_dim")
        if name in net.values
    ]


def _report_counts(
    net: Message, inputs: int, shapes: int, dims: int, problems: list[Problem]
) -> None:
    if _lost(net):
        return
    nodes = net.nodes
    if shapes and dims:
        marks = (mark(nodes["input_shape"][0], "the shape that counts"),)
        problems.append(problem("input-dim-unused", nodes["input_dim"][0], {}, marks=marks))
    args: dict[str, object]
    if shapes:
        args = {"have": shapes, "need": inputs}
        if shapes < inputs:
            problems.append(problem("input-shape-missing", nodes["input"][shapes], args))
        elif shapes > inputs:
            args["name"] = "input_shape"
            problems.append(problem("input-shape-surplus", nodes["input_shape"][inputs], args))
        return
    need = _DIMS * inputs
    args = {"have": dims, "need": need}
    if dims < need:
        problems.append(problem("input-dim-missing", nodes["input"][dims // _DIMS], args))
    elif dims > need:
        args["name"] = "input_dim"
        problems.append(problem("input-shape-surplus", nodes["input_dim"][need], args))

"""Rewrites net-level `input`, `input_shape` and `input_dim` as the layer that Caffe makes of it."""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING
from protolint.upgrade.changes import Change, deletion, dropping, laid
from protolint.upgrade.parts import Moved, Part, block, items, joined, moved, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.schema.message import Message
    from protolint.syntax.tree import Document, Field

NAMES = ("input", "input_shape", "input_dim")


def input_changes(document: Document, own: list[Part], layer: Message | None) -> Iterator[Change]:
    """Yield what puts the ``layer`` in place of the fields it is made of.

    ``own`` are the parts of the whole text. Without a layer, for want of shapes, Caffe drops the
    fields; so it does with what the layer has no use for.
    """
    old = [part for part in own if part.field.name in NAMES]
    first = next(part for part in own if part.field.name in (*NAMES, "layer", "layers"))
    values = _moved(document, old, first)
    text = "" if layer is None else _text(layer, values)
    used = set() if layer is None else _used(layer)
    if layer is not None and first.field.name not in NAMES:
        yield laid(first.start, first.start, f"{text}\n")
    for part in old:
        takes = any(item.start in used for item in items(part.field))
        if part is first and layer is not None:
            left = () if takes else words(document, part.field.start, part.end)
            new = joined([*(f"{comment}\n" for comment in left), text], "\n")
            yield laid(part.field.start, part.end, new)
        elif takes:
            yield deletion(part.start, part.end)
        else:
            yield dropping(document, part, words(document, part.field.start, part.end))


def _moved(document: Document, old: list[Part], first: Part) -> dict[int, Moved]:
    """Return values by where they stand; the comments above the first stay where they are."""
    found: dict[int, Moved] = {}
    for part in old:
        values = moved(document, part._replace(above=()) if part is first else part)
        found |= {item.start: value for item, value in zip(items(part.field), values, strict=True)}
    return found


def _used(layer: Message) -> set[int]:
    """Return where the values stand that the layer is made of."""
    shapes = layer.values["input_param"].values["shape"]
    nodes = [node for shape in shapes for node in _sources(shape)]
    return {node.start for node in [*layer.nodes["top"], *nodes]}


def _sources(shape: Message) -> list[Field]:
    """Return the `input_dim` that a shape is made of, or its own `input_shape`."""
    return [shape.node] if type(shape.node.value) is list else shape.nodes["dim"]


def _text(layer: Message, values: dict[int, Moved]) -> str:
    tops = [values[node.start].named("top") for node in layer.nodes["top"]]
    shapes = []
    for shape in layer.values["input_param"].values["shape"]:
        if type(shape.node.value) is list:
            shapes.append(values[shape.node.start].named("shape"))
        else:
            dims = [values[node.start].named("dim") for node in shape.nodes["dim"]]
            shapes.append(block("shape", dims, " "))
    parameter = block("input_param", shapes, " " if len(shapes) == 1 else "\n")
    return block("layer", ['name: "input"', 'type: "Input"', *tops, parameter], "\n")

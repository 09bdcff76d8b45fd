"""Rewrites a `layers { layer { … } }` of 2013 as a `layer { … }`, and folds padding layers."""

from __future__ import annotations

from protolint.schema.message import Message
from protolint.typing import TYPE_CHECKING
from protolint.upgrade.changes import Change, dropping, laid
from protolint.upgrade.parts import Moved, Part, block, comments, inside, items, joined, moved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.syntax.tree import Document, Field

_FIRST = ("name", "type", "bottom", "top", "blobs", "param")
"""The order in which Caffe's own models have the fields of a layer; other messages follow."""


def v0_changes(
    document: Document, own: list[Part], wrappers: list[Message], layers: list[Message]
) -> Iterator[Change]:
    """Yield what puts the upgraded ``layers`` in place of the ``wrappers`` they are made of.

    ``own`` are the parts of the whole text. A padding layer has become none: its comments stay
    where it was, but for those at what its readers have taken over.
    """
    values = _Values(document, wrappers)
    pieces = {layer.node.start: _ordered(layer, values) for layer in layers}
    for part in own:
        field = part.field
        if field.name != "layers":
            continue
        texts = [
            _text(document, item, pieces[item.start], values)
            for item in items(field)
            if item.start in pieces
        ]
        if texts:
            yield laid(field.start, field.end, "\n".join(texts))
        else:
            yield dropping(document, part, values.left(field.start, part.end))


class _Values:
    """The values in V0 layers with their comments, which the first that takes one gets."""

    def __init__(self, document: Document, wrappers: list[Message]) -> None:
        self.document = document
        self._values: dict[int, tuple[Moved, Part]] = {}
        self._taken: set[int] = set()
        self._claimed: set[int] = set()  # where the comments start that go with what is taken
        for wrapper in wrappers:
            for part in inside(document, wrapper.node):
                inner = inside(document, part.field) if part.field.name == "layer" else (part,)
                for one in inner:
                    for item, value in zip(items(one.field), moved(document, one), strict=True):
                        self._values[item.start] = value, one

    def take(self, node: Field) -> Moved:
        """Return the value at a node, and its comments unless they are taken."""
        value, part = self._values[node.start]
        if node.start in self._taken:
            return Moved(value.value)
        self._taken.add(node.start)
        self._claimed.update(c.start for c in comments(self.document, part.start, part.end))
        return value

    def left(self, start: int, end: int) -> list[str]:
        """Return the comments in ``start``..``end`` that nobody has taken."""
        found = comments(self.document, start, end)
        return [
            self.document.text[c.start : c.end].rstrip()
            for c in found
            if c.start not in self._claimed
        ]


def _ordered(layer: Message, values: _Values) -> list[str]:
    """Return the fields of a layer in the order of Caffe's own models."""
    first = [name for name in _FIRST if name in layer.values]
    names = first + [name for name in layer.values if name not in first]
    return [piece for name in names for piece in _pieces(layer, name, values)]


def _pieces(message: Message, name: str, values: _Values) -> Iterator[str]:
    """Yield each value of a field as it is to be written."""
    content, nodes = message.values[name], message.nodes[name]
    if type(content) is not list:
        content, nodes = [content], [nodes]
    for value, node in zip(content, nodes, strict=True):
        if type(value) is Message and node.name != name:
            # Made by the upgrade: the node is only its first field's.
            inner = [piece for field in value.values for piece in _pieces(value, field, values)]
            yield block(name, inner, "\n")
        elif type(value) is not Message and type(node.value) is list:
            yield f"{name}: {value}"  # the `pad` that a padding layer has by default
        else:
            found = values.take(node)
            if name == "type" and message.type.name == "LayerParameter":
                found = found._replace(value=f'"{value}"')
            yield found.named(name)


def _text(document: Document, node: Field, pieces: list[str], values: _Values) -> str:
    """Return a layer, with the comments of the old one that belong to none of its values."""
    separator = "\n" if "\n" in document.text[node.start : node.end] else " "
    first = _first(_first(node)).start
    above = [f"\n{comment}\n" for comment in values.left(node.start, first)]
    below = [f"\n{comment}\n" for comment in values.left(first, node.end)]
    return joined(["layer {", *above, *pieces, *below, "}"], separator)


def _first(field: Field) -> Field:
    """Return the first field of a block, or what is none or empty."""
    return field.value[0] if type(field.value) is list and field.value else field

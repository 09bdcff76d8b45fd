"""Deprecated fields of a bound message; legal all the same, so binding does not report them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protolint.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.schema.message import Message


def deprecated_fields(message: Message) -> Iterator[Problem]:
    """Yield a problem for each deprecated field, a repeated one told where it is first written."""
    for name, value in message.values.items():
        values = value if isinstance(value, list) else [value]
        field = message.type.fields[name]
        if field.deprecated:
            node = message.nodes[name]
            first = node[0] if isinstance(node, list) else node
            args = {"name": name, "message": message.type.name, "doc": field.doc}
            yield Problem("deprecated-field", first.start, first.start + len(name), args)
        elif field.kind == "message":
            for inner in values:
                yield from deprecated_fields(inner)

"""Deprecated fields of a bound message; legal all the same, so binding does not report them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protolint.diagnostic import Edit
from protolint.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.schema.message import Message
    from protolint.syntax.tree import Field

_RENAMED = {"concat_dim": "axis", "slice_dim": "axis", "normalize": "normalization"}
"""Deprecated field of one value → the field of today that means the same."""

_VALUES = {"normalize": {True: "VALID", False: "BATCH_SIZE"}}
"""What values are today; all others stay."""


def deprecated_fields(message: Message) -> Iterator[Problem]:
    """Yield a problem for each deprecated field, a repeated one told where it is first written."""
    for name, value in message.values.items():
        values = value if isinstance(value, list) else [value]
        field = message.type.fields[name]
        if field.deprecated:
            node = message.nodes[name]
            first = node[0] if isinstance(node, list) else node
            args = {"name": name, "message": message.type.name, "doc": field.doc}
            end = first.start + len(name)
            edits = _current(message, first)
            yield Problem("deprecated-field", first.start, end, args, field=first, edits=edits)
        elif field.kind == "message":
            for inner in values:
                yield from deprecated_fields(inner)


def _current(message: Message, field: Field) -> tuple[Edit, ...]:
    """Return the edits that write a field as it is written today; none where that is set too."""
    name = field.name
    new = _RENAMED.get(name)
    if new is None or new in message.values or new in message.lost:
        return ()
    edits = [Edit(field.start, field.start + len(name), new)]
    if name in _VALUES:
        value = _VALUES[name][message.values[name]]
        edits.append(Edit(field.value_start, field.end, value))
    return tuple(edits)

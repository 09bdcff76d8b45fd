"""Deprecated fields of a bound message; legal all the same, so binding does not report them."""

from __future__ import annotations

from protolint.diagnostic import Edit
from protolint.problem import Problem
from protolint.typing import TYPE_CHECKING

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
            args = {"name": name, "message": message.type.name, "doc": field.doc, "now": ""}
            end = first.start + len(name)
            found = Problem("deprecated-field", first.start, end, args, field=first)
            yield renamed(found, *_current(message, first))
        elif field.kind == "message":
            for inner in values:
                yield from deprecated_fields(inner)


def renamed(problem: Problem, name: str, value: str) -> Problem:
    """Return the problem with the edits that write its field as ``name: value``; "" is neither."""
    field = problem.field
    if field is None or not name:
        return problem
    edits = [Edit(field.start, field.start + len(field.name), name)]
    if value != field.value:
        edits.append(Edit(field.value_start, field.end, value))
    return problem._replace(args={**problem.args, "now": f"{name}: {value}"}, edits=tuple(edits))


def _current(message: Message, field: Field) -> tuple[str, str]:
    """Return name and value of a field as they are written today, "" where that is set too."""
    new = _RENAMED.get(field.name)
    taken = new in message.values or new in message.lost
    if new is None or taken or new not in message.type.fields:
        return "", ""
    values = _VALUES.get(field.name)
    return new, values[message.values[field.name]] if values else str(field.value)

"""Where problems of the model point."""

from __future__ import annotations

from protolint.problem import Mark, Problem
from protolint.syntax.tree import Field
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def head(block: Field) -> Field:
    """Return the name in front of a block, ``layer`` of ``layer { … }``, as a field of its own."""
    return Field(block.name, block.start, None, block.start, block.start + len(block.name))


def narrow(field: Field) -> Field:
    """Return the part of a field to point at: all of a scalar, the name of a block."""
    return head(field) if type(field.value) is list else field


def mark(field: Field, text: str) -> Mark:
    """Return a mark at a field."""
    place = narrow(field)
    return Mark(place.start, place.end, text)


def problem(
    rule: str,
    field: Field,
    args: Mapping[str, object],
    *,
    label: str = "",
    marks: tuple[Mark, ...] = (),
    layer: str | None = None,
) -> Problem:
    """Return a problem at a field."""
    place = narrow(field)
    return Problem(rule, place.start, place.end, args, label, marks, layer, field=field)

"""The tree of a prototxt: fields in the order in which they stand, each with its span.

Offsets count code points from the start of the text. Nothing is converted here: a scalar is the
text as written, and ``protolint.syntax.literal`` says what it is worth.
"""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import TypeAlias

    from protolint.problem import Problem

Value: TypeAlias = "str | list[Field] | tuple[Field, ...] | None"


class Field(NamedTuple):
    """One ``name: value``, ``name { … }`` or ``name: [ … ]``.

    ``name`` is as written, of an extension with its brackets and what blanks are in them.
    ``value`` is the text of a scalar, the fields of a block (a list), or the items of a short list
    (a tuple of fields that carry the list's name); it is ``None`` where the parser could make out a
    name but no value. ``start``..``end`` spans the field with its name, ``value_start``..``end``
    the value. A separator behind the field belongs to neither.
    """

    name: str
    start: int
    value: Value
    value_start: int
    end: int


class Comment(NamedTuple):
    """A ``# …`` comment; ``end`` is the end of its line without the line break."""

    start: int
    end: int


class Document(NamedTuple):
    """A parsed text: its top-level fields, every comment, and what was wrong."""

    text: str
    fields: list[Field]
    comments: list[Comment]
    problems: list[Problem]

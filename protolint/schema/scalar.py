"""What the text of a scalar is worth for a field of the schema."""

from __future__ import annotations

from protolint.syntax.literal import (
    Fault,
    is_quoted,
    is_word,
    read_bool,
    read_float,
    read_integer,
    read_string,
)
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from protolint.schema.types import EnumType, FieldType, Schema
    from protolint.syntax.tree import Field


def fits(field: Field, kind: FieldType, schema: Schema) -> bool:
    """Return whether what is written in a field, or in an item of a list, is of its kind."""
    content = field.value
    if kind.kind == "message":
        return type(content) is list
    return type(content) is str and not isinstance(read_scalar(content, kind, schema), Fault)


def read_scalar(text: str, kind: FieldType, schema: Schema) -> Any:
    """Return what a scalar's text is worth, a ``Fault`` where it is no value of the field."""
    name = kind.kind
    if name in ("float", "double"):
        return read_float(text, name)
    if name in ("string", "bytes"):
        return read_string(text)
    if name == "bool":
        return read_bool(text)
    if name == "enum":
        return _read_enum(text, schema.enums[kind.type_name])
    return read_integer(text, name)


def _read_enum(text: str, enum: EnumType) -> str | Fault:
    if is_quoted(text):
        return Fault("quoted-enum", "")
    if is_word(text):
        return text if text in enum.values else Fault("unknown-enum-value", "")
    number = read_integer(text, "int32")
    if isinstance(number, Fault):
        return number
    for value, at in enum.values.items():
        if at == number:
            return value
    return Fault("unknown-enum-value", "")

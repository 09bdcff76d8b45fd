"""Reading a layer's parameters where some of them could not be read: ``None`` is "not known"."""

from __future__ import annotations

from protolint.layers.shapes import i32
from protolint.typing import TYPE_CHECKING
from protolint.values import Unknown

if TYPE_CHECKING:
    from typing import Any

    from protolint.schema.message import Message


def _read(message: Message | None, name: str) -> Any:
    """Return a field's value; not known is also a field that the schema in use does not have."""
    if message is None or name not in message.type.fields:
        return None
    value = message.read(name)
    return None if type(value) is Unknown else value


def section(message: Message | None, name: str) -> Message | None:
    """Return a parameter message; one that is absent is empty."""
    value: Message | None = _read(message, name)
    return value


def sections(message: Message | None, name: str) -> list[Message] | None:
    """Return a repeated message field."""
    value: list[Message] | None = _read(message, name)
    return value


def integer(message: Message | None, name: str) -> int | None:
    """Return an integer as Caffe holds it: in an ``int``, to which larger ones are cut."""
    value = _read(message, name)
    return None if value is None else i32(value)


def integers(message: Message | None, name: str) -> tuple[int, ...] | None:
    """Return a repeated integer field, each value as ``integer`` does."""
    values = _read(message, name)
    return None if values is None else tuple(map(i32, values))


def many(message: Message | None, name: str) -> tuple[Any, ...] | None:
    """Return the values of a field that is a list in some forks and a single value in others.

    There is none where the field is absent.
    """
    if not given(message, name):
        return None if message is None or name in message.lost else ()
    values = _read(message, name)
    return tuple(values) if isinstance(values, list) else (values,)


def real(message: Message | None, name: str) -> float | None:
    """Return a floating-point number."""
    value: float | None = _read(message, name)
    return value


def flag(message: Message | None, name: str) -> bool | None:
    """Return a truth value."""
    value: bool | None = _read(message, name)
    return value


def word(message: Message | None, name: str) -> str | None:
    """Return a text, or the name of an enum's value."""
    value: str | None = _read(message, name)
    return value


def length(message: Message | None, name: str) -> int | None:
    """Return how often a repeated field is given."""
    if message is None or name in message.lost:
        return None
    return len(message.values.get(name, ()))


def given(message: Message | None, name: str) -> bool | None:
    """Return whether a field is written."""
    if message is None or name in message.lost:
        return None
    return name in message.values


def either(*flags: bool | None) -> bool | None:
    """Return whether one of the flags holds."""
    if any(flags):
        return True
    return None if None in flags else False


def both(*flags: bool | None) -> bool | None:
    """Return whether all of the flags hold."""
    if False in flags:
        return False
    return None if None in flags else True


def in_place(layer: Message) -> bool:
    """Return whether one of the layer's tops is the bottom of the same place."""
    bottoms, tops = _read(layer, "bottom"), _read(layer, "top")
    if bottoms is None or tops is None:
        return False
    return any(bottom == top for bottom, top in zip(bottoms, tops, strict=False))

"""Where in a tree an offset lies, and what type of message each block around it is."""

from __future__ import annotations

from protolint.syntax.literal import Fault, is_quoted, read_string
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from protolint.schema.types import FieldType, MessageType, Schema
    from protolint.syntax.tree import Field

Span = tuple[int, int]


class Typed(NamedTuple):
    """A field of the tree with what the schema says of it.

    ``owner`` is the message that holds it and ``kind`` the field there; both are ``None`` where the
    schema knows of none. An item of a short list has the list's kind.
    """

    field: Field
    owner: MessageType | None
    kind: FieldType | None

    @property
    def inner(self) -> str:
        """The name of the message type that the field is of, else nothing."""
        return self.kind.type_name if self.kind is not None and self.kind.kind == "message" else ""


def walk(fields: Sequence[Field], owner: str, schema: Schema) -> Iterator[Typed]:
    """Yield every field below some of the message ``owner``, in the order of the text."""
    message = schema.messages.get(owner)
    for field in fields:
        kind = message.fields.get(field.name) if message else None
        typed = Typed(field, message, kind)
        yield typed
        if isinstance(field.value, list):
            yield from walk(field.value, typed.inner, schema)
        elif isinstance(field.value, tuple):
            for item in field.value:
                yield Typed(item, message, kind)
                if isinstance(item.value, list):
                    yield from walk(item.value, typed.inner, schema)


def around(fields: Sequence[Field], owner: str, schema: Schema, offset: int) -> list[Typed]:
    """Return the fields around an offset, the outermost first; both ends of a field count."""
    found: list[Typed] = []
    inner: Sequence[Field] | str | None = fields
    while isinstance(inner, (list, tuple)):
        message = schema.messages.get(owner)
        field = next((f for f in reversed(inner) if f.start <= offset <= f.end), None)
        if field is None:
            break
        typed = Typed(field, message, message.fields.get(field.name) if message else None)
        found.append(typed)
        # The items of a list are of the message that the list is a field of.
        owner = owner if isinstance(field.value, tuple) else typed.inner
        inner = field.value
    return found


def on_name(field: Field, offset: int) -> bool:
    """Return whether an offset lies in the name of a field."""
    named = field.value is None or field.value_start > field.start
    return named and field.start <= offset <= field.start + len(field.name)


def word_span(field: Field, text: str) -> Span:
    """Return what is inside the quotes of a string, of any other scalar all of it."""
    start, end = field.value_start, field.end
    if isinstance(field.value, str) and is_quoted(field.value) and end - start >= 2:
        return start + 1, end - (text[end - 1] == field.value[0])
    return start, end


def string(field: Field) -> str | None:
    """Return the value of a field that is a string, else ``None``."""
    if not isinstance(field.value, str) or not is_quoted(field.value):
        return None
    value = read_string(field.value)
    return None if isinstance(value, Fault) else value


def scalar(fields: Sequence[Field], name: str) -> Field | None:
    """Return the first scalar of a name."""
    return next((f for f in fields if f.name == name and isinstance(f.value, str)), None)

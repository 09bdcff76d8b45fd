"""What a Caffe message is: its fields, their numbers, types, labels and defaults."""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from typing import Any, Literal, TypeAlias

    from protolint.values import Unknown

Label: TypeAlias = 'Literal["optional", "required", "repeated"]'
Scalar = bool | int | float | str


class FieldType(NamedTuple):
    """One field of a message type.

    ``kind`` is a protobuf scalar type name (``int32``, ``float``, …), ``"enum"`` or ``"message"``;
    for the last two ``type_name`` names the enum or message, dotted when it is nested.
    ``default`` is what Caffe reads when the field is absent: the explicit default, else the zero of
    its kind (for an enum its first value's name); ``None`` for repeated and message fields, and
    ``Unknown`` where the dialects that a text may be written in disagree.
    ``doc`` is one line of plain text without a final period.
    ``many`` is whether some dialect takes several values for a field that is read as one.
    """

    name: str
    number: int
    label: Label
    kind: str
    type_name: str
    default: Scalar | Unknown | None
    explicit_default: bool
    packed: bool
    deprecated: bool
    doc: str
    many: bool = False


class MessageType(NamedTuple):
    """A message type; ``fields`` is keyed by field name in the order of the schema file."""

    name: str
    fields: dict[str, FieldType]
    doc: str


class EnumType(NamedTuple):
    """An enum type; ``values`` maps value names to numbers in the order of the schema file."""

    name: str
    values: dict[str, int]
    doc: str


class Schema(NamedTuple):
    """A whole schema: message and enum types by (dotted) name without the package.

    ``dialects`` are those whose texts it reads, the best known first; none for a schema of the
    user's. ``types`` are the layer types
    that they register beyond BVLC's, and ``old_types`` what the values of ``V1LayerParameter.type``
    beyond BVLC's are called today.
    """

    package: str
    messages: dict[str, MessageType]
    enums: dict[str, EnumType]
    dialects: tuple[str, ...] = ("bvlc",)
    types: Container[str] = frozenset()
    old_types: Mapping[str, str] = {}

    def to_rows(self) -> Any:
        """Return the schema as plain lists and dicts that ``from_rows`` reads back."""
        return [
            self.package,
            [[m.name, list(map(list, m.fields.values())), m.doc] for m in self.messages.values()],
            [list(e) for e in self.enums.values()],
        ]

    @staticmethod
    def from_rows(data: Any) -> Schema:
        """Return the schema that ``to_rows`` wrote."""
        package, messages, enums = data
        return Schema(
            package,
            {
                name: MessageType(name, {row[0]: FieldType(*row) for row in rows}, doc)
                for name, rows, doc in messages
            },
            {row[0]: EnumType(*row) for row in enums},
        )

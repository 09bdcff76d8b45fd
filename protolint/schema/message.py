"""A bound message: the values of its fields, and where each is written."""

from __future__ import annotations

from protolint.syntax.tree import Field
from protolint.typing import TYPE_CHECKING
from protolint.values import Unknown, unknown

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from typing import Any

    from protolint.schema.types import MessageType, Schema


class Message:
    """One message as written.

    ``values`` holds the fields that are present: Python scalars (an enum's value is its name), a
    ``Message``, or a list of these for a repeated field. ``nodes`` holds the tree's field for each,
    aligned with the list of a repeated one. ``lost`` are fields that stand in the text but could
    not be understood.
    """

    __slots__ = ("lost", "node", "nodes", "schema", "type", "values")

    def __init__(self, kind: MessageType, schema: Schema, node: Field) -> None:
        self.type = kind
        self.schema = schema
        self.node = node
        self.values: dict[str, Any] = {}
        self.nodes: dict[str, Any] = {}
        self.lost: AbstractSet[str] = frozenset()

    def lose(self, name: str) -> None:
        """Remember that the field ``name`` is there but could not be read."""
        self.lost = self.lost | {name}

    def read(self, name: str) -> Any:
        """Return the field's value, or what Caffe reads where it is absent.

        An absent message field is an empty message. Raises ``KeyError`` for a name that the message
        type does not have.
        """
        value = self.values.get(name)
        if name in self.lost:
            return _unreadable(name)
        if value is not None:
            return value
        field = self.type.fields[name]
        if field.label == "repeated":
            return []
        if field.kind == "message":
            return Message(self.schema.messages[field.type_name], self.schema, _ABSENT)
        return field.default

    def has(self, name: str) -> bool | Unknown:
        """Return whether the field is written; a repeated one, whether it has an element."""
        if name in self.lost:
            return _unreadable(name)
        return name in self.values


_ABSENT = Field("", -1, [], -1, -1)
"""The node of a message that is not in the text."""


def _unreadable(name: str) -> Unknown:
    return unknown(f"`{name}` could not be read")

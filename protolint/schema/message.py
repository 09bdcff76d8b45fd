"""A bound message: the values of its fields, and where each is written."""

from __future__ import annotations

from protolint.schema.scalar import fits
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
    ``Message``, or a list of these for a repeated field; messages that are written alike may share
    it. ``nodes`` holds the tree's field for each, aligned with the list of a repeated one. ``lost``
    are fields that stand in the text but could not be understood, and ``foreign`` is how many of
    its fields the schema does not have.
    """

    __slots__ = ("_nodes", "foreign", "lost", "node", "schema", "type", "values")

    def __init__(
        self, kind: MessageType, schema: Schema, node: Field, values: dict[str, Any] | None = None
    ) -> None:
        """Make an empty message, or the one of a block ``node`` that has the ``values``."""
        self.type = kind
        self.schema = schema
        self.node = node
        self.values: dict[str, Any] = {} if values is None else values
        self.lost: AbstractSet[str] = frozenset()
        self.foreign = 0
        self._nodes: dict[str, Any] | None = {} if values is None else None

    @property
    def nodes(self) -> dict[str, Any]:
        """Where the fields are written. Found out when first asked for: few are."""
        if self._nodes is None:
            self._nodes = _nodes(self)
        return self._nodes

    @nodes.setter
    def nodes(self, nodes: dict[str, Any]) -> None:
        self._nodes = nodes

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


def clone(message: Message) -> Message:
    """Return a message that can be changed without changing the one that was written."""
    copy = Message(message.type, message.schema, message.node, dict(message.values))
    copy.nodes = dict(message.nodes)
    copy.lost, copy.foreign = message.lost, message.foreign
    return copy


def _nodes(message: Message) -> dict[str, Any]:
    """Return where the fields of a block are written, as it was bound."""
    found: dict[str, Any] = {}
    kinds, schema, lost = message.type.fields, message.schema, message.lost
    fields: Any = message.node.value
    for field in fields:
        name, content = field.name, field.value
        kind = kinds.get(name)
        if kind is None or content is None:
            continue
        is_list = type(content) is tuple
        if kind.label != "repeated":
            if not is_list:
                found.setdefault(name, field)
            continue
        for item in content if is_list else (field,):
            if name not in lost or fits(item, kind, schema):
                found.setdefault(name, []).append(item)
    return found


_ABSENT = Field("", -1, [], -1, -1)
"""The node of a message that is not in the text."""


def _unreadable(name: str) -> Unknown:
    return unknown(f"`{name}` could not be read")

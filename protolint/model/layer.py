"""One layer of a net as a rule author sees it."""

from __future__ import annotations

from protolint.model.place import head
from protolint.model.state import has_unreadable_rules
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from protolint.schema.message import Message
    from protolint.syntax.tree import Field
    from protolint.values import Unknown

_NONE: tuple[str, ...] = ()


class Layer:
    """A layer in the current format, whatever format it is written in.

    ``message`` is its ``LayerParameter``, whose ``nodes`` point at the fields as written; ``node``
    is the block in the text. ``type`` is the string that Caffe looks up (``""`` when absent).
    ``ruled`` says that it has include or exclude rules, ``doubtful`` that such rules or tops could
    not be read.
    """

    __slots__ = ("bottoms", "doubtful", "message", "name", "node", "ruled", "tops", "type")

    def __init__(self, message: Message) -> None:
        values = message.values
        self.message = message
        self.node: Field = message.node
        self.name: str = values.get("name", "")
        self.type: str = values.get("type", "")
        self.bottoms: Sequence[str] = values.get("bottom", _NONE)
        self.tops: Sequence[str] = values.get("top", _NONE)
        self.ruled = "include" in values or "exclude" in values
        unclear = bool(message.lost) or self.ruled
        self.doubtful = unclear and ("top" in message.lost or has_unreadable_rules(message))

    def read(self, name: str) -> Any:
        """Return a field's value, as ``Message.read`` does."""
        return self.message.read(name)

    def has(self, name: str) -> bool | Unknown:
        """Return whether a field is set, as ``Message.has`` does."""
        return self.message.has(name)

    def bottom_node(self, index: int) -> Field:
        """Return where ``bottoms[index]`` is written."""
        return self.message.nodes["bottom"][index]  # type: ignore[no-any-return]  # by the schema

    def top_node(self, index: int) -> Field:
        """Return where ``tops[index]`` is written."""
        return self.message.nodes["top"][index]  # type: ignore[no-any-return]  # by the schema

    def type_node(self) -> Field:
        """Return where the type is written, else the block's name."""
        node: Field | None = self.message.nodes.get("type")
        return head(self.node) if node is None else node

    def name_node(self) -> Field:
        """Return where the layer's name is written, else the block's name."""
        node: Field | None = self.message.nodes.get("name")
        return head(self.node) if node is None else node

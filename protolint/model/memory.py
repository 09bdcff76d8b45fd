"""What was found out about layers as written, kept from one reading of a net to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from protolint.model.layer import Layer

if TYPE_CHECKING:
    from collections.abc import Hashable

    from protolint.schema.message import Message


class Memory:
    """What holds of a layer in any net, and so still holds when other layers have been edited.

    ``layers`` has the layer of each message, by the message's ``id``. ``numbers`` leads from what
    is written in a layer to a number for it, and ``numbered`` from a layer (its ``id``) to that;
    see ``protolint.analysis.alike``. ``built`` is what comes of a number on the shapes it reads,
    and ``graphs`` the blob graph last made for a state. ``silent`` are the cases in which no rule
    had anything to say.
    """

    __slots__ = ("built", "graphs", "layers", "numbered", "numbers", "silent")

    def __init__(self) -> None:
        self.layers: dict[int, Layer] = {}
        self.numbers: dict[Any, int] = {}
        self.numbered: dict[int, int] = {}
        self.built: dict[Any, Any] = {}
        self.graphs: dict[Hashable, Any] = {}
        self.silent: dict[Hashable, set[Any]] = {}

    def layer(self, message: Message) -> Layer:
        """Return the layer of a message, the same one whenever it is asked for."""
        layer = self.layers.get(id(message))
        if layer is None:
            layer = self.layers[id(message)] = Layer(message)
        return layer

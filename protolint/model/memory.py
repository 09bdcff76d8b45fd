"""What was found out about layers as written, kept from one reading of a net to the next."""

from __future__ import annotations

from protolint.model.layer import Layer
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable
    from typing import Any

    from protolint.schema.message import Message


_MOST_BUILT = 20_000


class Memory:
    """What holds of a layer in any net, and so still holds when other layers have been edited.

    ``layers`` has the layer of each message, by the message's ``id``. ``numbers`` leads from what
    is written in a layer to a number for it, and ``numbered`` from a layer (its ``id``) to that;
    see ``protolint.analysis.alike``. ``built`` is what comes of a number on the shapes it reads,
    and ``graphs``, ``shapes`` and ``backward`` what was last found for a state. ``silent`` are the
    cases in which no rule had anything to say.
    """

    __slots__ = (
        "backward",
        "built",
        "graphs",
        "layers",
        "numbered",
        "numbers",
        "shapes",
        "silent",
    )

    def __init__(self) -> None:
        self.layers: dict[int, Layer] = {}
        self.numbers: dict[Any, int] = {}
        self.numbered: dict[int, int] = {}
        self.built: dict[Any, Any] = {}
        self.graphs: dict[Hashable, Any] = {}
        self.shapes: dict[Hashable, Any] = {}
        self.backward: dict[Hashable, Any] = {}
        self.silent: dict[Hashable, set[Any]] = {}

    def let_go(self) -> None:
        """Forget what goes by the identity of messages that are no more, or all if it is much."""
        self.layers.clear()
        self.numbered.clear()
        self.graphs.clear()
        self.shapes.clear()
        self.backward.clear()
        if len(self.built) > _MOST_BUILT:
            self.numbers.clear()
            self.built.clear()
            self.silent.clear()

    def known(self, messages: list[Message]) -> list[Layer]:
        """Return the layers of messages, the same ones whenever they are asked for."""
        layers = self.layers
        for message in messages:
            if id(message) not in layers:
                layers[id(message)] = Layer(message)
        return [layers[id(message)] for message in messages]

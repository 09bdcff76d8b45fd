"""Which layers of a net are alike: all that is written in them is equal but for the names.

Nets repeat a few layers many times (ResNet-152: 27 of 660 differ), and build them in both phases.
What depends on nothing else need be found out only once.
"""

from __future__ import annotations

from operator import eq
from typing import TYPE_CHECKING, Any

from protolint.schema.message import Message

if TYPE_CHECKING:
    from protolint.model.layer import Layer
    from protolint.model.net import Net


def alike(net: Net) -> dict[int, int]:
    """Return a number for each layer, by its ``id``; equal numbers for layers that are alike."""
    found: dict[int, int] | None = net.facts.get("alike")
    if found is None:
        numbers: dict[Any, int] = {}
        found = net.facts["alike"] = {
            id(layer): numbers.setdefault(_written(layer), len(numbers)) for layer in net.layers
        }
    return found


def _written(layer: Layer) -> Any:
    """Return all that is written in a layer but its names, of which only equality counts."""
    in_place = tuple(map(eq, layer.bottoms, layer.tops))
    return _frozen(layer.message, _NAMES), len(layer.tops), in_place


_NAMES = ("name", "bottom", "top")


def _frozen(message: Message, without: tuple[str, ...] = ()) -> tuple[Any, ...]:
    """Return the message's fields as a key; what is written the same way has equal keys."""
    key: list[Any] = [frozenset(message.lost)]
    for name, value in message.values.items():
        if name not in without:
            key.append(name)
            if type(value) is list:
                key.append(tuple([_frozen(x) if type(x) is Message else x for x in value]))
            else:
                key.append(_frozen(value) if type(value) is Message else value)
    return tuple(key)

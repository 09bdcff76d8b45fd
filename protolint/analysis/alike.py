"""Which layers of a net are alike: all that is written in them is equal but for the names.

Nets repeat a few layers many times (ResNet-152: 27 of 660 differ), and build them in both phases.
What depends on nothing else need be found out only once.
"""

from __future__ import annotations

from operator import eq

from protolint.schema.message import Message
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from protolint.model.layer import Layer
    from protolint.model.net import Net


def alike(net: Net) -> dict[int, int]:
    """Return a number for each layer, by its ``id``; equal numbers for layers that are alike."""
    found: dict[int, int] | None = net.facts.get("alike")
    if found is None:
        memory = net.memory
        numbers: dict[Any, int]
        numbers, found = ({}, {}) if memory is None else (memory.numbers, memory.numbered)
        keys: dict[int, Any] = {}
        for layer in net.layers:
            if id(layer) not in found:
                found[id(layer)] = numbers.setdefault(_written(layer, keys), len(numbers))
        net.facts["alike"] = found
    return found


def _written(layer: Layer, keys: dict[int, Any]) -> Any:
    """Return all that is written in a layer but its names, of which only equality counts.

    ``keys`` is for those of its messages: blocks written alike share their values.
    """
    message, bottoms, tops = layer.message, layer.bottoms, layer.tops
    about = frozenset(message.lost), message.foreign, len(bottoms), len(tops)
    key: list[Any] = [*about, *map(eq, bottoms, tops)]
    for name, value in message.values.items():
        if name in _NAMES:
            continue
        if type(value) is Message:
            known = keys.get(id(value.values))
            if known is None:
                known = keys[id(value.values)] = frozen(value)
            key += name, known
        else:
            key += name, frozen(value)
    return tuple(key)


_NAMES = frozenset(("name", "bottom", "top"))


def frozen(value: Any) -> Any:
    """Return a field's value as a key; what is written the same way has equal keys."""
    kind = type(value)
    if kind is Message:
        key: list[Any] = [frozenset(value.lost), value.foreign]
        for name, part in value.values.items():
            key += name, (part if type(part) in _SCALARS else frozen(part))
        return tuple(key)
    if kind is list:
        return tuple(map(frozen, value) if value and type(value[0]) is Message else value)
    return value


_SCALARS = frozenset((bool, int, float, str))

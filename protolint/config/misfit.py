"""What does not fit in a table of settings, by the part of JSON Schema that ``keys`` uses."""

from __future__ import annotations

from protolint.config.keys import KEYS
from protolint.schema.misfit import nearest
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from protolint.syntax.toml import Keys

_TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}
_NAMES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a table",
}


class Misfit(NamedTuple):
    """What is wrong with the key, or the value, that ``keys`` lead to.

    ``part`` is the text of a value, and the offsets in it of what is wrong.
    """

    keys: Keys
    message: str
    of_key: bool = False
    part: tuple[str, int, int] | None = None


def misfits(table: Mapping[str, Any]) -> Iterator[Misfit]:
    """Yield what does not fit: settings that do not exist, values that are none."""
    for key, value in table.items():
        if key in KEYS:
            yield from _value(value, KEYS[key], (key,), f"`{key}`")
        else:
            yield Misfit((key,), f"no setting `{key}`{meant(key, KEYS)}", of_key=True)


def _value(value: Any, kind: Mapping[str, Any], keys: Keys, name: str) -> Iterator[Misfit]:
    if "anyOf" in kind:
        if all(any(_value(value, choice, keys, name)) for choice in kind["anyOf"]):
            yield Misfit(keys, f"{name} takes {kind['x-takes']}")
        return
    wanted = _TYPES[kind["type"]]
    if not isinstance(value, wanted) or (wanted is not bool and isinstance(value, bool)):
        yield Misfit(keys, f"{name} takes {_NAMES[kind['type']]}")
        return
    if "enum" in kind and value not in kind["enum"]:
        choices = ", ".join(f'"{choice}"' for choice in kind["enum"])
        near = meant(str(value), kind["enum"], '"')
        yield Misfit(keys, f'{name} has no value "{value}"{near or f": it takes {choices}"}')
    if "minimum" in kind and value < kind["minimum"]:
        yield Misfit(keys, f"{name} takes {kind['minimum']} and more")
    if isinstance(value, list):
        if "minItems" in kind and not kind["minItems"] <= len(value) <= kind["maxItems"]:
            yield Misfit(keys, f"{name} takes {kind['minItems']} values: {kind['x-items']}")
        for number, item in enumerate(value):
            yield from _value(item, kind["items"], (*keys, number), f"each item of {name}")
    if isinstance(value, dict) and "properties" in kind:
        known = kind["properties"]
        for key, item in value.items():
            if key in known:
                yield from _value(item, known[key], (*keys, key), f"`{key}` of {name}")
            else:
                message = f"{name} has no key `{key}`{meant(key, known)}"
                yield Misfit((*keys, key), message, of_key=True)
    elif isinstance(value, dict):
        for key, item in value.items():
            of_key = (*keys, key)
            yield from _value(item, kind["additionalProperties"], of_key, f"`{key}` in {name}")


def unknown_words(table: Mapping[str, Any], known: Iterable[tuple[str, str]]) -> Iterator[Misfit]:
    """Yield the words in a sound table that name no rule; ``known`` are names and codes."""
    pairs = list(known)
    candidates = [word for pair in pairs for word in pair]
    for keys, word, of_key in _words(table):
        if not any(name == word or code.startswith(word) for name, code in pairs):
            yield Misfit(keys, f'no rule "{word}"{meant(word, candidates, chr(34))}', of_key)


def _words(table: Mapping[str, Any]) -> Iterator[tuple[Keys, str, bool]]:
    for key, value in table.items():
        kind = KEYS[key]
        if kind.get("propertyNames", {}).get("x-word"):
            yield from (((key, word), word, True) for word in value)
        lists = value.items() if isinstance(value, dict) else [(None, value)]
        holds_words = kind.get("additionalProperties", kind).get("items", {}).get("x-word")
        for name, words in lists if holds_words else ():
            way = (key,) if name is None else (key, name)
            yield from (((*way, number), word, False) for number, word in enumerate(words))


def meant(word: str, known: Iterable[str], quote: str = "`") -> str:
    """Return a question after what was probably meant, or nothing."""
    near = nearest(word, known)
    return f"; did you mean {quote}{near[0]}{quote}?" if near else ""

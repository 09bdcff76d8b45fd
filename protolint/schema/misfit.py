"""What to say where a tree does not fit its schema: one function for each kind of misfit.

Only called on errors, so that ``difflib`` is imported only then.
"""

from __future__ import annotations

import re
from functools import lru_cache

from protolint.diagnostic import Edit
from protolint.edit import removal
from protolint.problem import Mark, Problem
from protolint.syntax.literal import Fault, is_quoted, is_word, quoted, read_integer
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protolint.schema.types import EnumType, FieldType, MessageType, Schema
    from protolint.syntax.tree import Field


def nearest(word: str, names: Iterable[str], count: int = 1) -> list[str]:
    """Return the names that ``word`` is most likely a misspelling of, the nearest first."""
    return [] if len(word) > _LONGEST else [*_nearest(word, tuple(dict.fromkeys(names)), count)]


@lru_cache(maxsize=4)  # the states of a net mostly ask for the same
def _nearest(word: str, names: tuple[str, ...], count: int) -> tuple[str, ...]:
    from difflib import get_close_matches  # noqa: PLC0415  (slow to import, needed on errors only)

    by_folded = {name.lower(): name for name in reversed(names) if len(name) <= _LONGEST}
    found = get_close_matches(word.lower(), by_folded, count, 0.72)
    return tuple(by_folded[name] for name in found)


MOST_COMPARED = 100_000
"""Names of a text that its unknown ones are held against; no more are then guessed at."""

_LONGEST = 100
"""Of longer words no letter is guessed at: comparing takes the square of the length, or more."""


class Guess(NamedTuple):
    """What a word may be meant for, "" for nothing: whether it is but a slip, and that for certain.

    A slip is a letter too much, too little, wrong, or swapped with the next; letters in another
    case, or underscores that are missing or too many, are as good as right. Digits are never slips,
    and the first letter is not for certain: `momentum2` and `prelu_param` are other things than
    what they resemble.
    """

    name: str
    is_slip: bool = False
    sure: bool = False


def guess(word: str, names: Iterable[str]) -> Guess:
    """Return the one name that a word is a slip of, else the nearest one."""
    names = list(names)
    alike = _slips(word, names)
    if len(alike) == 1:
        return Guess(alike[0], is_slip=True, sure=alike[0][:1].lower() == word[:1].lower())
    return Guess(next(iter(nearest(word, names)), ""))


def slip(word: str, names: Iterable[str]) -> str:
    """Return the one name that ``word`` is a slip of for certain, empty where it is none."""
    alike = _slips(word, list(names))
    sure = len(alike) == 1 and alike[0][:1].lower() == word[:1].lower()
    return alike[0] if sure else ""


def _slips(word: str, names: list[str]) -> list[str]:
    alike = [name for name in names if _folded(name) == _folded(word)]
    return alike or [name for name in names if _one_slip(word.lower(), name.lower())]


_SHORTEST = 4
"""Shorter words are too like each other."""


def _folded(word: str) -> str:
    return word.replace("_", "").lower()


def _one_slip(word: str, name: str) -> bool:
    longer = max(len(word), len(name))
    if longer < _SHORTEST or abs(len(word) - len(name)) > 1 or _digits(word) != _digits(name):
        return False
    shorter = min(len(word), len(name))
    start = next((i for i in range(shorter) if word[i] != name[i]), shorter)
    rest, due = word[start:], name[start:]
    swapped = rest[1:2] + rest[:1] + rest[2:]
    return rest[1:] == due or rest == due[1:] or rest[1:] == due[1:] or swapped == due


def _digits(word: str) -> str:
    return "".join(filter(str.isdigit, word))


def kind_name(kind: FieldType) -> str:
    """Return what a field takes, in words."""
    if kind.kind in ("float", "double"):
        return "a number"
    if kind.kind in ("string", "bytes"):
        return "a quoted string"
    if kind.kind == "bool":
        return "true or false"
    if kind.kind == "enum":
        return "one of its names"
    if kind.kind == "message":
        return f"a block {{ … }} ({kind.type_name})"
    return "an integer"


def unknown_field(
    field: Field, kind: MessageType, meant: Guess, schema: Schema, cure: tuple[Edit, ...] = ()
) -> Problem:
    """Return the problem of a field that the message type lacks.

    ``cure`` are the edits by which it stands there under the name that is ``meant``.
    """
    name = field.name
    near = meant.name
    homes = [] if near else _homes(name, kind, schema)
    if name.startswith("["):
        advice = "BVLC Caffe has no extensions; remove it"
    elif near:
        advice = f"did you mean `{near}`?"
    elif homes:
        advice = f"`{name}` is a field of {' and of '.join(homes[:3])}"
    else:
        advice = ""
    end = field.start + len(name)
    args = {"name": name, "message": kind.name, "advice": advice, "near": near}
    return Problem("unknown-field", field.start, end, args, edits=cure, sure=meant.sure)


def _homes(name: str, kind: MessageType, schema: Schema) -> list[str]:
    """Say where a field of that name exists: in a block inside this message, else anywhere."""
    inside = [
        f"`{field.name} {{ … }}`"
        for field in kind.fields.values()
        if field.kind == "message" and name in schema.messages[field.type_name].fields
    ]
    return inside or [m.name for m in schema.messages.values() if name in m.fields]


def scalar_for_message(field: Field, kind: FieldType) -> Problem:
    """Return the problem of ``name: 1`` where a block is due."""
    args = {"name": kind.name, "found": _shown(field), "type": kind.type_name}
    return Problem("scalar-for-message", field.value_start, field.end, args)


def message_for_scalar(field: Field, kind: FieldType) -> Problem:
    """Return the problem of ``name { … }`` where a single value is due."""
    end = field.value_start + 1
    args = {"name": kind.name, "expected": kind_name(kind)}
    return Problem("message-for-scalar", field.start, end, args)


def list_for_single(field: Field, kind: FieldType, source: str) -> Problem:
    """Return the problem of ``name: [ … ]`` where the field takes one value.

    Where there is one, and no comment, the brackets are all that is wrong.
    """
    args = {"name": kind.name, "expected": kind_name(kind)}
    edits: tuple[Edit, ...] = ()
    items = field.value
    bare = "#" not in source[field.value_start : field.end]
    if isinstance(items, tuple) and len(items) == 1 and bare:
        (only,) = items
        edits = (
            Edit(field.value_start, only.value_start, ""),
            Edit(only.end, field.end, ""),
        )
    return Problem("list-for-single-value", field.value_start, field.end, args, edits=edits)


def duplicate(field: Field, first: Field, source: str) -> Problem:
    """Return the problem of a second ``name: 1`` where the field may be given once.

    One that repeats the first to the letter can go.
    """
    mark = Mark(first.start, first.start + len(first.name), "first given here")
    end = field.start + len(field.name)
    edits: tuple[Edit, ...] = ()
    if source[first.value_start : first.end] == source[field.value_start : field.end]:
        edits = (removal(source, field.start, field.end),)
    args = {"name": field.name}
    return Problem("duplicate-field", field.start, end, args, marks=(mark,), edits=edits)


def list_without_colon(field: Field) -> Problem:
    """Return the problem of ``name [1, 2]``."""
    args = {"expected": f"`:` after `{field.name}`", "found": "`[`"}
    advice = {"advice": f"write `{field.name}: [ … ]`"}
    start, end = field.value_start, field.value_start + 1
    edits = (Edit(field.start + len(field.name), field.start + len(field.name), ":"),)
    return Problem("syntax-error", start, end, args | advice, edits=edits)


def missing_required(block: Field, kind: MessageType, name: str) -> Problem:
    """Return the problem of a message without a required field, told at the message."""
    # The whole text and the items of a list have no name in front of their brace.
    named = block.value_start > block.start
    end = block.start + len(block.name) if named else min(block.start + 1, block.end)
    args = {"name": name, "message": kind.name, "block": block.name}
    return Problem("missing-required-field", block.start, end, args)


def bad_value(field: Field, kind: FieldType, fault: Fault, enum: EnumType | None) -> Problem:
    """Return the problem of a scalar that is not a value of the field's kind."""
    text = str(field.value)
    start, end = field.value_start, field.end
    name = kind.name

    def written(value: str) -> tuple[Edit, ...]:
        return (Edit(start, end, value),) if value else ()

    if fault.rule == "out-of-range":
        args = {"name": name, "value": text, "kind": kind.kind, "range": fault.expected}
        return Problem("out-of-range", start, end, args)
    if enum is not None:
        value = text[1:-1] if is_quoted(text) else text if is_word(text) else ""
        near, is_slip, sure = guess(value, enum.values)
        advice = f"did you mean `{near}`?" if near else f"one of {_listed(enum)}"
        args = {"name": name, "value": text, "near": near, "enum": enum.name}
        args |= {"values": _listed(enum)} if is_quoted(text) else {"advice": advice}
        rule = "quoted-enum" if is_quoted(text) else "unknown-enum-value"
        return Problem(rule, start, end, args, edits=written(near if is_slip else ""), sure=sure)
    if kind.kind in ("string", "bytes"):
        args = {"name": name, "value": text}
        whole = "" if "\n" in text else quoted(text)  # a comment may stand behind a minus sign
        return Problem("unquoted-string", start, end, args, edits=written(whole))
    args = {"name": name, "value": _shown(field), "expected": fault.expected}
    right = _rightly(text, kind.kind)
    return Problem("wrong-type", start, end, args | {"meant": right}, edits=written(right))


_TRUTHS = {"true": "true", "yes": "true", "on": "true"} | {
    "false": "false",
    "no": "false",
    "off": "false",
}


def _rightly(text: str, kind: str) -> str:
    """Return how a value of the wrong type is written rightly, empty where that is not certain."""
    inner = text[1:-1].strip() if is_quoted(text) else text
    if kind == "bool":
        return _TRUTHS.get(inner.lower(), "")
    if kind in ("float", "double"):
        return inner if is_quoted(text) and re.fullmatch(_DECIMAL, inner, re.ASCII) else ""
    if not re.fullmatch(_DECIMAL, inner, re.ASCII):
        return ""
    value = float(inner)
    if not value.is_integer() or abs(value) >= 1 << 53:
        return ""
    whole = str(int(value))
    return "" if isinstance(read_integer(whole, kind), Fault) else whole


_DECIMAL = r"-?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?"
"""A number that is read alike as an integer and as a fraction: without zeros in front."""


def _listed(enum: EnumType) -> str:
    names = list(enum.values)
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")


def _shown(field: Field) -> str:
    text = str(field.value).split("\n", 1)[0]
    return text if len(text) <= 40 else text[:39] + "…"

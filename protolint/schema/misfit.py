"""What to say where a tree does not fit its schema: one function for each kind of misfit.

Only called on errors, so that ``difflib`` is imported only then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from protolint.problem import Mark, Problem
from protolint.syntax.literal import Fault, is_quoted, is_word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protolint.schema.types import EnumType, FieldType, MessageType, Schema
    from protolint.syntax.tree import Field


def nearest(word: str, names: Iterable[str], count: int = 1) -> list[str]:
    """Return the names that ``word`` is most likely a misspelling of, the nearest first."""
    from difflib import get_close_matches  # noqa: PLC0415  (slow to import, needed on errors only)

    by_folded = {name.lower(): name for name in reversed(list(names))}
    found = get_close_matches(word.lower(), by_folded, count, 0.72)
    return [by_folded[name] for name in found]


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


def unknown_field(field: Field, kind: MessageType, near: list[str], schema: Schema) -> Problem:
    """Return the problem of a field that the message type lacks; ``near`` are names it may mean."""
    name = field.name
    homes = [] if near else _homes(name, kind, schema)
    if name.startswith("["):
        advice = "BVLC Caffe has no extensions; remove it"
    elif near:
        advice = f"did you mean `{near[0]}`?"
    elif homes:
        advice = f"`{name}` is a field of {' and of '.join(homes[:3])}"
    else:
        advice = ""
    end = field.start + len(name)
    args = {"name": name, "message": kind.name, "advice": advice, "near": near[0] if near else ""}
    return Problem("unknown-field", field.start, end, args)


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


def list_for_single(field: Field, kind: FieldType) -> Problem:
    """Return the problem of ``name: [ … ]`` where the field takes one value."""
    args = {"name": kind.name, "expected": kind_name(kind)}
    return Problem("list-for-single-value", field.value_start, field.end, args)


def duplicate(field: Field, first: Field) -> Problem:
    """Return the problem of a second ``name: 1`` where the field may be given once."""
    mark = Mark(first.start, first.start + len(first.name), "first given here")
    end = field.start + len(field.name)
    return Problem("duplicate-field", field.start, end, {"name": field.name}, marks=(mark,))


def list_without_colon(field: Field) -> Problem:
    """Return the problem of ``name [1, 2]``."""
    args = {"expected": f"`:` after `{field.name}`", "found": "`[`"}
    advice = {"advice": f"write `{field.name}: [ … ]`"}
    return Problem("syntax-error", field.value_start, field.value_start + 1, args | advice)


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
    if fault.rule == "out-of-range":
        args = {"name": name, "value": text, "kind": kind.kind, "range": fault.expected}
        return Problem("out-of-range", start, end, args)
    if enum is not None:
        if is_quoted(text):
            value = text[1:-1]
            near = value if value in enum.values else next(iter(nearest(value, enum.values)), "")
            args = {"name": name, "value": text, "near": near, "values": _listed(enum)}
            return Problem("quoted-enum", start, end, args)
        near = next(iter(nearest(text, enum.values)), "") if is_word(text) else ""
        advice = f"did you mean `{near}`?" if near else f"one of {_listed(enum)}"
        args = {"name": name, "value": text, "near": near, "advice": advice, "enum": enum.name}
        return Problem("unknown-enum-value", start, end, args)
    if kind.kind in ("string", "bytes"):
        return Problem("unquoted-string", start, end, {"name": name, "value": text})
    args = {"name": name, "value": _shown(field), "expected": fault.expected}
    return Problem("wrong-type", start, end, args)


def _listed(enum: EnumType) -> str:
    names = list(enum.values)
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")


def _shown(field: Field) -> str:
    text = str(field.value).split("\n", 1)[0]
    return text if len(text) <= 40 else text[:39] + "…"

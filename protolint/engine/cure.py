"""What a rule file says of the cure, as edits of the text that it was found in."""

from __future__ import annotations

from protolint.diagnostic import Edit, Fix
from protolint.edit import insertion, merged, removal
from protolint.engine.expression.template import render
from protolint.engine.records import message_of
from protolint.schema.misfit import slip
from protolint.syntax.literal import is_quoted, quoted, read_string
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from protolint.engine.rule import RuleFix
    from protolint.problem import Problem
    from protolint.syntax.tree import Field


def of_problem(fix: RuleFix, problem: Problem, text: str) -> Fix | None:
    """Return the fix of what a stage found: the edits it brings, or what is done with its field."""
    if not fix.verb:
        return _fix(fix, render(fix.title, problem.args), problem.edits, sure=problem.sure)
    field = problem.field
    if field is None or [field.name] not in fix.places:
        return None
    made = _done(fix, [field], text, render(fix.text, problem.args))
    return _fix(fix, render(fix.title, problem.args) or made.title, made.edits, sure=problem.sure)


def of_rule(fix: RuleFix, scope: Mapping[str, Any], text: str) -> Fix | None:
    """Return the fix of what a rule found in its scope; ``None`` where nothing is written to edit.

    A field that is written in an older format, under another name, is left alone.
    """
    titles: list[str] = []
    edits: list[Edit] = []
    for place in fix.places:
        path = tuple(render(place, scope).split("."))
        fields = [field for field in _written(scope, path) if field.name == path[-1]]
        made = _done(fix, fields, text, render(fix.text, scope))
        titles += [made.title] if made.edits else []
        edits += made.edits
        if edits and fix.verb == "insert":
            break
    return _fix(fix, render(fix.title, scope) or ", ".join(titles), edits)


def _fix(fix: RuleFix, title: str, edits: Iterable[Edit], *, sure: bool = True) -> Fix | None:
    changes = merged(edits)
    return Fix(title, changes, fix.safe and sure) if changes else None


class _Made(NamedTuple):
    """The edits of a verb, and what they do."""

    title: str
    edits: list[Edit]


_NOTHING = _Made("", [])


def _done(fix: RuleFix, fields: list[Field], text: str, written: str) -> _Made:
    """Return the edits of the fields at one place; an item of a short list has no name to edit."""
    if fix.verb == "sort":
        return _Made("put them in order", _sorted(fields, text))
    named = [field for field in fields if field.value_start > field.start]
    if not named:
        return _NOTHING
    field = named[0]
    if fix.verb == "remove":
        edits = [removal(text, field.start, field.end) for field in named]
        return _Made(f"remove `{field.name}`", edits)
    if fix.verb == "insert":
        return _Made(f"add `{written}`", [insertion(text, field.start, field.end, written)])
    if fix.verb == "rewrite":
        return _Made(f"write `{written}`", [Edit(field.start, field.end, written)])
    if not isinstance(field.value, str):
        return _NOTHING
    if fix.verb == "choose":
        written = _chosen(field.value, fix.choices)
    if not written:
        return _NOTHING
    if is_quoted(field.value) and not is_quoted(written):
        written = quoted(written)
    edit = Edit(field.value_start, field.end, written)
    return _Made(f"write `{field.name}: {written}`", [edit])


def _chosen(value: str, choices: tuple[str, ...]) -> str:
    found = read_string(value) if is_quoted(value) else value
    return slip(found, choices) if isinstance(found, str) else ""


def _sorted(fields: list[Field], text: str) -> list[Edit]:
    """Return the edits that bring numbers in rising order; each place keeps what is around it."""
    values = [text[field.value_start : field.end] for field in fields]
    try:
        ordered = sorted(values, key=float)
    except ValueError:  # octal, hexadecimal
        return []
    return [
        Edit(field.value_start, field.end, new)
        for field, old, new in zip(fields, values, ordered, strict=True)
        if old != new
    ]


def _written(scope: Mapping[str, Any], path: tuple[str, ...]) -> list[Field]:
    """Return the fields that a path names, as they are written."""
    value: Any = scope[path[0]]
    for name in path[1:-1]:
        message = message_of(value)
        value = message.values.get(name) if message else None
        if isinstance(value, list):
            value = value[0] if value else None
    message = message_of(value)
    node = message.nodes.get(path[-1], []) if message else []
    return node if isinstance(node, list) else [node]

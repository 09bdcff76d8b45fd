"""What each word of a text is, for colours that follow the meaning."""

from __future__ import annotations

from protolint.server import names
from protolint.server.spans import Typed, walk
from protolint.syntax.literal import is_quoted, is_word
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.server.snapshot import Snapshot
    from protolint.server.spans import Span

TYPES = (
    "comment",
    "property",
    "struct",
    "string",
    "number",
    "enumMember",
    "keyword",
    "type",
    "variable",
    "function",
    "parameter",
)
MODIFIERS = ("definition", "deprecated")

_OF_NAME = {"blob": "variable", "layer": "function", "param": "parameter"}


class Token(NamedTuple):
    """A stretch of one line, and what it is."""

    start: int
    end: int
    type: str
    modifiers: tuple[str, ...] = ()


def tokens(snapshot: Snapshot, start: int = 0, end: int | None = None) -> list[Token]:
    """Return the tokens between two offsets, in the order of the text; none overlaps another."""
    text = snapshot.text
    end = len(text) if end is None else end
    named = {name.field: name for name in names.names(snapshot)}
    found = [Token(c.start, c.end, "comment") for c in snapshot.document.comments]
    for typed in walk(snapshot.document.fields, snapshot.roots[0], snapshot.schema):
        if typed.field.end < start or typed.field.start > end:
            continue
        found += _name(typed)
        if isinstance(typed.field.value, str):
            found += _scalar(typed, text, named.get(typed.field))
    lines = [piece for token in found for piece in _on_lines(token, text)]
    kept: list[Token] = []
    for token in sorted(lines):
        if token.end > start and token.start < end and (not kept or token.start >= kept[-1].end):
            kept.append(token)
    return kept


def _name(typed: Typed) -> Iterator[Token]:
    field = typed.field
    if field.value is not None and field.value_start == field.start:
        return  # an item of a list
    kind = "struct" if isinstance(field.value, list) else "property"
    deprecated = typed.kind is not None and typed.kind.deprecated
    yield Token(
        field.start, field.start + len(field.name), kind, ("deprecated",) if deprecated else ()
    )


def _scalar(typed: Typed, text: str, name: names.Name | None) -> Iterator[Token]:
    field = typed.field
    value = text[field.value_start : field.end]
    span: Span = (field.value_start, field.end)
    if name is not None:
        modifiers = ("definition",) if name.defines else ()
        yield Token(*span, _OF_NAME[name.what], modifiers)
    elif typed.owner is not None and typed.owner.name == "LayerParameter" and field.name == "type":
        yield Token(*span, "type")
    elif is_quoted(value):
        yield Token(*span, "string")
    elif is_word(value):
        is_bool = value in ("true", "false", "True", "False", "t", "f")
        yield Token(*span, "keyword" if is_bool else "enumMember")
    else:
        yield Token(*span, "number")


def _on_lines(token: Token, text: str) -> Iterator[Token]:
    """Cut a token at line breaks, which no token may hold."""
    at = token.start
    for line in text[token.start : token.end].splitlines(keepends=True):
        begin, end = at + len(line) - len(line.lstrip()), at + len(line.rstrip())
        if begin < end:
            yield token._replace(start=begin, end=end)
        at += len(line)

"""Fields with the comments that belong to them."""

from __future__ import annotations

import re
from bisect import bisect_left

from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from protolint.syntax.tree import Comment, Document, Field

_SEPARATOR = re.compile(r"(?:[ \t\r\n\v\f]|#[^\n]*\n)*+[,;]")
_TRAILING = re.compile(r"[ \t\r\v\f]*+#[^\n]*+")


class Part(NamedTuple):
    """A field with its separator and comments.

    ``above`` are the comments on the lines right above it, from ``start`` on; ``behind`` those
    that follow on its line, or before its separator, up to ``end``.
    """

    field: Field
    start: int
    end: int
    above: tuple[str, ...]
    behind: tuple[str, ...]


def parts(document: Document, fields: Iterable[Field], start: int) -> list[Part]:
    """Return the fields of a block that begins at ``start`` as parts, which do not overlap."""
    text = document.text
    found = []
    for field in fields:
        own = _above(document, field, start)
        first = own[0].start if own else field.start
        separator = _SEPARATOR.match(text, field.end)
        end = separator.end() if separator else field.end
        trailing = _TRAILING.match(text, end)
        end = trailing.end() if trailing else end
        behind = words(document, field.end, end)
        found.append(Part(field, first, end, tuple(_words(text, c) for c in own), behind))
        start = end
    return found


def comments(document: Document, start: int, end: int) -> Sequence[Comment]:
    """Return the comments that begin in ``start``..``end``."""
    every = document.comments
    return every[bisect_left(every, (start, 0)) : bisect_left(every, (end, 0))]


def words(document: Document, start: int, end: int) -> tuple[str, ...]:
    """Return these comments as they are written."""
    return tuple(_words(document.text, comment) for comment in comments(document, start, end))


def _above(document: Document, field: Field, start: int) -> list[Comment]:
    """Return the comments on lines of their own right above a field, behind ``start``."""
    text, at = document.text, field.start
    own: list[Comment] = []
    for comment in reversed(comments(document, start, field.start)):
        between = text[comment.end : at]
        head = text[text.rfind("\n", 0, comment.start) + 1 : comment.start]
        if between.count("\n") != 1 or between.strip() or head.strip():
            break
        own.insert(0, comment)
        at = comment.start
    return own


def _words(text: str, comment: Comment) -> str:
    return text[comment.start : comment.end].rstrip()


def inside(document: Document, block: Field) -> list[Part]:
    """Return the fields of a block as parts."""
    fields: Any = block.value
    return parts(document, fields, block.value_start + 1)


def items(field: Field) -> tuple[Field, ...]:
    """Return what ``moved`` gives the values of: a field, or the items of its list."""
    return field.value if type(field.value) is tuple else (field,)


class Moved(NamedTuple):
    """What moves elsewhere: the text of a value, and comments above it and behind it."""

    value: str
    above: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()

    def named(self, name: str) -> str:
        """Return the field with its comments, in as many lines as these need."""
        lead = "".join(f"\n{comment}" for comment in self.above)
        lead = f"{lead}\n" if lead else ""
        colon = "" if self.value[0] in "{<" else ":"
        trail = "".join(f" {comment}\n" for comment in self.behind)
        return f"{lead}{name}{colon} {self.value}{trail}"


def moved(document: Document, part: Part) -> list[Moved]:
    """Return the value of a field, or those of a list, each with its comments.

    Comments in a list go with its first value, those between a name and a value go above it.
    """
    field, text = part.field, document.text
    if type(field.value) is not tuple:
        above = part.above + words(document, field.start, field.value_start)
        return [Moved(text[field.value_start : field.end], above, part.behind)]
    inside, at = part.above, field.start
    for item in field.value:
        inside += words(document, at, item.start)
        at = item.end
    inside += words(document, at, field.end)
    values = [text[item.start : item.end] for item in field.value]
    found = [Moved(value) for value in values]
    if found:
        found[0] = Moved(values[0], inside)
        found[-1] = found[-1]._replace(behind=part.behind)
    return found


def joined(pieces: Iterable[str], separator: str) -> str:
    """Join pieces of text; after a line end, as behind a comment, no separator is needed."""
    text = ""
    for piece in pieces:
        if not text or text[-1] == "\n":
            text += piece.removeprefix("\n")
        else:
            text += piece if piece[0] == "\n" else separator + piece
    return text


def block(name: str, pieces: Iterable[str], separator: str) -> str:
    """Return a block with some fields in it."""
    return joined([f"{name} {{", *pieces, "}"], separator)

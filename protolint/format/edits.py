"""From the lines that a text is to be written in to the text, or to edits of a part of it."""

from __future__ import annotations

import re

from protolint.format.lines import Line, lines
from protolint.syntax.parser import parse
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from protolint.syntax.tree import Document

INDENT = "  "

_SWITCH = re.compile(r"#\s*protolint:[ \t]*format-(on|off)\b")


class Edit(NamedTuple):
    """A replacement of ``start``..``end``, offsets in code points, by ``text``."""

    start: int
    end: int
    text: str


def format_text(text: str) -> str:
    """Return a prototxt in the style of docs/format.md.

    Values, their spelling and order, and comments are those of the text. Raises ``Unformattable``
    for a text with syntax errors.
    """
    document = parse(text)
    found = lines(document, INDENT)
    return apply(text, _edits(text, found, _switched_on(document, found), INDENT))


def format_range(text: str, first: int, last: int) -> list[Edit]:
    """Return edits that format what stands on the lines ``first``..``last``, counted from 1.

    What begins or ends on one of them is formatted as ``format_text`` does; edits are in the order
    of the text and do not overlap. Raises ``Unformattable``.
    """
    ends = [found.start() for found in re.finditer("\n", text)] + [len(text)]
    first, last = max(1, first), min(last, len(ends))
    if first > last:
        return []
    return format_spans(text, [(ends[first - 2] + 1 if first > 1 else 0, ends[last - 1])], INDENT)


def format_spans(text: str, spans: Iterable[tuple[int, int]], indent: str) -> list[Edit]:
    """Return edits that format what touches one of some spans, which are in order."""
    document = parse(text)
    found = lines(document, indent)
    switched_on = _switched_on(document, found)
    waiting = list(spans)[::-1]
    wanted = []
    for line, on in zip(found, switched_on, strict=True):
        while waiting and waiting[-1][1] < line.start:
            waiting.pop()
        wanted.append(on and bool(waiting) and waiting[-1][0] <= line.end)
    return list(_edits(text, found, wanted, indent))


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with edits made that are in its order and do not overlap."""
    parts: list[str] = []
    at = 0
    for start, end, replacement in edits:
        parts += (text[at:start], replacement)
        at = end
    return "".join((*parts, text[at:]))


def _edits(text: str, found: list[Line], wanted: list[bool], indent: str) -> Iterator[Edit]:
    """Yield what turns the source of each wanted line, and the blanks before it, into the line."""
    newline = "\r\n" if 2 * text.count("\r\n") > text.count("\n") else "\n"
    at = 0
    for (start, end, depth, blank, words, other), is_wanted in zip(found, wanted, strict=True):
        if is_wanted and (other < 0 or wanted[other]):
            new = f"{indent * depth}{words}"
            if start != found[0].start:
                new = f"\n\n{new}" if blank else f"\n{new}"
            if newline != "\n":
                new = new.replace("\n", newline)
            if text[at:end] != new:
                yield Edit(at, end, new)
        at = end
    if (not wanted or wanted[-1]) and text[at:] != (newline if found else ""):
        yield Edit(at, len(text), newline if found else "")


def _switched_on(document: Document, found: list[Line]) -> list[bool]:
    """Return for each line whether no comment before it switches formatting off."""
    switches = [
        (comment.end if switch[1] == "off" else comment.start, switch[1] == "on")
        for comment in document.comments
        if (switch := _SWITCH.match(document.text, comment.start))
    ]
    if not switches:
        return [True] * len(found)
    switches.reverse()
    on, result = True, []
    for line in found:
        while switches and switches[-1][0] <= line.start:
            on = switches.pop()[1]
        result.append(on)
    return result

"""Changes of a text, and how they are made without a trace of what was there."""

from __future__ import annotations

import re
from collections import Counter

from protolint.format.edits import INDENT, apply, format_spans
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from protolint.syntax.tree import Document, Field
    from protolint.upgrade.parts import Part

_BLANKS = re.compile(r"[ \t]*+")
_DEEPEST = 16
"""Blanks, of what is taken for an indentation by one level."""
_EMPTY_LINE = re.compile(r"[ \t]*+\r?\n")


class Change(NamedTuple):
    """A replacement of ``start``..``end`` by ``text``; of more than a word, ``laid`` out anew."""

    start: int
    end: int
    text: str
    is_laid: bool = False


def laid(start: int, end: int, text: str) -> Change:
    """Replace a stretch of text by fields, which the formatter lays out."""
    return Change(start, end, text, True)


def deletion(start: int, end: int) -> Change:
    """Delete a stretch of text, and its line where nothing else stands there."""
    return Change(start, end, "")


def dropping(document: Document, part: Part, left: Sequence[str]) -> Change:
    """Delete a field, but leave these comments of it where it was."""
    if not left:
        return deletion(part.field.start, part.end)
    text = document.text
    rest = text[part.end : _line_end(text, part.end)].strip()
    return laid(part.field.start, part.end, "\n".join(left) + ("\n" if rest else ""))


def insertion(text: str, block: Field, pieces: Iterable[str]) -> Change:
    """Insert fields at the end of a block, on its line if it has only one."""
    at = block.end - 1
    if "\n" not in text[block.start : block.end]:
        return laid(at, at, f" {' '.join(pieces)} ")
    begun = text[text.rfind("\n", 0, at) + 1 : at].strip()
    lines = "\n".join(piece.strip("\n") for piece in pieces)
    return laid(at, at, f"\n{lines}\n" if begun else f"{lines}\n")


def make(document: Document, changes: Iterable[Change]) -> str:
    """Return the text with all changes made; those that ask for it are laid out by the formatter.

    Blocks are indented by as much as most others of the text are.
    """
    text = document.text
    pieces: list[str] = []
    spans: list[tuple[int, int]] = []
    at = size = 0
    for start, end, new, is_laid in _cleaned(text, _merged(text, sorted(changes))):
        kept = text[at:start]
        size += len(kept)
        if is_laid:
            spans.append((size, size + len(new)))
        size += len(new)
        pieces += (kept, new)
        at = end
    changed = "".join((*pieces, text[at:]))
    if not spans:
        return changed
    whole = [_whole_lines(changed, start, end) for start, end in spans]
    return apply(changed, format_spans(changed, whole, _indent(document)))


def _whole_lines(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a stretch to the lines that it begins and ends on."""
    return text.rfind("\n", 0, start) + 1, _line_end(text, end)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end if end >= 0 else len(text)


def _merged(text: str, changes: list[Change]) -> list[Change]:
    """Make one deletion of those with nothing but blanks in between."""
    found: list[Change] = []
    for change in changes:
        last = found[-1] if found else change
        if found and not last.text + change.text + text[last.end : change.start].strip():
            found[-1] = last._replace(end=change.end)
        else:
            found.append(change)
    return found


def _cleaned(text: str, changes: list[Change]) -> list[Change]:
    return [change if change.text else _clean(text, change) for change in changes]


def _clean(text: str, change: Change) -> Change:
    """Widen a deletion to the blanks around it, and to the line end where the line is empty then.

    Of empty lines before and behind it one goes too.
    """
    start, end = change.start, change.end
    first = start
    while first > 0 and text[first - 1] in " \t":
        first -= 1
    blanks = _BLANKS.match(text, end)
    last = blanks.end() if blanks else end
    ends = "\r\n" if text.startswith("\r\n", last) else "\n" if text.startswith("\n", last) else ""
    begins_line = first == 0 or text[first - 1] == "\n"
    ends_line = bool(ends) or last == len(text)
    if begins_line and ends_line:
        last += len(ends)
        before = text[text.rfind("\n", 0, max(0, first - 1)) + 1 : first]
        empty = _EMPTY_LINE.match(text, last) if first == 0 or not before.strip() else None
        return Change(first, empty.end() if empty else last, "")
    if begins_line:
        return Change(start, last, "")
    return Change(first, last, "" if ends_line else " ")


def _indent(document: Document) -> str:
    """Return what the fields of most blocks of the first level are indented by."""
    text = document.text
    found: Counter[str] = Counter()
    for field in document.fields:
        if type(field.value) is list and field.value:
            first = field.value[0].start
            head = text[max(text.rfind("\n", 0, first) + 1, first - _DEEPEST) : first]
            found[head] += not head.strip(" \t")
    commonest = max(found, key=found.__getitem__, default="")
    return commonest if commonest and found[commonest] else INDENT

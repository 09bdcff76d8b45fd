"""Edits of a text: how they are made so that all around them stays as it is, and applied."""

from __future__ import annotations

import re
from bisect import bisect, insort

from protolint.diagnostic import Edit
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protolint.diagnostic import Fix

# Compiled on use: few runs edit anything.
_BLANKS = r"[ \t\r\v\f]*"
_SEPARATOR = r"[ \t]*[,;]"
_INDENT = r"[ \t]*"


def apply(text: str, fixes: Iterable[Fix]) -> tuple[str, list[Fix]]:
    """Return the text with the fixes applied that do not overlap, and which these are.

    Of fixes that overlap the one that begins first counts, and of two that begin alike the first;
    of fixes with the same edits all count. An insertion overlaps with what begins or ends there.
    """
    taken: list[Edit] = []
    applied: list[Fix] = []
    known: set[tuple[Edit, ...]] = set()
    for fix in sorted(fixes, key=lambda fix: min(edit.start for edit in fix.edits)):
        if fix.edits not in known:
            if any(_overlaps(one, taken) for one in fix.edits):
                continue
            known.add(fix.edits)
            for one in fix.edits:
                insort(taken, one)
        applied.append(fix)
    parts: list[str] = []
    at = 0
    for start, end, new in taken:
        parts += text[at:start], new
        at = end
    return "".join([*parts, text[at:]]), applied


def _overlaps(edit: Edit, taken: list[Edit]) -> bool:
    """Return whether an edit overlaps with one of those that are taken, in their order.

    These do not overlap with each other, so that it does with its neighbours if with any.
    """
    at = bisect(taken, edit)
    return any(_overlap(edit, other) for other in taken[max(at - 2, 0) : at + 2])


def _overlap(one: Edit, other: Edit) -> bool:
    if one.start == one.end or other.start == other.end:
        return one.start <= other.end and other.start <= one.end
    return one.start < other.end and other.start < one.end


def merged(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return edits in their order in the text, removals that overlap or touch as one."""
    found: list[Edit] = []
    for edit in sorted(edits):
        last = found[-1] if found else None
        if last is not None and edit.start <= last.end and not edit.text and not last.text:
            found[-1] = last._replace(end=max(last.end, edit.end))
        else:
            found.append(edit)
    return tuple(found)


def removal(text: str, start: int, end: int) -> Edit:
    """Return the edit that takes out a field with its separator and the blanks it leaves.

    A field that has its lines to itself takes them with it; a comment behind it stays.
    """
    if separator := re.compile(_SEPARATOR).match(text, end):
        end = separator.end()
    line = text.rfind("\n", 0, start) + 1
    leads = not text[line:start].strip()
    behind = _end_of_blanks(text, end)
    if _ends_line(text, behind):
        if leads:
            return Edit(line, min(behind + 1, len(text)), "")
        return Edit(_start_of_blanks(text, start), end, "")
    if text[behind] == "#" and not leads:
        return Edit(_start_of_blanks(text, start), end, "")
    return Edit(start, behind, "")


def insertion(text: str, start: int, end: int, field: str) -> Edit:
    """Return the edit that writes a field behind the one at ``start``..``end``.

    It gets a line of its own, indented alike, where that field has its lines to itself.
    """
    line = text.rfind("\n", 0, start) + 1
    behind = _end_of_blanks(text, end)
    if text[behind : behind + 1] == "#":
        behind = text.find("\n", behind)
        behind = len(text) if behind < 0 else behind
    if text[line:start].strip() or not _ends_line(text, behind):
        return Edit(end, end, f" {field}")
    if text[behind - 1 : behind] == "\r":
        behind -= 1
    return Edit(behind, behind, f"{line_end(text)}{indent(text, start)}{field}")


def indent(text: str, offset: int) -> str:
    """Return the blanks in front of the line that an offset is in."""
    found = re.compile(_INDENT).match(text, text.rfind("\n", 0, offset) + 1)
    return found[0] if found else ""


def line_end(text: str) -> str:
    """Return how the first line of a text ends."""
    at = text.find("\n")
    return "\r\n" if at > 0 and text[at - 1] == "\r" else "\n"


def _end_of_blanks(text: str, offset: int) -> int:
    found = re.compile(_BLANKS).match(text, offset)
    return found.end() if found else offset


def _start_of_blanks(text: str, offset: int) -> int:
    while offset > 0 and text[offset - 1] in " \t":
        offset -= 1
    return offset


def _ends_line(text: str, offset: int) -> bool:
    return offset == len(text) or text[offset] == "\n"

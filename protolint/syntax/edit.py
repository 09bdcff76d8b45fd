"""A text under edit: what an edit does not touch keeps its tree, object for object.

The offsets of the tree count in a text that only grows: an edit appends the top-level fields that
it touches as they now are. ``lines`` leads from these offsets to lines and columns of the text as
it is. So what was found out about an untouched field still holds, and can be kept by its identity.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from protolint.syntax import foreign
from protolint.syntax.parser import parse, parse_tail
from protolint.syntax.source import LineIndex
from protolint.syntax.tree import Document
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from protolint.diagnostic import Position
    from protolint.problem import Problem

_BRACES = ("unclosed-block", "stray-close", "mismatched-close")
"""Mistakes that change what the text around them means."""

_MOST_PROBLEMS = 100
"""Of a text with more the parser may have given up; it is read whole."""


class _Piece(NamedTuple):
    """A stretch of the text as it is, which begins at ``real``, as offsets of the tree."""

    start: int
    end: int
    real: int


class EditedLines(LineIndex):
    """Lines and columns of the text as it is, by offsets of the tree."""

    def __init__(self, text: str, real: str, pieces: list[_Piece]) -> None:
        super().__init__(text)
        self._lines = LineIndex(real)
        self._pieces = sorted(pieces)
        self._begins = [piece.start for piece in self._pieces]

    def position(self, offset: int) -> Position:
        """Return the line and column of an offset of the tree."""
        return self._lines.position(self.real(offset))

    def real(self, offset: int) -> int:
        """Return the offset in the text as it is."""
        piece = self._piece(offset)
        return offset - piece.start + piece.real

    def written(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the offsets in the text as it is, ``None`` where an edit was made between them."""
        piece = self._piece(start)
        if end > piece.end:
            return None
        moved = piece.real - piece.start
        return start + moved, end + moved

    def _piece(self, offset: int) -> _Piece:
        at = bisect_right(self._begins, offset)
        return self._pieces[at - 1] if at else _Piece(0, 0, 0)  # what is told of the whole text


class EditedText:
    """A text, its ``document``, and the ``lines`` that its offsets lie on."""

    def __init__(self, text: str) -> None:
        self._read(text)

    def edit(self, text: str) -> bool:
        """Take over what the text has become; return whether some of the tree was kept.

        It is read whole where a mistake in it reaches beyond a block, and when more is appended
        than was there.
        """
        if text == self.text:
            return True
        if self._splice(text):
            return True
        self._read(text)
        return False

    def _read(self, text: str) -> None:
        self.text = text
        self.document = parse(text)
        self._pieces = [_Piece(0, len(text), 0)]
        self.lines = EditedLines(text, text, self._pieces)
        self._starts = [field.start for field in self.document.fields]
        self._ends = [field.end for field in self.document.fields]
        self._local = _are_local(self.document)

    def _splice(self, text: str) -> bool:
        before, document = self.text, self.document
        if not self._local or len(document.text) > 2 * len(before) + 10_000:
            return False
        first, last = _changed(before, text)  # offsets in the text as it was
        grown = len(text) - len(before)
        starts, ends = self._starts, self._ends
        i, j = bisect_left(ends, first), bisect_right(starts, last)
        begin = ends[i - 1] if i else 0
        end = starts[j] if j < len(starts) else len(before)
        region = text[begin : end + grown]
        if j < len(starts) and "#" in region.rpartition("\n")[2]:
            return False  # the next field may now be part of a comment
        base = len(document.text) + 1
        tail = parse_tail(f"{document.text}\n{region}", base)
        if tail is None or not _are_local(tail):
            return False
        real = self.lines.real
        kept_comments = [c for c in document.comments if not begin <= real(c.start) < end]
        kept_problems = [p for p in document.problems if not begin <= real(p.start) < end]
        if len(kept_problems) + len(tail.problems) > _MOST_PROBLEMS:
            return False

        self._pieces = _replaced(self._pieces, begin, end, _Piece(base, base + len(region), begin))
        self.lines = EditedLines(tail.text, text, self._pieces)
        real = self.lines.real
        fields = [*document.fields[:i], *tail.fields, *document.fields[j:]]
        comments = sorted(kept_comments + tail.comments, key=lambda c: real(c.start))
        problems = sorted(kept_problems + tail.problems, key=lambda p: real(p.start))
        self.document = Document(tail.text, fields, comments, problems)
        moved = begin - base
        self._starts[i:] = [
            *[field.start + moved for field in tail.fields],
            *[start + grown for start in starts[j:]],
        ]
        self._ends[i:] = [
            *[field.end + moved for field in tail.fields],
            *[offset + grown for offset in ends[j:]],
        ]
        self.text = text
        return True


def _changed(before: str, after: str) -> tuple[int, int]:
    """Return the range of ``before`` outside which it is equal to ``after``."""
    least = min(len(before), len(after))
    first = _longest(least, lambda n: before.startswith(after[:n]))
    most = least - first
    same = _longest(most, lambda n: before.endswith(after[len(after) - n :]))
    return first, len(before) - same


def _longest(most: int, holds: Callable[[int], bool]) -> int:
    """Return the largest number up to ``most`` that holds, as all smaller ones do."""
    return bisect_left(range(most), True, key=lambda n: not holds(n + 1))


def _are_local(document: Document) -> bool:
    """Return whether each mistake lies within a block that is closed, and leaves the rest alone."""
    if not document.problems:
        return True
    if foreign.named(document) != document.problems:
        return False
    blocks = [field for field in document.fields if type(field.value) is list]
    starts = [field.value_start for field in blocks]

    def within(problem: Problem) -> bool:
        at = bisect_left(starts, problem.start) - 1
        return at >= 0 and problem.end < blocks[at].end and problem.rule not in _BRACES

    return len(document.problems) <= _MOST_PROBLEMS and all(map(within, document.problems))


def _replaced(pieces: list[_Piece], begin: int, end: int, new: _Piece) -> list[_Piece]:
    """Return the pieces of a text in which ``begin``..``end`` has become the new piece."""
    moved = new.end - new.start - (end - begin)
    before, after = [], []
    for start, stop, real in pieces:
        real_stop = real + stop - start
        if real < begin:
            before.append(_Piece(start, min(stop, start + begin - real), real))
        if real_stop > end:
            skipped = max(end - real, 0)
            after.append(_Piece(start + skipped, stop, real + skipped + moved))
    return [*before, new, *after]

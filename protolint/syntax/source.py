"""A file's text, and where an offset in it lies."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from protolint.diagnostic import Position, Range


def decode(data: bytes) -> str:
    """Return the text of a file's bytes.

    Caffe reads bytes, and any byte may stand in a string or comment: bytes that are not UTF-8
    become lone surrogates. A UTF-8 byte-order mark is dropped, as editors drop it; text in UTF-16
    with a byte-order mark, which Caffe refuses, stays the bytes that it is.
    """
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")


class LineIndex:
    """Offsets of a text as lines and columns, both counted from 1; lines end in LF.

    ``text`` is what the offsets count in. Lines are counted when first asked for: most files are
    clean and need none.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts: list[int] = []

    def position(self, offset: int) -> Position:
        """Return the line and column of an offset."""
        if not self._starts:
            self._starts = _line_starts(self.text)
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def range(self, start: int, end: int) -> Range:
        """Return the range from ``start`` up to but not including ``end``."""
        return Range(self.position(start), self.position(end))

    def written(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the offsets of a stretch in the file itself, ``None`` where it is not in one."""
        return start, end


def _line_starts(text: str) -> list[int]:
    return [0, *accumulate([len(line) + 1 for line in text.split("\n")[:-1]])]

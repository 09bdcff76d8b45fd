"""A file's text, and where an offset in it lies."""

from __future__ import annotations

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
        self._milestones: list[tuple[int, int]] = []

    def position(self, offset: int) -> Position:
        """Return the line and column of an offset."""
        text = self.text
        if not self._milestones:
            self._milestones = _milestones(text)
        at = offset // _STRIDE
        line, start = self._milestones[at]
        line += text.count("\n", at * _STRIDE, offset)
        start = text.rfind("\n", at * _STRIDE, offset) + 1 or start
        return Position(line, offset - start + 1)

    def range(self, start: int, end: int) -> Range:
        """Return the range from ``start`` up to but not including ``end``."""
        return Range(self.position(start), self.position(end))

    def written(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the offsets of a stretch in the file itself, ``None`` where it is not in one."""
        return start, end


_STRIDE = 1 << 12
"""Characters from one milestone to the next."""


def _milestones(text: str) -> list[tuple[int, int]]:
    """Return the number of the line, and where it starts, at every offset of so many characters."""
    line, start = 1, 0
    found = []
    for at in range(0, len(text) + 1, _STRIDE):
        found.append((line, start))
        line += text.count("\n", at, at + _STRIDE)
        start = text.rfind("\n", at, at + _STRIDE) + 1 or start
    return found

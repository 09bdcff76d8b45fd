"""Offsets of a text as lines and characters of the protocol, in each of its encodings.

Lines end in LF, CR LF or CR and nowhere else. Both numbers count from 0, and characters count the
units of the encoding that was agreed on. What lies outside the text is moved to its nearest end.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Literal, TypeAlias

    from protolint.diagnostic import Position, Range

Encoding: TypeAlias = 'Literal["utf-8", "utf-16", "utf-32"]'

_BREAK = re.compile(r"\r\n|\n|\r")


class Place(NamedTuple):
    """A line and a character, both from 0."""

    line: int
    character: int


class Lines:
    """The lines of one text."""

    def __init__(self, text: str, encoding: Encoding = "utf-16") -> None:
        self.text = text
        self.encoding = encoding
        self._starts = [0]
        self._ends: list[int] = []
        for found in _BREAK.finditer(text):
            self._ends.append(found.start())
            self._starts.append(found.end())
        self._ends.append(len(text))
        # Diagnostics count lines by LF alone, as Caffe's parser does.
        self._by_lf = [0, *(start for start in self._starts[1:] if text[start - 1] == "\n")]

    def place(self, offset: int) -> Place:
        """Return the place of an offset."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self._starts, offset) - 1
        start = self._starts[line]
        return Place(line, _units(self.text[start:offset], self.encoding))

    def offset(self, line: int, character: int) -> int:
        """Return the offset of a place."""
        if line < 0:
            return 0
        if line >= len(self._starts):
            return len(self.text)
        start, end = self._starts[line], self._ends[line]
        return start + _points(self.text[start:end], character, self.encoding)

    def line_end(self, line: int) -> int:
        """Return the offset at which a line ends, without its line break."""
        return self._ends[min(max(line, 0), len(self._ends) - 1)]

    def of_diagnostic(self, position: Position) -> int:
        """Return the offset of a diagnostic's position."""
        line = min(position.line, len(self._by_lf)) - 1
        return min(self._by_lf[line] + position.column - 1, len(self.text))

    def span_of(self, place: Range) -> tuple[int, int]:
        """Return the offsets of a diagnostic's range."""
        return self.of_diagnostic(place.start), self.of_diagnostic(place.end)


def _units(text: str, encoding: Encoding) -> int:
    """Return how many units of an encoding a text takes."""
    if encoding == "utf-32" or text.isascii():
        return len(text)
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text) + sum(char > "\uffff" for char in text)


def _points(text: str, units: int, encoding: Encoding) -> int:
    """Return the code points that fit in so many units: of one that is cut, none."""
    if units <= 0:
        return 0
    if encoding == "utf-32" or text.isascii():
        return min(units, len(text))
    for at, char in enumerate(text):
        units -= _units(char, encoding)
        if units < 0:
            return at
    return len(text)

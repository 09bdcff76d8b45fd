"""Source lines drawn with marks under them.

Positions in a line are offsets of code points, from 0; places on the terminal are columns.
"""

from __future__ import annotations

from itertools import groupby

from protolint.report.visible import cell, columns, visible
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from protolint.diagnostic import Range
    from protolint.report.style import Paint

ELLIPSIS = "…"
CONTEXT = 8  # code points kept on each side of a mark in a cut line, at the least
WORTH_CUTTING = 3  # a shorter stretch is no wider than what stands for it


class Mark(NamedTuple):
    """A stretch to underline with ``sign`` in a style, and the words that go with it."""

    range: Range
    text: str
    sign: str
    style: str


class _Placed(NamedTuple):
    """A mark on one line: the columns ``start`` up to ``end``."""

    start: int
    end: int
    mark: Mark
    text: str


def excerpt(
    lines: Sequence[str], marks: Iterable[Mark], gutter: int, limit: int, paint: Paint
) -> list[str]:
    """Return the lines that begin a mark, in line order, each with the marks below it.

    ``lines`` are those of the file without their newlines; every mark must begin on one of them.
    ``gutter`` is the width of the line numbers; lines of ``limit`` code points or more are cut
    around the marks. Of a mark over several lines the first is drawn, with the number of its last.
    """
    bar = paint(" " * gutter + " |", "gutter")
    drawn = [bar]
    above = None
    for number, here in groupby(sorted(marks, key=_first_line), key=_first_line):
        if above is not None and number > above + 1:
            drawn.append(paint("...", "gutter"))
        above = number
        text, placed = _place(lines[number - 1].removesuffix("\r"), list(here), limit)
        drawn.append(paint(f"{number:>{gutter}} |", "gutter") + (text and f" {text}"))
        drawn += [f"{bar} {row}" for row in _mark_rows(placed, paint)]
    return drawn


def _first_line(mark: Mark) -> int:
    return mark.range.start.line


def _place(line: str, marks: list[Mark], limit: int) -> tuple[str, list[_Placed]]:
    """Return the line as it is drawn, and the marks with their columns."""
    spans = [_span(mark.range, len(line)) for mark in marks]
    padded = line + " "  # a mark may stand behind the last character
    text = ""
    column = 0
    column_at: dict[int, int] = {}
    position = 0
    for begin, end in _windows(len(padded), spans, limit):
        if begin > position:
            text += ELLIPSIS
            column += 1
        for offset in range(begin, end):
            column_at[offset] = column
            shown = cell(padded[offset])
            text += shown
            column += columns(shown)
        position = end
        column_at[end] = column
    if position < len(padded):
        text += ELLIPSIS
    placed = [
        _Placed(column_at[begin], max(column_at[end], column_at[begin] + 1), mark, _words(mark))
        for (begin, end), mark in zip(spans, marks, strict=True)
    ]
    return text.rstrip(), placed


def _span(span: Range, length: int) -> tuple[int, int]:
    """Return the part of a range that is on its first line, at least one position long."""
    begin = min(max(span.start.column - 1, 0), length)
    end = length if span.end.line > span.start.line else min(span.end.column - 1, length)
    return begin, max(end, begin + 1)


def _words(mark: Mark) -> str:
    """Return the label of a mark, with its last line when that is not its first."""
    start, end = mark.range
    last = end.line - 1 if end.column <= 1 else end.line  # a range may end with a newline
    text = visible(mark.text)
    if last <= start.line:
        return text
    return f"{text} (to line {last})" if text else f"to line {last}"


def _windows(length: int, spans: list[tuple[int, int]], limit: int) -> list[tuple[int, int]]:
    """Return the stretches of a line that are drawn: all of it, or what surrounds the spans."""
    if length <= limit:
        return [(0, length)]
    kept: list[tuple[int, int]] = []
    for begin, end in spans:
        whole = end - begin <= limit // 2
        kept += [(begin, end)] if whole else [(begin, begin + 1), (end - 1, end)]
    gaps = len(kept) + 1  # each left out for an ellipsis, or too short to be
    room = limit - gaps * WORTH_CUTTING - sum(end - begin for begin, end in kept)
    around = max(CONTEXT, room // (2 * len(kept)))
    windows: list[tuple[int, int]] = []
    for begin, end in sorted(kept):
        low, high = max(begin - around, 0), min(end + around, length)
        before = windows[-1][1] if windows else 0
        if low > before + WORTH_CUTTING:
            windows.append((low, high))
        elif windows:
            windows[-1] = (windows[-1][0], max(before, high))
        else:
            windows.append((0, high))
    low, high = windows[-1]
    windows[-1] = (low, length if length - high <= WORTH_CUTTING else high)
    return windows


def _mark_rows(placed: list[_Placed], paint: Paint) -> list[str]:
    """Return the underlines, then the labels that find no place beside them.

    A label stands behind the underlines when its mark begins and ends last; the others
    hang below the beginning of their marks, from right to left.
    """
    placed = sorted(placed, key=lambda p: (p.start, p.end))
    reach = max(p.end for p in placed)
    beside = placed[-1] if placed[-1].end == reach else None
    under: dict[int, tuple[str, str]] = {}
    for p in sorted(placed, key=lambda p: p.mark.sign == "^"):  # the primary mark on top
        under |= dict.fromkeys(range(p.start, p.end), (p.mark.sign, p.mark.style))
    if beside and beside.text:
        under[reach + 1] = (beside.text, beside.mark.style)
    rows = [under]

    hanging = [p for p in reversed(placed) if p.text and p is not beside]
    if hanging:
        rows.append(_bars(hanging))
    for done, p in enumerate(hanging, 1):
        left = [other for other in hanging[done:] if other.start < p.start]
        rows.append(_bars(left) | {p.start: (p.text, p.mark.style)})
    return [_row(row, paint) for row in rows]


def _bars(placed: list[_Placed]) -> dict[int, tuple[str, str]]:
    return {p.start: ("|", p.mark.style) for p in placed}


def _row(cells: dict[int, tuple[str, str]], paint: Paint) -> str:
    """Return a row of (text, style) by column; only the last text may be wider than one column."""
    row = ""
    run = ""
    style = ""
    end = 0
    for column, (text, its_style) in sorted(cells.items()):
        gap = " " * (column - end)
        if gap or its_style != style:
            row += paint(run, style) + gap
            run, style = "", its_style
        run += text
        end = column + 1
    return row + paint(run, style)

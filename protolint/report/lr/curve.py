"""A curve drawn in characters."""

from __future__ import annotations

import math

from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_ROWS = 10
_GAP = 100.0
"""A curve whose largest value is this many times its smallest is drawn on a log scale."""


def draw(rate: Callable[[int], float], last: int, width: int) -> list[str]:
    """Return the lines of a curve of ``rate`` over iterations 0..``last``.

    Each column shows the rate at one iteration. On a log scale a rate of 0 stands as ``0`` at the
    bottom. Values that are not finite leave a gap that the last line marks with ``!``.
    """
    columns = max(20, min(width - 14, 100))
    at = [round(column * last / (columns - 1)) for column in range(columns)]
    values = [rate(iteration) for iteration in at]
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return []
    positive = [value for value in finite if value > 0]
    low, high = min(finite), max(finite)
    log = low >= 0 and bool(positive) and high > _GAP * min(positive)
    if log:
        low = min(positive)
    scale = math.log if log else float
    bottom, span = scale(low), scale(high) - scale(low)
    cells = [[" "] * columns for _ in range(_ROWS)]
    for column, value in enumerate(values):
        if log and value == 0:
            cells[_ROWS - 1][column] = "0"
        elif math.isfinite(value):
            part = (scale(value) - bottom) / span if span else 0.0
            cells[_ROWS - 1 - round(part * (_ROWS - 1))][column] = "•"
    marks = "".join(" " if math.isfinite(value) else "!" for value in values)
    lines = []
    for row, line in enumerate(cells):
        part = (_ROWS - 1 - row) / (_ROWS - 1)
        value = bottom + part * span
        shown = f"{math.exp(value) if log else value:.3g}" if row % 3 == 0 else ""
        lines.append(f"{shown:>10} │{''.join(line)}")
    lines.append(f"{'':>10} └{'─' * columns}")
    lines.append(f"{'log scale' if log else '':>10}  0{last!s:>{columns - 1}}")
    if marks.strip():
        lines.append(f"{'not finite':>10}  {marks}")
    return [line.rstrip() for line in lines]

"""Questions about monotone stretches of a schedule, answered without walking the iterations.

A ``Box`` is a stretch on which the rate is monotone, or such a stretch of each of many cycles. Its
extremes are then at its corners; where a value is first met is found by bisection, which starts
from a closed form's guess so that its cost does not grow with the stretch. A bisection asks for
the exact rate, so a bad guess costs time and never the result.

Cycles: the rate must be monotone in the offset for each cycle and monotone in the cycle for each
offset, always in the same direction, so that a rectangle of cycles and offsets has its extremes at
its corners too. Rectangles are cut until each is inside or outside the wanted range.

Slack: single-precision sums of a rising and a falling term (the linear warm-ups) are monotone only
up to rounding. ``slack`` bounds that error absolutely; the corners widened by it bound the
stretch, and what that leaves open is cut down to single iterations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from protolint.analysis.schedule.float32 import LARGEST, SMALLEST
from protolint.typing import NamedTuple

MAX_RECTANGLES = 50_000

Guess = Callable[[float], float]


class UndecidableError(Exception):
    """A question would take more rectangles than ``MAX_RECTANGLES``."""


class Box(NamedTuple):
    """Iterations first + c * period + j for c < cycles, j < width, and their rate.

    ``corners``: the rates at first and last offset of the first cycle, then of the last cycle.
    ``nan``: every rate is NaN; otherwise none is. ``guess`` maps a rate to about the iteration
    at which the rate passes it; it may raise ValueError, OverflowError or ZeroDivisionError.
    """

    rate: Callable[[int], float]
    first: int
    width: int
    corners: tuple[float, ...]
    period: int = 0
    cycles: int = 1
    slack: float = 0.0
    nan: bool = False
    guess: Guess | None = None

    @property
    def last(self) -> int:
        """The last iteration."""
        return self.first + (self.cycles - 1) * self.period + self.width - 1


def stretch(rate: Callable[[int], float], first: int, width: int) -> Box:
    """Return the box of ``width`` iterations on which the rate is monotone and not NaN."""
    return Box(rate, first, width, (rate(first), rate(first + width - 1)))


def repeated(rate: Callable[[int], float], first: int, width: int, period: int, cycles: int) -> Box:
    """Return the box of such stretches in ``cycles`` cycles."""
    last = first + (cycles - 1) * period
    corners = (rate(first), rate(first + width - 1), rate(last), rate(last + width - 1))
    return Box(rate, first, width, corners, period, cycles)


class _Rectangle(NamedTuple):
    """Cycles c0..c1 and offsets j0..j1 of a box."""

    c0: int
    c1: int
    j0: int
    j1: int


def boundary(holds: Callable[[int], bool], low: int, high: int, guess: int | None = None) -> int:
    """Return the first iteration in low..high at which ``holds``, by bisection.

    ``holds`` must be false at ``low``, true at ``high`` and never turn false again. Probes start
    at ``guess`` and go out in growing steps until the boundary is passed.
    """
    probe, stride, passed = guess, 1, 0
    while high - low > 1:
        middle = (low + high) // 2 if probe is None else min(max(probe, low + 1), high - 1)
        side = -1 if holds(middle) else 1
        if side < 0:
            high = middle
        else:
            low = middle
        if probe is not None:
            probe = None if passed == -side else middle + side * stride
            stride *= 8
            passed = side
    return high


def first_in(box: Box, low: float, high: float) -> int | None:
    """Return the first iteration of the box whose rate is in low..high, or None."""
    if box.nan or not _meets(box.corners, box.slack, low, high):
        return None
    if box.cycles > 1 or box.slack:
        found = None
        for r in _inside(box, low, high, first=True):
            found = _iteration(box, r.c0, r.j0)
        return found
    rate, first, last = box.rate, box.first, box.last
    start = box.corners[0]
    if low <= start <= high:
        return first
    if start < low:
        found = boundary(lambda i: rate(i) >= low, first, last, _guess(box, low))
    else:
        found = boundary(lambda i: rate(i) <= high, first, last, _guess(box, high))
    return found if low <= rate(found) <= high else None


def count_in(box: Box, low: float, high: float) -> int:
    """Return how many iterations of the box have a rate in low..high."""
    if box.nan:
        return 0
    if box.cycles > 1 or box.slack:
        rectangles = _inside(box, low, high, first=False)
        return sum((r.c1 - r.c0 + 1) * (r.j1 - r.j0 + 1) for r in rectangles)
    begin = first_in(box, low, high)
    if begin is None:
        return 0
    rate, last, end = box.rate, box.last, box.corners[-1]
    if low <= end <= high:
        return last - begin + 1
    edge = low if end < low else high
    after = boundary(lambda i: not low <= rate(i) <= high, begin, last, _guess(box, edge))
    return after - begin


def extreme(box: Box, sign: int) -> float:
    """Return the greatest rate of a box without NaN, or with ``sign`` -1 the least."""
    best = max(sign * value for value in box.corners)
    stack = [_Rectangle(0, box.cycles - 1, 0, box.width - 1)] if box.slack else []
    spent = 0
    while stack:
        spent = _spend(spent)
        part = stack.pop()
        corners = [sign * value for value in _corners(box, part)]
        best = max(best, *corners)
        if max(corners) + box.slack > best and part.j1 - part.j0 > 1:
            stack.extend(_split(part, corners))
    return sign * best


def _inside(box: Box, low: float, high: float, *, first: bool) -> Iterator[_Rectangle]:
    """Yield disjoint rectangles that make up what is in low..high.

    With ``first``, rectangles that begin in low..high, the last of them with the first iteration.
    """
    stack = [_Rectangle(0, box.cycles - 1, 0, box.width - 1)]
    best = box.last + 1
    spent = 0
    while stack:
        spent = _spend(spent)
        part = stack.pop()
        start = _iteration(box, part.c0, part.j0)
        if first and start >= best:
            continue
        corners = _corners(box, part)
        single_cell = part.c0 == part.c1 and part.j0 == part.j1
        slack = 0.0 if single_cell else box.slack
        if not _meets(corners, slack, low, high):
            continue
        inside = low <= min(corners) - slack and max(corners) + slack <= high
        if inside or (first and low <= corners[0] <= high):
            best = start
            yield part
        else:
            stack.extend(_split(part, corners))


def _meets(corners: Sequence[float], slack: float, low: float, high: float) -> bool:
    return max(corners) + slack >= low and min(corners) - slack <= high


def _spend(spent: int) -> int:
    if spent >= MAX_RECTANGLES:
        raise UndecidableError("the rates are too close to each other to be ordered exactly")
    return spent + 1


def _iteration(box: Box, cycle: int, offset: int) -> int:
    return box.first + cycle * box.period + offset


def _corners(box: Box, r: _Rectangle) -> list[float]:
    """Return the rates at (c0, j0), (c0, j1), (c1, j0), (c1, j1)."""
    rate = box.rate
    low = box.first + r.c0 * box.period
    high = box.first + r.c1 * box.period
    corners = [rate(low + r.j0), rate(low + r.j1)]
    return corners * 2 if low == high else [*corners, rate(high + r.j0), rate(high + r.j1)]


def _split(r: _Rectangle, corners: list[float]) -> tuple[_Rectangle, _Rectangle]:
    """Halve a rectangle along the side on which the rate varies more; the earlier half last."""
    a, b, c, d = corners
    across = max(_distance(a, b), _distance(c, d))
    along = max(_distance(a, c), _distance(b, d))
    if r.c0 == r.c1 or (r.j0 < r.j1 and across >= along):
        middle = (r.j0 + r.j1) // 2
        return r._replace(j0=middle + 1), r._replace(j1=middle)
    middle = (r.c0 + r.c1) // 2
    return r._replace(c0=middle + 1), r._replace(c1=middle)


def _distance(x: float, y: float) -> float:
    return 0.0 if x == y else abs(x - y)


def _guess(box: Box, rate: float) -> int | None:
    """Return the iteration at which a closed form puts a rate, or None when it has no answer."""
    if box.guess is None:
        return None
    # A rate of 0 is a number below half the smallest single, an infinite one is above the largest.
    size = min(max(abs(rate), SMALLEST / 2), LARGEST)
    try:
        guess = box.guess(math.copysign(size, rate))
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
    return round(guess) if math.isfinite(guess) else None

"""A schedule as few pieces, each of which is monotone or repeats in cycles.

Why the rate is monotone where it is said to be. Every operation is correctly rounded (see
``float32``), a rounded monotone function is monotone, and sums and products with constants keep
that. ``inv`` and ``poly`` are powers of something monotone, so they are monotone as long as that
keeps its sign; the sigmoids are such chains throughout. ``step``, ``exp``, ``multistep``,
``exp10`` and the cosines call the libm in double, which errs by about 2**-53 and need not be
monotone. But their arguments are whole or single-precision numbers, so that two results differ by
far more than that error wherever one of them is near a boundary of single-precision rounding.
For gamma^k, neighbouring powers have a ratio of at least 1 + 2**-24. For the cosine of x half
turns, the first boundary below the peak is at a loss of 2**-25, x about 2**-14, where neighbouring
singles x move the cosine by 2**-49; near the foot they differ by 2**-24, which moves it by
2**-46; for 10^-q it is the same. The linear warm-ups add a rising and a falling rounded term and
get a slack. NaN comes from 0 times infinity and the like, which cuts off one end of a monotone
stretch; where it may lie in the middle, the pieces are cut there first.
"""

from __future__ import annotations

import math

from protolint.analysis.schedule import policies
from protolint.analysis.schedule.search import (
    Box,
    Guess,
    UndecidableError,
    boundary,
    repeated,
    stretch,
)
from protolint.single import single
from protolint.typing import TYPE_CHECKING, NamedTuple
from protolint.values import Interval

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from protolint.analysis.schedule.policies import Phase, Plan, Rate

MAX_HALF_TURNS = 512


class Piece(NamedTuple):
    """Iterations first..last of one kind, with the rate at both ends.

    ``kind``: constant, rising, falling, "staircase" (falling or rising in steps of ``period``),
    "cyclic" (with ``period``), "alternating" (sign changes, with ``period``), "nan", or "bounds":
    the least and greatest of a plateau's possible rates are ``start`` and ``end``.
    ``jump``: the formula before does not lead up to the first rate.
    """

    first: int
    last: int
    kind: str
    start: float
    end: float
    period: int = 0
    jump: bool = False


class Course(NamedTuple):
    """The pieces for the reader and the boxes for the search; both cover the same iterations.

    ``reason``: why the course ends before the iteration asked for.
    """

    pieces: list[Piece]
    boxes: list[Box]
    reason: str = ""


Part = tuple[Piece, list[Box]]


def course(settings: Any, made: Plan, last: int) -> Course:
    """Return the course of iterations 0..last, or up to where the plan is known.

    Raises ``UndecidableError`` for a cosine of more than ``MAX_HALF_TURNS`` half turns.
    """
    reason = ""
    if last > made.horizon:
        last, reason = made.horizon, made.reason
    found = Course([], [], reason)
    phases = [phase for phase in made.phases if phase.first <= last]
    ends = [phase.first - 1 for phase in phases[1:]] + [last]
    before: Rate | None = None
    for phase, end in zip(phases, ends, strict=True):
        if phase.name == "plateau":
            parts = _plateau(made, end)
        else:
            parts = _SHAPES.get(phase.name, _plain)(settings, phase, phase.first, end)
        if before is not None:
            parts = _mark_jump(parts, before(phase.first))
        before = phase.rate
        found.pieces.extend(piece for piece, _ in parts)
        found.boxes.extend(box for _, boxes in parts for box in boxes)
    return found


def _mark_jump(parts: list[Part], expected: float) -> list[Part]:
    (piece, boxes), *rest = parts
    return [(piece._replace(jump=differs(expected, piece.start)), boxes), *rest]


def differs(x: float, y: float) -> bool:
    """Whether two rates differ by more than a few roundings."""
    return not (x == y or (math.isnan(x) and math.isnan(y)) or math.isclose(x, y, rel_tol=1e-6))


def monotone(
    rate: Rate,
    first: int,
    last: int,
    *,
    guess: Guess | None = None,
    slack: float = 0.0,
    kind: str = "",
    period: int = 0,
) -> list[Part]:
    """Return first..last as one piece, or as two if the rate is NaN at one end of it."""
    start, end = rate(first), rate(last)
    if math.isnan(start) != math.isnan(end):
        turn = math.isnan(end)
        cut = boundary(lambda i: math.isnan(rate(i)) == turn, first, last)
        return [
            *monotone(rate, first, cut - 1, guess=guess, slack=slack, kind=kind, period=period),
            *monotone(rate, cut, last, guess=guess, slack=slack, kind=kind, period=period),
        ]
    width, nan = last - first + 1, math.isnan(start)
    box = Box(rate, first, width, (start, end), slack=slack, nan=nan, guess=guess)
    if box.nan:
        kind = "nan"
    elif start == end:
        kind = "constant"
    elif not kind:
        kind = "rising" if start < end else "falling"
    if kind != "staircase":
        period = 0
    return [(Piece(first, last, kind, start, end, period), [box])]


def _runs(
    key: Callable[[int], Any], first: int, last: int, guess: int | None = None
) -> list[tuple[int, int]]:
    """Cut first..last where ``key`` changes; iterations of equal key must lie together.

    ``guess``: about where the first change is.
    """
    runs = []
    while key(first) != key(last):
        cut = boundary(_leaves(key, key(first)), first, last, guess)
        runs.append((first, cut - 1))
        first = cut
    return [*runs, (first, last)]


def _leaves(key: Callable[[int], Any], value: Any) -> Callable[[int], bool]:
    return lambda i: bool(key(i) != value)


def _plain(_s: Any, phase: Phase, first: int, last: int) -> list[Part]:
    return monotone(phase.rate, first, last)


def _powers(s: Any, phase: Phase, first: int, last: int) -> list[Part]:
    """step, exp: base_lr gamma^k, k = iteration / size."""
    size = s.stepsize if phase.name == "step" else 1
    shift = policies.shift_of(s)
    rate = phase.rate
    # A negative power of -0 is infinite with alternating signs, a positive one is just 0.
    if s.gamma < 0 or (s.gamma == 0 and size < 0 and math.copysign(1, s.gamma) < 0):
        return _alternating(rate, first, last, shift, abs(size))

    def guess(value: float) -> float:
        return float(shift + math.ceil(math.log(value / s.base_lr) / math.log(s.gamma)) * size)

    if phase.name == "exp":
        return monotone(rate, first, last, guess=guess)
    return monotone(rate, first, last, guess=guess, kind="staircase", period=abs(size))


def _alternating(rate: Rate, first: int, last: int, origin: int, size: int) -> list[Part]:
    """Return the powers of a negative gamma: those of even and of odd exponent are monotone."""
    parts: list[Part] = []
    for begin, end in _runs(lambda i: math.isnan(rate(i)), first, last):
        if math.isnan(rate(begin)):
            parts += monotone(rate, begin, end)
            continue
        boxes = _cycles(rate, begin, end, origin, 2 * size, (0, size))
        piece = Piece(begin, end, "alternating", rate(begin), rate(end), 2 * size)
        parts.append((piece, boxes))
    return parts


def _cycles(
    rate: Rate, first: int, last: int, origin: int, period: int, starts: tuple[int, ...]
) -> list[Box]:
    """Return boxes for cycles of a period, monotone from each of the offsets ``starts`` on."""
    whole = -((origin - first) // period)  # the first cycle that begins at or after first
    after = (last + 1 - origin) // period  # the first cycle that is not complete
    boxes = []
    partial = {whole - 1, after} if whole < after else set(range(whole - 1, after + 1))
    ends = (*starts[1:], period)
    for start, end in zip(starts, ends, strict=True):
        if whole < after:
            begin = origin + whole * period + start
            boxes.append(repeated(rate, begin, end - start, period, after - whole))
        for cycle in partial:
            begin = max(first, origin + cycle * period + start)
            width = min(last + 1, origin + cycle * period + end) - begin
            if width > 0:
                boxes.append(stretch(rate, begin, width))
    return boxes


def _multistep(s: Any, phase: Phase, first: int, last: int) -> list[Part]:
    cuts = [i for i in policies.drop_iterations(s) if first < i <= last]
    return _constants(phase.rate, first, last, cuts)


def _multifixed(s: Any, phase: Phase, first: int, last: int) -> list[Part]:
    cuts = [end + 1 for _, end in policies.stage_ends(s.stageiter) if first <= end < last]
    return _constants(phase.rate, first, last, cuts)


def _constants(rate: Rate, first: int, last: int, cuts: list[int]) -> list[Part]:
    """Return constant pieces that begin at ``first`` and at each of ``cuts``."""
    parts: list[Part] = []
    for begin, after in zip([first, *cuts], [*cuts, last + 1], strict=True):
        [(piece, boxes)] = monotone(rate, begin, after - 1)
        jump = bool(parts) and differs(parts[-1][0].end, piece.start)
        parts.append((piece._replace(jump=jump), boxes))
    return parts


def _sign(x: float) -> int:
    """Return a key for the stretches in which a power is monotone."""
    if math.isnan(x):
        return 3
    return 2 if x == -math.inf else (x > 0) - (x < 0)


def _power(s: Any, phase: Phase, first: int, last: int) -> list[Part]:
    """inv, poly: base_lr inner^power, cut where the inner value changes sign."""
    shift = policies.shift_of(s)
    least = s.min_lr if s.dialect == "nvidia" and phase.name == "poly" else 0.0

    def inv_guess(value: float) -> float:
        return float(shift + (math.pow(value / s.base_lr, -1 / s.power) - 1) / s.gamma)

    def poly_guess(value: float) -> float:
        above = max(value - least, least * 2.0**-25)  # less is lost when least is added
        left = math.pow(above / (s.base_lr - least), 1 / s.power)
        return float(shift + (s.max_iter - shift) * (1 - left))

    if phase.name == "inv":
        inner, guess, turn = policies.inv_inner(s, shift), inv_guess, None
    else:
        inner, guess, turn = policies.poly_inner(s, shift), poly_guess, s.max_iter

    return [
        part
        for begin, end in _runs(lambda i: _sign(inner(i)), first, last, turn)
        for part in monotone(phase.rate, begin, end, guess=guess)
    ]


def _sigmoid(s: Any, phase: Phase, first: int, last: int) -> list[Part]:
    """Return a sigmoid; with an infinite gamma it is NaN in the middle."""
    turn = -1 if phase.name == "sigmoid_inv" else 1
    # Beyond these the exponential overflows, or is lost in the sum with 1.
    least, most = (2.0**-25, 1.0) if turn < 0 else (2.0**-128, 1 - 2.0**-25)

    def guess(value: float) -> float:
        part = min(max(value / s.base_lr, least), most)
        return float(s.stepsize + turn * math.log(part / (1 - part)) / s.gamma)

    centre = single(s.stepsize)
    return [
        part
        for begin, end in _runs(
            lambda i: _sign(single(i) - centre) if math.isinf(s.gamma) else 0, first, last
        )
        for part in monotone(phase.rate, begin, end, guess=guess)
    ]


def _exp10(s: Any, phase: Phase, first: int, last: int) -> list[Part]:
    inner = policies.exp10_inner(s)

    def guess(value: float) -> float:
        return float(-s.stepsize * math.log10(value / s.base_lr))

    return [
        part
        for begin, end in _runs(lambda i: math.isnan(inner(i)), first, last)
        for part in monotone(phase.rate, begin, end, guess=guess)
    ]


def _cosine(s: Any, phase: Phase, first: int, last: int) -> list[Part]:
    """Return one piece a half turn."""
    shift = policies.shift_of(s)
    inner = policies.cosine_inner(s, shift)
    if s.max_iter == shift:  # the angle is 0/0, then infinite
        return monotone(phase.rate, first, last)
    if abs(inner(last)) > MAX_HALF_TURNS:
        raise UndecidableError(f"the cosine is followed for {MAX_HALF_TURNS} half turns only")

    def guess(value: float) -> float:
        turns = math.acos(2 * value / s.base_lr - 1) / math.pi
        return float(shift + (s.max_iter - shift) * turns)

    return [
        part
        for begin, end in _runs(lambda i: math.floor(abs(inner(i))), first, last)
        for part in monotone(phase.rate, begin, end, guess=guess)
    ]


def _triangular(s: Any, phase: Phase, first: int, last: int) -> list[Part]:
    """Return base_lr up to start_lr_policy, then cycles that rise and fall, ever less."""
    rate, origin, period = phase.rate, s.start_lr_policy, 2 * s.stepsize
    parts: list[Part] = []
    if first <= origin:
        parts = monotone(rate, first, min(last, origin))
        first = origin + 1
    if first <= last:
        if math.isnan(rate(first)):  # base_lr is NaN
            return [*parts, *monotone(rate, first, last)]
        boxes = _cycles(rate, first, last, origin, period, (0, s.stepsize))
        piece = Piece(first, last, "cyclic", rate(first), rate(last), period)
        parts.append((piece, boxes))
    return parts


def _sgdr(s: Any, phase: Phase, first: int, last: int) -> list[Part]:
    """Return a piece for each restart, and one for all that follow in equal periods."""
    rate, cycles = phase.rate, policies.restarts(s)
    parts: list[Part] = []
    tail = cycles.starts[-1] if cycles.repeats else last + 1
    single_starts = cycles.starts[:-1] if cycles.repeats else cycles.starts
    for start, period in zip(single_starts, cycles.periods, strict=False):
        begin, end = max(first, start), min(last, start + period - 1)
        if begin <= end:
            parts += _restart(rate, begin, end, jump=begin == start > first)
    if max(tail, first) <= last:
        parts += _equal_restarts(s, rate, max(tail, first), last, tail, len(cycles.starts) - 1)
    return parts


def _restart(rate: Rate, begin: int, end: int, *, jump: bool) -> list[Part]:
    [(piece, boxes), *rest] = monotone(rate, begin, end)
    return [(piece._replace(jump=jump), boxes), *rest]


def _equal_restarts(
    s: Any, rate: Rate, first: int, last: int, origin: int, number: int
) -> list[Part]:
    """Return cycles of equal period from ``origin`` on, whose first is cycle ``number``.

    Where rising peaks have overflowed, every rate of a cycle is infinite or NaN.
    """
    period = policies.restarts(s).periods[-1]

    def overflowed(i: int) -> bool:
        return not math.isfinite(policies.sgdr_peak(s, number + (i - origin) // period))

    parts: list[Part] = []
    for begin, end in _runs(overflowed, first, last):
        jump = begin > first or (begin == origin > 0)
        if overflowed(begin):
            part = monotone(rate, begin, end)
        else:
            boxes = _cycles(rate, begin, end, origin, period, (0,))
            part = [(Piece(begin, end, "cyclic", rate(begin), rate(end), period), boxes)]
        parts += [(part[0][0]._replace(jump=jump), part[0][1]), *part[1:]]
    return parts


def _plateau(made: Plan, last: int) -> list[Part]:
    """Return the possible rates: from the earliest drop on, each may hold for ever."""
    drops = [drop for drop in made.drops if drop[0] <= last]
    pieces: list[Piece] = []
    boxes: list[Box] = []
    for n, (begin, value) in enumerate(drops):
        until = drops[n + 1][0] - 1 if n + 1 < len(drops) else last
        possible = [v for _, v in drops[: n + 1]]
        width, nan = last - begin + 1, math.isnan(value)
        boxes.append(Box(_constant(value), begin, width, (value, value), nan=nan))
        if begin <= until:
            pieces.append(Piece(begin, until, *_bounds(possible)))
    return [(pieces[0], boxes), *((piece, []) for piece in pieces[1:])]


def _bounds(possible: list[float]) -> tuple[str, float, float]:
    rate = policies.bounds(possible)
    return ("bounds", rate.lo, rate.hi) if isinstance(rate, Interval) else ("constant", rate, rate)


def _constant(value: float) -> Rate:
    return lambda _: value


def _linear_ramp(s: Any, phase: Phase, first: int, last: int) -> list[Part]:
    """Cut where either product overflows: what is between is linear up to rounding."""
    base, start, length = s.base_lr, s.warmup_start_lr, s.warmup_iter

    def overflow(i: int) -> list[float]:
        up, down = single(single(i) * base), single(single(length - i) * start)
        return [0.0 if math.isfinite(x) else x for x in (up, down)]

    size = max(abs(base), abs(start))
    slack = size * 2.0**-20 + 2.0**-147 if size else 0.0
    return _slack_pieces(phase.rate, first, last, overflow, slack)


def _factor_ramp(s: Any, phase: Phase, first: int, last: int) -> list[Part]:
    """Cut where the inner value overflows, and by its sign where base_lr is infinite."""
    factor, length = s.warm_up_factor, single(s.warm_up_iters)

    def limit(i: int) -> float:
        a = single(single(i) / length)
        down = single(factor * single(1 - a))
        if math.isinf(s.base_lr):
            return _sign(single(down + a))
        return 0.0 if math.isfinite(down) else down

    size = abs(s.base_lr) * max(abs(factor), 1)
    slack = size * 2.0**-20 + 2.0**-147 if size else 0.0
    return _slack_pieces(phase.rate, first, last, limit, slack)


def _slack_pieces(
    rate: Rate, first: int, last: int, overflow: Callable[[int], Any], slack: float
) -> list[Part]:
    return [
        part
        for begin, end in _runs(lambda i: repr(overflow(i)), first, last)
        for part in monotone(rate, begin, end, slack=slack if math.isfinite(slack) else 0.0)
    ]


_SHAPES: dict[str, Callable[[Any, Phase, int, int], list[Part]]] = {
    "step": _powers,
    "exp": _powers,
    "multistep": _multistep,
    "multifixed": _multifixed,
    "inv": _power,
    "poly": _power,
    "sigmoid": _sigmoid,
    "sigmoid_inv": _sigmoid,
    "exp10": _exp10,
    "cosine": _cosine,
    "triangular": _triangular,
    "triangular2": _triangular,
    "sgdr": _sgdr,
    "linear ramp": _linear_ramp,
    "factor ramp": _factor_ramp,
}

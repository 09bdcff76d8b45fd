"""The verdict on a schedule, and the numbers that brute force would find."""

from __future__ import annotations

import math
from functools import cache, partial

from protolint.analysis.schedule import policies
from protolint.analysis.schedule.float32 import SMALLEST, SMALLEST_NORMAL
from protolint.analysis.schedule.pieces import Course, Piece, course
from protolint.analysis.schedule.policies import Abort, Plan, evaluate, plan
from protolint.analysis.schedule.search import Box, UndecidableError, count_in, extreme, first_in
from protolint.typing import TYPE_CHECKING, NamedTuple
from protolint.values import Interval, Unknown, unknown

if TYPE_CHECKING:
    from typing import Any, Literal, TypeAlias

    from protolint.analysis.schedule.settings import Settings

Verdict: TypeAlias = 'Literal["proved", "refuted", "undecided"]'


class Proof(NamedTuple):
    """Whether the rate is finite at every iteration of 0..``last``, and what else is true of it.

    ``last`` is included. ``verdict``: "proved"; "refuted" with the first non-finite rate as
    ``witness`` or with ``abort``, as there is no rate once Caffe has ended; "undecided" with
    ``reasons``. The numbers are those of every iteration that has a rate (before an abort);
    ``max`` and ``min`` leave out NaN (and are NaN if nothing is left); each ``…_at`` and
    ``first_…`` is the earliest iteration, None if there is none. A denormal rate is not zero, but
    smaller than 2**-126. ``jumps``: iterations at which the rate does not go on from where the
    formula before was leading (those inside a staircase or cycle are left out). ``drops``: steps
    taken by step, multistep or multifixed. ``boxes`` is what ``share_below`` searches. Of a
    schedule that is known in part only and refuted in that part, with ``reasons``, ``witness``
    alone is told.

    The rates of plateau depend on the loss: its numbers are the extremes and earliest iterations
    of all courses, ``final`` may be an ``Interval``, and what only some courses reach leaves
    the verdict undecided.
    """

    verdict: Verdict
    last: int
    reasons: frozenset[str] = frozenset()
    witness: tuple[int, float] | None = None
    abort: Abort | None = None
    finite: bool | None = None
    max: float = math.nan
    max_at: int | None = None
    min: float = math.nan
    min_at: int | None = None
    final: float | Interval | None = None
    first_nonfinite: int | None = None
    first_zero: int | None = None
    first_denormal: int | None = None
    first_negative: int | None = None
    drops: int = 0
    jumps: tuple[int, ...] = ()
    pieces: tuple[Piece, ...] = ()
    boxes: tuple[Box, ...] = ()

    def share_below(self, x: float) -> float | Unknown:
        """Return the fraction of the iterations at which rate < x * rate(0), exactly counted.

        Of a cyclic schedule, takes time that grows with the shorter of cycle and number of cycles.
        ``Unknown`` if the proof has no iterations, or of a plateau.
        """
        if not self.boxes:
            return unknown(*(self.reasons or ("there is no iteration",)))
        if any(piece.kind == "bounds" for piece in self.pieces):
            return unknown(policies.PLATEAU_REASON)
        limit = x * self.boxes[0].rate(0)
        high = math.nextafter(limit, -math.inf)
        if not high < limit:  # NaN or -inf: nothing is below
            return 0.0
        try:
            below = sum(count_in(box, -math.inf, high) for box in self.boxes)
        except UndecidableError as problem:
            return unknown(str(problem))
        return below / (self.pieces[-1].last + 1)


def prove(settings: Settings, until: int | None = None) -> Proof:
    """Prove or refute that the rate is finite at iterations 0..until, ``until`` included.

    ``until`` defaults to max_iter. `caffe train` evaluates 0..max_iter - 1 only; solver.step and a
    resumed run may go on, so ask for the ``until`` that is meant. The time does not grow with it.
    """
    if until is None:
        if isinstance(settings.max_iter, Unknown):
            return Proof("undecided", -1, settings.max_iter.reasons)
        until = settings.max_iter
    made = plan(settings)
    if isinstance(made, Unknown):
        return Proof("undecided", until, made.reasons)
    abort = made.abort if made.abort and made.abort.iteration <= until else None
    last = abort.iteration - 1 if abort else until
    if last < 0:
        verdict: Verdict = "refuted" if abort else "proved"
        return Proof(verdict, until, abort=abort, finite=None if abort else True)
    try:
        found = course(settings, made, last)
        if found.reason:
            return _unfinished(until, found)
        return _decide(settings, made, found, until, abort)
    except UndecidableError as problem:
        return Proof("undecided", until, frozenset((str(problem),)), abort=abort)


def _unfinished(until: int, found: Course) -> Proof:
    """Return the proof of a schedule known in part only: refuted if that part is not finite."""
    reasons = frozenset((found.reason,))
    witness = _witness(found.boxes)
    if witness is None:
        return Proof("undecided", until, reasons)
    return Proof("refuted", until, reasons, witness, finite=False, first_nonfinite=witness[0])


def _decide(
    settings: Settings, made: Plan, found: Course, until: int, abort: Abort | None
) -> Proof:
    boxes = found.boxes
    last = found.pieces[-1].last
    first = cache(partial(_first, boxes))
    witness = _witness(boxes)
    greatest, least = _extreme(boxes, 1), _extreme(boxes, -1)
    verdict: Verdict = "refuted" if witness or abort else "proved"
    reasons: frozenset[str] = frozenset()
    if witness and not abort and _depends_on_loss(made, boxes):
        verdict, reasons = "undecided", frozenset((policies.PLATEAU_REASON,))
    final = evaluate(made, last)
    return Proof(
        verdict,
        until,
        reasons,
        witness if verdict == "refuted" else None,
        abort,
        finite=None if verdict == "undecided" else witness is None,
        max=greatest,
        max_at=first(greatest, greatest),
        min=least,
        min_at=first(least, least),
        final=final if isinstance(final, (float, Interval)) else None,
        first_nonfinite=witness[0] if witness else None,
        first_zero=first(0.0, 0.0),
        first_denormal=_earliest(
            first(SMALLEST, SMALLEST_NORMAL - SMALLEST),
            first(SMALLEST - SMALLEST_NORMAL, -SMALLEST),
        ),
        first_negative=first(-math.inf, -SMALLEST),
        drops=_drops(settings, made, last),
        jumps=tuple(piece.first for piece in found.pieces if piece.jump),
        pieces=tuple(found.pieces),
        boxes=tuple(boxes),
    )


def _depends_on_loss(made: Plan, boxes: list[Box]) -> bool:
    """Whether only a plateau's drops are not finite, which the loss may or may not bring about."""
    if not made.drops:
        return False
    _, undropped = made.drops[0]
    warm_up = [box for box in boxes if box.first < made.phases[-1].first]
    return math.isfinite(undropped) and _witness(warm_up) is None


def _witness(boxes: list[Box]) -> tuple[int, float] | None:
    """Return the first iteration whose rate is NaN or infinite, and that rate."""
    found = [(box.first, math.nan) for box in boxes if box.nan]
    for infinity in (math.inf, -math.inf):
        at = _first(boxes, infinity, infinity)
        if at is not None:
            found.append((at, infinity))
    return min(found, key=lambda pair: pair[0], default=None)


def _first(boxes: list[Box], low: float, high: float) -> int | None:
    return _earliest(*(first_in(box, low, high) for box in boxes))


def _earliest(*iterations: int | None) -> int | None:
    return min((i for i in iterations if i is not None), default=None)


def _extreme(boxes: list[Box], sign: int) -> float:
    """Return the greatest rate, or with ``sign`` -1 the least; NaN if there is none."""
    values = [sign * extreme(box, sign) for box in boxes if not box.nan]
    return sign * max(values, default=math.nan)


def _drops(settings: Any, made: Plan, last: int) -> int:
    """Return how many steps are taken by iteration ``last``."""
    start = made.phases[-1].first
    if made.abort or last < start:
        return 0
    if settings.lr_policy == "step":
        return int(last // abs(settings.stepsize))
    if settings.lr_policy == "multistep":
        return sum(i <= last for i in policies.drop_iterations(settings))
    if settings.lr_policy == "multifixed":
        return sum(start <= end < last for _, end in policies.stage_ends(settings.stageiter))
    return 0

"""A solver's learning-rate schedule, as the facts that rules ask for.

The proof is made once a solver and covers iterations 0..max_iter: `caffe train` makes its last
update at max_iter - 1, and the rate at max_iter is the one a resumed run or a call of
``solver.step`` from Python would begin with.
"""

from __future__ import annotations

import bisect
import itertools
import math

from protolint.analysis import schedule
from protolint.schema.bvlc import load_bvlc
from protolint.typing import TYPE_CHECKING
from protolint.values import Interval, Unknown, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any

    from protolint.model.solver import Solver


class Schedule:
    """The schedule of one solver and what is proved of it."""

    def __init__(self, solver: Solver) -> None:
        self.solver = solver
        self.settings = settings(solver)
        self._proof: schedule.Proof | None = None

    @property
    def proof(self) -> schedule.Proof:
        """What is proved over iterations 0..max_iter."""
        if self._proof is None:
            self._proof = schedule.prove(self.settings)
        return self._proof


def settings(solver: Solver) -> schedule.Settings:
    """Return a solver's schedule as the Caffe of its dialect reads it.

    Of several dialects that is the first that has the policy.
    """
    message = solver.message
    # What a schema of the user's adds means what it will, be it called as in a known fork.
    fields = message.type.fields if message.schema.dialects else _bvlc_fields()
    names = [name for name in schedule.Settings._fields if name in fields]
    values: dict[str, Any] = {name: message.read(name) for name in names}
    return schedule.make(_dialect(solver, values["lr_policy"]), **values)


def _dialect(solver: Solver, policy: str | Unknown) -> str:
    names = solver.message.schema.dialects
    known = schedule.POLICIES.get(policy, ()) if isinstance(policy, str) else ()
    return next((name for name in names if name in known), names[0] if names else "bvlc")


def _bvlc_fields() -> Collection[str]:
    return load_bvlc().messages["SolverParameter"].fields


def of(name: str) -> Callable[[Schedule], Any]:
    """Return the fact that is the proof's member ``name``, unknown where there is no rate."""

    def fact(lr: Schedule) -> Any:
        value = getattr(lr.proof, name)
        return _undecided(lr) if lr.proof.finite is None or value is None else value

    return fact


def first(name: str) -> Callable[[Schedule], Any]:
    """Return the fact that is the iteration ``name`` of the proof, -1 where there is none."""

    def fact(lr: Schedule) -> Any:
        if lr.proof.finite is None:
            return _undecided(lr)
        value = getattr(lr.proof, name)
        return -1 if value is None else value

    return fact


def finite(lr: Schedule) -> bool | Unknown:
    """Return whether every rate is finite; a schedule that aborts has no other rates."""
    return _undecided(lr) if lr.proof.finite is None else lr.proof.finite


def aborts(lr: Schedule) -> bool | Unknown:
    """Return whether Caffe ends at an update because of the schedule's fields."""
    if lr.proof.abort is not None:
        return True
    return _undecided(lr) if lr.proof.verdict == "undecided" and lr.proof.finite is None else False


def known(lr: Schedule) -> bool | Unknown:
    """Return whether the dialect has the policy."""
    policy = lr.settings.lr_policy
    if isinstance(policy, Unknown):
        return policy
    dialect = schedule.DIALECTS.get(str(lr.settings.dialect), schedule.STOCK)
    if policy not in dialect.policies and not lr.solver.message.schema.dialects:
        return unknown("a schema does not say which policies there are")
    return policy in dialect.policies


def dialects(lr: Schedule) -> list[str] | Unknown:
    """Return the dialects that have the policy."""
    policy = lr.settings.lr_policy
    return policy if isinstance(policy, Unknown) else list(schedule.POLICIES.get(policy, ()))


def ignored(lr: Schedule) -> list[str]:
    """Return the schedule's fields that are written but not read by the policy.

    Empty for a policy that no dialect has: nothing is known of it.
    """
    policy = lr.settings.lr_policy
    if isinstance(policy, Unknown) or policy not in schedule.READS:
        return []
    return [
        name
        for name in ("gamma", "power", "stepsize", "stepvalue")
        if lr.solver.message.has(name) is True and name not in schedule.READS[policy]
    ]


def at(lr: Schedule, iteration: int) -> float | Interval | Unknown:
    """Return the rate at an iteration, unknown where Caffe would have ended."""
    if lr.proof.finite is None:
        return _undecided(lr)
    value = schedule.rate_at(lr.settings, iteration)
    return unknown(value.reason) if isinstance(value, schedule.Abort) else value


def share_below(lr: Schedule, part: float) -> float | Unknown:
    """Return the share of iterations whose rate is below ``part`` of the first."""
    return lr.proof.share_below(part)


def first_below(lr: Schedule, part: float) -> int | Unknown:
    """Return the first iteration whose rate is below ``part`` of the first, -1 if there is none.

    Known of schedules that never rise: the place is found by bisection.
    """
    proof = lr.proof
    if not proof.pieces or proof.abort is not None:
        return _undecided(lr)
    ends = [end for piece in proof.pieces for end in (piece.start, piece.end)]
    kinds = {piece.kind for piece in proof.pieces}
    falls = all(a >= b for a, b in itertools.pairwise(ends))
    if not falls or kinds & {"cyclic", "alternating", "bounds", "nan"}:
        return unknown("the rate does not only fall")
    bound = part * ends[0]
    below = bisect.bisect_left(
        range(proof.last + 1), 1, key=lambda iteration: int(_rate(lr, iteration) < bound)
    )
    return below if below <= proof.last else -1


def _rate(lr: Schedule, iteration: int) -> float:
    value = schedule.rate_at(lr.settings, iteration)
    return value if isinstance(value, float) else math.nan


def percent_below(lr: Schedule, part: float) -> int | Unknown:
    """Return ``share_below`` in percent, rounded down."""
    share = lr.proof.share_below(part)
    return share if isinstance(share, Unknown) else int(100 * share)


def stepvalue_rises(lr: Schedule) -> bool | Unknown:
    """Return whether each stepvalue is larger than the one before it."""
    values = lr.settings.stepvalue
    if isinstance(values, Unknown):
        return values
    return all(a < b for a, b in itertools.pairwise(values))


def count(*names: str) -> Callable[[Solver], int | Unknown]:
    """Return the fact how many values the repeated fields ``names`` have together."""

    def fact(solver: Solver) -> int | Unknown:
        total = 0
        for name in names:
            values = solver.message.read(name)
            if isinstance(values, Unknown):
                return values
            total += len(values)
        return total

    return fact


def _undecided(lr: Schedule) -> Unknown:
    return Unknown(lr.proof.reasons or frozenset(("the schedule has no rate",)))

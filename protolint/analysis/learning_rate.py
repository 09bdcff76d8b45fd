"""A solver's learning-rate schedule, as the facts that rules ask for.

The proof is made once a solver and covers iterations 0..max_iter: `caffe train` makes its last
update at max_iter - 1, and the rate at max_iter is the one a resumed run or a call of
``solver.step`` from Python would begin with.
"""

from __future__ import annotations

import bisect
import itertools
import math
from typing import TYPE_CHECKING, Any

from protolint.analysis import schedule
from protolint.syntax.literal import Fault, read_float, read_integer, read_string
from protolint.syntax.tree import Field
from protolint.values import Interval, Unknown, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from protolint.model.solver import Solver
    from protolint.schema.message import Message


class Schedule:
    """The schedule of one solver and what is proved of it."""

    def __init__(self, solver: Solver, dialect: str = "bvlc") -> None:
        self.solver = solver
        self.settings = settings(solver, dialect)
        self._proof: schedule.Proof | None = None

    @property
    def proof(self) -> schedule.Proof:
        """What is proved over iterations 0..max_iter."""
        if self._proof is None:
            self._proof = schedule.prove(self.settings)
        return self._proof


def settings(solver: Solver, dialect: str) -> schedule.Settings:
    """Return a solver's schedule as the dialect's Caffe reads it.

    Fields that only forks have are read off the text by the type that the forks give them; one that
    cannot be read is ``Unknown``.
    """
    message = solver.message
    values: dict[str, Any] = {}
    for name, default in schedule.Settings._field_defaults.items():
        if name == "dialect":
            continue
        if name in message.type.fields:
            values[name] = message.read(name)
        elif written := _written(message, name):
            values[name] = _read_fork_field(written, default)
    return schedule.make(dialect, **values)


def _written(message: Message, name: str) -> list[Field]:
    """Return the values of a field that the schema does not have, a short list item by item."""
    found: list[Field] = []
    for field in message.node.value or ():
        if isinstance(field, Field) and field.name == name:
            found += field.value if isinstance(field.value, tuple) else (field,)
    return found


def _read_fork_field(written: list[Field], default: Any) -> Any:
    kind = _read_integer if not isinstance(default, (float, str)) else _read_other
    values = [kind(field.value, default) for field in written]
    fault = next((value for value in values if isinstance(value, (Fault, Unknown))), None)
    if fault is not None:
        return unknown(f"`{written[0].name}` could not be read")
    return tuple(values) if isinstance(default, tuple) else values[-1]


def _read_integer(text: Any, default: Any) -> Any:
    if not isinstance(text, str):
        return Fault("wrong-type", "an integer")
    whole = read_integer(text, "int32")
    return (
        read_float(text, "float")
        if isinstance(default, tuple) and isinstance(whole, Fault)
        else whole
    )


def _read_other(text: Any, default: Any) -> Any:
    if not isinstance(text, str):
        return Fault("wrong-type", "a number")
    return read_string(text) if isinstance(default, str) else read_float(text, "float")


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

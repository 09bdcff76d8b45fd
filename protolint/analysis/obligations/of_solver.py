"""What is asked of a solver."""

from __future__ import annotations

from math import isfinite

from protolint.analysis.learning_rate import Schedule
from protolint.analysis.obligations.obligation import Obligation, Told, Witness, settle
from protolint.typing import TYPE_CHECKING
from protolint.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from protolint.model.solver import Solver

_DIVIDES_BY_DELTA = ("AdaGrad", "RMSProp", "AdaDelta", "Adam")


def obligations(
    solver: Solver, told: Sequence[Told], unread: Sequence[str] = ()
) -> Iterator[Obligation]:
    """Yield the obligations of a solver, given what is reported of its file.

    ``unread`` are the nets that it names and that could not be looked at.
    """
    rates = [t for t in told if t.code.startswith("LRS") or t.rule == "poly-without-max-iter"]
    others = [t for t in told if t not in rates]
    yield settle(
        "solver-accepted",
        "Caffe accepts the solver and its nets together",
        "no field is refused",
        told=[t for t in others if t.effect == "abort"],
        needs=[f'the net "{name}", which was not read' for name in unread],
    )
    yield _rate(solver, rates)
    yield _update(solver, [t for t in others if t.effect == "nonfinite"])


def _rate(solver: Solver, told: Sequence[Told]) -> Obligation:
    proof = Schedule(solver).proof
    claim = f"the learning rate is finite at every iteration 0..{max(proof.last, 0)}"
    witnesses, needs = [], sorted(proof.reasons)
    if proof.abort is not None:
        at, reason = proof.abort.iteration, proof.abort.reason
        text = f"Caffe stops at the update of iteration {at}: {reason}"
        witnesses.append(Witness(text, iteration=at))
    elif proof.verdict == "refuted" and proof.witness is not None:
        at, value = proof.witness
        text = f"the rate is {value:g} at iteration {at}"
        witnesses.append(Witness(text, iteration=at, value=f"{value:g}"))
    because = ""
    if proof.verdict == "proved" and isfinite(proof.max):
        because = f"it stays between {proof.min:.7g} and {proof.max:.7g}"
        if proof.min == proof.max:
            because = f"it stays at {proof.max:.7g}"
    if witnesses:  # the rules say the same in other words
        told = []
    if proof.verdict == "proved":
        needs, told = [], [t for t in told if not t.reasons]
    return settle("rate-finite", claim, because, witnesses=witnesses, needs=needs, told=told)


def _update(solver: Solver, told: Sequence[Told]) -> Obligation:
    """Adaptive types divide by a root of past squared gradients, plus delta."""
    kind, delta = solver.read("type"), solver.read("delta")
    needs = [
        f"`{name}` could not be read"
        for name, value in (("type", kind), ("delta", delta))
        if isinstance(value, Unknown)
    ]
    because = f"{kind} divides by nothing"
    if kind in _DIVIDES_BY_DELTA and not needs:
        because = f"{kind} adds delta, {delta:.3g}, to what it divides by"
        if delta <= 0:
            needs.append(f"whether a gradient is exactly 0, as delta is {delta:g}")
    claim = "an update divides by nothing that is 0"
    return settle("update-finite", claim, because, needs=needs, told=told)

"""Proofs against brute force, on random solvers of every policy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schedule_brute import compare

from protolint.analysis.schedule import DIALECTS, POLICIES, Proof, Settings, make, prove, rate_at

if TYPE_CHECKING:
    from collections.abc import Callable

usual = st.sampled_from([0.1, 0.01, 0.001, 0.5, 0.9, 0.96, 0.99, 0.75, 1.0, 2.0])
hostile = st.one_of(
    st.sampled_from([0.0, -0.0, -0.01, -1.0, 1.5, 10.0, 1e30, -1e30, 1e-30, 3e38, 1e-40]),
    st.sampled_from([1 + 1e-7, 1 - 1e-7, math.inf, -math.inf, math.nan]),
    st.floats(-3, 3, width=32),
    st.floats(width=32),
)
numbers = st.one_of(usual, usual, hostile)
counts = st.one_of(
    st.sampled_from([0, 1, 2, 3, 5, 10, 100, -1, -5]), st.integers(-3, 50), st.integers(0, 3000)
)
lists = st.lists(counts, max_size=5)

FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "base_lr": numbers,
    "gamma": numbers,
    "power": numbers,
    "stepsize": counts,
    "stepvalue": lists,
    "max_iter": counts,
    "rampup_interval": counts,
    "rampup_lr": numbers,
    "min_lr": st.one_of(st.just(0.0), st.just(1e-6), numbers),
    "warmup_iter": counts,
    "warmup_start_lr": numbers,
    "period": counts,
    "p_mult": st.one_of(st.just(1.0), st.just(2.0), numbers),
    "lr_mult": numbers,
    "warm_up_iters": counts,
    "warm_up_factor": numbers,
    "warm_up_method": st.sampled_from(["linear", "constant", "exp"]),
    "warm_up_power": st.one_of(st.just(4), counts),
    "start_lr_policy": counts,
    "max_lr": numbers,
}


@st.composite
def solvers(draw: st.DrawFn, policy: str) -> Settings:
    dialect = draw(st.sampled_from(POLICIES[policy]))
    fields = {name: draw(strategy) for name, strategy in FIELDS.items()}
    if draw(st.booleans()):
        fields |= dict.fromkeys(("rampup_interval", "warmup_iter", "warm_up_iters"), 0)
    stages = draw(st.lists(st.tuples(numbers, counts), max_size=4))
    fields["stagelr"] = [rate for rate, _ in stages]
    fields["stageiter"] = [last for _, last in stages]
    return make(dialect, lr_policy=policy, **fields)


@pytest.mark.parametrize("policy", [policy for policy in POLICIES if policy != "plateau"])
def test_proof_is_what_brute_force_finds(policy: str) -> None:
    @hypothesis_settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
    @given(solvers(policy), st.one_of(st.none(), st.integers(-1, 3000)))
    def check(solver: Settings, until: int | None) -> None:
        proof = prove(solver, until)
        if proof.verdict == "undecided":
            assert proof.reasons
        elif not proof.reasons:
            compare(solver, proof)

    check()


# The undecided cases of ``plan`` are few; usual settings of every policy must be decided.
@pytest.mark.parametrize(
    ("policy", "dialect"),
    [(p, d) for p, dialects in POLICIES.items() for d in dialects if p != "plateau"],
)
def test_usual_settings_are_decided(policy: str, dialect: str) -> None:
    solver = make(
        dialect,
        lr_policy=policy,
        base_lr=0.01,
        gamma=0.1,
        power=0.75,
        stepsize=300,
        stepvalue=[100, 1500],
        max_iter=2000,
        max_lr=0.1,
        stagelr=[0.1, 0.01],
        stageiter=[500, 1000],
        rampup_interval=200,
        warmup_iter=200,
        warmup_start_lr=0.001,
    )
    proof = prove(solver)
    assert proof.verdict in ("proved", "refuted")
    compare(solver, proof)


LONG: dict[str, dict[str, Any]] = {
    "step": {"gamma": 0.999, "stepsize": 3},
    "exp": {"gamma": 0.999999},
    "inv": {"gamma": 10.0, "power": 5.0},
    "poly": {"power": 7.5},
    "sigmoid": {"gamma": 0.001, "stepsize": 400_000},
    "multistep": {"gamma": 1e-10, "stepvalue": [10, 10**8, 10**8, 5 * 10**8]},
    "exp10": {"dialect": "tsn", "stepsize": 10**7},
    "cosine": {"dialect": "makefile-frcnn"},
    "triangular": {"dialect": "makefile-frcnn", "stepsize": 12345, "max_lr": 0.1},
    "triangular2": {"dialect": "makefile-frcnn", "stepsize": 12345, "max_lr": 0.1},
    "sgdr": {"dialect": "jolibrain", "period": 1000, "p_mult": 1.0, "min_lr": 0.0},
    "fixed": {"dialect": "intel", "warmup_iter": 10**8, "warmup_start_lr": 0.001},
}


@pytest.mark.parametrize("policy", LONG)
def test_long_schedules_hold_on_samples(policy: str) -> None:
    """Beyond what can be walked: nothing earlier near what was found, nothing beyond in samples."""
    end = 10**9
    fields: dict[str, Any] = {"lr_policy": policy, "base_lr": 0.01, "max_iter": end}
    solver = make(**fields | LONG[policy])
    proof = prove(solver)
    assert proof.verdict == "proved"
    assert len(proof.pieces) <= 10
    found: dict[str, Callable[[float], bool]] = {
        "max_at": lambda v: v == proof.max,
        "min_at": lambda v: v == proof.min,
        "first_zero": lambda v: v == 0,
        "first_denormal": lambda v: 0 < abs(v) < 2.0**-126,
        "first_negative": lambda v: v < 0,
    }
    near: set[int] = set(range(3000)) | {end - i for i in range(3000)}
    near |= {i * 999_983 for i in range(1000)}
    for name in found:
        at = getattr(proof, name)
        near |= set(range(max(0, (at or 0) - 1000), (at or 0) + 10))
    for i in sorted(near):
        value = rate_at(solver, i)
        assert isinstance(value, float)
        assert proof.min <= value <= proof.max
        for name, holds in found.items():
            at = getattr(proof, name)
            assert not holds(value) or (at is not None and at <= i), (name, i)
            assert at != i or holds(value), (name, i)
    assert proof.final == rate_at(solver, end)
    check_share(solver, proof)


def check_share(solver: Settings, proof: Proof) -> None:
    """Where the rate only falls, the share is what lies after the first iteration below."""
    share = proof.share_below(1e-3)
    assert isinstance(share, float)
    assert 0 <= share <= 1
    if [piece.kind for piece in proof.pieces] in (["falling"], ["staircase"]):
        below = round(share * (proof.last + 1))
        first = proof.last + 1 - below
        start = rate_at(solver, 0)
        before, after = rate_at(solver, first - 1), rate_at(solver, first)
        assert isinstance(start, float)
        assert isinstance(before, float)
        assert isinstance(after, float)
        assert before >= 1e-3 * start > after


def test_dialects_know_the_stock_policies() -> None:
    for dialect in DIALECTS.values():
        assert {"fixed", "step", "exp", "inv", "multistep", "poly", "sigmoid"} <= set(
            dialect.policies
        )

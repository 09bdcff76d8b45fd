"""What single solvers do: aborts, unknowns, plateaus, jumps, and where a proof ends."""

from __future__ import annotations

import itertools
import math
import random
from typing import Any

import pytest
from schedule_brute import compare

from protolint.analysis.schedule import (
    POLICIES,
    READS,
    Abort,
    Settings,
    make,
    prove,
    rate_at,
    rates,
    reads,
    search,
)
from protolint.values import Interval, Unknown, unknown

LACKING = unknown("base_lr comes from a file")


def test_poly_without_max_iter() -> None:
    solver = make(lr_policy="poly", base_lr=0.1, power=1.0)
    first, second = rates(solver, (0, 1))
    assert isinstance(first, float)
    assert math.isnan(first)
    assert second == -math.inf
    proof = prove(solver, 10)
    assert proof.verdict == "refuted"
    assert proof.witness is not None
    assert proof.witness[0] == 0
    assert [piece.kind for piece in proof.pieces] == ["nan", "constant"]
    assert prove(solver._replace(power=0.0), 10).verdict == "proved"


def test_the_last_iteration_is_included() -> None:
    solver = make(lr_policy="poly", base_lr=0.1, power=-1.0, max_iter=100)
    assert prove(solver).witness == (100, math.inf)
    assert prove(solver, until=99).verdict == "proved"
    assert prove(solver, until=99).last == 99
    half = make(lr_policy="poly", base_lr=0.1, power=0.5, max_iter=100)
    assert prove(half).verdict == "proved"
    assert prove(half, until=200).first_nonfinite == 101


def test_nothing_to_do_is_proved() -> None:
    proof = prove(make(lr_policy="fixed", base_lr=0.1, max_iter=-5))
    assert proof.verdict == "proved"
    assert proof.max_at is None
    assert isinstance(proof.share_below(0.5), Unknown)


@pytest.mark.parametrize(
    ("solver", "field", "iteration"),
    [
        (make(lr_policy="step", base_lr=0.1, gamma=0.1), "stepsize", 0),
        (make(lr_policy="step", gamma=-0.1, stepsize=-1), "stepsize", 0),
        (make(lr_policy="sigmoid", gamma=-0.1), "gamma", 0),
        (make(lr_policy="exp", gamma=-0.1), "gamma", 0),
        (make(lr_policy="inv", gamma=math.nan), "gamma", 0),
        (make(lr_policy="multistep", gamma=-0.1), "gamma", 0),
        (make(), "lr_policy", 0),
        (make("ssd", lr_policy="step"), "stepsize", 0),
        (make("nvidia", lr_policy="plateau", rampup_interval=7), "lr_policy", 7),
        (make("nvidia", lr_policy="fixed", min_lr=-1.0, rampup_interval=7), "min_lr", 0),
        (make("nvidia", lr_policy="poly", min_lr=1.0, rampup_interval=7), "min_lr", 7),
        (make("makefile-frcnn", lr_policy="triangular", start_lr_policy=900), "stepsize", 901),
        (make("intel", lr_policy="multifixed", stagelr=[1.0]), "stagelr", 0),
        (make("intel", lr_policy="multifixed", warmup_iter=3), "stagelr", 3),
    ],
)
def test_aborts(solver: Settings, field: str, iteration: int) -> None:
    found = rate_at(solver, iteration)
    assert isinstance(found, Abort)
    assert (found.field, found.iteration) == (field, iteration)
    if iteration:
        assert isinstance(rate_at(solver, iteration - 1), float)
        assert prove(solver, iteration - 1).abort is None
    proof = prove(solver, 10_000)
    assert (proof.verdict, proof.abort) == ("refuted", found)


def test_old_builds_accept_what_bvlc_refuses() -> None:
    solver = make("caffe-of-2014", lr_policy="step", base_lr=0.1, gamma=-0.5, stepsize=10)
    assert rate_at(solver, 10) == pytest.approx(-0.05)
    proof = prove(solver, 10**9)
    assert (proof.first_negative, proof.verdict) == (10, "proved")
    assert [piece.kind for piece in proof.pieces] == ["alternating"]


def test_infinite_base_lr_times_a_ramp_through_zero_is_nan_between() -> None:
    solver = make("makefile-frcnn", lr_policy="fixed", base_lr=math.inf, warm_up_iters=10)
    solver = solver._replace(warm_up_factor=-1.0)
    proof = prove(solver, 8)
    assert [piece.kind for piece in proof.pieces] == ["constant", "nan", "constant"]
    compare(solver, proof)


def test_negative_zero_to_negative_powers_alternates() -> None:
    solver = make("nvidia", lr_policy="step", base_lr=0.1, gamma=-0.0, stepsize=-1)
    proof = prove(solver._replace(dialect="intel"), 4)
    assert (proof.min, proof.min_at, proof.max, proof.max_at) == (-math.inf, 1, math.inf, 2)
    compare(solver, prove(solver, 4))


def test_unknown_policy_names_the_dialects_that_have_it() -> None:
    found = rate_at(make(lr_policy="sgdr"), 0)
    assert isinstance(found, Abort)
    assert found.dialects == ("jolibrain",)
    found = rate_at(make(lr_policy="stepearly"), 0)
    assert isinstance(found, Abort)
    assert found.dialects == ()
    assert POLICIES["cosine"] == ("makefile-frcnn",)
    assert set(POLICIES) == set(READS)


def test_unknown_fields_matter_only_if_read() -> None:
    solver = make(lr_policy="fixed", base_lr=0.1, gamma=LACKING, max_iter=10)
    assert prove(solver).verdict == "proved"
    for name in ("base_lr", "lr_policy", "dialect"):
        lacking = solver._replace(**{name: LACKING})
        assert rate_at(lacking, 0) == LACKING
        proof = prove(lacking)
        assert (proof.verdict, proof.reasons) == ("undecided", LACKING.reasons)
    assert prove(solver._replace(max_iter=LACKING)).verdict == "undecided"
    assert prove(solver._replace(max_iter=LACKING), until=5).verdict == "proved"
    steps = make(lr_policy="multistep", stepvalue=[1, unknown("stepvalue is cut off")], max_iter=9)
    assert prove(steps).reasons == {"stepvalue is cut off"}


def test_reads_are_the_fields_of_policy_and_warm_up() -> None:
    assert reads(make(lr_policy="exp")) == ("base_lr", "gamma")
    assert "warmup_iter" in reads(make("intel", lr_policy="exp"))
    with pytest.raises(TypeError):
        make(momentum=0.9)


def test_multistep_drops_once_an_iteration() -> None:
    solver = make(
        lr_policy="multistep", base_lr=1.0, gamma=0.5, stepvalue=[4, 2, 2, 90], max_iter=80
    )
    assert list(rates(solver, range(3, 8))) == [1.0, 0.5, 0.25, 0.125, 0.125]
    proof = prove(solver)
    assert (proof.jumps, proof.drops) == ((4, 5, 6), 3)
    assert [piece.first for piece in proof.pieces] == [0, 4, 5, 6]


def test_drops_of_a_staircase_are_not_listed() -> None:
    proof = prove(make(lr_policy="step", base_lr=0.1, gamma=0.999, stepsize=1), 10**9)
    [piece] = proof.pieces
    assert (piece.kind, piece.period, proof.drops, proof.jumps) == ("staircase", 1, 10**9, ())


def test_jumps_after_a_warm_up() -> None:
    ramp = {"rampup_interval": 50, "max_iter": 100, "base_lr": 0.1, "power": 1.0}
    assert prove(make("nvidia", lr_policy="poly", **ramp)).jumps == (50,)
    assert prove(make("nvidia", lr_policy="fixed", **ramp)).jumps == ()
    assert rate_at(make("nvidia", lr_policy="fixed", **ramp), 25) == pytest.approx(0.025)


def test_warm_up_formulas() -> None:
    linear = make("intel", lr_policy="fixed", base_lr=0.1, warmup_iter=10, warmup_start_lr=0.05)
    assert rate_at(linear, 0) == pytest.approx(0.05)
    assert rate_at(linear, 5) == pytest.approx(0.075)
    assert rate_at(linear, 10) == pytest.approx(0.1)
    frcnn = make("makefile-frcnn", lr_policy="fixed", base_lr=0.1)
    assert rate_at(frcnn, 0) == pytest.approx(0.033)
    assert rate_at(frcnn, 250) == pytest.approx(0.1 * (0.33 * 0.5 + 0.5))
    assert rate_at(frcnn._replace(warm_up_method="constant"), 250) == pytest.approx(0.033)
    assert rate_at(frcnn._replace(warm_up_method="exp"), 250) == pytest.approx(0.1 / 16)
    assert rate_at(frcnn, 500) == pytest.approx(0.1)
    assert prove(frcnn._replace(warm_up_method="sine")).verdict == "undecided"


def test_fork_formulas() -> None:
    frcnn: dict[str, Any] = {"dialect": "makefile-frcnn", "warm_up_iters": 0, "base_lr": 1.0}
    cosine = make(**frcnn, lr_policy="cosine", max_iter=100)
    assert list(rates(cosine, (0, 50, 100))) == pytest.approx([1.0, 0.5, 0.0])
    triangle = make(**frcnn, lr_policy="triangular", stepsize=10, max_lr=2.0)
    assert list(rates(triangle, (0, 5, 10, 20, 30))) == pytest.approx([1, 1.5, 2, 1, 1.5])
    halved = triangle._replace(lr_policy="triangular2")
    assert list(rates(halved, (10, 30, 50))) == pytest.approx([2, 1.5, 1.25])
    sgdr = make("jolibrain", lr_policy="sgdr", base_lr=1.0, min_lr=0.0, period=10, lr_mult=0.5)
    assert list(rates(sgdr, (0, 5, 10, 20, 30))) == pytest.approx([1, 0.5, 0.5, 0.25, 0.25])
    exp10 = make("tsn", lr_policy="exp10", base_lr=1.0, stepsize=10)
    assert list(rates(exp10, (0, 10, 20))) == pytest.approx([1, 0.1, 0.01])
    falling = make("mycaffe", lr_policy="sigmoid_inv", base_lr=1.0, gamma=1.0, stepsize=20)
    assert list(rates(falling, (0, 20))) == pytest.approx([1, 0.5])
    stages = make("intel", lr_policy="multifixed", stagelr=[3.0, 2.0, 1.0], stageiter=[5, 4, 9])
    assert list(rates(stages, (5, 6, 9, 10))) == [3.0, 1.0, 1.0, 1.0]
    assert prove(stages, 20).drops == 2


def walk_plateau(windows: list[int], minima: set[int], until: int) -> list[int]:
    """Return the drops so far at each iteration, given when the loss has a new minimum."""
    steps, event, course = 0, 0, []
    for i in range(until + 1):
        if i in minima:
            event = i
        if steps < len(windows) and i >= event + windows[steps]:
            steps, event = steps + 1, i
        course.append(steps)
    return course


def test_plateau_bounds_every_course_and_is_reached() -> None:
    windows, until = [3, 0, 4], 24
    solver = make("ssd", lr_policy="plateau", base_lr=0.1, gamma=0.5, plateau_winsize=windows)
    values = [rate_at(make("ssd", lr_policy="fixed", base_lr=0.1 * 0.5**n), 0) for n in range(4)]
    source = random.Random(1)  # noqa: S311 - samples, not secrets
    seen: list[set[int]] = [set() for _ in range(until + 1)]
    for chance in itertools.islice(itertools.cycle((0.0, 0.1, 0.3, 0.6, 1.0)), 2000):
        minima = {i for i in range(until + 1) if source.random() < chance}
        for i, steps in enumerate(walk_plateau(windows, minima, until)):
            seen[i].add(steps)
    for i, possible in enumerate(seen):
        rate = rate_at(solver, i)
        low, high = (rate.lo, rate.hi) if isinstance(rate, Interval) else (rate, rate)
        assert (low, high) == (values[max(possible)], values[min(possible)])
    proof = prove(solver, until)
    assert proof.verdict == "proved"
    assert (proof.min, proof.min_at) == (values[3], 8)
    assert isinstance(proof.final, Interval)
    assert isinstance(proof.share_below(0.5), Unknown)
    assert [piece.first for piece in proof.pieces] == [0, 3, 4, 8]


def test_plateau_that_may_overflow_is_undecided() -> None:
    solver = make("ssd", lr_policy="plateau", base_lr=1e30, gamma=1e30, plateau_winsize=[5])
    proof = prove(solver, 10)
    assert (proof.verdict, proof.first_nonfinite, proof.finite) == ("undecided", 5, None)
    assert prove(solver, 4).verdict == "proved"
    assert prove(solver._replace(base_lr=math.inf), 10).verdict == "refuted"


def test_too_close_to_order_is_undecided() -> None:
    flat = make(
        "intel",
        lr_policy="fixed",
        base_lr=0.1,
        warmup_start_lr=0.1,
        warmup_iter=10**8,
        max_iter=10**8,
    )
    proof = prove(flat)
    assert proof.verdict == "undecided"
    assert proof.reasons
    assert search.MAX_RECTANGLES < 10**8


def test_known_in_part() -> None:
    solver = make("jolibrain", lr_policy="sgdr", base_lr=0.1, period=10, p_mult=0.5)
    assert isinstance(rate_at(solver, 9), float)
    assert isinstance(rate_at(solver, 10), Unknown)
    assert prove(solver, 9).verdict == "proved"
    assert prove(solver, 10).verdict == "undecided"
    long = make("makefile-frcnn", lr_policy="cosine", base_lr=0.1, max_iter=501)
    assert prove(long, 10_000).verdict == "undecided"


def test_share_below_counts_every_iteration() -> None:
    solver = make(lr_policy="step", base_lr=1.0, gamma=0.1, stepsize=10, max_iter=39)
    proof = prove(solver)
    assert proof.share_below(0.5) == 30 / 40
    assert proof.share_below(1.0) == 30 / 40
    assert proof.share_below(2.0) == 1.0
    assert proof.share_below(math.nan) == 0.0


def test_restarts_jump_and_equal_ones_are_grouped() -> None:
    solver = make("jolibrain", lr_policy="sgdr", base_lr=1.0, period=10, max_iter=100)
    doubled = prove(solver)
    assert [(piece.first, piece.kind) for piece in doubled.pieces] == [
        (0, "falling"),
        (10, "falling"),
        (30, "falling"),
        (70, "falling"),
    ]
    assert doubled.jumps == (10, 30, 70)
    equal = prove(solver._replace(p_mult=1.0), 10**9)
    assert [(piece.kind, piece.period) for piece in equal.pieces] == [("cyclic", 10)]
    assert equal.jumps == ()

"""What walking all iterations finds, to hold a proof against."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from protolint.analysis.schedule import Abort, Proof, Settings, rates

if TYPE_CHECKING:
    from collections.abc import Callable

SMALLEST_NORMAL = 2.0**-126


def first(values: list[float], holds: Callable[[float], bool]) -> int | None:
    return next((i for i, value in enumerate(values) if holds(value)), None)


def facts(values: list[float]) -> dict[str, object]:
    """Return the fields of a ``Proof`` that follow from the list of all rates."""
    numbers = [value for value in values if not math.isnan(value)]
    greatest, least = max(numbers, default=math.nan), min(numbers, default=math.nan)
    at = first(values, lambda v: not math.isfinite(v))
    return {
        "finite": at is None,
        "witness": None if at is None else (at, values[at]),
        "max": greatest,
        "max_at": values.index(greatest) if numbers else None,
        "min": least,
        "min_at": values.index(least) if numbers else None,
        "final": values[-1],
        "first_nonfinite": at,
        "first_zero": first(values, lambda v: v == 0),
        "first_denormal": first(values, lambda v: 0 < abs(v) < SMALLEST_NORMAL),
        "first_negative": first(values, lambda v: v < 0),
    }


def compare(settings: Settings, proof: Proof) -> None:
    """Assert that a decided proof agrees with brute force; the proof must cover few iterations."""
    answers = list(rates(settings, range(proof.last + 1)))
    values = [rate for rate in answers if isinstance(rate, float)]
    assert all(isinstance(rate, (float, Abort)) for rate in answers)
    if proof.abort:
        assert proof.verdict == "refuted"
        assert len(values) == proof.abort.iteration
        assert all(rate == proof.abort for rate in answers[len(values) :])
    else:
        assert len(values) == len(answers)
    if not values:
        return
    expected = facts(values)
    found = {name: getattr(proof, name) for name in expected}
    wrong = {name: (v, found[name]) for name, v in expected.items() if not equal(v, found[name])}
    assert wrong == {}
    assert proof.verdict == ("proved" if expected["finite"] and not proof.abort else "refuted")
    for x in (1e-3, 0.5, 1.0, 1.5, -1.0):
        limit = x * values[0]
        assert proof.share_below(x) == sum(value < limit for value in values) / len(values)
    check_pieces(proof, values)


def equal(x: object, y: object) -> bool:
    if isinstance(x, tuple) and isinstance(y, tuple):
        return all(equal(a, b) for a, b in zip(x, y, strict=True))
    return x == y or (repr(x) == repr(y) == "nan")


def check_pieces(proof: Proof, values: list[float]) -> None:
    """Assert that the pieces cover the iterations in order and are of their kind."""
    at = 0
    for piece in proof.pieces:
        assert piece.first == at
        at = piece.last + 1
        stretch = values[piece.first : at]
        assert equal(piece.start, stretch[0])
        assert equal(piece.end, stretch[-1])
        slack = 1e-6 * max(map(abs, stretch)) + 1e-44
        pairs = list(pairwise(stretch))
        if piece.kind == "nan":
            assert all(map(math.isnan, stretch))
            continue
        assert not any(map(math.isnan, stretch))
        if piece.kind == "constant":
            assert all(abs(a - b) <= slack for a, b in pairs if a != b)
        elif piece.kind == "rising":
            assert all(a - b <= slack for a, b in pairs if a != b)
        elif piece.kind == "falling":
            assert all(b - a <= slack for a, b in pairs if a != b)
        elif piece.kind == "staircase":
            changes = [piece.first + i + 1 for i, (a, b) in enumerate(pairs) if a != b]
            assert all(i % piece.period == 0 for i in changes)
            assert stretch in (sorted(stretch), sorted(stretch, reverse=True))
        elif piece.kind not in ("cyclic", "alternating"):
            raise AssertionError(piece.kind)
    assert at == len(values)
    assert set(proof.jumps) <= {piece.first for piece in proof.pieces}

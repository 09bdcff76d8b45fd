"""Interval operators: every result in single precision lies in the interval of the result."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protolint.analysis.ranges.pointwise import e_to, log_of, sloped
from protolint.analysis.ranges.rounding import FLT_MAX, FLT_MIN, down, gamma, up
from protolint.analysis.ranges.value import (
    NAN,
    Value,
    add,
    constant,
    hull,
    larger,
    multiply,
    negate,
    plus,
    rescale,
    square,
    times,
    total,
)

F = np.float32
single = st.floats(width=32, allow_nan=False)
finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@st.composite
def pairs(draw, numbers=single):
    """Return an interval and an element of it."""
    x, y, z = sorted(draw(st.tuples(numbers, numbers, numbers)))
    return Value(x, z), F(y)


def holds(value, x):
    return value.nan if np.isnan(x) else value.lo <= x <= value.hi


@given(st.floats(allow_nan=False))
def test_rounding_encloses_and_is_single(x):
    nearest = F(x)
    assert down(x) <= nearest <= up(x)
    assert down(x) <= x <= up(x) or math.isinf(nearest)
    assert F(down(x)) == down(x)
    assert F(up(x)) == up(x)


@given(single.filter(lambda x: x == 0 or abs(x) >= FLT_MIN))
def test_singles_are_not_rounded(x):
    assert down(x) == x == up(x)


def test_rounding_at_the_ends():
    assert down(1e39) == up(1e39) == math.inf
    assert up(-1e39) == down(-1e39) == -math.inf
    assert (down(3.40282350e38), up(3.40282350e38)) == (FLT_MAX, math.inf)
    assert (down(1e-46), up(-1e-46)) == (0, 0)


@given(pairs(), pairs())
def test_sums_and_products(one, other):
    (a, x), (b, y) = one, other
    assert holds(add(a, b), x + y)
    assert holds(multiply(a, b), x * y)
    assert holds(larger(a, b), max(x, y))
    assert holds(hull((a, b)), x)
    assert holds(negate(a), -x)
    assert holds(square(a), x * x)


@given(pairs(), finite)
def test_constants(one, c):
    a, x = one
    assert holds(times(a, c), x * F(c))
    assert holds(plus(a, c), x + F(c))
    assert holds(rescale(a, c), F(x * F(c)))


@given(pairs(), pairs(finite))
def test_slopes(one, other):
    (a, x), (b, s) = one, other
    assert holds(sloped(a, b), max(x, F(0)) + s * min(x, F(0)))


@given(pairs())
def test_exponentials_and_logarithms(one):
    a, x = one
    assert holds(e_to(a), np.exp(x))
    assert holds(log_of(a), np.log(x))


@given(st.lists(finite, min_size=1, max_size=40), st.booleans())
def test_sums_of_many(numbers, backwards):
    term = Value(min(numbers), max(numbers))
    summed = F(0)
    for x in reversed(numbers) if backwards else numbers:
        summed = F(summed + F(x))
    assert holds(total(term, len(numbers)), summed)
    assert holds(total(term, len(numbers) + 3, fewer=True), summed)


@given(pairs(), pairs())
def test_wider_intervals_give_wider_results(one, other):
    (a, x), (b, y) = one, other
    for narrow, wide in (
        (add(Value(x, x), Value(y, y)), add(a, b)),
        (multiply(Value(x, x), Value(y, y)), multiply(a, b)),
        (square(Value(x, x)), square(a)),
    ):
        assert wide.nan or not narrow.nan
        assert narrow.empty or (wide.lo <= narrow.lo and narrow.hi <= wide.hi)


def test_nothing_is_made_of_nan():
    for found in (add(NAN, constant(1)), multiply(NAN, constant(0)), square(NAN), total(NAN, 3)):
        assert found.empty
        assert found.nan
        assert found.verdict == "nonfinite"


def test_signs_survive_rounding():
    assert total(Value(0, 1), 10**6).lo == 0
    assert add(Value(0, 1), Value(0, 1)) == Value(0, 2)
    assert square(Value(-3, 2)) == Value(0, 9)
    assert total(Value(-1, 0), 10**6).hi == 0


def test_the_bound_of_a_sum_is_near_its_length():
    found = total(Value(0, 1), 1000)
    assert 1000 <= found.hi <= 1000 * (1 + 2 * gamma(1000))
    assert gamma(2**24) == pytest.approx(math.e - 1)


def test_verdicts():
    assert Value(0, 1).verdict == "finite"
    assert Value(0, math.inf).verdict == "possible"
    assert Value(0, 1, nan=True).verdict == "possible"
    assert Value(0, 1, nan=True, some=True).verdict == "nonfinite"
    assert Value(math.inf, math.inf).verdict == "nonfinite"


def test_words():
    assert str(Value(0, 255)) == "[0, 255]"
    assert str(constant(0.5)) == "0.5"
    assert str(Value(-1e6, 1e6)) == "any number"
    assert str(Value(0, FLT_MAX)) == "0 or more"
    assert str(Value(-FLT_MAX, 0, nan=True)) == "0 or less or NaN"
    assert str(Value(-math.inf, 0)) == "[-inf, 0]"
    assert str(NAN) == "NaN"

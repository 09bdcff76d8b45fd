"""Arithmetic on numbers, on bounds, and on what is unknown."""

from __future__ import annotations

import ctypes
import math
from typing import Any

import pytest
from expression_samples import ENVIRONMENT, value_of
from hypothesis import given, settings
from hypothesis import strategies as st

from protolint.engine.expression.types import DOUBLE, INT, Type
from protolint.values import Interval, Unknown, unknown

SMALL = st.integers(-1000, 1000)
INT64 = st.integers(-(2**63), 2**63 - 1)
NAMES = ["a", "b", "c"]


def env(kind: Type) -> Any:
    return ENVIRONMENT._replace(variables=dict.fromkeys(NAMES, kind))


@given(INT64, INT64, st.sampled_from(["+", "-", "*"]))
def test_integers_have_64_bits(a: int, b: int, sign: str) -> None:
    exact = {"+": a + b, "-": a - b, "*": a * b}[sign]
    wrapped = ctypes.c_int64(exact).value
    expected = exact if exact == wrapped else unknown("an integer does not fit in 64 bits")
    assert value_of(f"a {sign} b", env(INT), a=a, b=b) == expected


@given(INT64, INT64.filter(bool))
def test_division_truncates_and_the_remainder_fits_it(a: int, b: int) -> None:
    if (a, b) == (-(2**63), -1):
        assert value_of("a / b", env(INT), a=a, b=b) == unknown(
            "an integer does not fit in 64 bits"
        )
        return
    quotient = value_of("a / b", env(INT), a=a, b=b)
    remainder = value_of("a % b", env(INT), a=a, b=b)
    assert quotient * b + remainder == a
    assert abs(remainder) < abs(b)
    assert remainder == 0 or (remainder < 0) == (a < 0)


@given(st.floats(), st.floats(), st.sampled_from(["+", "-", "*", "/"]))
def test_doubles_are_ieee(a: float, b: float, sign: str) -> None:
    if sign == "/" and b == 0:
        sign_of_b = math.copysign(1.0, b)
        expected = math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * sign_of_b
    else:
        operation = {"+": float.__add__, "-": float.__sub__, "*": float.__mul__}
        expected = operation.get(sign, float.__truediv__)(a, b)
    found = value_of(f"a {sign} b", env(DOUBLE), a=a, b=b)
    assert found == expected or (math.isnan(found) and math.isnan(expected))
    assert type(found) is float


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1 / 0", "division by zero"),
        ("1 % 0", "remainder of a division by zero"),
        ("9223372036854775807 + 1", "an integer does not fit in 64 bits"),
        ("-(-9223372036854775807 - 1)", "an integer does not fit in 64 bits"),
        ("abs(-9223372036854775807 - 1)", "an integer does not fit in 64 bits"),
        ("int(1e19)", "an integer does not fit in 64 bits"),
        ("int(1 / 0.0)", "inf is no integer"),
        ("int(0.0 / 0.0)", "nan is no integer"),
        ("[1, 2][2]", "index 2 is outside a list of 2"),
        ("[1, 2][-1]", "index -1 is outside a list of 2"),
        ("min(solver.stepvalue)", "min of an empty list"),
        ("max(solver.stepvalue)", "max of an empty list"),
    ],
)
def test_a_failure_is_a_reason_and_is_absorbed(text: str, reason: str) -> None:
    assert value_of(text) == unknown(reason)
    assert value_of(f"{text} == 0 && false") is False
    assert value_of(f"true || {text} == 0") is True
    assert value_of(f"{text} == 0 || false") == unknown(reason)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2.5", 3.5),
        ("7 / 2.0", 3.5),
        ("7.0 / 2", 3.5),
        ("int(-2.7)", -2),
        ("int(3)", 3),
        ("double(3)", 3.0),
        ("1 / 0.0", math.inf),
        ("1 / -0.0", -math.inf),
        ("-1.0 / 0", -math.inf),
        ("-1 / -0.0", math.inf),
        ("abs(-2.5)", 2.5),
        ("min(3, 1, 2)", 1),
        ("max([3, 1, 2])", 3),
        ("max(1, 0.5)", 1.0),
        ("min(1, 2.5)", 1.0),
        ("min([4])", 4),
        ("1 == 1.0", True),
        ("9007199254740993 == 9007199254740992.0", False),
    ],
)
def test_numbers(text: str, expected: object) -> None:
    found = value_of(text)
    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize("text", ["a < a", "a <= a", "a > a", "a >= a", "a == a", "a in [a]"])
@pytest.mark.parametrize("other", [0.0, math.nan, math.inf, Interval(-1.0, 1.0)])
def test_nan_is_in_no_order(text: str, other: object) -> None:
    swapped = text.replace("a ", "b ", 1)
    assert value_of(swapped, env(DOUBLE), a=math.nan, b=other) is False
    assert value_of(swapped, env(DOUBLE), b=math.nan, a=other) is False
    assert value_of("a != b", env(DOUBLE), a=math.nan, b=other) is True


@pytest.mark.parametrize("text", ["min(a, b)", "min(b, a)", "max(a, b)", "max(b, a)", "abs(a)"])
def test_nan_is_the_extreme_of_all(text: str) -> None:
    assert math.isnan(value_of(text, env(DOUBLE), a=math.nan, b=1.0))


@pytest.mark.parametrize(
    "text", ["a + b", "a * b", "b / a", "min(a, b)", "max(b, a)", "-a", "abs(a)"]
)
def test_nan_spreads_through_bounds(text: str) -> None:
    assert math.isnan(value_of(text, env(DOUBLE), a=math.nan, b=Interval(0.0, math.inf)))


FEW, MANY = Interval(1.0, 3.0, frozenset({"f"})), Interval(2.0, math.inf, frozenset({"m"}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a < 5.0", True),
        ("a < 3.0", unknown("f")),
        ("a <= 3.0", True),
        ("a < 1.0", False),
        ("a <= 1.0", unknown("f")),
        ("a <= 0.5", False),
        ("a > 0.0", True),
        ("a >= 1.0", True),
        ("a >= 3.0", unknown("f")),
        ("a == 2.0", unknown("f")),
        ("a == 4.0", False),
        ("a != 4.0", True),
        ("a < b", unknown("f", "m")),
        ("b > 1.0 && a < 4.0", True),
        ("a in [4.0, 5.0]", False),
        ("a in [4.0, 2.0]", unknown("f")),
        ("a + b", Interval(3.0, math.inf, frozenset({"f", "m"}))),
        ("a - b", Interval(-math.inf, 1.0, frozenset({"f", "m"}))),
        ("a * -2.0", Interval(-6.0, -2.0, frozenset({"f"}))),
        ("2.0 / a", Interval(2.0 / 3.0, 2.0, frozenset({"f"}))),
        ("a / b", Interval(0.0, 1.5, frozenset({"f", "m"}))),
        ("b / b", unknown("m")),
        ("b - b", unknown("m")),
        ("0.0 * b", unknown("m")),
        ("(a - 2.0) * b", unknown("f", "m")),
        ("b * (a - 2.0)", unknown("f", "m")),
        ("1.0 / (a - 2.0)", unknown("f")),
        ("-a", Interval(-3.0, -1.0, frozenset({"f"}))),
        ("abs(a - 2.0)", Interval(0.0, 1.0, frozenset({"f"}))),
        ("abs(a - 9.0)", Interval(6.0, 8.0, frozenset({"f"}))),
        ("min(a, 2.0)", Interval(1.0, 2.0, frozenset({"f"}))),
        ("max([a, b])", Interval(2.0, math.inf, frozenset({"f", "m"}))),
        ("int(a / 2.0)", Interval(0, 1, frozenset({"f"}))),
        ("int(b)", unknown("m")),
        ("double(a)", FEW),
        ("a + c", unknown("f", "u")),
        ("c + 1.0", unknown("u")),
        ("-c", unknown("u")),
        ("abs(c)", unknown("u")),
        ("int(c)", unknown("u")),
        ("c == a", unknown("f", "u")),
        ("[1, 2][int(a)]", unknown("f")),
        ("int(a) % 2", unknown("f")),
    ],
)
def test_bounds(text: str, expected: object) -> None:
    found = value_of(text, env(DOUBLE), a=FEW, b=MANY, c=unknown("u"))
    assert (type(found), found) == (type(expected), expected)


def test_an_interval_of_one_number_is_compared_like_it() -> None:
    assert value_of("a == 3", env(INT), a=Interval(3, 3)) is True
    assert value_of("a / 2 < 2", env(INT), a=Interval(3, 3)) is True
    assert value_of("7 / a >= 2", env(INT), a=Interval(3, 3)) is True


def test_a_quotient_of_bounds_encloses_the_truncated_one() -> None:
    assert value_of("a / 2", env(INT), a=Interval(3, 5)) == Interval(1, 2.5)
    assert value_of("a / 2", env(INT), a=Interval(3.0, 5.0)) == Interval(1, 2.5)
    assert value_of("a / 2", env(INT), a=Interval(-5, -3)) == Interval(-2.5, -1)
    assert value_of("a / 2.0", env(INT), a=Interval(3, 5)) == Interval(1.5, 2.5)
    large = 2**62 + 1  # no double
    assert value_of("a / b", env(INT), a=Interval(large, large), b=1) == Interval(2**62, large)


def expressions(signs: list[str], calls: list[str]) -> st.SearchStrategy[str]:
    return st.recursive(
        st.sampled_from([*NAMES, "2", "-3"]),
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from(signs), inner),
            st.builds("{}({})".format, st.sampled_from(["-", "abs"]), inner),
            st.builds("{}({}, {})".format, st.sampled_from(calls), inner, inner),
        ),
        max_leaves=6,
    )


ENDS = SMALL.map(float) | st.sampled_from(
    [0.0, -0.0, 0.1, 1e300, -1e300, 5e-324, math.inf, -math.inf]
)


@st.composite
def samples(draw: st.DrawFn, ends: st.SearchStrategy[Any]) -> tuple[Interval, Any]:
    """Draw an interval and a number in it."""
    lo, between, hi = sorted(draw(st.tuples(ends, ends, ends)))
    return Interval(lo, hi, frozenset({"open"})), draw(st.sampled_from([lo, between, hi]))


def _encloses(result: Any, value: Any) -> bool:
    if type(result) is Unknown:
        return bool(result.reasons)
    if type(result) is Interval:
        return bool(result.lo <= value <= result.hi)
    return bool(result == value or (result != result and value != value))  # noqa: PLR0124  NaN


@settings(max_examples=400, deadline=None)
@given(expressions(["+", "-", "*", "/"], ["min", "max"]), st.tuples(*[samples(ENDS)] * len(NAMES)))
def test_bounds_enclose_doubles(text: str, drawn: Any) -> None:
    _hold(text, DOUBLE, drawn)


@settings(max_examples=400, deadline=None)
@given(
    expressions(["+", "-", "*", "/", "%"], ["min", "max"]),
    st.tuples(*[samples(SMALL)] * len(NAMES)),
    st.booleans(),
)
def test_bounds_enclose_integers(text: str, drawn: Any, float_ends: bool) -> None:
    if float_ends:
        drawn = [(Interval(float(i.lo), float(i.hi), i.reasons), value) for i, value in drawn]
    _hold(text, INT, drawn)


def _hold(text: str, kind: Type, drawn: Any) -> None:
    bounded = {name: interval for name, (interval, _) in zip(NAMES, drawn, strict=True)}
    exact = {name: value for name, (_, value) in zip(NAMES, drawn, strict=True)}
    value = value_of(text, env(kind), **exact)
    result = value_of(text, env(kind), **bounded)
    assert type(result) is Unknown or type(value) is not Unknown
    assert _encloses(result, value)
    for sign in ("<", "<=", "==", "!=", ">", ">="):
        verdict = value_of(f"{text} {sign} a", env(kind), **{**bounded, "a": exact["a"]})
        if type(verdict) is not Unknown:
            assert verdict is value_of(f"{text} {sign} a", env(kind), **exact)

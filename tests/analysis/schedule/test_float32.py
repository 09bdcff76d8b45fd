"""Rounding, powf and expf: against exact arithmetic and against the platform's libm."""

from __future__ import annotations

import ctypes
import ctypes.util
import math
import random
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protolint.analysis.schedule import float32
from protolint.analysis.schedule.float32 import expf, powf
from protolint.single import single

if TYPE_CHECKING:
    from collections.abc import Callable

singles = st.floats(width=32)
finite = st.floats(width=32, allow_nan=False, allow_infinity=False)


def step(x: float, ulps: int) -> float:
    """Return the single that is some units in the last place away from a positive single."""
    bits = int.from_bytes(ctypes.c_float(x), "little") + ulps
    return float(ctypes.c_float.from_buffer_copy(bits.to_bytes(4, "little")).value)


@given(st.floats())
def test_single_rounds_as_c(x: float) -> None:
    assert repr(single(x)) == repr(ctypes.c_float(x).value)


@pytest.mark.parametrize(
    ("x", "rounded"),
    [
        (float32.LARGEST + 2.0**103, math.inf),
        (math.nextafter(float32.LARGEST + 2.0**103, 0), float32.LARGEST),
        (-1e300, -math.inf),
        (2.0**-150, 0.0),
        (math.nextafter(2.0**-150, 1), float32.SMALLEST),
        (1 + 2.0**-24, 1.0),
        (1 + 3 * 2.0**-24, 1 + 2.0**-22),
    ],
)
def test_single_at_its_limits(x: float, rounded: float) -> None:
    assert single(x) == rounded


@given(finite, finite, finite)
def test_double_then_single_is_single(x: float, y: float, z: float) -> None:
    def rounded(exact: Fraction) -> float:
        """Round an exact number once: to odd in double, then to single."""
        near = float(exact)
        if Fraction(near) != exact and int(math.frexp(near)[0] * 2**53) % 2 == 0:
            near = math.nextafter(near, math.inf if exact > Fraction(near) else -math.inf)
        return single(near)

    assert single(x * y) == rounded(Fraction(x) * Fraction(y))
    assert single(x + y) == rounded(Fraction(x) + Fraction(y))
    if z:
        assert single(x / z) == rounded(Fraction(x) / Fraction(z))


@given(st.floats(2.0**-20, 2.0**20, width=32), st.floats(-6, 6, width=32))
def test_powf_is_correctly_rounded(x: float, y: float) -> None:
    found = powf(x, y)
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(x) ** Decimal(y)
        error = abs(Decimal(found) - exact)
        assert error <= abs(Decimal(step(found, 1)) - exact)
        assert error <= abs(Decimal(step(found, -1)) - exact)


@given(st.floats(-80, 80, width=32))
def test_expf_is_correctly_rounded(x: float) -> None:
    found = expf(x)
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(x).exp()
        error = abs(Decimal(found) - exact)
        assert error <= abs(Decimal(step(found, 1)) - exact)
        assert error <= abs(Decimal(step(found, -1)) - exact)


@pytest.mark.parametrize(
    ("base", "exponent", "low", "high", "expected"),
    [
        (4097.0, 2.0, 16785408.0, 16785410.0, 16785408.0),  # 16785409 is a tie: to even
        (259.0, 3.0, 17373978.0, 17373980.0, 17373980.0),  # 17373979 is a tie: to even
        (None, 1.0, step(math.e, 0), step(math.e, 1), single(math.e)),
        (2.0, 128.0, float32.LARGEST, math.inf, math.inf),
        (-4097.0, 2.0, 16785408.0, 16785410.0, 16785408.0),
        (0.1, 1.0, step(0.1, -1), step(0.1, 0), single(0.1)),
    ],
)
def test_close_calls_are_settled_exactly(
    base: float | None, exponent: float, low: float, high: float, expected: float
) -> None:
    assert float32._settle(base, exponent, low, high) == expected


@pytest.mark.parametrize("places", [-4, -1, 0, 1, 4])
def test_a_libm_that_is_off_by_some_places_makes_no_difference(
    monkeypatch: pytest.MonkeyPatch, places: int
) -> None:
    """sqrt(1 - 2**-24) is 2**-51 below the middle of two singles; 4097**2 is at a middle."""

    def off(function: Callable[..., float]) -> Callable[..., float]:
        return lambda *arguments: function(*arguments) * (1 + places * 2.0**-53)

    monkeypatch.setattr(float32, "pow_double", off(math.pow))
    monkeypatch.setattr(float32, "exp_double", off(math.exp))
    assert powf(1 - 2.0**-24, 0.5) == 1 - 2.0**-24
    assert powf(4097.0, 2.0) == 16785408.0
    assert expf(-(2.0**-25)) == 1.0
    assert expf(2.0**-24) == 1 + 2.0**-23


SPECIAL = (0.0, -0.0, 1.0, -1.0, 2.0, 3.0, 0.5, -0.5, -2.0, -3.0, 1e30, -1e30, 2**24 + 2.0)
LIMITS = (math.inf, -math.inf, math.nan, 1e-40, -1e-40)


def library(name: str, arguments: int, kind: type) -> Callable[..., float]:
    path = ctypes.util.find_library("m")
    if path is None:
        pytest.skip("the platform has no libm to load")
    function = getattr(ctypes.CDLL(path), name)
    function.restype, function.argtypes = kind, [kind] * arguments
    return cast("Callable[..., float]", function)


def test_special_cases_are_those_of_c() -> None:
    pow32 = library("powf", 2, ctypes.c_float)
    pow64 = library("pow", 2, ctypes.c_double)
    exp32 = library("expf", 1, ctypes.c_float)
    for x in SPECIAL + LIMITS:
        assert repr(expf(x)) == repr(abs(exp32(x)))
        for y in SPECIAL + LIMITS:
            a, b = float32.pow_double(x, y), pow64(x, y)
            assert repr(a) == repr(b), (x, y)
            c, d = powf(single(x), single(y)), pow32(x, y)
            assert repr(c) == repr(d), (x, y)


def test_libm_differs_rarely_and_by_one_place() -> None:
    """Caffe's powf and expf are the platform's: say how near ours are."""
    pow32 = library("powf", 2, ctypes.c_float)
    exp32 = library("expf", 1, ctypes.c_float)
    source = random.Random(0)  # noqa: S311 - samples, not secrets
    differing = 0
    count = 20_000
    for _ in range(count):
        x = single(source.uniform(0.0001, 1))
        y = single(source.uniform(0.1, 4))
        z = single(source.uniform(-80, 80))
        for ours, theirs in ((powf(x, y), pow32(x, y)), (expf(z), exp32(z))):
            if ours != theirs:
                differing += 1
                assert theirs in (step(ours, 1), step(ours, -1))
    assert differing < count * 2 * 0.002

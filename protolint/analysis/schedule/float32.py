"""Single-precision arithmetic in double precision: rounding, powf and expf.

A Python float holds every single-precision value exactly, and one ``+ - * /`` of two such values
done in double and then rounded gives what the single-precision operation gives (double has more
than twice the digits), so ``single`` after each operation is all the arithmetic needs.

``powf`` and ``expf`` are *correctly rounded* here: the libm's double result is taken when every
value within 2**-50 of it (relative) rounds to the same single; the rare rest is settled in
decimal arithmetic. Assumption: the libm's double ``pow`` and ``exp`` err by less than 2**-51,
as those of glibc, musl, macOS and Windows do. Two things follow: the result is the same on every
platform, and a rounded monotone function stays monotone, on which the proof rests. Caffe calls
its platform's powf and expf, which need not round correctly: glibc's differ from this by one unit
in the last place in less than one call of a thousand (tested).
"""

from __future__ import annotations

import math

from protolint.single import single

SMALLEST = 2.0**-149
SMALLEST_NORMAL = 2.0**-126
LARGEST = 2.0**128 - 2.0**104

_BELOW, _ABOVE = 1 - 2.0**-50, 1 + 2.0**-50


def divide(x: float, y: float) -> float:
    """Divide as IEEE 754 does, in double: x/0 is infinite, 0/0 is NaN."""
    if y:
        return x / y
    if x == 0 or math.isnan(x):
        return math.nan
    return math.copysign(math.inf, x) * math.copysign(1.0, y)


def pow_double(x: float, y: float) -> float:
    """Return C's ``pow``: where Python raises, the infinity or NaN that C returns."""
    try:
        return math.pow(x, y)
    except OverflowError:
        return -math.inf if x < 0 and y % 2 else math.inf
    except ValueError:
        if x:
            return math.nan  # a negative number to a fractional power
        return math.copysign(math.inf, x) if y % 2 == 1 else math.inf


def exp_double(x: float) -> float:
    """Return C's ``exp``: infinite where Python raises."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def cos_double(x: float) -> float:
    """Return C's ``cos``: NaN of an infinity, where Python raises."""
    return math.cos(x) if math.isfinite(x) else math.nan


def powf(x: float, y: float) -> float:
    """Return x**y of two singles, correctly rounded to single; special cases as C's ``powf``."""
    value = pow_double(x, y)
    low, high = single(value * _BELOW), single(value * _ABOVE)
    if low == high:
        return low
    if math.isnan(value):
        return value
    return _settle(x, y, low, high)


def expf(x: float) -> float:
    """Return e**x of a single, correctly rounded to single."""
    value = exp_double(x)
    low, high = single(value * _BELOW), single(value * _ABOVE)
    if low == high:
        return low
    if math.isnan(value):
        return value
    return _settle(None, x, low, high)


def _settle(base: float | None, exponent: float, low: float, high: float) -> float:
    """Choose between the neighbours ``low`` and ``high``; a ``base`` of None is e."""
    from decimal import Decimal, localcontext  # noqa: PLC0415 - rarely needed, slow to import

    if math.isinf(low) or math.isinf(high):
        middle = math.copysign(LARGEST + 2.0**103, low)
    else:
        middle = (low + high) / 2
    with localcontext() as context:
        context.prec = 80
        power = Decimal(exponent)
        exact = power.exp() if base is None else Decimal(abs(base)) ** power
        above = exact - Decimal(abs(middle))
        if abs(above) <= exact.scaleb(-60):
            return single(middle)  # exactly between them: ties to even
    return max(low, high, key=abs) if above > 0 else min(low, high, key=abs)

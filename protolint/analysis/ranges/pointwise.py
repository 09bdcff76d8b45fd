"""Layers that map each element by itself: activations, powers, exponentials, logarithms."""

from __future__ import annotations

import math
from math import inf

from protolint.analysis.ranges.place import need, number
from protolint.analysis.ranges.rounding import (
    FLT_MAX,
    down,
    library_down,
    library_up,
    up,
)
from protolint.analysis.ranges.value import (
    NAN,
    NONE,
    Value,
    constant,
    monotone,
    negate,
    plus,
    square,
    times,
    with_number,
)
from protolint.analysis.ranges.weights import weight
from protolint.layers.fields import section
from protolint.single import single
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from protolint.analysis.ranges.place import Place
    from protolint.analysis.ranges.value import Reasons

LOG_MAX = 88.72284
"""The logarithm of the largest single, rounded up: e to the power of more may be infinite."""

_OFF = 2.0**-22
"""How far off functions are that pass through 1 in single precision: e^x - 1, ln(1 + e^x), and
the sigmoid, which is computed as 0.5 tanh(0.5 x) + 0.5, on some devices in single precision."""


def relu(place: Place) -> Value:
    """Return max(x, 0) + slope · min(x, 0)."""
    slope = number(section(place.layer.message, "relu_param"), "negative_slope")
    return sloped(place.bottoms[0], Value(slope, slope))


def prelu(place: Place) -> Value:
    """Return a ReLU whose slopes are learned."""
    slope = weight(place, 0)
    if place.weights == "ordinary" and slope.free:
        slope = Value(0.0, 1.0)
    return sloped(place.bottoms[0], slope)


def sloped(x: Value, slope: Value) -> Value:
    """Return x where it is positive, and slope · x where it is negative."""
    if x.empty:
        return NAN
    if x.lo >= 0:
        return x
    nan = x.nan or (x.lo == -inf and slope.lo <= 0 <= slope.hi)
    ends = [
        0.0 if v == 0 or s == 0 else v * s
        for v in (x.lo, min(x.hi, 0.0))
        for s in (slope.lo, slope.hi)
    ]
    low, high = down(min(ends)), up(max(ends))
    lo_why = NONE if low == 0 else x.lo_why
    if x.hi < high:
        return Value(low, high, nan, x.some, lo_why, x.lo_why, x.free)
    return Value(low, x.hi if x.hi > 0 else high, nan, x.some, lo_why, x.hi_why, x.free)


def elu(place: Place) -> Value:
    """Return x where it is positive, else alpha (e^x - 1)."""
    alpha = number(section(place.layer.message, "elu_param"), "alpha")
    x = place.bottoms[0]
    if x.empty:
        return NAN
    if x.lo >= 0:
        return x
    deepest = max(math.expm1(x.lo) - _OFF, -1.0)
    curved = x._replace(lo=down(deepest), hi=max(x.hi, 0.0))
    some = x.some and x.lo > -inf  # of -inf it is -alpha
    return sloped(curved, Value(alpha, alpha))._replace(nan=x.nan, some=some)


def abs_val(place: Place) -> Value:
    """Return the magnitude; 0 counts as reached where it may be."""
    x = place.bottoms[0]
    if x.empty:
        return NAN
    if x.lo >= 0:
        return x
    if x.hi <= 0:
        return negate(x)
    turned = -x.lo > x.hi
    hi_why = x.lo_why if turned else x.hi_why
    return Value(0.0, max(-x.lo, x.hi), x.nan, x.some, NONE, hi_why, x.free)


def sigmoid(place: Place) -> Value:
    """Return 1 / (1 + e^-x)."""
    return _sigmoid(place.bottoms[0])


def _sigmoid(x: Value) -> Value:
    found = monotone(
        x,
        lambda v: down(max(0.5 * math.tanh(0.5 * v) + 0.5 - _OFF, 0.0)),
        lambda v: up(min(0.5 * math.tanh(0.5 * v) + 0.5 + _OFF, 1.0)),
    )
    return _saturated(found, x, 0.0, 1.0)


def tanh(place: Place) -> Value:
    """Return the hyperbolic tangent."""
    x = place.bottoms[0]
    found = monotone(
        x,
        lambda v: max(library_down(math.tanh(v)), -1.0),
        lambda v: min(library_up(math.tanh(v)), 1.0),
    )
    return _saturated(found, x, -1.0, 1.0)


def _saturated(found: Value, x: Value, lowest: float, highest: float) -> Value:
    """Return the value of a function that saturates, which is taken to be meant to."""
    if found.empty:
        return found
    return found._replace(
        lo_why=NONE if found.lo == lowest else x.lo_why,
        hi_why=NONE if found.hi == highest else x.hi_why,
        some=x.nan and x.some and x.lo > -inf and x.hi < inf,
        free=False,
    )


def bnll(place: Place) -> Value:
    """Return ln(1 + e^x)."""
    x = place.bottoms[0]

    def softplus(v: float) -> float:
        return max(v, 0.0) + math.log1p(math.exp(-abs(v)))

    found = monotone(
        x,
        lambda v: max(library_down(softplus(v) - _OFF), 0.0),
        lambda v: library_up(softplus(v) + _OFF) if v < FLT_MAX else v,
    )
    lo_why = NONE if found.lo == 0 else x.lo_why
    return found._replace(lo_why=lo_why, some=x.some and x.lo > -inf)  # of -inf it is 0


def swish(place: Place) -> Value:
    """Return x · sigmoid(beta x), which is no less than -0.2785 / beta."""
    beta = number(section(place.layer.message, "swish_param"), "beta")
    x = place.bottoms[0]
    if x.empty:
        return NAN
    if beta == 0:
        # 0 times infinity is NaN within the sigmoid.
        return times(x, 0.5)._replace(nan=x.verdict != "finite")
    positive = x if beta > 0 else negate(x)
    depth = library_down(-0.27847 / abs(beta))
    lo = min(max(depth, positive.lo), 0.0)
    nan = x.nan or positive.lo == -inf
    hi = max(positive.hi, 0.0)
    lo_why = positive.lo_why if lo > depth else NONE
    found = Value(lo, hi, nan, False, lo_why, positive.hi_why, x.free)
    return found if beta > 0 else negate(found)


def threshold(place: Place) -> Value:
    """Return 1 above the threshold, else 0; a NaN is not above it."""
    at = number(section(place.layer.message, "threshold_param"), "threshold")
    x = place.bottoms[0]
    if not x.nan and x.lo > at:
        return constant(1.0)
    if x.hi <= at or x.empty:
        return constant(0.0)
    return Value(0.0, 1.0)


def clip(place: Place) -> Value:
    """Return max(min, min(x, max)); a NaN may stay one, or become an end."""
    param = section(place.layer.message, "clip_param")
    lowest, highest = number(param, "min"), number(param, "max")
    return clipped(place.bottoms[0], lowest, highest)


def clipped(x: Value, lowest: float, highest: float) -> Value:
    """Return max(lowest, min(x, highest))."""
    if x.nan or lowest > highest:
        lo, hi = sorted((lowest, highest))
        return Value(lo, hi, x.nan)
    return Value(
        min(max(x.lo, lowest), highest),
        min(max(x.hi, lowest), highest),
        lo_why=NONE if x.lo <= lowest or x.lo >= highest else x.lo_why,
        hi_why=NONE if x.hi >= highest or x.hi <= lowest else x.hi_why,
        free=x.free and (x.lo > lowest or x.hi < highest),
    )


def dropout(place: Place) -> Value:
    """Return in training x or 0 over the share that is kept, in a test x itself."""
    x = place.bottoms[0]
    if place.phase != "TRAIN":
        return x
    ratio = number(section(place.layer.message, "dropout_param"), "dropout_ratio")
    if ratio == 0:
        return x
    if ratio == 1:
        place.warn("dropout", x, sure=True)
        return NAN
    if not 0 < ratio < 1:
        return x  # Caffe stops
    kept = times(x, single(1 / (1 - single(ratio))))
    kept = kept._replace(lo=library_down(kept.lo), hi=library_up(kept.hi))
    nan = x.nan or x.hi == inf or x.lo == -inf
    return with_number(kept, 0.0)._replace(nan=nan, some=x.some or x.never_finite)


def affine(x: Value, scale: float, shift: float) -> Value:
    """Return shift + scale · x."""
    return plus(times(x, scale), shift)


def power(place: Place) -> Value:
    """Return (shift + scale · x)^power."""
    param = section(place.layer.message, "power_param")
    exponent, scale, shift = (number(param, name) for name in ("power", "scale", "shift"))
    x = place.bottoms[0]
    if exponent == 0 or scale == 0:
        base = constant(shift)
        return constant(1.0) if exponent == 0 else _power(place, base, exponent)
    base = affine(x, scale, shift)
    if exponent == 1:
        return _watch(place, x, base)
    if place.backward and exponent != 2:
        reached, why = meets_zero(base)
        if base.lo <= 0 <= base.hi:
            place.warn("zero-gradient", base, sure=base.lo == base.hi, reached=reached, why=why)
    return _watch(place, base, _power(place, base, exponent))


def meets_zero(value: Value) -> tuple[bool, Reasons]:
    """Return whether 0 is reached by what is within the interval, else what is not known.

    Nothing says that numbers whose scale is learned are ever exactly 0 between the two ends.
    """
    if value.lo > 0 or value.hi < 0:
        return False, NONE
    why = value.lo_why if value.lo == 0 else value.hi_why if value.hi == 0 else value.why
    if value.lo < 0 < value.hi and value.free:
        return False, why | {"whether a value is exactly 0 depends on what is learned"}
    return not why, why


def _power(place: Place, base: Value, exponent: float) -> Value:
    if base.empty:
        return NAN
    whole = exponent == math.floor(exponent)
    nan, lo, hi = base.nan, base.lo, base.hi
    if not whole and lo < 0:
        infinite = lo == -inf  # (-inf)^0.5 is inf, (-inf)^-0.5 is 0
        sure = hi < 0 and not infinite
        place.warn("negative-base", base, sure=sure, reached=not base.lo_why, why=base.lo_why)
        if sure:
            return NAN
        if hi < 0:
            return Value(0.0, inf, nan=True)
        base, nan, lo = base._replace(lo=0.0, lo_why=NONE), True, 0.0
        hi = inf if infinite else hi
    if exponent < 0 and lo <= 0 <= hi:
        reached, why = meets_zero(base)
        sure = lo == hi == 0
        place.warn("zero-base", base, sure=sure, reached=reached, why=why)
        if sure:
            return Value(inf if exponent % 2 != 1 else -inf, inf, nan, some=True)
    ends = [_raised(end, exponent, lo, hi) for end in (lo, hi)]
    if exponent < 0 and lo <= 0 <= hi:
        ends += [inf] if lo == 0 and (exponent % 2 != 1) else [inf, -inf]
        if exponent % 2 != 1:
            ends = [max(end, 0.0) for end in ends]
    elif exponent > 0 and whole and exponent % 2 == 0 and lo < 0 < hi:
        ends.append(0.0)
    low, high = min(ends), max(ends)
    low_why, high_why = _whys(base, exponent, lo, hi)
    low = library_down(low)
    if not whole or exponent % 2 == 0 or lo > 0 or (lo == 0 and exponent > 0):
        low = max(low, 0.0)
    # Infinity to a negative power is 0.
    some = base.some and (exponent > 0 or -inf < base.lo <= base.hi < inf)
    return Value(low, library_up(high), nan, some, low_why, high_why, base.free)


def _raised(x: float, exponent: float, lo: float, hi: float) -> float:
    """Return a power of an end, its sign at 0 that of the side the interval lies on."""
    if x == 0 and exponent < 0:
        return -inf if lo < 0 and hi == 0 and exponent % 2 == 1 else inf
    try:
        return math.pow(x, exponent)
    except OverflowError:
        return -inf if x < 0 and exponent % 2 == 1 else inf


def _whys(base: Value, exponent: float, lo: float, hi: float) -> tuple[Reasons, Reasons]:
    if lo >= 0:
        whys = base.lo_why, base.hi_why
        return whys if exponent > 0 else (whys[1], whys[0])
    if exponent > 0 and exponent % 2 == 0:
        squared = square(Value(lo, hi, lo_why=base.lo_why, hi_why=base.hi_why))
        return squared.lo_why, squared.hi_why
    if exponent > 0:
        return base.lo_why, base.hi_why
    return base.why, base.why


def _watch(place: Place, x: Value, result: Value) -> Value:
    """Report numbers of known size that overflow."""
    grows = (result.hi == inf and x.hi < inf) or (result.lo == -inf and x.lo > -inf)
    told = place.hazards and place.hazards[-1].step == place.step
    if grows and not x.nan and -inf < x.lo <= x.hi < inf and not told:
        why = x.why
        sure = result.never_finite
        place.warn("overflow", x, sure=sure, reached=not why and not x.free, why=why)
    return result


def exponential(place: Place) -> Value:
    """Return base^(shift + scale · x), as base^shift times e^(ln(base) · scale · x)."""
    param = section(place.layer.message, "exp_param")
    base, scale, shift = (number(param, name) for name in ("base", "scale", "shift"))
    log_base = 1.0 if base == -1 else single(math.log(base)) if base > 0 else need(None)
    x = place.bottoms[0]
    inner = times(x, single(log_base * scale))
    inner = inner._replace(lo=library_down(inner.lo), hi=library_up(inner.hi)) if scale else inner
    try:
        outer = math.exp(shift) if base == -1 else math.pow(base, shift)
    except OverflowError:
        outer = inf
    raised = e_to(inner)
    if outer != 1:
        factor = Value(library_down(outer), library_up(outer))
        raised = _scaled(raised, factor)
    if raised.hi == inf and not inner.empty:
        sure = raised.never_finite
        place.warn("exp", inner, sure=sure, reached=not inner.hi_why, why=inner.hi_why)
    return raised


def e_to(x: Value) -> Value:
    """Return e^x, which is infinite above 88.72 and 0 below -103.97."""
    found = monotone(
        x,
        lambda v: _exp(v, library_down) if v > -87 else 0.0,
        lambda v: _exp(v, library_up) if v > -103.9 else 1.5e-45,
    )
    return found._replace(some=x.some and x.lo > -inf)  # of -inf it is 0


def _exp(v: float, outward: Callable[[float], float]) -> float:
    return outward(math.exp(v)) if v < 700 else inf


def _scaled(raised: Value, factor: Value) -> Value:
    """Return e^x times a factor that is not negative and may be infinite."""
    if raised.empty:
        return NAN
    ends = [
        0.0 if x == 0 or f == 0 else x * f
        for x in (raised.lo, raised.hi)
        for f in (factor.lo, factor.hi)
    ]
    nan = raised.nan or (raised.lo == 0 and factor.hi == inf)
    nan = nan or (raised.hi == inf and factor.lo == 0)
    low, high = library_down(min(ends)), library_up(max(ends))
    if factor.lo == inf:
        low = inf  # or NaN, where e^x is 0
    return raised._replace(lo=max(low, 0.0), hi=high, nan=nan)


def logarithm(place: Place) -> Value:
    """Return ln(shift + scale · x) / ln(base)."""
    param = section(place.layer.message, "log_param")
    base, scale, shift = (number(param, name) for name in ("base", "scale", "shift"))
    if base != -1 and (base <= 0 or base == 1):
        need(None)
    argument = affine(place.bottoms[0], scale, shift)
    if argument.lo <= 0 and not argument.empty:
        sure = argument.hi <= 0
        why = argument.lo_why
        place.warn("log", argument, sure=sure, reached=not why, why=why)
    result = log_of(argument)
    if base == -1:
        return result
    factor = single(1 / single(math.log(base)))
    return times(result, factor)._replace(free=result.free)


def log_of(x: Value) -> Value:
    """Return ln(x): -inf of 0, NaN of negative numbers."""
    if x.empty or x.hi < 0:
        return NAN
    nan = x.nan or x.lo < 0

    def log(v: float) -> float:
        return -inf if v <= 0 else math.log(v) if v < inf else inf

    return Value(
        library_down(log(x.lo)),
        library_up(log(x.hi)),
        nan,
        x.some,
        x.lo_why,
        x.hi_why,
        x.free,
    )


FUNCTIONS = {
    "AbsVal": abs_val,
    "BNLL": bnll,
    "Clip": clip,
    "Dropout": dropout,
    "ELU": elu,
    "Exp": exponential,
    "Log": logarithm,
    "PReLU": prelu,
    "Power": power,
    "ReLU": relu,
    "Sigmoid": sigmoid,
    "Swish": swish,
    "TanH": tanh,
    "Threshold": threshold,
}

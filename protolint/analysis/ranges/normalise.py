"""BatchNorm, LRN, MVN and Softmax."""

from __future__ import annotations

import math
from math import inf

from protolint.analysis.ranges.place import Lost, need, number
from protolint.analysis.ranges.rounding import down, gamma, library_down, library_up, up
from protolint.analysis.ranges.value import (
    NAN,
    NONE,
    Value,
    add,
    multiply,
    negate,
    plus,
    square,
    times,
    total,
)
from protolint.layers.fields import flag, integer, section, word
from protolint.layers.shapes import product
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.analysis.ranges.place import Place
    from protolint.layers import Shape

_FIELDS = frozenset(("eps", "moving_average_fraction", "use_global_stats"))
"""What a BatchNorm is told in BVLC Caffe."""

_INT_MAX = 2**31 - 1


def batch_norm(place: Place) -> Value:
    """Return (x - mean) / sqrt(variance + eps), over the batch or with the statistics learned."""
    param = need(section(place.layer.message, "batch_norm_param"))
    if not _FIELDS.issuperset(param.values):
        raise Lost  # a fork's, which scales too
    eps = number(param, "eps")
    learned = flag(param, "use_global_stats") if "use_global_stats" in param.values else None
    x = place.bottoms[0]
    if learned or (learned is None and place.phase == "TEST"):
        return _by_statistics(place, x, eps)
    shape = place.shapes[0]
    count = product((shape[0], *shape[2:])) if shape else None
    return normalised(place, x, count, math.sqrt(max(eps, 0.0)))


def _by_statistics(place: Place, x: Value, eps: float) -> Value:
    """Return what running statistics make of x; they are 0 until a batch was seen."""
    if place.weights == "initial":
        if eps <= 0:
            place.warn("variance", x, sure=not x.free)
            return Value(-inf, inf, nan=True, some=True)
        factor = 1 / math.sqrt(eps)
        return multiply(x, Value(library_down(factor), library_up(factor)))
    if place.weights == "any":
        return Value(-inf, inf, nan=True, free=True)
    if eps <= 0:
        place.warn("variance", x, sure=False, why=frozenset(("the variances are learned",)))
    if x.verdict == "finite":
        return place.free()
    return Value(-inf, inf, nan=True, lo_why=x.lo_why, hi_why=x.hi_why, free=True)


def normalised(place: Place, x: Value, count: int | None, root: float) -> Value:
    """Return (x - mean) / deviation over ``count`` values, none of which exceeds sqrt(count).

    Whatever mean is subtracted, the mean square of the differences is at least the square of one
    of them over ``count``. ``root`` is what the deviation of values that do not vary is replaced
    by; with 0 they give 0/0, and a negative ``eps`` the root of a negative number.
    """
    if x.empty:
        return NAN
    most = _INT_MAX if count is None else max(count, 1)
    limit = up(math.sqrt(most) * (1 + 2.0**-20))
    if root <= 0:
        # A value less itself is 0, and infinity less itself NaN: NaN over 0 either way.
        still = root == 0 and ((x.lo == x.hi == 0 and not x.nan) or count == 1)
        why = NONE if x.lo == x.hi else frozenset(("whether a channel varies",))
        place.warn("variance", x, sure=still, reached=x.lo == x.hi, why=why)
        if still:
            return NAN
    if root <= _LEAST_ROOT:
        # Squares of small differences underflow, and the quotient is as large as can be.
        return Value(-inf, inf, nan=True, free=True)
    if x.lo == -inf or x.hi == inf:
        return Value(-limit, limit, nan=True, free=True)
    # The mean is off by its rounding, which matters where values hardly vary.
    wide = x.hi - x.lo
    if x.lo < x.hi or (x.lo != 0 and count != 1):
        wide += max(abs(x.lo), abs(x.hi)) * (1.0 if count is None else min(gamma(count), 1.0))
    nan = x.nan or up(2 * wide * wide * most) == inf
    hi = min(limit, library_up(2 * wide / root))
    return Value(-hi, hi, nan, x.some and x.nan, free=True)


_LEAST_ROOT = 1e-18
"""The root of the smallest number that matters beside squares which underflow."""


def mvn(place: Place) -> Value:
    """Return (x - mean) / (deviation + eps) over a channel or a sample, or x - mean."""
    param = section(place.layer.message, "mvn_param")
    eps, across = number(param, "eps"), need(flag(param, "across_channels"))
    x, shape = place.bottoms[0], place.outs[0] if place.outs else None
    count = product(shape[1:] if across else shape[2:]) if shape else None
    if need(flag(param, "normalize_variance")):
        return normalised(place, x, count, eps)
    if x.empty:
        return NAN
    off = max(abs(x.lo), abs(x.hi)) * (1.0 if count is None else min(gamma(count), 1.0))
    spread = add(x, negate(x))
    lo, hi = down(spread.lo - off), up(spread.hi + off)
    return Value(lo, hi, spread.nan, lo_why=x.why, hi_why=x.why, free=x.free)


def lrn(place: Place) -> Value:
    """Return x · (k + alpha/n · sum of squares)^-beta over channels, or a window with k = 1."""
    param = section(place.layer.message, "lrn_param")
    alpha, beta = number(param, "alpha"), number(param, "beta")
    size = need(integer(param, "local_size"))
    across = need(word(param, "norm_region")) == "ACROSS_CHANNELS"
    k = number(param, "k") if across else 1.0
    x = place.bottoms[0]
    if x.empty:
        return NAN
    count = size if across else size * size
    squares = square(x)
    mean_square = times(total(squares, count, fewer=True), 1 / max(count, 1))
    base = plus(times(mean_square, alpha), k)
    base = base._replace(lo=library_down(base.lo), hi=library_up(base.hi))
    # A base that grows without bound shrinks the output, so only a small base matters.
    if base.lo <= 0 and beta != 0:
        # The sum is alike for all of it: 0 in the numerator makes 0/0 of 0 in the base.
        sure = -inf < base.lo and base.hi < 0 and beta % 1 != 0
        sure = sure or (base.lo == base.hi == 0)
        place.warn("lrn", base, sure=sure, reached=not base.lo_why, why=base.lo_why)
        return NAN if sure else Value(-inf, inf, nan=True, some=x.some)
    if base.nan:
        return Value(-inf, inf, nan=True, some=x.some)
    powers = [_to(end, -beta) for end in (base.lo, base.hi)]
    factor = Value(max(library_down(min(powers)), 0.0), library_up(max(powers)))
    result = multiply(x, factor)
    return result._replace(lo_why=x.lo_why if x.lo < 0 else NONE, hi_why=x.hi_why, free=x.free)


def _to(base: float, exponent: float) -> float:
    if base == inf:
        return inf if exponent > 0 else 0.0 if exponent < 0 else 1.0
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return inf


def softmax(place: Place) -> Value:
    """Return shares of e^x, which sum to 1; 104 below the largest they are 0."""
    name = "infogain_loss_param" if place.layer.type == "InfogainLoss" else "softmax_param"
    axis = need(integer(section(place.layer.message, name), "axis"))
    shape: Shape = place.shapes[0]
    return softmax_of(place.bottoms[0], shape[axis] if shape else None)


def softmax_of(x: Value, count: int | None) -> Value:
    """Return the value of a softmax over ``count`` elements."""
    if x.empty:
        return NAN
    nan = x.nan or x.lo == -inf or x.hi == inf
    if count == 1:
        return Value(1.0, 1.0, nan)
    wide = x.hi - x.lo
    most = _INT_MAX if count is None else count
    # The smallest share is that of one element at the low end among others at the high end.
    least = math.exp(-wide) / most if wide < 200 else 0.0
    slack = 2.0**-10 + gamma(min(most, 2**22))
    lo = library_down(least * (1 - slack)) if least > 1e-37 else 0.0
    hi = 1.0
    if count is not None and wide < 50:
        others = (count - 1) * math.exp(-wide)
        hi = min(library_up(1 / (1 + others) * (1 + slack)), 1.0)
    return Value(lo, hi, nan, lo_why=NONE if lo == 0 else x.why)


FUNCTIONS = {
    "BatchNorm": batch_norm,
    "LRN": lrn,
    "MVN": mvn,
    "Softmax": softmax,
}

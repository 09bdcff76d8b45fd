"""Layers that add up: convolutions, inner products, Eltwise, Reduction, Scale, Bias, pooling."""

from __future__ import annotations

from math import inf

from protolint.analysis.pooling import gaps
from protolint.analysis.ranges.place import Lost, need, number, size_text
from protolint.analysis.ranges.pointwise import tanh
from protolint.analysis.ranges.rounding import FLT_MAX
from protolint.analysis.ranges.value import (
    NAN,
    NONE,
    Value,
    add,
    anything,
    both,
    constant,
    hull,
    larger,
    multiply,
    rescale,
    square,
    times,
    total,
    with_number,
)
from protolint.analysis.ranges.weights import is_frozen, recurrent_weight, weight
from protolint.layers import Setup, windows
from protolint.layers.fields import flag, integer, section, word
from protolint.layers.shapes import product
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.analysis.ranges.place import Place
    from protolint.layers import Shape


def convolution(place: Place) -> tuple[Value, ...]:
    """Return sums of products over a window and the channels of a group, and a bias."""
    return tuple(_weighted(place, index, fewer=True) for index in range(len(place.bottoms)))


def inner_product(place: Place) -> Value:
    """Return sums of products over all that follows the axis, and a bias."""
    return _weighted(place, 0, fewer=False)


def _weighted(place: Place, index: int, *, fewer: bool) -> Value:
    x = place.bottoms[index]
    if place.weights == "ordinary" and not is_frozen(place):
        return _learned(place, x)
    kernel: Shape = place.params[0] if place.params else None
    count = _terms(place, kernel)
    products = multiply(x, weight(place, 0))
    result = total(products, count, fewer=fewer, size=size_text(place, index))
    return add(result, weight(place, 1)) if _has_bias(place) else result


def _learned(place: Place, x: Value) -> Value:
    """Return what ordinary weights make of a blob: scores, unless it has numbers that overflow."""
    scores = place.free()
    if x.verdict == "finite" and max(abs(x.lo), abs(x.hi)) < _HUGE:
        return scores
    return scores._replace(lo=-inf, hi=inf, nan=True, lo_why=x.lo_why, hi_why=x.hi_why)


_HUGE = 1e18
"""What is larger, as -FLT_MAX in an empty window of pooling, weights do not make ordinary again."""


def _has_bias(place: Place) -> bool:
    name = "inner_product_param" if place.layer.type == "InnerProduct" else "convolution_param"
    return need(flag(section(place.layer.message, name), "bias_term"))


def _terms(place: Place, kernel: Shape) -> int | None:
    """Return how many products make one output, at most."""
    if kernel is None:
        return None
    if place.layer.type == "Deconvolution":
        group = need(integer(section(place.layer.message, "convolution_param"), "group")) or 1
        channels = kernel[0]
        return None if channels is None else product((channels // group, *kernel[2:]))
    if place.layer.type == "InnerProduct":
        param = section(place.layer.message, "inner_product_param")
        return kernel[0] if need(flag(param, "transpose")) else kernel[1]
    return product(kernel[1:])


def embed(place: Place) -> Value:
    """Return a row of the weights, and a bias."""
    if place.weights == "ordinary" and not is_frozen(place):
        return place.free()
    bias = need(flag(section(place.layer.message, "embed_param"), "bias_term"))
    row = weight(place, 0)
    return add(row, weight(place, 1)) if bias else row


def scale(place: Place) -> Value:
    """Return x · factor + bias, learned or a second bottom."""
    x = place.bottoms[0]
    bias = need(flag(section(place.layer.message, "scale_param"), "bias_term"))
    two = len(place.bottoms) > 1
    if place.weights == "ordinary" and not two and not is_frozen(place):
        return _learned(place, x)
    if two:
        result = product_of(place, x, place.bottoms[1], same=place.versions[0] == place.versions[1])
    else:
        result = multiply(x, weight(place, 0))
    if not bias:
        return result
    if place.weights == "ordinary" and not is_frozen(place):
        return _learned(place, result)
    return add(result, weight(place, 0 if two else 1))


def bias(place: Place) -> Value:
    """Return x + a bias, learned or a second bottom."""
    x = place.bottoms[0]
    if len(place.bottoms) > 1:
        return add(x, place.bottoms[1])
    if place.weights == "ordinary" and not is_frozen(place):
        return _learned(place, x)
    return add(x, weight(place, 0))


def product_of(place: Place, x: Value, y: Value, *, same: bool) -> Value:
    """Return products element by element, and report numbers of known size that overflow."""
    result = square(x) if same else multiply(x, y)
    bounded = all(v.verdict == "finite" for v in (x, y))
    if bounded and (result.hi == inf or result.lo == -inf):
        why = x.why | y.why
        reached = not why and not (x.free or y.free)
        both_of = hull((x, y))
        place.warn("overflow", both_of, sure=result.never_finite, reached=reached, why=why)
    return result


def eltwise(place: Place) -> Value:
    """Return sums with coefficients, products, or the largest."""
    param = section(place.layer.message, "eltwise_param")
    operation = need(word(param, "operation"))
    first, *others = place.bottoms
    if operation == "PROD":
        result = first
        for index, other in enumerate(others, 1):
            same = index == 1 and place.versions[0] == place.versions[1]
            result = product_of(place, result, other, same=same)
        return result
    if operation == "MAX":
        result = first
        for other in others:
            result = larger(result, other)
        return result
    coeffs = need(param).values.get("coeff", ()) or (1.0,) * len(place.bottoms)
    result = constant(0.0)
    for value, coeff in zip(place.bottoms, coeffs, strict=False):
        if not -FLT_MAX <= coeff <= FLT_MAX:
            raise Lost
        # Nothing is added for a coefficient of 0, or 0 times infinity.
        term = times(value, coeff) if coeff else Value(0.0, 0.0, nan=value.verdict != "finite")
        result = add(result, term)
    return _uncancelled(place, result)


def _uncancelled(place: Place, result: Value) -> Value:
    """Return a sum; what one blob gives on both sides may cancel, so its ends are not reached."""
    known = [version for version in place.versions if version >= 0]
    if len(set(known)) == len(known):
        return result
    why = frozenset(("a blob is added to itself",))
    return result._replace(lo_why=result.lo_why | why, hi_why=result.hi_why | why)


def reduction(place: Place) -> Value:
    """Return the sum of elements, magnitudes or squares, or the mean, times a coefficient."""
    param = section(place.layer.message, "reduction_param")
    operation, coeff = need(word(param, "operation")), number(param, "coeff")
    axis, shape = need(integer(param, "axis")), place.shapes[0]
    count = None
    if shape is not None:
        count = product(shape[axis:] if axis >= 0 else shape[axis + len(shape) :])
    x = place.bottoms[0]
    if operation == "MEAN":
        if count == 0:
            return NAN
        return times(mean(x, count), coeff)
    if operation == "SUMSQ":
        x = square(x)
    elif operation == "ASUM":
        x = _magnitude(x)
    result = total(x, count, size=size_text(place))
    if x.verdict == "finite" and result.verdict != "finite" and count is not None:
        why = x.why
        reached = not why and not x.free
        place.warn("overflow", x, sure=result.never_finite, reached=reached, why=why)
    return times(result, coeff)


def _magnitude(x: Value) -> Value:
    if x.empty:
        return NAN
    if x.lo >= 0:
        return x
    low = 0.0 if x.hi >= 0 else -x.hi
    why = x.lo_why if -x.lo > x.hi else x.hi_why
    lo_why = NONE if x.hi >= 0 else x.hi_why
    return Value(low, max(-x.lo, x.hi), x.nan, x.some, lo_why, why, x.free)


def mean(x: Value, count: int | None, *, fewer: bool = False) -> Value:
    """Return the value of means of up to ``count`` elements, of zeros too if of ``fewer``.

    A count that is not known is taken to be ``_MOST`` at most.
    """
    lo, hi = (min(x.lo, 0.0), max(x.hi, 0.0)) if fewer else (x.lo, x.hi)
    count = _MOST if count is None else count
    result = rescale(total(x._replace(lo=lo, hi=hi), count), 1 / max(count, 1))
    return result._replace(some=x.some and not fewer)


_MOST = 2**20
"""Elements of a window or a map whose size is not known."""


def pooling(place: Place) -> tuple[Value, ...]:
    """Return the largest or the mean of a window, and what empty windows hold."""
    x = place.bottoms[0]
    found = windows(Setup(place.layer.message, place.shapes, len(place.outs)))
    made = place.outs[0] if place.outs else None
    if made is not None and None not in found.out and made[2:] != found.out:
        raise Lost  # a fork's, which counts windows otherwise
    open_ = gaps(place.layer, found)
    size = frozenset((f"the size of {size_text(place)} is not known",)) if open_ else NONE
    unsure = bool(open_) and place.weights != "ordinary"
    if found.method == "AVE":
        result = mean(x, product(found.kernel), fewer=any(p != 0 for p in found.pad))
        result = result._replace(some=False)
        if "nan" in found.gives:
            place.warn("pool", x, sure=True)
            result = result._replace(nan=True, some=True)
        elif open_:
            place.warn("pool", x, sure=False, why=size)
            result = result._replace(nan=result.nan or unsure)
        if "zero" in found.gives or unsure:
            result = with_number(result, 0.0)
        return (result,)
    if found.method == "MAX":
        result = x._replace(some=False)
        if x.nan or x.empty or x.lo == -inf or unsure or "lowest" in found.gives:
            result = with_number(result, -FLT_MAX)._replace(some=False)
            if "lowest" not in found.gives:
                result = result._replace(lo_why=both(x.lo_why, size))
        cells = None if None in found.size else product(found.size)
        last = FLT_MAX if cells is None else float(cells)
        return (result, Value(-1.0, last))[: len(place.outs)]
    if x.lo >= 0 and not x.nan:
        return (with_number(x, 0.0),)
    return (place.unknown("stochastic pooling divides by a sum that may be 0"),)


def spp(place: Place) -> Value:
    """Return the largest or the mean of windows of several sizes, all of which read something."""
    method = need(word(section(place.layer.message, "spp_param"), "pool"))
    x = place.bottoms[0]
    if method == "AVE":
        shape = place.shapes[0]
        return mean(x, product(shape[2:]) if shape else None, fewer=True)._replace(some=False)
    result = x._replace(some=False)
    return with_number(result, -FLT_MAX) if x.nan or x.empty or x.lo == -inf else result


def recurrent(place: Place) -> tuple[Value, ...]:
    """Return outputs of a TanH, or of gates times one; the state of an LSTM grows by 1 a step.

    What says whether a sequence goes on is 0 or 1 in ordinary nets; more makes the state explode.
    """
    going = place.bottoms[1]
    bounded = place.weights == "ordinary" or (going.lo >= 0 and going.hi <= 1)
    nan = not bounded or _gates_overflow(place)
    output = Value(-1.0, 1.0, nan)
    shape = place.shapes[0]
    steps = shape[0] if shape else None
    exposed = need(flag(section(place.layer.message, "recurrent_param"), "expose_hidden"))
    if not bounded:
        state = anything("the state of a recurrent layer grows with what is not 0 or 1")
    elif steps is None or exposed:
        state = place.unknown("the state of a recurrent layer grows with the sequence")
    else:
        state = Value(-float(steps), float(steps))
    return (output, output, state._replace(nan=state.nan or nan))[: len(place.outs)]


def _gates_overflow(place: Place) -> bool:
    """Return whether a sum of products may be inf - inf."""
    x = hull((*place.bottoms, Value(-1.0, 1.0)))
    if x.verdict == "possible":
        return True
    if place.weights == "ordinary":
        return False
    if place.weights == "any" or place.params is None:
        return True
    counts = [product(shape[1:]) if shape else None for shape in place.params if shape != ()]
    if None in counts:
        return True
    terms = sum(count for count in counts if count is not None)
    kernel = hull(recurrent_weight(place, "weight_filler", shape) for shape in place.params)
    found = total(multiply(x, kernel), max(terms, 1))
    biased = add(found, recurrent_weight(place, "bias_filler", place.params[1]))
    return biased.verdict != "finite"


def lstm_unit(place: Place) -> tuple[Value, ...]:
    """Return the state, whose magnitude grows by 1 at most, and gate · tanh(state)."""
    before, gates, _ = place.bottoms
    nan = before.nan or gates.nan
    state = add(multiply(before._replace(nan=False), Value(0.0, 1.0)), Value(-1.0, 1.0))._replace(
        nan=nan
    )
    hidden = multiply(tanh(place._replace(bottoms=(state,))), Value(0.0, 1.0))
    return state, hidden._replace(nan=nan)


FUNCTIONS = {
    "Bias": bias,
    "Convolution": convolution,
    "Deconvolution": convolution,
    "Eltwise": eltwise,
    "Embed": embed,
    "InnerProduct": inner_product,
    "LSTM": recurrent,
    "LSTMUnit": lstm_unit,
    "Pooling": pooling,
    "RNN": recurrent,
    "Reduction": reduction,
    "SPP": spp,
    "Scale": scale,
}

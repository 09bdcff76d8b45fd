"""Layers of forks whose values are plain from what all forks with that name do."""

from __future__ import annotations

import math
from math import inf

from protolint.analysis.ranges.arrange import same
from protolint.analysis.ranges.place import Lost, need, number
from protolint.analysis.ranges.pointwise import clipped, meets_zero, sloped
from protolint.analysis.ranges.rounding import FLT_MAX, gamma, library_up
from protolint.analysis.ranges.sources import images
from protolint.analysis.ranges.sums import convolution, mean, product_of
from protolint.analysis.ranges.value import (
    NAN,
    NONE,
    Value,
    add,
    anything,
    hull,
    multiply,
    negate,
    with_number,
)
from protolint.analysis.ranges.weights import is_frozen, weight
from protolint.layers.fields import given, real, section
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.analysis.ranges.place import Place

_LEAST_ROOT = 1e-18
"""The root of the smallest number that matters beside squares which underflow."""


def relu6(place: Place) -> Value:
    """Return min(max(x, 0), 6)."""
    for name in ("relu6_param", "relu_param"):
        param = section(place.layer.message, name)
        if given(place.layer.message, name) and need(param).values:
            slope = real(param, "negative_slope")
            if need(slope) != 0:
                raise Lost
    return clipped(sloped(place.bottoms[0], Value(0.0, 0.0)), 0.0, 6.0)


def concatenated_relu(place: Place) -> Value:
    """Return max(x, 0) and max(-x, 0)."""
    x, zero = place.bottoms[0], Value(0.0, 0.0)
    return hull((sloped(x, zero), sloped(negate(x), zero)))


def interp(place: Place) -> Value:
    """Return weighted means of four neighbours, whose weights sum to 1."""
    x = place.bottoms[0]
    if x.empty:
        return NAN
    nan = x.nan or x.lo == -inf or x.hi == inf
    off = gamma(8)
    lo = max(x.lo - abs(x.lo) * off, -FLT_MAX if x.lo > -inf else -inf)
    hi = min(x.hi + abs(x.hi) * off, FLT_MAX if x.hi < inf else inf)
    return x._replace(lo=-library_up(-lo) + 0.0, hi=library_up(hi), nan=nan, some=False)


def upsample(place: Place) -> Value:
    """Return elements, several times each or with zeros between them."""
    return with_number(place.bottoms[0]._replace(some=False), 0.0)


def roi_pooling(place: Place) -> Value:
    """Return the largest of a region, 0 where it is empty."""
    x = place.bottoms[0]
    result = with_number(x._replace(some=False), 0.0)
    return with_number(result, -FLT_MAX) if x.nan or x.empty or x.lo == -inf else result


def position_sensitive(place: Place) -> Value:
    """Return the mean of a part of a region, 0 where it is empty."""
    return mean(place.bottoms[0], None, fewer=True)._replace(some=False)


def axpy(place: Place) -> Value:
    """Return a · x + y."""
    a, x, y = place.bottoms
    versions = place.versions
    return add(product_of(place, a, x, same=versions[0] == versions[1]), y)


def normalize(place: Place) -> Value:
    """Return scale · x / sqrt(sum of squares + eps), over channels or all of an item."""
    layer = place.layer.message
    if given(layer, "norm_param") is False and "normalize_param" in layer.type.fields:
        raise Lost  # another layer of that name
    eps, x = number(section(layer, "norm_param"), "eps"), place.bottoms[0]
    if x.empty:
        return NAN
    if eps <= 0:
        still = x.lo == x.hi == 0 and not x.nan
        reached, why = meets_zero(x)
        if still or reached or why:
            place.warn("length", x, sure=still, reached=reached, why=why)
        result = NAN if still else _UNBOUNDED
    elif math.sqrt(eps) <= _LEAST_ROOT:
        result = _UNBOUNDED
    else:
        # No rounded sum of squares is below one of them.
        most = library_up(1.0)
        nan = x.nan or x.lo == -inf or x.hi == inf
        result = Value(-most if x.lo < 0 else 0.0, most if x.hi > 0 else 0.0, nan)
    if place.weights == "ordinary" and not is_frozen(place):
        return place.free() if result.verdict == "finite" else _UNBOUNDED
    return multiply(result, weight(place, 0))


_UNBOUNDED = Value(-inf, inf, nan=True, free=True)


def batch_norm(place: Place) -> tuple[Value, ...]:
    """Return what is learned; (x - mean) / sqrt(variance + eps) is not a number without eps."""
    param, x = section(place.layer.message, "bn_param"), place.bottoms[0]
    if param is not None and "eps" in param.lost:
        raise Lost
    eps = real(param, "eps")  # a constant that is above 0 where there is no such field
    if eps is not None and eps <= 0:
        why = NONE if x.lo == x.hi else frozenset(("whether a channel varies",))
        place.warn("variance", x, sure=False, reached=x.lo == x.hi, why=why)
    if place.weights == "ordinary" and x.verdict == "finite":
        return (place.free(),) * len(place.outs)
    why = frozenset((f"what layer {place.layer.name!r} of type {place.layer.type} computes",))
    return (anything(*why),) * len(place.outs)


def loss(place: Place) -> tuple[Value, ...]:
    """Return a loss that is a sum of terms none of which is negative, and other tops."""
    reason = f"what layer {place.layer.name!r} of type {place.layer.type} computes is not known"
    unknown = place.unknown(reason) if place.weights == "ordinary" else anything(reason)
    tops = (unknown._replace(lo=0.0, lo_why=NONE), *(unknown,) * len(place.outs))
    return tops[: len(place.outs)]


def weighted_loss(place: Place) -> tuple[Value, ...]:
    """Return a loss whose terms have weights, the last one of more than two bottoms."""
    first, *others = loss(place)
    if len(place.bottoms) > 2 and (place.bottoms[-1].lo < 0 or place.bottoms[-1].empty):
        unknown = place.bottoms[-1]
        why = unknown.lo_why or frozenset(("the sign of the weights is not known",))
        first = first._replace(lo=-first.hi, lo_why=why)
    return (first, *others)


def boxes_loss(place: Place) -> tuple[Value, ...]:
    """Return the loss of scores, and loc_weight times that of boxes."""
    if number(section(place.layer.message, "multibox_loss_param"), "loc_weight") < 0:
        raise Lost
    return loss(place)


BOUNDED = frozenset(
    ("CenterLoss", "MultiBoxLoss", "SmoothL1Loss", "SmoothL1LossOHEM", "SoftmaxWithLossOHEM")
)
"""Losses of which no more is known than that they are not negative."""

FUNCTIONS = {
    "AnnotatedData": images,
    "Axpy": axpy,
    "BN": batch_norm,
    "CReLU": concatenated_relu,
    "CenterLoss": loss,
    "ConvolutionDepthwise": convolution,
    "DenseImageData": images,
    "DepthwiseConvolution": convolution,
    "ImageSegData": images,
    "Interp": interp,
    "MultiBoxLoss": boxes_loss,
    "Normalize": normalize,
    "PSROIPooling": position_sensitive,
    "Permute": same,
    "ROIPooling": roi_pooling,
    "ReLU6": relu6,
    "Reorg": same,
    "ShuffleChannel": same,
    "SmoothL1Loss": weighted_loss,
    "SmoothL1LossOHEM": weighted_loss,
    "SoftmaxWithLossOHEM": loss,
    "SyncBN": batch_norm,
    "Upsample": upsample,
}
"""Type → its transfer function, as in ``run``."""

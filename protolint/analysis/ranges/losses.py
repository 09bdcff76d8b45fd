"""Loss layers and Accuracy: how large a loss can be, and whether it is bounded below."""

from __future__ import annotations

from math import inf

from protolint.analysis.ranges.normalise import softmax
from protolint.analysis.ranges.place import need, number, size_text
from protolint.analysis.ranges.pointwise import log_of
from protolint.analysis.ranges.rounding import FLT_MAX, FLT_MIN, library_up
from protolint.analysis.ranges.sums import mean
from protolint.analysis.ranges.value import (
    NAN,
    NONE,
    Value,
    add,
    constant,
    hull,
    larger,
    multiply,
    negate,
    rescale,
    square,
    times,
    total,
)
from protolint.layers.fields import flag, given, section, word
from protolint.layers.shapes import product
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.analysis.ranges.place import Place
    from protolint.model.layer import Layer

_LEAST = 1e-20
"""What MultinomialLogisticLoss and InfogainLoss take for smaller probabilities."""


def euclidean(place: Place) -> Value:
    """Return the sum of squared differences over twice the batch."""
    shape = place.shapes[0]
    difference = _difference(place)
    count = product(shape)
    batch = shape[0] if shape else None
    result = total(square(difference), count, size=size_text(place))
    _watch(place, difference, result, sure=result.never_finite)
    return rescale(result, 0.5 / batch) if batch else _bounded_below(result)


def _difference(place: Place) -> Value:
    return add(place.bottoms[0], negate(place.bottoms[1]))


def _bounded_below(result: Value) -> Value:
    """Return a sum over a batch of unknown size, of which only the sign is known."""
    return result if result.empty else result._replace(lo=0.0)


def _watch(place: Place, difference: Value, result: Value, *, sure: bool) -> None:
    """Report differences of known size whose squares add up to more than single precision holds."""
    if any(bottom.verdict != "finite" for bottom in place.bottoms):
        return
    why = square(difference).hi_why
    if result.hi == inf and not result.hi_why - why:
        reached = not why and not difference.free
        place.warn("overflow", difference, sure=sure, reached=reached, why=why)


def hinge(place: Place) -> Value:
    """Return the mean over the batch of the sum of margins, or of their squares."""
    norm = need(word(section(place.layer.message, "hinge_loss_param"), "norm"))
    x, shape = place.bottoms[0], place.shapes[0]
    margins = larger(
        constant(0.0), hull((add(constant(1.0), negate(x)), add(constant(1.0), x)))
    )._replace(some=False)
    # What is larger than 0 is so even where another number may be NaN.
    margins = margins._replace(lo=max(margins.lo, 0.0))
    if norm == "L2":
        margins = square(margins)
    result = total(margins, product(shape), size=size_text(place))
    batch = shape[0] if shape else None
    return rescale(result, 1 / batch) if batch else _bounded_below(result)


def contrastive(place: Place) -> Value:
    """Return the squared distance of like pairs, the squared rest of a margin of others, over 2."""
    param = section(place.layer.message, "contrastive_loss_param")
    margin = number(param, "margin")
    shape = place.shapes[0]
    difference = _difference(place)
    squares = square(difference)
    distance = total(squares, product(shape[1:]) if shape else None, size=size_text(place))
    # An infinite distance of pairs that are not alike is beyond the margin, and costs nothing.
    alike = place.bottoms[2].lo >= 1
    _watch(place, difference, distance, sure=alike and distance.never_finite)
    apart = margin if flag(param, "legacy_version") else margin * margin
    rest = Value(0.0, max(library_up(apart), 0.0))
    result = distance if alike else hull((distance, rest))._replace(some=False)
    return times(mean(result, shape[0] if shape else None), 0.5)


def sigmoid_cross_entropy(place: Place) -> Value:
    """Return the cross entropy of sigmoids, which is negative only for targets outside 0 to 1."""
    x, target = place.bottoms[0], place.bottoms[1]
    outside = target.lo < 0 or target.hi > 1
    if outside and not target.empty:
        whys = [target.lo_why] if target.lo < 0 else []
        whys += [target.hi_why] if target.hi > 1 else []
        known = NONE in whys
        sure = target.hi < 0 or target.lo > 1
        place.warn(
            "target", target, sure=sure, reached=known, why=NONE if known else NONE.union(*whys)
        )
    # 2 x is subtracted from x, or 0 times that: infinity where it overflows.
    nan = x.nan or target.nan or max(abs(x.lo), abs(x.hi)) > FLT_MAX / 2
    if x.empty or target.empty:
        return NAN
    # x · (target - [x > 0]) - ln(1 + e^-|x|), negated
    sides = hull((target, add(target, constant(-1.0))))._replace(some=False)
    linear = negate(multiply(x, sides))
    low = linear.lo if outside else 0.0
    term = Value(low, library_up(max(linear.hi, 0.0) + 0.6932), nan or linear.nan, free=x.free)
    term = term._replace(lo_why=target.why if outside else NONE, hi_why=x.hi_why | target.why)
    return _normalised(place, term)


def _normalised(place: Place, term: Value) -> Value:
    """Return a sum over all elements divided by something between 1 and their number."""
    shape = place.shapes[0]
    summed = total(term, product(shape), fewer=True, size=size_text(place))
    return hull((summed, term))._replace(some=False)


def softmax_with_loss(place: Place) -> tuple[Value, ...]:
    """Return -ln of the label's share, of which less than FLT_MIN counts as that: 87.34 at most."""
    shares = softmax(place)
    term = negate(log_of(Value(max(shares.lo, FLT_MIN), shares.hi, shares.nan)))
    term = term._replace(lo=max(term.lo, 0.0), hi_why=NONE)
    loss = mean(term, product(place.shapes[0])) if _averages(place) else _normalised(place, term)
    # Labels that are ignored leave a loss of 0.
    return (loss._replace(lo=0.0), shares)[: len(place.outs)]


def _averages(place: Place) -> bool:
    """Return whether the loss is divided by the number of labels that count."""
    param = section(place.layer.message, "loss_param")
    if given(param, "normalization"):
        return word(param, "normalization") in ("VALID", "FULL")
    return given(param, "normalize") is False or flag(param, "normalize") is True


def multinomial_logistic(place: Place) -> Value:
    """Return the mean of -ln of the label's probability, 1e-20 in place of less."""
    shape = place.shapes[0]
    return mean(_surprise(place.bottoms[0]), shape[0] if shape else None)


def _surprise(shares: Value) -> Value:
    if shares.empty:
        return NAN
    clipped = Value(max(shares.lo, _LEAST), max(shares.hi, _LEAST), shares.nan)
    return negate(log_of(clipped))


def infogain(place: Place) -> tuple[Value, ...]:
    """Return the sum of -ln of the shares, weighted by a row of a matrix that is not read."""
    shares = place.bottoms[0] if takes_probabilities(place.layer) else softmax(place)
    if len(place.bottoms) > 2:
        weights = place.bottoms[2]
        if weights.lo < 0 or weights.hi <= 0:
            why = weights.lo_why if weights.lo < 0 else weights.hi_why
            place.warn("matrix", weights, sure=weights.hi <= 0, reached=not why, why=why)
    else:
        weights = place.unknown("the matrix of InfogainLoss is not read")
    shape = place.shapes[0]
    term = multiply(_surprise(shares), weights)
    loss = _normalised(place, term) if shape else term
    return (loss, shares)[: len(place.outs)]


def takes_probabilities(layer: Layer) -> bool:
    """Return whether an InfogainLoss is of a Caffe where it has no softmax of its own.

    BVLC's has one since 2016, when it got an axis too; most forks are older.
    """
    names = layer.message.schema.dialects
    if names == ("bvlc",):
        return False
    from protolint.schema.dialects import in_order  # noqa: PLC0415  (most texts are BVLC's)

    message = "InfogainLossParameter"
    return all("axis" in dialect.absent.get(message, ()) for dialect in in_order(names))


def accuracy(place: Place) -> tuple[Value, ...]:
    """Return the share of labels that are right."""
    return (Value(0.0, 1.0),) * len(place.outs)


FUNCTIONS = {
    "Accuracy": accuracy,
    "ContrastiveLoss": contrastive,
    "EuclideanLoss": euclidean,
    "HingeLoss": hinge,
    "InfogainLoss": infogain,
    "MultinomialLogisticLoss": multinomial_logistic,
    "SigmoidCrossEntropyLoss": sigmoid_cross_entropy,
    "SoftmaxWithLoss": softmax_with_loss,
}

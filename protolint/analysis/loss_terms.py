"""How many terms a loss adds up for each weight, over those that it divides by.

A loss that is a mean over samples and positions counts as 1. One that is summed over the positions
of a map gives a convolution as many gradients as there are positions; over channels nothing adds
up, since each has weights of its own.
"""

from __future__ import annotations

from math import inf, prod

from protolint.typing import TYPE_CHECKING, NamedTuple
from protolint.values import Interval, Unknown

if TYPE_CHECKING:
    from protolint.layers import Shape
    from protolint.schema.message import Message


class Terms(NamedTuple):
    """The number of terms, and what they are (empty where it is a mean)."""

    number: float | Interval
    text: str


_MEAN = Terms(1.0, "")

_DEFAULTS = {
    "SoftmaxWithLoss": "VALID",
    "InfogainLoss": "VALID",
    "SigmoidCrossEntropyLoss": "BATCH_SIZE",
}
"""Type → its normalization where none is written."""


def terms(layer: Message, bottom: Shape) -> Terms:
    """Return how many terms the loss of a layer adds up, given the shape of its predictions.

    ``EuclideanLoss`` divides by the batch. Types that are not Caffe's are taken as means.
    """
    kind = layer.read("type")
    if kind == "EuclideanLoss":
        return _over(_size(bottom, 2), 'positions of "{}"')
    if kind not in _DEFAULTS:
        return _MEAN
    norm = _normalization(layer, _DEFAULTS[kind])
    if norm == "BATCH_SIZE":
        return _over(_size(bottom, 2), 'positions of "{}"')
    if norm == "NONE":
        samples = 1 if bottom is None or not bottom or bottom[0] is None else bottom[0]
        positions = _size(bottom, 2)
        if isinstance(positions, Interval) or not bottom or bottom[0] is None:
            return Terms(Interval(float(samples), inf, _reasons()), 'samples and positions of "{}"')
        return _over(samples * positions, 'samples and positions of "{}"')
    return _MEAN


def _normalization(layer: Message, default: str) -> str:
    """Return how a loss is normalised; the old `normalize` counts where it stands alone."""
    param = layer.read("loss_param")
    if isinstance(param, Unknown) or param.lost:
        return default
    if param.has("normalization"):
        return str(param.read("normalization"))
    if param.has("normalize"):
        return "VALID" if param.read("normalize") else "BATCH_SIZE"
    return default


def _over(number: float | Interval, text: str) -> Terms:
    return _MEAN if number == 1 else Terms(number, text)


def _size(shape: Shape, start: int) -> float | Interval:
    """Return the number of values on the axes from ``start`` on, at least 1."""
    if shape is None or None in shape[start:]:
        return Interval(1.0, inf, _reasons())
    return float(prod(size or 0 for size in shape[start:])) or 1.0


def _reasons() -> frozenset[str]:
    return frozenset(("the size of the map that a loss sums over is not known",))

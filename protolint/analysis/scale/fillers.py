"""Mean and variance of what a filler fills in."""

from __future__ import annotations

from math import prod

from protolint.typing import TYPE_CHECKING, NamedTuple
from protolint.values import Unknown, unknown

if TYPE_CHECKING:
    from protolint.layers import Shape
    from protolint.schema.message import Message


class Filled(NamedTuple):
    """Mean and variance of the values of a parameter blob before the first iteration."""

    mean: float
    variance: float

    @property
    def square(self) -> float:
        """The mean square."""
        return self.variance + self.mean * self.mean


_FAN = {"xavier": 1.0, "msra": 2.0}
"""Type → its variance times the fan that `variance_norm` chooses."""


def filled(filler: Message, shape: Shape) -> Filled | Unknown:
    """Return the moments of a blob of that shape behind a filler, as Caffe's filler.hpp has it.

    The fan-in of a filler is the number of elements over the first axis, the fan-out that over the
    second.
    """
    if filler.lost:
        return unknown("a filler could not be read")
    kind = filler.read("type")
    if kind == "constant":
        return Filled(filler.read("value"), 0.0)
    if kind == "uniform":
        low, high = filler.read("min"), filler.read("max")
        return Filled((low + high) / 2, (high - low) ** 2 / 12)
    if shape is None or None in shape or 0 in shape:
        return unknown("the size of a parameter is not known")
    sizes = [size or 0 for size in shape]
    count = prod(sizes)
    fan_in = count / sizes[0] if sizes else 1.0
    if kind == "gaussian":
        return _gaussian(filler, sizes)
    if kind == "positive_unitball":
        # Uniform values over their sum: the mean is exact, the deviation 1/√3 of it nearly so.
        return Filled(1 / fan_in, 1 / (3 * fan_in * fan_in))
    if kind in _FAN:
        fan_out = count / sizes[1] if len(sizes) > 1 else float(count)
        norm = filler.read("variance_norm")
        by_norm = {"FAN_IN": fan_in, "FAN_OUT": fan_out, "AVERAGE": (fan_in + fan_out) / 2}
        return Filled(0.0, _FAN[kind] / by_norm[norm])
    return unknown(f'nothing is predicted of the filler "{kind}"')


def _gaussian(filler: Message, sizes: list[int]) -> Filled:
    """Sparse keeps each value with probability sparse / (size of the first axis)."""
    mean, deviation, sparse = filler.read("mean"), filler.read("std"), filler.read("sparse")
    kept = min(sparse / sizes[0], 1.0) if sparse >= 0 and sizes else 1.0
    square = kept * (deviation * deviation + mean * mean)
    return Filled(kept * mean, square - (kept * mean) ** 2)

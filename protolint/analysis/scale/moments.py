"""The moments of a blob, and of a function of its values.

A value is taken as ``m + s·n``: ``m`` differs from unit to unit and not from input to input, ``n``
is standard normal over the inputs. Both are taken as normally distributed, which the sum over a
fan-in of a dozen or more values is near enough.
"""

from __future__ import annotations

from math import erf, exp, inf, isfinite, pi, sqrt

from protolint.typing import TYPE_CHECKING, NamedTuple
from protolint.values import Unknown, unknown

if TYPE_CHECKING:
    from collections.abc import Callable


class Moments(NamedTuple):
    """What is predicted of the values of a blob, in their unit.

    ``mean`` is the average of all, ``square`` the average over units of the squared mean over
    inputs, and ``signal`` the average over units of the variance over inputs: what is left of the
    data. So ``square + signal`` is the mean square of the values.
    """

    mean: float
    square: float
    signal: float

    def plus(self, shift: float) -> Moments:
        """Return the moments after a constant is added to all values."""
        square = self.square + 2 * shift * self.mean + shift * shift
        return Moments(self.mean + shift, max(square, 0.0), self.signal)

    def times(self, factor: float) -> Moments:
        """Return the moments after all values are multiplied by a constant."""
        power = factor * factor
        return Moments(self.mean * factor, self.square * power, self.signal * power)


_STEP = 0.5
_NODES = [_STEP * i for i in range(-9, 10)]
_WEIGHTS = [exp(-x * x / 2) * _STEP / sqrt(2 * pi) for x in _NODES]
"""The trapezoidal rule for the normal density; it converges faster than any power of the step."""

_FAR = 6.0
"""So many deviations from its kink a rectifier is linear."""


def rectified(x: Moments, slope: float) -> Moments:
    """Return the moments behind a ReLU with a negative slope.

    For z normal with mean m and deviation s, with density φ and distribution Φ at m/s:
    E[z; z > 0] = mΦ + sφ and E[z²; z > 0] = (m² + s²)Φ + msφ.
    """
    deviation = sqrt(x.signal)

    def above(m: float) -> tuple[float, float]:
        if abs(m) >= _FAR * deviation:
            factor = 1.0 if m > 0 else slope
            return factor * m, factor * factor * x.signal
        ratio = m / deviation
        density = exp(-ratio * ratio / 2) / sqrt(2 * pi)
        part = (1 + erf(ratio / sqrt(2))) / 2
        first = m * part + deviation * density
        second = (m * m + x.signal) * part + m * deviation * density
        mean = slope * m + (1 - slope) * first
        below = m * m + x.signal - second
        return mean, max(second + slope * slope * below - mean * mean, 0.0)

    return _over_units(x, above)


def applied(function: Callable[[float], float], x: Moments) -> Moments | Unknown:
    """Return the moments behind a function that is applied to each value.

    Unknown where the function is undefined or infinite on what normal values reach.
    """
    deviation = sqrt(x.signal)

    def of_unit(m: float) -> tuple[float, float]:
        values = [function(m + deviation * node) for node in _NODES]
        mean = sum(w * v for w, v in zip(_WEIGHTS, values, strict=True))
        return mean, sum(w * (v - mean) ** 2 for w, v in zip(_WEIGHTS, values, strict=True))

    try:
        found = _over_units(x, of_unit)
    except (ArithmeticError, ValueError):
        return unknown("a layer's function is not defined on all values that may come")
    return found if all(map(isfinite, found)) else unknown("the predicted scale overflows")


def _over_units(x: Moments, of_unit: Callable[[float], tuple[float, float]]) -> Moments:
    """Average over units what ``of_unit`` says of one: mean and variance over inputs."""
    spread = x.square - x.mean * x.mean
    if spread <= 1e-9 * x.square:  # what is left is rounding
        mean, signal = of_unit(x.mean)
        return Moments(mean, mean * mean, signal)
    deviation = sqrt(spread)
    total = square = signal = 0.0
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        mean, variance = of_unit(x.mean + deviation * node)
        total += weight * mean
        square += weight * mean * mean
        signal += weight * variance
    return Moments(total, square, signal)


def ratio(a: float, b: float) -> float:
    """Return the ratio of the deviations that two variances stand for."""
    return sqrt(a / b) if b else inf

"""Rounding outwards to single precision, and how far a rounded sum can be off.

A sum, difference or product of two singles, computed in double, lies between the same two
neighbours of single precision as the exact result does, so rounding it outwards encloses what Caffe
gets. A sum of n products is off by at most ((1 + u)^n - 1) times the sum of their magnitudes, with
u = 2^-24, in whatever order it is taken (the constant often called gamma_n). Functions of the C
library are not rounded exactly; they are widened by 8 units in the last place.
"""

from __future__ import annotations

import math
import struct

from protolint.single import single

FLT_MAX = 3.4028234663852886e38
FLT_MIN = 1.1754943508222875e-38
UNIT = 2.0**-24
TINY = 2.0**-149
_OVERFLOWS = 2.0**128 - 2.0**103
"""The least number that is rounded to infinity."""
_LIBRARY = 2.0**-20
_FLOAT, _INT = struct.Struct("f"), struct.Struct("i")


def down(x: float) -> float:
    """Return the largest single that is not above ``x``; a denormal one may be flushed to 0."""
    if x >= _OVERFLOWS:
        return math.inf
    if x > FLT_MAX:
        return FLT_MAX
    if x < -FLT_MAX:
        return -math.inf
    if 0 <= x < FLT_MIN:
        return 0.0
    near = single(x)
    return near if near <= x else _below(near)


def up(x: float) -> float:
    """Return the smallest single that is not below ``x``; a denormal one may be flushed to 0."""
    return -down(-x) + 0.0  # never -0


def _below(x: float) -> float:
    if x == 0:
        return -TINY
    bits: int = _INT.unpack(_FLOAT.pack(x))[0]
    below: float = _FLOAT.unpack(_INT.pack(bits - 1 if x > 0 else bits + 1))[0]
    return below


def library_down(x: float) -> float:
    """Return a lower bound of what a function of the C library returns for ``x``."""
    return down(x - abs(x) * _LIBRARY) if math.isfinite(x) else x


def library_up(x: float) -> float:
    """Return an upper bound of what a function of the C library returns for ``x``."""
    return -library_down(-x) + 0.0


def gamma(terms: int) -> float:
    """Return the bound of a rounded sum's relative error, for so many roundings of each term."""
    exponent = terms * math.log1p(UNIT)
    return math.expm1(exponent) if exponent < 700 else math.inf

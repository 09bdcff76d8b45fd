"""Comparisons of values that may be unknown or known within bounds.

A comparison with an ``Interval`` is decided when it comes out the same for every number in it.
NaN is unequal to everything and in no order, as in IEEE 754.
"""

from __future__ import annotations

from protolint.engine.expression.logic import INEXACT, Truth, every, merge, negation, some
from protolint.typing import TYPE_CHECKING
from protolint.values import Interval, Unknown

if TYPE_CHECKING:
    from typing import Any


def equal(left: Any, right: Any) -> Truth:
    """Return ``left == right``; lists are equal when they are so element by element."""
    if type(left) in INEXACT or type(right) in INEXACT:
        return _equal_within_bounds(left, right)
    if type(left) is list:
        if len(left) != len(right):
            return False
        return every(equal(a, b) for a, b in zip(left, right, strict=True))
    verdict: bool = left == right
    return verdict


def unequal(left: Any, right: Any) -> Truth:
    """Return ``left != right``."""
    return negation(equal(left, right))


def less(left: Any, right: Any) -> Truth:
    """Return ``left < right``."""
    if type(left) in INEXACT or type(right) in INEXACT:
        if type(left) is Unknown or type(right) is Unknown:
            return merge(left, right)
        low, high = bounds(left), bounds(right)
        if low[1] < high[0]:
            return True
        return merge(left, right) if low[0] < high[1] else False
    verdict: bool = left < right
    return verdict


def less_or_equal(left: Any, right: Any) -> Truth:
    """Return ``left <= right``, which is not ``!(right < left)`` for NaN."""
    if type(left) in INEXACT or type(right) in INEXACT:
        if type(left) is Unknown or type(right) is Unknown:
            return merge(left, right)
        low, high = bounds(left), bounds(right)
        if low[1] <= high[0]:
            return True
        return merge(left, right) if low[0] <= high[1] else False
    verdict: bool = left <= right
    return verdict


def more(left: Any, right: Any) -> Truth:
    """Return ``left > right``."""
    return less(right, left)


def more_or_equal(left: Any, right: Any) -> Truth:
    """Return ``left >= right``."""
    return less_or_equal(right, left)


def contained(value: Any, elements: Any) -> Truth:
    """Return ``value in elements``."""
    if type(elements) is Unknown:
        return elements
    return some(equal(value, element) for element in elements)


def bounds(number: Any) -> tuple[float, float]:
    """Return the least and the greatest number that a concrete number or ``Interval`` can be."""
    return number[:2] if type(number) is Interval else (number, number)


def _equal_within_bounds(left: Any, right: Any) -> Truth:
    if type(left) is Unknown or type(right) is Unknown:
        return merge(left, right)
    (low, high), (other_low, other_high) = bounds(left), bounds(right)
    if low == high == other_low == other_high:
        return True
    overlap = low <= other_high and other_low <= high
    return merge(left, right) if overlap else False

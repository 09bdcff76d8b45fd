"""Arithmetic as C++ does it, on numbers that may be unknown or known within bounds.

Two ``int`` give an ``int`` of 64 bits: division truncates toward zero, and what C++ leaves
undefined (a zero divisor, overflow) is ``Unknown`` with the failure as its reason. Otherwise the
operands are binary64 and nothing fails: ``x / 0.0`` is infinite or NaN.

For an ``Interval`` the result is the ``Interval`` between the results at the ends, which is exact
because every operation here is monotone in each operand and so is rounding to nearest. Where some
result could be NaN, or an operation could fail, it is ``Unknown``.
"""

from __future__ import annotations

import math

from protolint.engine.expression.compare import bounds
from protolint.engine.expression.logic import INEXACT, merge
from protolint.typing import TYPE_CHECKING
from protolint.values import Interval, Unknown, unknown

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

Number: TypeAlias = int | float
Operand: TypeAlias = "Any"  # int | float | Interval | Unknown
Exact: TypeAlias = "Callable[[Any, Any], Any]"

_LIMIT = 2**63


def add(left: Operand, right: Operand) -> Operand:
    """Return ``left + right``."""
    if type(left) in INEXACT or type(right) in INEXACT:
        return _between_ends(add, left, right)
    return _fitting(left + right)


def subtract(left: Operand, right: Operand) -> Operand:
    """Return ``left - right``."""
    if type(left) in INEXACT or type(right) in INEXACT:
        return _between_ends(subtract, left, right)
    return _fitting(left - right)


def multiply(left: Operand, right: Operand) -> Operand:
    """Return ``left * right``."""
    if type(left) in INEXACT or type(right) in INEXACT:
        if Unknown not in (type(left), type(right)) and (
            (_may_be_zero(left) and _may_be_infinite(right))
            or (_may_be_infinite(left) and _may_be_zero(right))
        ):
            return merge(left, right)  # 0 * infinity is NaN, and maybe not at the ends
        return _between_ends(multiply, left, right)
    return _fitting(left * right)


def divide(left: Operand, right: Operand) -> Operand:
    """Return ``left / right``; for two ``int`` the quotient truncated toward zero."""
    if type(left) in INEXACT or type(right) in INEXACT:
        return _divide_within_bounds(left, right)
    if isinstance(left, int) and isinstance(right, int):
        return unknown("division by zero") if right == 0 else _fitting(_quotient(left, right))
    return _ieee_quotient(float(left), float(right))


def remainder(left: Operand, right: Operand) -> Operand:
    """Return ``left % right`` of two ``int``, with the sign of ``left``."""
    if type(left) in INEXACT or type(right) in INEXACT:
        return merge(left, right)
    if right == 0:
        return unknown("remainder of a division by zero")
    return left - right * _quotient(left, right)


def negative(value: Operand) -> Operand:
    """Return ``-value``."""
    if type(value) is Unknown:
        return value
    if type(value) is Interval:
        return _interval([-value.lo, -value.hi], value)
    return _fitting(-value)


def absolute(value: Operand) -> Operand:
    """Return ``abs(value)``."""
    if type(value) is Unknown:
        return value
    if type(value) is Interval:
        ends = [abs(value.lo), abs(value.hi)]
        return _interval([*ends, 0] if _may_be_zero(value) else ends, value)
    return _fitting(abs(value))


def least(values: list[Operand]) -> Operand:
    """Return the least of one or more numbers; NaN if one of them is."""
    return _fold(_lesser, values, "min")


def greatest(values: list[Operand]) -> Operand:
    """Return the greatest of one or more numbers; NaN if one of them is."""
    return _fold(_greater, values, "max")


def to_double(value: Operand) -> Operand:
    """Return the number as a double."""
    return value if type(value) in INEXACT else float(value)


def to_int(value: Operand) -> Operand:
    """Return the number truncated toward zero."""
    if type(value) is Unknown:
        return value
    if type(value) is Interval:
        return _interval([to_int(value.lo), to_int(value.hi)], value)
    if not math.isfinite(value):
        return unknown(f"{value} is no integer")
    return _fitting(int(value))


def _fitting(value: Number) -> Number | Unknown:
    if isinstance(value, int) and not -_LIMIT <= value < _LIMIT:
        return unknown("an integer does not fit in 64 bits")
    return value


def _quotient(left: int, right: int) -> int:
    magnitude = abs(left) // abs(right)
    return magnitude if (left < 0) == (right < 0) else -magnitude


def _ieee_quotient(left: float, right: float) -> float:
    if right:
        return left / right
    if left == 0 or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def _lesser(left: Operand, right: Operand) -> Operand:
    if type(left) in INEXACT or type(right) in INEXACT:
        return _between_ends(_lesser, left, right)
    return _promoted(right if right < left or _is_nan(right) else left, left, right)


def _greater(left: Operand, right: Operand) -> Operand:
    if type(left) in INEXACT or type(right) in INEXACT:
        return _between_ends(_greater, left, right)
    return _promoted(right if right > left or _is_nan(right) else left, left, right)


def _promoted(value: Number, left: Number, right: Number) -> Number:
    """Make the chosen one of two numbers a double if either is."""
    return float(value) if isinstance(left, float) or isinstance(right, float) else value


def _fold(choose: Exact, values: list[Operand], name: str) -> Operand:
    if not values:
        return unknown(f"{name} of an empty list")
    result = values[0]
    for value in values[1:]:
        result = choose(result, value)
    return result


def _between_ends(exact: Exact, left: Operand, right: Operand) -> Operand:
    """Apply an operation that is monotone in each operand to the ends of both."""
    if type(left) is Unknown or type(right) is Unknown:
        return merge(left, right)
    if _is_nan(left) or _is_nan(right):
        return math.nan
    return _interval([exact(a, b) for a in bounds(left) for b in bounds(right)], left, right)


def _divide_within_bounds(left: Operand, right: Operand) -> Operand:
    """Enclose the quotient, and the truncated one too unless an operand is surely a double.

    An ``Interval`` does not tell whether it bounds an ``int``: its ends may be infinite.
    """
    if type(left) is Unknown or type(right) is Unknown:
        return merge(left, right)
    if _is_nan(left) or _is_nan(right):
        return math.nan
    if _may_be_zero(right):
        return merge(left, right)
    corners = [(a, b) for a in bounds(left) for b in bounds(right)]
    ends: list[Operand] = [_ieee_quotient(float(a), float(b)) for a, b in corners]
    if not isinstance(left, float) and not isinstance(right, float):
        ends += [_quotient(a, b) for a, b in corners if isinstance(a, int) and isinstance(b, int)]
        ends += [math.trunc(end) for end in ends if math.isfinite(end)]
    return _interval(ends, left, right)


def _interval(ends: list[Operand], *operands: Operand) -> Operand:
    """Return the hull of the ends with the reasons of the operands, if every end is a number."""
    if any(type(end) is Unknown or _is_nan(end) for end in ends):
        return merge(*operands)
    return Interval(min(ends), max(ends), merge(*operands).reasons)


def _is_nan(value: Operand) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _may_be_zero(value: Operand) -> bool:
    low, high = bounds(value)
    return low <= 0 <= high


def _may_be_infinite(value: Operand) -> bool:
    return any(math.isinf(end) for end in bounds(value))

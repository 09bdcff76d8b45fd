"""What is known of the elements of a blob: an interval, and whether some are NaN.

Intervals enclose every element that is not NaN. An end may be infinite, which says that elements
may be; an interval whose ends are crossed is empty: every element is NaN.
"""

from __future__ import annotations

from math import inf, isinf, isnan

from protolint.analysis.ranges.rounding import (
    FLT_MAX,
    TINY,
    down,
    gamma,
    library_down,
    library_up,
    up,
)
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Literal, TypeAlias

Reasons = frozenset[str]
Verdict: TypeAlias = 'Literal["finite", "nonfinite", "possible"]'

NONE: Reasons = frozenset()


_MOST_REASONS = 4


def both(some: Reasons, others: Reasons) -> Reasons:
    """Return the reasons of both, the first few of them: one is enough for doubt."""
    if not others or some is others:
        return some
    if not some:
        return others
    found = some | others
    return frozenset(sorted(found)[:_MOST_REASONS]) if len(found) > _MOST_REASONS else found


class Value(NamedTuple):
    """The abstract value of a blob.

    ``lo`` and ``hi`` enclose the elements, ``nan`` says that some may be NaN, and ``some`` that
    one or more are certainly not finite. An end is *reached* by ordinary inputs and weights, or
    comes near, when ``lo_why`` or ``hi_why`` is empty; else these say what is not known, and the
    end is an enclosure only. ``free`` says that the scale is set by what is learned, so that any
    number of ordinary size may occur and none in particular.
    """

    lo: float
    hi: float
    nan: bool = False
    some: bool = False
    lo_why: Reasons = NONE
    hi_why: Reasons = NONE
    free: bool = False

    @property
    def empty(self) -> bool:
        """Whether every element is NaN."""
        return self.lo > self.hi

    @property
    def never_finite(self) -> bool:
        """Whether no element can be finite."""
        return self.lo > self.hi or self.lo == inf or self.hi == -inf

    @property
    def verdict(self) -> Verdict:
        """Whether all elements are finite, some certainly not, or neither is proved."""
        if self.some or self.never_finite:
            return "nonfinite"
        return "possible" if self.nan or self.hi == inf or self.lo == -inf else "finite"

    @property
    def why(self) -> Reasons:
        """What is not known of either end."""
        return both(self.lo_why, self.hi_why)

    def __str__(self) -> str:
        """Return the interval in words, e.g. ``[0, 255]``, ``0 or more`` or ``any number``."""
        text = _interval(self.lo, self.hi)
        return f"{text} or NaN" if self.nan and text != "NaN" else text


_LARGE = 1e6
"""Larger numbers are bounds that were assumed, as a rule, and not told."""


def _interval(lo: float, hi: float) -> str:
    if lo > hi:
        return "NaN"
    if lo == hi:
        return f"{lo:.6g}"
    if isinf(lo) or isinf(hi) or (lo > -_LARGE and hi < _LARGE):
        return f"[{lo:.6g}, {hi:.6g}]"
    if lo <= -_LARGE and hi >= _LARGE:
        return "any number"
    return f"{lo:.6g} or more" if hi >= _LARGE else f"{hi:.6g} or less"


NAN = Value(inf, -inf, nan=True)


def constant(x: float) -> Value:
    """Return the value of a blob whose elements all are ``x``, as single precision holds it."""
    return NAN if isnan(x) else Value(down(x), up(x))


def between(lo: float, hi: float) -> Value:
    """Return the value of elements between two numbers, both of which occur."""
    return Value(down(lo), up(hi))


def unknown(reason: str, limit: float = FLT_MAX) -> Value:
    """Return the value of finite numbers that are not known, none above a limit."""
    why = frozenset((reason,))
    return Value(-limit, limit, lo_why=why, hi_why=why)


def anything(*reasons: str) -> Value:
    """Return the value of which nothing is known, NaN and infinities included."""
    why = frozenset(reasons)
    return Value(-inf, inf, nan=True, lo_why=why, hi_why=why)


def hull(values: Iterable[Value]) -> Value:
    """Return what encloses several blobs."""
    found = list(values)
    lowest = min(found, key=lambda v: v.lo)
    highest = max(found, key=lambda v: v.hi)
    return Value(
        lowest.lo,
        highest.hi,
        any(v.nan for v in found),
        any(v.some or v.never_finite for v in found),
        lowest.lo_why,
        highest.hi_why,
        any(v.free for v in found),
    )


def with_number(value: Value, x: float) -> Value:
    """Return the value of the same elements and of ``x``, which is among them."""
    some = value.some or value.never_finite
    result = value._replace(some=some)
    if x < value.lo:
        result = result._replace(lo=x, lo_why=NONE)
    if x > value.hi:
        result = result._replace(hi=x, hi_why=NONE)
    return result


def negate(value: Value) -> Value:
    """Return the value of the elements with their signs turned, which is exact."""
    return value._replace(
        lo=-value.hi + 0.0,
        hi=-value.lo + 0.0,
        lo_why=value.hi_why,
        hi_why=value.lo_why,
    )


def add(a: Value, b: Value) -> Value:
    """Return the value of sums of two elements."""
    nan = a.nan or b.nan or (a.hi == inf and b.lo == -inf) or (a.lo == -inf and b.hi == inf)
    some, free = a.some or b.some, a.free or b.free
    if a.empty or b.empty or (nan and (_opposed(a, b) or _opposed(b, a))):
        return NAN
    return Value(
        down(_sum(a.lo, b.lo, -inf)),
        up(_sum(a.hi, b.hi, inf)),
        nan,
        some,
        both(a.lo_why, b.lo_why),
        both(a.hi_why, b.hi_why),
        free,
    )


def _opposed(a: Value, b: Value) -> bool:
    """Return whether every sum is inf - inf."""
    return a.lo == inf and b.hi == -inf


def _sum(x: float, y: float, otherwise: float) -> float:
    total = x + y
    return otherwise if isnan(total) else total


def times(value: Value, factor: float) -> Value:
    """Return the value of the elements times a number that is finite."""
    if factor == 1:
        return value
    return multiply(value, Value(factor, factor))._replace(some=value.some or value.never_finite)


def rescale(value: Value, factor: float) -> Value:
    """Return the value of the elements times a factor, where several roundings are made of it."""
    found = times(value, factor)
    if found.empty:
        return found
    return found._replace(lo=library_down(found.lo), hi=library_up(found.hi))


def plus(value: Value, summand: float) -> Value:
    """Return the value of the elements plus a number that is finite."""
    return value if summand == 0 else add(value, Value(summand, summand))


def multiply(a: Value, b: Value) -> Value:
    """Return the value of products of two elements that are not known to depend on each other."""
    if a.empty or b.empty:
        return NAN
    nan = a.nan or b.nan or _zero_times_infinity(a, b) or _zero_times_infinity(b, a)
    if nan and ((_is(a, 0) and _infinite(b)) or (_is(b, 0) and _infinite(a))):
        return NAN
    products = [_product(x, y) for x in (a.lo, a.hi) for y in (b.lo, b.hi)]
    if a.lo >= 0 and b.lo >= 0:
        lo_why, hi_why = both(a.lo_why, b.lo_why), both(a.hi_why, b.hi_why)
        if _is_reached(a, 0) or _is_reached(b, 0):
            lo_why = NONE
    else:
        lo_why = hi_why = both(a.why, b.why)
    return Value(
        down(min(products)),
        up(max(products)),
        nan,
        a.some or b.some,
        lo_why,
        hi_why,
        a.free or b.free,
    )


def _is(value: Value, x: float) -> bool:
    return value.lo == value.hi == x


def _is_reached(value: Value, x: float) -> bool:
    return value.lo == x and not value.lo_why


def _infinite(value: Value) -> bool:
    return value.lo == inf or value.hi == -inf


def _zero_times_infinity(a: Value, b: Value) -> bool:
    return a.lo <= 0 <= a.hi and (b.hi == inf or b.lo == -inf)


def _product(x: float, y: float) -> float:
    return 0.0 if x == 0 or y == 0 else x * y


def square(value: Value) -> Value:
    """Return the value of each element times itself; 0 counts as reached where it may be."""
    if value.empty:
        return NAN
    low, high = sorted((abs(value.lo), abs(value.hi)))
    turned = abs(value.lo) > abs(value.hi)
    if value.lo <= 0 <= value.hi:
        low, lo_why = 0.0, NONE
    else:
        lo_why = value.hi_why if turned else value.lo_why
    hi_why = value.lo_why if turned else value.hi_why
    return Value(
        down(low * low),
        up(high * high),
        value.nan,
        value.some,
        lo_why,
        hi_why,
        value.free,
    )


def monotone(
    value: Value, lower: Callable[[float], float], upper: Callable[[float], float]
) -> Value:
    """Return the value of a function that never falls, given its bounds below and above."""
    if value.empty:
        return NAN
    return value._replace(lo=lower(value.lo), hi=upper(value.hi))


def total(term: Value, count: int | None, *, fewer: bool = False, size: str = "a blob") -> Value:
    """Return the value of sums of ``count`` elements, each rounded once before.

    ``fewer`` says that a sum may have fewer terms, or none. ``None`` is a count that is not known.
    """
    if term.empty:
        return with_number(NAN, 0.0) if fewer else NAN
    if term.lo == term.hi == 0:
        return term
    if count is None:
        return _endless(term, size)
    if count <= 0:
        return constant(0.0)
    magnitude = max(abs(term.lo), abs(term.hi))
    lo, hi = _product(term.lo, count), _product(term.hi, count)
    if fewer:
        lo, hi = min(lo, term.lo, 0.0), max(hi, term.hi, 0.0)
    off = 0.0
    if count > 1 and magnitude < inf:
        off = gamma(count) * magnitude * count + count * TINY
    lo, hi = down(lo - off), up(hi + off)
    # Rounding never turns a sign: a sum of terms that are not negative is not negative either.
    if term.lo >= 0:
        lo = max(lo, 0.0)
    if term.hi <= 0:
        hi = min(hi, 0.0)
    # NaN is inf - inf, for which partial sums must overflow both ways.
    nan = term.nan or (count > 1 and lo == -inf and hi == inf)
    some = (term.some or term.never_finite) and not fewer
    return Value(lo, hi, nan, some, term.lo_why, term.hi_why, term.free)


def _endless(term: Value, size: str) -> Value:
    """Return the value of sums of unknown length; their sign is known all the same."""
    why = frozenset((f"the size of {size} is not known",))
    lo = 0.0 if term.lo >= 0 else -inf
    hi = 0.0 if term.hi <= 0 else inf
    nan = term.nan or (lo < 0 < hi)
    low = term.lo_why if term.lo >= 0 else term.lo_why | why
    high = term.hi_why if term.hi <= 0 else term.hi_why | why
    return Value(lo, hi, nan, term.some, low, high, term.free)


def larger(a: Value, b: Value) -> Value:
    """Return the value of the larger one of two elements; a NaN may be passed over."""
    if a.nan or b.nan or a.empty or b.empty:
        return hull((a, b))._replace(nan=True, some=False)
    low = a if a.lo >= b.lo else b
    high = a if a.hi >= b.hi else b
    return Value(low.lo, high.hi, lo_why=low.lo_why, hi_why=high.hi_why, free=a.free or b.free)

"""Logic in three values: true, false, and ``Unknown`` with its reasons (strong Kleene).

A result is unknown only if the unknown operands could change it, and its reasons are theirs.
"""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING
from protolint.values import Interval, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

Truth: TypeAlias = bool | Unknown

INEXACT = frozenset({Unknown, Interval})


def merge(*values: object) -> Unknown:
    """Return ``Unknown`` for the reasons of those values that are not concrete."""
    reasons: frozenset[str] = frozenset()
    for value in values:
        if isinstance(value, Unknown | Interval):
            reasons |= value.reasons
    return Unknown(reasons)


def negation(value: Truth) -> Truth:
    """Return ``!value``."""
    return value if type(value) is Unknown else not value


def conjunction(left: Truth, right: Truth) -> Truth:
    """Return ``left && right``; false if either is."""
    if left is False or right is False:
        return False
    return right if left is True else left if right is True else merge(left, right)


def disjunction(left: Truth, right: Truth) -> Truth:
    """Return ``left || right``; true if either is."""
    if left is True or right is True:
        return True
    return right if left is False else left if right is False else merge(left, right)


def every(values: Iterable[Truth]) -> Truth:
    """Return whether all values are true; it stops at the first false one."""
    result: Truth = True
    for value in values:
        result = conjunction(result, value)
        if result is False:
            break
    return result


def some(values: Iterable[Truth]) -> Truth:
    """Return whether any value is true; it stops at the first true one."""
    result: Truth = False
    for value in values:
        result = disjunction(result, value)
        if result is True:
            break
    return result


def exactly_one(values: Iterable[Truth]) -> Truth:
    """Return whether one value is true and all others are false."""
    found = 0
    open_: list[Truth] = []
    for value in values:
        if value is True:
            found += 1
        elif type(value) is Unknown:
            open_.append(value)
    if found > 1:
        return False
    return merge(*open_) if open_ else found == 1

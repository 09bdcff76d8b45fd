"""The values a rule computes with: concrete, unknown, or an interval.

A concrete value is a Python ``bool``, ``int``, ``float``, ``str``, ``list`` or an object that is
``Readable``. ``Unknown`` stands for a value that the text does not fix and says why;
``Interval`` for a number of which only bounds are known.
"""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from typing import Any


class Unknown(NamedTuple):
    """A value that cannot be told from the text, with what would decide it.

    Each reason completes the sentence "undecided because …", e.g. ``"blob 'data' has no shape"``.
    """

    reasons: frozenset[str]

    def __bool__(self) -> bool:
        """Refuse to be taken for true or false: three-valued code must ask explicitly."""
        raise TypeError("an Unknown has no truth value")


def unknown(*reasons: str) -> Unknown:
    """Return an ``Unknown`` for the given reasons."""
    return Unknown(frozenset(reasons))


class Interval(NamedTuple):
    """A number somewhere in ``lo``..``hi``, both ends included; the ends may be infinite."""

    lo: float
    hi: float
    reasons: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Refuse to be taken for true or false, as ``Unknown`` does."""
        raise TypeError("an Interval has no truth value")


class Readable(Protocol):
    """What an expression can select a member of: a bound message or a record of facts."""

    def read(self, name: str) -> Any:
        """Return the member's value, its default when absent, or ``Unknown``."""

    def has(self, name: str) -> bool | Unknown:
        """Return whether the member is written in the text."""

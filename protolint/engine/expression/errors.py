"""What is wrong with an expression, and where."""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class ExpressionError(Exception):
    """A mistake of the author at ``start`` up to but not including ``end``.

    Both are offsets in code points into the text that was parsed.
    """

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """Return ``"; did you mean '…'?"`` with the candidate closest to ``name``, or ``""``."""
    import difflib  # noqa: PLC0415  only a mistake pays for the import

    close = difflib.get_close_matches(name, list(candidates), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""

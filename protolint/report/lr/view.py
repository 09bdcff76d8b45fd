"""What is shown of one solver's schedule, in whatever form."""

from __future__ import annotations

import math

from protolint.analysis.schedule import Abort, rate_at
from protolint.typing import TYPE_CHECKING, NamedTuple
from protolint.values import Interval, Unknown

if TYPE_CHECKING:
    from protolint.analysis.schedule import Proof, Settings


class View(NamedTuple):
    """A solver's schedule: where it is written, what is proved, and the rates asked for.

    ``values`` are pairs of iteration and rate; they end before the iteration at which Caffe would
    end.
    """

    path: str
    settings: Settings
    proof: Proof
    values: tuple[tuple[int, float], ...]

    def rate(self, iteration: int) -> float:
        """Return the rate at an iteration: NaN where there is none, the most that it can be."""
        rate = rate_at(self.settings, iteration)
        if isinstance(rate, Abort | Unknown):
            return math.nan
        return rate.hi if isinstance(rate, Interval) else rate

"""What is shown of one solver's schedule, in whatever form."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

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

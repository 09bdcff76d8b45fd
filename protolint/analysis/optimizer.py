"""What a solver's type makes of its fields."""

from __future__ import annotations

import math

from protolint.typing import TYPE_CHECKING
from protolint.values import Unknown

if TYPE_CHECKING:
    from protolint.model.solver import Solver

_READS = {
    "SGD": ("momentum",),
    "Nesterov": ("momentum",),
    "AdaGrad": ("delta",),
    "RMSProp": ("delta", "rms_decay"),
    "AdaDelta": ("momentum", "delta"),
    "Adam": ("momentum", "momentum2", "delta"),
}
"""Solver type → which of its own fields it reads."""


def unread(solver: Solver) -> list[str] | Unknown:
    """Return the fields of other solver types that are written and that this one does not read."""
    kind = solver.read("type")
    if isinstance(kind, Unknown):
        return kind
    read = _READS.get(kind)
    if read is None:
        return []
    names = ("momentum2", "rms_decay", "delta")
    return [name for name in names if solver.has(name) is True and name not in read]


def train_nets(solver: Solver) -> int | Unknown:
    """Return how many of the four fields that name the net to train are given."""
    given = [solver.has(name) for name in ("net", "net_param", "train_net", "train_net_param")]
    unclear = next((answer for answer in given if isinstance(answer, Unknown)), None)
    return sum(answer is True for answer in given) if unclear is None else unclear


def saves_last_epochs(solver: Solver) -> bool:
    """Return whether weights are saved after each of the last epochs; only NVIDIA's Caffe can."""
    epochs: int = solver.message.values.get("test_and_snapshot_last_epochs", 0)
    return epochs > 0


def nonfinite_fields(solver: Solver) -> list[str]:
    """Return the fields that are written as inf or nan; -1 and the like are no such thing."""
    return [
        name
        for name, value in solver.message.values.items()
        if isinstance(value, float) and not math.isfinite(value)
    ]

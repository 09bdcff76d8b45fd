"""What a solver's type makes of its fields."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from protolint.single import single
from protolint.values import Unknown

if TYPE_CHECKING:
    from protolint.model.solver import Solver

USUAL_STEP = {
    "SGD": 10.0,
    "Nesterov": 10.0,
    "AdaGrad": 1.0,
    "RMSProp": single(0.1),
    "Adam": single(0.1),
    "AdaDelta": 10.0,
}
"""Solver type → the largest step scale (see ``step_scale``) that is still usual.

Ten times what published nets use: 0.1 with momentum 0.9, so 1, for SGD and Nesterov; 0.1 for
AdaGrad, whose steps shrink by themselves; 0.01 for RMSProp and Adam; 1 for AdaDelta, which sets its
own step.
"""

_READS = {
    "SGD": ("momentum",),
    "Nesterov": ("momentum",),
    "AdaGrad": ("delta",),
    "RMSProp": ("delta", "rms_decay"),
    "AdaDelta": ("momentum", "delta"),
    "Adam": ("momentum", "momentum2", "delta"),
}
"""Solver type → which of its own fields it reads."""


def usual_step(solver: Solver) -> float | Unknown:
    """Return the largest usual step scale; infinite for a type that Caffe does not have."""
    kind = solver.read("type")
    return kind if isinstance(kind, Unknown) else USUAL_STEP.get(kind, math.inf)


def step_scale(solver: Solver) -> float | Unknown:
    """Return what the first gradients are multiplied by in the long run.

    SGD and Nesterov add up base_lr * momentum^t to base_lr / (1 - momentum), which is infinite from
    momentum 1 on; for the other types it is base_lr.
    """
    kind, rate = solver.read("type"), solver.read("base_lr")
    momentum = solver.read("momentum")
    for value in (kind, rate, momentum):
        if isinstance(value, Unknown):
            return value
    scale: float = rate
    if kind in ("SGD", "Nesterov") and 0 < momentum < 1:
        scale = rate / (1 - momentum)
    return scale


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


def nonfinite_fields(solver: Solver) -> list[str]:
    """Return the fields that are written as inf or nan; -1 and the like are no such thing."""
    return [
        name
        for name, value in solver.message.values.items()
        if isinstance(value, float) and not math.isfinite(value)
    ]

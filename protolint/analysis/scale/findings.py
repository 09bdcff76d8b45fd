"""Nets whose signal dies away or explodes between the input and a loss, at iteration 0."""

from __future__ import annotations

from protolint.analysis.backward import losses
from protolint.analysis.graph import UNKNOWN
from protolint.analysis.scale import WEIGHTS
from protolint.analysis.scale.walk import Scale, scales
from protolint.analysis.shapes import shapes
from protolint.model.place import mark, problem
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.analysis.shapes import Shapes
    from protolint.model.net import Net
    from protolint.model.state import NetState
    from protolint.problem import Problem
    from protolint.values import Unknown

BAND = 1e4
"""The factor by which a signal may grow or shrink on its way to the loss, and the deviation (its
inverse where it shrinks) that it may arrive with. AlexNet, which trains, brings pixels of deviation
60 down to 0.004."""


def problems(net: Net, state: NetState) -> Iterator[Problem]:
    """Yield where the signal leaves the band on the way to a loss."""
    counted = [at for at, tops in losses(net, state).items() if tops]
    built = shapes(net, state)
    found = scales(net, state)
    told: set[int] = set()
    for at in counted:
        loss = built.graph.order[at]
        version = loss.bottoms[0] if loss.bottoms else UNKNOWN
        scale = found[version] if version != UNKNOWN else None
        if isinstance(scale, Scale) and _leaves(scale) and scale.origin not in told:
            told.add(scale.origin)
            yield _problem(built, found, scale, version, at)


def _leaves(scale: Scale) -> bool:
    """Return whether a signal has left the band, relative to where it began and by itself."""
    size = scale.moments.signal**0.5
    return (scale.gain < 1 / BAND and size < 1 / BAND) or (scale.gain > BAND and size > BAND)


def _problem(
    built: Shapes, found: list[Scale | Unknown], scale: Scale, version: int, loss: int
) -> Problem:
    """Word what becomes of the signal, at the first layer on its way that has left the band."""
    order, producers = built.graph.order, built.graph.producers
    way = _way(built, found, version, scale.origin)
    shrinks = scale.gain < 1
    layer = order[producers[version]].layer
    for at in way:
        last = found[order[at].tops[0]]
        if isinstance(last, Scale) and (last.gain < 1 / BAND if shrinks else last.gain > BAND):
            layer = order[at].layer
            break
    origin = order[producers[scale.origin]].layer
    deviation = scale.moments.signal**0.5
    args = {
        "layer": layer.name,
        "origin": origin.name,
        "loss": order[loss].layer.name,
        "factor": _about(1 / scale.gain if shrinks else scale.gain),
        "layers": sum(order[at].layer.type in WEIGHTS for at in way),
    }
    marks = (
        mark(origin.name_node(), "counted from here"),
        mark(order[loss].layer.name_node(), f"a deviation of {deviation:.1e} arrives here"),
    )
    rule = "activations-vanish" if shrinks else "activations-explode"
    return problem(rule, layer.name_node(), args, marks=marks, layer=layer.name)


def _way(built: Shapes, found: list[Scale | Unknown], version: int, origin: int) -> list[int]:
    """Return the steps between an origin and a version that carry its signal, in file order."""
    waiting, seen = [version], set[int]()
    for at in waiting:  # grows upwards
        if at == origin or at in seen:
            continue
        seen.add(at)
        waiting += [
            bottom
            for bottom in built.graph.order[built.graph.producers[at]].bottoms
            if bottom != UNKNOWN
            and isinstance(scale := found[bottom], Scale)
            and scale.origin == origin
        ]
    return sorted({built.graph.producers[at] for at in seen})


def _about(factor: float) -> str:
    """Return a large factor as one digit and zeros, such as ``30,000``."""
    rounded = float(f"{factor:.0e}")
    return (
        f"{rounded:,.0f}"
        if rounded < 1e9
        else f"{rounded:.0e}".replace("e+0", "e").replace("e+", "e")
    )

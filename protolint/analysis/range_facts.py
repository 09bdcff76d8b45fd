"""What rules ask of value ranges: which operations of a layer are not finite, and how that comes.

An operation is *proved* not to be finite where every input and weight leads there, or where the
fillers do at iteration 0 of a net that is trained; it is a *risk* where ordinary inputs and weights
can.
"""

from __future__ import annotations

from protolint.analysis.graph import MOST_STEPS, UNKNOWN
from protolint.analysis.layer_facts import in_training
from protolint.analysis.ranges import losses
from protolint.analysis.ranges.run import ranges
from protolint.layers.fields import real, section
from protolint.typing import TYPE_CHECKING
from protolint.values import Unknown, unknown

if TYPE_CHECKING:
    from protolint.analysis.layer_facts import InState
    from protolint.analysis.ranges.place import Hazard, Weights
    from protolint.analysis.ranges.run import Ranges
    from protolint.analysis.ranges.value import Value
    from protolint.model.layer import Layer


def _hazard(place: InState, kinds: str, weights: Weights) -> Hazard | None:
    """Return the layer's hazard of one of the kinds, a sure one before others."""
    wanted = kinds.split()
    found = ranges(place.net, place.state, weights).of_layer(place.layer)
    fitting = [hazard for hazard in found if hazard.kind in wanted]
    return min(fitting, key=lambda hazard: not hazard.sure, default=None)


def _proof(place: InState, kinds: str) -> tuple[Weights, Hazard] | None:
    """Return the hazard that is sure, and of which weights."""
    ordinary = _hazard(place, kinds, "ordinary")
    if ordinary is None:
        return None
    if ordinary.sure:
        found = _hazard(place, kinds, "any")
        if found is not None and found.sure:
            return "any", found
    if place.state.phase == "TRAIN" and in_training(place):
        found = _hazard(place, kinds, "initial")
        if found is not None and found.sure and not found.argument.why:
            return "initial", found
    return None


def proved(place: InState, kinds: str) -> str:
    """Return ``"always"``, ``"at iteration 0"``, or ``""`` where nothing is proved."""
    found = _proof(place, kinds)
    if found is None:
        return ""
    return "always" if found[0] == "any" else "at iteration 0"


def risk(place: InState, kinds: str) -> bool | Unknown:
    """Return whether ordinary numbers lead there, where nothing is proved."""
    hazard = _hazard(place, kinds, "ordinary")
    if hazard is None or _proof(place, kinds) is not None:
        return False
    return True if hazard.reached else Unknown(hazard.why)


def of_scores(place: InState, kinds: str) -> bool:
    """Return whether the scale of what the operation is done on is learned."""
    hazard = _hazard(place, kinds, "ordinary")
    return hazard is not None and hazard.argument.free


def argument(place: InState, kinds: str) -> str:
    """Return what the operation is done on, e.g. ``[0, 1]``."""
    found = _proof(place, kinds)
    hazard = found[1] if found else _hazard(place, kinds, "ordinary")
    if hazard is None:
        return ""
    return str(hazard.argument)


def story(place: InState, kinds: str) -> str:
    """Return the layers that lead to the operation, with the ranges they make."""
    found = _proof(place, kinds)
    run = ranges(place.net, place.state, found[0] if found else "ordinary")
    return _story(run, place)


def _story(run: Ranges, place: InState) -> str:
    versions = run.graph.order[run.graph.steps[id(place.layer)]].bottoms
    return run.story(versions[0]) if versions else ""


def trail(place: InState) -> list[tuple[Layer, str]]:
    """Return the layers that lead to a layer's first bottom, each with its part of the story."""
    run = ranges(place.net, place.state, "ordinary")
    step = run.graph.steps.get(id(place.layer))
    versions = [] if step is None else run.graph.order[step].bottoms
    chain = run.chain(versions[0]) if versions else []
    producers, order = run.graph.producers, run.graph.order
    return [(order[producers[at]].layer, run.link(at)) for at in chain if at != UNKNOWN]


def shares(place: InState) -> bool | Unknown:
    """Return whether the first bottom lies between 0 and 1, for ordinary weights."""
    value = _bottom(place)
    if value is None:
        return unknown("the layer has no bottom")
    if value.lo >= 0 and value.hi <= 1 and not value.nan:
        return True
    below = value.lo < 0 and not value.lo_why
    above = value.hi > 1 and not value.hi_why
    return False if below or above or value.free else Unknown(value.why)


def squashed(place: InState) -> bool:
    """Return whether the first bottom is known to lie between 0 and 1."""
    return shares(place) is True


def bottom_range(place: InState) -> str:
    """Return the range of the first bottom, for ordinary weights."""
    value = _bottom(place)
    return "" if value is None else str(value)


def bottom_story(place: InState) -> str:
    """Return the layers that lead to the first bottom, with the ranges they make."""
    return _story(ranges(place.net, place.state, "ordinary"), place)


def _bottom(place: InState) -> Value | None:
    run = ranges(place.net, place.state, "ordinary")
    values = run.bottoms(run.graph.steps[id(place.layer)])
    return values[0] if values else None


def takes_probabilities(place: InState) -> bool:
    """Return whether an InfogainLoss is of a Caffe where it has no softmax of its own."""
    return losses.takes_probabilities(place.layer)


_ADD = ("Reduction", "Convolution", "InnerProduct", "Eltwise")
_CARRY = ("Split", "Reshape", "Flatten", "Tile", "Slice", "Concat", "Bias", "Scale", "Power")


def sums_to_divide(place: InState) -> bool:
    """Return whether what the layer makes is added up and then divided by, or its logarithm taken.

    That is a softmax made by hand, without the subtraction of the largest that keeps it finite.
    """
    graph = ranges(place.net, place.state, "ordinary").graph
    tops = graph.order[graph.steps[id(place.layer)]].tops
    ahead = [(version, False) for version in tops]
    seen = set(ahead)
    while ahead and len(seen) < MOST_STEPS:
        version, added = ahead.pop()
        for reader in graph.readers[version]:
            step = graph.order[reader]
            kind = step.layer.type
            if added and (kind == "Log" or (kind == "Power" and _power(step.layer) < 0)):
                return True
            if kind in _ADD or kind in _CARRY:
                links = [(top, added or kind in _ADD) for top in step.tops]
                ahead += [link for link in links if link not in seen]
                seen.update(links)
    return False


def _power(layer: Layer) -> float:
    power = real(section(layer.message, "power_param"), "power")
    return 1.0 if power is None else power

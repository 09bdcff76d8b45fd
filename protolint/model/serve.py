"""Which states a net file is meant for, as far as its text tells.

Caffe builds a file in whatever state it is asked to; a deploy file does not train and a file
with nothing but training data does not test, and neither is to be blamed for that.
"""

from __future__ import annotations

from protolint.model.state import PHASES, NetState, Phase, file_state, lets_in
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from protolint.model.layer import Layer
    from protolint.model.net import Net

_FED_FROM_OUTSIDE = ("Input", "Parameter")
"""Types of sources that bring no data of their own."""


MOST_CHOICES = 16
"""Sets of stages that a file is looked at with; real ones mention a handful."""


class Serving(NamedTuple):
    """The states a file is checked in, and those it is not meant for, each with the reason."""

    states: list[NetState]
    unserved: list[tuple[NetState, str]]


def states(
    net: Net,
    *,
    phase: Phase | None = None,
    level: int | None = None,
    stages: tuple[str, ...] | None = None,
) -> Serving:
    """Return the states in which to check a net.

    With a pinned ``phase`` it is the one state of ``caffe::Net(file, phase, level, stages)``, and
    the text is not asked. Otherwise it is TRAIN and TEST, without stages and with those that the
    file mentions (or with the pinned ones), less the states that the file does not serve and those
    that build the same layers as an earlier one of the phase.
    """
    if phase is not None:
        return Serving([file_state(net.state, phase, level or 0, stages or ())], [])
    choices = _mentioned_stages(net) if stages is None else [stages]
    candidates = _candidates(net, level or 0, choices[:MOST_CHOICES])
    sources = {state: _sources(net.for_state(state)) for state in candidates}
    with_sources = [state for state in candidates if sources[state]]
    served: list[NetState] = []
    unserved: list[tuple[NetState, str]] = []
    if len(choices) > MOST_CHOICES:
        left_out = file_state(net.state, "TRAIN", level or 0, choices[MOST_CHOICES])
        reason = f"of {len(choices)} sets of stages only the first {MOST_CHOICES} are looked at"
        unserved.append((left_out, reason))
    for state in candidates:
        reason = _why_not(net, state, sources[state], with_sources)
        if reason:
            unserved.append((state, reason))
        else:
            served.append(state)
    if served:
        return Serving(served, unserved)
    return Serving(candidates, unserved[: -len(candidates)])


def missing_blobs(layers: list[Layer]) -> set[str]:
    """Return the blobs that some layer reads and no layer before it makes."""
    made: set[str] = set()
    missing: set[str] = set()
    for layer in layers:
        if not made.issuperset(layer.bottoms):
            missing.update([blob for blob in layer.bottoms if blob not in made])
        made.update(layer.tops)
    return missing


def _candidates(net: Net, level: int, choices: list[tuple[str, ...]]) -> list[NetState]:
    found: list[NetState] = []
    for phase in PHASES:
        seen: list[list[Layer]] = []
        for choice in choices:
            state = file_state(net.state, phase, level, choice)
            layers = net.for_state(state)
            if not any(layers is other for other in seen):
                seen.append(layers)
                found.append(state)
    return found


def _mentioned_stages(net: Net) -> list[tuple[str, ...]]:
    """Return no stages, then each set of stages that a rule asks for together or forbids one of."""
    found: dict[tuple[str, ...], None] = {(): None}
    for layer in net.ruled():
        values = layer.message.values
        for rule in (*values.get("include", ()), *values.get("exclude", ())):
            found.setdefault(tuple(rule.values.get("stage", ())))
            for stage in rule.values.get("not_stage", ()):
                found.setdefault((stage,))
    return list(found)


def _why_not(net: Net, state: NetState, sources: list[Layer], with_sources: list[NetState]) -> str:
    """Return why the file is not meant for a state, or nothing when it may be.

    ``sources`` are its layers that bring in data; ``with_sources`` are the states that have some.
    """
    layers = net.for_state(state)
    if not sources:
        if not with_sources:
            return ""
        return f"its data layers are only for {'; '.join(map(str, with_sources))}"
    if state.phase == "TRAIN" and all(layer.type in _FED_FROM_OUTSIDE for layer in sources):
        tests = any(other.phase == "TEST" for other in with_sources)
        if tests and not _has_fed_loss(layers):
            return "it takes its data from outside and computes no loss, as a deploy net does"
    missing = missing_blobs(layers) if len(layers) < len(net.layers) else None
    if not missing:
        return ""
    makers: dict[str, list[Layer]] = {}
    for layer in net.layers:
        for blob in layer.tops:
            makers.setdefault(blob, []).append(layer)
    names_phase = _names_phase(net, state.phase)
    choices = _mentioned_stages(net)[:MOST_CHOICES]
    for blob in sorted(missing):
        reason = _why_missing(state, blob, makers.get(blob, []), choices, names_phase=names_phase)
        if reason:
            return reason
    return ""


def _sources(layers: list[Layer]) -> list[Layer]:
    return [layer for layer in layers if layer.tops and not layer.bottoms]


def _has_fed_loss(layers: list[Layer]) -> bool:
    made = {blob for layer in layers for blob in layer.tops}
    return any(
        (layer.type.endswith("Loss") or any(layer.message.values.get("loss_weight", ())))
        and made.issuperset(layer.bottoms)
        for layer in layers
    )


def _why_missing(
    state: NetState,
    blob: str,
    makers: list[Layer],
    choices: list[tuple[str, ...]],
    *,
    names_phase: bool,
) -> str:
    """Return why a state is not meant, given that it lacks a blob that other states make.

    ``names_phase`` is whether a rule lets a layer into the phase by name.
    """
    if not makers or any(lets_in(state, layer.message) for layer in makers):
        return ""
    for choice in choices:
        other = state._replace(stages=choice)
        if any(lets_in(other, layer.message) for layer in makers):
            return (
                f'"{blob}" needs the stages {", ".join(choice)}'
                if choice
                else (f'"{blob}" is not made with the stages {", ".join(state.stages)}')
            )
    if not names_phase and all(not layer.bottoms for layer in makers):
        return f'no rule names {state.phase}, and the data "{blob}" is for the other phase'
    return ""


def _names_phase(net: Net, phase: Phase) -> bool:
    """Return whether a rule lets a layer into a phase by name."""
    for layer in net.ruled():
        values = layer.message.values
        if any(rule.values.get("phase") == phase for rule in values.get("include", ())):
            return True
        if any(rule.values.get("phase") not in (None, phase) for rule in values.get("exclude", ())):
            return True
    return False

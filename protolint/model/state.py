"""The state a net is built in, and which layers it lets in."""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import Literal, TypeAlias

    from protolint.schema.message import Message

Phase: TypeAlias = 'Literal["TRAIN", "TEST"]'

PHASES: tuple[Phase, ...] = ("TRAIN", "TEST")


class NetState(NamedTuple):
    """A phase, a level and the stages that are on."""

    phase: Phase
    level: int = 0
    stages: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the state in words, e.g. ``TEST, level 1, stage deploy``."""
        level = f", level {self.level}" if self.level else ""
        stages = "".join(f", stage {stage}" for stage in self.stages)
        return f"{self.phase}{level}{stages}"


def meets(state: NetState, rule: Message, on: Collection[str] | None = None) -> bool:
    """Return whether the state meets a ``NetStateRule``: every condition in it, as Caffe asks.

    ``on`` are the state's stages as a set, for who asks often.
    """
    values = rule.values
    phase = values.get("phase")
    if phase is not None and phase != state.phase:
        return False
    if "min_level" in values and state.level < values["min_level"]:
        return False
    if "max_level" in values and state.level > values["max_level"]:
        return False
    stages = state.stages if on is None else on
    if any(stage not in stages for stage in values.get("stage", ())):
        return False
    return not any(stage in stages for stage in values.get("not_stage", ()))


def has_unreadable_rules(layer: Message) -> bool:
    """Return whether some include or exclude rule of the layer could not be read in full."""
    values = layer.values
    if "include" in values or "exclude" in values:
        rules = (*values.get("include", ()), *values.get("exclude", ()))
        if any(rule.lost for rule in rules):
            return True
    return "include" in layer.lost or "exclude" in layer.lost


def lets_in(state: NetState, layer: Message, on: Collection[str] | None = None) -> bool:
    """Return whether the layer is built: some include rule is met, or no exclude rule is.

    A layer whose rules cannot be read counts as built. ``on`` is as in ``meets``.
    """
    if has_unreadable_rules(layer):
        return True
    values = layer.values
    include = values.get("include")
    if include is not None:
        return any(meets(state, rule, on) for rule in include)
    return not any(meets(state, rule, on) for rule in values.get("exclude", ()))


def file_state(
    net: Message | None, phase: Phase, level: int = 0, stages: Iterable[str] = ()
) -> NetState:
    """Return the state of ``caffe::Net(file, phase, level, stages)``.

    Phase and level in the file's own `state` are overwritten, its stages stay on.
    """
    own = () if net is None else net.values.get("stage", ())
    return NetState(phase, level, (*own, *stages))


def solver_state(default: Phase, *states: Message | None) -> NetState:
    """Return the state in which a solver builds a net.

    ``states`` are the net's own `state` and the solver's `train_state` or `test_state`, each over
    the one before: phase and level replace, stages add up (solver.cpp, InitTrainNet).
    """
    phase, level, stages = default, 0, []
    for state in states:
        if state is not None:
            phase = state.values.get("phase", phase)
            level = state.values.get("level", level)
            stages += state.values.get("stage", ())
    return NetState(phase, level, tuple(stages))

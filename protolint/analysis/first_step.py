"""What the first updates of training multiply a gradient by, factor by factor.

Judged for each layer that is trained, against what published nets of its kind do: the layer for
which the step exceeds the usual most is the one that is told. Of a solver whose net was not read
only its own factors are known, and the others are taken as 1.
"""

from __future__ import annotations

from math import isfinite, sqrt

from protolint.analysis.backward import backward, losses
from protolint.analysis.graph import UNKNOWN
from protolint.analysis.layer_facts import FILLED
from protolint.analysis.learning_rate import Schedule
from protolint.analysis.loss_terms import terms
from protolint.analysis.scale import PIXEL_DEVIATION, PIXEL_MEAN
from protolint.analysis.shapes import shapes
from protolint.analysis.usual_steps import (
    ADAPTIVE,
    BATCH,
    LARGEST_BATCH,
    MARGIN,
    NORMALISED,
    PLAIN,
    TUNED,
)
from protolint.typing import TYPE_CHECKING, NamedTuple
from protolint.values import Interval, Unknown, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.analysis.shapes import Shapes
    from protolint.analysis.usual_steps import Usual
    from protolint.analysis.wiring import Step
    from protolint.model.layer import Layer
    from protolint.model.net import Net
    from protolint.model.solver import Solver
    from protolint.model.state import NetState

_BY_MOMENTUM = ("SGD", "Nesterov")
_LAYERWISE = ("larc", "local_lr_auto")
"""Fields of forks that scale the rate of each layer by the sizes of its weights and gradients."""

_IMAGES = ("Data", "ImageData", "WindowData")


class Factor(NamedTuple):
    """One of the factors of a step, and what it is."""

    value: float | Interval
    text: str


class FirstStep(NamedTuple):
    """The factors of a step, their product, and the step that is usual.

    ``limit`` is what is still left alone. ``layer`` is the layer with the largest step for its
    kind, empty where the net was not read.
    """

    factors: tuple[Factor, ...]
    size: float | Interval
    usual: Usual
    limit: float
    layer: str

    @property
    def least(self) -> float:
        """The least that the step can be."""
        return self.size.lo if isinstance(self.size, Interval) else self.size


def first_step(solver: Solver) -> FirstStep | Unknown:
    """Return the largest step of a solver for its kind, computed once.

    Unknown where the solver's own fields are; a rate that is not finite is judged by its first.
    """
    if "first step" not in solver.facts:
        solver.facts["first step"] = _first_step(solver)
    found: FirstStep | Unknown = solver.facts["first step"]
    return found


def _first_step(solver: Solver) -> FirstStep | Unknown:
    kind = solver.read("type")
    rate, momentum = solver.read("base_lr"), solver.read("momentum")
    for value in (kind, rate, momentum):
        if isinstance(value, Unknown):
            return value
    if kind not in ADAPTIVE and kind not in _BY_MOMENTUM:
        return unknown(f'nothing is known of a solver type "{kind}"')
    for name in _LAYERWISE:
        if name in solver.message.type.fields and solver.read(name) is not False:
            return unknown(f"`{name}` sets the rates of layers")
    own = [_rate(solver, rate)]
    if kind in _BY_MOMENTUM and 0 < momentum < 1:
        own.append(Factor(1 / (1 - momentum), f"momentum {momentum:.4g}"))
    found = [
        _judged([*own, *factors], usual, batch, layer)
        for net, state in _training(solver)
        for layer, factors, usual, batch in _layers(solver, net, state, kind)
    ]
    if found:
        return max(found, key=lambda step: step.least / step.limit)
    if kind in ADAPTIVE:
        return _judged(own, ADAPTIVE[kind], None, "")
    return _judged(own, NORMALISED, LARGEST_BATCH, "")


def _judged(factors: list[Factor], usual: Usual, batch: int | None, layer: str) -> FirstStep:
    low = high = 1.0
    reasons: frozenset[str] = frozenset()
    for value, _ in factors:
        bounds = value if isinstance(value, Interval) else Interval(value, value)
        low, high, reasons = low * bounds.lo, high * bounds.hi, reasons | bounds.reasons
    size = Interval(low, high, reasons) if reasons else low
    limit = MARGIN * usual.step * max(1.0, (batch or BATCH) / BATCH)
    return FirstStep(tuple(factors), size, usual, limit, layer)


def _rate(solver: Solver, first: float) -> Factor:
    """Return the largest rate of the schedule, which a warm-up reaches later."""
    proof = Schedule(solver).proof
    if proof.finite and isfinite(proof.max) and proof.max > first and proof.max_at:
        return Factor(proof.max, f"the rate at iteration {proof.max_at}")
    return Factor(first, "base_lr")


def _training(solver: Solver) -> list[tuple[Net, NetState]]:
    return [
        (net, use.net_state(net.state))
        for use, net in solver.facts.get("nets", ())
        if use.phase == "TRAIN" and net is not None and not net.message.lost
    ]


def _layers(
    solver: Solver, net: Net, state: NetState, kind: str
) -> Iterator[tuple[str, list[Factor], Usual, int | None]]:
    """Yield the layers that are trained, with their own factors and what is usual for them."""
    built, passes = shapes(net, state), backward(net, state)
    order = built.graph.order
    summed = [] if kind in ADAPTIVE else list(_losses(net, state, built))
    normalised = any(step.layer.type == "BatchNorm" for step in order)
    batch = _batch(built, solver.read("iter_size"))
    for at, step in enumerate(order):
        if not (passes.layers[at] and passes.learnable[at]) or step.layer.type not in FILLED:
            continue
        factors = []
        multiplier = _multiplier(step.layer)
        if multiplier != 1:
            factors.append(Factor(multiplier, f"lr_mult {multiplier:.4g}"))
        if kind not in ADAPTIVE:
            factors += _clipped([f for above, f in summed if at in above], solver)
            factors += _pixels(built, step)
        usual = ADAPTIVE.get(kind) or (
            TUNED if not _is_filled(step.layer) else NORMALISED if normalised else PLAIN
        )
        yield step.layer.name, factors, usual, None if kind in ADAPTIVE else batch


def _multiplier(layer: Layer) -> float:
    """Return the lr_mult of a layer's weights."""
    given = layer.message.values.get("param", ())
    value = given[0].read("lr_mult") if given else 1.0
    return 1.0 if isinstance(value, Unknown) else float(value)


def _is_filled(layer: Layer) -> bool:
    param = layer.read(FILLED[layer.type])
    return isinstance(param, Unknown) or param.has("weight_filler") is not False


def _losses(net: Net, state: NetState, built: Shapes) -> Iterator[tuple[set[int], Factor]]:
    """Yield each loss as the layers that it depends on, and by how much it exceeds a mean."""
    order = built.graph.order
    for at, tops in losses(net, state).items():
        layer, _, _ = order[at]
        if not layer.bottoms:  # Caffe does not build it
            continue
        shape = built.bottoms[at][0]
        found = terms(layer.message, shape)
        weights = layer.message.values.get("loss_weight") or [1.0]
        weight = sum(abs(weights[top]) for top in tops if top < len(weights))
        if not weight:
            continue
        text = f'loss "{layer.name}"'
        if weight != 1:
            text += f" with weight {weight:.4g}"
        if found.text:
            text += f", summed over the {found.text.format(layer.bottoms[0])}"
        yield _above(built, at), Factor(_times(found.number, weight), text)


def _times(number: float | Interval, weight: float) -> float | Interval:
    if isinstance(number, Interval):
        return number._replace(lo=number.lo * weight, hi=number.hi * weight)
    return number * weight


def _above(built: Shapes, at: int) -> set[int]:
    """Return the steps that a step depends on."""
    waiting, seen = [at], set[int]()
    for step in waiting:  # grows upwards
        if step not in seen:
            seen.add(step)
            bottoms = built.graph.order[step].bottoms
            waiting += [built.graph.producers[b] for b in bottoms if b != UNKNOWN]
    return seen


def _clipped(found: list[Factor], solver: Solver) -> list[Factor]:
    """Return the sum of several losses as one factor, no larger than clip_gradients lets it be.

    Caffe clips the gradient before it divides it by iter_size.
    """
    if not found:
        return []
    values = [factor.value for factor in found]
    low = sum(v.lo if isinstance(v, Interval) else v for v in values)
    high = sum(v.hi if isinstance(v, Interval) else v for v in values)
    reasons = frozenset(r for v in values if isinstance(v, Interval) for r in v.reasons)
    clip, text = solver.read("clip_gradients"), " + ".join(factor.text for factor in found[:3])
    if len(found) > 3:
        text += f" and {len(found) - 3} more"
    if not isinstance(clip, Unknown) and clip > 0:
        clip /= max(_whole(solver.read("iter_size")), 1)
        if clip <= low:
            return [Factor(clip, "clip_gradients")]
        high = min(high, clip)
    size = Interval(low, high, reasons) if reasons else low
    return [] if size == 1 else [Factor(size, text)]


def _pixels(built: Shapes, step: Step) -> list[Factor]:
    """Return by how much pixels exceed those that a mean was taken from, for the first layer."""
    for version in step.bottoms[:1]:
        if version == UNKNOWN:
            continue
        source = built.graph.order[built.graph.producers[version]].layer
        param = source.read("transform_param") if source.type in _IMAGES else None
        if param is None or isinstance(param, Unknown) or param.lost:
            continue
        centred = param.has("mean_file") or param.has("mean_value")
        size = 1.0 if centred else sqrt(1 + (PIXEL_MEAN / PIXEL_DEVIATION) ** 2)
        size *= abs(param.read("scale"))
        if size > 1:
            text = "pixels" + ("" if centred else " without mean")
            return [Factor(size, f'{text} in "{step.layer.bottoms[0]}"')]
    return []


def _batch(built: Shapes, iter_size: int | Unknown) -> int | None:
    """Return how many samples an update is made of, where that is known."""
    for at, step in enumerate(built.graph.order):
        made = built.built[at]
        if made is not None and not step.layer.bottoms and made.tops:
            first = made.tops[0]
            return first[0] * max(_whole(iter_size), 1) if first and first[0] else None
    return None


def _whole(value: int | Unknown) -> int:
    return 1 if isinstance(value, Unknown) else value


def size(solver: Solver) -> float | Interval | Unknown:
    """Return the step as a number to compare with ``limit``."""
    found = first_step(solver)
    return found if isinstance(found, Unknown) else found.size


def limit(solver: Solver) -> float | Unknown:
    """Return the largest step that is left alone."""
    found = first_step(solver)
    return found if isinstance(found, Unknown) else found.limit


def least(solver: Solver) -> str:
    """Return the least that the step can be, in words."""
    found = first_step(solver)
    if isinstance(found, Unknown):
        return "?"
    return ("at least " if isinstance(found.size, Interval) else "") + f"{found.least:.3g}"


def usual(solver: Solver) -> str:
    """Return the step that is usual, and for what."""
    found = first_step(solver)
    return (
        "?" if isinstance(found, Unknown) else f"{found.usual.step:g} is usual for {found.usual.of}"
    )


def factors(solver: Solver) -> str:
    """Return the factors of the step, such as ``0.01 (base_lr) × 10 (momentum 0.9)``."""
    found = first_step(solver)
    if isinstance(found, Unknown):
        return "?"
    return " × ".join(f"{_number(value)} ({text})" for value, text in found.factors)


def place(solver: Solver) -> str:
    """Return for which layer the step is that large."""
    found = first_step(solver)
    known = not isinstance(found, Unknown) and found.layer
    return f'layer "{known}"' if known else "every layer, as the net was not read"


_SURE = ((1000.0, "training will hardly survive them"), (10.0, "training is likely to diverge"))


def sure(solver: Solver) -> str:
    """Return how sure it is that the step is too large, by how far it is beyond the limit."""
    found = first_step(solver)
    if not isinstance(found, Unknown):
        for bound, words in _SURE:
            if found.least > bound * found.limit:
                return words
    return "training may diverge"


def _number(value: float | Interval) -> str:
    return f"{value.lo:.6g} or more" if isinstance(value, Interval) else f"{value:.6g}"

"""What is asked of a net in one state."""

from __future__ import annotations

from math import inf

from protolint.analysis import pooling
from protolint.analysis.backward import backward, losses
from protolint.analysis.gradient_facts import in_place_result
from protolint.analysis.layer_facts import InState
from protolint.analysis.obligations.obligation import Obligation, Told, Witness, counted, settle
from protolint.analysis.ranges import ORDINARY, ranges
from protolint.analysis.ranges.forks import BOUNDED
from protolint.analysis.shapes import shapes
from protolint.analysis.undecided import origins
from protolint.layers import LAYER_TYPES, is_in_place
from protolint.layers.fields import section, word
from protolint.typing import TYPE_CHECKING, NamedTuple
from protolint.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from protolint.analysis.ranges import Hazard, Ranges
    from protolint.analysis.ranges.place import Kind
    from protolint.analysis.undecided import Origin
    from protolint.model.layer import Layer
    from protolint.model.net import Net
    from protolint.model.state import NetState

_RUNS = frozenset(
    (
        "empty-blob-touched",
        "gradient-refused",
        "more-than-four-axes-read",
        "no-backward-pass",
        "pool-stochastic-on-cpu",
        "unstable-product-gradient",
    )
)
"""Rules whose abort comes in the first pass, and not while the net is built."""

_OF_EMPTY = {
    "nan": "nan, which spreads to all that depends on it",
    "0": "a silent 0: numbers stay finite, and say nothing of the input there",
    "-FLT_MAX": "-FLT_MAX, which overflows where it is added up",
}
"""What an empty window holds → what comes of it."""

_POOLING = ("average-pool-empty-window", "max-pool-empty-window")

_DENOMINATORS: dict[Kind, str] = {
    "variance": "divides by the deviation of {}, which may be 0",
    "length": "divides by the length of {}, which may be 0",
    "lrn": "divides by a power of {}, which may be 0 or negative",
    "zero-base": "takes a negative power of {}, which may be 0",
    "zero-gradient": "divides by {} in its gradient, which may be 0",
    "pool": "divides by the size of a window, which may be empty",
    "dropout": "multiplies by 1 / (1 - dropout_ratio), which is infinite",
}
_DOMAINS: dict[Kind, str] = {
    "log": "takes the logarithm of {}, which may be 0 or negative",
    "exp": "takes the exponential of {}, which may exceed 88.72",
    "negative-base": "takes a broken power of {}, which may be negative",
    "overflow": "combines {} to more than single precision holds",
    "target": "is given targets in {}, outside 0 to 1",
}


_BOUNDS: tuple[Kind, ...] = ("target", "matrix")
"""What leaves a loss finite, but without a lower bound."""


class _Subject(NamedTuple):
    """A net in a state, with what is told of it."""

    net: Net
    state: NetState
    told: Sequence[Told]

    def by(self, *effects: str) -> list[Told]:
        return [t for t in self.told if t.effect in effects]


def obligations(net: Net, state: NetState, told: Sequence[Told]) -> Iterator[Obligation]:
    """Yield the obligations of a net in a state, given what is reported of its file there."""
    subject = _Subject(net, state, told)
    builds = _builds(subject)
    yield builds
    yield _runs(subject)
    yield _in_place(net, state)
    yield _windows(subject)
    initial = ranges(net, state, "initial")
    yield from _operations(subject, initial)
    yield _finite(initial, ", within the ranges that are told" if net.ranges else "")
    yield _stays_finite(net, state)
    trained = state.phase == "TRAIN" and any(losses(net, state).values())
    if trained and builds.verdict != "refuted":  # else what leads where is not known
        yield _bounded(net, state)
        yield _gradients(net, state)


def _builds(subject: _Subject) -> Obligation:
    built = shapes(subject.net, subject.state)
    layers = counted(len(built.graph.order), "layer")
    needs = [_origin_text(origin) for origin in origins(built)]
    told = [t for t in subject.by("abort") if t.rule not in _RUNS]
    if needs:  # the reasons of the rules are what these bring about
        told = [t for t in told if not t.reasons]
    because = f"{layers}, and the shape of every blob is known"
    claim = "Caffe builds the net, given its data and weights"
    return settle("net-builds", claim, because, needs=needs, told=told)


def _origin_text(origin: Origin) -> str:
    where = "" if origin.layer is None else f' of layer "{origin.layer.name}"'
    if origin.remedy == "datum":
        return f"the size of the records{where}: --datum CxHxW"
    if origin.remedy == "input":
        return f'the shape of blob "{origin.blob}"{where}: --input {origin.blob}=NxCxHxW'
    return f'the shape of blob "{origin.blob}", which a field{where} sets that cannot be read'


def _runs(subject: _Subject) -> Obligation:
    told = [t for t in subject.by("abort") if t.rule in _RUNS]
    if any(t.rule not in _RUNS and not t.reasons for t in subject.by("abort")):
        needs = ["a net that Caffe builds"]
    else:
        needs = [_origin_text(origin) for origin in origins(shapes(subject.net, subject.state))]
    needs += [
        f'whether it runs on a GPU, as layer "{layer.name}" pools stochastically'
        for layer in subject.net.for_state(subject.state)
        if layer.type == "Pooling" and _pool(layer) == "STOCHASTIC"
    ]
    claim = "no layer refuses the shapes or gradients of the first pass"
    because = "each takes what it is given"
    return settle("first-pass-runs", claim, because, needs=needs, told=told)


def _in_place(net: Net, state: NetState) -> Obligation:
    built, passes = shapes(net, state), backward(net, state)
    witnesses, needs, count = [], [], 0
    for at, step in enumerate(built.graph.order):
        layer = step.layer
        if not is_in_place(layer.message):
            continue
        count += 1
        result = in_place_result(InState(net, layer, state))
        if not result:
            needs.append(f'what layer "{layer.name}" of type {layer.type} does in place')
        what = "values" if result == "bad" else ""
        if result == "forward" and state.phase == "TRAIN" and passes.layers[at]:
            what = "gradient"
        if what:
            text = f'layer "{layer.name}" of type {layer.type} spoils its {what} in place'
            witnesses.append(Witness(text, layer=layer.name))
    because = (
        f"{counted(count, 'layer')} in place, each safely" if count else "no layer is in place"
    )
    claim = "every layer in place computes what it would with a top of its own"
    return settle("in-place", claim, because, witnesses=witnesses, needs=needs)


def _windows(subject: _Subject) -> Obligation:
    net, state = subject.net, subject.state
    witnesses, needs, count = [], [], 0
    for layer in net.for_state(state):
        if layer.type != "Pooling":
            continue
        count += 1
        place = InState(net, layer, state)
        empty = pooling.has_empty_window(place)
        if isinstance(empty, Unknown):
            needs += [f'{reason} (layer "{layer.name}")' for reason in sorted(empty.reasons)]
        elif empty:
            witnesses.append(_empty_window(place, layer))
    because = counted(count, "pooling layer") if count else "no layer pools"
    told = [t for t in subject.told if t.rule in _POOLING and not t.reasons]
    claim = "every pooling window reads an input"
    return settle("pool-windows", claim, because, witnesses=witnesses, needs=needs, told=told)


def _empty_window(place: InState, layer: Layer) -> Witness:
    cells = str(pooling.empty_cells(place))
    value = "-FLT_MAX" if _pool(layer) == "MAX" else "0"
    if pooling.has_nan_window(place) is True:
        value = "nan"
    effect = _OF_EMPTY[value]
    text = f'layer "{layer.name}": the window of {cells} reads nothing and gives {effect}'
    return Witness(text, layer=layer.name, cell=cells, value=value)


def _pool(layer: Layer) -> str | None:
    return word(section(layer.message, "pooling_param"), "pool")


def _operations(subject: _Subject, found: Ranges) -> Iterator[Obligation]:
    """Yield that nothing is divided by 0, and that functions get what they are defined on."""
    strangers = [reason for step, reason in found.unknown.items() if found.graph.order[step].tops]
    strangers += [
        f"what layer {layer.name!r} of type {layer.type} computes is not known"
        for step, (layer, _, tops) in enumerate(found.graph.order)
        if tops and (layer.message.lost or layer.type in BOUNDED) and step not in found.unknown
    ]
    told = [t for t in subject.by("nonfinite") if t.rule not in _POOLING]
    sound = [t for t in told if not t.reasons]
    for key, claim, because, kinds in (
        ("denominators", "nothing is divided by 0", "no divisor can be 0", _DENOMINATORS),
        (
            "functions",
            "every function gets numbers that it is defined on",
            "no logarithm, exponential, power or loss can leave its domain",
            _DOMAINS,
        ),
    ):
        hazards = [
            (hazard, _hazard_text(found, hazard, kinds[hazard.kind]))
            for of_layer in found.hazards.values()
            for hazard in of_layer
            if hazard.kind in kinds
        ]
        witnesses = [
            Witness(text, layer=found.graph.order[hazard.step].layer.name)
            for hazard, text in hazards
            if hazard.sure and hazard.kind not in _BOUNDS
        ]
        needs = [*(text for _, text in hazards), *strangers]
        yield settle(key, claim, because, witnesses=witnesses, needs=needs, told=_of(key, sound))


_TOLD_DENOMINATORS = ("NUM003", "NUM004", "NUM043", "NUM044")


def _of(key: str, told: Iterable[Told]) -> list[Told]:
    """Return the findings of one of the two obligations on operations; each has its place."""
    return [t for t in told if (key == "denominators") == (t.code in _TOLD_DENOMINATORS)]


def _hazard_text(found: Ranges, hazard: Hazard, text: str) -> str:
    layer, versions, _ = found.graph.order[hazard.step]
    if hazard.sure:
        text = text.replace("may be", "is").replace("may exceed", "exceeds")
    words = f'layer "{layer.name}" {text.format(hazard.argument)}'
    if versions and versions[0] >= 0:
        words += f" ({found.story(versions[0])})"
    if hazard.why and not hazard.reached:
        words += f": {'; '.join(sorted(hazard.why))}"
    return words


def _finite(found: Ranges, within: str) -> Obligation:
    """Judge the blobs with the weights that the fillers give, for any finite input."""
    witnesses, needs, doubtful = _values(found)
    because = _count(found)
    if doubtful and not needs:
        needs = [f'the numbers that reach "{doubtful[0]}"']
    claim = f"every blob is finite at iteration 0, whatever finite input comes in{within}"
    return settle("finite-at-start", claim, because, witnesses=witnesses, needs=needs)


def _stays_finite(net: Net, state: NetState) -> Obligation:
    """Judge the blobs for weights and inputs that training and data can bring about."""
    found = ranges(net, state, "ordinary")
    witnesses, needs, doubtful = _values(found)
    hazards = [
        f'layer "{found.graph.order[hazard.step].layer.name}" '
        + {**_DENOMINATORS, **_DOMAINS}.get(hazard.kind, "fails on {}").format(hazard.argument)
        for of_layer in found.hazards.values()
        for hazard in of_layer
        if hazard.reached and hazard.kind not in _BOUNDS
    ]
    if doubtful:
        needs = hazards or needs or [f'the numbers that reach "{doubtful[0]}"']
    claim = f"every blob stays finite while weights and inputs stay below {ORDINARY:.0e}"
    return settle(
        "stays-finite", claim.replace("e+0", "e"), _count(found), witnesses=witnesses, needs=needs
    )


def _values(found: Ranges) -> tuple[list[Witness], list[str], list[str]]:
    """Return the first blob that is surely not finite, why others may not be, and which these are.

    Blobs behind one that is not finite, or may not be, add nothing to it.
    """
    graph = found.graph
    spoilt: set[int] = set()
    witnesses: list[Witness] = []
    needs: dict[str, None] = {}
    doubtful: list[str] = []
    for version, value in enumerate(found.values):
        if value.verdict == "finite":
            continue
        layer, bottoms, _ = graph.order[graph.producers[version]]
        behind = any(bottom in spoilt for bottom in bottoms)
        spoilt.add(version)
        blob = graph.names[version]
        if value.verdict == "nonfinite":
            if not witnesses:
                text = (
                    f'blob "{blob}" of layer "{layer.name}" is not finite: {found.story(version)}'
                )
                kind = "nan" if value.nan else str(value)
                witnesses.append(Witness(text, layer=layer.name, blob=blob, value=kind))
        elif not behind:
            doubtful.append(blob)
            for reason in sorted(value.why):
                needs[f'{reason} ("{blob}" may be {value})'] = None
            if not value.why:
                needs[f'whether blob "{blob}" is finite, which is in {value}'] = None
    return witnesses, list(needs), doubtful


def _count(found: Ranges) -> str:
    count = counted(len(set(found.graph.names)), "blob")
    return f"{count}, by interval arithmetic in single precision"


def _bounded(net: Net, state: NetState) -> Obligation:
    """Judge losses for any weights: training drives one that is not bounded to minus infinity.

    None is refuted: that values may be anything does not prove that weights reach all of them.
    """
    found = ranges(net, state, "any")
    needs, count = [], 0
    for at, tops in losses(net, state).items():
        layer, _, versions = found.graph.order[at]
        written = layer.message.values.get("loss_weight") or [1.0]
        count += len(tops)
        for top in tops:
            if top >= len(versions):
                continue  # a loss without a written top is one of Caffe's types, none below 0
            weight = written[top] if top < len(written) else 1.0
            value = found.values[versions[top]]
            name = f'loss "{layer.tops[top]}" of layer "{layer.name}"'
            end = value.lo if weight > 0 else -value.hi
            if value.some or value.never_finite:
                needs.append(f"a finite {name}")
            elif end == -inf or (end < 0 and (value.free or value.why)):
                factor = "" if weight == 1 else f" times {weight:g}"
                reasons = f": {'; '.join(sorted(value.why))}" if value.why else ""
                needs.append(f"a lower bound of {name}, {value}{factor}{reasons}")
    claim = "every loss is bounded below, whatever is learned"
    because = counted(count, "loss", "losses") + ", by interval arithmetic"
    return settle("losses-bounded", claim, because, needs=needs)


def _gradients(net: Net, state: NetState) -> Obligation:
    built, passes = shapes(net, state), backward(net, state)
    witnesses, needs, count = [], [], 0
    for at, step in enumerate(built.graph.order):
        layer = step.layer
        if layer.type not in LAYER_TYPES or layer.message.lost:
            needs.append(f'what layer "{layer.name}" of type {layer.type} passes down')
        if not passes.learnable[at] or layer.type == "BatchNorm":
            continue
        count += 1
        if not (passes.layers[at] and passes.under_loss[at]):
            text = f'layer "{layer.name}" has learnable weights and gets no gradient'
            witnesses.append(Witness(text, layer=layer.name))
    because = f"from a loss to {counted(count, 'layer')} with weights"
    if needs:
        needs, witnesses = (needs, []) if witnesses else ([], [])
    claim = "every learnable parameter gets a gradient"
    return settle("gradients-reach", claim, because, witnesses=witnesses, needs=needs)

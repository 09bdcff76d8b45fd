"""Which layers of a net are back-propagated, and where Caffe cannot.

Follows Net::Init: forwards, a blob needs a gradient when a parameter above it is learnable;
backwards, only what lies under a loss is kept. A blob with several readers has a copy for each,
and the copies are judged apart.
"""

from __future__ import annotations

from protolint.analysis.alike import frozen
from protolint.analysis.graph import graph, merge
from protolint.analysis.shapes import shapes
from protolint.layers import LAYER_TYPES, layer_type
from protolint.model.place import problem
from protolint.typing import TYPE_CHECKING, NamedTuple
from protolint.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from protolint.analysis.graph import Graph
    from protolint.analysis.shapes import Shapes
    from protolint.analysis.wiring import Step
    from protolint.layers import Built
    from protolint.model.layer import Layer
    from protolint.model.net import Net
    from protolint.model.state import NetState
    from protolint.problem import Problem

_NO_BACKWARD = ("ArgMax", "Threshold")
"""Types without a backward pass."""

_REFUSED_BOTTOMS = {
    "Accuracy": (0, 1),
    "BatchReindex": (1,),
    "CenterLoss": (1,),
    "Embed": (0,),
    "HingeLoss": (1,),
    "InfogainLoss": (1, 2),
    "LSTM": (1,),
    "LSTMUnit": (2,),
    "MultiBoxLoss": (2, 3),
    "MultinomialLogisticLoss": (1,),
    "RNN": (1,),
    "SigmoidCrossEntropyLoss": (1,),
    "SoftmaxWithLoss": (1,),
    "SoftmaxWithLossOHEM": (1,),
}
"""Type → the bottoms that it gives no gradient to; Filter refuses its last."""

_MAY_REFUSE = frozenset((*_NO_BACKWARD, *_REFUSED_BOTTOMS, "Filter"))

_NOT_FORCED = {"ContrastiveLoss": 2, "EuclideanLoss": None, "LSTM": 1, "RNN": 1}
"""Type → the bottom that force_backward leaves out; for any other loss it is bottom 1."""

_LOSSES = frozenset(name for name, kind in LAYER_TYPES.items() if kind.loss)
"""Types of BVLC's whose first top counts in the loss without saying so."""


def _is_loss(layer: Layer) -> bool:
    if layer.type in LAYER_TYPES:
        return layer.type in _LOSSES
    kind = layer_type(layer)
    return kind is not None and kind.loss


class Backward(NamedTuple):
    """What is back-propagated; each list is by step of the graph.

    ``layers`` says whether the step is back-propagated and ``bottoms`` to which of its bottoms.
    ``learnable`` are the steps with a parameter whose rate is not 0, ``needs`` those that have one
    at or above them, and ``under_loss`` those that some loss depends on.
    """

    layers: list[bool]
    bottoms: list[list[bool]]
    learnable: list[bool]
    needs: list[bool]
    under_loss: list[bool]


def backward(net: Net, state: NetState) -> Backward:
    """Return what Caffe back-propagates in a state, computed once.

    A layer that is not understood is taken to have no parameters.
    """
    key = ("backward", id(net.for_state(state)))
    known: Backward | None = net.facts.get(key)
    if known is not None:
        return known
    found = shapes(net, state)
    if net.memory is not None:
        before: tuple[object, Shapes, Backward] | None = net.memory.backward.get(state)
        forced = net.read("force_backward")
        if before is not None and before[0] == forced and _passes_alike(before[1], found):
            result = before[2]
        else:
            result = _backward(net, state, found)
        net.memory.backward[state] = forced, found, result
    else:
        result = _backward(net, state, found)
    net.facts[key] = result
    return result


def _passes_alike(before: Shapes, found: Shapes) -> bool:
    """Return whether layers that were edited take and pass gradients as before."""
    if before.graph.names is not found.graph.names:
        return False
    pairs = zip(before.graph.order, found.graph.order, before.built, found.built, strict=True)
    return all(
        (old is new and was is built) or _passing(old, was) == _passing(new, built)
        for old, new, was, built in pairs
    )


def _passing(step: Step, built: Built | None) -> tuple[object, ...]:
    """Return all that the backward pass depends on in a step."""
    layer = step.layer
    written = [frozen(layer.message.values.get(name)) for name in _READ]
    return layer.type, layer_type(layer), built and built.params and len(built.params), *written


_READ = ("param", "propagate_down", "loss_weight")


def _backward(net: Net, state: NetState, found: Shapes) -> Backward:
    needed = [False] * len(found.graph.names)
    bottoms: list[list[bool]] = []
    learnable: list[bool] = []
    needs: list[bool] = []
    learning: dict[int, bool] = {}  # by case
    steps = zip(found.graph.order, found.cases, found.built, strict=True)
    for (layer, versions, tops), case, built in steps:
        values = layer.message.values
        wanted = [version >= 0 and needed[version] for version in versions]
        learns = learning.get(case)
        if learns is None:
            params = (built is not None and built.params) or ()
            learns = learning[case] = bool(params) and _learns(values, len(params))
        need = learns or True in wanted
        if need:
            for version in tops:
                needed[version] = True
        if "propagate_down" in values:
            flags = values["propagate_down"]
            wanted = [bool(flags[i]) if i < len(flags) else x for i, x in enumerate(wanted)]
        bottoms.append(wanted)
        learnable.append(learns)
        needs.append(need)
    result = Backward(needs.copy(), bottoms, learnable, needs, [False] * len(needs))
    _keep_what_leads_to_a_loss(found.graph, result, losses(net, state))
    if net.read("force_backward") is True:
        _force(found.graph.order, result)
    return result


def losses(net: Net, state: NetState) -> dict[int, list[int]]:
    """Return by step the tops that count in the loss, of loss layers and where a weight is written.

    The list of a step is empty where all its weights are 0.
    """
    layers = net.for_state(state)
    key = ("losses", id(layers))
    found: dict[int, list[int]] | None = net.facts.get(key)
    if found is None:
        blobs = graph(net, state)
        weighted = [at for at, layer in enumerate(layers) if "loss_weight" in layer.message.values]
        implicit = [
            at
            for type_, steps in blobs.types.items()
            if type_ in _LOSSES or type_ not in LAYER_TYPES
            for at in steps
            if _is_loss(layers[at])
        ]
        found = {at: _loss_tops(blobs, at) for at in sorted({*weighted, *implicit})}
        net.facts[key] = found
    return found


def _keep_what_leads_to_a_loss(
    blobs: Graph, passes: Backward, losses: dict[int, list[int]]
) -> None:
    """Walk the layers backwards as Net::Init does.

    A version is *wanted* when one of its readers passes a gradient down to it; where all leave it
    out, the layer that makes it is left out too.
    """
    layers, bottoms, under_loss = passes.layers, passes.bottoms, passes.under_loss
    readers = blobs.readers
    counted = [False] * len(blobs.names)
    wanted = [False] * len(blobs.names)
    for at in range(len(blobs.order) - 1, -1, -1):
        layer, versions, tops = blobs.order[at]
        own = at in losses and bool(losses[at])
        # A weight that is written is a reader of its own; a top that is not written has none.
        kept = own and (not tops or "loss_weight" in layer.message.values)
        contributes = own
        for version in tops:
            contributes = contributes or counted[version]
            kept = kept or wanted[version] or not readers[version]
        under_loss[at] = contributes
        if not contributes or (layers[at] and not kept):
            layers[at] = False
            bottoms[at] = [False] * len(versions)
        if contributes:
            for version, need in zip(versions, bottoms[at], strict=True):
                if version >= 0:
                    counted[version] = True
                    wanted[version] = wanted[version] or need


def _loss_tops(blobs: Graph, at: int) -> list[int]:
    """Return the tops of a layer that count in the loss.

    A split layer takes over the weight of a top that is read, and all weights are cleared at the
    layer, which counts its first top again where that is its type's way (InsertSplits).
    """
    layer, _, tops = blobs.order[at]
    implicit = [0] if _is_loss(layer) else []
    weights = layer.message.values.get("loss_weight")
    if not weights:
        return implicit
    weighted = [i for i, weight in enumerate(weights) if weight]
    taken = [i for i in weighted if i < len(tops) and blobs.readers[tops[i]]]
    return sorted({*taken, *implicit}) if taken else weighted


def _force(order: list[Step], passes: Backward) -> None:
    for at, step in enumerate(order):
        passes.layers[at] = True
        default = 1 if _is_loss(step.layer) else None
        left_out = _NOT_FORCED.get(step.layer.type, default)
        passes.bottoms[at] = [need or i != left_out for i, need in enumerate(passes.bottoms[at])]


def _learns(values: Mapping[str, Any], count: int) -> bool:
    """Return whether one of ``count`` parameter blobs has a rate other than 0 (1 if not given)."""
    given = values.get("param", ())
    if len(given) < count:
        return True
    rates = [param.read("lr_mult") for param in given[:count]]
    return any(isinstance(rate, Unknown) or rate != 0 for rate in rates)


def trained_states(net: Net, states: list[NetState]) -> list[NetState]:
    """Return the states with backward passes: those of training, or all of a net made for some.

    A net that no state trains and that says `force_backward` is there for gradients all the same.
    """
    trained = [state for state in states if state.phase == "TRAIN"]
    return states if not trained and net.read("force_backward") is True else trained


def backward_problems(net: Net, states: list[NetState]) -> list[Problem]:
    """Return where the first backward pass would stop."""
    found = []
    for state in trained_states(net, states):
        passes = backward(net, state)
        blobs = graph(net, state)
        refused = [
            fault
            for type_ in _MAY_REFUSE & blobs.types.keys()
            for at in blobs.types[type_]
            if passes.layers[at]
            for fault in _refused(blobs.order[at], passes.bottoms[at])
        ]
        found.append((state, refused))
    return merge(found)


def _refused(step: Step, bottoms: list[bool]) -> list[Problem]:
    layer = step.layer
    args: dict[str, object] = {"layer": layer.name, "type": layer.type}
    if layer.type in _NO_BACKWARD:
        return [problem("no-backward-pass", layer.type_node(), args, layer=layer.name)]
    refused = _REFUSED_BOTTOMS.get(layer.type, ())
    if layer.type == "Filter":
        refused = (len(bottoms) - 1,)
    return [
        problem(
            "gradient-refused",
            layer.bottom_node(i),
            {**args, "blob": layer.bottoms[i], "index": i},
            layer=layer.name,
        )
        for i in refused
        if i < len(bottoms) and bottoms[i]
    ][:1]

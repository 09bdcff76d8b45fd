"""Which layers of a net are back-propagated, and where Caffe cannot.

Follows Net::Init: forwards, a blob needs a gradient when a parameter above it is learnable;
backwards, only what lies under a loss is kept. A blob with several readers has a copy for each,
and the copies are judged apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from protolint.analysis.graph import merge
from protolint.analysis.shapes import Shapes, shapes
from protolint.layers import LAYER_TYPES
from protolint.model.place import problem
from protolint.values import Unknown

if TYPE_CHECKING:
    from protolint.analysis.graph import Step
    from protolint.layers import Built
    from protolint.model.net import Net
    from protolint.model.state import NetState
    from protolint.problem import Problem

_NO_BACKWARD = ("ArgMax", "Threshold")
"""Types without a backward pass."""

_REFUSED_BOTTOMS = {
    "Accuracy": (0, 1),
    "BatchReindex": (1,),
    "Embed": (0,),
    "HingeLoss": (1,),
    "InfogainLoss": (1, 2),
    "LSTM": (1,),
    "LSTMUnit": (2,),
    "MultinomialLogisticLoss": (1,),
    "RNN": (1,),
    "SigmoidCrossEntropyLoss": (1,),
    "SoftmaxWithLoss": (1,),
}
"""Type → the bottoms that it gives no gradient to; Filter refuses its last."""

_NOT_FORCED = {"ContrastiveLoss": 2, "EuclideanLoss": None, "LSTM": 1, "RNN": 1}
"""Type → the bottom that force_backward leaves out; for any other loss it is bottom 1."""


class Backward(NamedTuple):
    """For each step of the graph: is it back-propagated, and to which of its bottoms."""

    layers: list[bool]
    bottoms: list[list[bool]]


def backward(net: Net, state: NetState) -> Backward:
    """Return what Caffe back-propagates in a state. A layer that is not understood is not."""
    found = shapes(net, state)
    order = found.graph.order
    needed = [False] * len(found.graph.names)
    layers: list[bool] = []
    bottoms: list[list[bool]] = []
    for step, built in zip(order, found.built, strict=True):
        wanted = _values(step, "propagate_down")
        bottoms.append(
            [
                bool(wanted[i]) if i < len(wanted) else version >= 0 and needed[version]
                for i, version in enumerate(step.bottoms)
            ]
        )
        need = any(v >= 0 and needed[v] for v in step.bottoms) or _learnable(step, built)
        layers.append(need)
        for version in step.tops:
            needed[version] = need
    _keep_what_leads_to_a_loss(found, layers, bottoms)
    if net.read("force_backward") is True:
        _force(order, layers, bottoms)
    return Backward(layers, bottoms)


def _keep_what_leads_to_a_loss(
    found: Shapes, layers: list[bool], bottoms: list[list[bool]]
) -> None:
    """Walk the layers backwards as Net::Init does; ``copies`` are a version's readers."""
    graph = found.graph
    under_loss: list[list[bool]] = [[] for _ in graph.names]
    skipped: list[list[bool]] = [[] for _ in graph.names]
    for at in range(len(graph.order) - 1, -1, -1):
        step = graph.order[at]
        contributes, skips = False, True
        for index, version in enumerate(step.tops):
            contributes |= True in under_loss[version] or _loss_weight(step, index)
            skips = skips and bool(skipped[version]) and False not in skipped[version]
        if layers[at] and skips and step.tops:
            layers[at] = False
            bottoms[at] = [False] * len(bottoms[at])
        if not contributes:
            layers[at] = False
            bottoms[at] = [False] * len(bottoms[at])
        for version, need in zip(step.bottoms, bottoms[at], strict=True):
            if version >= 0:
                under_loss[version].append(contributes)
                skipped[version].append(not need)


def _force(order: list[Step], layers: list[bool], bottoms: list[list[bool]]) -> None:
    for at, step in enumerate(order):
        layers[at] = True
        kind = LAYER_TYPES.get(step.layer.type)
        default = 1 if kind is not None and kind.loss else None
        left_out = _NOT_FORCED.get(step.layer.type, default)
        bottoms[at] = [need or i != left_out for i, need in enumerate(bottoms[at])]


def _learnable(step: Step, built: Built | None) -> bool:
    """Return whether a parameter blob of the layer has a rate other than 0 (1 if not given)."""
    count = len(built.params) if built is not None and built.params else 0
    given = _values(step, "param")
    rates = [param.read("lr_mult") for param in given[:count]]
    return len(rates) < count or any(isinstance(r, Unknown) or r != 0 for r in rates)


def _loss_weight(step: Step, top: int) -> bool:
    weights = _values(step, "loss_weight")
    if weights:
        return top < len(weights) and weights[top] != 0
    kind = LAYER_TYPES.get(step.layer.type)
    return kind is not None and kind.loss and top == 0


def _values(step: Step, name: str) -> list[Any]:
    found: list[Any] = step.layer.message.values.get(name, [])
    return found


def backward_problems(net: Net, states: list[NetState]) -> list[Problem]:
    """Return where the first backward pass would stop: of training, or of a net made for one.

    A net that no state trains and that says `force_backward` is there for gradients all the same.
    """
    trained = [state for state in states if state.phase == "TRAIN"]
    if not trained and net.read("force_backward") is True:
        trained = states
    found = []
    for state in trained:
        passes = backward(net, state)
        refused = [
            fault
            for at, step in enumerate(shapes(net, state).graph.order)
            if passes.layers[at]
            for fault in _refused(step, passes.bottoms[at])
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

"""What training leaves out: layers with weights that no gradient reaches, and why."""

from __future__ import annotations

from protolint.analysis.backward import backward, losses
from protolint.analysis.graph import merge
from protolint.analysis.shapes import shapes
from protolint.layers import layer_type
from protolint.model.place import mark, narrow, problem
from protolint.model.state import NetState, lets_in
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.analysis.backward import Backward
    from protolint.analysis.graph import Graph
    from protolint.analysis.shapes import Shapes
    from protolint.analysis.wiring import Step
    from protolint.layers import Built
    from protolint.model.layer import Layer
    from protolint.model.net import Net
    from protolint.problem import Problem

_STATISTICS = "BatchNorm"
"""The type whose parameters are not learned, though Caffe judges them by their rate too."""


def training_problems(net: Net, states: list[NetState]) -> list[Problem]:
    """Return what is not trained in the states of training, each once."""
    return merge((state, list(_problems(net, state))) for state in states if state.phase == "TRAIN")


def _problems(net: Net, state: NetState) -> Iterator[Problem]:
    found, passes = shapes(net, state), backward(net, state)
    if net.message.lost or found.problems or found.graph.problems:
        return  # what leads where is known only once these are mended
    if not any(losses(net, state).values()):
        if lacks_loss(net, state):
            yield from _without_loss(found, passes)
        return
    yield from _as_written(found, passes)
    if net.read("force_backward") is True:
        yield from _forced(net, found)
        return
    if True not in passes.learnable:
        yield from _all_frozen(found)
    yield from _first_statistics(found, passes)
    if passes.layers != passes.needs:
        yield from _dead_ends(found, passes)


def _dead_ends(found: Shapes, passes: Backward) -> Iterator[Problem]:
    """Yield the last learnable layer of each branch that leads to no loss.

    A branch that ends in Silence is left alone on purpose, and of one that goes through a layer
    that is not understood nothing is known.
    """
    order = found.graph.order
    told: set[int] = set()
    for at in range(len(order) - 1, -1, -1):
        if passes.under_loss[at] or not passes.needs[at]:
            continue
        layer, _, tops = order[at]
        readers = [reader for version in tops for reader in found.graph.readers[version]]
        if (
            any(reader in told or order[reader].layer.type == "Silence" for reader in readers)
            or layer_type(layer) is None
            or layer.message.lost
        ):
            told.add(at)
        elif passes.learnable[at] and layer.type != _STATISTICS:
            told.add(at)
            yield _not_trained(found, at, readers)


def _not_trained(found: Shapes, at: int, readers: list[int]) -> Problem:
    layer = found.graph.order[at].layer
    names = [found.graph.order[reader].layer for reader in dict.fromkeys(readers)]
    args = {
        "layer": layer.name,
        "type": layer.type,
        "readers": ", ".join(f'"{other.name}"' for other in names),
    }
    marks = tuple(mark(other.name_node(), "leads to no loss either") for other in names[:3])
    return problem("layer-not-trained", layer.name_node(), args, marks=marks, layer=layer.name)


def lacks_loss(net: Net, state: NetState) -> bool:
    """Return whether a net has weights to learn and surely nothing that counts in a loss."""
    found = shapes(net, state)
    return (
        not any(losses(net, state).values())
        and True in backward(net, state).learnable
        and None not in found.built
        and not net.message.lost
        and not any("loss_weight" in step.layer.message.lost for step in found.graph.order)
    )


def _without_loss(found: Shapes, passes: Backward) -> Iterator[Problem]:
    """Yield that a net has no loss, where its text says that it is for training."""
    test = NetState("TEST")
    for step in found.graph.order:
        if not lets_in(test, step.layer.message):
            layer = found.graph.order[passes.learnable.index(True)].layer
            marks = (mark(step.layer.name_node(), "this layer is there for training only"),)
            args = {"layer": layer.name, "type": layer.type}
            node = layer.name_node()
            yield problem("training-without-loss", node, args, marks=marks, layer=layer.name)
            return


def _all_frozen(found: Shapes) -> Iterator[Problem]:
    for step, built in zip(found.graph.order, found.built, strict=True):
        if built is not None and built.params and "param" in step.layer.message.values:
            layer = step.layer
            args = {"layer": layer.name, "type": layer.type}
            node = layer.message.nodes["param"][0]
            yield problem("nothing-to-train", node, args, layer=layer.name)
            return


def _as_written(found: Shapes, passes: Backward) -> Iterator[Problem]:
    """Yield what `propagate_down` and `param` say and do not bring about."""
    for at, step in enumerate(found.graph.order):
        values = step.layer.message.values
        if "propagate_down" in values:
            yield from _propagate_down(found, passes, at)
        if "param" in values and len(values["param"]) == 1 and passes.layers[at]:
            yield from _bias(step, found.built[at])


def _propagate_down(found: Shapes, passes: Backward, at: int) -> Iterator[Problem]:
    layer, versions, _ = found.graph.order[at]
    flags = layer.message.values["propagate_down"]
    for index, (version, flag) in enumerate(zip(versions, flags, strict=False)):
        args = {"layer": layer.name, "type": layer.type, "blob": layer.bottoms[index]}
        node = layer.message.nodes["propagate_down"][index]
        if flag and not passes.needs[at]:
            yield problem("propagate-down-ignored", node, args, layer=layer.name)
        elif not flag and version >= 0 and passes.under_loss[at]:
            untrained = _untrained_above(found.graph, passes, version)
            if untrained is not None:
                marks = (mark(untrained.name_node(), "not trained"),)
                args["untrained"] = untrained.name
                yield problem("propagate-down-cuts", node, args, marks=marks, layer=layer.name)


def _untrained_above(graph: Graph, passes: Backward, version: int) -> Layer | None:
    """Return the nearest learnable layer that makes a blob and gets no gradient by any way."""
    waiting, seen = [graph.producers[version]], set()
    for at in waiting:  # grows upwards
        if at in seen or passes.layers[at]:
            continue
        seen.add(at)
        step = graph.order[at]
        if passes.learnable[at] and step.layer.type != _STATISTICS:
            return step.layer
        waiting += [graph.producers[bottom] for bottom in step.bottoms if bottom >= 0]
    return None


def _bias(step: Step, built: Built | None) -> Iterator[Problem]:
    """Yield that the one `param` of a layer freezes its weights and not its bias."""
    layer = step.layer
    param = layer.message.values["param"][0]
    if built is not None and built.params and len(built.params) == 2 and param.read("lr_mult") == 0:
        node = param.nodes.get("lr_mult", layer.message.nodes["param"][0])
        yield problem("bias-not-frozen", node, {"layer": layer.name}, layer=layer.name)


def _forced(net: Net, found: Shapes) -> Iterator[Problem]:
    node = narrow(net.message.nodes["force_backward"])
    for step, built in zip(found.graph.order, found.built, strict=True):
        params = step.layer.message.values.get("param", ())
        if built is not None and built.params and any(p.read("lr_mult") == 0 for p in params):
            args = {"layer": step.layer.name}
            marks = (mark(params[0].node, "frozen"),)
            yield problem("force-backward-on-frozen", node, args, marks=marks)
            return


def _first_statistics(found: Shapes, passes: Backward) -> Iterator[Problem]:
    """Yield the first BatchNorm that is back-propagated where nothing else is learned yet."""
    order, producers = found.graph.order, found.graph.producers
    for at in found.graph.types.get(_STATISTICS, ()):
        layer, versions, _ = order[at]
        if (
            passes.learnable[at]
            and passes.layers[at]
            and not any(version >= 0 and passes.needs[producers[version]] for version in versions)
        ):
            args = {"layer": layer.name}
            yield problem("batch-norm-needs-gradient", layer.type_node(), args, layer=layer.name)
            return

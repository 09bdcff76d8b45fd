"""Losses that do not count as they are meant to.

A loss layer whose `loss_weight` is not written keeps its weight of 1 where its top's gradient is
stored, which whoever reads the top overwrites or switches off; where the weight is written and the
top is read, Caffe moves the weight to a split layer and the loss layer adds its own 1 again.
"""

from __future__ import annotations

import math

from protolint.analysis.backward import backward, losses
from protolint.analysis.graph import merge
from protolint.analysis.shapes import shapes
from protolint.layers import layer_type
from protolint.layers.shapes import shape_text
from protolint.model.place import mark, problem
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from protolint.analysis.backward import Backward
    from protolint.analysis.graph import Graph
    from protolint.analysis.shapes import Shapes
    from protolint.model.net import Net
    from protolint.model.state import NetState
    from protolint.problem import Mark, Problem


def loss_problems(net: Net, states: list[NetState]) -> list[Problem]:
    """Return the losses that count otherwise than written, each once with its phases."""
    return merge(
        (state, [*_problems(shapes(net, state), losses(net, state), passes), *heavy])
        for state in states
        for passes in [backward(net, state) if state.phase == "TRAIN" else None]
        for heavy in [_heavy(shapes(net, state), losses(net, state)) if passes else ()]
    )


_HEAVY = 100.0
"""What the weights of several losses may add up to. Published nets stay near 1 for each loss."""


def _heavy(found: Shapes, counting: dict[int, list[int]]) -> Iterator[Problem]:
    """Yield that several losses together multiply the gradient of what they share."""
    order = found.graph.order
    weights = {
        at: sum(abs(weight) for weight in order[at].layer.message.values.get("loss_weight", (1.0,)))
        for at, tops in counting.items()
        if tops
    }
    total = sum(weights.values())
    if len(weights) < 2 or not _HEAVY < total < math.inf:
        return
    first, *others = sorted(weights, key=lambda at: -weights[at])
    layer = order[first].layer
    if "loss_weight" not in layer.message.nodes:
        return
    marks = tuple(
        mark(order[at].layer.name_node(), f"weight {weights[at]:g}") for at in sorted(others[:3])
    )
    args = {"layer": layer.name, "count": len(weights), "total": total, "weight": weights[first]}
    node = layer.message.nodes["loss_weight"][0]
    yield problem("loss-weights-large", node, args, marks=marks, layer=layer.name)


def _problems(found: Shapes, counting: Iterable[int], passes: Backward | None) -> Iterator[Problem]:
    for at in counting:
        layer, _, tops = found.graph.order[at]
        written = "loss_weight" in layer.message.values
        kind = layer_type(layer)
        if written:
            yield from _many_values(found, at)
        if kind is not None and kind.loss and tops and found.graph.readers[tops[0]]:
            if written:
                yield from _counted_twice(found.graph, at)
            elif passes is not None:
                yield from _lost(found.graph, passes, at)


def _many_values(found: Shapes, at: int) -> Iterator[Problem]:
    layer, _, tops = found.graph.order[at]
    for index, (version, weight) in enumerate(
        zip(tops, layer.message.values["loss_weight"], strict=False)
    ):
        shape = found.blobs[version]
        if not weight or shape is None or None in shape:
            continue
        count = math.prod(size or 0 for size in shape)
        if count != 1:
            node = layer.message.nodes["loss_weight"][index]
            args = {
                "blob": layer.tops[index],
                "count": count,
                "layer": layer.name,
                "shape": shape_text(shape),
            }
            yield problem("loss-of-many-values", node, args, layer=layer.name)


def _counted_twice(graph: Graph, at: int) -> Iterator[Problem]:
    layer, _, tops = graph.order[at]
    weight = layer.message.values["loss_weight"][0]
    if weight:
        marks, readers = _read_by(graph, tops[0])
        args = {
            "layer": layer.name,
            "type": layer.type,
            "blob": layer.tops[0],
            "readers": readers,
            "weight": weight,
            "first": 1 + weight,
            "later": 2 * weight,
        }
        node = layer.message.nodes["loss_weight"][0]
        yield problem("loss-counted-twice", node, args, marks=marks, layer=layer.name)


def _lost(graph: Graph, passes: Backward, at: int) -> Iterator[Problem]:
    """Yield what becomes of a loss without a written weight whose top is read."""
    layer, _, tops = graph.order[at]
    if not passes.needs[at]:
        return
    top = tops[0]
    overwritten = any(
        passes.bottoms[reader][index]
        for reader in graph.readers[top]
        for index, version in enumerate(graph.order[reader].bottoms)
        if version == top
    )
    if passes.layers[at] and not overwritten:
        return
    rule = "read-loss-overwritten" if overwritten else "read-loss-not-trained"
    marks, readers = _read_by(graph, top)
    args = {"layer": layer.name, "type": layer.type, "blob": layer.tops[0], "readers": readers}
    yield problem(rule, layer.top_node(0), args, marks=marks, layer=layer.name)


def _read_by(graph: Graph, version: int) -> tuple[tuple[Mark, ...], str]:
    """Return where a version is read, and the readers' names."""
    readers = [graph.order[reader] for reader in dict.fromkeys(graph.readers[version])]
    marks = tuple(
        mark(step.layer.bottom_node(step.bottoms.index(version)), f'read by "{step.layer.name}"')
        for step in readers
    )
    return marks, ", ".join(f'"{step.layer.name}"' for step in readers)

"""Blobs that nothing reads: Caffe prints every element of them at each display and test."""

from __future__ import annotations

import math

from protolint.analysis.backward import losses
from protolint.analysis.graph import merge
from protolint.analysis.shapes import shapes
from protolint.layers.shapes import shape_text
from protolint.model.place import problem
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from protolint.analysis.shapes import Shapes
    from protolint.model.net import Net
    from protolint.model.state import NetState
    from protolint.problem import Problem


def output_problems(net: Net, states: Iterable[NetState]) -> list[Problem]:
    """Return the outputs of many elements in states that compute a loss, as solvers run them."""
    return merge(
        (state, list(_problems(shapes(net, state)))) for state in states if losses(net, state)
    )


def _problems(found: Shapes) -> Iterator[Problem]:
    graph = found.graph
    for version in graph.outputs:
        shape = found.blobs[version]
        if shape is None or None in shape:
            continue
        count = math.prod(size or 0 for size in shape)
        if count > 1:
            step = graph.order[graph.producers[version]]
            layer = step.layer
            args = {
                "blob": graph.names[version],
                "count": count,
                "layer": layer.name,
                "shape": shape_text(shape),
            }
            node = layer.top_node(version - step.tops[0])
            yield problem("output-of-many-values", node, args, layer=layer.name)

"""A net in one state as a line of JSON."""

from __future__ import annotations

import json

from protolint.report.visible import without_surrogates
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from protolint.layers import Shape
    from protolint.report.net.view import View


def render(view: View) -> str:
    """Return one JSON object and a newline.

    Layers and blobs are those before splits are inserted; a blob has the shape of the last layer
    that makes it, and ``null`` stands for what is not known. ``memory_bytes`` is of blobs and
    weights. ``problems`` are the reasons for which Caffe would not build the net, in its order.
    """
    blobs: dict[str, Any] = {}
    layers = []
    for at, step in enumerate(view.shapes.graph.order):
        tops = view.tops(at)
        built = view.shapes.built[at]
        params = None if built is None else built.params
        for name, shape in tops:
            blobs[_text(name)] = _dims(shape)
        layers.append(
            {
                "name": _text(step.layer.name),
                "type": _text(step.layer.type),
                "bottoms": list(map(_text, step.layer.bottoms)),
                "tops": [_text(name) for name, _ in tops],
                "shapes": [_dims(shape) for _, shape in tops],
                "params": None if params is None else list(map(_dims, params)),
            }
        )
    found = {
        "path": _text(view.path),
        "dialects": list(view.dialects),
        "phase": view.state.phase,
        "level": view.state.level,
        "stages": list(map(_text, view.state.stages)),
        "layers": layers,
        "blobs": blobs,
        "parameters": view.cost.parameters.exact,
        "memory_bytes": view.cost.memory.exact,
        "macs": view.cost.macs.exact,
        "problems": [
            {
                "code": problem.code,
                "name": problem.name,
                "layer": None if problem.layer is None else _text(problem.layer),
                "message": _text(problem.message),
                "line": problem.range.start.line,
            }
            for problem in view.aborts()
        ],
    }
    return json.dumps(found) + "\n"


_text = without_surrogates


def _dims(shape: Shape) -> list[int | None] | None:
    return None if shape is None else list(shape)

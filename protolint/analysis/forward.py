"""Where the first forward pass of a net that Caffe has built would stop.

Caffe checks little of this when it builds a layer: memory without elements is refused when it is
first touched, and some layers check what they read only then.
"""

from __future__ import annotations

from protolint.analysis.graph import merge
from protolint.analysis.shapes import Shapes, shapes
from protolint.layers.fields import flag, given, integer, section, word
from protolint.layers.shapes import shape_text
from protolint.model.place import problem
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from protolint.analysis.wiring import Step
    from protolint.layers import Shape
    from protolint.model.net import Net
    from protolint.model.state import NetState
    from protolint.problem import Problem
    from protolint.schema.message import Message
    from protolint.syntax.tree import Field

_UNTOUCHED = frozenset(
    (
        "Data",
        "DummyData",
        "Flatten",
        "HDF5Data",
        "Input",
        "Parameter",
        "Reshape",
        "Silence",
        "Split",
    )
)
"""Types that never touch the memory of their blobs, or fill it with nothing to fill."""


def forward_problems(net: Net, states: Iterable[NetState]) -> list[Problem]:
    """Return where the first forward pass would stop, each place once with its phases."""
    return merge((state, list(_problems(shapes(net, state)))) for state in states)


def _problems(found: Shapes) -> Iterator[Problem]:
    steps = found.graph.order
    if any(shape is not None and 0 in shape for shape in set(found.blobs)):
        empty = (_empty(found, at) for at in range(len(steps)))
        yield from [fault for fault in empty if fault is not None][:1]
    for type_, check in _CHECKS.items():
        for at in found.graph.types.get(type_, ()):
            if found.built[at] is not None:
                yield from check(steps[at], found.bottoms[at])


def _empty(found: Shapes, at: int) -> Problem | None:
    """Return the problem of a layer that touches a blob without elements."""
    step, built = found.graph.order[at], found.built[at]
    layer = step.layer
    if built is None or layer.type in _UNTOUCHED:
        return None
    bottoms, tops = found.bottoms[at], built.tops
    for index, shape in enumerate(bottoms):
        if shape is not None and 0 in shape:
            node = layer.bottom_node(index)
            return _fault("empty-blob-touched", step, node, blob=layer.bottoms[index], shape=shape)
    for index, shape in enumerate(tops[: len(layer.tops)]):
        if shape is not None and 0 in shape:
            node = layer.top_node(index)
            return _fault("empty-blob-touched", step, node, blob=layer.tops[index], shape=shape)
    return None


def _euclidean(step: Step, bottoms: tuple[Shape, ...]) -> Iterator[Problem]:
    for index, shape in enumerate(bottoms):
        if shape is not None and len(shape) > 4:
            node = step.layer.bottom_node(index)
            yield _fault("more-than-four-axes-read", step, node, axes=len(shape), shape=shape)
            return


def _deconvolution(step: Step, _: tuple[Shape, ...]) -> Iterator[Problem]:
    message = step.layer.message
    param = section(message, "convolution_param")
    for one, other in (("stride_h", "stride_w"), ("stride_w", "stride_h")):
        if given(param, one) and (given(param, other) is False or integer(param, other) == 0):
            node = _node(message, "convolution_param", one)
            yield _fault("deconv-stride-zero", step, node, given=one, missing=other)
            return


def _pooling(step: Step, _: tuple[Shape, ...]) -> Iterator[Problem]:
    message = step.layer.message
    if word(section(message, "pooling_param"), "pool") == "STOCHASTIC":
        yield _fault("pool-stochastic-on-cpu", step, _node(message, "pooling_param", "pool"))


def _hdf5_output(step: Step, bottoms: tuple[Shape, ...]) -> Iterator[Problem]:
    if len(bottoms) == 2 and bottoms[0] and bottoms[1]:
        first, second = bottoms[0][0], bottoms[1][0]
        if first is not None and second is not None and first != second:
            node = step.layer.bottom_node(1)
            yield _fault("hdf5-output-batch-differs", step, node, batch=first, other=second)


def _data(step: Step, _: tuple[Shape, ...]) -> Iterator[Problem]:
    message = step.layer.message
    param = section(message, "data_param")
    if given(param, "prefetch") and integer(param, "prefetch") == 0:
        node = _node(message, "data_param", "prefetch")
        yield _fault("prefetch-zero", step, node)


def _window_data(step: Step, _: tuple[Shape, ...]) -> Iterator[Problem]:
    message = step.layer.message
    pad = integer(section(message, "window_data_param"), "context_pad")
    crop = integer(section(message, "transform_param"), "crop_size")
    if pad and crop and 2 * pad >= crop:
        node = _node(message, "window_data_param", "context_pad")
        yield _fault("context-pad-fills-crop", step, node, pad=pad, crop=crop)


def _eltwise(step: Step, _: tuple[Shape, ...]) -> Iterator[Problem]:
    param = section(step.layer.message, "eltwise_param")
    if word(param, "operation") == "PROD" and flag(param, "stable_prod_grad") is False:
        node = _node(step.layer.message, "eltwise_param", "stable_prod_grad")
        yield _fault("unstable-product-gradient", step, node)


_CHECKS: dict[str, Callable[[Step, tuple[Shape, ...]], Iterator[Problem]]] = {
    "Data": _data,
    "Deconvolution": _deconvolution,
    "Eltwise": _eltwise,
    "EuclideanLoss": _euclidean,
    "HDF5Output": _hdf5_output,
    "Pooling": _pooling,
    "WindowData": _window_data,
}


def _fault(rule: str, step: Step, node: Field, **args: Any) -> Problem:
    layer = step.layer
    shown = {k: shape_text(v) if k == "shape" else v for k, v in args.items()}
    return problem(rule, node, {"layer": layer.name, "type": layer.type, **shown}, layer=layer.name)


def _node(message: Message, block: str, name: str) -> Field:
    """Return where a field of a parameter message is written, else its block, else the layer."""
    inner = message.values.get(block)
    node: Field = message.nodes.get(block, message.node)
    return inner.nodes.get(name, node) if inner is not None else node

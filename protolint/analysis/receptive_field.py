"""What part of the input each cell of a blob depends on.

Cell ``i`` of an axis sees the inputs ``offset + stride·i`` up to ``offset + stride·i + size - 1``;
the offset is negative where padding is seen. Per axis, a window of extent e, stride s and pad p
over a field (size, stride, offset) gives

    size + (e - 1)·stride,  s·stride,  offset - p·stride

(Araujo, Norris, Sim, Computing Receptive Fields of Convolutional Neural Networks, Distill 2019).
Layers that keep to the cell keep the field. Where blobs meet, the field is the smallest that holds
all of theirs; blobs of different strides, or without a field, have none together. Layers that mix
all cells, change the axes or upsample end it.
"""

from __future__ import annotations

from protolint.analysis.graph import UNKNOWN
from protolint.layers import Setup, windows
from protolint.layers.convolution import window
from protolint.layers.fields import integer, section, word
from protolint.layers.scaling import TYPES as SCALING
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from protolint.analysis.shapes import Shapes
    from protolint.layers import Dim, Shape
    from protolint.model.layer import Layer


class Span(NamedTuple):
    """The field along one axis, in cells of the input."""

    size: int
    stride: int
    offset: int


Field = tuple[Span, Span]
"""Along height and width."""

_CELL: Field = (Span(1, 1, 0), Span(1, 1, 0))

_POINTWISE = frozenset(
    (
        "AbsVal",
        "BN",
        "BNLL",
        "BatchNorm",
        "CReLU",
        "Clip",
        "Dropout",
        "ELU",
        "Eltwise",
        "Exp",
        "HardSwish",
        "Log",
        "Mish",
        "PReLU",
        "Power",
        "ReLU",
        "ReLU6",
        "ShuffleChannel",
        "Sigmoid",
        "SpatialDropout",
        "Split",
        "Swish",
        "TanH",
        "Threshold",
        *(kind.name for kind in SCALING),
    )
)
"""Types whose cells see the cells of the same place, over all bottoms."""

_ALONG_AN_AXIS = {"Concat": "concat_param", "Slice": "slice_param", "Softmax": "softmax_param"}
"""Types that keep to the cell when their axis is 1, the channels."""


def receptive_fields(shapes: Shapes) -> list[Field | None]:
    """Return the field of each version of a blob, by version of the graph.

    Blobs of four axes have fields, those of layers without bottoms of a single cell.
    """
    fields: list[Field | None] = [None] * len(shapes.blobs)
    for at, (layer, bottoms, tops) in enumerate(shapes.graph.order):
        if shapes.built[at] is None:
            continue
        images = shapes.bottoms[at]
        below = [fields[version] if version != UNKNOWN else None for version in bottoms]
        for index, version in enumerate(tops):
            if not _is_image(shapes.blobs[version]):
                continue
            if not bottoms:
                fields[version] = _CELL
            elif layer.type in ("Convolution", "DepthwiseConvolution"):  # a top for each bottom
                fields[version] = _behind(layer, images, _joined(below[index : index + 1]))
            else:
                fields[version] = _behind(layer, images, _joined(below))
    return fields


def _is_image(shape: Shape) -> bool:
    return shape is not None and len(shape) == 4


def _joined(fields: list[Field | None]) -> Field | None:
    """Return the smallest field that holds all of the given ones."""
    known = [field for field in fields if field is not None]
    if len(known) < len(fields) or not known:
        return None
    heights, widths = zip(*known, strict=True)
    height, width = _union(heights), _union(widths)
    return None if height is None or width is None else (height, width)


def _union(spans: tuple[Span, ...]) -> Span | None:
    if len({span.stride for span in spans}) > 1:
        return None
    start = min(span.offset for span in spans)
    stop = max(span.offset + span.size for span in spans)
    return Span(stop - start, spans[0].stride, start)


def _behind(layer: Layer, bottoms: tuple[Shape, ...], below: Field | None) -> Field | None:
    """Return the field of a layer's tops, given the one of its bottoms."""
    kind = layer.type
    if below is None:
        return None
    if kind in _POINTWISE:
        # A factor that is a blob of another shape may come from anywhere.
        plain = len(bottoms) == 1 or kind == "Eltwise"
        return below if plain else None
    if kind == "LRN":
        return _lrn(layer, below)
    if kind in _ALONG_AN_AXIS:
        return below if _axis(layer, _ALONG_AN_AXIS[kind]) in (1, -3) else None
    if kind in ("Convolution", "ConvolutionDepthwise", "DepthwiseConvolution", "Im2col"):
        return _convolved(layer, below)
    if kind == "Pooling":
        return _pooled(layer, bottoms, below)
    return None


def _axis(layer: Layer, name: str) -> Dim:
    param = section(layer.message, name)
    old = {"concat_param": "concat_dim", "slice_param": "slice_dim"}.get(name)
    if old is not None and param is not None and old in param.values:
        return integer(param, old)
    return integer(param, "axis")


def _over(below: Span, extent: Dim, stride: Dim, pad: Dim) -> Span | None:
    if extent is None or stride is None or pad is None:
        return None
    size, step, offset = below
    return Span(size + (extent - 1) * step, step * stride, offset - pad * step)


def _pair(height: Span | None, width: Span | None) -> Field | None:
    return None if height is None or width is None else (height, width)


def _convolved(layer: Layer, below: Field) -> Field | None:
    param = section(layer.message, "convolution_param")
    if integer(param, "axis") not in (1, -3):
        return None
    w = window(param, 2)
    return _pair(
        *(_over(below[axis], w.extent(axis), w.stride[axis], w.pad[axis]) for axis in range(2))
    )


def _pooled(layer: Layer, bottoms: tuple[Shape, ...], below: Field) -> Field | None:
    w = windows(Setup(layer.message, bottoms, len(layer.tops)))
    return _pair(*(_over(*sizes) for sizes in zip(below, w.kernel, w.stride, w.pad, strict=True)))


def _lrn(layer: Layer, below: Field) -> Field | None:
    param = section(layer.message, "lrn_param")
    region, size = word(param, "norm_region"), integer(param, "local_size")
    if region == "ACROSS_CHANNELS":
        return below
    if region is None or size is None:
        return None
    return _pair(*(_over(span, size, 1, (size - 1) // 2) for span in below))

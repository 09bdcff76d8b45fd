"""Convolution and pooling over time and space."""

from __future__ import annotations

from protolint.layers.fields import flag, integer, integers, section
from protolint.layers.parameters import created
from protolint.layers.shapes import blob, dim, known, truncated
from protolint.layers.specification import ONE, SOME, Built, Dim, LayerType, Setup, Shape


def nd_convolution(setup: Setup) -> Built:
    """``[x0, num_output] + spatial``; weights ``[num_output, x1/group, kernel…]``.

    ``kernel_shape``, ``stride_shape`` and ``pad_shape`` have a size per axis.
    """
    name = "convolution_param"
    param = section(setup.layer, name)
    x = setup.bottoms[0]
    outputs = integer(param, "num_output")
    if x is None or len(x) < 3:
        return Built((None,) * setup.tops, None, None)
    spatial = x[2:]
    kernel = _sizes(setup, "kernel_shape", len(spatial), None)
    stride = _sizes(setup, "stride_shape", len(spatial), 1)
    pad = _sizes(setup, "pad_shape", len(spatial), 0)
    sizes = [
        known(lambda n, k, s, p: truncated(n + 2 * p - k, s) + 1 if s else None, *axis)
        for axis in zip(spatial, kernel, stride, pad, strict=True)
    ]
    inputs = known(lambda c, g: c // g if g else None, x[1], integer(param, "group"))
    weights: Shape = (outputs, inputs, *kernel)
    bias = flag(param, "bias_term")
    blobs = [("the weight blob", weights, (name, "weight_filler"))]
    if bias:
        blobs.append(("the bias blob", (outputs,), (name, "bias_filler")))
    params = None if bias is None else created(setup, *blobs)
    return Built((blob((x[0], outputs, *sizes), "the output", (name,)),) * setup.tops, params, None)


def convolution_3d(setup: Setup) -> Built:
    """``[x0, num_output, t, h, w]``; how large t, h and w are is not described."""
    outputs = integer(section(setup.layer, "convolution3d_param"), "num_output")
    return Built(((_batch(setup.bottoms[0]), outputs, None, None, None),), None, None)


def pooling_3d(setup: Setup) -> Built:
    """``[x0, x1, t, h, w]``; how large t, h and w are is not described."""
    x = setup.bottoms[0]
    channels = dim(x, 1) if x is not None and len(x) > 1 else None
    return Built(((_batch(x), channels, None, None, None),))


def _batch(x: Shape) -> Dim:
    return x[0] if x else None


def _sizes(setup: Setup, field: str, axes: int, default: Dim) -> tuple[Dim, ...]:
    """Return the sizes of a shape field, one per axis; unknown where there are others."""
    param = section(setup.layer, "convolution_param")
    sizes = integers(section(param, field), "dim")
    if sizes == ():
        return (default,) * axes
    return sizes if sizes is not None and len(sizes) == axes else (None,) * axes


TYPES = (
    LayerType(
        "NdConvolution", SOME, SOME, nd_convolution, ("convolution_param",), equal_counts=True
    ),
    LayerType("Convolution3D", ONE, ONE, convolution_3d, ("convolution3d_param",)),
    LayerType("Pooling3D", ONE, ONE, pooling_3d, ("pooling3d_param",)),
)

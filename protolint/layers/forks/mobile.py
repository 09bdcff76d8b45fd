"""Layers of small and of squeezed nets: depthwise convolution, shuffled channels, Axpy."""

from __future__ import annotations

from protolint.layers.convolution import convolution, over, window
from protolint.layers.fields import flag, integer, section
from protolint.layers.shapes import (
    agreed,
    blob,
    canonical,
    differs,
    dim,
    joined,
    known,
    product,
    same,
    shape_text,
    with_axis,
)
from protolint.layers.specification import (
    ONE,
    SOME,
    Built,
    LayerType,
    Setup,
    Shape,
    refuse,
    refuse_if,
)


def convolution_depthwise(setup: Setup) -> Built:
    """``[x0, x1, spatial]`` as Convolution makes them; weights ``[x1, 1, kernel…]``."""
    name = "convolution_param"
    param = section(setup.layer, name)
    x = setup.bottoms[0]
    if x is None or len(x) != 4:
        return Built(((None,) * 4,), None, None)
    w = window(param, 2)
    channels = x[1] if integer(param, "num_output") in (0, x[1]) else None
    bias = flag(param, "bias_term")
    weights: Shape = (channels, 1, *w.kernel)
    params = None if bias is None else (weights, (channels,)) if bias else (weights,)
    top = blob((x[0], channels, *over(param, w, x[2:], 0)), "the output", (name,))
    return Built((top,), params, product(joined(top, w.kernel)))


def shuffle_channel(setup: Setup) -> Built:
    """``x``; ``group`` divides ``x[1]``."""
    x = setup.bottoms[0]
    group = integer(section(setup.layer, "shuffle_channel_param"), "group")
    channels = dim(x, 1) if x is not None and len(x) > 1 else None
    uneven = known(lambda c, g: g > 0 and c % g != 0, channels, group)
    at = ("shuffle_channel_param", "group")
    refuse_if(uneven, "shuffle-group-does-not-divide", at, channels=channels, group=group)
    return Built((x,))


def axpy(setup: Setup) -> Built:
    """``y``, of which ``z`` has the shape: a·y + z, a is ``[y0, y1]`` or ``[y0, y1, 1, 1]``."""
    a, y, z = setup.bottoms
    text = shape_text(y)
    if same(y, z) is False:
        refuse("axpy-shapes-differ", ("bottom", 2), index=2, other=shape_text(z), first=text)
    if a is not None and y is not None and len(a) > 1 and len(y) > 1:
        wrong = [differs(a[0], y[0]), differs(a[1], y[1])]
        wrong += [differs(size, 1) for size in (a[2:] if len(a) == 4 else ())]
        if True in wrong:
            refuse("axpy-shapes-differ", ("bottom", 0), index=0, other=shape_text(a), first=text)
    return Built((agreed((y, z)),))


def concatenated_relu(setup: Setup) -> Built:
    """``x`` with twice the size on ``concat_axis``."""
    name = "crelu_param"
    x = setup.bottoms[0]
    a = canonical(x, integer(section(setup.layer, name), "concat_axis"), (name, "concat_axis"))
    return Built((with_axis(x, a, known(lambda n: 2 * n, dim(x, a))),))


TYPES = (
    LayerType("Axpy", (3, 3), ONE, axpy),
    LayerType("CReLU", ONE, ONE, concatenated_relu, ("crelu_param",)),
    LayerType("ConvolutionDepthwise", ONE, ONE, convolution_depthwise, ("convolution_param",)),
    LayerType(
        "DepthwiseConvolution",
        SOME,
        SOME,
        convolution,
        ("convolution_param",),
        "bad",
        equal_counts=True,
    ),
    LayerType("ShuffleChannel", ONE, ONE, shuffle_channel, ("shuffle_channel_param",)),
)

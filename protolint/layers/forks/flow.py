"""Layers of FlowNet 2: correlation, warping, resampling, augmentation."""

from __future__ import annotations

from protolint.layers.elementwise import pointwise
from protolint.layers.fields import given, integer, section
from protolint.layers.loss import scalar
from protolint.layers.shapes import blob, dim, known, legacy
from protolint.layers.specification import (
    ONE,
    SOME,
    TWO,
    Built,
    Dim,
    LayerType,
    Setup,
    Shape,
    tops_from,
)


def correlation(setup: Setup) -> Built:
    """``[x0, d², h, w]`` with d = 2·(max_displacement / stride_2) + 1.

    h = ceil((x2 + 2·pad - 2·border) / stride_1), border = max_displacement + (kernel_size - 1) / 2.
    """
    return _correlate(setup, 2)


def correlation_1d(setup: Setup) -> Built:
    """``[x0, d, h, w]``; shifts are along the width only."""
    return _correlate(setup, 1)


def _correlate(setup: Setup, axes: int) -> Built:
    name = "correlation_param"
    param = section(setup.layer, name)
    x = legacy(setup.bottoms[0], "Correlation", ("bottom", 0))
    kernel, reach = integer(param, "kernel_size") or None, integer(param, "max_displacement")
    pad, stride, step = (integer(param, f) for f in ("pad", "stride_1", "stride_2"))
    channels: Dim = None
    if integer(param, "single_direction") == 0:
        channels = known(lambda m, s: (2 * (m // s) + 1) ** axes if s else None, reach, step)
    border = known(lambda m, k: m + (k - 1) // 2, reach, kernel)
    sides = [
        known(
            lambda n, p, b, s: -(-(n + 2 * p - 2 * b) // s) if s else None, n, pad, border, stride
        )
        for n in (dim(x, 2), dim(x, 3))
    ]
    if axes == 1:
        sides[0] = None  # the height has no displacement
    return Built((blob((dim(x, 0), channels, *sides), "the output", (name,)),))


def resample(setup: Setup) -> Built:
    """``[x0, x1, h, w]``: the second bottom's size, else ``height`` and ``width``."""
    param = section(setup.layer, "resample_param")
    sizes = None if given(param, "factor") else (integer(param, "height"), integer(param, "width"))
    return _resized(setup, sizes)


def downsample(setup: Setup) -> Built:
    """``[x0, x1, h, w]``: the second bottom's size, else ``top_height`` and ``top_width``."""
    param = section(setup.layer, "downsample_param")
    return _resized(setup, (integer(param, "top_height"), integer(param, "top_width")))


def _resized(setup: Setup, wanted: tuple[Dim, Dim] | None) -> Built:
    x = legacy(setup.bottoms[0], "Resample", ("bottom", 0))
    height, width = wanted or (None, None)
    if len(setup.bottoms) == 2:
        other = legacy(setup.bottoms[1], "Resample", ("bottom", 1))
        height, width = dim(other, 2), dim(other, 3)
    return Built(((dim(x, 0), dim(x, 1), height or None, width or None),))


def channel_norm(setup: Setup) -> Built:
    """``[x0, 1, x2, x3]``."""
    x = legacy(setup.bottoms[0], "ChannelNorm", ("bottom", 0))
    return Built(((dim(x, 0), 1, dim(x, 2), dim(x, 3)),))


def augmentation(setup: Setup) -> Built:
    """``[x0, x1, crop_height, crop_width]``; the coefficients of a second top are not described."""
    param = section(setup.layer, "augmentation_param")
    x = legacy(setup.bottoms[0], "DataAugmentation", ("bottom", 0))
    sides = [integer(param, f"crop_{side}") or None for side in ("height", "width")]
    top: Shape = (dim(x, 0), dim(x, 1), *sides)
    return Built(tops_from(setup, top), None)


TYPES = (
    LayerType("Correlation", TWO, ONE, correlation, ("correlation_param",)),
    LayerType("Correlation1D", TWO, ONE, correlation_1d, ("correlation_param",)),
    LayerType("Resample", (1, 2), ONE, resample, ("resample_param",)),
    LayerType("Downsample", (1, 2), ONE, downsample, ("downsample_param",)),
    LayerType("ChannelNorm", ONE, ONE, channel_norm),
    LayerType("FlowWarp", TWO, ONE, pointwise, ("flow_warp_param",)),
    LayerType("Mean", ONE, ONE, pointwise, ("mean_param",)),
    *(
        LayerType(
            name,
            SOME,
            SOME,
            augmentation,
            ("augmentation_param", "coeff_schedule_param", "transform_param"),
        )
        for name in ("DataAugmentation", "FlowAugmentation")
    ),
    *(
        LayerType(name, SOME, SOME, scalar, (param, "loss_param"), auto_top=True, loss=True)
        for name, param in (("L1Loss", "l1_loss_param"), ("LpqLoss", "lpq_loss_param"))
    ),
)

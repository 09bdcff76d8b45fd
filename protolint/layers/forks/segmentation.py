"""Layers of SegNet, DeepLab, PSPNet and PSANet."""

from __future__ import annotations

from protolint.layers.elementwise import pointwise
from protolint.layers.fields import flag, given, integer, length, section, word
from protolint.layers.parameters import written
from protolint.layers.shapes import blob, dim, known, legacy, same, shape_text, truncated
from protolint.layers.specification import (
    NONE,
    ONE,
    SOME,
    TWO,
    Built,
    Dim,
    LayerType,
    Setup,
    Shape,
    refuse,
    tops_from,
)
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from protolint.schema.message import Message


def batch_norm(setup: Setup) -> Built:
    """``x``; SegNet's scale and shift ``[1, x[1], 1, 1]``; elsewhere four blobs of ``x[1]`` values.

    The four are slope, bias, mean and variance; forks differ in the axes that stand around x[1].
    Further tops are statistics.
    """
    x = setup.bottoms[0]
    tops: tuple[Shape, ...] = tops_from(setup, x)
    if length(setup.layer, "blobs"):
        return Built(tops, written(setup.layer))
    param = section(setup.layer, "bn_param")
    if _some(param, ("scale_filler", "shift_filler", "bn_mode")):
        channels = dim(x, 1) if x is not None and len(x) > 1 else None
        return Built(tops, ((1, channels, 1, 1),) * 2)
    if _some(param, ("slope_filler", "bias_filler", "frozen", "momentum")):
        return Built(tops, (None,) * 4)
    return Built(tops, None)


def _some(message: Message | None, names: Iterable[str]) -> bool:
    return any(given(message, name) for name in names)


def interp(setup: Setup) -> Built:
    """``[x0, x1, h, w]`` by ``shrink_factor``, ``zoom_factor``, or ``height`` and ``width``.

    From s = size + pad_beg + pad_end, shrinking makes (s-1)/factor + 1, zooming
    s + (s-1)·(factor-1). Forks differ in what counts where several are written.
    """
    x = legacy(setup.bottoms[0], "Interp", ("bottom", 0)) or (None,) * 4
    param = section(setup.layer, "interp_param")
    sides: tuple[Dim, Dim] = (None, None)
    wanted = (integer(param, "height") or None, integer(param, "width") or None)
    pads = [integer(param, f"pad_{end}") for end in ("beg", "end")]
    sizes = [known(lambda n, p, q: n + p + q, n, *pads) for n in x[2:]]
    zoomed, shrunk = given(param, "zoom_factor"), given(param, "shrink_factor")
    fixed = _some(param, ("height", "width"))
    plain = len(setup.bottoms) == 1 and given(param, "full_zoom_factor") is False
    if plain and shrunk and not zoomed and not fixed:
        shrink = integer(param, "shrink_factor") or None
        sides = _each(lambda n, f: truncated(n - 1, f) + 1, sizes, shrink)
    elif plain and zoomed and not shrunk and not fixed:
        sides = _each(lambda n, f: n + (n - 1) * (f - 1), sizes, integer(param, "zoom_factor"))
    elif plain and fixed and not zoomed and not shrunk:
        sides = wanted
    return Built((blob((x[0], x[1], *sides), "the output", ("interp_param",)),))


def _each(rule: Callable[[int, int], int], sizes: list[Dim], factor: Dim) -> tuple[Dim, Dim]:
    height, width = (known(rule, size, factor) for size in sizes)
    return height, width


def upsample(setup: Setup) -> Built:
    """``[x0, x1, h, w]``: ``upsample_h`` and ``upsample_w``, else the size times the scale.

    With a second bottom, the indices that Pooling gives as its second top, this is SegNet's layer;
    its scale is 2 unless written, and ``pad_out_h`` takes off a row. Without one it repeats values.
    """
    name = "upsample_param"
    param = section(setup.layer, name)
    x = legacy(setup.bottoms[0], "Upsample", ("bottom", 0))
    with_mask = len(setup.bottoms) == 2
    if with_mask and same(setup.bottoms[0], setup.bottoms[1]) is False:
        other, first = shape_text(setup.bottoms[1]), shape_text(x)
        refuse("upsample-mask-differs", ("bottom", 1), other=other, first=first)
    sides = [
        _side(param, side, dim(x, axis), with_mask=with_mask) for axis, side in ((2, "h"), (3, "w"))
    ]
    return Built((blob((dim(x, 0), dim(x, 1), *sides), "the output", (name,)),))


def _side(param: Message | None, side: str, size: Dim, *, with_mask: bool) -> Dim:
    fixed = given(param, "upsample_h"), given(param, "upsample_w")
    if fixed == (True, True):
        return integer(param, f"upsample_{side}")
    if fixed != (False, False):
        return None
    field = f"scale_{side}" if given(param, "scale_h") else "scale"
    scale = integer(param, field)
    if not given(param, field):
        scale = 2 if with_mask and field == "scale" else None
    pad: Dim = 0
    for name in (f"pad_out_{side}", f"pad_out_{side.upper()}"):
        if given(param, name):
            pad = integer(param, name)
    return known(lambda n, s, p: n * s - p, size, scale, pad)


def unpool(setup: Setup) -> Built:
    """``[x0, x1, h, w]``; forks differ in how large h and w are."""
    x = legacy(setup.bottoms[0], "UnPooling", ("bottom", 0))
    return Built(((dim(x, 0), dim(x, 1), None, None),))


def dense_image_data(setup: Setup) -> Built:
    """``[batch_size, C, h, w]`` and labels ``[batch_size, 1, h, w]``, C = 3 or 1 by ``is_color``.

    h and w are those cropped to, else ``new_height`` and ``new_width``, else the first image's.
    """
    param = section(setup.layer, "dense_image_data_param")
    sides: list[Dim] = []
    for side in ("height", "width"):
        crop = integer(param, f"crop_{side}")
        new = integer(param, f"new_{side}")
        first = None if new is None else dim(setup.datum, 1 if side == "height" else 2)
        sides.append(None if crop is None else crop or new or first)
    batch = integer(param, "batch_size")
    channels = known(lambda color: 3 if color else 1, flag(param, "is_color"))
    label = None if given(param, "one_hot_nclasses") else 1
    return Built((blob((batch, channels, *sides), "the batch"), (batch, label, *sides)))


def image_seg_data(setup: Setup) -> Built:
    """``[batch_size, C, h, w]``, labels ``[batch_size, 1, h, w]``, sizes ``[batch_size, 1, 1, 2]``.

    h and w are ``crop_size``, or ``crop_height`` and ``crop_width``, else those of the first image.
    Labels are as large if they are images (``label_type: PIXEL``).
    """
    param = section(setup.layer, "image_data_param")
    transform = section(setup.layer, "transform_param")
    batch = integer(param, "batch_size")
    channels = known(lambda color: 3 if color else 1, flag(param, "is_color"))
    crop = integer(transform, "crop_size")
    sides: list[Dim] = []
    for axis, side in ((1, "height"), (2, "width")):
        size = crop or integer(transform, f"crop_{side}") or integer(param, f"new_{side}")
        sides.append(size or (dim(setup.datum, axis) if size == 0 else None))
    label: Shape = (batch, 1, *sides)
    if word(param, "label_type") != "PIXEL":
        label = (batch, 1, None, None)
    tops: tuple[Shape, ...] = (batch, channels, *sides), label, (batch, 1, 1, 2)
    return Built(tops_from(setup, *tops))


TYPES = (
    LayerType("BN", ONE, (1, None), batch_norm, ("bn_param", "batch_norm_param")),
    LayerType("SyncBN", ONE, (1, None), batch_norm, ("bn_param", "batch_norm_param")),
    *(
        LayerType(name, SOME, ONE, unpool, ("unpooling_param", "pooling_param"))
        for name in ("UnPooling", "Unpooling")
    ),
    LayerType("Interp", (1, 2), ONE, interp, ("interp_param",)),
    LayerType("Upsample", (1, 2), ONE, upsample, ("upsample_param",)),
    LayerType(
        "DenseImageData", NONE, TWO, dense_image_data, ("dense_image_data_param", "transform_param")
    ),
    LayerType(
        "ImageSegData", NONE, (1, None), image_seg_data, ("image_data_param", "transform_param")
    ),
    LayerType(
        "PointwiseSpatialAttention",
        TWO,
        ONE,
        pointwise,  # the second bottom holds one map per position
        ("pointwise_spatial_attention_param",),
    ),
)

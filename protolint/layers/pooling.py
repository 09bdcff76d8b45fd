"""Pooling and SPP, with the windows that read no input.

Size per axis: ceil((in + 2·pad - kernel) / stride) + 1 in single precision, floor with
``round_mode: FLOOR``. With padding, a last window that would start behind the input and its padding
is dropped; without, nothing is dropped, so a stride above the kernel can leave the last window
empty.
"""

from __future__ import annotations

import math

from protolint.layers.fields import both, either, flag, given, integer, section, word
from protolint.layers.shapes import INT_MAX, blob, i32, known, legacy, product, shape_text
from protolint.layers.specification import (
    ONE,
    Built,
    Counts,
    Dim,
    LayerType,
    Setup,
    Shape,
    refuse,
    refuse_if,
)
from protolint.single import single
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Literal, TypeAlias

    from protolint.schema.message import Message

_PARAM = "pooling_param"
_SPP = "spp_param"

_OF_FORKS = frozenset(
    (
        "axis",
        "fix",
        "fix_x",
        "fix_y",
        "kernel_shape",
        "kernel_size_3d",
        "pad_3d",
        "pad_b",
        "pad_l",
        "pad_r",
        "pad_shape",
        "pad_t",
        "pad_type",
        "stride_3d",
        "stride_shape",
        "torch_pooling",
    )
)
"""Fields of forks that give the windows otherwise."""

Pair = tuple[Dim, Dim]
Nothing: TypeAlias = 'Literal["nan", "zero", "lowest"]'


class Windows(NamedTuple):
    """The windows of a pooling layer, as pairs of height and width.

    ``size`` is the input's size, ``out`` the number of windows. ``empty`` is the index of the first
    window that reads no input; ``None`` where there is none, or where the size is not known.
    ``reads`` tells these two apart: whether every window reads something. ``gives`` is what the
    cells of the empty row and of the empty column hold: 0/0, a silent 0, or -FLT_MAX.
    """

    method: str | None
    kernel: Pair
    stride: Pair
    pad: Pair
    size: Pair
    out: Pair
    empty: Pair
    reads: tuple[bool | None, bool | None]
    gives: tuple[Nothing | None, Nothing | None]


def pooled(size: int, kernel: int, stride: int, pad: int, *, floor: bool, clip: bool) -> int:
    """Return the number of windows over ``size`` inputs; ``clip`` when there is any padding.

    A stride of 0 gives what the processor makes of an infinite float cast to int.
    """
    number = -INT_MAX - 1
    if stride:
        steps = single(single(i32(size + 2 * pad - kernel)) / single(stride))
        whole = math.floor(steps) if floor else math.ceil(steps)
        number = whole if -INT_MAX <= whole <= INT_MAX else number
    number = i32(number + 1)
    if clip and i32((number - 1) * stride) >= i32(size + pad):
        number -= 1
    return number


def first_empty(size: int, stride: int, pad: int, out: int) -> int | None:
    """Return the index of the first of ``out`` windows that starts behind the input, if any.

    With the number of windows Caffe makes, only the last can be one.
    """
    if out <= 0 or stride <= 0 or (out - 1) * stride - pad < size:
        return None
    return max(-((-size - pad) // stride), 0)


def windows(setup: Setup) -> Windows:
    """Return the windows of a Pooling layer; refuses what Caffe refuses."""
    param = section(setup.layer, _PARAM)
    if param is not None and not _OF_FORKS.isdisjoint(param.values):
        return _unknown_windows(setup.bottoms[0])
    method = word(param, "pool")
    whole = flag(param, "global_pooling")
    x = setup.bottoms[0]
    kernel, stride, pad = _options(param, whole)
    if whole:
        image = legacy(x, "Pooling", ("bottom", 0))
        kernel = (None, None) if image is None else (image[2], image[3])
    elif whole is None:
        kernel = (None, None)
    for side, length in zip(("height", "width"), kernel, strict=True):
        zero = known(lambda k: k <= 0, length)
        at = (_PARAM, "global_pooling" if whole else _written(param, "kernel", side))
        refuse_if(zero, "pool-kernel-zero", at, side=side, kernel=length)
    padded = either(*(known(lambda p: p != 0, p) for p in pad))
    strided = either(*(known(lambda s: s != 1, s) for s in stride))
    refuse_if(
        both(whole, either(padded, strided)),
        "pool-global-with-stride-or-pad",
        (_PARAM, _written(param, "stride" if strided else "pad", "height")),
    )
    if padded:
        at = (_PARAM, _written(param, "pad", "height"))
        refuse_if(method == "STOCHASTIC", "pool-stochastic-with-pad", at)
        for p, k in zip(pad, kernel, strict=True):
            wide = known(lambda p, k: p >= k, p, k)
            refuse_if(wide, "pool-pad-exceeds-kernel", at, pad=p, kernel=k)
    if x is not None and len(x) != 4:
        refuse(
            "pool-not-four-axes",
            ("bottom", 0),
            type="Pooling",
            axes=len(x),
            shape=shape_text(x),
        )
    size = (None, None) if x is None else (x[2], x[3])
    floor = known(lambda mode: mode == "FLOOR", word(param, "round_mode"))
    if given(param, "ceil_mode"):
        floor = known(lambda ceil: not ceil, flag(param, "ceil_mode"))
    w = _count(method, kernel, stride, pad, size, floor, padded)
    return w._replace(out=(1, 1), reads=(True, True)) if whole else w


def _unknown_windows(x: Shape) -> Windows:
    nothing: Pair = (None, None)
    size = nothing if x is None or len(x) != 4 else (x[2], x[3])
    unknown = (None, None)
    return Windows(None, nothing, nothing, nothing, size, nothing, nothing, unknown, unknown)


def _written(param: Message | None, name: str, side: str) -> str:
    """Return the field of the parameters that gives kernel, stride or pad on a side."""
    paired = f"{name}_{side[0]}"
    return paired if given(param, paired) else "kernel_size" if name == "kernel" else name


def _options(param: Message | None, whole: bool | None) -> tuple[Pair, Pair, Pair]:
    """Return kernel, stride and pad as pairs, after Caffe's checks of how they are given."""
    square, h, w = (given(param, n) for n in ("kernel_size", "kernel_h", "kernel_w"))
    at = (_PARAM, "kernel_size" if square else "kernel_h" if h else "kernel_w" if w else "pool")
    if whole:
        refuse_if(either(square, h, w), "pool-global-with-kernel", at)
    if whole is False:
        refuse_if(both(square, h, w), "pool-kernel-given-twice", at)
        if square is False and both(h, w) is False:
            half = ("kernel_h", "kernel_w") if h else ("kernel_w", "kernel_h")
            if h or w:
                refuse("pool-kernel-half-given", at, given=half[0], missing=half[1])
            neither = h is False and w is False
            refuse_if(neither, "pool-kernel-missing", (_PARAM,))
    for name in ("pad", "stride"):
        one, h, w = (given(param, n) for n in (name, f"{name}_h", f"{name}_w"))
        if None not in (one, h, w) and not (h and w and not one) and (h or w):
            refuse(f"pool-{name}-form", (_PARAM, f"{name}_h" if h else f"{name}_w"))
    return (
        _pair(param, "kernel_size", "kernel_h", "kernel_w", square),
        _pair(param, "stride", "stride_h", "stride_w", _not(given(param, "stride_h"))),
        _pair(param, "pad", "pad_h", "pad_w", _not(given(param, "pad_h"))),
    )


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _pair(param: Message | None, both_: str, h: str, w: str, square: bool | None) -> Pair:
    if square is None:
        return None, None
    if square:
        return integer(param, both_), integer(param, both_)
    return integer(param, h), integer(param, w)


def _count(
    method: str | None,
    kernel: Pair,
    stride: Pair,
    pad: Pair,
    size: Pair,
    floor: bool | None,
    padded: bool | None,
) -> Windows:
    out: list[Dim] = []
    empty: list[Dim] = []
    reads: list[bool | None] = []
    gives: list[Nothing | None] = []
    for n, k, s, p in zip(size, kernel, stride, pad, strict=True):
        number = known(
            lambda n, k, s, p, f, c: pooled(n, k, s, p, floor=f, clip=c), n, k, s, p, floor, padded
        )
        first = None
        if n is not None and s is not None and p is not None and number is not None:
            first = first_empty(n, s, p, number)
        out.append(number)
        empty.append(first)
        reads.append(None if number is None else first is None)
        gives.append(
            None
            if first is None or n is None or s is None or p is None
            else _gives(method, first * s - p, n)
        )
    return Windows(
        method,
        kernel,
        stride,
        pad,
        size,
        (out[0], out[1]),
        (empty[0], empty[1]),
        (reads[0], reads[1]),
        (gives[0], gives[1]),
    )


def _gives(method: str | None, start: int, size: int) -> Nothing | None:
    """Return what an empty window gives; an average over it divides by 0 if it starts at the edge.

    One that starts further out divides a sum of 0 by a negative number of inputs.
    """
    if method == "AVE":
        return "nan" if start == size else "zero"
    return "lowest" if method == "MAX" else None


def pooling(setup: Setup) -> Built:
    """``[x0, x1, oh, ow]``; a second top of MAX, the index of the maximum, is as large."""
    w = windows(setup)
    for n, k, s, p, out in zip(w.size, w.kernel, w.stride, w.pad, w.out, strict=True):
        if out is not None and out < 0:
            refuse_if(s == 0, "pool-stride-zero", (_PARAM, "stride"))
            padded = known(lambda n, p: n + 2 * p, n, p)
            refuse(
                "pool-kernel-exceeds-input",
                (_PARAM, "kernel_size"),
                kernel=k,
                padded=padded,
                size=out,
            )
    x = setup.bottoms[0]
    if x is not None and len(x) != 4:
        return Built((None,) * setup.tops)  # pooled otherwise, by a fork
    shape = (None, None, *w.out) if x is None else (x[0], x[1], *w.out)
    return Built((blob(shape, "the output", (_PARAM,)),) * setup.tops)


def spp(setup: Setup) -> Built:
    """One level ``[x0, x1, oh, ow]``, more: ``[x0, sum over the levels of x1·oh·ow]``.

    Level l pools 2^l bins: kernel = stride = ceil(in / bins), pad = (kernel·bins - in + 1) / 2.
    """
    param = section(setup.layer, _SPP)
    x = legacy(setup.bottoms[0], "SPP", ("bottom", 0))
    if x is not None:
        refuse_if(0 in x[2:], "spp-empty-input", ("bottom", 0), shape=shape_text(x))
    levels = integer(param, "pyramid_height")
    none = known(lambda n: n <= 0, levels)
    refuse_if(none, "spp-pyramid-height-missing", (_SPP, "pyramid_height"))
    bottom = setup.bottoms[0]
    if bottom is not None and len(bottom) != 4:
        refuse(
            "pool-not-four-axes",
            ("bottom", 0),
            type="SPP",
            axes=len(bottom),
            shape=shape_text(bottom),
        )
    if levels is None or x is None:
        return Built((None,))
    method = word(param, "pool")
    total: list[Dim] = []
    out: Pair = (None, None)
    for level in range(min(levels, 32)):
        bins = 2**level
        out = _level(x[2], bins, level, method), _level(x[3], bins, level, method)
        total.append(product((x[1], *out)))
    if levels == 1:
        return Built((blob((x[0], x[1], *out), "the output", (_SPP,)),))
    features = None if None in total or levels > 32 else sum(n for n in total if n is not None)
    return Built((blob((x[0], features), "the output", (_SPP,)),))


def _level(size: Dim, bins: int, level: int, method: str | None) -> Dim:
    if size is None:
        return None
    kernel = -(-size // bins)
    pad = (kernel * bins - size + 1) // 2
    if pad:
        at = (_SPP, "pool")
        refuse_if(method == "STOCHASTIC", "pool-stochastic-with-pad", at)
        if pad >= kernel:
            at = (_SPP, "pyramid_height")
            refuse("spp-pyramid-too-deep", at, level=level, bins=bins, shape=size)
    return pooled(size, kernel, kernel, pad, floor=False, clip=pad != 0)


def _tops(layer: Message) -> Counts:
    method = word(section(layer, _PARAM), "pool")
    return (1, 1) if method in ("AVE", "STOCHASTIC") else (1, 2)


TYPES = (
    LayerType("Pooling", ONE, _tops, pooling, (_PARAM,), "bad"),
    LayerType("SPP", ONE, ONE, spp, ("spp_param.pyramid_height", "spp_param.pool"), "bad"),
)

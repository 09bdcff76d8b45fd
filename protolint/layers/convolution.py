"""Convolution, Deconvolution and Im2col.

Size per spatial axis, with extent = dilation·(kernel-1) + 1:

    Convolution, Im2col   (in + 2·pad - extent) / stride + 1, divided towards zero
    Deconvolution         stride·(in-1) + extent - 2·pad

Dividing towards zero makes a kernel that exceeds the padded input by less than the stride give 1.
"""

from __future__ import annotations

from protolint.layers.fields import both, either, flag, given, integer, integers, length, section
from protolint.layers.parameters import created
from protolint.layers.shapes import (
    blob,
    canonical,
    dim,
    i32,
    joined,
    known,
    part,
    product,
    same,
    shape_text,
    truncated,
)
from protolint.layers.specification import (
    ONE,
    SOME,
    Built,
    Dim,
    LayerType,
    Path,
    Setup,
    Shape,
    crash_if,
    refuse,
    refuse_if,
)
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from protolint.schema.message import Message

_PARAM = "convolution_param"

_OF_FORKS = frozenset(
    (
        "kernel_shape",
        "pad_b",
        "pad_l",
        "pad_r",
        "pad_shape",
        "pad_t",
        "pad_type",
        "same_mode",
        "stride_shape",
    )
)
"""Fields of forks that give the window otherwise."""

Sizes = tuple[Dim, ...]


class Window(NamedTuple):
    """Kernel, stride, pad and dilation, one value per spatial axis."""

    kernel: Sizes
    stride: Sizes
    pad: Sizes
    dilation: Sizes

    def extent(self, axis: int) -> Dim:
        """Return how many inputs the dilated kernel spans."""
        return known(_extent, self.kernel[axis], self.dilation[axis])


def _extent(kernel: int, dilation: int) -> int:
    return i32(dilation * (kernel - 1) + 1)


def _output(size: int, extent: int, stride: int, pad: int) -> int:
    return i32(truncated(i32(size + 2 * pad - extent), stride) + 1)


def _input(size: int, extent: int, stride: int, pad: int) -> int:
    return i32(stride * (size - 1) + extent - 2 * pad)


def window(param: Message | None, spatial: int) -> Window:
    """Return the window over that many spatial axes; refuses one that Caffe refuses."""
    if param is not None and not _OF_FORKS.isdisjoint(param.values):
        return Window(*(((None,) * spatial,) * 4))
    kernel = _per_axis(param, "kernel_size", "kernel", spatial, None)
    for axis, size in enumerate(kernel):
        zero = known(lambda k: k <= 0, size)
        refuse_if(zero, "conv-kernel-zero", _at(param, "kernel", axis), axis=axis)
    stride = _per_axis(param, "stride", "stride", spatial, 1)
    if either(given(param, "stride_h"), given(param, "stride_w")) is False:
        for axis, size in enumerate(stride):
            zero = known(lambda s: s <= 0, size)
            refuse_if(zero, "conv-stride-zero", (_PARAM, "stride"), axis=axis)
    pad = _per_axis(param, "pad", "pad", spatial, 0)
    dilation = _dilation(param, spatial)
    return Window(kernel, stride, pad, dilation)


def _dilation(param: Message | None, spatial: int) -> Sizes:
    """Return the dilation, which DeepLab calls hole; forks may give it for height and width."""
    for name in ("hole", "dilation"):
        sides = (f"{name}_h", f"{name}_w")
        if spatial == 2 and both(*(given(param, side) for side in sides)):
            return integer(param, sides[0]), integer(param, sides[1])
    if given(param, "hole"):
        return (integer(param, "hole"),) * spatial
    return _per_axis(param, "dilation", None, spatial, 1)


def _per_axis(
    param: Message | None, field: str, name: str | None, spatial: int, default: int | None
) -> Sizes:
    """Return a setting per spatial axis: given as ``name_h`` and ``name_w``, once, or per axis."""
    path = (_PARAM, field)
    if name is not None:
        h, w = f"{name}_h", f"{name}_w"
        paired = either(given(param, h), given(param, w))
        if paired is None:
            return (None,) * spatial
        if paired:
            at = (_PARAM, h if given(param, h) else w)
            refuse_if(spatial != 2, "conv-hw-not-2d", at, name=name, spatial=spatial)
            refuse_if(given(param, field), "conv-window-given-twice", at, field=field, name=name)
            return integer(param, h), integer(param, w)
    values = integers(param, field)
    if values is None:
        return (None,) * spatial
    count = len(values)
    if count == 0 and default is not None:
        return (default,) * spatial
    if count not in (1, spatial):
        refuse_if(count == 0, "conv-kernel-missing", (_PARAM,))
        refuse("conv-window-count", path, field=field, count=count, spatial=spatial)
    return values * spatial if count == 1 else values


def _at(param: Message | None, name: str, axis: int) -> Path:
    """Return the path of the field that gives kernel, stride or pad on a spatial axis."""
    sides = (f"{name}_w", f"{name}_h") if axis else (f"{name}_h", f"{name}_w")
    for side in sides:
        if given(param, side):
            return (_PARAM, side)
    return (_PARAM, "kernel_size" if name == "kernel" else name)


def over(param: Message | None, window: Window, sizes: Sequence[Dim], least: int) -> Sizes:
    """Return the output sizes of a convolution, and refuse a stride of 0 or a size below least."""
    result = []
    for axis, size in enumerate(sizes):
        stride, pad, extent = window.stride[axis], window.pad[axis], window.extent(axis)
        crash_if(stride == 0, "conv-stride-zero", _at(param, "stride", axis), axis=axis)
        out = known(_output, size, extent, stride, pad)
        refuse_if(
            known(lambda n: n < least, out),
            "conv-kernel-exceeds-input",
            _at(param, "kernel", axis),
            extent=extent,
            padded=known(lambda s, p: s + 2 * p, size, pad),
            size=out,
            axis=axis,
        )
        result.append(out)
    return tuple(result)


def _under(param: Message | None, window: Window, sizes: Sequence[Dim], least: int) -> Sizes:
    """Return the output sizes of a deconvolution, and refuse a size below least."""
    result = []
    for axis, size in enumerate(sizes):
        stride, pad, extent = window.stride[axis], window.pad[axis], window.extent(axis)
        out = known(_input, size, extent, stride, pad)
        refuse_if(
            known(lambda n: n < least, out),
            "deconv-pad-exceeds-output",
            _at(param, "pad", axis),
            pad=pad,
            size=out,
            axis=axis,
        )
        result.append(out)
    return tuple(result)


def convolution(setup: Setup) -> Built:
    """``x[:a] + [num_output] + spatial``; weights ``[num_output, x[a]/group, kernel…]``."""
    return _convolve(setup, "Convolution")


def deconvolution(setup: Setup) -> Built:
    """``x[:a] + [num_output] + spatial``; weights ``[x[a], num_output/group, kernel…]``."""
    return _convolve(setup, "Deconvolution")


def _convolve(setup: Setup, kind: str) -> Built:
    forward = kind == "Convolution"
    param = section(setup.layer, _PARAM)
    x = setup.bottoms[0]
    a = canonical(x, integer(param, "axis"), (_PARAM, "axis"))
    sizes = None if x is None or a is None else x[a + 1 :]
    w = None if sizes is None else window(param, len(sizes))

    channels = dim(x, a)
    num_output = integer(param, "num_output")
    missing = known(lambda n: n <= 0, num_output)
    refuse_if(missing, "conv-num-output-missing", (_PARAM, "num_output"), type=kind)
    group = integer(param, "group")
    crash_if(group == 0, "conv-group-zero", (_PARAM, "group"))
    for what, size in (("input channels", channels), ("outputs", num_output)):
        uneven = known(lambda c, g: c % g != 0, size, group)
        refuse_if(
            uneven,
            "conv-group-does-not-divide",
            (_PARAM, "group"),
            channels=size,
            what=what,
            group=group,
        )
    rows, columns = (num_output, channels) if forward else (channels, num_output)
    per_group = known(truncated, columns, group)
    weights = joined((rows, per_group), w.kernel if w else None)
    bias_term = flag(param, "bias_term")
    params = _parameters(setup, kind, weights, num_output, bias_term)

    for index, other in enumerate(setup.bottoms[1:], 1):
        refuse_if(
            same(x, other) is False,
            "conv-bottoms-differ",
            ("bottom", index),
            type=kind,
            first=shape_text(x),
            other=shape_text(other),
        )
    if w is None or sizes is None:
        return Built((None,) * setup.tops, params, None)
    # An empty output is refused only where a bias is added: its multiplier is filled at once.
    spatial = (over if forward else _under)(param, w, sizes, 1 if bias_term else 0)
    top = blob(joined(part(x, 0, a), (num_output,), spatial), "the output", (_PARAM,))
    kernel = product((per_group, *w.kernel))
    channels_in_buffer = known(lambda k, g: k * g, kernel, group)
    image = spatial if forward else sizes
    blob((channels_in_buffer, *image), "the buffer of image columns", (_PARAM,))
    work = product(joined(top if forward else x, (kernel,)))
    return Built((top,) * setup.tops, params, known(lambda n: n * setup.tops, work))


def _parameters(
    setup: Setup, kind: str, weights: Shape, num_output: Dim, bias_term: bool | None
) -> tuple[Shape, ...] | None:
    if bias_term is None:
        return None
    wanted: list[Shape] = [weights, (num_output,)] if bias_term else [weights]
    fillers = ("weight_filler", "bias_filler")
    names = ("the weight blob", "the bias blob")
    params = created(
        setup,
        *(
            (name, shape, (_PARAM, filler))
            for name, shape, filler in zip(names, wanted, fillers, strict=False)
        ),
    )
    if params is None or not length(setup.layer, "blobs"):
        return params
    refuse_if(
        len(params) != len(wanted),
        "given-blob-count",
        ("blobs",),
        type=kind,
        expected=len(wanted),
        found=len(params),
    )
    for index, (found, expected) in enumerate(zip(params, wanted, strict=True)):
        refuse_if(
            same(found, expected) is False,
            "given-blob-shape",
            ("blobs", index),
            index=index,
            found=shape_text(found),
            expected=shape_text(expected),
        )
    return params


def im2col(setup: Setup) -> Built:
    """``x[:a] + [x[a]·kernel…] + spatial`` as a convolution makes it."""
    param = section(setup.layer, _PARAM)
    x = setup.bottoms[0]
    a = canonical(x, integer(param, "axis"), (_PARAM, "axis"))
    if x is None or a is None:
        return Built((None,))
    sizes = x[a + 1 :]
    refuse_if(
        not sizes, "im2col-without-spatial-axes", (_PARAM, "axis"), axis=a, shape=shape_text(x)
    )
    w = window(param, len(sizes))
    columns = product((x[a], *w.kernel))
    return Built((blob((*x[:a], columns, *over(param, w, sizes, 0)), "the output", (_PARAM,)),))


TYPES = (
    LayerType("Convolution", SOME, SOME, convolution, (_PARAM,), "bad", equal_counts=True),
    LayerType("Deconvolution", SOME, SOME, deconvolution, (_PARAM,), "bad", equal_counts=True),
    LayerType("Im2col", ONE, ONE, im2col, (_PARAM,), "bad"),
)

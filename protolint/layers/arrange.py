"""Layers that cut, join, repeat and re-shape blobs without computing on their values."""

from __future__ import annotations

from protolint.layers.fields import given, in_place, integer, integers, length, section
from protolint.layers.shapes import (
    axes,
    blob,
    canonical,
    differs,
    dim,
    i32,
    joined,
    known,
    not_empty,
    product,
    shape_text,
    truncated,
    with_axis,
)
from protolint.layers.specification import (
    ONE,
    SOME,
    TWO,
    Built,
    Dim,
    LayerType,
    Setup,
    Shape,
    crash_if,
    refuse,
    refuse_if,
)
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.schema.message import Message


def _axis(setup: Setup, name: str, old: str) -> int | None:
    """Return the axis to work on: ``axis``, or the unsigned ``old`` of earlier files."""
    param = section(setup.layer, name)
    x = setup.bottoms[0]
    if given(param, old) is None:
        return None
    if not given(param, old):
        return canonical(x, integer(param, "axis"), (name, "axis"))
    refuse_if(given(param, "axis"), "axis-given-twice", (name, old), old=old)
    axis = integer(param, old)
    if axis is None or (axis >= 0 and x is None):
        return None
    if x is None or not 0 <= axis < len(x):
        count = axes(x)
        refuse("axis-out-of-range", (name, old), axis=axis, axes=count, shape=shape_text(x))
    return axis


def concat(setup: Setup) -> Built:
    """``x`` with the sum of all bottoms' sizes on the axis; they agree on all others."""
    a = _axis(setup, "concat_param", "concat_dim")
    x = setup.bottoms[0]
    if x is None:
        return Built((None,))
    total = dim(x, a)
    top = x
    for index, other in enumerate(setup.bottoms[1:], 1):
        if other is None:
            total = None
            continue
        at = ("bottom", index)
        if len(other) != len(x):
            refuse("concat-axes-differ", at, index=index, axes=len(other), first=len(x))
        for axis, (p, q) in enumerate(zip(x, other, strict=True)):
            refuse_if(
                a is not None and axis != a and differs(p, q),
                "concat-shapes-differ",
                at,
                index=index,
                other=shape_text(other),
                first=shape_text(x),
                axis=a,
            )
        total = known(lambda p, q: p + q, total, dim(other, a))
        top = tuple(q if p is None else p for p, q in zip(top, other, strict=True))
    shape = with_axis(top, a, total)
    if len(setup.bottoms) == 1:
        not_empty(shape, "the bottom", ("bottom", 0))
    return Built((blob(shape, "the output", ("concat_param",)),))


def slice_(setup: Setup) -> Built:
    """``x`` cut along the axis at the slice points, or into equal tops."""
    name = "slice_param"
    a = _axis(setup, name, "slice_dim")
    x = setup.bottoms[0]
    size, tops = dim(x, a), setup.tops
    points = integers(section(setup.layer, name), "slice_point")
    at = (name, "slice_point")
    if points is None:
        return Built((with_axis(x, a, None),) * tops)
    sizes: list[Dim] = []
    if points:
        expected = tops - 1
        wrong = len(points) != expected
        refuse_if(wrong, "slice-point-count", at, points=len(points), tops=tops, expected=expected)
        many = known(lambda n: tops > n, size)
        refuse_if(many, "slice-into-too-many", ("top",), tops=tops, size=size, axis=a)
        previous = 0
        for point in points:
            back = point <= previous
            refuse_if(back, "slice-points-not-increasing", at, point=point, previous=previous)
            sizes.append(point - previous)
            previous = point
        rest = known(lambda n: n - previous, size)
        beyond = known(lambda n: n < 0, rest)
        refuse_if(beyond, "slice-point-beyond-end", at, point=previous, size=size, axis=a)
        sizes.append(rest)
    else:
        uneven = known(lambda n: n % tops != 0, size)
        refuse_if(uneven, "slice-uneven", ("top",), size=size, axis=a, tops=tops)
        sizes = [known(lambda n: n // tops, size)] * tops
    if in_place(setup.layer) and product(x):
        refuse_if(differs(sizes[0], size), "slice-in-place", ("top", 0))
    if tops == 1:
        not_empty(x, "the bottom", ("bottom", 0))
    return Built(tuple(with_axis(x, a, one) for one in sizes))


def split(setup: Setup) -> Built:
    """``x`` each."""
    return Built((setup.bottoms[0],) * setup.tops)


def flatten(setup: Setup) -> Built:
    """``x[:a] + [product of x[a : e+1]] + x[e+1:]``, e = ``end_axis``."""
    name = "flatten_param"
    param = section(setup.layer, name)
    x = setup.bottoms[0]
    a = canonical(x, integer(param, "axis"), (name, "axis"))
    end = canonical(x, integer(param, "end_axis"), (name, "end_axis"))
    late = known(lambda a, e: a > e + 1, a, end)
    refuse_if(late, "flatten-axis-after-end", (name, "axis"), axis=a, end=end)
    if x is None or a is None or end is None:
        return Built((None,))
    flat = product(x[a : end + 1])
    return Built((blob((*x[:a], flat, *x[end + 1 :]), "the output", (name,)),))


def reshape(setup: Setup) -> Built:
    """``x[:s] + dims + x[e:]``: dim 0 copies the bottom's size, -1 is what remains.

    s = axis, or axes + axis + 1 if it is negative; e = s + ``num_axes``, the end for -1.
    """
    name = "reshape_param"
    param = section(setup.layer, name)
    x = setup.bottoms[0]
    shape_at = (name, "shape")
    dims = integers(section(param, "shape"), "dim")
    if dims is not None:
        refuse_if(dims.count(-1) > 1, "reshape-two-inferred", shape_at)
    axis, num_axes = integer(param, "axis"), integer(param, "num_axes")
    if x is None and dims is not None and axis == 0 and num_axes == -1:
        return Built((blob(tuple(None if d in (0, -1) else d for d in dims), "the output"),))
    if x is None or axis is None or num_axes is None or dims is None:
        return Built((None,))
    start = axis if axis >= 0 else len(x) + axis + 1
    text = shape_text(x)
    if not 0 <= start <= len(x):
        at = (name, "axis")
        refuse("reshape-axis-out-of-range", at, axis=axis, axes=len(x), shape=text)
    at = (name, "num_axes")
    refuse_if(num_axes < -1, "reshape-num-axes-negative", at, num_axes=num_axes)
    end = len(x) if num_axes == -1 else start + num_axes
    long = end > len(x)
    refuse_if(long, "reshape-exceeds-axes", at, num_axes=num_axes, axis=start, shape=text)

    new: list[Dim] = list(dims)
    for index, size in enumerate(dims):
        if size == 0:
            source = start + index
            refuse_if(source >= len(x), "reshape-copies-nothing", shape_at, axis=source, shape=text)
            new[index] = x[source]
    top: Shape = (*x[:start], *new, *x[end:])
    count = product(x)
    if -1 in dims:
        others = product(
            (*x[:start], *(n for n, d in zip(new, dims, strict=True) if d != -1), *x[end:])
        )
        divisor = None if others is None else i32(others)
        crash_if(divisor == 0, "reshape-divides-by-zero", shape_at)
        uneven = known(lambda n, d: n % d != 0, count, divisor)
        refuse_if(
            uneven,
            "reshape-does-not-divide",
            shape_at,
            count=count,
            shape=text,
            product=divisor,
        )
        new[dims.index(-1)] = _inferred(x, start, end, new, dims, count, divisor)
        top = (*x[:start], *new, *x[end:])
    top = blob(top, "the output", shape_at)
    found = product(top)
    refuse_if(
        differs(found, count),
        "reshape-count-differs",
        shape_at,
        top=shape_text(top),
        found=found,
        shape=text,
        count=count,
    )
    not_empty(x, "the bottom", ("bottom", 0))
    return Built((top,))


def _inferred(
    x: tuple[Dim, ...],
    start: int,
    end: int,
    new: list[Dim],
    dims: tuple[int, ...],
    count: Dim,
    divisor: Dim,
) -> Dim:
    """Return what dim -1 stands for; unknown sizes that are kept or copied cancel out."""
    if count is not None and divisor is not None:
        return truncated(count, divisor)
    kept = {axis for axis in range(len(x)) if axis < start or axis >= end}
    copied = [start + index for index, size in enumerate(dims) if size == 0]
    if len(set(copied)) != len(copied) or kept & set(copied):
        return None
    left = product([size for axis, size in enumerate(x) if axis not in kept and axis not in copied])
    right = product([n for n, d in zip(new, dims, strict=True) if d not in (0, -1)])
    return None if left is None or not right or left % right else truncated(left, right)


def crop(setup: Setup) -> Built:
    """``x[:a] + y[a:]``, y the second bottom."""
    name = "crop_param"
    param = section(setup.layer, name)
    x, y = setup.bottoms
    a = canonical(x, integer(param, "axis"), (name, "axis"))
    offsets = integers(param, "offset")
    if x is None or a is None:
        return Built((None if x is None else (None,) * len(x),))
    cropped = len(x) - a
    if offsets is not None and len(offsets) > 1:
        wrong = len(offsets) != cropped
        at = (name, "offset")
        refuse_if(wrong, "crop-offset-count", at, offsets=len(offsets), cropped=cropped, axis=a)
    if y is None:
        return Built(((*x[:a], *(None,) * cropped),))
    for axis in range(a, len(x)):
        size = dim(y, canonical(y, axis, ("bottom", 1)))
        offset: Dim = None
        if offsets is not None:
            offset = 0 if not offsets else offsets[0 if len(offsets) == 1 else axis - a]
        short = known(lambda n, o, m: n - o < m, x[axis], offset, size)
        refuse_if(
            short,
            "crop-exceeds-input",
            (name, "offset") if offset else ("bottom", 1),
            axis=axis,
            size=size,
            offset=offset,
            input=x[axis],
        )
    return Built((blob((*x[:a], *y[a : len(x)]), "the output"),))


def tile(setup: Setup) -> Built:
    """``x`` with ``x[a]·tiles`` on the axis."""
    name = "tile_param"
    param = section(setup.layer, name)
    x = setup.bottoms[0]
    a = canonical(x, integer(param, "axis"), (name, "axis"))
    refuse_if(given(param, "tiles") is False, "tile-missing", (name,))
    tiles = integer(param, "tiles")
    few = known(lambda n: n <= 0, tiles)
    refuse_if(few, "tile-not-positive", (name, "tiles"), tiles=tiles)
    size = known(lambda n, t: i32(n * t), dim(x, a), tiles)
    return Built((blob(with_axis(x, a, size), "the output", (name,)),))


def batch_reindex(setup: Setup) -> Built:
    """``[y[0]] + x[1:]``, y the index."""
    x, y = setup.bottoms
    if y is not None and len(y) != 1:
        refuse("batch-reindex-axes", ("bottom", 1), axes=len(y), shape=shape_text(y))
    rest = None if x is None else x[1:]
    return Built((blob(joined(y or (None,), rest), "the output"),))


def filter_(setup: Setup) -> Built:
    """Each bottom but the last, the selector; the batch shrinks at run time."""
    *inputs, selector = setup.bottoms
    expected = len(inputs)
    wrong = setup.tops != expected
    refuse_if(wrong, "filter-top-count", ("top",), expected=expected, tops=setup.tops)
    last = ("bottom", expected)
    if selector is not None:
        thick = any(size not in (1, None) for size in selector[1:])
        refuse_if(thick, "filter-selector-not-flat", last, shape=shape_text(selector))
    for index, x in enumerate(inputs):
        batch = dim(selector, canonical(selector, 0, last))
        first = dim(x, canonical(x, 0, ("bottom", index)))
        refuse_if(
            differs(batch, first),
            "filter-batch-differs",
            ("bottom", index),
            index=index,
            batch=first,
            selector=batch,
        )
    not_empty(selector, "the selector", last)
    return Built(tuple(inputs))


def _one_top(layer: Message) -> bool:
    return length(layer, "top") == 1


def _one_bottom(layer: Message) -> bool:
    return length(layer, "bottom") == 1


def _tiled(layer: Message) -> bool:
    return integer(section(layer, "tile_param"), "tiles") != 1


TYPES = (
    LayerType("Concat", SOME, ONE, concat, ("concat_param",), shares_memory=_one_bottom),
    LayerType("Slice", ONE, SOME, slice_, ("slice_param",), shares_memory=_one_top),
    LayerType("Split", ONE, SOME, split, (), "abort", shares_memory=True),
    LayerType("Flatten", ONE, ONE, flatten, ("flatten_param",), "abort", shares_memory=True),
    LayerType("Reshape", ONE, ONE, reshape, ("reshape_param",), "abort", shares_memory=True),
    LayerType("Crop", TWO, ONE, crop, ("crop_param",)),
    LayerType("Tile", ONE, ONE, tile, ("tile_param",), lambda c: "bad" if _tiled(c) else "ok"),
    LayerType("BatchReindex", TWO, ONE, batch_reindex),
    LayerType("Filter", (2, None), SOME, filter_),
)

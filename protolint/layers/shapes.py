"""Arithmetic of shapes whose sizes are partly unknown, with the checks of Caffe's Blob."""

from __future__ import annotations

from protolint.layers.specification import Dim, Path, Shape, refuse, refuse_if
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, TypeVar

    _T = TypeVar("_T")

INT_MAX = 2**31 - 1
MAX_AXES = 32


def i32(number: int) -> int:
    """Return the number as a C++ ``int`` of 32 bits holds it."""
    return (number + 2**31) % 2**32 - 2**31


def truncated(p: int, q: int) -> int:
    """Return p / q cut towards zero, as C++ divides integers."""
    quotient = abs(p) // abs(q)
    return quotient if (p >= 0) == (q >= 0) else -quotient


def known(function: Callable[..., _T], *values: Any) -> _T | None:
    """Return the function of the values, or ``None`` when one of them is not known."""
    for value in values:
        if value is None:
            return None
    return function(*values)


def is_known(shape: Shape) -> bool:
    """Return whether every size of a shape is known."""
    return shape is not None and None not in shape


def axes(shape: Shape) -> int | None:
    """Return the number of axes."""
    return None if shape is None else len(shape)


def dim(shape: Shape, axis: int | None) -> Dim:
    """Return the size of an axis that exists."""
    return None if shape is None or axis is None else shape[axis]


def part(shape: Shape, start: int | None, stop: int | None) -> Shape:
    """Return the sizes of the axes ``start`` up to ``stop``; not known if an end is not."""
    return None if shape is None or start is None or stop is None else shape[start:stop]


def joined(*shapes: Shape) -> Shape:
    """Return the sizes of several shapes in a row."""
    result: tuple[Dim, ...] = ()
    for shape in shapes:
        if shape is None:
            return None
        result += shape
    return result


def with_axis(shape: Shape, axis: int | None, size: Dim) -> Shape:
    """Return the shape with another size on one axis; all unknown if the axis is not known."""
    if shape is None:
        return None
    if axis is None:
        return (None,) * len(shape)
    return (*shape[:axis], size, *shape[axis + 1 :])


def product(sizes: Sequence[Dim] | None) -> Dim:
    """Return the product of sizes; 0 as soon as one is 0."""
    if sizes is None:
        return None
    result: Dim = 1
    for size in sizes:
        if size == 0:
            return 0
        result = None if size is None or result is None else result * size
    return result


def same(a: Shape, b: Shape) -> bool | None:
    """Return whether two shapes are equal."""
    if a is None or b is None:
        return None
    if len(a) != len(b):
        return False
    if any(p != q for p, q in zip(a, b, strict=True) if p is not None and q is not None):
        return False
    return None if None in a or None in b else True


def agreed(shapes: Iterable[Shape]) -> Shape:
    """Return the one shape that blobs must have which are known to be equal."""
    result: Shape = None
    for shape in shapes:
        if result is None or shape is None:
            result = shape if result is None else result
        elif len(result) == len(shape):
            result = tuple(q if p is None else p for p, q in zip(result, shape, strict=True))
    return result


def differs(a: Dim, b: Dim) -> bool | None:
    """Return whether two sizes differ."""
    return None if a is None or b is None else a != b


def shape_text(shape: Shape) -> str:
    """Return a shape as a reader knows it, like ``1×3×?×?``."""
    if shape is None:
        return "unknown"
    return "×".join("?" if size is None else str(size) for size in shape) or "scalar"


def canonical(shape: Shape, axis: int | None, path: Path) -> int | None:
    """Return an axis counted from the front; -1 is the last. Refuses one that does not exist."""
    if shape is None or axis is None:
        return None
    if not -len(shape) <= axis < len(shape):
        refuse("axis-out-of-range", path, axis=axis, axes=len(shape), shape=shape_text(shape))
    return axis % len(shape)


def legacy(shape: Shape, kind: str, path: Path) -> Shape:
    """Return (num, channels, height, width): axes that lack count as 1, more than 4 are refused."""
    if shape is None:
        return None
    if len(shape) > 4:
        refuse("more-than-four-axes", path, type=kind, axes=len(shape), shape=shape_text(shape))
    return shape + (1,) * (4 - len(shape))


def blob(shape: Shape, name: str, path: Path = ()) -> Shape:
    """Return the shape if Caffe can reshape a blob to it.

    Sizes below 0, more than 32 axes and more than 2147483647 elements are refused. As in Caffe, the
    elements are counted from the first axis on, and a size of 0 ends the count.
    """
    if shape is None:
        return None
    refuse_if(len(shape) > MAX_AXES, "more-than-32-axes", path, blob=name, axes=len(shape))
    count: Dim = 1
    for axis, size in enumerate(shape):
        if size is None:
            count = None
            continue
        if size < 0:
            refuse("negative-dimension", path, blob=name, size=size, axis=axis)
        if count is not None:
            count *= size
            if count > INT_MAX:
                refuse("blob-too-large", path, blob=name, shape=shape_text(shape))
    return shape


def not_empty(shape: Shape, name: str, path: Path) -> None:
    """Refuse a blob without elements that Caffe reads or fills while it builds the net."""
    if product(shape) == 0:
        refuse("empty-blob", path, blob=name, shape=shape_text(shape))

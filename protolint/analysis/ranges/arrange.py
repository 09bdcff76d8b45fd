"""Layers that move elements and leave their values as they are, and ArgMax."""

from __future__ import annotations

from protolint.analysis.ranges.place import need
from protolint.analysis.ranges.rounding import FLT_MAX
from protolint.analysis.ranges.value import Value, hull, with_number
from protolint.layers.fields import flag, given, integer, section
from protolint.layers.shapes import product
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.analysis.ranges.place import Place


def same(place: Place) -> Value:
    """Return the value of a layer that keeps every element."""
    return place.bottoms[0]


def some_of(place: Place) -> tuple[Value, ...]:
    """Return the values of a layer that keeps some of the elements."""
    x = place.bottoms[0]._replace(some=False)
    return (x,) * len(place.outs)


def split(place: Place) -> tuple[Value, ...]:
    """Return the value of a layer that gives its bottom to every top."""
    return (place.bottoms[0],) * len(place.outs)


def filtered(place: Place) -> tuple[Value, ...]:
    """Return the items that a selector, the last bottom, lets through."""
    return tuple(x._replace(some=False) for x in place.bottoms[:-1])


def concat(place: Place) -> Value:
    """Return what encloses all bottoms."""
    return hull(place.bottoms) if len(place.bottoms) > 1 else place.bottoms[0]


def im2col(place: Place) -> Value:
    """Return the elements of windows, and zeros where there is padding."""
    return with_number(place.bottoms[0]._replace(some=False), 0.0)._replace(some=False)


def argmax(place: Place) -> Value:
    """Return indices, values, or both."""
    param = section(place.layer.message, "argmax_param")
    values, axis = need(flag(param, "out_max_val")), need(given(param, "axis"))
    x, shape = place.bottoms[0]._replace(some=False), place.shapes[0]
    if values and axis:
        return x
    count = None
    if shape:
        count = shape[need(integer(param, "axis"))] if axis else product(shape[1:])
    indices = Value(0.0, FLT_MAX if count is None else float(max(count - 1, 0)))
    return hull((x, indices))._replace(some=False) if values else indices


FUNCTIONS = {
    "ArgMax": argmax,
    "BatchReindex": lambda place: some_of(place)[0],
    "Concat": concat,
    "Crop": lambda place: some_of(place)[0],
    "Filter": filtered,
    "Flatten": same,
    "HDF5Output": lambda _: (),
    "Im2col": im2col,
    "Reshape": same,
    "Silence": lambda _: (),
    "Slice": some_of,
    "Split": split,
    "Tile": same,
}

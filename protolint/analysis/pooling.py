"""The windows of a pooling layer, as the facts that rules ask for."""

from __future__ import annotations

from protolint.analysis.shapes import shapes
from protolint.layers import Refused, Setup, Shape
from protolint.layers.fields import section, word
from protolint.layers.pooling import Windows, windows
from protolint.typing import TYPE_CHECKING
from protolint.values import Unknown, unknown

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from protolint.analysis.layer_facts import InState
    from protolint.model.layer import Layer


def _bottom(place: InState) -> Shape:
    bottoms, _ = shapes(place.net, place.state).of_layer(place.layer)
    return bottoms[0] if bottoms else None


def _windows(place: InState, bottom: Shape) -> Windows | None:
    """Return the windows over a bottom; ``None`` where Caffe refuses the layer."""
    try:
        return windows(Setup(place.layer.message, (bottom,), 1))
    except Refused:
        return None


def option(name: str, axis: int) -> Callable[[InState], Any]:
    """Return the fact that is kernel, stride or pad on an axis (0 height, 1 width)."""

    def fact(place: InState) -> Any:
        found = _windows(place, None)
        value = None if found is None else getattr(found, name)[axis]
        return unknown(f"the {name} cannot be read") if value is None else value

    return fact


def has_nan_window(place: InState) -> bool | Unknown:
    """Return whether a window of average pooling divides 0 by 0."""
    found = _windows(place, _bottom(place))
    if found is None:
        return unknown("Caffe refuses the layer")
    if "nan" in found.gives:
        return True
    return _undecided(place, found, "0/0 where the {} is a multiple of {}")


def has_empty_window(place: InState) -> bool | Unknown:
    """Return whether a window reads no input at all."""
    found = _windows(place, _bottom(place))
    if found is None:
        return unknown("Caffe refuses the layer")
    if False in found.reads:
        return True
    text = "empty where the {} divided by {} leaves {}"
    return _undecided(place, found, text)


def empty_cells(place: InState) -> str | Unknown:
    """Return which output cells have an empty window, such as ``row 1 and column 1``."""
    found = _windows(place, _bottom(place))
    if found is None:
        return unknown("Caffe refuses the layer")
    names = zip(("row", "column"), found.empty, strict=True)
    cells = [f"{name} {index}" for name, index in names if index is not None]
    return " and ".join(cells) or "the last row or column"


def empty_start(place: InState) -> int | Unknown:
    """Return where the first empty window starts, in input cells."""
    found = _windows(place, _bottom(place))
    if found is not None:
        for index, stride, pad in zip(found.empty, found.stride, found.pad, strict=True):
            if index is not None and stride is not None and pad is not None:
                return index * stride - pad
    return unknown("no window is empty")


def bottom_text(place: InState) -> str:
    """Return the bottom's shape in words, such as ``1×3×5×5``."""
    shape = _bottom(place)
    return "?" if shape is None else "×".join("?" if dim is None else str(dim) for dim in shape)


def _undecided(place: InState, found: Windows, text: str) -> bool | Unknown:
    """Return what is left to know where sizes are not: for which of them it would happen."""
    open_ = gaps(place.layer, found)
    if not open_:
        return False
    blob = place.layer.bottoms[0] if place.layer.bottoms else "?"
    reasons = [text.format(side, stride, rests(kernel, stride)) for side, kernel, stride in open_]
    return unknown(*(f"the size of blob {blob!r} is not known: {reason}" for reason in reasons))


def gaps(layer: Layer, found: Windows) -> list[tuple[str, int, int]]:
    """Return side, kernel and stride where a window of an input of unknown size may be empty.

    Windows leave no gap where the stride is not above the kernel. Padding drops a last window that
    would be empty, and FLOOR makes none: see ``pooled``.
    """
    floor = word(section(layer.message, "pooling_param"), "round_mode") == "FLOOR"
    if floor or any(found.pad):
        return []
    sides = zip(("height", "width"), found.reads, found.kernel, found.stride, strict=True)
    return [
        (side, kernel, stride)
        for side, reads, kernel, stride in sides
        if reads is None and kernel is not None and stride is not None and stride > kernel
    ]


def rests(kernel: int, stride: int) -> str:
    """Return the remainders of a size by a stride above the kernel that leave a window empty.

    The last window of ceil((size - kernel) / stride) + 1 starts behind the input just then.
    """
    return "0" if kernel == stride - 1 else f"0 or more than {kernel}"

"""Layers without bottoms: what their numbers can be, and what is taken of those not in the text."""

from __future__ import annotations

from protolint.analysis.ranges.place import need, number
from protolint.analysis.ranges.value import (
    Value,
    add,
    constant,
    hull,
    negate,
    times,
    with_number,
)
from protolint.analysis.ranges.weights import filled
from protolint.layers.fields import given, length, section, sections
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.analysis.ranges.place import Place
    from protolint.schema.message import Message

PIXELS = Value(0.0, 255.0)
"""A byte of an image; what means of images are between, too."""


def images(place: Place) -> tuple[Value, ...]:
    """Return (pixel - mean) · scale, and labels from 0 up.

    The records of a Data layer are taken to be images, as those of ImageData are.
    """
    param = need(section(place.layer.message, "transform_param"))
    pixels = times(_less_mean(PIXELS, param), number(param, "scale"))
    return (pixels, *_labels(place, 1))[: len(place.outs)]


def _less_mean(pixels: Value, param: Message) -> Value:
    if "mean_file" in param.lost or "mean_value" in param.lost:
        need(None)
    if given(param, "mean_file"):
        # Which pixels meet which mean is not known, so neither end need be reached.
        why = frozenset(("the values of mean_file are not read",))
        mean = PIXELS._replace(lo_why=why, hi_why=why)
        return add(pixels, negate(mean))
    means = param.values.get("mean_value", ())
    if not means:
        return pixels
    return hull([add(pixels, constant(-mean)) for mean in means])


def _labels(place: Place, start: int) -> tuple[Value, ...]:
    why = frozenset(("the number of classes in the data is not known",))
    return (Value(0.0, place.limit, hi_why=why),) * max(len(place.outs) - start, 0)


def windows(place: Place) -> tuple[Value, ...]:
    """Return (pixel - mean) · scale of image windows, 0 around them, and labels from 0 up."""
    param = need(section(place.layer.message, "transform_param"))
    scale = number(section(place.layer.message, "window_data_param"), "scale")
    pixels = with_number(times(_less_mean(PIXELS, param), scale), 0.0)
    return (pixels, *_labels(place, 1))[: len(place.outs)]


def outside(place: Place) -> tuple[Value, ...]:
    """Return numbers that the text does not tell, taken to be finite."""
    return tuple(
        place.unknown(f"the values of blob {name!r} are not known; give --input-range {name}=LO:HI")
        for name in place.layer.tops
    )


def dummy(place: Place) -> tuple[Value, ...]:
    """Return numbers of a filler, 0 where there is none."""
    fillers = need(sections(section(place.layer.message, "dummy_data_param"), "data_filler"))
    if not fillers:
        return (constant(0.0),) * len(place.outs)
    chosen = [fillers[0 if len(fillers) == 1 else index] for index in range(len(place.outs))]
    return tuple(filled(filler, shape) for filler, shape in zip(chosen, place.outs, strict=True))


def parameter(place: Place) -> Value:
    """Return a parameter, 0 before it is learned."""
    if place.weights != "initial":
        return place.free()
    if length(place.layer.message, "blobs"):
        return place.unknown(f"the numbers written in layer {place.layer.name!r} are not read")
    return constant(0.0)


FUNCTIONS = {
    "Data": images,
    "DummyData": dummy,
    "HDF5Data": outside,
    "ImageData": images,
    "Input": outside,
    "MemoryData": outside,
    "Parameter": parameter,
    "WindowData": windows,
}

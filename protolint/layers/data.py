"""Layers without bottoms: data sources, Input, Parameter.

What only a source can tell is unknown, or comes from ``Setup.datum``.
"""

from __future__ import annotations

from protolint.layers.fields import (
    both,
    either,
    flag,
    given,
    integer,
    integers,
    length,
    section,
    sections,
    word,
)
from protolint.layers.parameters import fill, is_unknown, written
from protolint.layers.shapes import blob, dim, i32, known, not_empty
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
    refuse_if,
)
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.schema.message import Message


_SIDES = ("num", "channels", "height", "width")


def _check_transform(setup: Setup) -> Message | None:
    transform = section(setup.layer, "transform_param")
    twice = both(given(transform, "mean_file"), _some(transform, "mean_value"))
    refuse_if(twice, "mean-given-twice", ("transform_param", "mean_file"))
    return transform


def _some(message: Message | None, name: str) -> bool | None:
    return known(bool, length(message, name))


def _cropped(transform: Message | None, image: tuple[Dim, Dim]) -> tuple[Dim, Dim]:
    """Return height and width of what is cut out of an image."""
    crop = integer(transform, "crop_size")
    if crop is None:
        return None, None
    return (crop, crop) if crop else image


def _loaded(setup: Setup, batch: Dim, channels: Dim, sides: tuple[Dim, Dim], name: str) -> Built:
    """Return ``[batch, C, h, w]`` and ``[batch]``; batches are filled ahead, so none is empty."""
    at = (name, "batch_size")
    none = known(lambda n: n <= 0, batch)
    ahead = known(lambda n: n > 0, integer(section(setup.layer, "data_param"), "prefetch"))
    kind = word(setup.layer, "type")
    refuse_if(both(none, ahead), "batch-size-missing", at, type=kind)
    images = blob((batch, channels, *sides), "the batch", at)
    return Built((images, (batch,))[: setup.tops])


def data(setup: Setup) -> Built:
    """``[batch_size, C, h, w]`` of the first record, h = w = ``crop_size`` if set.

    The second top, the label, is ``[batch_size]``.
    """
    transform = _check_transform(setup)
    image = (dim(setup.datum, 1), dim(setup.datum, 2))
    batch = integer(section(setup.layer, "data_param"), "batch_size")
    channels = dim(setup.datum, 0)
    return _loaded(setup, batch, channels, _cropped(transform, image), "data_param")


def image_data(setup: Setup) -> Built:
    """``[batch_size, C, h, w]``, C = 3 or 1 by ``is_color``; ``[batch_size]``.

    h and w are ``crop_size``, else ``new_height`` and ``new_width``, else those of the first image.
    """
    name = "image_data_param"
    param = section(setup.layer, name)
    transform = _check_transform(setup)
    new = (integer(param, "new_height"), integer(param, "new_width"))
    half = known(lambda h, w: not (h == w == 0 or (h > 0 and w > 0)), *new)
    at = (name, "new_width" if new[0] else "new_height")
    refuse_if(half, "image-new-size-half-given", at)
    image = (dim(setup.datum, 1), dim(setup.datum, 2))
    if new[0] is None or new[1] is None:
        image = (None, None)
    elif new[0]:
        image = new
        crop = integer(transform, "crop_size")
        refuse_if(
            known(lambda c, h, w: c > min(h, w), crop, *new),
            "crop-exceeds-image",
            ("transform_param", "crop_size"),
            crop=crop,
            height=new[0],
            width=new[1],
        )
    channels = known(lambda color: 3 if color else 1, flag(param, "is_color"))
    batch = integer(param, "batch_size")
    none = known(lambda n: n <= 0, batch)
    refuse_if(none, "batch-size-missing", (name, "batch_size"), type="ImageData")
    return _loaded(setup, batch, channels, _cropped(transform, image), name)


def window_data(setup: Setup) -> Built:
    """``[batch_size, C, crop_size, crop_size]``; ``[batch_size]``."""
    transform = _check_transform(setup)
    crop = integer(transform, "crop_size")
    none = known(lambda n: n <= 0, crop)
    refuse_if(none, "crop-size-missing", ("transform_param", "crop_size"))
    name = "window_data_param"
    batch = integer(section(setup.layer, name), "batch_size")
    return _loaded(setup, batch, dim(setup.datum, 0), (crop, crop), name)


def hdf5_data(setup: Setup) -> Built:
    """``[batch_size] + …`` as the datasets of the file are."""
    transform = given(setup.layer, "transform_param")
    refuse_if(transform, "hdf5-data-transform", ("transform_param",))
    return Built((None,) * setup.tops)


def memory_data(setup: Setup) -> Built:
    """``[batch_size, channels, height, width]``; ``[batch_size]``."""
    name = "memory_data_param"
    param = section(setup.layer, name)
    sizes = tuple(integer(param, field) for field in ("batch_size", *_SIDES[1:]))
    none = known(lambda b, c, h, w: i32(b * i32(c * h * w)) <= 0, *sizes)
    refuse_if(none, "memory-data-size-missing", (name,))
    _check_transform(setup)
    return Built((blob(sizes, "the batch", (name,)), (sizes[0],))[: setup.tops])


def input_(setup: Setup) -> Built:
    """Tops of the given shapes, one for all or one each; scalars for now if none is given."""
    name = "input_param"
    shapes = sections(section(setup.layer, name), "shape")
    if shapes is None:
        return Built((None,) * setup.tops)
    count, tops = len(shapes), setup.tops
    if not count:
        return Built(((),) * tops)
    wrong = count not in (1, tops)
    refuse_if(wrong, "shape-count-wrong", (name, "shape", 0), shapes=count, tops=tops)
    return Built(_per_top(name, shapes, tops))


def _per_top(name: str, shapes: list[Message], tops: int) -> tuple[Shape, ...]:
    result = tuple(
        blob(integers(shape, "dim"), "the top", (name, "shape", index))
        for index, shape in enumerate(shapes)
    )
    return result * tops if len(result) == 1 else result


def dummy_data(setup: Setup) -> Built:
    """Tops of the given shapes, or ``[num, channels, height, width]``; one may stand for all.

    Tops with a constant filler, which is the default, are filled at once.
    """
    name = "dummy_data_param"
    param = section(setup.layer, name)
    tops = setup.tops
    fillers = sections(param, "data_filler")
    if fillers is not None and len(fillers) not in (0, 1, tops):
        at = (name, "data_filler", 0)
        refuse("dummy-filler-count", at, fillers=len(fillers), tops=tops)
    shapes = _dummy_shapes(setup, param)
    for index, shape in enumerate(shapes):
        if fillers == []:
            not_empty(shape, "the top", (name, "shape"))
        elif fillers is not None:
            which = 0 if len(fillers) == 1 else index
            path = (name, "data_filler", which)
            kind = word(fillers[which], "type")
            refuse_if(is_unknown(fillers[which]), "unknown-filler", (*path, "type"), filler=kind)
            if kind == "constant":
                fill(fillers[which], shape, "the top", path)
    return Built(shapes)


def _dummy_shapes(setup: Setup, param: Message | None) -> tuple[Shape, ...]:
    name = "dummy_data_param"
    tops = setup.tops
    shapes = sections(param, "shape")
    legacy = {side: integers(param, side) for side in _SIDES}
    old = either(*(_some(param, side) for side in _SIDES))
    if old is None or shapes is None:
        return (None,) * tops
    if not old:
        count = len(shapes)
        wrong = count not in (1, tops)
        refuse_if(wrong, "shape-count-wrong", (name, "shape", 0), shapes=count, tops=tops)
        return _per_top(name, shapes, tops)
    first = next((side for side in _SIDES if legacy[side]), "num")
    refuse_if(bool(shapes), "dummy-shape-given-twice", (name, "shape", 0), field=first)
    for side, values in legacy.items():
        count = len(values or ())
        wrong = values is not None and count not in (1, tops)
        at = (name, side)
        refuse_if(wrong, "dummy-field-count", at, field=side, count=count, tops=tops)
    return tuple(
        blob(
            tuple(
                None if values is None else values[0 if len(values) == 1 else index]
                for values in legacy.values()
            ),
            "the top",
            (name,),
        )
        for index in range(tops)
    )


def parameter(setup: Setup) -> Built:
    """``parameter_param.shape``, which is the parameter's too."""
    name = "parameter_param"
    shape = blob(
        integers(section(section(setup.layer, name), "shape"), "dim"), "the top", (name, "shape")
    )
    given_blobs = written(setup.layer)
    return Built((shape,), (shape,) if given_blobs == () else given_blobs)


def anything(setup: Setup) -> Built:
    """Whatever the code of the type does."""
    return Built((None,) * setup.tops, None, None)


TYPES = (
    LayerType(
        "Data",
        NONE,
        (1, 2),
        data,
        (
            "data_param.source",
            "data_param.batch_size",
            "data_param.backend",
            "data_param.prefetch",
            "transform_param",
        ),
    ),
    LayerType(
        "ImageData",
        NONE,
        TWO,
        image_data,
        (
            *(
                f"image_data_param.{field}"
                for field in (
                    "source",
                    "batch_size",
                    "rand_skip",
                    "shuffle",
                    "new_height",
                    "new_width",
                    "is_color",
                    "root_folder",
                )
            ),
            "transform_param",
            "data_param.prefetch",
        ),
    ),
    LayerType(
        "WindowData",
        NONE,
        TWO,
        window_data,
        (
            *(
                f"window_data_param.{field}"
                for field in (
                    "source",
                    "scale",
                    "batch_size",
                    "fg_threshold",
                    "bg_threshold",
                    "fg_fraction",
                    "context_pad",
                    "crop_mode",
                    "cache_images",
                    "root_folder",
                )
            ),
            "transform_param.crop_size",
            "transform_param.mirror",
            "transform_param.mean_file",
            "transform_param.mean_value",
            "data_param.prefetch",
        ),
    ),
    LayerType("HDF5Data", NONE, SOME, hdf5_data, ("hdf5_data_param",)),
    LayerType("MemoryData", NONE, TWO, memory_data, ("memory_data_param", "transform_param")),
    LayerType("DummyData", NONE, SOME, dummy_data, ("dummy_data_param",)),
    LayerType("Input", NONE, SOME, input_, ("input_param",)),
    LayerType("Parameter", NONE, ONE, parameter, ("parameter_param",)),
    LayerType("Python", (0, None), (0, None), anything, ("python_param",)),
)

"""Layers of SSD and what grew out of it: prior boxes, their loss, and detections.

A location is 4 numbers. Forks that count otherwise say so in fields of their own; where one of
these is written, nothing is compared.
"""

from __future__ import annotations

from protolint.layers.fields import flag, given, integer, many, section, word
from protolint.layers.loss import reshaped
from protolint.layers.parameters import created
from protolint.layers.shapes import (
    blob,
    canonical,
    differs,
    dim,
    known,
    legacy,
    product,
    shape_text,
)
from protolint.layers.specification import (
    NONE,
    ONE,
    TWO,
    Built,
    Counts,
    Dim,
    LayerType,
    Setup,
    Shape,
    refuse,
    refuse_if,
    tops_from,
)
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protolint.schema.message import Message


def _any(message: Message | None, names: Iterable[str]) -> bool:
    """Return whether one of the fields is written, or may be."""
    return any(given(message, name) is not False for name in names)


def _resized(transform: Message | None, datum: Shape) -> tuple[Dim, Dim]:
    """Return height and width that ``crop_size`` or ``resize_param`` brings every image to.

    Without either, images stay as large as the first record.
    """
    crop = integer(transform, "crop_size")
    if crop != 0:
        return crop, crop
    sides = tuple(integer(transform, f"crop_{side}") or None for side in "hw")
    resize = many(transform, "resize_param") or ()
    if not resize and given(transform, "resize_param") is False and sides == (None, None):
        return dim(datum, 1), dim(datum, 2)
    if sides != (None, None) or len(resize) != 1:
        return sides[0], sides[1]
    if word(resize[0], "resize_mode") not in ("WARP", "FIT_LARGE_SIZE_AND_PAD"):
        return None, None
    return integer(resize[0], "height") or None, integer(resize[0], "width") or None


def annotated_data(setup: Setup) -> Built:
    """``[batch_size, C, h, w]``; the boxes ``[1, 1, boxes, 8]``, if their kind is written."""
    layer = setup.layer
    batch = integer(section(layer, "data_param"), "batch_size")
    sides = _resized(section(layer, "transform_param"), setup.datum)
    param = section(layer, "annotated_data_param")
    plain = not _any(param, ("oriented", "yolo_data_type", "seg_scales"))
    boxes = given(param, "anno_type") and word(param, "anno_type") == "BBOX" and plain
    label: Shape = (1, 1, None, 8) if boxes else None
    images = blob((batch, dim(setup.datum, 0), *sides), "the batch")
    tops: tuple[Shape, ...] = (images, label)
    return Built(tops_from(setup, *tops))


def video_data(setup: Setup) -> Built:
    """``[batch_size, C, h, w]`` of SSD's, which resizes; of others' clips nothing is known."""
    transform = section(setup.layer, "transform_param")
    if not given(transform, "resize_param"):
        return Built((None,) * setup.tops)
    batch = integer(section(setup.layer, "data_param"), "batch_size")
    frames = (batch, dim(setup.datum, 0), *_resized(transform, setup.datum))
    return Built(tops_from(setup, frames))


def permute(setup: Setup) -> Built:
    """``x`` with the axes in ``order``, those not listed behind as they come."""
    x = setup.bottoms[0]
    order = many(section(setup.layer, "permute_param"), "order")
    if order is None:
        return Built((None if x is None else (None,) * len(x),))
    for index, axis in enumerate(order):
        at = ("permute_param", "order", index)
        refuse_if(axis in order[:index], "permute-order-repeated", at, axis=axis)
        if x is not None:
            canonical(x, axis, at)
    if x is None:
        return Built((None,))
    return Built((tuple(x[a] for a in (*order, *(a for a in range(len(x)) if a not in order))),))


def normalize(setup: Setup) -> Built:
    """``x``; SSD's scale is a scalar with ``channel_shared``, else ``[x[1]]``.

    The layer of face recognition has no parameters and may give the norms as a second top.
    """
    x = setup.bottoms[0]
    tops: tuple[Shape, ...] = tops_from(setup, x)
    if given(setup.layer, "normalize_param"):
        return Built(tops)
    if not given(setup.layer, "norm_param"):
        return Built(tops, None)
    shared = flag(section(setup.layer, "norm_param"), "channel_shared")
    scale: Shape = None if shared is None else () if shared else (_channels(x),)
    at = ("norm_param", "scale_filler")
    return Built(tops, created(setup, ("the scale blob", scale, at)))


_OTHER_PRIORS = ("box_height", "box_width", "faceboxes", "keras", "tf", "p_type", "inner_scale")
"""Fields of single forks that change how many boxes there are."""


def prior_box(setup: Setup) -> Built:
    """``[1, 2, h·w·boxes·4]``, h and w of the first bottom.

    boxes = ratios·min_sizes + max_sizes; the ratios are 1, each further ``aspect_ratio`` and, with
    ``flip``, its reciprocal.
    """
    name = "prior_box_param"
    x = legacy(setup.bottoms[0], "PriorBox", ("bottom", 0))
    param = section(setup.layer, name)
    boxes: Dim = None
    if not _any(param, _OTHER_PRIORS):
        least, most = many(param, "min_size"), many(param, "max_size")
        refuse_if(least == (), "prior-box-without-size", (name,))
        if least is not None and most is not None:
            wrong = bool(most) and len(most) != len(least)
            at = (name, "max_size")
            refuse_if(wrong, "prior-box-max-sizes", at, found=len(most), expected=len(least))
            ratios = _ratios(param)
            boxes = known(lambda n: n * len(least) + len(most), ratios)
    variances = many(param, "variance")
    if variances is not None and len(variances) > 1:
        found = len(variances)
        refuse_if(found != 4, "prior-box-variances", (name, "variance"), found=found)
    area = None if x is None else product(x[2:])
    return Built((blob((1, 2, known(lambda n, b: n * b * 4, area, boxes)), "the output"),))


def _ratios(param: Message | None) -> Dim:
    """Return how many different aspect ratios there are; they are told apart by 0.000001."""
    listed, flip = many(param, "aspect_ratio"), flag(param, "flip")
    if listed is None or flip is None:
        return None
    ratios = [1.0]
    for ratio in listed:
        if ratio and all(abs(ratio - other) >= 1e-6 for other in ratios):
            ratios += [ratio, 1 / ratio] if flip else [ratio]
    return len(ratios)


_OTHER_BOXES = (
    "oriented_weight",
    "objectness_score",
    "arm_conf_no_concat",
    "arm_loc_no_concat",
    "nbottom",
    "no_permute",
    "ratio_permute",
    "scale_xywh",
    "tflite_detection",
)
"""Fields of single forks whose loss or detections take other bottoms."""


def _check_predictions(setup: Setup, name: str, bottoms: int) -> None:
    """Refuse locations and scores that are not as many as the prior boxes ask for."""
    param = section(setup.layer, name)
    if len(setup.bottoms) != bottoms or _any(param, _OTHER_BOXES):
        return
    refuse_if(given(param, "num_classes") is False, "detection-without-classes", (name,))
    location, score, prior = (
        legacy(shape, str(word(setup.layer, "type")), ("bottom", index))
        for index, shape in enumerate(setup.bottoms[:3])
    )
    boxes = known(lambda n: n // 4, dim(prior, 2))
    classes = integer(param, "num_classes")
    shared = flag(param, "share_location")
    sets = None if shared is None else 1 if shared else classes
    for index, what, shape, each in (
        (0, "locations", location, known(lambda n: n * 4, sets)),
        (1, "scores", score, classes),
    ):
        expected = known(lambda n, k: n * k, boxes, each)
        found = dim(shape, 1)
        refuse_if(
            differs(found, expected),
            "prior-box-predictions",
            ("bottom", index),
            what=what,
            found=found,
            expected=expected,
            boxes=boxes,
            each=each,
        )


def multi_box_loss(setup: Setup) -> Built:
    """``[]``; locations, scores, priors, true boxes: 4 and ``num_classes`` numbers per prior."""
    reshaped(setup)
    _check_predictions(setup, "multibox_loss_param", 4)
    return Built(((),))


def detection_output(setup: Setup) -> Built:
    """``[1, 1, detections, 7]``."""
    _check_predictions(setup, "detection_output_param", 3)
    return Built(((1, 1, None, 7),))


def detection_evaluate(_: Setup) -> Built:
    """``[1, 1, classes and detections, 5]``."""
    return Built(((1, 1, None, 5),))


def _channels(x: Shape) -> Dim:
    """Return the size of axis 1."""
    if x is not None and len(x) < 2:
        refuse("axis-out-of-range", ("bottom", 0), axis=1, axes=len(x), shape=shape_text(x))
    return dim(x, 1)


def _predictions(layer: Message) -> Counts:
    """Return how many bottoms DetectionOutput has; of single forks any number."""
    param = section(layer, "detection_output_param")
    return (1 if _any(param, _OTHER_BOXES) else 3, None)


TYPES = (
    LayerType(
        "AnnotatedData",
        NONE,
        (1, None),
        annotated_data,
        ("annotated_data_param", "data_param", "transform_param"),
    ),
    LayerType(
        "VideoData",
        NONE,
        (1, None),
        video_data,
        ("video_data_param", "data_param", "transform_param"),
    ),
    LayerType("Permute", ONE, ONE, permute, ("permute_param",)),
    LayerType("Normalize", ONE, (1, 2), normalize, ("norm_param", "normalize_param")),
    LayerType("PriorBox", (2, None), ONE, prior_box, ("prior_box_param",)),
    LayerType(
        "MultiBoxLoss",
        (4, None),
        ONE,
        multi_box_loss,
        ("multibox_loss_param", "loss_param"),
        auto_top=True,
        loss=True,
    ),
    LayerType(
        "DetectionOutput",
        _predictions,
        ONE,
        detection_output,
        ("detection_output_param", "transform_param"),
    ),
    LayerType("DetectionEvaluate", TWO, ONE, detection_evaluate, ("detection_evaluate_param",)),
)

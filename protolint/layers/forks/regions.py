"""Layers of detectors that pool regions: R-CNN's, R-FCN's, and their losses.

Regions ``[R, 5]`` come from layers in Python as a rule, so that R is not known.
"""

from __future__ import annotations

from protolint.layers.fields import given, integer, section
from protolint.layers.loss import euclidean, reshaped
from protolint.layers.normalise import softmax
from protolint.layers.reduce import labels_match
from protolint.layers.shapes import blob, canonical, differs, dim, known, legacy
from protolint.layers.specification import (
    ONE,
    TWO,
    Built,
    Dim,
    LayerType,
    Setup,
    Shape,
    refuse_if,
    tops_from,
)


def _pooled(setup: Setup, channels: Dim, sides: tuple[Dim, Dim]) -> Built:
    regions = setup.bottoms[1]
    count = None if regions is None else 1 if not regions else regions[0]
    return Built((blob((count, channels, *sides), "the output"),))


def roi_pooling(setup: Setup) -> Built:
    """``[R, x[1], pooled_h, pooled_w]``."""
    name = "roi_pooling_param"
    x = legacy(setup.bottoms[0], "ROIPooling", ("bottom", 0))
    param = section(setup.layer, name)
    if given(param, "pooled_size") is not False:
        return _pooled(setup, dim(x, 1), (None, None))
    height, width = integer(param, "pooled_h"), integer(param, "pooled_w")
    for side, size in (("pooled_h", height), ("pooled_w", width)):
        refuse_if(size == 0, "roi-pooling-size-missing", (name, side), field=side)
    return _pooled(setup, dim(x, 1), (height, width))


def roi_align(setup: Setup) -> Built:
    """``[R, x[1], pooled_h, pooled_w]`` by the parameters that the fork reads."""
    written = [n for n in ("roi_align_param", "roi_pooling_param") if given(setup.layer, n)]
    param = section(setup.layer, written[0]) if len(written) == 1 else None
    sides = (integer(param, "pooled_h") or None, integer(param, "pooled_w") or None)
    return _pooled(setup, dim(legacy(setup.bottoms[0], "ROIAlign", ("bottom", 0)), 1), sides)


def ps_roi_pooling(setup: Setup) -> Built:
    """``[R, output_dim, group_size, group_size]``; ``x[1]`` = output_dim·group_size²."""
    name = "psroi_pooling_param"
    x = legacy(setup.bottoms[0], "PSROIPooling", ("bottom", 0))
    param = section(setup.layer, name)
    outputs, group = integer(param, "output_dim"), integer(param, "group_size")
    expected = known(lambda n, g: n * g * g, outputs, group)
    channels = dim(x, 1)
    refuse_if(
        differs(channels, expected),
        "ps-roi-channels",
        ("bottom", 0),
        channels=channels,
        expected=expected,
        outputs=outputs,
        group=group,
    )
    return _pooled(setup, outputs, (group, group))


def ps_roi_align(setup: Setup) -> Built:
    """``[R, output_dim, group_size, group_size]``."""
    param = section(setup.layer, "psroi_align_param")
    group = integer(param, "group_size")
    return _pooled(setup, integer(param, "output_dim"), (group, group))


def smooth_l1(setup: Setup) -> Built:
    """``[]``; the items of bottoms 0 and 1 have equally many elements; then weights.

    Fast R-CNN takes two bottoms of weights or none, SSD one or none.
    """
    return euclidean(setup._replace(bottoms=setup.bottoms[:2]))


def smooth_l1_ohem(setup: Setup) -> Built:
    """``[]``; a second top has one error per position of each region, ``[R, 1, h, w]``."""
    smooth_l1(setup)
    x = legacy(setup.bottoms[0], "SmoothL1LossOHEM", ("bottom", 0))
    errors: Shape = None if x is None else (x[0], 1, x[2], x[3])
    return Built(tops_from(setup, (), errors))


def softmax_ohem(setup: Setup) -> Built:
    """``[]``; further tops are the probabilities, ``x``, and one loss per label."""
    softmax(setup)
    reshaped(setup)
    x, label = setup.bottoms
    name = "softmax_param"
    a = canonical(x, integer(section(setup.layer, name), "axis"), (name, "axis"))
    labels_match(setup, "SoftmaxWithLossOHEM", a)
    return Built(tops_from(setup, (), x, label))


def box_annotator(setup: Setup) -> Built:
    """Labels ``[R, 1, h, w]`` and weights ``[R, w[1], h, w]``, w the last bottom, R the first."""
    regions, weights = setup.bottoms[0], setup.bottoms[3]
    rois = legacy(regions, "BoxAnnotatorOHEM", ("bottom", 0)) or (None, None, 1, 1)
    channels = dim(legacy(weights, "BoxAnnotatorOHEM", ("bottom", 3)), 1)
    return Built(((rois[0], 1, *rois[2:]), (rois[0], channels, *rois[2:])))


_WEIGHTED = (2, 4)

TYPES = (
    LayerType("ROIPooling", TWO, ONE, roi_pooling, ("roi_pooling_param",)),
    LayerType("ROIAlign", TWO, ONE, roi_align, ("roi_align_param", "roi_pooling_param")),
    LayerType("PSROIPooling", TWO, ONE, ps_roi_pooling, ("psroi_pooling_param",)),
    LayerType("PSROIAlign", TWO, ONE, ps_roi_align, ("psroi_align_param",)),
    LayerType(
        "SmoothL1Loss",
        _WEIGHTED,
        ONE,
        smooth_l1,
        ("smooth_l1_loss_param", "smoothl1_param", "loss_param"),
        auto_top=True,
        loss=True,
    ),
    LayerType(
        "SmoothL1LossOHEM",
        _WEIGHTED,
        (1, None),
        smooth_l1_ohem,
        ("smooth_l1_loss_param", "loss_param"),
        auto_top=True,
        loss=True,
    ),
    LayerType(
        "SoftmaxWithLossOHEM",
        TWO,
        (1, 3),
        softmax_ohem,
        ("softmax_param", "loss_param"),
        auto_top=True,
        loss=True,
    ),
    LayerType("BoxAnnotatorOHEM", (4, 4), TWO, box_annotator, ("box_annotator_ohem_param",)),
)

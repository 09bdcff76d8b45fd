"""Layers of the YOLO forks."""

from __future__ import annotations

from protolint.layers.fields import flag, given, integer, section
from protolint.layers.loss import scalar
from protolint.layers.shapes import blob, dim, legacy
from protolint.layers.specification import ONE, SOME, Built, Dim, LayerType, Setup


def reorg(setup: Setup) -> Built:
    """``[x0, x1·s², x2/s, x3/s]``; with ``reverse`` ``[x0, x1/s², x2·s, x3·s]``, s = ``stride``."""
    name = "reorg_param"
    param = section(setup.layer, name)
    x = legacy(setup.bottoms[0], "Reorg", ("bottom", 0))
    stride = integer(param, "stride")
    back = flag(param, "reverse") if given(param, "reverse") is not False else False
    sizes: tuple[Dim, ...] = (None, None, None)
    if x is not None and stride and back is not None:
        square = stride * stride
        channels, *sides = x[1:]
        if back:
            sizes = (_divided(channels, square), *(_times(side, stride) for side in sides))
        else:
            sizes = (_times(channels, square), *(_divided(side, stride) for side in sides))
    return Built((blob((dim(x, 0), *sizes), "the output", (name,)),))


def _times(size: Dim, factor: int) -> Dim:
    return None if size is None else size * factor


def _divided(size: Dim, factor: int) -> Dim:
    """Return the size divided; what is done with a rest is not known."""
    return None if size is None or size % factor else size // factor


def detections(_: Setup) -> Built:
    """``[1, 1, detections, 7]``."""
    return Built(((1, 1, None, 7),))


def evaluation(setup: Setup) -> Built:
    """Tops of unknown shape: what is found at run time."""
    return Built((None,) * setup.tops)


def _loss(name: str, param: str) -> LayerType:
    return LayerType(name, SOME, (1, None), scalar, (param, "loss_param"), auto_top=True, loss=True)


TYPES = (
    LayerType("Reorg", ONE, ONE, reorg, ("reorg_param",)),
    _loss("RegionLoss", "region_loss_param"),
    _loss("Yolov3", "yolov3_param"),
    _loss("GaussianYolov3", "yolov3_param"),
    _loss("YoloSeg", "yolo_seg_param"),
    _loss("YoloV2Loss", "yolo_v2_loss_param"),
    _loss("YoloV3Loss", "yolo_v3_loss_param"),
    LayerType("YoloDetectionOutput", SOME, ONE, detections, ("yolo_detection_output_param",)),
    LayerType("Yolov3DetectionOutput", SOME, ONE, detections, ("yolov3_detection_output_param",)),
    LayerType("EvalDetection", SOME, SOME, evaluation, ("eval_detection_param",)),
    LayerType("SegmentationEvaluate", SOME, SOME, evaluation, ("segmentation_evaluate_param",)),
)

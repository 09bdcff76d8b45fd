"""Layer types that only forks of Caffe have, described in the words of BVLC's.

Each family has a module, imported when a net has one of its types. Forks that register a type of
the same name often mean different things by it: what all of them share is given, or the fields and
tops that are written tell them apart; the rest is unknown, and refuses nothing. A field that the
schema in use lacks is not known either.

The source is how the forks behave, put in own words; which of them registers a type stands in
``protolint/schema/forks/``.
"""

from __future__ import annotations

from importlib import import_module

from protolint.layers.variants import free
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.layers.specification import LayerType
    from protolint.schema.message import Message

FAMILIES = {
    "detection": """
        AnnotatedData DetectionEvaluate DetectionOutput MultiBoxLoss Normalize Permute PriorBox
        VideoData
    """,
    "elementwise": """
        Add Arccos Atan Ceil ChannelScale Div EltwiseAffine Flip Floor HardSigmoid HardSwish
        HardTanH Insanity LabelSpecificAdd LabelSpecificAffine LabelSpecificHardMargin
        LabelSpecificMargin LabelSpecificRescale LayerNorm LogSoftmax LpNormalization Maximum
        Minimum Mish Mul Mult Noise Pow ReLU6 Reverse Round ScaledTanH SeLU SeLUDropout SeLu
        SeLuDropout Sin Softplus Softsign SpatialDropout Sqrt Sub ThresholdedReLU
    """,
    "faces": "CenterLoss LargeMarginInnerProduct MarginInnerProduct",
    "flow": """
        ChannelNorm Correlation Correlation1D DataAugmentation Downsample FlowAugmentation FlowWarp
        L1Loss LpqLoss Mean Resample
    """,
    "mobile": "Axpy CReLU ConvolutionDepthwise DepthwiseConvolution ShuffleChannel",
    "regions": """
        BoxAnnotatorOHEM PSROIAlign PSROIPooling ROIAlign ROIPooling SmoothL1Loss SmoothL1LossOHEM
        SoftmaxWithLossOHEM
    """,
    "segmentation": """
        BN DenseImageData ImageSegData Interp PointwiseSpatialAttention SyncBN UnPooling Unpooling
        Upsample
    """,
    "sequence": "CtcLoss FocalLoss",
    "video": "Convolution3D NdConvolution Pooling3D",
    "yolo": """
        EvalDetection GaussianYolov3 RegionLoss Reorg SegmentationEvaluate YoloDetectionOutput
        YoloSeg YoloV2Loss YoloV3Loss Yolov3 Yolov3DetectionOutput
    """,
}
"""Module of this package → the types that it describes."""

_FAMILY = {name: family for family, names in FAMILIES.items() for name in names.split()}


def kind(name: str) -> LayerType | None:
    """Return the description of a type, whatever fork has it; ``None`` if there is none."""
    family = _FAMILY.get(name)
    if family is None:
        return None
    kinds: tuple[LayerType, ...] = import_module(f"{__name__}.{family}").TYPES
    return next(kind for kind in kinds if kind.name == name)


def described(name: str, layer: Message) -> LayerType | None:
    """Return the type that some fork has; ``None`` if there is no description of it.

    A field that no fork is known to have may change anything about the layer.
    """
    found = kind(name)
    if found is None:
        return None
    params = map(layer.values.get, found.reads)
    return free(found) if any(param is not None and param.foreign for param in params) else found

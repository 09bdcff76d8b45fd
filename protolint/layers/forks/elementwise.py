"""Layers whose top is as large as their bottom.

Some that have parameters in one fork and none in another are left with an unknown number.
"""

from __future__ import annotations

from protolint.layers.elementwise import pointwise
from protolint.layers.shapes import agreed, same
from protolint.layers.specification import ONE, SOME, Built, LayerType, Setup, Shape, tops_from


def in_part(setup: Setup) -> Built:
    """``x``; what parameters and further tops there are is not known."""
    return Built(tops_from(setup, setup.bottoms[0]), None)


def combined(setup: Setup) -> Built:
    """Shape of the bottoms where all have the same; forks differ in how they stretch others."""
    first, *others = setup.bottoms
    top: Shape = None
    if others and all(same(first, other) for other in others):
        top = agreed(setup.bottoms)
    return Built(tops_from(setup, top), None)


TYPES = (
    *(
        LayerType(name, ONE, ONE, pointwise, reads)
        for name, reads in {
            "Arccos": (),
            "Atan": (),
            "Ceil": (),
            "Flip": ("flip_param",),
            "Floor": (),
            "HardSigmoid": ("hard_sigmoid_param",),
            "HardSwish": (),
            "HardTanH": (),
            "LogSoftmax": ("log_softmax_param", "softmax_param"),
            "LpNormalization": ("lp_normalization_param",),
            "Mish": (),
            "Noise": ("noise_param",),
            "ReLU6": ("relu6_param", "relu_param"),
            "Reverse": ("reverse_param",),
            "Round": (),
            "ScaledTanH": ("scaled_tanh_param",),
            "SeLU": ("selu_param",),
            "SeLUDropout": ("selu_dropout_param", "dropout_param"),
            "SeLu": ("selu_param",),
            "SeLuDropout": ("selu_dropout_param", "dropout_param"),
            "Sin": (),
            "Softplus": (),
            "Softsign": (),
            "SpatialDropout": ("spatial_dropout_param", "dropout_param"),
            "Sqrt": (),
            "ThresholdedReLU": ("thresholded_relu_param",),
        }.items()
    ),
    *(
        LayerType(name, SOME, SOME, in_part, reads)
        for name, reads in {
            "ChannelScale": ("channel_scale_param",),
            "EltwiseAffine": ("eltwise_affine_param",),
            "Insanity": ("insanity_param",),
            "LabelSpecificAdd": ("label_specific_add_param",),
            "LabelSpecificAffine": ("label_specific_affine_param",),
            "LabelSpecificHardMargin": ("label_specific_hard_margin_param",),
            "LabelSpecificMargin": ("label_specific_margin_param",),
            "LabelSpecificRescale": ("label_specific_rescale_param",),
            "LayerNorm": ("layer_norm_param",),
        }.items()
    ),
    *(
        LayerType(name, SOME, SOME, combined, ("mul_param",) if name == "Mul" else ())
        for name in ("Add", "Div", "Maximum", "Minimum", "Mul", "Mult", "Pow", "Sub")
    ),
)

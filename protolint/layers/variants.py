"""BVLC's layer types with fields of forks that change what is built.

Such a layer may have any bottoms, tops and parameters. Other fields of forks (engines,
quantisation, augmentation that keeps sizes) change nothing here. Windows of convolutions and
pooling are read where all windows are.
"""

from __future__ import annotations

from protolint.layers.data import anything
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.layers.specification import LayerType
    from protolint.schema.message import Message

_TRANSFORM = (
    "transform_param",
    frozenset(
        (
            "crop_h",
            "crop_height",
            "crop_w",
            "crop_width",
            "img_rand_resize_lower",
            "min_side",
            "multi_scale",
            "original_image",
            "rand_resize_ratio_lower",
            "random_resize_param",
            "resize_param",
            "scale_factors",
            "untransformed_top",
            "upper_height",
            "upper_size",
        )
    ),
)
_RECURRENT = (
    "recurrent_param",
    frozenset(("activations", "continue_recur", "default_initial", "direction", "tf_rnn")),
)

_VARIED: dict[str, tuple[tuple[str, frozenset[str]], ...]] = {
    "Data": (_TRANSFORM, ("data_param", frozenset(("encoding", "side", "slice_point")))),
    "Eltwise": (("eltwise_param", frozenset(("axis", "coeff_blob", "learnable_coeff"))),),
    "HDF5Data": (_TRANSFORM, ("hdf5_data_param", frozenset(("image",)))),
    "ImageData": (
        _TRANSFORM,
        (
            "image_data_param",
            frozenset(
                (
                    "face_transform",
                    "has_label",
                    "label_cut_end",
                    "label_cut_start",
                    "label_size",
                    "label_type",
                    "max_labels",
                    "min_height",
                    "min_width",
                    "short_side",
                )
            ),
        ),
    ),
    "InnerProduct": (("inner_product_param", frozenset(("output_4d",))),),
    "LSTM": (_RECURRENT,),
    "MemoryData": (_TRANSFORM, ("memory_data_param", frozenset(("length", "transpose")))),
    "Power": (
        ("power_param", frozenset(("learnable_power", "learnable_scale", "learnable_shift"))),
    ),
    "RNN": (_RECURRENT,),
    "Reshape": (("reshape_param", frozenset(("pixelshuffler",))),),
    "WindowData": (_TRANSFORM,),
}
"""Type → its parameter messages and the fields in them."""


def varied(kind: LayerType, layer: Message) -> LayerType:
    """Return the type as it is for the layer: free where a fork's field changes what is built."""
    for name, fields in _VARIED.get(kind.name, ()):
        param = layer.values.get(name)
        if param is not None and not fields.isdisjoint(param.values):
            return free(kind)
    return kind


FREE = (0, None)
"""The counts of a layer of which nothing is known."""


def free(kind: LayerType) -> LayerType:
    """Return the type with any bottoms and tops, of unknown shape."""
    return kind._replace(bottoms=FREE, tops=FREE, shape=anything, equal_counts=False)

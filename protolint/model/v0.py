"""The layer format of 2013, `layers { layer { … } }`: what became of its types and fields."""

from __future__ import annotations

TYPES = {
    "accuracy": "Accuracy",
    "bnll": "BNLL",
    "concat": "Concat",
    "conv": "Convolution",
    "data": "Data",
    "dropout": "Dropout",
    "euclidean_loss": "EuclideanLoss",
    "flatten": "Flatten",
    "hdf5_data": "HDF5Data",
    "hdf5_output": "HDF5Output",
    "im2col": "Im2col",
    "images": "ImageData",
    "infogain_loss": "InfogainLoss",
    "innerproduct": "InnerProduct",
    "lrn": "LRN",
    "multinomial_logistic_loss": "MultinomialLogisticLoss",
    "pool": "Pooling",
    "relu": "ReLU",
    "sigmoid": "Sigmoid",
    "softmax": "Softmax",
    "softmax_loss": "SoftmaxWithLoss",
    "split": "Split",
    "tanh": "TanH",
    "window_data": "WindowData",
}
"""V0 type → type string; `padding` is folded into the layers behind it."""

PARAMS = {"blobs_lr": "lr_mult", "weight_decay": "decay_mult"}
"""Repeated V0 field → the field of `param { … }` that its i-th value goes to."""

ANY_TYPE = {
    "scale": ("transform_param", "scale"),
    "meanfile": ("transform_param", "mean_file"),
    "cropsize": ("transform_param", "crop_size"),
    "mirror": ("transform_param", "mirror"),
}
"""V0 field → (message, field), whatever the layer's type."""

_DENSE = ("num_output", "weight_filler", "bias_filler")

BY_TYPE = {
    "conv": {
        **{name: ("convolution_param", name) for name in _DENSE},
        "biasterm": ("convolution_param", "bias_term"),
        "pad": ("convolution_param", "pad"),
        "kernelsize": ("convolution_param", "kernel_size"),
        "group": ("convolution_param", "group"),
        "stride": ("convolution_param", "stride"),
    },
    "innerproduct": {
        **{name: ("inner_product_param", name) for name in _DENSE},
        "biasterm": ("inner_product_param", "bias_term"),
    },
    "pool": {
        "pool": ("pooling_param", "pool"),
        "pad": ("pooling_param", "pad"),
        "kernelsize": ("pooling_param", "kernel_size"),
        "stride": ("pooling_param", "stride"),
    },
    "dropout": {"dropout_ratio": ("dropout_param", "dropout_ratio")},
    "lrn": {name: ("lrn_param", name) for name in ("local_size", "alpha", "beta", "k")},
    "concat": {"concat_dim": ("concat_param", "concat_dim")},
    "infogain_loss": {"source": ("infogain_loss_param", "source")},
    "data": {
        "source": ("data_param", "source"),
        "batchsize": ("data_param", "batch_size"),
        "rand_skip": ("data_param", "rand_skip"),
    },
    "hdf5_data": {
        "source": ("hdf5_data_param", "source"),
        "batchsize": ("hdf5_data_param", "batch_size"),
    },
    "hdf5_output": {"hdf5_output_param": ("hdf5_output_param", "")},
    "images": {
        "source": ("image_data_param", "source"),
        "batchsize": ("image_data_param", "batch_size"),
        "rand_skip": ("image_data_param", "rand_skip"),
        "shuffle_images": ("image_data_param", "shuffle"),
        "new_height": ("image_data_param", "new_height"),
        "new_width": ("image_data_param", "new_width"),
    },
    "window_data": {
        "source": ("window_data_param", "source"),
        "batchsize": ("window_data_param", "batch_size"),
        "det_fg_threshold": ("window_data_param", "fg_threshold"),
        "det_bg_threshold": ("window_data_param", "bg_threshold"),
        "det_fg_fraction": ("window_data_param", "fg_fraction"),
        "det_context_pad": ("window_data_param", "context_pad"),
        "det_crop_mode": ("window_data_param", "crop_mode"),
    },
}
"""V0 type → V0 field → (message, field); an empty field name means the message as a whole."""

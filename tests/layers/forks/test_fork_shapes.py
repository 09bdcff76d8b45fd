"""Shapes of the layers of forks: published figures, and small nets type by type."""

from __future__ import annotations

import pytest
from fork_nets import conv, layer, made, net, source, ssd300

from protolint.analysis.shapes import shapes
from protolint.analysis.undecided import origins
from protolint.model.state import NetState

X = source("x", 2, 12, 10, 8)
ROIS = source("rois", 7, 5)


def test_ssd300_has_8732_priors() -> None:
    found = made(ssd300(), "ssd")
    assert not found.problems
    assert found.blobs["data"] == (8, None, 300, 300)
    assert [found.blobs[name] and found.blobs[name][2:] for name in ("conv4_3", "fc7")] == [
        (38, 38),
        (19, 19),
    ]
    assert found.blobs["conv9_2"] == (8, 256, 1, 1)
    assert found.blobs["mbox_priorbox"] == (1, 2, 4 * 8732)
    assert found.blobs["mbox_loc"] == (8, 4 * 8732)
    assert found.blobs["mbox_conf"] == (8, 21 * 8732)
    assert found.blobs["mbox_loss"] == ()
    assert found.blobs["label"] == (1, 1, None, 8)
    assert found.params["conv4_3_norm"] == ((512,),)


def test_ssd300_is_built_whole_where_records_are_known() -> None:
    found = made(ssd300(81), "ssd", datum=(3, 375, 500))
    unknown = {name for name, shape in found.blobs.items() if shape is None or None in shape}
    assert unknown == {"label"}
    assert found.params["conv1_1"] == ((64, 3, 3, 3), (64,))


def test_segnet_unpools_what_it_pooled() -> None:
    """Badrinarayanan et al. 2015 on CamVid's 360 by 480 pixels."""
    text = source("data", 4, 3, 360, 480)
    blob = "data"
    sizes = ((64, 2, 2), (128, 2, 2), (256, 2, 2), (512, 2, 2), (512, 2, 2))
    for stage, (outputs, kernel, stride) in enumerate(sizes, 1):
        text += conv(f"conv{stage}", blob, outputs, pad=1)
        window = f"pooling_param {{ kernel_size: {kernel} stride: {stride} }}"
        text += layer("Pooling", f"conv{stage}", window, f"pool{stage} pool{stage}_mask")
        blob = f"pool{stage}"
    for stage, wanted in (
        (5, "upsample_w: 30 upsample_h: 23"),
        (4, "upsample_w: 60 upsample_h: 45"),
    ):
        text += layer(
            "Upsample",
            f"{blob} pool{stage}_mask",
            f"upsample_param {{ scale: 2 {wanted} }}",
            f"up{stage}",
        )
        blob = f"up{stage}" if stage == 4 else f"conv{stage}_d"
        if stage == 5:
            text += conv(blob, "up5", 512, pad=1)
    text += conv("conv4_d", "up4", 256, pad=1)
    text += layer("Upsample", "conv4_d pool3_mask", "upsample_param { scale: 2 }", "up3")
    found = made(text, "segnet")
    assert not found.problems
    assert found.blobs["pool5_mask"] == (4, 512, 12, 15)
    assert found.blobs["up5"] == (4, 512, 23, 30)
    assert found.blobs["up4"] == (4, 512, 45, 60)
    assert found.blobs["up3"] == (4, 256, 90, 120)


def test_rfcn_pools_scores_by_position() -> None:
    """Dai et al. 2016: 21 classes and 7 by 7 parts need 1029 maps, boxes 8 times 49."""
    text = source("conv", 1, 1024, 38, 63) + ROIS
    for name, outputs in (("cls", 21), ("bbox", 8)):
        text += conv(name, "conv", 49 * outputs, 1)
        param = (
            f"psroi_pooling_param {{ spatial_scale: 0.0625 output_dim: {outputs} group_size: 7 }}"
        )
        text += layer("PSROIPooling", f"{name} rois", param, f"{name}_rois")
    found = made(text, "r-fcn")
    assert not found.problems
    assert found.blobs["cls_rois"] == (7, 21, 7, 7)
    assert found.blobs["bbox_rois"] == (7, 8, 7, 7)


def test_yolo_v2_stacks_features_before_they_are_joined() -> None:
    """Redmon, Farhadi 2016: 26 by 26 by 64 become 13 by 13 by 256."""
    text = source("conv21", 1, 64, 26, 26) + source("conv20", 1, 1024, 13, 13)
    text += layer("Reorg", "conv21", "reorg_param { stride: 2 }", "reorg")
    text += layer("Concat", "reorg conv20", "", "concat")
    text += conv("conv23", "concat", 125, 1)
    found = made(text, "yolo")
    assert found.blobs["reorg"] == (1, 256, 13, 13)
    assert found.blobs["conv23"] == (1, 125, 13, 13)


def test_flownet_correlates_into_441_maps() -> None:
    """Dosovitskiy et al. 2015: 21 by 21 displacements."""
    text = source("a", 8, 256, 48, 64) + source("b", 8, 256, 48, 64)
    text += layer(
        "Correlation",
        "a b",
        "correlation_param { pad: 20 kernel_size: 1 max_displacement: 20 stride_1: 1 stride_2: 2 }",
    )
    assert made(text, "flownet2").blobs["y"] == (8, 441, 48, 64)


def test_pspnet_zooms_to_the_crop() -> None:
    """Zhao et al. 2017: a crop of 473 pixels has maps of 60, zoomed by 8."""
    text = source("x", 1, 150, 60, 60)
    text += layer("Interp", "x", "interp_param { zoom_factor: 8 pad_beg: 0 pad_end: 0 }")
    assert made(text, "pspnet").blobs["y"] == (1, 150, 473, 473)


def test_se_block_keeps_its_shape() -> None:
    text = source("a", 2, 64, 1, 1) + source("b", 2, 64, 56, 56) + source("c", 2, 64, 56, 56)
    assert made(text + layer("Axpy", "a b c"), "intel").blobs["y"] == (2, 64, 56, 56)


BN_OF_SEGNET = "bn_param { scale_filler { type: 'constant' } shift_filler { type: 'constant' } }"
DEPTHWISE = (
    "convolution_param { num_output: 12 group: 12 kernel_size: 3 pad: 1 stride: 2 "
    "bias_term: false }"
)
DENSE = "dense_image_data_param { batch_size: 4 new_height: 32 new_width: 48 }"
PADDED = "upsample_param { scale: 2 pad_out_h: true }"
MASKED = source("x", 2, 12, 10, 8) + source("mask", 2, 12, 10, 8)

CASES = [
    # dialect, bottoms, layer, tops, parameters
    (
        "ssd",
        X,
        layer("Permute", "x", "permute_param { order: 0 order: 2 }"),
        {"y": (2, 10, 12, 8)},
        (),
    ),
    ("ssd", X, layer("Permute", "x"), {"y": (2, 12, 10, 8)}, ()),
    ("ssd", X, layer("Normalize", "x", "norm_param { }"), {"y": (2, 12, 10, 8)}, ((),)),
    ("caffe-windows", X, layer("Normalize", "x"), {"y": (2, 12, 10, 8)}, None),
    (
        "ssd",
        X,
        layer("PriorBox", "x x", "prior_box_param { min_size: 4 aspect_ratio: 2 flip: false }"),
        {"y": (1, 2, 80 * 2 * 4)},
        (),
    ),
    (
        "ssd",
        X,
        layer(
            "PriorBox",
            "x x",
            "prior_box_param { min_size: 4 min_size: 6 max_size: 5 max_size: 7 aspect_ratio: 2 "
            "aspect_ratio: 0.5 aspect_ratio: 1 aspect_ratio: 3 }",
        ),
        {"y": (1, 2, 80 * (5 * 2 + 2) * 4)},
        (),
    ),
    (
        "synopsys",
        X,
        layer("PriorBox", "x x", "prior_box_param { tf: true }"),
        {"y": (1, 2, None)},
        (),
    ),
    (
        "r-fcn",
        X + ROIS,
        layer("ROIPooling", "x rois", "roi_pooling_param { pooled_h: 6 pooled_w: 7 }"),
        {"y": (7, 12, 6, 7)},
        (),
    ),
    (
        "makefile-frcnn",
        X + ROIS,
        layer("ROIAlign", "x rois", "roi_pooling_param { pooled_h: 6 pooled_w: 7 }"),
        {"y": (7, 12, 6, 7)},
        (),
    ),
    ("segnet", X, layer("BN", "x", BN_OF_SEGNET), {"y": (2, 12, 10, 8)}, ((1, 12, 1, 1),) * 2),
    (
        "pspnet",
        X,
        layer("BN", "x", "bn_param { frozen: true }"),
        {"y": (2, 12, 10, 8)},
        (None,) * 4,
    ),
    ("ssd", X, layer("BN", "x"), {"y": (2, 12, 10, 8)}, None),
    ("segnet", MASKED, layer("Upsample", "x mask"), {"y": (2, 12, 20, 16)}, ()),
    ("segnet", MASKED, layer("Upsample", "x mask", PADDED), {"y": (2, 12, 19, 16)}, ()),
    ("yolo", X, layer("Upsample", "x", "upsample_param { scale: 2 }"), {"y": (2, 12, 20, 16)}, ()),
    (
        "segnet",
        "",
        layer("DenseImageData", "", DENSE, "data label"),
        {"data": (4, 3, 32, 48), "label": (4, 1, 32, 48)},
        (),
    ),
    (
        "pspnet",
        "",
        layer(
            "ImageSegData",
            "",
            "image_data_param { batch_size: 2 label_type: PIXEL } transform_param { crop_size: 9 }",
            "data label dim",
        ),
        {"data": (2, 3, 9, 9), "label": (2, 1, 9, 9), "dim": (2, 1, 1, 2)},
        (),
    ),
    (
        "pspnet",
        X,
        layer("Interp", "x", "interp_param { shrink_factor: 3 }"),
        {"y": (2, 12, 4, 3)},
        (),
    ),
    (
        "pspnet",
        X,
        layer("Interp", "x", "interp_param { height: 3 width: 5 }"),
        {"y": (2, 12, 3, 5)},
        (),
    ),
    (
        "yolo",
        X,
        layer("DepthwiseConvolution", "x", DEPTHWISE),
        {"y": (2, 12, 5, 4)},
        ((12, 1, 3, 3),),
    ),
    (
        "jolibrain",
        X,
        layer("ConvolutionDepthwise", "x", DEPTHWISE),
        {"y": (2, 12, 5, 4)},
        ((12, 1, 3, 3),),
    ),
    (
        "jolibrain",
        X,
        layer("ShuffleChannel", "x", "shuffle_channel_param { group: 3 }"),
        {"y": (2, 12, 10, 8)},
        (),
    ),
    ("cambricon", X, layer("CReLU", "x"), {"y": (2, 24, 10, 8)}, ()),
    (
        "yolo",
        X,
        layer("Reorg", "x", "reorg_param { stride: 2 reverse: true }"),
        {"y": (2, 3, 20, 16)},
        (),
    ),
    (
        "sphereface",
        X + source("label", 2),
        layer(
            "MarginInnerProduct",
            "x label",
            "margin_inner_product_param { num_output: 5 }",
            "y lambda",
        ),
        {"y": (2, 5), "lambda": (1,)},
        ((5, 960),),
    ),
    (
        "caffe-face",
        X + source("label", 2),
        layer("CenterLoss", "x label", "center_loss_param { num_output: 5 }"),
        {"y": ()},
        ((5, 960),),
    ),
    (
        "flownet2",
        X,
        layer("Resample", "x", "resample_param { height: 3 width: 4 }"),
        {"y": (2, 12, 3, 4)},
        (),
    ),
    (
        "flownet2",
        X + source("like", 2, 1, 5, 6),
        layer("Downsample", "x like"),
        {"y": (2, 12, 5, 6)},
        (),
    ),
    ("flownet2", X, layer("ChannelNorm", "x"), {"y": (2, 1, 10, 8)}, ()),
    (
        "video-caffe",
        source("x", 2, 3, 16, 112, 112),
        layer(
            "NdConvolution",
            "x",
            "convolution_param { num_output: 64 kernel_shape { dim: 3 dim: 3 dim: 3 } "
            "stride_shape { dim: 1 dim: 1 dim: 1 } pad_shape { dim: 1 dim: 1 dim: 1 } }",
        ),
        {"y": (2, 64, 16, 112, 112)},
        ((64, 3, 3, 3, 3), (64,)),
    ),
    ("jolibrain", X, layer("ReLU6", "x"), {"y": (2, 12, 10, 8)}, ()),
    ("cambricon", X, layer("Add", "x x"), {"y": (2, 12, 10, 8)}, None),
    # Types of BVLC's with fields of forks
    (
        "deeplab",
        X,
        conv("y", "x", 4, 3, hole=2, pad=2),
        {"y": (2, 4, 10, 8)},
        ((4, 12, 3, 3), (4,)),
    ),
    (
        "yolo9000",
        source("x", 1, 3, 12, 12),
        layer("Pooling", "x", "pooling_param { kernel_size: 3 stride: 2 ceil_mode: false }"),
        {"y": (1, 3, 5, 5)},
        (),
    ),
    (
        "nvidia",
        X,
        layer("BatchNorm", "x", "batch_norm_param { scale_bias: true }"),
        {"y": (2, 12, 10, 8)},
        ((12,), (12,), (1,), (12,), (12,)),
    ),
    (
        "synopsys",
        X,
        conv("y", "x", 4, 3, pad_type=1),
        {"y": (2, 4, None, None)},
        ((4, 12, None, None), (4,)),
    ),
]


@pytest.mark.parametrize(("dialect", "bottoms", "text", "tops", "params"), CASES)
def test_shapes(dialect, bottoms, text, tops, params) -> None:
    found = made(bottoms + text, dialect)
    assert not found.problems
    assert {name: found.blobs[name] for name in tops} == tops
    assert found.params[next(iter(tops))] == params


def test_a_field_that_no_fork_has_may_change_anything() -> None:
    """ENet divides its labels' sizes by a field of a private fork."""
    text = layer(
        "DenseImageData",
        "",
        "dense_image_data_param { batch_size: 4 new_height: 32 new_width: 48 label_divisor: 8 }",
        "data label",
    )
    found = made(text, "segnet", misfits=1)
    assert found.blobs == {"data": None, "label": None}
    assert not found.problems


def test_what_would_tell_an_unknown_size() -> None:
    found = origins(shapes(net(ssd300(), "ssd"), NetState("TRAIN")))
    assert [(origin.blob, origin.remedy) for origin in found] == [
        ("data", "datum"),
        ("label", "input"),
    ]


def test_a_fork_with_fillers_of_its_own_may_have_any() -> None:
    filler = "weight_filler { type: 'diagonal' }"
    text = source("x", 1, 2, 8, 8)
    text += layer(
        "Convolution", "x", f"convolution_param {{ num_output: 2 kernel_size: 3 {filler} }}"
    )
    assert [problem.rule for problem in made(text, "ssd").problems] == ["unknown-filler"]
    assert made(text, "flownet2").blobs["y"] == (1, 2, 6, 6)

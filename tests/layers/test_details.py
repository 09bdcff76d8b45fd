"""What the fixtures of the facts leave out, one behaviour a test."""

from __future__ import annotations

import pytest
from runner import bound

from protolint.layers import (
    LAYER_TYPES,
    Built,
    Fault,
    Setup,
    Shape,
    arity_fault,
    in_place,
    keeps_top,
    set_up,
    shares_memory,
)
from protolint.layers.pooling import pooled
from protolint.layers.shapes import i32, truncated


def build(
    text: str, *bottoms: Shape, tops: int = 1, datum: Shape = None, names: str = ""
) -> Built | Fault:
    kind = text.split(maxsplit=1)[0]
    (layer,) = bound(f'layer {{ type: "{kind}" {names} {text[len(kind) :]} }}').read("layer")
    return set_up(LAYER_TYPES[kind], Setup(layer, bottoms, tops, datum))


CROPPED = (
    "ImageData transform_param { crop_size: 7 } image_data_param { new_height: 6 new_width: 9 }"
)
CONV = "Convolution convolution_param { num_output: 96 kernel_size: 11 stride: 4 group: 1 }"


def test_multiply_adds_of_alexnet() -> None:
    """AlexNet's first two convolutions: 55·55·96·363 and 27·27·256·1200."""
    first = build(CONV, (1, 3, 227, 227))
    assert isinstance(first, Built)
    assert first == Built(((1, 96, 55, 55),), ((96, 3, 11, 11), (96,)), 105_415_200)
    second = build(
        "Convolution convolution_param { num_output: 256 kernel_size: 5 pad: 2 group: 2 }",
        (1, 96, 27, 27),
    )
    assert isinstance(second, Built)
    assert second.params == ((256, 48, 5, 5), (256,))
    assert second.macs == 223_948_800


def test_multiply_adds_of_other_layers() -> None:
    ip = build("InnerProduct inner_product_param { num_output: 10 }", (2, 3, 4, 4))
    assert isinstance(ip, Built)
    assert ip.macs == 2 * 48 * 10
    deconv = build(
        "Deconvolution convolution_param { "
        "num_output: 4 kernel_size: 4 stride: 2 pad: 1 group: 2 }",
        (1, 6, 8, 8),
    )
    assert deconv == Built(((1, 4, 16, 16),), ((6, 2, 4, 4), (4,)), 6 * 64 * 2 * 16)
    lstm = build("LSTM recurrent_param { num_output: 5 }", (7, 2, 3), (7, 2), (2, 9))
    assert isinstance(lstm, Built)
    assert lstm.tops == ((7, 2, 5),)
    assert lstm.params == ((20, 3), (20,), (20, 9), (20, 5))
    assert lstm.macs == 7 * 2 * 20 * 3 + 2 * 20 * 9 + 7 * 2 * 20 * 5


@pytest.mark.parametrize(
    ("text", "bottoms", "tops"),
    [
        ("Convolution convolution_param { num_output: 4 kernel_size: 3 }", (None, None, 8, None),
         (None, 4, 6, None)),
        ("Reshape reshape_param { shape { dim: 0 dim: -1 } }", (None, 3, 4, 4), (None, 48)),
        ("Reshape reshape_param { shape { dim: -1 dim: 7 } }", None, (None, 7)),
        ("Reshape reshape_param { axis: 1 shape { dim: 6 dim: -1 } }", (None, 3, 4), (None, 6, 2)),
        ("Flatten", (None, 3, 4, 4), (None, 48)),
        ("Flatten", (8, None, 4, 4), (8, None)),
        ("Flatten", (8, None, 0, 4), (8, 0)),
        ("InnerProduct inner_product_param { num_output: 10 }", (None, 3, None), (None, 10)),
        ("Pooling pooling_param { kernel_size: 2 }", None, (None, None, None, None)),
        ("ArgMax", (None, 3), (None, 1, 1)),
        ("Softmax", None, None),
    ],
)  # fmt: skip
def test_what_is_known_flows_on(text: str, bottoms: Shape, tops: Shape) -> None:
    built = build(text, bottoms)
    assert isinstance(built, Built)
    assert built.tops == (tops,)


def test_two_bottoms_that_agree_complete_each_other() -> None:
    built = build("Eltwise", (None, 3, 4), (2, None, 4))
    assert isinstance(built, Built)
    assert built.tops == ((2, 3, 4),)
    built = build("Concat", (None, 3, 4), (2, 5, None))
    assert isinstance(built, Built)
    assert built.tops == ((2, 8, 4),)


def test_data_layers_know_what_the_text_says() -> None:
    crop = "Data transform_param { crop_size: 227 } data_param { batch_size: 64 }"
    built = build(crop, tops=2)
    assert isinstance(built, Built)
    assert built.tops == ((64, None, 227, 227), (64,))
    assert isinstance(full := build(crop, tops=1, datum=(3, 256, 256)), Built)
    assert full.tops == ((64, 3, 227, 227),)
    image = "ImageData image_data_param { new_height: 60 new_width: 80 is_color: false }"
    built = build(image, tops=2)
    assert isinstance(built, Built)
    assert built.tops == ((1, 1, 60, 80), (1,))


@pytest.mark.parametrize(
    ("text", "bottoms", "rule"),
    [
        (CROPPED, [], "crop-exceeds-image"),
        ("WindowData window_data_param { batch_size: 2 }", [], "crop-size-missing"),
        ("Data data_param { source: 'x' }", [], "batch-size-missing"),
        ("MemoryData memory_data_param { batch_size: 1 channels: 3 }", [],
         "memory-data-size-missing"),
        ("Reduction", [(2, 0)], "empty-blob"),
        ("BatchNorm", [(0, 3)], "empty-blob"),
        ("PReLU", [(2, 3, 0)], "empty-blob"),
        ("InnerProduct inner_product_param { num_output: 2 }", [(0, 3)], "empty-blob"),
        ("Slice slice_param { slice_point: 2 slice_point: 2 }", [(1, 6)],
         "slice-points-not-increasing"),
        ("Tile tile_param { tiles: 2000000000 }", [(4, 4)], "negative-dimension"),
        ("Convolution convolution_param { num_output: 4294967295 kernel_size: 1 }",
         [(1, 1, 2, 2)], "conv-num-output-missing"),
        ("Convolution convolution_param { num_output: 1 kernel_size: 300 }",
         [(1, 900, 900, 900)], "blob-too-large"),
        ("Embed embed_param { num_output: 2 input_dim: 3 }", [(1,) * 32], "more-than-32-axes"),
        ("LSTM recurrent_param { num_output: 2 expose_hidden: true }",
         [(3, 2, 4), (3, 2), (1, 2, 2), (1, 2, 3)], "recurrent-state-differs"),
        ("EuclideanLoss", [(), ()], "axis-out-of-range"),
        ("Accuracy", [(2, 3), (0,)], "accuracy-empty-label"),
    ],
)  # fmt: skip
def test_refused(text: str, bottoms: list[Shape], rule: str) -> None:
    tops = {"ImageData": 2, "WindowData": 2, "MemoryData": 2, "Slice": 3, "LSTM": 3}
    fault = build(text, *bottoms, tops=tops.get(text.split(maxsplit=1)[0], 1))
    assert isinstance(fault, Fault), fault
    assert fault.rule == rule
    assert fault.effect == ("crash" if rule == "accuracy-empty-label" else "abort")


def test_a_record_without_prefetch_may_be_empty() -> None:
    assert isinstance(build("Data data_param { source: 'x' prefetch: 0 }"), Built)


def test_blobs_in_the_text_stand_for_the_parameters() -> None:
    blob = "blobs { shape { dim: 2 dim: 3 } data: [1, 2, 3, 4, 5, 6] }"
    ip = "InnerProduct inner_product_param { num_output: 2 bias_term: false } "
    built = build(ip + blob, (4, 3))
    assert isinstance(built, Built)
    assert built.params == ((2, 3),)
    built = build("ReLU " + blob, (4, 3))
    assert isinstance(built, Built)
    assert built.params == ((2, 3),)


def test_a_loss_on_top_of_its_own_bottom() -> None:
    names = 'bottom: "x" bottom: "y" top: "x"'
    assert isinstance(build("HingeLoss", (2, 3), (2,), names=names), Built)
    fault = build("SoftmaxWithLoss", (2, 3), (2,), names=names)
    assert isinstance(fault, Fault)
    assert fault.rule == "axis-out-of-range"


def test_slice_in_place() -> None:
    names = 'bottom: "x" top: "x" top: "y"'
    fault = build("Slice", (2, 4), tops=2, names=names)
    assert isinstance(fault, Fault)
    assert fault.rule == "slice-in-place"


def test_missing_tops_of_losses_are_created() -> None:
    built = build("SoftmaxWithLoss", (2, 3), (2,), tops=0)
    assert isinstance(built, Built)
    assert built.tops == ((),)


@pytest.mark.parametrize(
    ("text", "place", "keeps", "shares"),
    [
        ("ReLU", "ok", False, False),
        ("ReLU relu_param { negative_slope: -1 }", "forward", False, False),
        ("Eltwise eltwise_param { operation: PROD }", "forward", False, False),
        ("Eltwise eltwise_param { operation: PROD stable_prod_grad: false }", "forward", True,
         False),
        ("Eltwise", "bad", False, False),
        ("LRN", "bad", True, False),
        ("LRN lrn_param { norm_region: WITHIN_CHANNEL }", "ok", False, False),
        ("Power power_param { power: 0.5 }", "forward", True, False),
        ("Power power_param { power: 2 }", "forward", False, False),
        ("Flatten", "abort", False, True),
        ("Tile tile_param { tiles: 1 }", "ok", False, False),
        ("Slice top: 'a'", None, False, True),
        ("Slice top: 'a' top: 'b'", None, False, False),
    ],
)  # fmt: skip
def test_in_place(text: str, place: str | None, keeps: bool, shares: bool) -> None:
    kind = LAYER_TYPES[text.split(maxsplit=1)[0]]
    (layer,) = bound(f'layer {{ type: "{kind.name}" {text[len(kind.name) :]} }}').read("layer")
    assert in_place(kind, layer) == place
    assert keeps_top(kind, layer) is keeps
    assert shares_memory(kind, layer) is shares


def test_arity_alone() -> None:
    kind = LAYER_TYPES["RNN"]
    (layer,) = bound("layer { recurrent_param { expose_hidden: true } }").read("layer")
    assert arity_fault(kind, layer, 3, 2) is None
    fault = arity_fault(kind, layer, 3, 1)
    assert fault is not None
    assert fault.args["expected"] == "exactly 2"


def test_integers_of_c() -> None:
    assert i32(4294967295) == -1
    assert i32(2**31) == -(2**31)
    assert [truncated(p, 4) for p in (-5, -4, -3, 3, 4)] == [-1, -1, 0, 0, 1]


def test_pooling_divides_in_single_precision() -> None:
    """16777217 is no single-precision number: the span is 16777216, and one window is lost."""
    assert pooled(16777218, 1, 16777216, 0, floor=False, clip=False) == 2
    assert pooled(2, 1, 0, 0, floor=False, clip=False) == -(2**31) + 1

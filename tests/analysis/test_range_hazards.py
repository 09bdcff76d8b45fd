"""Which values are told of layers in place, and which operations are hazards."""

from __future__ import annotations

import pytest
from faults import TEST, TRAIN, net_of

from protolint.analysis.ranges import FUNCTIONS, ranges
from protolint.layers import LAYER_TYPES

PIXELS = (
    'layer { name: "d" type: "ImageData" top: "d" top: "label" transform_param { %s } '
    'image_data_param { source: "x" batch_size: 2 new_height: 8 new_width: 8 } }\n'
)
OUTSIDE = 'layer { name: "i" type: "Input" top: "x" input_param { shape { dim: 2 dim: 5 } } }\n'
SCORES = (
    'layer { name: "ip" type: "InnerProduct" bottom: "x" top: "s" inner_product_param '
    '{ num_output: 4 weight_filler { type: "xavier" } } }\n'
)
ZEROS = (
    'layer { name: "z" type: "DummyData" top: "x" dummy_data_param { shape { dim: 2 dim: 5 } } }\n'
)


def layer(kind, bottom, param="", top="y"):
    return f'layer {{ name: "{top}" type: "{kind}" bottom: "{bottom}" top: "{top}" {param} }}\n'


def of(text, blob, weights="ordinary", state=TRAIN):
    value = ranges(net_of(text), state, weights).of_blob(blob)
    return value.lo, value.hi, value.nan


def hazards(text, weights="ordinary", state=TRAIN):
    """Return kind and ``sure``, ``reached`` or ``open`` of all hazards."""
    found = ranges(net_of(text), state, weights).hazards.values()
    return [
        (h.kind, "sure" if h.sure else "reached" if h.reached else "open")
        for of in found
        for h in of
    ]


def test_every_type_of_caffe_has_a_function_but_python():
    assert set(LAYER_TYPES) - set(FUNCTIONS) == {"Python"}


@pytest.mark.parametrize(
    ("transform", "lo", "hi"),
    [
        ("", 0, 255),
        ("scale: 0.00390625", 0, 255 / 256),
        ("mean_value: 128 scale: 2", -256, 254),
        ("mean_value: 100 mean_value: 110 mean_value: 120", -120, 155),
        ('mean_file: "m"', -255, 255),
    ],
)
def test_pixels(transform, lo, hi):
    assert of(PIXELS % transform, "d") == (lo, hi, False)


def test_labels_are_no_less_than_0():
    lo, hi, _ = of(PIXELS % "", "label")
    assert (lo, hi) == (0, 1e6)


def test_a_filler_bounds_the_first_outputs():
    text = PIXELS % "" + layer(
        "InnerProduct",
        "d",
        'inner_product_param { num_output: 3 weight_filler { type: "constant" value: 0.5 } }',
    )
    lo, hi, _ = of(text, "y", "initial")
    assert lo == 0
    assert hi == pytest.approx(255 * 0.5 * 3 * 64, rel=1e-4)
    assert hi >= 255 * 0.5 * 3 * 64


def test_frozen_weights_stay_as_filled():
    text = PIXELS % "" + layer(
        "InnerProduct",
        "d",
        "param { lr_mult: 0 } inner_product_param { num_output: 1 bias_term: false "
        'weight_filler { type: "constant" value: 1 } }',
    )
    assert of(text, "y")[0] == 0
    assert of(text, "y", "any")[0] < 0


def test_shared_weights_are_those_of_the_first_layer():
    text = ZEROS.replace("x", "z") + OUTSIDE
    for name, value in (("a", 2), ("b", 9)):
        text += layer(
            "InnerProduct",
            "x",
            'param { name: "w" } inner_product_param { num_output: 1 bias_term: false '
            f'weight_filler {{ type: "constant" value: {value} }} }}',
            name,
        )
    assert of(text, "a", "initial") == of(text, "b", "initial")


def test_a_dropout_counts_in_training_only():
    text = PIXELS % "mean_value: -1" + layer("Dropout", "d")
    assert of(text, "y", state=TEST)[:2] == (1, 256)
    assert of(text, "y")[0] == 0


SOFTMAX = OUTSIDE + SCORES + layer("Softmax", "s", top="p")
RELU = OUTSIDE + layer("ReLU", "x", top="p")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SOFTMAX + layer("Log", "p"), [("log", "reached")]),
        (SOFTMAX + layer("Log", "p", "log_param { shift: 1e-7 }"), []),
        (RELU + layer("Log", "p"), [("log", "reached")]),
        (OUTSIDE + layer("Log", "x"), [("log", "open")]),
        (OUTSIDE + SCORES + layer("Log", "s"), [("log", "reached")]),
        (PIXELS % "" + layer("Log", "d", "log_param { shift: 1 }"), []),
        (PIXELS % "" + layer("Log", "d", "log_param { scale: -1 }"), [("log", "sure")]),
        (ZEROS + layer("Log", "x"), [("log", "sure")]),
        (RELU + layer("Power", "p", "power_param { power: -0.5 }"), [("zero-base", "reached")]),
        (RELU + layer("Power", "p", "power_param { power: -0.5 shift: 0.1 }"), []),
        (
            OUTSIDE + SCORES + layer("Power", "s", "power_param { power: 0.5 }"),
            [("zero-gradient", "open"), ("negative-base", "reached")],
        ),
        (OUTSIDE + SCORES + layer("Power", "s", "power_param { power: 2 }"), []),
        (
            OUTSIDE + SCORES + layer("Power", "s", "power_param { power: -2 }"),
            [("zero-base", "open")],
        ),
        (PIXELS % "" + layer("Exp", "d"), [("exp", "reached")]),
        (PIXELS % "scale: 0.01" + layer("Exp", "d"), []),
        (SOFTMAX + layer("Exp", "p"), []),
        (PIXELS % "mean_value: -100" + layer("Exp", "d"), [("exp", "sure")]),
        (PIXELS % "" + layer("Exp", "d", "exp_param { base: 2 scale: 0.5 }"), []),
        (PIXELS % "" + layer("LRN", "d", "lrn_param { k: 0 }"), [("lrn", "reached")]),
        (PIXELS % "" + layer("LRN", "d", "lrn_param { alpha: 1e-4 }"), []),
        (ZEROS + layer("BatchNorm", "x", "batch_norm_param { eps: 0 }"), [("variance", "sure")]),
        (PIXELS % "" + layer("MVN", "d", "mvn_param { eps: 0 }"), [("variance", "open")]),
        (PIXELS % "" + layer("MVN", "d"), []),
        (PIXELS % "" + layer("Power", "d", "power_param { power: 20 }"), [("overflow", "reached")]),
        (
            PIXELS % ""
            + layer("Pooling", "d", "pooling_param { pool: AVE kernel_size: 2 stride: 4 }"),
            [("pool", "sure")],
        ),
        (
            PIXELS % "" + layer("Dropout", "d", "dropout_param { dropout_ratio: 1 }"),
            [("dropout", "sure")],
        ),
        (
            PIXELS % ""
            + 'layer { name: "l" type: "SigmoidCrossEntropyLoss" bottom: "d" bottom: "d" }',
            [("target", "reached")],
        ),
    ],
)
def test_hazards(text, expected):
    text = text if "SigmoidCross" in text or "power: 0.5 }" not in text else text + LOSS
    found = hazards(text)
    assert found == expected


LOSS = 'layer { name: "l" type: "Reduction" bottom: "y" top: "l" loss_weight: 1 }\n'


def test_plain_nets_have_no_hazards():
    text = PIXELS % ""
    bottom = "d"
    for index in range(20):
        kind = ("Convolution", "BatchNorm", "Scale", "ReLU")[index % 4]
        text += layer(
            kind,
            bottom,
            'convolution_param { num_output: 8 kernel_size: 1 weight_filler { type: "msra" } }'
            if kind == "Convolution"
            else "",
            bottom := f"b{index}",
        )
    text += layer("InnerProduct", bottom, "inner_product_param { num_output: 3 }", "s")
    text += 'layer { name: "l" type: "SoftmaxWithLoss" bottom: "s" bottom: "label" top: "l" }\n'
    assert hazards(text) == []
    assert of(text, "l")[0] == 0
    assert of(text, "l")[1] == pytest.approx(87.3366, rel=1e-4)
    first = ranges(net_of(text), TRAIN, "initial")
    assert {value.verdict for value in first.values} == {"finite"}


def test_the_story_of_a_blob():
    found = ranges(net_of(SOFTMAX), TRAIN, "ordinary")
    last = len(found.values) - 1
    assert found.chain(last) == [0, 1, 2]
    assert found.story(last) == (
        "i (Input) any number → ip (InnerProduct) any number → p (Softmax) [0, 1]"
    )
    long = OUTSIDE + "".join(
        layer("TanH", "x" if n == 0 else f"t{n - 1}", top=f"t{n}") for n in range(9)
    )
    found = ranges(net_of(long), TRAIN, "ordinary")
    assert found.story(9).count("→") == 5
    assert found.story(9).startswith("i (Input) any number → … → t5 (TanH)")


def test_losses_are_bounded_below():
    for kind in ("EuclideanLoss", "SigmoidCrossEntropyLoss"):
        loss = f'layer {{ name: "l" type: "{kind}" bottom: "d" bottom: "d" top: "l" }}\n'
        assert of(PIXELS % "scale: 0.003" + loss, "l", "any")[0] == 0
    assert of(PIXELS % "" + loss, "l", "any")[0] < 0


PAIRS = (
    'layer { name: "p" type: "DummyData" top: "a" top: "b" top: "same" dummy_data_param { '
    "shape { dim: 2 dim: 3 } shape { dim: 2 dim: 3 } shape { dim: 2 } "
    "data_filler { value: 1e30 } data_filler { value: 0 } data_filler { value: %s } } }\n"
)


@pytest.mark.parametrize(("same", "found"), [(1, "sure"), (0, "reached")])
def test_an_infinite_distance_costs_pairs_that_differ_nothing(same, found):
    pair = 'layer { name: "l" type: "ContrastiveLoss" bottom: "a" bottom: "b" bottom: "same" }\n'
    assert hazards(PAIRS % same + pair) == [("overflow", found)]


def test_what_overflows_is_what_is_squared():
    text = PAIRS % 1 + 'layer { name: "l" type: "EuclideanLoss" bottom: "a" bottom: "b" }\n'
    ((hazard,),) = ranges(net_of(text), TRAIN, "any").hazards.values()
    assert str(hazard.argument) == "1e+30"


@pytest.mark.parametrize("norm", ["L1", "L2"])
def test_a_hinge_loss_is_no_less_than_0_or_nan(norm):
    text = PIXELS % "" + SCORES.replace('"x"', '"d"')
    text += 'layer { name: "l" type: "HingeLoss" bottom: "s" bottom: "label" top: "l" '
    text += f"hinge_loss_param {{ norm: {norm} }} }}\n"
    assert of(text, "s", "any")[2], "else nothing is asked here"
    assert of(text, "l", "any") == (0, float("inf"), True)


@pytest.mark.parametrize(
    ("filler", "found"),
    [
        ("", [("matrix", "sure")]),
        ("value: -1", [("matrix", "sure")]),
        ('type: "uniform" min: -1 max: 1', [("matrix", "reached")]),
        ('type: "uniform" min: 0 max: 1', []),
    ],
)
def test_the_matrix_of_an_infogain_loss(filler, found):
    matrix = (
        'layer { name: "h" type: "DummyData" top: "h" dummy_data_param { '
        f"shape {{ dim: 1 dim: 1 dim: 5 dim: 5 }} data_filler {{ {filler} }} }} }}\n"
    )
    label = ZEROS.replace('"x"', '"y"').replace(" dim: 5", "")
    loss = 'layer { name: "l" type: "InfogainLoss" bottom: "x" bottom: "y" bottom: "h" top: "l" }\n'
    assert hazards(OUTSIDE + label + matrix + loss) == found


def test_a_negative_alpha_meets_scores_that_are_large_enough():
    scores = (
        'layer { name: "c" type: "Convolution" bottom: "d" top: "s" convolution_param '
        '{ num_output: 4 kernel_size: 3 weight_filler { type: "xavier" } } }\n'
    )
    text = PIXELS % "" + scores + layer("LRN", "s", "lrn_param { alpha: -0.1 }")
    assert hazards(text) == [("lrn", "reached")]


@pytest.mark.parametrize(
    ("kind", "told"), [("Input", True), ("Python", True), ("ReLU", False), ("DummyData", False)]
)
def test_what_is_told_holds_for_data_and_for_layers_that_are_not_known(kind, told):
    bottom = 'bottom: "x"' if kind in ("Python", "ReLU") else ""
    shape = "shape { dim: 2 dim: 5 }"
    param = {
        "Input": f"input_param {{ {shape} }}",
        "Python": 'python_param { module: "m" layer: "l" }',
        "DummyData": f"dummy_data_param {{ {shape} }}",
    }.get(kind, "")
    net = net_of(OUTSIDE + f'layer {{ name: "y" type: "{kind}" top: "y" {bottom} {param} }}\n')
    net.ranges = {"y": (2.0, 3.0)}
    value = ranges(net, TRAIN, "any").of_blob("y")
    assert ((value.lo, value.hi, value.nan) == (2, 3, False)) == told

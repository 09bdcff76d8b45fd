from __future__ import annotations

import pytest
from faults import DATA, TEST, TRAIN, Told, dense, one, told

from protolint.analysis.overwriting import overwriting_problems

IP = DATA + dense("ip", "data", "ip")
TOTAL = one("l", "Reduction", "%s", "l", "loss_weight: 1")
INPUT = 'layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }\n'


def found(text: str) -> list[Told]:
    return told(text, overwriting_problems)


def test_a_top_that_its_own_layer_reads_in_the_backward_pass() -> None:
    text = IP + one("t", "TanH", "ip", "t") + one("d", "Dropout", "t", "t") + TOTAL % "t"
    assert found(text) == [Told("kept-top-overwritten", 'top: "t"', ('top: "t"',), ("TRAIN",))]
    assert found(text.replace("loss_weight: 1", "")) == []
    assert found(text.replace('"TanH"', '"BNLL"')) == []
    assert (
        found(
            text.replace("num_output: 3", "num_output: 3 bias_term: false").replace(
                'top: "ip"', 'top: "ip" param { lr_mult: 0 }'
            )
        )
        == []
    )


@pytest.mark.parametrize("kind", ["Sigmoid", "Softmax", "Exp"])
def test_positive_values_pass_a_relu_unchanged(kind: str) -> None:
    text = IP + one("t", kind, "ip", "t") + one("r", "ReLU", "t", "t")
    assert found(text + TOTAL % "t") == []
    later = text + one("d", "Dropout", "t", "t") + TOTAL % "t"
    assert [(fault.rule, fault.phases) for fault in found(later)] == [
        ("kept-top-overwritten", ("TRAIN",))
    ]


def test_a_top_is_overwritten_through_memory_that_is_shared() -> None:
    text = IP + one("t", "TanH", "ip", "t") + one("f", "Flatten", "t", "f")
    text += one("d", "Dropout", "f", "f") + TOTAL % "f"
    assert found(text) == [Told("kept-top-overwritten", 'top: "f"', ('top: "t"',), ("TRAIN",))]


def test_shared_memory_that_is_read_later() -> None:
    text = DATA + one("f", "Flatten", "data", "f") + one("p", "Power", "f", "f")
    assert found(text) == []
    later = text + one("r", "ReLU", "data", "r")
    marks = ('top: "f"', 'bottom: "data"')
    assert found(later) == [Told("shared-memory-overwritten", 'top: "f"', marks, ("TRAIN", "TEST"))]
    assert found(text + 'layer { type: "Silence" bottom: "data" }') == []
    before = DATA + one("r", "ReLU", "data", "r") + text.removeprefix(DATA)
    assert found(before) == []


def test_shared_memory_is_followed_to_other_names() -> None:
    text = DATA + one("f", "Flatten", "data", "f") + one("g", "Flatten", "data", "g")
    text += one("p", "Power", "f", "f") + one("r", "ReLU", "g", "r")
    assert [fault.marks[1] for fault in found(text)] == ['bottom: "g"']
    split = 'layer { name: "s" type: "Split" bottom: "data" top: "a" top: "b" }\n'
    text = DATA + split + one("p", "Power", "a", "a") + one("r", "ReLU", "b", "r")
    assert [fault.marks[1] for fault in found(text)] == ['bottom: "b"']


def test_dropout_changes_nothing_in_a_test() -> None:
    text = DATA + one("f", "Flatten", "data", "f") + one("d", "Dropout", "f", "f")
    text += one("r", "ReLU", "data", "r")
    assert [fault.phases for fault in found(text)] == [("TRAIN",)]


@pytest.mark.parametrize(
    ("kind", "more", "wrong"),
    [
        ("Power", "", True),
        ("Log", "", True),
        ("ReLU", "", False),
        ("ReLU", "relu_param { negative_slope: 0.1 }", False),
        ("ReLU", "relu_param { negative_slope: -0.1 }", True),
        ("ELU", "elu_param { alpha: -1 }", True),
        ("LRN", "", False),
    ],
)
def test_gradients_that_are_wrong_in_place(kind: str, more: str, wrong: bool) -> None:
    text = IP + one("p", kind, "ip", "ip", more) + TOTAL % "ip"
    expected = Told("in-place-gradient-wrong", 'top: "ip"', (), ("TRAIN",))
    assert found(text) == ([expected] if wrong else [])
    assert found(text.replace("loss_weight: 1", "")) == []


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (INPUT, "input-overwritten"),
        (INPUT.replace("Input", "DummyData").replace("input_p", "dummy_data_p"), "constant"),
        (INPUT.replace("Input", "Parameter").replace("input_p", "parameter_p"), "parameter"),
    ],
)
def test_sources_that_no_pass_fills_anew(source: str, rule: str) -> None:
    (fault,) = found(source + one("p", "Power", "x", "x"))
    assert fault.rule.startswith(rule)
    assert (fault.text, fault.marks, fault.phases) == (
        'top: "x"',
        ('top: "x"',),
        ("TRAIN", "TEST"),
    )
    assert found(source + one("p", "Power", "x", "y")) == []
    assert found(source + one("r", "ReLU", "x", "x")) == []


def test_random_data_is_filled_anew() -> None:
    assert found(DATA + one("p", "Power", "data", "data")) == []
    constant = DATA.replace("gaussian", "constant")
    (fault,) = found(constant + one("p", "Power", "data", "data"))
    assert fault.rule == "constant-overwritten"
    assert found(constant + one("p", "Power", "label", "label")) == []


def test_nothing_is_told_of_a_layer_that_caffe_does_not_build() -> None:
    assert found(INPUT + one("a", "AbsVal", "x", "x")) == []


def test_backward_passes_are_those_of_training_or_of_a_net_made_for_them() -> None:
    text = DATA + one("t", "TanH", "data", "t") + one("d", "Dropout", "t", "t")
    assert told(text, overwriting_problems, (TEST,)) == []
    forced = told("force_backward: true\n" + text, overwriting_problems, (TRAIN,))
    assert [fault.rule for fault in forced] == ["kept-top-overwritten"]

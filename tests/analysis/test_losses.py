from __future__ import annotations

import pytest
from faults import DATA, LOSS, Told, dense, one, told

from protolint.analysis.losses import loss_problems
from protolint.analysis.outputs import output_problems

IP = DATA + dense("ip", "data", "ip")
SILENCE = 'layer { name: "s" type: "Silence" bottom: "loss" }\n'


def found(text: str) -> list[Told]:
    return told(text, loss_problems)


def test_a_loss_that_nobody_reads_is_fine() -> None:
    for weight in ("", "loss_weight: 1", "loss_weight: 0"):
        assert found(IP + LOSS % weight) == []


def test_a_reader_that_leads_to_no_loss_switches_it_off() -> None:
    marks = ('bottom: "loss"',)
    expected = [Told("read-loss-not-trained", 'top: "loss"', marks, ("TRAIN",))]
    assert found(IP + LOSS % "" + SILENCE) == expected
    assert found(IP + LOSS % "" + one("p", "Power", "loss", "loss")) == expected
    frozen = IP.replace('top: "ip"', 'top: "ip" param { lr_mult: 0 } param { lr_mult: 0 }')
    assert found(frozen + LOSS % "" + SILENCE) == []


def test_a_reader_with_a_loss_of_its_own_takes_its_place() -> None:
    text = IP + LOSS % "" + one("p", "Power", "loss", "p", "loss_weight: 1")
    marks = ('bottom: "loss"',)
    assert found(text) == [Told("read-loss-overwritten", 'top: "loss"', marks, ("TRAIN",))]
    both = found(text + SILENCE)
    assert [(fault.rule, len(fault.marks)) for fault in both] == [("read-loss-overwritten", 2)]


def test_a_written_weight_counts_twice_where_the_top_is_read() -> None:
    text = IP + LOSS % "loss_weight: 0.5" + SILENCE
    marks = ('bottom: "loss"',)
    phases = ("TRAIN", "TEST")
    assert found(text) == [Told("loss-counted-twice", "loss_weight: 0.5", marks, phases)]
    assert found(IP + LOSS % "loss_weight: 0" + SILENCE) == []


@pytest.mark.parametrize(("weight", "told_of"), [("0.5", True), ("0", False)])
def test_a_weight_on_many_values(weight: str, told_of: bool) -> None:
    text = DATA + dense("ip", "data", "ip", f"loss_weight: {weight}")
    phases = ("TRAIN", "TEST")
    expected = [Told("loss-of-many-values", f"loss_weight: {weight}", (), phases)]
    assert found(text) == (expected if told_of else [])
    total = one("l", "Reduction", "data", "l", f"loss_weight: {weight}")
    assert found(DATA + total) == []


def test_outputs_are_told_where_a_loss_is_computed() -> None:
    text = DATA + dense("ip", "data", "ip") + one("p", "Softmax", "ip", "p")
    accuracy = 'layer { name: "a" type: "Accuracy" bottom: "ip" bottom: "label" top: "a" }\n'
    assert [fault.text for fault in told(text, output_problems)] == []
    test_only = LOSS % "include { phase: TEST }"
    expected = [Told("output-of-many-values", 'top: "p"', (), ("TEST",))]
    assert told(text + test_only + accuracy, output_problems) == expected

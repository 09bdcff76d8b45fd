"""Ranges against what Caffe computed: enclosed, and never proved infinite where it was finite."""

from __future__ import annotations

import json
import os

import pytest
from faults import TEST, TRAIN, net_of

from protolint.analysis.ranges import ranges
from protolint.analysis.shapes import shapes
from protolint.model.state import NetState
from protolint.single import single

HERE = os.path.dirname(__file__)


def _rows(*path):
    with open(os.path.join(HERE, *path), encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


FORWARD = [
    row
    for row in _rows("..", "facts", "probes.jsonl")
    if row["what"] == "forward" and row["stage"] == "done"
]
CASES = _rows("range_cases.jsonl")
NONFINITE = [case for case in CASES if case.get("of") == "data"]
FINITE = [case for case in CASES if "of" not in case]


def test_there_are_as_many_as_were_seen():
    assert (len(FORWARD), len(NONFINITE), len(FINITE)) == (20, 16, 114)


@pytest.mark.parametrize("weights", ["initial", "any", "ordinary"])
@pytest.mark.parametrize("row", FORWARD, ids=lambda row: row["id"])
def test_forward_passes_of_caffe_are_enclosed(row, weights):
    found = ranges(net_of(row["text"]), NetState(row["phase"]), weights)
    for name, seen in row["values"].items():
        value = found.of_blob(name)
        assert value.nan or not seen["nan"]
        if seen["min"] is not None:  # some element is finite
            assert value.lo <= single(seen["min"])
            assert single(seen["max"]) <= value.hi
        if value.verdict != "possible":
            assert (value.verdict == "nonfinite") == bool(seen["nan"] or seen["inf"])


@pytest.mark.parametrize("weights", ["initial", "any"])
def test_what_caffe_made_nan_of_every_input_is_proved(weights):
    refuted = [
        row["id"]
        for row in FORWARD
        for value in ranges(net_of(row["text"]), NetState(row["phase"]), weights).values
        if value.verdict == "nonfinite"
    ]
    assert refuted == ["pn_AVE_H6_k1_s3/forward/TEST", "pn_AVE_H8_k2_s4/forward/TEST"]


@pytest.mark.parametrize("case", NONFINITE, ids=lambda case: case["id"])
def test_what_caffe_made_nonfinite_is_no_proof_of_the_contrary(case):
    net = net_of(case["text"])
    for weights in ("initial", "any", "ordinary"):
        found = ranges(net, TRAIN, weights)
        value = found.of_blob(case["blob"])
        assert value.verdict != "finite"
        assert value.nan or not case["nan"]
    names = [net.layers[step].name for step in found.hazards]
    assert names, "and it is told which operation it is"


@pytest.mark.parametrize("case", FINITE, ids=lambda case: case["id"])
@pytest.mark.parametrize("weights", ["initial", "any", "ordinary"])
def test_what_caffe_made_finite_is_not_refuted(case, weights):
    net = net_of(case["text"])
    for state in (TRAIN, TEST):
        if not shapes(net, state).problems:
            assert "nonfinite" not in [v.verdict for v in ranges(net, state, weights).values]

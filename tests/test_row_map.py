"""What Caffe is known to do with a text, row by row, against what protolint says of it."""

from __future__ import annotations

import json
import os
import tomllib
from functools import cache

import pytest

from protolint import pipeline
from protolint.engine import catalogue

FACTS = os.path.join(os.path.dirname(__file__), "facts")

REASONS = ("files", "run time", "normal practice")
"""Reasons for which a row has no rule; any other starts with one of these and says more."""

UNPREDICTED = {
    "layer.HDF5Output.second_forward",
    "solver.layer_wise_reduce.shared_params",
    "upgrade.input_dim_too_few",
}
"""Rows of abort or nonfinite that need no more than text or shapes and have a reason."""

STOPS_EARLIER = {"layer.Reduction.mean_empty": "abort"}
"""Row of nonfinite → what Caffe does before it comes to that."""

SILENT = {
    "solver.net.file_missing": "nets are not followed here",
    "solver.lr.step.gamma_zero": "max_iter is absent: nothing is trained",
    "solver.lr.exp.gamma_zero": "max_iter is absent: nothing is trained",
    "solver.lr.multistep.gamma_zero": "max_iter is absent: nothing is trained",
    "solver.lr.sigmoid.gamma_zero": "max_iter is absent: nothing is trained",
    "solver.lr.sigmoid.rising": "max_iter is absent: nothing is trained",
    "net.loss.none": "looks like a deploy net, which is not trained",
    "net.input_never_filled": "no solver trains it",
    "transform.scale_after_mean": "the mean is in units of the raw data, as it should be",
    "transform.mean_single_replicated": "the channels of the database are not known",
    "layer.Eltwise.inplace_prod": "the net is not trained",
    "layer.Exp.overflow": "undecided: the values of the Input layer are not known",
    "layer.Power.fractional_negative_base": "undecided: as are those of layer.Exp.overflow",
    "layer.LRN.alpha_divided": "alpha is written",
    "layer.BatchNorm.use_global_stats_train": "looks like a deploy net",
    "layer.BatchNorm.single_value": "looks like a deploy net",
    "layer.Softmax.axis_default": "no layer is recurrent",
    "layer.Parameter.zero_init": "the net is not trained",
}
"""Fixtures that the rules of their row do not concern."""


def _load(name):
    with open(os.path.join(FACTS, name), encoding="utf-8") as file:
        return json.load(file)


def _rows():
    return _load("rows.json")


def _map():
    with open(os.path.join(FACTS, "rows.toml"), "rb") as file:
        return tomllib.load(file)


def _fixtures():
    with open(os.path.join(FACTS, "check_fixtures.jsonl"), encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


ROWS, RULES, REASON = _rows(), _map()["rules"], _map()["reasons"]
FIXTURES = {row["id"]: row for row in _fixtures()}
EFFECTS = {rule.code: rule.effect for rule in catalogue.load().rules.values()}


def _must_be_predicted(kind, needs):
    return kind in ("abort", "nonfinite") and needs in ("text", "shapes")


def test_every_row_has_rules_or_a_reason():
    assert len(ROWS) == 731
    assert RULES.keys().isdisjoint(REASON)
    assert RULES.keys() | REASON.keys() == ROWS.keys()
    assert all(RULES.values())


def test_every_code_is_a_rule():
    assert {code for codes in RULES.values() for code in codes} <= EFFECTS.keys()


def test_reasons_are_what_the_row_needs():
    for row, reason in REASON.items():
        kind, needs = ROWS[row]
        assert reason in REASONS or reason.startswith(
            ("run time: ", "cannot be told from the text: ")
        )
        assert reason not in ("files", "run time") or reason == needs, row
        assert reason != "normal practice" or kind in ("ignored", "surprise"), row


def test_what_text_or_shapes_decide_is_predicted():
    unpredicted = {row for row in REASON if _must_be_predicted(*ROWS[row])}
    assert unpredicted == UNPREDICTED


def test_the_rules_of_a_row_have_its_effect():
    wrong = {
        row: codes
        for row, codes in RULES.items()
        if _must_be_predicted(*ROWS[row])
        if STOPS_EARLIER.get(row, ROWS[row][0]) not in {EFFECTS[code] for code in codes}
    }
    assert wrong == {}


@cache
def _found(row):
    text = FIXTURES[row]["text"].encode()
    options = pipeline.Options(follow=False, select=("",))
    outcome = pipeline.check_paths(["fixture.prototxt"], options, read=lambda _: text)
    assert not outcome.faults
    return outcome.diagnostics


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    """Stand where a file of the fixture's name is; its text comes from the test."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fixture.prototxt").touch()


def test_fixtures_are_of_the_rows():
    assert len(FIXTURES) == 305
    assert all([row["kind"], row["needs"]] == ROWS[name] for name, row in FIXTURES.items())


@pytest.mark.parametrize(
    "row",
    [
        name
        for name, row in FIXTURES.items()
        if _must_be_predicted(row["kind"], row["needs"]) and name not in UNPREDICTED
    ],
)
def test_what_caffe_did_is_predicted(row):
    assert ROWS[row][0] in {diagnostic.effect for diagnostic in _found(row)}


@pytest.mark.parametrize("row", [row for row in FIXTURES if row in RULES and row not in SILENT])
def test_a_rule_of_the_row_finds_it(row):
    assert set(RULES[row]) & {diagnostic.code for diagnostic in _found(row)}


@pytest.mark.parametrize("row", SILENT)
def test_silent_fixtures_are_silent(row):
    assert not set(RULES[row]) & {diagnostic.code for diagnostic in _found(row)}

"""What is proved, held against what Caffe did and against what the rules report."""

from __future__ import annotations

import json
import math
import os
import tomllib

import pytest

from protolint import pipeline
from protolint.analysis.learning_rate import settings
from protolint.analysis.obligations import of_solver
from protolint.engine import catalogue
from protolint.load import load
from protolint.model.solver import Solver
from protolint.proving import Asked, prove_file
from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc

FACTS = os.path.join(os.path.dirname(__file__), "facts")
FINITE = ("denominators", "finite-at-start", "functions", "stays-finite")
BINDER = Binder(load_bvlc())


def _rows(name):
    with open(os.path.join(FACTS, name), encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _verdicts(path, **asked):
    """Return the verdict of each obligation, the gravest of those of one name."""
    found = {}
    for view in prove_file(path, Asked(**asked)):
        for one in view.obligations:
            if one.verdict != "proved" or one.key not in found:
                found[one.key] = one.verdict if found.get(one.key) != "refuted" else "refuted"
    return found


def _forward():
    return [row for row in _rows("probes.jsonl") if row["what"] == "forward"]


def test_there_are_probes_to_hold_it_against():
    assert len(_forward()) > 30


@pytest.mark.parametrize("row", _forward(), ids=lambda row: row["id"])
def test_refuted_where_caffe_computed_nan_or_infinity_and_nowhere_else(row, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.prototxt").write_text(row["text"], encoding="utf-8")
    found = _verdicts("net.prototxt", phase=row["phase"])
    blobs = row["values"].values()
    if row.get("ok"):
        spoilt = any(blob["nan"] or blob["inf"] for blob in blobs)
        refuted = {key for key, verdict in found.items() if verdict == "refuted"}
        if spoilt:
            # An empty window of -FLT_MAX is told as such: what sums it up overflows.
            assert refuted.intersection((*FINITE, "pool-windows"))
        else:
            assert refuted.isdisjoint(FINITE)
        assert found["net-builds"] != "refuted"
        assert found["first-pass-runs"] != "refuted"
    else:
        assert set(found.values()) != {"proved"}, row["died"]


@pytest.mark.parametrize("number", range(8))
def test_the_rate_is_refuted_where_caffe_made_it_nonfinite_and_proved_elsewhere(number):
    rows = _rows("lr_caffe.jsonl")[number::8]
    assert len(rows) > 40
    for row in rows:
        text = row["solver"]
        solver = Solver(load("s", BINDER, lambda _, text=text: text.encode()).message, "s")
        (rate,) = [o for o in of_solver.obligations(solver, []) if o.key == "rate-finite"]
        last = settings(solver).max_iter
        rates = [float.fromhex(value) for at, value in row.get("lr", ()) if at <= last]
        sound = "abort" not in row and all(map(math.isfinite, rates))
        assert rate.verdict == ("proved" if sound else "refuted"), text


def _files(rule):
    """Yield the files of each example of a rule."""
    for example in (*rule.get("bad", ()), *rule.get("good", ())):
        if "other" not in example:  # a pair is asked for on the command line
            yield {f"{kind}.prototxt": text for kind, text in example.items()}


def _assert_agreement(texts, folder):
    for file, text in texts.items():
        (folder / file).write_text(text, encoding="utf-8")
    first = next(
        name for name in ("solver.prototxt", "net.prototxt", "file.prototxt") if name in texts
    )
    out = pipeline.check_paths([first], pipeline.Options())
    assert not out.faults
    wrong = {
        d.path
        for d in out.diagnostics
        if d.severity == "error" and d.effect in ("abort", "nonfinite")
    }
    refuted = {
        view.path
        for view in prove_file(first, Asked())
        for one in view.obligations
        if one.verdict == "refuted"
    }
    assert wrong <= refuted, texts


def _rules():
    found = {}
    for path in catalogue.rule_paths():
        with open(path, "rb") as file:
            rule = tomllib.load(file)
        found[rule["id"]] = rule
    return found


@pytest.mark.parametrize("rule", _rules().values(), ids=list(_rules()))
def test_what_check_reports_as_an_error_is_refuted(rule, tmp_path, monkeypatch):
    """Nothing is proved of a file that Caffe stops over or that is not finite."""
    monkeypatch.chdir(tmp_path)
    for texts in _files(rule):
        _assert_agreement(texts, tmp_path)


@pytest.mark.parametrize("part", range(8))
def test_what_check_reports_of_fixtures_is_refuted(part, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for row in _rows("check_fixtures.jsonl")[part::8]:
        _assert_agreement({"file.prototxt": row["text"]}, tmp_path)

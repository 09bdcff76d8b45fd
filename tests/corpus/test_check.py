"""`protolint check` against what Caffe did with real nets and solvers."""

from __future__ import annotations

import pytest

from protolint import pipeline


@pytest.fixture(scope="module")
def outcomes(corpus):
    """Check each file as Caffe was run on it: a net in each phase, a solver without its net."""
    found = {}
    for (name, what, phase), row in corpus.rows.items():
        if what != "lr":
            options = pipeline.Options("bvlc", phase, follow=False)
            found[name, what, phase] = row, pipeline.check_paths([corpus.path(name)], options)
    return found


def _aborts(outcome):
    return [d for d in outcome.diagnostics if d.effect == "abort" and d.severity == "error"]


def test_no_internal_fault(outcomes):
    assert len(outcomes) > 900
    assert [outcome.faults for _, outcome in outcomes.values() if outcome.faults] == []


def test_what_caffe_builds_has_no_abort(outcomes):
    false = {
        key: [d.message for d in _aborts(outcome)]
        for key, (row, outcome) in outcomes.items()
        if row["ok"] and _aborts(outcome)
    }
    assert false == {}


def test_what_caffe_refuses_has_an_abort(outcomes):
    missed = [
        (key, row["fatal"])
        for key, (row, outcome) in outcomes.items()
        if row["ok"] is False and not _aborts(outcome)
    ]
    assert missed == []


def test_the_abort_stands_at_the_layer_caffe_died_in(outcomes):
    elsewhere = [
        (key, row["layer"])
        for key, (row, outcome) in outcomes.items()
        if row["ok"] is False
        and row.get("layer")
        and row["layer"] not in {d.layer for d in _aborts(outcome)}
    ]
    assert elsewhere == []

"""Dialects against what the schemas of real forks accept."""

from __future__ import annotations

import json
import os

import pytest

from protolint import pipeline
from protolint.load import load
from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.schema.dialects import dialects
from protolint.schema.infer import infer
from protolint.schema.needs import everyone, needs

ASKED = ("field", "value", "list", "absent")
"""What a schema asks of a text; layer types and policies are no part of one."""


def _lines(name):
    with open(os.path.join(os.environ["PROTOLINT_CORPUS"], name), encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def accepted(corpus):
    """Return for each file that BVLC's schema refuses the dialects whose schema accepts it."""
    names = {dialect.repository: dialect.name for dialect in dialects().values()}
    rows = _lines("forks.jsonl")
    return {row["file"]: {names[fork] for fork in row["accepted_by"]} for row in rows}


@pytest.fixture(scope="module")
def outcomes(corpus):
    options = pipeline.Options(follow=False)
    rows = _lines("manifest.jsonl")
    found = {}
    for row in rows:
        outcome = pipeline.check_paths([corpus.path(row["blob"])], options)
        assert outcome.faults == ()
        found[row["blob"]] = row["repo"], outcome
    return found


def _errors(outcome, families=("",)):
    return [
        (d.code, d.message)
        for d in outcome.diagnostics
        if d.severity == "error" and d.code.startswith(tuple(families))
    ]


def test_needs_are_those_of_the_forks_schemas(corpus, accepted):
    binder = Binder(load_bvlc())
    wrong = {}
    for name, expected in accepted.items():
        loaded = load(corpus.path(name), binder)
        asked = [n for n in needs(loaded.document, loaded.type_name) if n.kind in ASKED]
        found = everyone().intersection(*(need.dialects for need in asked))
        if found != expected:
            wrong[name] = found ^ expected
    assert len(accepted) == 164
    assert wrong == {}


def test_a_file_that_a_fork_accepts_has_no_error_of_syntax_or_schema(corpus, outcomes, accepted):
    refused = {name for (name, _, _), row in corpus.rows.items() if row.get("parse_error")}
    wrong, seen = {}, 0
    for name, (_, outcome) in outcomes.items():
        if name in accepted or name not in refused:
            seen += 1
            if found := _errors(outcome, ("SYN", "SCH")):
                wrong[name] = found
    assert seen == 551
    assert wrong == {}


def test_a_file_that_its_own_fork_accepts_has_no_error(outcomes, accepted):
    names = {dialect.repository: dialect.name for dialect in dialects().values()}
    own = [name for name, who in accepted.items() if names.get(outcomes[name][0]) in who]
    assert len(own) == 49
    assert {name: _errors(outcomes[name][1]) for name in own if _errors(outcomes[name][1])} == {}


def test_inference_changes_nothing_for_what_caffe_accepts(corpus, outcomes):
    accepts = {name for (name, what, _), row in corpus.rows.items() if row["ok"] and what != "lr"}
    options = pipeline.Options("bvlc", follow=False)
    for name in accepts:
        outcome = outcomes[name][1]
        strict = pipeline.check_paths([corpus.path(name)], options)
        assert outcome.dialect == "bvlc"
        assert outcome.diagnostics == strict.diagnostics


def test_most_files_are_explained_by_one_dialect(corpus, accepted):
    binder = Binder(load_bvlc())
    for name, who in accepted.items():
        loaded = load(corpus.path(name), binder)
        choice = infer(needs(loaded.document, loaded.type_name))
        assert len(choice.names) == 1
        assert choice.mixed is None
        assert choice.names <= who

"""Every rule file is its own test: what its examples mark is what the rule finds, and only that."""

from __future__ import annotations

import os
import tomllib

import pytest

from protolint import examples
from protolint.engine import catalogue
from protolint.engine.rule import STAGES
from protolint.engine.rule_file import read
from protolint.schema.bvlc import load_bvlc


def _load(path):
    with open(path, "rb") as file:
        return tomllib.load(file)


RULES = {os.path.basename(path)[:-5]: _load(path) for path in catalogue.rule_paths()}
EXAMPLES = [
    pytest.param(name, example, id=f"{name}-{example.kind}-{example.number}")
    for path in catalogue.rule_paths()
    for name in [os.path.basename(path)[:-5]]
    for example in examples.examples(path)
]


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_example_is_found_where_marked_and_nowhere_else(name, example):
    result = examples.run(name, example)
    assert not result.unsound
    assert result.found.keys() == result.marked


def test_every_rule_has_evidence():
    without = {n for n, r in RULES.items() if not (r.get("bad") and r.get("good"))}
    assert without == {
        "outside-root",
        "unreadable-file",
        "file-too-large",
        "binary-file",
        "utf-16-file",
        "too-many-findings",
        "invalid-rule",
        "invalid-configuration",
        "invalid-schema",
    }, "only what no prototxt can show is tested in Python (bad_input, config, own_schema)"


def test_codes_are_unique_and_names_are_files():
    codes = [rule["code"] for rule in RULES.values()]
    assert len(set(codes)) == len(codes)
    assert all(name == rule["id"] for name, rule in RULES.items())


def test_messages_fit_a_narrow_terminal():
    long = {n: len(r["summary"]) for n, r in RULES.items() if len(r["summary"]) > 100}
    assert not long


def test_catalogue_is_what_the_files_say():
    schema = load_bvlc()
    for path in catalogue.rule_paths():
        with open(path, encoding="utf-8", newline="") as file:
            rule = read(file.read(), path, schema).rule
        assert catalogue.load().rules[rule.name] == rule
        assert (rule.subject in STAGES) == (rule.conditions == (None, None))

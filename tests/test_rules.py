"""Every rule file is its own test: what its examples mark is what the rule finds, and only that."""

from __future__ import annotations

import os
import re
import tomllib

import pytest

from protolint import pipeline
from protolint.engine import catalogue
from protolint.engine.rule import STAGES
from protolint.engine.rule_file import read
from protolint.schema.bvlc import load_bvlc

_MARK = re.compile(r"#\s*(error|warning|info)\b")


def _load(path):
    with open(path, "rb") as file:
        return tomllib.load(file)


RULES = {os.path.basename(path)[:-5]: _load(path) for path in catalogue.rule_paths()}


def _examples(key):
    return [
        pytest.param(name, example, id=f"{name}-{number}")
        for name, rule in RULES.items()
        for number, example in enumerate(rule.get(key, ()))
    ]


def _check(example, folder, monkeypatch):
    """Write an example's files, check the first, and return all findings and what is marked."""
    monkeypatch.chdir(folder)
    marked = set()
    for kind, text in example.items():
        with open(f"{kind}.prototxt", "w", encoding="utf-8") as file:
            file.write(text)
        for number, line in enumerate(text.split("\n"), 1):
            if found := _MARK.search(line):
                marked.add((f"{kind}.prototxt", number, found[1]))
    first = next(kind for kind in ("solver", "net", "file") if kind in example)
    pair = ("other.prototxt",) if "other" in example else ()
    options = pipeline.Options(select=("",), pair=pair)
    outcome = pipeline.check_paths([f"{first}.prototxt"], options)
    assert not outcome.faults
    return outcome.diagnostics, marked


@pytest.mark.parametrize(("name", "example"), _examples("bad"))
def test_bad_example_is_found_where_marked(name, example, tmp_path, monkeypatch):
    found, marked = _check(example, tmp_path, monkeypatch)
    mine = {(d.path, d.range.start.line, d.severity) for d in found if d.name == name}
    assert marked, "a bad example marks a line"
    assert mine == marked


@pytest.mark.parametrize(("name", "example"), _examples("good"))
def test_good_example_is_sound_and_silent(name, example, tmp_path, monkeypatch):
    found, _ = _check(example, tmp_path, monkeypatch)
    broken = [d for d in found if d.code[:3] in ("SYN", "SCH") and d.severity == "error"]
    assert not broken, "silence means nothing when the text does not parse"
    assert [d.message for d in found if d.name == name] == []


def test_every_rule_has_evidence():
    without = {n for n, r in RULES.items() if not (r.get("bad") and r.get("good"))}
    assert without == {
        "unreadable-file",
        "file-too-large",
        "binary-file",
        "utf-16-file",
        "too-many-findings",
        "invalid-rule",
        "invalid-configuration",
    }, "only what no prototxt can show is tested in Python (test_bad_input.py, config/)"


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
        assert (rule.subject in STAGES) == (rule.when is None and rule.require is None)

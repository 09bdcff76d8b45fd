"""Every fix that a rule file declares cures an example of that file, and only that."""

from __future__ import annotations

import os
import tomllib

import pytest

from protolint import pipeline
from protolint.edit import apply
from protolint.engine import catalogue
from protolint.engine.rule_file import RuleFileError, read
from protolint.schema.bvlc import load_bvlc


def _load(path):
    with open(path, "rb") as file:
        return tomllib.load(file)


RULES = {os.path.basename(path)[:-5]: _load(path) for path in catalogue.rule_paths()}
HIDING = ("unclosed-string",)
"""Rules whose examples show further errors once they are fixed."""

FIXABLE = [name for name, rule in RULES.items() if "fix" in rule]


def _found(example):
    for kind, text in example.items():
        with open(f"{kind}.prototxt", "w", encoding="utf-8", newline="") as file:
            file.write(text)
    first = next(kind for kind in ("solver", "net", "file") if kind in example)
    outcome = pipeline.check_paths([f"{first}.prototxt"], pipeline.Options(select=("",)))
    assert not outcome.faults
    return outcome.diagnostics


@pytest.mark.parametrize("name", FIXABLE)
def test_fix_cures_an_example(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cured = 0
    for example in RULES[name]["bad"]:
        found = _found(example)
        with_fix = [d for d in found if d.name == name and d.fix is not None]
        for diagnostic in with_fix:
            fix = diagnostic.fix
            assert fix.title
            assert fix.safe <= RULES[name]["fix"]["safe"]
            kind = diagnostic.path.removesuffix(".prototxt")
            text, applied = apply(example[kind], [fix])
            assert applied == [fix]
            left = _found(example | {kind: text})
            before = [d.message for d in found if d.name == name]
            after = [d.message for d in left if d.name == name]
            assert len(after) < len(before)
            errors = {(d.code, d.message) for d in found if d.severity == "error"}
            new = {(d.code, d.message) for d in left if d.severity == "error"} - errors
            cured += not new or name in HIDING
    assert cured


def test_what_a_stage_can_edit_its_rule_words(tmp_path, monkeypatch):
    """A rule without [fix] would keep a stage's edits to itself."""
    words = {name for name in FIXABLE if "title" in RULES[name]["fix"]}
    assert {"syntax-error", "unknown-field", "unused-suppression", "unknown-bottom"} <= words


RULE = """\
id = "x"
code = "XXX001"
summary = "s"
severity = "warning"
effect = "none"
subject = '{subject}'
{condition}
message = 'm'
since = "0.1"
[fix]
{fix}
[[bad]]
solver = ''
[[good]]
solver = ''
"""


@pytest.mark.parametrize(
    ("fix", "message"),
    [
        ("remove = 'solver.gamma'", "a fix says whether it is safe: safe = true or safe = false"),
        ("safe = true", "a fix does one of remove, replace, rewrite, insert, sort, choose"),
        (
            "safe = true\nremove = 'solver.gamma'\nsort = 'solver.stepvalue'",
            "a fix does one of remove, replace, rewrite, insert, sort, choose",
        ),
        ("safe = true\nremov = 'solver.gamma'", "no key 'remov' in a fix; did you mean 'remove'?"),
        ("safe = true\nremove = 'solver.gama'", "no member 'gama' in Solver"),
        ("safe = true\nremove = 'lr.finite'", "lr.finite is no field that is written"),
        ("safe = true\nreplace = 'solver.gamma'", "a fix that does 'replace' needs 'with'"),
        (
            "safe = true\nremove = 'solver.gamma'\nwith = '1'",
            "a fix that does 'remove' has no 'with'",
        ),
        (
            "safe = true\nreplace = 'solver.gamma'\nwith = 'x'",
            "`gamma: x` cannot stand in SolverParameter: wrong-type",
        ),
        (
            "safe = true\ninsert = 'gama: 1'\nafter = 'solver.power'",
            "`gama: 1` cannot stand in SolverParameter: unknown-field",
        ),
        (
            "safe = true\ninsert = 'gamma: '\nafter = 'solver.power'",
            "`gamma: ` cannot stand in SolverParameter: syntax-error",
        ),
        (
            "safe = true\nreplace = 'solver.stepvalue'\nwith = '1'",
            "'replace' takes a field with a single value, unlike solver.stepvalue",
        ),
        (
            "safe = true\nsort = 'solver.gamma'",
            "'sort' takes a repeated field, unlike solver.gamma",
        ),
        ("safe = true\nchoose = 'solver.type'\namong = 'SGD'", "'among' is a list of strings"),
        ("safe = true\nremove = 3", "'remove' is a path such as 'solver.max_iter', or a list"),
        ("safe = true\nsort = ['solver.stepvalue', 'solver.test_iter']", "'sort' takes one place"),
    ],
)
def test_a_mistake_in_a_fix_is_told(fix, message):
    text = RULE.format(subject="solver", condition="when = 'solver.gamma > 1.0'", fix=fix)
    with pytest.raises(RuleFileError) as told:
        read(text, "x.toml", load_bvlc())
    assert told.value.message.startswith(message) or message in told.value.message
    assert text[told.value.start :].startswith(("[fix]", "gama"))


def test_a_stage_edits_by_few_verbs():
    text = RULE.format(subject="shape", condition="", fix="safe = true\nsort = 'top_k'")
    with pytest.raises(RuleFileError, match="one of remove, replace, choose"):
        read(text, "x.toml", load_bvlc())
    text = RULE.format(subject="shape", condition="", fix="safe = true")
    with pytest.raises(RuleFileError, match="'title' is a string"):
        read(text, "x.toml", load_bvlc())

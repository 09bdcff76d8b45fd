"""A rule file of any shape is a rule or a mistake with a place, and is read again once changed."""

from __future__ import annotations

import os

import pytest

from protolint.engine import catalogue
from protolint.engine.rule_file import RuleFileError, read
from protolint.schema.bvlc import load_bvlc

KEYS = {
    "id": "'my'",
    "code": "'OWN001'",
    "summary": "'s'",
    "severity": "'warning'",
    "effect": "'none'",
    "subject": "'solver'",
    "require": "'solver.max_iter > 0'",
    "message": "'hm'",
    "since": "'1'",
}
MORE = ("when", "at", "also", "label", "caffe", "help", "why", "reference", "bad", "good")
VALUES = [
    "3",
    "true",
    "1979-05-27",
    "[]",
    "[1]",
    "[[]]",
    "['']",
    "{}",
    "{a=1}",
    "[{at=1,text=2}]",
    "[{at='solver.max_iter',text='{'}]",
    "''",
    "'('",
    r'"\"("',
    "'{'",
    "'}'",
    "'é.'",
    "'layer:'",
    "'''\nsolver.x\n'''",
    f"'{'(' * 5000}'",
]
EXAMPLES = "\n[[{}]]\nsolver = 'a'\n"


def _file(**changes):
    keys = {**KEYS, **changes}
    examples = [EXAMPLES.format(key) for key in ("bad", "good") if key not in changes]
    return "\n".join(f"{key} = {value}" for key, value in keys.items()) + "".join(examples)


def test_the_file_that_is_changed_is_sound():
    assert read(_file(), "my.toml", load_bvlc(), {}).rule.code == "OWN001"


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("key", [*KEYS, *MORE])
def test_mistakes_have_a_place(key, value):
    text = _file(**{key: value})
    mistake = None
    try:
        found = read(text, "my.toml", load_bvlc(), {})
    except RuleFileError as error:
        mistake = error
    if mistake is None:
        assert found.rule.name == "my"
    else:
        assert mistake.message
        assert 0 <= mistake.start <= mistake.end <= len(text)


def _own(path, text):
    path.write_text(text)
    known, broken = catalogue.with_own([str(path)])
    return known.rules.get("my"), [rule.message for rule in broken]


def test_file_is_read_again_once_it_is_changed(tmp_path):
    path = tmp_path / "my.toml"
    rule, broken = _own(path, _file())
    assert (rule.severity, broken) == ("warning", [])
    assert _own(path, _file(severity="'error'"))[0].severity == "error"
    rule, broken = _own(path, _file(severity="'eror'"))
    assert (rule, len(broken)) == (None, 1)
    assert _own(path, _file()) == (read(_file(), "my.toml", load_bvlc()).rule, [])
    os.remove(path)
    known, broken = catalogue.with_own([str(path)])
    assert "my" not in known.rules
    assert [rule.message for rule in broken] == ["cannot be read: no such file or directory"]

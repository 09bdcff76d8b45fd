"""A wrong key or value is a diagnostic at its place, with what was probably meant."""

from __future__ import annotations

import os

import pytest
from command import BROKEN_NET, protolint, write

from protolint import pipeline
from protolint.config.finder import Configurations


@pytest.fixture
def there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(".", net=BROKEN_NET)
    return tmp_path


def _told(text, name="protolint.toml"):
    """Return the message and the marked text of everything that is wrong in a configuration."""
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    outcome = pipeline.check_paths(["net.prototxt"], Configurations())
    assert not outcome.faults
    lines = text.split("\n")
    told = []
    for found in outcome.diagnostics:
        assert (found.path, found.code, found.severity) == (name, "FIL014", "error")
        (line, start), (last, end) = found.range
        told.append((found.message, lines[line - 1][start - 1 : end - 1] if line == last else ""))
    if told:
        assert (outcome.files, pipeline.exit_code(outcome), outcome.sources) == (0, 2, {name: text})
    return told


WRONG = [
    ("selct = []", "no setting `selct`; did you mean `select`?", "selct"),
    ("zzzz = 1", "no setting `zzzz`", "zzzz"),
    ("fail_on = 'error'", "no setting `fail_on`; did you mean `fail-on`?", "fail_on"),
    ("[severty]\nSLV = 'off'", "no setting `severty`; did you mean `severity`?", "severty"),
    ("fail-on = 'eror'", '`fail-on` has no value "eror"; did you mean "error"?', "'eror'"),
    ("phase = 'X'", '`phase` has no value "X": it takes "TRAIN", "TEST"', "'X'"),
    ("dialect = 'bvcl'", "no dialect 'bvcl'; did you mean 'bvlc'?", "'bvcl'"),
    (
        "dialects = {a = 'ssd,auto'}",
        "`auto` stands alone",
        "'ssd,auto'",
    ),
    ("select = 'SLV'", "`select` takes a list", "'SLV'"),
    ("select = ['SLV', 3]", "each item of `select` takes a string", "3"),
    ("select = ['SLV', 'LSV003']", 'no rule "LSV003"; did you mean "SLV003"?', "'LSV003'"),
    (
        "extend-ignore = ['poly-without-maxiter']",
        'no rule "poly-without-maxiter"; did you mean "poly-without-max-iter"?',
        "'poly-without-maxiter'",
    ),
    ("severity = []", "`severity` takes a table", "[]"),
    (
        "severity = { SLV003 = 'warn' }",
        '`SLV003` in `severity` has no value "warn"; did you mean "warning"?',
        "'warn'",
    ),
    ("[severity]\nSVL003 = 'off'", 'no rule "SVL003"; did you mean "SLV003"?', "SVL003"),
    ("per-file-ignores = {'*.x' = ['Q']}", 'no rule "Q"', "'Q'"),
    (
        "per-file-ignores = {'*.x' = 'SLV'}",
        "`*.x` in `per-file-ignores` takes a list",
        "'SLV'",
    ),
    ("per-file-ignores = {'[z-a]' = []}", '"[z-a]" is no glob', "'[z-a]'"),
    ("exclude = ['a', '[z-a]']", '"[z-a]" is no glob', "'[z-a]'"),
    ("datum = [1, 2]", "`datum` takes 3 values: channels, height, width", "[1, 2]"),
    ("datum = [1, 2, true]", "each item of `datum` takes an integer", "true"),
    ("datum = [1, 2, -3]", "each item of `datum` takes 0 and more", "-3"),
    (
        "input-ranges.x = [1]",
        "`x` in `input-ranges` takes 2 values: the least and the greatest",
        "[1]",
    ),
    ("input-ranges.x = ['a', 2]", "each item of `x` in `input-ranges` takes a number", "'a'"),
    (
        "input-ranges.x = [2, 1]",
        "`x` in `input-ranges` takes two finite numbers, the lower one first",
        "[2, 1]",
    ),
    (
        "input-ranges.x = [0, inf]",
        "`x` in `input-ranges` takes two finite numbers, the lower one first",
        "[0, inf]",
    ),
    ("datum = '1x2x3'", "`datum` takes a list", "'1x2x3'"),
    ("inputs = {data = 3}", "`data` in `inputs` takes a list", "3"),
    ("inputs = {data = [1.5]}", "each item of `data` in `inputs` takes an integer", "1.5"),
    ("rule-paths = ['lint']", 'no file or folder "lint"', "'lint'"),
    ("rule-paths = ['\\u0000']".replace("'", '"'), 'no file or folder "\0"', '"\\u0000"'),
    ("output-format = 'ful'", '`output-format` has no value "ful"; did you mean "full"?', "'ful'"),
]


@pytest.mark.parametrize(("text", "message", "marked"), WRONG, ids=[row[0] for row in WRONG])
def test_mistake_is_told_where_it_stands(there, text, message, marked):
    assert _told(text) == [(message, marked)]


@pytest.mark.parametrize("text", ["select = [", "select = []\nselect = []", "[a", "= 3"])
def test_what_is_no_toml_is_told(there, text):
    ((message, _),) = _told(text)
    assert message
    assert " (at " not in message, "the place is the diagnostic's"


def test_mistakes_in_pyproject_stand_there(there):
    text = (
        '[project]\nname = "x"\n[tool.protolint]\nselct = []\n[tool.protolint.severity]\nX = "y"\n'
    )
    assert [marked for _, marked in _told(text, "pyproject.toml")] == ["selct", '"y"']
    assert _told("tool.protolint = 3", "pyproject.toml") == [("[tool.protolint] is a table", "3")]


def test_all_mistakes_are_told_in_order(there):
    text = "datum = 3\nselct = []\n[severity]\nSLV = 'x'\n"
    assert [marked for _, marked in _told(text)] == ["3", "selct", "'x'"]


def test_file_that_cannot_be_read_is_told(there, monkeypatch):
    with open("protolint.toml", "wb") as file:
        file.write(b"#" * (9 << 20))
    outcome = pipeline.check_paths(["net.prototxt"], Configurations())
    assert [d.code for d in outcome.diagnostics] == ["FIL002"]
    assert pipeline.exit_code(outcome) == 2


def test_told_once_for_many_files_and_those_of_others_are_checked(there):
    os.mkdir("bad")
    write("bad", one=BROKEN_NET, two=BROKEN_NET)
    with open("bad/protolint.toml", "w") as file:
        file.write("selct = 1\n")
    outcome = pipeline.check_paths(["."], Configurations())
    assert [d.code for d in outcome.diagnostics] == ["FIL014", "GRF001"]
    assert outcome.files == 1
    assert pipeline.exit_code(outcome) == 2


def test_rendered_like_any_finding(there):
    with open("protolint.toml", "w") as file:
        file.write('select = ["SLV"]\nfail-on = "never"\n')
    ended = protolint("check", "net.prototxt", "--exit-zero", cwd=there)
    assert ended.code == 2
    assert "--> protolint.toml:2:11\n" in ended.out
    assert '2 | fail-on = "never"\n   |           ^^^^^^^\n' in ended.out
    assert protolint("net", "net.prototxt", cwd=there).code == 2
    assert protolint("check", "net.prototxt", "--isolated", cwd=there).code == 1

"""`protolint rule`: own rules begun, tested and explained."""

from __future__ import annotations

import os
import tomllib

import pytest
from command import protolint

from protolint import skeleton


def write(folder, files):
    for path, text in files.items():
        os.makedirs(os.path.dirname(folder / path), exist_ok=True)
        (folder / path).write_text(text)


def said(result):
    return result.out + result.err


@pytest.mark.parametrize("about", skeleton.ABOUT)
def test_a_rule_that_is_begun_passes(tmp_path, about):
    begun = protolint("rule", "new", "my-rule", "--about", about, cwd=tmp_path)
    assert begun.code == 0
    assert begun.out.startswith(f"{os.path.join('lint', 'my-rule.toml')}: begun as OWN001\n")
    assert 'rule-paths = ["lint"] in protolint.toml' in begun.out
    tested = protolint("rule", "test", "lint", cwd=tmp_path)
    assert tested.out == (
        f"ok    {os.path.join('lint', 'my-rule.toml')}  (1 bad, 1 good)\n\n1 of 1 rule passed\n"
    )
    assert tested.code == 0


def test_a_file_that_is_there_is_not_touched(tmp_path):
    write(tmp_path, {"lint/my-rule.toml": "mine"})
    again = protolint("rule", "new", "my-rule", cwd=tmp_path)
    assert again.code == 2
    assert "is there already" in again.err
    assert (tmp_path / "lint/my-rule.toml").read_text() == "mine"


def test_codes_are_those_of_no_other_rule(tmp_path):
    write(tmp_path, {"protolint.toml": 'rule-paths = ["one", "two"]', "one/x": "", "two/x": ""})
    for name, into in (("a", "one"), ("b", "two"), ("c", "one")):
        protolint("rule", "new", name, "--into", into, cwd=tmp_path)
    codes = [
        tomllib.loads((tmp_path / path).read_text())["code"]
        for path in ("one/a.toml", "two/b.toml", "one/c.toml")
    ]
    assert codes == ["OWN001", "OWN002", "OWN003"]
    begun = protolint("rule", "new", "d", "--family", "abc", cwd=tmp_path)
    assert begun.out.startswith(f"{os.path.join('one', 'd.toml')}: begun as ABC001\n")
    assert "rule-paths" not in begun.out, "the folder is one of them"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["My Rule"], "lower-case words with hyphens"),
        (["x", "--family", "SLV"], "protolint's own rules"),
        (["x", "--family", "TOOLONG"], "three letters"),
        (["poly-without-max-iter"], "protolint has a rule"),
        (["x", "--into", "file/folder"], "cannot make"),
    ],
)
def test_what_cannot_be_begun(tmp_path, arguments, message):
    write(tmp_path, {"file": ""})
    result = protolint("rule", "new", *arguments, cwd=tmp_path)
    assert result.code == 2
    assert message in result.err
    assert not (tmp_path / "lint").exists()


def test_a_rule_is_not_begun_by_a_configuration_at_fault(tmp_path):
    write(tmp_path, {"protolint.toml": "rule-path = []"})
    result = protolint("rule", "new", "x", cwd=tmp_path)
    assert result.code == 2
    assert "protolint.toml has mistakes" in result.err


RULE = """\
id = "big-momentum"
code = "OWN001"
summary = "s"
severity = "warning"
effect = "none"
subject = "solver"
since = "1"
require = 'solver.momentum <= 0.95'
at = "solver.momentum"
message = 'momentum is {solver.momentum}'
[[bad]]
solver = '''
base_lr: 1  # warning
momentum: 0.99
'''
[[bad]]
solver = '''
momentum: 0.99
'''
[[good]]
solver = '''
momentum: 0.99
'''
[[good]]
solver = '''
momentm: 0.9
'''
"""


def test_what_differs_is_shown(tmp_path):
    write(tmp_path, {"big-momentum.toml": RULE})
    result = protolint("rule", "test", "big-momentum.toml", cwd=tmp_path)
    assert result.code == 1
    assert (
        result.out
        == """\
FAIL  big-momentum.toml  (2 bad, 2 good)
      bad example 1:
        solver
        -    1 | base_lr: 1  # warning
                 marked as warning, and not found
        +    2 | momentum: 0.99
                 found as warning, and not marked: momentum is 0.99
      bad example 2:
        a bad example marks a line: `# error`, `# warning` or `# info`
        solver
        +    1 | momentum: 0.99
                 found as warning, and not marked: momentum is 0.99
      good example 1:
        solver
        +    1 | momentum: 0.99
                 found as warning, and not marked: momentum is 0.99
      good example 2:
        solver, line 1: SolverParameter has no field `momentm`

0 of 1 rule passed
"""
    )


def test_why_a_rule_is_undecided_is_said(tmp_path):
    rule = RULE.partition("[[bad]]")[0].replace(
        "'solver.momentum <= 0.95'", "'lr.at(solver.max_iter / 0) < 1.0'"
    )
    examples = "[[bad]]\nsolver = 'momentum: 0.99  # warning'\n[[good]]\nsolver = ''\n"
    write(tmp_path, {"big-momentum.toml": rule + examples})
    result = protolint("rule", "test", "big-momentum.toml", cwd=tmp_path)
    assert result.code == 1
    assert "undecided: " in result.out


def test_a_file_that_is_no_rule_is_told_with_its_place(tmp_path):
    protolint("rule", "new", "sound", cwd=tmp_path)
    write(tmp_path, {"lint/big-momentum.toml": RULE.replace("momentum <=", "momentun <=")})
    result = protolint("rule", "test", "lint", cwd=tmp_path)
    assert result.code == 1
    where = os.path.join("lint", "big-momentum.toml")
    assert f"--> {where}:8:19\n" in result.out
    assert "did you mean 'momentum'?" in result.out
    assert result.out.endswith("\n1 of 2 rules passed, 1 cannot be read\n")


@pytest.mark.parametrize("examples", ["[[bad]]\nsolver = 3\n[[good]]\n", "[[bad]]\n[[good]]\n"])
def test_odd_examples_are_no_fault(tmp_path, examples):
    write(tmp_path, {"big-momentum.toml": RULE.partition("[[bad]]")[0] + examples})
    result = protolint("rule", "test", "big-momentum.toml", cwd=tmp_path)
    assert result.code == 1
    assert "fault" not in said(result)
    assert "Traceback" not in said(result)


def test_a_rule_of_protolint_is_tested_too():
    path = os.path.join("rules", "schedule", "negative-gamma.toml")
    result = protolint("rule", "test", path, cwd=os.path.join(os.path.dirname(__file__), "../.."))
    assert result.code == 0, said(result)


def test_a_folder_without_rules_is_a_usage_error(tmp_path):
    result = protolint("rule", "test", ".", cwd=tmp_path)
    assert (result.code, "no rule files" in result.err) == (2, True)


def test_own_rules_are_explained_and_listed(tmp_path):
    write(tmp_path, {"protolint.toml": 'rule-paths = ["lint"]', "lint/big-momentum.toml": RULE})
    for word in ("OWN001", "big-momentum"):
        assert protolint("rule", word, cwd=tmp_path).out.startswith("OWN001 big-momentum\n")
    assert "\nOWN001  warning  big-momentum " in protolint("rule", "--all", cwd=tmp_path).out
    near = protolint("rule", "big-momentun", cwd=tmp_path)
    assert "did you mean 'big-momentum'?" in near.err
    assert "OWN001" not in protolint("rule", "--all", "--isolated", cwd=tmp_path).out


def test_a_broken_own_rule_is_left_out_of_the_list_and_told(tmp_path):
    write(tmp_path, {"protolint.toml": 'rule-paths = ["lint"]', "lint/big-momentum.toml": "x"})
    result = protolint("rule", "--all", cwd=tmp_path)
    assert result.code == 0
    assert "SLV003" in result.out
    assert os.path.join("lint", "big-momentum.toml:1:") in result.err

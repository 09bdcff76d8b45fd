"""``check --fix``, ``--unsafe-fixes`` and ``--diff`` as a user has them."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
from command import SOUND_NET, SOUND_SOLVER, protolint, write

WRONG = SOUND_SOLVER + "momentm: 0.9  # a slip\n"
RIGHT = SOUND_SOLVER + "momentum: 0.9  # a slip\n"
LIKELY = SOUND_SOLVER + "stepsize: 10\n"


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, net=SOUND_NET, wrong=WRONG, likely=LIKELY, sound=SOUND_SOLVER)
    return tmp_path


def _text(folder, name):
    return (folder / f"{name}.prototxt").read_bytes().decode()


def _state(folder, name):
    status = os.stat(folder / f"{name}.prototxt")
    return status.st_ino, status.st_mtime_ns


def test_fix_writes_and_tells_what_is_left(folder):
    ended = protolint("check", "wrong.prototxt", "--fix", cwd=folder)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith("All clear: 2 files checked (dialect: bvlc). Fixed 1.\n")
    assert _text(folder, "wrong") == RIGHT


def test_a_file_without_anything_to_fix_is_not_written(folder):
    before = {name: _state(folder, name) for name in ("net", "likely", "sound", "wrong")}
    protolint("check", ".", "--fix", cwd=folder)
    after = {name: _state(folder, name) for name in before}
    assert [name for name in before if before[name] != after[name]] == ["wrong"]
    before = after
    ended = protolint("check", ".", "--fix", cwd=folder)
    assert "Fixed" not in ended.out
    assert {name: _state(folder, name) for name in before} == before


def test_unsafe_fixes_are_asked_for(folder):
    ended = protolint("check", "likely.prototxt", "--fix", cwd=folder)
    assert "1 can be fixed with --fix --unsafe-fixes." in ended.out
    assert _text(folder, "likely") == LIKELY
    ended = protolint("check", "likely.prototxt", "--fix", "--unsafe-fixes", cwd=folder)
    assert "Fixed 1." in ended.out
    assert _text(folder, "likely") == SOUND_SOLVER


def test_findings_that_can_be_fixed_are_marked(folder):
    ended = protolint(
        "check", "wrong.prototxt", "likely.prototxt", "--output-format", "concise", cwd=folder
    )
    marked = [line for line in ended.out.splitlines() if "[*]" in line]
    assert [line.split(":")[0] for line in marked] == ["wrong.prototxt"]
    assert "1 can be fixed with --fix, 1 more with --unsafe-fixes." in ended.out
    ended = protolint("check", ".", "--unsafe-fixes", cwd=folder)
    assert "2 can be fixed with --fix." in ended.out
    ended = protolint("check", "wrong.prototxt", "--output-format", "json", cwd=folder)
    (finding,) = json.loads(ended.out)
    assert finding["fix"]["title"] == "rename it to `momentum`"


def test_diff_writes_nothing_and_fails(folder):
    ended = protolint("check", ".", "--diff", cwd=folder)
    assert ended.code == 1
    assert ended.err == "Would fix 1 finding in 1 file.\n"
    assert ended.out == (
        "--- wrong.prototxt\n+++ wrong.prototxt\n@@ -3,4 +3,4 @@\n"
        ' lr_policy: "fixed"\n max_iter: 100\n snapshot_prefix: "s"\n'
        "-momentm: 0.9  # a slip\n+momentum: 0.9  # a slip\n"
    )
    assert _text(folder, "wrong") == WRONG
    ended = protolint("check", "net.prototxt", "--diff", cwd=folder)
    assert ended == (0, "", "")


@pytest.mark.parametrize(
    "text",
    [
        WRONG,
        WRONG.rstrip("\n"),
        WRONG.replace("\n", "\r\n"),
        "\ufeff" + WRONG,
        WRONG + "# é \f \x85 \u2028\n",
        "momentm: 0.9\r",
    ],
)
def test_a_diff_can_be_applied(tmp_path, text):
    write(tmp_path, net=SOUND_NET, x=text)
    ended = protolint("check", "x.prototxt", "--diff", cwd=tmp_path, text=b"")
    assert ended.code == 1
    with open(tmp_path / "d.patch", "wb") as file:
        file.write(ended.out.encode())
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply", "-p0", "d.patch"], cwd=tmp_path, check=True)
    assert _text(tmp_path, "x") == text.replace("momentm", "momentum")


def test_standard_input_comes_out_fixed(folder):
    ended = protolint("check", "-", "--fix", cwd=folder, text=WRONG)
    assert (ended.code, ended.out) == (0, RIGHT)
    assert ended.err.endswith("Fixed 1.\n")
    ended = protolint("check", "-", "--fix", cwd=folder, text=SOUND_NET)
    assert (ended.code, ended.out) == (0, SOUND_NET)
    ended = protolint("check", "-", "--diff", cwd=folder, text=b"momentm: 1  # \xff\n")
    assert (ended.code, ended.out) == (0, "")
    assert "not fixed, as it holds bytes that are not UTF-8" in ended.err


def test_standard_input_goes_by_its_name(folder):
    named = ("check", "-", "--fix", "--stdin-filename", "wrong.prototxt")
    ended = protolint(*named, cwd=folder, text=WRONG)
    assert ended.out == RIGHT
    assert _text(folder, "wrong") == WRONG, "what is in the editor is not in the file"


def test_the_report_of_standard_input_may_go_to_a_file(folder):
    ended = protolint("check", "-", "--fix", "--output-file", "r.txt", cwd=folder, text=WRONG)
    assert ended == (0, RIGHT, "")
    assert "Fixed 1." in (folder / "r.txt").read_text()


def test_permissions_stay_and_links_are_followed(folder):
    os.chmod(folder / "wrong.prototxt", 0o640)
    os.symlink("wrong.prototxt", folder / "link.prototxt")
    protolint("check", "link.prototxt", "--fix", cwd=folder)
    assert os.path.islink(folder / "link.prototxt")
    assert os.stat(folder / "wrong.prototxt").st_mode & 0o777 == 0o640
    assert _text(folder, "wrong") == RIGHT


@pytest.mark.parametrize(
    ("setting", "changed"),
    [
        ("", ["wrong"]),
        ("unsafe-fixes = true", ["wrong", "likely"]),
        ('unfixable = ["SCH"]', []),
        ('unfixable = ["SCH"]\nunsafe-fixes = true', ["likely"]),
        ('fixable = ["LRS"]', []),
        ('fixable = ["SCH", "LRS"]\nunsafe-fixes = true', ["wrong", "likely"]),
        ('fixable = ["SCH"]\nunfixable = ["SCH001"]', []),
        ('ignore = ["unknown-field"]', []),
        ('exclude = ["wrong.*"]', []),
    ],
)
def test_settings_say_what_is_fixed(folder, setting, changed):
    (folder / "protolint.toml").write_text(setting + "\n")
    before = {name: _text(folder, name) for name in ("wrong", "likely")}
    protolint("check", ".", "--fix", cwd=folder)
    assert [name for name, text in before.items() if _text(folder, name) != text] == changed


def test_the_command_line_overrules_the_setting(folder):
    (folder / "protolint.toml").write_text("unsafe-fixes = true\n")
    protolint("check", "likely.prototxt", "--fix", "--no-unsafe-fixes", cwd=folder)
    assert _text(folder, "likely") == LIKELY


def test_options_that_exclude_each_other(folder):
    for other in (["--add-ignores"], ["--write-baseline", "b.json"]):
        for option in ("--fix", "--diff"):
            ended = protolint("check", "wrong.prototxt", option, *other, cwd=folder)
            assert (ended.code, ended.out) == (2, "")
    assert _text(folder, "wrong") == WRONG


OWN = """\
id = "no-average-loss"
code = "OWN001"
summary = "average_loss is set"
severity = "warning"
effect = "none"
subject = "solver"
when = 'has(solver.average_loss)'
at = 'solver.average_loss'
message = 'average_loss is {solver.average_loss}'
since = "1"

[fix]
safe = true
FIX

[[bad]]
solver = '''
average_loss: 20  # warning
'''

[[good]]
solver = '''
base_lr: 1
'''
"""


def test_an_own_rule_has_a_fix(folder):
    (folder / "protolint.toml").write_text('rule-paths = ["rules"]\n')
    os.mkdir(folder / "rules")
    rule = folder / "rules" / "no-average-loss.toml"
    write(folder, own=SOUND_SOLVER + "average_loss: 20\n")
    rule.write_text(OWN.replace("FIX", "remove = 'solver.average_los'"))
    ended = protolint("check", "own.prototxt", "--fix", cwd=folder)
    assert ended.code == 2
    assert "rules/no-average-loss.toml:14:18" in ended.out
    assert "did you mean 'average_loss'?" in ended.out
    rule.write_text(OWN.replace("FIX", "remove = 'solver.average_loss'"))
    ended = protolint("check", "own.prototxt", "--fix", cwd=folder)
    assert (ended.code, "Fixed 1." in ended.out) == (0, True)
    assert _text(folder, "own") == SOUND_SOLVER

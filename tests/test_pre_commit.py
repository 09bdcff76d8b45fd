"""The pre-commit hook, run by pre-commit itself on a scratch repository."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from command import BROKEN_NET, ROOT, SOUND_NET, SOUND_SOLVER, environment, write

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("pre-commit") is None, reason="pre-commit is not installed"),
]

CONFIG = """\
repos:
  - repo: {hooks}
    rev: {rev}
    hooks:
      - id: protolint
      - id: protolint-format
        files: ^old
      - id: protolint-upgrade
        files: ^old
"""
FIX = """\
repos:
  - repo: {hooks}
    rev: {rev}
    hooks:
      - id: protolint-fix
"""


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """Return a function that runs git, in a folder with hooks from a copy of this checkout.

    The copy is committed as it stands, so that the test needs no clean checkout. ``Path`` is the
    repository that commits are made in.
    """
    hooks = tmp_path_factory.mktemp("hooks") / "protolint"
    kept = ["protolint", "grammars", "rules", "pyproject.toml", "hatch_build.py", "README.md"]
    kept += ["LICENSE", ".pre-commit-hooks.yaml", ".gitignore"]
    hooks.mkdir()
    for name in kept:
        source = os.path.join(ROOT, name)
        if os.path.isdir(source):
            shutil.copytree(source, hooks / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif os.path.exists(source):
            shutil.copy(source, hooks / name)
    env = environment(
        GIT_CONFIG_GLOBAL=os.devnull,
        GIT_CONFIG_SYSTEM=os.devnull,
        GIT_AUTHOR_NAME="a",
        GIT_AUTHOR_EMAIL="a@example.org",
        GIT_COMMITTER_NAME="a",
        GIT_COMMITTER_EMAIL="a@example.org",
        PRE_COMMIT_HOME=str(tmp_path_factory.mktemp("pre-commit")),
    )
    del env["PYTHONPATH"]  # the hook has an environment of its own

    def run(folder, *command):
        ended = subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True, check=False
        )
        return ended.returncode, ended.stdout + ended.stderr

    def must(folder, *command):
        code, output = run(folder, *command)
        assert code == 0, output
        return output

    must(hooks, "git", "init", "-q")
    must(hooks, "git", "add", ".")
    must(hooks, "git", "commit", "-qm", "hooks")
    rev = must(hooks, "git", "rev-parse", "HEAD").strip()
    repository = tmp_path_factory.mktemp("repository")
    must(repository, "git", "init", "-q")
    for name, config in (("pre-commit-config", CONFIG), ("fix", FIX)):
        (repository / f".{name}.yaml").write_text(config.format(hooks=hooks, rev=rev))
    must(repository, "pre-commit", "install", "--install-hooks")
    must(repository, "git", "add", ".")
    return repository, run


def commit(scratch, **files):
    """Try to commit files, given by name without suffix; undo it. Return the code and output."""
    folder, run = scratch
    write(folder, **files)
    run(folder, "git", "add", ".")
    code, output = run(folder, "git", "commit", "-m", "x")
    if code == 0:
        run(folder, "git", "update-ref", "-d", "HEAD")
    for name in files:
        run(folder, "git", "rm", "-qf", f"{name}.prototxt")
    return code, output


def test_sound_files_are_committed(scratch):
    code, output = commit(scratch, solver=SOUND_SOLVER, net=SOUND_NET)
    assert code == 0, output
    assert "Passed" in output


def test_broken_net_is_refused(scratch):
    code, output = commit(scratch, net=BROKEN_NET)
    assert code == 1, output
    assert "Failed" in output
    assert "net.prototxt:2:" in output
    assert "error[GRF001]" in output


def test_fault_in_the_net_of_a_solver_is_told_once(scratch):
    code, output = commit(scratch, a_solver=SOUND_SOLVER, net=BROKEN_NET, z_solver=SOUND_SOLVER)
    assert code == 1, output
    assert output.count("error[GRF001]") == 1


def test_many_files_are_one_run(scratch):
    nets = {f"n{number}": SOUND_NET for number in range(30)}
    code, output = commit(scratch, **nets)
    assert code == 0, output
    code, output = commit(scratch, **nets, bad=BROKEN_NET, worse='name: "x')
    assert code == 1, output
    assert (output.count("error["), output.count("Found ")) == (2, 1)


def test_net_is_checked_with_the_solver_beside_it(scratch):
    folder, run = scratch
    write(folder, solver=SOUND_SOLVER.replace('"fixed"', '"none"'))
    run(folder, "git", "add", ".")
    run(folder, "git", "commit", "--no-verify", "-m", "before")
    try:
        write(folder, net=SOUND_NET)
        run(folder, "git", "add", "net.prototxt")
        code, output = run(folder, "git", "commit", "-m", "x")
        assert code == 1, output
        assert "error[LRS002]" in output
        assert "solver.prototxt:3:" in output
    finally:
        run(folder, "git", "update-ref", "-d", "HEAD")
        run(folder, "git", "rm", "-qf", "solver.prototxt", "net.prototxt")


def fix(scratch, **files):
    """Run the hook that fixes on staged files; return the code, the output, and the files after."""
    folder, run = scratch
    paths = write(folder, **files)
    run(folder, "git", "add", ".")
    code, output = run(folder, "pre-commit", "run", "--config", ".fix.yaml", "protolint-fix")
    after = {}
    for name, path in zip(files, paths, strict=True):
        with open(path, encoding="utf-8") as file:
            after[name] = file.read()
    for name in files:
        run(folder, "git", "rm", "-qf", f"{name}.prototxt")
    return code, output, after


def test_fix_passes_what_is_sound(scratch):
    code, output, after = fix(scratch, solver=SOUND_SOLVER, net=SOUND_NET)
    assert code == 0, output
    assert "Passed" in output
    assert after == {"solver": SOUND_SOLVER, "net": SOUND_NET}


def test_fix_writes_what_is_certain_and_fails_for_it(scratch):
    wrong = {"solver": SOUND_SOLVER + "momentm: 0.9\n", "net": SOUND_NET.replace("bottom", "botom")}
    code, output, after = fix(scratch, **wrong, other=SOUND_NET)
    assert code == 1, output
    assert "files were modified by this hook" in output
    assert "Fixed 2." in output
    assert after == {
        "solver": SOUND_SOLVER + "momentum: 0.9\n",
        "net": SOUND_NET,
        "other": SOUND_NET,
    }
    code, output, _ = fix(scratch, **after)
    assert code == 0, output


def test_fix_leaves_a_solver_alone_that_is_not_changed(scratch):
    folder, run = scratch
    write(folder, solver=SOUND_SOLVER + "momentm: 0.9\n")
    run(folder, "git", "add", ".")
    run(folder, "git", "commit", "--no-verify", "-m", "before")
    try:
        code, output, after = fix(scratch, net=SOUND_NET.replace("bottom", "botom"))
        assert code == 1, output
        assert after == {"net": SOUND_NET}
        assert "momentm" in (folder / "solver.prototxt").read_text()
        assert "solver.prototxt: not fixed, as it is not among the paths" in output
    finally:
        run(folder, "git", "update-ref", "-d", "HEAD")
        run(folder, "git", "rm", "-qf", "solver.prototxt")


def test_other_files_and_warnings_pass(scratch):
    code, output = commit(scratch, warned=SOUND_SOLVER + "stepsize: 10\n")
    assert code == 0, output
    folder, run = scratch
    (folder / "notes.txt").write_text("layer {")
    run(folder, "git", "add", "notes.txt")
    code, output = run(folder, "git", "commit", "-m", "x")
    assert (code, "no files to check" in output) == (0, True), output
    run(folder, "git", "update-ref", "-d", "HEAD")


def test_hooks_that_rewrite_refuse_what_they_changed(scratch):
    folder, run = scratch
    old = "layers { name: 'd' type: DUMMY_DATA top: 'd' dummy_data_param { num: 1 channels: 1"
    write(folder, old=old + " height:1 width: 1 } }\n")
    run(folder, "git", "add", ".")
    code, output = run(folder, "git", "commit", "-m", "x")
    assert code == 1, output
    assert output.count("files were modified by this hook") == 2
    text = (folder / "old.prototxt").read_text()
    assert 'layer {\n  name: "d"\n  type: "DummyData"\n' in text
    run(folder, "git", "add", ".")
    code, output = run(folder, "git", "commit", "-m", "x")
    assert code == 0, output
    run(folder, "git", "update-ref", "-d", "HEAD")
    run(folder, "git", "rm", "-qf", "old.prototxt")

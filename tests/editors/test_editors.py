"""Real editors, with the configurations in `editors/`, show what `protolint check` finds."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

pytest.importorskip("pygls", reason="the server is an extra")

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

SOLVER = """\
net: "net.prototxt"
base_lr: 0.01
lr_policy: "poly"
power: 1
momentm: 0.9
"""
NET = """\
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: [1, 3, 8, 8] } } }
layer {
  name: "ip" type: "InnerProduct" bottom: "date" top: "ip"
  inner_product_param { num_output: 2 }
}
"""


@pytest.fixture
def project(tmp_path):
    """Return a folder with a broken solver and net, and the environment of an editor there."""
    (tmp_path / "solver.prototxt").write_text(SOLVER, encoding="utf-8")
    (tmp_path / "net.prototxt").write_text(NET, encoding="utf-8")
    (tmp_path / "protolint.toml").write_text("", encoding="utf-8")
    for name in ("bin", "home"):
        (tmp_path / name).mkdir()
    program = tmp_path / "bin" / "protolint"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m protolint "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    paths = [ROOT, *filter(None, [os.environ.get("PYTHONPATH")])]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("XDG_")}
    home = str(tmp_path / "home")
    return tmp_path, {**kept, "PATH": path, "HOME": home, "PYTHONPATH": os.pathsep.join(paths)}


def _run(command, folder=None, environment=None):
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
        text=True,
        timeout=150,
    )


def emacs():
    program = shutil.which("emacs")
    has_eglot = ["--batch", "--eval", "(progn (package-initialize) (require 'eglot))"]
    if program is None or _run([program, *has_eglot]).returncode:
        pytest.skip("there is no Emacs with Eglot")
    return [program, "--batch", "-l", os.path.join(HERE, "diagnostics.el")]


def neovim():
    program = shutil.which("nvim")
    if program is not None:
        said = _run([program, "--version"]).stdout
        version = re.match(r"NVIM v(\d+)\.(\d+)", said)
        if version and tuple(map(int, version.groups())) >= (0, 11):
            return [program, "--headless", "--clean", "-S", os.path.join(HERE, "diagnostics.lua")]
    pytest.skip("there is no Neovim 0.11 or later")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["solver.prototxt", "net.prototxt"])
@pytest.mark.parametrize(
    ("editor", "configuration"),
    [(emacs, "emacs/protolint.el"), (neovim, "neovim/protolint.lua")],
    ids=["emacs", "neovim"],
)
def test_an_editor_shows_what_the_checker_finds(project, editor, configuration, name):
    command = editor()
    folder, environment = project
    environment["PROTOLINT_CONFIGURATION"] = os.path.join(ROOT, "editors", configuration)
    environment["PROTOLINT_FILE"] = str(folder / name)
    shown = _run(command, folder, environment)
    check = [str(folder / "bin" / "protolint"), "check", "--output-format", "json", name]
    done = _run(check, folder, environment)
    found = [d for d in json.loads(done.stdout) if d["path"] == name and not d["undecided"]]
    expected = sorted([*d["range"]["start"].values(), d["code"]] for d in found)
    rows = [line for line in shown.stdout.splitlines() if line.startswith("[")]
    assert expected, done.stdout
    assert sorted(map(json.loads, rows)) == expected, shown.stdout + shown.stderr

"""The VS Code extension: it agrees with the server, and can be built."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import zipfile

import pytest

from protolint import __version__
from protolint.server.settings import Settings, read

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(ROOT, "editors", "vscode")
OWN = ("path", "python", "trace.server")


def text(*names):
    with open(os.path.join(*names), encoding="utf-8") as file:
        return file.read()


def manifest():
    return json.loads(text(FOLDER, "package.json"))


def test_version_and_licence_are_those_of_protolint():
    assert manifest()["version"] == __version__
    assert text(FOLDER, "LICENSE") == text(ROOT, "LICENSE")


def test_its_defaults_are_those_of_the_server():
    sent = {}
    for key, setting in manifest()["contributes"]["configuration"]["properties"].items():
        name = key.removeprefix("protolint.")
        if name not in OWN:
            *outer, last = name.split(".")
            table = sent.setdefault(outer[0], {}) if outer else sent
            table[last] = setting["default"]
    assert read(sent) == (Settings(), [])
    taken = re.search(r"SERVER_SETTINGS = \[(.*)\]", text(FOLDER, "src", "command.ts"))
    assert set(json.loads(f"[{taken[1]}]")) == set(sent)


def test_the_lock_names_no_registry():
    assert '"resolved"' not in text(FOLDER, "package-lock.json")


@pytest.mark.slow
def test_the_package(tmp_path):
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("there is no npm")
    folder = tmp_path / "vscode"
    left_out = shutil.ignore_patterns("node_modules", "dist", "*.vsix")
    shutil.copytree(FOLDER, folder, ignore=left_out)

    def run(*words):
        return subprocess.run(
            [npm, *words], cwd=folder, capture_output=True, check=False, text=True
        )

    installed = run("ci", "--prefer-offline")
    if re.search("ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET", installed.stderr):
        pytest.skip("npm reaches no registry")
    for done in (installed, run("run", "package"), run("test")):
        assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(folder / "caffe-protolint.vsix") as package:
        names = set(package.namelist())
        inside = json.loads(package.read("extension/package.json"))
        grammar = inside["contributes"]["grammars"][0]["path"]
        for path in (
            inside["main"],
            grammar,
            inside["contributes"]["languages"][0]["configuration"],
        ):
            assert f"extension/{path.removeprefix('./')}" in names
        scope = json.loads(package.read(f"extension/{grammar.removeprefix('./')}"))["scopeName"]
        assert scope == inside["contributes"]["grammars"][0]["scopeName"]
    assert {"extension/dist/LICENSES.txt", "extension/LICENSE.txt"} <= names
    assert not any("node_modules" in name or name.endswith((".ts", ".map")) for name in names)

"""Which configuration holds for a path: the nearest, and what it costs to know."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from command import SOUND_NET, environment, protolint, write

from protolint.config import finder, reading
from protolint.config.finder import Configurations


@pytest.fixture
def there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.makedirs("repo/.git")
    os.makedirs("repo/sub/deep")
    return tmp_path


def _write(path, text=""):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _path(path, **how):
    found = Configurations(**how).of(path)
    return None if found is None else found.path


def test_nearest_holds(there):
    assert _path("repo/sub/deep/net.prototxt") is None
    _write("repo/pyproject.toml", "[tool.protolint]\n")
    assert _path("repo/sub/deep/net.prototxt") == "repo/pyproject.toml"
    _write("repo/protolint.toml")
    assert _path("repo/sub/deep/net.prototxt") == "repo/protolint.toml"
    _write("repo/sub/pyproject.toml", "[project]\nname = 'protolint'\n[tool.other]\n")
    assert _path("repo/sub/deep/net.prototxt") == "repo/protolint.toml"
    _write("repo/sub/pyproject.toml", "[tool.protolint]\n")
    assert _path("repo/sub/deep/net.prototxt") == "repo/sub/pyproject.toml"
    assert _path("repo/net.prototxt") == "repo/protolint.toml"
    assert _path("repo/sub") == "repo/sub/pyproject.toml", "of a folder: that of its files"


def test_repository_is_the_limit(there):
    _write("protolint.toml")
    assert _path("repo/sub/net.prototxt") is None
    assert _path("net.prototxt") == "protolint.toml"
    os.makedirs("plain/sub")
    assert _path("plain/sub/net.prototxt") == "protolint.toml"
    os.makedirs("worktree/sub")
    _write("worktree/.git", "gitdir: elsewhere")
    assert _path("worktree/sub/net.prototxt") is None


def test_path_is_shown_from_the_working_directory(there, monkeypatch):
    _write("repo/protolint.toml")
    monkeypatch.chdir("repo/sub")
    assert _path("net.prototxt") == str(there / "repo" / "protolint.toml")
    monkeypatch.chdir("..")
    assert _path("sub/net.prototxt") == "protolint.toml"
    assert _path(str(there / "repo" / "net.prototxt")) == "protolint.toml"


@pytest.mark.parametrize(
    "text",
    [
        "[tool.protolint]",
        "[tool.protolint.severity]",
        " [ tool . 'protolint' ]",
        'tool."protolint".select = []',
        "[tool]\nprotolint.select = []",
        "tool = { protolint = {} }",
    ],
)
def test_every_way_to_write_the_table_is_seen(there, text):
    _write("repo/pyproject.toml", text)
    assert _path("repo/net.prototxt") == "repo/pyproject.toml"


def test_config_and_isolated(there):
    _write("repo/protolint.toml")
    _write("other.toml")
    assert _path("repo/net.prototxt", file="other.toml") == "other.toml"
    assert _path("repo/net.prototxt", isolated=True) is None
    _write("pyproject.toml", "[project]\n")
    assert _path("repo/net.prototxt", file="pyproject.toml") is None


def test_folder_is_looked_at_once_in_a_run(there, monkeypatch):
    _write("repo/protolint.toml")
    looked, read = [], []
    isfile, really_read = os.path.isfile, reading.read
    monkeypatch.setattr(finder.os.path, "isfile", lambda p: looked.append(p) or isfile(p))
    monkeypatch.setattr(reading, "read", lambda p, _: read.append(p) or really_read(p))
    found = Configurations()
    for number in range(50):
        assert found.of(f"repo/sub/deep/{number}.prototxt") is found.of(f"repo/{number}.prototxt")
    assert len(looked) == len(set(looked)) == 5
    assert len(read) == 1


def test_deepest_folder_is_no_fault(there):
    _write("protolint.toml")
    assert _path("/".join(["d"] * 1500) + "/net.prototxt") == "protolint.toml"


def test_working_directory_that_is_gone(there, monkeypatch):
    os.mkdir("gone")
    monkeypatch.chdir("gone")
    os.rmdir(there / "gone")
    assert Configurations().of("net.prototxt") is None


def test_name_of_a_folder_is_no_file(there):
    os.mkdir("repo/protolint.toml")
    assert _path("repo/net.prototxt") is None


@pytest.mark.parametrize("text", [None, "[project]\nname = 'protolint'\n"])
def test_without_configuration_nothing_is_imported(there, text):
    write("repo", net=SOUND_NET)
    if text is not None:
        _write("repo/pyproject.toml", text)
    assert protolint("check", "net.prototxt", cwd=there / "repo").code == 0  # rules are compiled
    code = (
        "import sys\nfrom protolint.commands import checking\n"
        "try: checking.run(['net.prototxt'])\n"
        "except SystemExit: print(*sorted(sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=there / "repo",
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    modules = set(ran.stdout.split())
    assert "protolint.config.finder" in modules
    assert not modules & {"tomllib", "protolint.config.reading", "protolint.config.effective"}

"""Globs match as .gitignore does."""

from __future__ import annotations

import os
import subprocess

import pytest

from protolint.config.globs import is_glob, matches

PATHS = [
    "net.prototxt",
    "old/net.prototxt",
    "old/a/b/deploy.prototxt",
    "nets/old/x.prototxt",
    "nets/deploy.prototxt",
    "nets/a/deploy.prototxt",
    "nets/a/b/deploy.prototxt",
    "golden/net1.prototxt",
    "golden/net-.prototxt",
    "a+b/(c).prototxt",
]
GLOBS = [
    "old",
    "old/",
    "/old",
    "*.prototxt",
    "net.prototxt",
    "/net.prototxt",
    "nets/*.prototxt",
    "nets/**/deploy.prototxt",
    "**/deploy.prototxt",
    "nets/**",
    "nets/*/deploy.prototxt",
    "net?.prototxt",
    "net[0-9].prototxt",
    "net[!0-9].prototxt",
    "net[-x].prototxt",
    "a+b",
    "(c).*",
    "*",
    "**",
    "o*d",
    "nets",
]


@pytest.mark.parametrize("glob", GLOBS)
def test_git_ignores_what_a_glob_matches(glob, tmp_path):
    """Git is asked, which is the definition."""
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text(glob + "\n")
    for path in PATHS:
        os.makedirs(tmp_path / os.path.dirname(path), exist_ok=True)
        (tmp_path / path).touch()
    told = subprocess.run(
        ["git", "check-ignore", *PATHS], cwd=tmp_path, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    folder = str(tmp_path)
    mine = [path for path in PATHS if matches(glob, os.path.join(folder, path), folder)]
    assert mine == [path for path in PATHS if path in told]


def test_outside_the_folder_names_still_match():
    assert matches("*.prototxt", "/b/net.prototxt", "/a")
    assert not matches("b/*.prototxt", "/b/net.prototxt", "/a")
    assert matches("net.prototxt", "/net.prototxt", "/")


@pytest.mark.parametrize(
    ("text", "answer"),
    [("a", True), ("[z-a]", False), ("[a", True), ("", False), ("/", False), ("[a--b]", True)],
)
def test_what_is_a_glob(text, answer):
    assert is_glob(text) is answer

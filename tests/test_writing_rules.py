"""The tutorial is followed to the letter: files written, commands run, outputs compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from command import ROOT, environment

from protolint.engine.expression.check import check
from protolint.engine.expression.parse import parse
from protolint.engine.subjects import environment as of_subject
from protolint.schema.bvlc import load_bvlc

_PAGE = os.path.join(ROOT, "docs", "writing-rules.md")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def _page():
    with open(_PAGE, encoding="utf-8") as file:
        return file.read()


def _session(text):
    """Yield each command of a console block with the output that stands below it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def _run(command, folder):
    alias = f'protolint() {{ "{sys.executable}" -m protolint "$@"; }}\n'
    done = subprocess.run(
        ["bash", "-c", alias + command],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_the_tutorial_does_what_it_says(tmp_path):
    commands = 0
    for language, text in _BLOCK.findall(_page()):
        if language == "console":
            for command, output in _session(text):
                assert _run(command, tmp_path) == output, command
                commands += 1
            continue
        path, at_end = re.match(r"# (\S+?)(, at its end)?\n", text).groups()
        with open(tmp_path / path, "a" if at_end else "w", encoding="utf-8") as file:
            file.write(text)
    assert commands > 10


def test_the_facts_of_the_page_are_there():
    schema = load_bvlc()
    rows = re.findall(r"^\| (`[^|]+`) \| ([a-z ]+) \|", _page(), re.MULTILINE)
    assert len(rows) > 10
    for facts, type_ in rows:
        for fact in re.findall(r"`([^`]+)`", facts):
            subject = "solver" if fact.startswith("solver") else "layer"
            assert str(check(parse(fact), of_subject(subject, schema))) == type_, fact

"""The examples of a rule file are its tests: what they mark is what the rule must find."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import tomllib

from protolint import pipeline
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from protolint.diagnostic import Diagnostic
    from protolint.engine.catalogue import Catalogue

_MARK = re.compile(r"#\s*(error|warning|info)\b")

Place = tuple[str, int, str]
"""A file of an example (``solver``, ``net``, ``file``, ``other``), a line, and a severity."""


class Example(NamedTuple):
    """One ``[[bad]]`` or ``[[good]]`` of a rule: its files, and its number among those."""

    kind: str
    number: int
    files: Mapping[str, str]


class Result(NamedTuple):
    """What came of an example.

    ``marked`` is what its comments say, ``found`` what the rule found, with its message; where
    these are not the same the example fails, and so it does for what is in ``unsound``: why its
    silence means nothing. ``undecided`` are reasons why the rule could not be decided.
    """

    example: Example
    marked: frozenset[Place]
    found: Mapping[Place, str]
    unsound: tuple[str, ...]
    undecided: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Return whether the example shows what it is meant to."""
        return self.marked == self.found.keys() and not self.unsound


def examples(path: str) -> Iterator[Example]:
    """Yield the examples in a sound rule file, the bad ones first."""
    with open(path, "rb") as file:
        rule: dict[str, Any] = tomllib.load(file)
    for kind in ("bad", "good"):
        for number, texts in enumerate(rule.get(kind, ()), 1):
            yield Example(kind, number, texts)


def run(name: str, example: Example, catalogue: Catalogue | None = None) -> Result:
    """Check an example by the rules of a catalogue and compare what the rule of a name finds."""
    marked = frozenset(_marked(example.files))
    outcome = _check(example.files, catalogue)
    mine = [d for d in outcome.diagnostics if d.name == name]
    reasons = [note for d in outcome.undecided if d.name == name for note in d.notes]
    unsound = [f"protolint fails on it:\n{fault}" for fault in outcome.faults]
    if example.kind == "good":
        unsound += [_told(d) for d in outcome.diagnostics if _does_not_parse(d)]
        marked = frozenset()  # of other rules
    elif not marked:
        unsound.append("a bad example marks a line: `# error`, `# warning` or `# info`")
    found: dict[Place, str] = {
        (_file(d.path), d.range.start.line, d.severity): d.message for d in mine
    }
    undecided = tuple(dict.fromkeys(reasons))
    return Result(example, marked, found, tuple(unsound), undecided)


def _marked(files: Mapping[str, str]) -> Iterator[Place]:
    for kind, text in files.items():
        for number, line in enumerate(text.split("\n"), 1):
            if mark := _MARK.search(line):
                yield kind, number, mark[1]


def _check(files: Mapping[str, str], catalogue: Catalogue | None) -> pipeline.Outcome:
    """Check the first of an example's files, in a folder of their own.

    That is made the working directory, where Caffe looks first for a net that a solver names.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for kind, text in files.items():
            with open(f"{kind}.prototxt", "w", encoding="utf-8", newline="") as file:
                file.write(text)
        first = next((kind for kind in ("solver", "net", "file") if kind in files), "other")
        pair = ("other.prototxt",) if "other" in files else ()
        options = pipeline.Options(select=("",), pair=pair, catalogue=catalogue)
        return pipeline.check_paths([f"{first}.prototxt"], options)


def _does_not_parse(found: Diagnostic) -> bool:
    return found.severity == "error" and found.code.startswith(("SYN", "SCH"))


def _told(found: Diagnostic) -> str:
    return f"{_file(found.path)}, line {found.range.start.line}: {found.message}"


def _file(path: str) -> str:
    return os.path.basename(path).removesuffix(".prototxt")

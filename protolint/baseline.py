"""Baselines: the findings that are known, so that only new ones are told.

A baseline is JSON: ``{"version": 1, "findings": […]}``, each entry with the path of a file relative
to the folder of the baseline, a code, the content key of the findings (``protolint.fingerprint``),
and how many there are. So it holds when lines move, and when the folder does.
"""

from __future__ import annotations

import json
import os

from protolint import files
from protolint.fingerprint import content_keys
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from protolint.diagnostic import Diagnostic

_VERSION = 1
_KEYS = {"path": str, "code": str, "fingerprint": str, "count": int}


class Entry(NamedTuple):
    """Findings of one rule in one file that are alike; ``path`` is relative, with slashes."""

    path: str
    code: str
    fingerprint: str


class Compared(NamedTuple):
    """What a baseline does not know, how many findings it holds back, and its stale entries."""

    new: tuple[Diagnostic, ...]
    held: int
    stale: list[Entry]


class BaselineError(ValueError):
    """A file that is no baseline."""


def render(found: Sequence[Diagnostic], sources: Mapping[str, str], folder: str) -> str:
    """Return the baseline that knows these findings, for a file in the folder.

    The text is ASCII; a byte of a path that is not UTF-8 is an escaped surrogate.
    """
    counts: dict[Entry, int] = {}
    for entry in _entries(found, sources, folder):
        counts[entry] = counts.get(entry, 0) + 1
    lines = [
        json.dumps(entry._asdict() | {"count": count}) for entry, count in sorted(counts.items())
    ]
    findings = "[\n    " + ",\n    ".join(lines) + "\n  ]" if lines else "[]"
    return f'{{\n  "version": {_VERSION},\n  "findings": {findings}\n}}\n'


def parse(text: str) -> dict[Entry, int]:
    """Return how many findings of each entry a baseline knows. Raises ``BaselineError``."""
    try:
        table = json.loads(text)
    except ValueError as error:
        raise BaselineError(f"not a baseline: {error}") from error
    if not isinstance(table, dict) or "version" not in table:
        raise BaselineError("not a baseline: it has no version")
    if table["version"] != _VERSION:
        raise BaselineError(
            f"a baseline of version {table['version']!r}, and this protolint reads {_VERSION}: "
            "write it anew with --write-baseline"
        )
    known: dict[Entry, int] = {}
    for row in _rows(table.get("findings")):
        entry = Entry(row["path"], row["code"], row["fingerprint"])
        known[entry] = known.get(entry, 0) + row["count"]
    return known


def _rows(findings: Any) -> list[dict[str, Any]]:
    if not isinstance(findings, list):
        raise BaselineError("not a baseline: 'findings' is no list")
    for number, row in enumerate(findings, 1):
        good = isinstance(row, dict) and set(row) == set(_KEYS)
        if not good or any(type(row[key]) is not kind for key, kind in _KEYS.items()):
            keys = ", ".join(_KEYS)
            raise BaselineError(f"not a baseline: finding {number} does not have just {keys}")
    return findings


def compare(
    known: Mapping[Entry, int],
    found: Sequence[Diagnostic],
    sources: Mapping[str, str],
    folder: str,
    checked: Iterable[str],
) -> Compared:
    """Hold back of each entry as many findings as the baseline in the folder knows, the first ones.

    An entry is stale when fewer are found than it knows, though its file was ``checked`` or is
    gone.
    """
    left = dict(known)
    new = []
    for diagnostic, entry in zip(found, _entries(found, sources, folder), strict=True):
        if left.get(entry):
            left[entry] -= 1
        else:
            new.append(diagnostic)
    seen = {_relative(path, folder) for path in checked}
    stale = [
        entry
        for entry, count in left.items()
        if count and (entry.path in seen or not os.path.lexists(os.path.join(folder, entry.path)))
    ]
    return Compared(tuple(new), len(found) - len(new), stale)


def _entries(
    found: Sequence[Diagnostic], sources: Mapping[str, str], folder: str
) -> Iterable[Entry]:
    paths: dict[str, str] = {}
    for diagnostic, key in zip(found, content_keys(found, sources), strict=True):
        path = diagnostic.path
        if path not in paths:
            paths[path] = _relative(path, folder)
        yield Entry(paths[path], diagnostic.code, key)


def _relative(path: str, folder: str) -> str:
    relative = os.path.relpath(files.identity(path), files.identity(folder or "."))
    return relative.replace(os.sep, "/")

"""What a finding is recognised by after lines were added, moved or indented elsewhere."""

from __future__ import annotations

import os
import posixpath
from hashlib import sha256

from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from protolint.diagnostic import Diagnostic

_DIGITS = 32


def content_keys(found: Iterable[Diagnostic], sources: Mapping[str, str]) -> list[str]:
    """Return for each finding a hash of its code, its layer, and the line it begins in.

    Blanks in the line do not count. Findings alike in these three have one key.
    """
    lines: dict[str, list[str]] = {}
    keys = []
    for diagnostic in found:
        path, number = diagnostic.path, diagnostic.range.start.line
        if path not in lines:
            lines[path] = sources.get(path, "").split("\n")
        line = lines[path][number - 1] if number <= len(lines[path]) else ""
        keys.append(hashed(diagnostic.code, diagnostic.layer or "", " ".join(line.split())))
    return keys


def fingerprints(found: Iterable[Diagnostic], sources: Mapping[str, str]) -> list[str]:
    """Return for each finding a hash that no other finding in its file has.

    That is its content key and how many findings with the same key stand before it.
    """
    found = list(found)
    seen: dict[tuple[str, str], int] = {}
    marks = []
    for diagnostic, key in zip(found, content_keys(found, sources), strict=True):
        place = (normal_path(diagnostic.path), key)
        seen[place] = seen.get(place, 0) + 1
        marks.append(hashed(key, str(seen[place])))
    return marks


def hashed(*parts: str) -> str:
    """Return the parts as 32 hexadecimal digits."""
    data = "\0".join(parts).encode("utf-8", "surrogatepass")
    return sha256(data).hexdigest()[:_DIGITS]


def normal_path(path: str) -> str:
    """Return a path with slashes and without ``./`` and ``a/..``, as other programs want it."""
    return posixpath.normpath(path.replace(os.sep, "/"))

"""Globs as .gitignore has them: one without a slash matches a name at any depth."""

from __future__ import annotations

import os
import re
from functools import cache

_PARTS = re.compile(r"/\*\*/|^\*\*/|/\*\*$|\*+|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)
_MEANINGS = {"/**/": "/(?:.*/)?", "**/": "(?:.*/)?", "/**": "/.*", "?": "[^/]"}


def matches(glob: str, path: str, folder: str) -> bool:
    """Return whether a glob, relative to a folder, matches a file or a folder that holds it."""
    return _pattern(glob).fullmatch(relative(path, folder)) is not None


def is_glob(text: str) -> bool:
    """Return whether a text is a glob: all are, but for ranges that run backwards."""
    try:
        _pattern(text)
    except re.error:
        return False
    return bool(text.strip("/"))


def relative(path: str, folder: str) -> str:
    """Return a path from a folder, with slashes; as it is on another drive."""
    path = os.path.abspath(path)
    inside = folder if folder.endswith(os.sep) else folder + os.sep
    try:
        found = path[len(inside) :] if path.startswith(inside) else os.path.relpath(path, folder)
    except ValueError:  # on Windows there is no way from one drive to another
        found = path
    return found.replace(os.sep, "/")


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    """Compile a glob. Raises ``re.error`` for a range that runs backwards."""
    anchored = "/" in glob.rstrip("/")
    parts = _PARTS.findall(glob.rstrip("/").removeprefix("./").removeprefix("/"))
    body = "".join(map(_meaning, parts))
    return re.compile(f"{'' if anchored else '(?:.*/)?'}{body}(?:/.*)?", re.DOTALL)


def _meaning(part: str) -> str:
    if part in _MEANINGS:
        return _MEANINGS[part]
    if part.startswith("*"):
        return "[^/]*"
    if part.startswith("[") and len(part) > 2:
        negated = part.startswith("[!")
        inner = re.sub(r"[^\w-]", r"\\\g<0>", part[2 if negated else 1 : -1])
        inner = inner.replace("--", r"\-\-")
        return f"[{'^/' if negated else ''}{inner}]"
    return re.escape(part)

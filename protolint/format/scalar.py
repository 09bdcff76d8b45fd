"""How names and scalars are written."""

from __future__ import annotations

import re

_BETWEEN = re.compile(r"(?:[ \t\r\n\v\f]|#[^\n]*)+")
_PART = re.compile(
    r""""(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|#[^\n]*+|-|[\w.][\w.+-]*+""", re.DOTALL | re.ASCII
)
"""A string literal, a comment, a minus, a number or word."""


def name_of(written: str) -> str:
    """Return a field's name, that of an extension without blanks and comments in its brackets."""
    return _BETWEEN.sub("", written) if written[0] == "[" else written


def scalar(written: str) -> str:
    """Return how to write a scalar that stands on one line, maybe of several literals."""
    first = written[0]
    if first == "-":
        return f"-{written[1:].lstrip()}"
    if first not in "\"'":
        return written
    if first == written[-1] == '"' and written.count('"') == 2 and "\\" not in written:
        return written
    return " ".join(piece for _, _, piece in pieces(written))


def pieces(written: str) -> list[tuple[int, int, str]]:
    """Return literals, minus and comments of a scalar: start, end, and how to write each.

    Offsets count from the start of the scalar.
    """
    return [(*found.span(), _piece(found[0])) for found in _PART.finditer(written)]


def _piece(written: str) -> str:
    """Drop blanks behind a comment; put a string in double quotes where it holds none."""
    if written[0] == "#":
        return written.rstrip()
    if written[0] == "'" and '"' not in written:
        return f'"{written[1:-1]}"'
    return written

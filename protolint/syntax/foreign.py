"""Texts that are no prototxt at all, or not yet: told as what they are, once."""

from __future__ import annotations

import re

from protolint.problem import Problem
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.syntax.tree import Document

# These are compiled when they are first used: only for texts with mistakes.
_HTML = r"(?i)\s*<(?:!doctype\s+html|html|head|\?xml)\b"
_CONFLICT = r"(?m)^(?:<{7} |>{7} |={7}$|\|{7} )[^\n]*"
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def binary(text: str) -> Problem | None:
    """Return a problem if the text is a binary file, from its first few kilobytes.

    A lone control character is a slip that the parser points at; many are not text.
    """
    head = text[:4096]
    odd = len(_BINARY.findall(head))
    if odd * 20 <= len(head):
        return None
    kind = "HDF5" if head.startswith("\udc89HDF") else ""
    return Problem("binary-file", 0, 0, {"kind": kind or "binary", "likely": _likely(head)})


def _likely(head: str) -> str:
    if head.startswith("\udc89HDF"):
        return "weights or data in HDF5"
    if head.startswith("\x0a") or "Convolution" in head:
        return "a .caffemodel"
    return "binary data"


def named(document: Document) -> list[Problem]:
    """Return the document's problems, or the one that explains them all.

    An HTML page and an unresolved merge conflict break the text in many places for one reason;
    template placeholders are many mistakes of one kind, told once with their number.
    """
    problems = document.problems
    if not problems:
        return problems
    text = document.text
    if found := re.match(_HTML, text):
        return [Problem("html-page", found.start(), found.end(), {})]
    marked = any(mark * 7 in text for mark in "<>=|")  # far faster than the pattern
    if marked and (conflicts := list(re.finditer(_CONFLICT, text))):
        first = conflicts[0]
        count = sum(1 for found in conflicts if found[0].startswith("<"))
        return [Problem("merge-conflict", first.start(), first.end(), {"count": max(count, 1)})]
    placeholders = [p for p in problems if p.rule == "unexpanded-template"]
    if len(placeholders) > 1:
        first_one = placeholders[0]
        args = {**first_one.args, "count": len(placeholders)}
        kept = [p for p in problems if p.rule != "unexpanded-template"]
        return sorted([first_one._replace(args=args), *kept], key=lambda p: p.start)
    return [
        p._replace(args={**p.args, "count": 1}) if p.rule == "unexpanded-template" else p
        for p in problems
    ]

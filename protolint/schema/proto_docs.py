"""The comments of a proto2 file, and which of them says what a declaration is for."""

from __future__ import annotations

import re

from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any


class Comments(NamedTuple):
    """The comments of a file, by what a declaration knows of its own place.

    ``behind`` is keyed by the offset at which the code before the comment ends; ``alone``, by the
    line on which a comment without code ends, holds its first line and its text.
    """

    behind: dict[int, str]
    alone: dict[int, tuple[int, str]]


_STRING_OR_COMMENT = re.compile(
    r""""(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|(//[^\n]*|/\*.*?\*/)""", re.DOTALL
)


def comments(text: str) -> Comments:
    """Find the comments of a file that parses."""
    found = Comments({}, {})
    line, counted = 1, 0  # the line of the offset up to which lines are counted
    for match in _STRING_OR_COMMENT.finditer(text):
        if match[1] is None:
            continue
        line_start = text.rfind("\n", 0, match.start()) + 1
        line, counted = line + text.count("\n", counted, line_start), line_start
        code = text[line_start : match.start()].rstrip()
        if code:
            found.behind[line_start + len(code)] = _plain(match[1])
        else:
            found.alone[line + match[1].count("\n")] = line, _plain(match[1])
    return found


def doc(found: Comments, item: Any, body: Any = None) -> str:
    """Return the doc of a declaration: behind its end or opening brace, else above it."""
    ends = [item.meta.end_pos] if item.meta.end_line == item.meta.line or body is None else []
    if body is not None:
        ends.append(body.meta.start_pos + 1)
    for end in ends:
        if end in found.behind:
            return _one_line(found.behind[end])
    block: list[str] = []
    line = item.meta.line
    while line - 1 in found.alone:
        line, text = found.alone[line - 1]
        block.insert(0, text)
    return _one_line("\n".join(block))


def _plain(comment: str) -> str:
    """Take the comment marks off a comment, keeping its lines."""
    inside = comment[2:] if comment.startswith("//") else comment[2:-2]
    return "\n".join(line.strip().lstrip("/*!").strip() for line in inside.splitlines())


def _one_line(text: str) -> str:
    paragraph = re.split(r"\n[ \t]*\n", text.strip(), maxsplit=1)[0]
    return " ".join(paragraph.split()).removesuffix(".")

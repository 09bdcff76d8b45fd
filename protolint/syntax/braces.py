"""Where a closing brace is missing, told from the layout of the text."""

from __future__ import annotations

from protolint.diagnostic import Edit
from protolint.edit import indent, line_end
from protolint.problem import Mark, Problem
from protolint.syntax.explain import end_of_quote
from protolint.syntax.stack import Block, Close, skip_blanks
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from protolint.syntax.tables import Tables
    from protolint.syntax.tree import Document

_MOST_CLOSES = 100
"""A text that lacks more braces than this is not read again as if they were there."""


class _Sign(NamedTuple):
    """What tells the layout: the start of a field, of a block (``opens``), or a close.

    ``line`` is where its line starts, ``indent`` how far that is indented; ``leads`` says that it
    is the first of its line.
    """

    at: int
    line: int
    indent: int
    leads: bool
    opens: Block | None
    closes: bool


def missing_closes(grammar: Tables, text: str, count: int) -> list[Close]:
    """Say where the closes of the ``count`` blocks that are open at the end ought to stand.

    Empty when the layout does not tell, or tells that they are missing at the very end.
    """
    signs = list(_signs(grammar, text))
    for judge in (_by_indentation, _by_names):
        found, open_at_end = judge(signs)
        if found and len(found) + open_at_end == count and len(found) <= _MOST_CLOSES:
            return found
    return []


def report_unclosed(document: Document, closes: Sequence[Close], unclosed: list[Block]) -> None:
    """Report each block that is never closed where it was opened.

    Blocks still open at the end of the file are one finding, at the innermost of them.
    """
    text = document.text
    for close in closes:
        line = text.count("\n", 0, close.at) + 1
        mark = Mark(close.at, close.at, "the block seems to end before this")
        args = {"where": f"before line {line}", "count": 1}
        edits = (_closing(text, close),)
        document.problems.append(_unclosed(close.block, args)._replace(marks=(mark,), edits=edits))
    if unclosed:
        count = len(unclosed)
        where = "up to the end of the file"
        if count > 1:
            where += f", where {count} blocks are open"
        closed = "".join(">" if block.angle else "}" for block in reversed(unclosed))
        start = "" if text.endswith("\n") else line_end(text)
        edits = (Edit(len(text), len(text), f"{start}{closed}{line_end(text)}"),)
        problem = _unclosed(unclosed[-1], {"where": where, "count": count})
        document.problems.append(problem._replace(edits=edits))


def _closing(text: str, close: Close) -> Edit:
    """Return the edit that writes a missing close, on its own line where the next field is."""
    sign = ">" if close.block.angle else "}"
    line = text.rfind("\n", 0, close.at) + 1
    if text[line : close.at].strip():
        return Edit(close.at, close.at, f"{sign} ")
    return Edit(line, line, f"{indent(text, close.block.start)}{sign}{line_end(text)}")


def _unclosed(block: Block, args: dict[str, object]) -> Problem:
    args["name"] = block.name
    args["close"] = ">" if block.angle else "}"
    return Problem("unclosed-block", block.start, block.end, args)


def _by_indentation(signs: list[_Sign]) -> tuple[list[Close], int]:
    """Return the closes that are missing by the indentation, and how many are at the end.

    A line that begins no further to the right than the line which opened the block around it does
    not belong to that block.
    """
    found: list[Close] = []
    around: list[tuple[int, int, Block]] = []  # indentation, line and block of the open ones
    for sign in signs:
        while sign.leads and around and sign.line != around[-1][1]:
            indent, _, block = around[-1]
            if sign.closes and (sign.indent >= indent or len(around) == 1):
                break
            if sign.indent > indent:
                break
            found.append(Close(sign.at, block))
            around.pop()
        if sign.opens:
            around.append((sign.indent, sign.line, sign.opens))
        elif sign.closes and around:
            around.pop()
    return found, len(around)


def _by_names(signs: list[_Sign]) -> tuple[list[Close], int]:
    """Return the closes that are missing by the names, and how many are at the end.

    A block hardly ever stands in one of its own name, `layer` in `layer`: what lies in between is
    not closed. This tells nothing when it is so with most of the blocks.
    """
    found: list[Close] = []
    around: list[Block] = []
    names: set[str] = set()
    blocks = 0
    for sign in signs:
        if sign.opens:
            blocks += 1
            name = sign.opens.name
            while name in names:
                block = around.pop()
                names.discard(block.name)
                found.append(Close(sign.at, block))
            around.append(sign.opens)
            if name:
                names.add(name)
        elif sign.closes and around:
            names.discard(around.pop().name)
    return (found, len(around)) if 2 * len(found) <= blocks else ([], len(around))


def _signs(grammar: Tables, text: str) -> Iterator[_Sign]:
    """Read the layout from the tokens, whether or not they make sense together."""
    kinds, match, size = grammar.kinds, grammar.pattern.match, len(text)
    named = (kinds["OPEN"], kinds["OPEN_ANGLE"])
    name: tuple[_Sign, str] | None = None  # a name on its own, maybe of a block
    position = line = indent = 0
    while (at := skip_blanks(text, position, size)) < size:
        newline = text.rfind("\n", position, at)
        leads = newline >= 0 or position == 0
        if leads:
            line = newline + 1
            indent = len(text[line:at].expandtabs(8))
        token = match(text, at)
        if token is None or token.lastindex is None:
            position = end_of_quote(text, at) if text[at] in "\"'" else at + 1
            name = None
            continue
        kind, position = token.lastindex, token.end()
        sign = _Sign(at, line, indent, leads, None, closes=kind in grammar.closers)
        if kind in named:
            label = text[at : position - 1].rstrip(" \t:")
            yield sign._replace(opens=Block(label, at, position, text[position - 1] == "<"))
        elif kind in grammar.openers:
            own, label = name or (sign, "")
            block = Block(label, own.at, position, text[at] == "<")
            yield own._replace(leads=False, opens=block)
        elif sign.closes or kind in grammar.starters or kind == kinds["NAME"]:
            yield sign
        if kind == kinds["NAME"]:
            name = sign, token[kind]
        elif kind not in (kinds["COLON"], kinds["COMMENT"]):
            name = None

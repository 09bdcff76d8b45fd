"""What the parser does when the text is not well formed: say it once, and lose as little as it can.

The automaton's stack is cut back to the innermost block and the text is skipped to the next thing
that looks like a field of that block or closes it. A field whose name could be made out stays in
the tree without a value, so that later stages know that it is not simply absent.
"""

from __future__ import annotations

import re

from protolint.diagnostic import Edit
from protolint.problem import Mark, Problem
from protolint.syntax import explain
from protolint.syntax.stack import Stack, lost, skip_blanks
from protolint.syntax.tables import BAD, END
from protolint.syntax.tree import Comment, Document

MOST_PROBLEMS = 1000
"""A text with more syntax errors than this is given up."""

_COLON = re.compile(r"[ \t]*+:")


def recover(
    stack: Stack, token: re.Match[str] | None, kind: int, position: int, stop: int
) -> tuple[int, int]:
    """Report what cannot stand where it is, and prepare the stack to read on.

    ``token`` is of ``kind`` and ends at ``position``. Where no token begins (``BAD``) and at the
    end of the text there is none; for a close that is only taken to stand there it has no kind.
    Returns the offset to read on at and the kind to read there first: ``BAD`` for the next token.
    """
    written = token is not None and token.lastindex is not None
    at = token.start(kind) if token is not None and written else position
    virtual = not written and kind != BAD
    if virtual:
        if not stack.in_body():
            _report(stack.document, explain.cut_short(stack, kind))
        _keep_name(stack)
        return position, kind if kind == END else stack.close_kind()
    if len(stack.document.problems) >= MOST_PROBLEMS:
        _keep_name(stack)
        return stop, BAD
    if kind in stack.grammar.closers and stack.in_body():
        return position, _wrong_close(stack, at, position)
    return _skip_mistake(stack, kind, at, position, stop), BAD


def _skip_mistake(stack: Stack, kind: int, at: int, end: int, stop: int) -> int:
    """Report the text ``at``..``end`` and return the offset at which to read on."""
    problem = explain.mistake(stack, kind, at, end)
    _report(stack.document, problem)
    nested = 0
    if kind == BAD or stack.in_body():
        end = max(problem.end, at + 1)
        nested = int(kind in stack.grammar.openers and problem.start == at)
    else:
        end = at
    fields = stack.fields()
    if problem.start < at and stack.in_body():
        # What is wrong begins in what was already read: the value before it, or a brace.
        if fields and fields[-1].value_start == problem.start:
            fields[-1] = lost(fields[-1].name, fields[-1].start)
        else:
            stack.drop_block()
    _keep_name(stack)
    return _resume(stack, end, stop, nested)


def _wrong_close(stack: Stack, at: int, end: int) -> int:
    """Report a close that closes nothing, or a block of the other kind; return what it is."""
    found = stack.document.text[at:end]
    block = stack.innermost()
    if block is None:
        edits = (Edit(at, end, ""),)
        _report(stack.document, Problem("stray-close", at, end, {"found": found}, edits=edits))
        return BAD
    expected = ">" if block.angle else "}"
    mark = Mark(block.start, block.end, "opened here")
    args = {"found": found, "expected": expected, "name": block.name}
    edits = (Edit(at, end, expected),)
    _report(stack.document, Problem("mismatched-close", at, end, args, marks=(mark,), edits=edits))
    return stack.close_kind()


def _keep_name(stack: Stack) -> None:
    """Drop the field that is being read but for its name."""
    field = stack.cut_back()
    if field is not None:
        stack.fields().append(field)


def _report(document: Document, problem: Problem) -> None:
    if len(document.problems) < MOST_PROBLEMS:
        document.problems.append(problem)


def _resume(stack: Stack, position: int, stop: int, nested: int) -> int:
    """Skip from ``position`` to what looks like the next field or the end of the block.

    ``nested`` blocks are open there that are skipped too. Names on the way are lost fields.
    """
    document, grammar, fields = stack.document, stack.grammar, stack.fields()
    text, kinds, match = document.text, grammar.kinds, grammar.pattern.match
    while True:
        offset = skip_blanks(text, position, stop)
        if offset >= stop:
            return stop
        if foreign := explain.FOREIGN_COMMENT.match(text, offset, stop):
            position = foreign.end()
            continue
        token = match(text, offset, stop)
        if token is None or token.lastindex is None:
            position = min(max(explain.bad_token(text, offset).end, offset + 1), stop)
            continue
        kind, end = token.lastindex, token.end()
        if kind == kinds["COMMENT"]:
            document.comments.append(Comment(offset, end))
        elif kind in grammar.closers:
            if nested == 0:
                return offset
            nested -= 1
        elif nested == 0 and kind in grammar.starters:
            return offset
        elif kind in grammar.openers:
            nested += 1
        elif nested == 0 and kind == kinds["NAME"]:
            if "\n" in text[position:offset] or _COLON.match(text, end):
                return offset
            fields.append(lost(token[kind], offset))
        position = end

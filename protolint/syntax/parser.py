"""Prototxt text to tree: a loop that drives the tables of ``grammars/prototxt.lark``.

The automaton's stack holds states and, beside them, what each symbol became: a match object for a
token, a list of ``Field`` for the fields of a block. A syntax error never ends the parse; it costs
the field it stands in (``protolint.syntax.recovery``).
"""

from __future__ import annotations

import re
from functools import cache

from protolint.syntax import tables
from protolint.syntax.stack import Block, Close, Stack, skip_blanks
from protolint.syntax.tables import APPEND, BAD, END, Tables
from protolint.syntax.tree import Comment, Document, Field
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    _Reduction = Callable[[list[Any], str], Any]

_new: Any = tuple.__new__
_NOTHING = re.compile("")
_grammar = cache(tables.load)


def parse(text: str) -> Document:
    """Parse a whole text. Never raises: what is wrong stands in the document's ``problems``."""
    grammar = _grammar()
    document, unclosed = _parse(grammar, text, [])
    if unclosed:
        from protolint.syntax import braces  # noqa: PLC0415  (slow to import, and few texts need it)

        closes: Sequence[Close] = braces.missing_closes(grammar, text, len(unclosed))
        if closes:
            again, still_open = _parse(grammar, text, closes)
            if len(again.problems) <= len(document.problems):
                document, unclosed = again, still_open
            else:
                closes = []
        braces.report_unclosed(document, closes, unclosed)
    document.problems.sort(key=lambda problem: problem.start)
    return document


def parse_tail(text: str, start: int) -> Document | None:
    """Parse a text from an offset on; ``None`` where a block is still open at its end."""
    document, unclosed = _parse(_grammar(), text, [], start)
    return None if unclosed else document


def _parse(
    grammar: Tables, text: str, closes: Sequence[Close], start: int = 0
) -> tuple[Document, list[Block]]:
    """Run the automaton over the text, as if the missing ``closes`` were written.

    Returns the document and the blocks that are still open at its end.
    """
    match, actions, gotos = grammar.pattern.match, grammar.actions, grammar.gotos
    empty_bodies, defaults = grammar.empty_bodies, grammar.defaults
    plain, comment = grammar.kinds["FIELD"], grammar.kinds["COMMENT"]
    reductions: list[tuple[str, int, _Reduction]] = [
        (r.origin, r.size, _REDUCTIONS.get(r.action, _join)) for r in grammar.rules
    ]
    document = Document(text, [], [], [])
    stack = Stack(grammar, document)
    states, values = stack.states, stack.values
    row = actions[states[-1]]
    unclosed: list[Block] = []
    pending = list(reversed(closes))
    position, stop = start, pending[-1].at if pending else len(text)
    while True:
        token: Any = match(text, position, stop)
        if token is not None:
            kind = token.lastindex
            position = token.end()
        elif (offset := skip_blanks(text, position, stop)) < stop:
            kind, position = BAD, offset
        elif pending:
            token = _NOTHING.match(text, position)
            angle = pending.pop().block.angle
            kind = grammar.kinds["CLOSE_ANGLE" if angle else "CLOSE"]
            position, stop = stop, pending[-1].at if pending else len(text)
        else:
            kind, position = END, stop
        while True:
            action = row.get(kind)
            if action == APPEND:
                # One plain field, the commonest thing there is: see tables.APPEND.
                source = token[plain]
                name, _, value = source.partition(":")
                start = position - len(source)
                if value[-1] in ",;":
                    value = value[:-1].rstrip()
                    end = start + len(name) + 1 + len(value)
                else:
                    end = position
                if value[0] in " \t":
                    value = value.lstrip()
                if name[-1] in " \t":
                    name = name.rstrip()
                values[-1].append(_new(Field, (name, start, value, end - len(value), end)))
                break
            if action is None:
                if kind == comment:
                    document.comments.append(Comment(token.start(kind), position))
                    break
                action = defaults.get(states[-1])
                if action is None:
                    if kind == END and states[-1] in grammar.bodies:
                        # Every block that is still open is closed here.
                        unclosed = stack.open_blocks()
                        pending = [Close(stop, block) for block in unclosed]
                        break
                    from protolint.syntax import recovery  # noqa: PLC0415  (as above)

                    position, kind = recovery.recover(stack, token, kind, position, stop)
                    row = actions[states[-1]]
                    if kind == BAD:
                        break
                    continue
            if action >= 0:
                states.append(action)
                values.append(token)
                if action in empty_bodies:
                    action = empty_bodies[action]
                    states.append(action)
                    values.append([])
                row = actions[action]
                break
            origin, size, reduce = reductions[~action]
            if origin == "document":
                return document, unclosed
            symbols = values[-size:]
            del values[-size:], states[-size:]
            values.append(reduce(symbols, text))
            state = gotos[states[-1]][origin]
            states.append(state)
            row = actions[state]


# What a production makes of its symbols: one function for each alias in the grammar.


def _join(symbols: list[Any], _: str) -> list[Any]:
    """Append to the list that a repetition has come to; what is no repetition begins one."""
    if type(symbols[0]) is list:
        symbols[0].extend(symbols[1:])
        return symbols[0]
    return symbols


def _plain_block(symbols: list[Any], _: str) -> list[Field]:
    fields: list[Field] = symbols[0]
    opening, inner, closing = symbols[1:4]
    source, brace = opening[opening.lastindex], opening.end() - 1
    name = source[:-1].rstrip(" \t:")
    fields.append(_new(Field, (name, brace + 1 - len(source), inner, brace, closing.end())))
    return fields


def _other_field(symbols: list[Any], _: str) -> list[Field]:
    fields: list[Field] = symbols[0]
    fields.append(symbols[1])
    return fields


def _key(symbols: list[Any], text: str) -> tuple[str, int]:
    start, end = _start(symbols[0]), symbols[-1].end()
    return text[start:end], start


def _scalar(symbols: list[Any], _: str) -> tuple[int, int]:
    tokens = symbols[0] if type(symbols[0]) is list else symbols
    return _start(tokens[0]), tokens[-1].end()


def _scalar_field(symbols: list[Any], text: str) -> Field:
    (name, at), _, (start, end) = symbols
    return Field(name, at, text[start:end], start, end)


def _block_field(symbols: list[Any], _: str) -> Field:
    name, at = symbols[0]
    opening, inner, closing = symbols[-3:]
    return Field(name, at, inner, _start(opening), closing.end())


def _list_field(symbols: list[Any], _: str) -> Field:
    name, at = symbols[0]
    items = symbols[-2] if type(symbols[-2]) is tuple else ()
    opening = symbols[-3] if items else symbols[-2]
    named = tuple(Field(name, *item[1:]) for item in items)
    return Field(name, at, named, _start(opening), symbols[-1].end())


def _items(symbols: list[Any], _: str) -> tuple[Field, ...]:
    first, *rest = symbols
    return (first, *(item for item in rest[0] if type(item) is Field)) if rest else (first,)


def _scalar_item(symbols: list[Any], text: str) -> Field:
    ((start, end),) = symbols
    return Field("", start, text[start:end], start, end)


def _block_item(symbols: list[Any], _: str) -> Field:
    opening, inner, closing = symbols
    start = _start(opening)
    return Field("", start, inner, start, closing.end())


def _start(token: re.Match[str]) -> int:
    return token.start(token.lastindex or 0)


_REDUCTIONS: dict[str, _Reduction] = {
    "plain_block": _plain_block,
    "other_field": _other_field,
    "key": _key,
    "scalar": _scalar,
    "scalar_field": _scalar_field,
    "block_field": _block_field,
    "list_field": _list_field,
    "items": _items,
    "scalar_item": _scalar_item,
    "block_item": _block_item,
}

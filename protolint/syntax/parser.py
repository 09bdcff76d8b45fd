"""Prototxt text to tree: a loop that drives the tables of ``grammars/prototxt.lark``.

The automaton's stack holds states and, beside them, what each symbol became: a match object for a
token, a list of ``Field`` for the fields of a block. A syntax error never ends the parse; it costs
the field it stands in (``protolint.syntax.recovery``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from protolint.syntax import recovery, tables
from protolint.syntax.recovery import Close
from protolint.syntax.tables import APPEND, END, Tables
from protolint.syntax.tree import Comment, Document, Field

_new = tuple.__new__
_NOTHING = re.compile("")
_grammar = cache(tables.load)


def parse(text: str) -> Document:
    """Parse a whole text. Never raises: what is wrong stands in the document's ``problems``."""
    grammar = _grammar()
    document, unclosed = _parse(grammar, text, [])
    if unclosed:
        closes = recovery.missing_closes(grammar, text, len(unclosed))
        if closes:
            document, unclosed = _parse(grammar, text, closes)
        recovery.report_unclosed(grammar, document, closes, unclosed)
    return document


def _parse(
    grammar: Tables, text: str, closes: Sequence[Close]
) -> tuple[Document, list[re.Match[str]]]:
    """Run the automaton over the text, as if the missing ``closes`` were written.

    Returns the document and the opening tokens of the blocks that are still open at the end.
    """
    match, actions, gotos, rules = (
        grammar.pattern.match,
        grammar.actions,
        grammar.gotos,
        grammar.rules,
    )
    plain, comment = grammar.kinds["FIELD"], grammar.kinds["COMMENT"]
    document = Document(text, [], [], [])
    states: list[int] = [grammar.start]
    values: list[Any] = []
    reductions = [_REDUCTIONS.get(rule.action, _flat) for rule in rules]
    unclosed: list[re.Match[str]] = []
    pending = list(reversed(closes))
    position, stop = 0, pending[-1].at if pending else len(text)
    row = actions[grammar.start]
    while True:
        token = match(text, position, stop)
        if token is not None:
            kind = token.lastindex or END
            position = token.end()
            if kind == comment:
                document.comments.append(Comment(token.start(kind), position))
                continue
        elif (offset := recovery.skip_blanks(text, position, stop)) < stop:
            position = recovery.bad_token(grammar, document, states, values, offset, stop)
            row = actions[states[-1]]
            continue
        elif pending:
            token = _NOTHING.match(text, stop)
            kind = pending.pop().kind
            position, stop = stop, pending[-1].at if pending else len(text)
        else:
            kind = END
        while True:
            action = row.get(kind)
            if action is None:
                if kind == END and states[-1] in grammar.bodies:
                    unclosed = recovery.open_tokens(grammar, values)
                    pending = [recovery.close_for(grammar, token, stop) for token in unclosed]
                    break
                position, forced = recovery.unexpected(
                    grammar, document, states, values, token, kind, stop
                )
                row = actions[states[-1]]
                if forced is None:
                    break
                kind = forced
            elif action == APPEND:
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
            elif action >= 0:
                states.append(action)
                values.append(token)
                row = actions[action]
                break
            else:
                rule = rules[~action]
                if rule.origin == "document":
                    document.fields.extend(values[0])
                    return document, unclosed
                if rule.size:
                    symbols = values[-rule.size :]
                    del values[-rule.size :], states[-rule.size :]
                else:
                    symbols = []
                values.append(reductions[~action](symbols, text))
                state = gotos[states[-1]][rule.origin]
                states.append(state)
                row = actions[state]


# What a production makes of its symbols: one function for each alias in the grammar.


def _flat(symbols: list[Any], _: str) -> list[Any]:
    """Join the lists of a repetition; all else stays as it is."""
    out: list[Any] = []
    for symbol in symbols:
        if type(symbol) is list:
            out += symbol
        else:
            out.append(symbol)
    return out


def _no_field(_: list[Any], __: str) -> list[Field]:
    return []


def _plain_block(symbols: list[Any], _: str) -> list[Field]:
    fields, opening, inner, closing = symbols[:4]
    source, brace = opening[opening.lastindex], opening.end() - 1
    name = source[:-1].rstrip(" \t:")
    fields.append(Field(name, brace + 1 - len(source), inner, brace, closing.end()))
    return fields  # type: ignore[no-any-return]


def _other_field(symbols: list[Any], _: str) -> list[Field]:
    symbols[0].append(symbols[1])
    return symbols[0]  # type: ignore[no-any-return]


def _key(symbols: list[Any], text: str) -> tuple[str, int]:
    start, end = _start(symbols[0]), symbols[-1].end()
    return text[start:end], start


def _scalar(symbols: list[Any], _: str) -> tuple[int, int]:
    tokens = _flat(symbols, "")
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
    items = next((s for s in symbols[1:] if type(s) is tuple), ())
    opening = next(s for s in symbols[1:] if s[s.lastindex] == "[")
    named = tuple(Field(name, *item[1:]) for item in items)
    return Field(name, at, named, _start(opening), symbols[-1].end())


def _items(symbols: list[Any], _: str) -> tuple[Field, ...]:
    return tuple(symbol for symbol in _flat(symbols, "") if isinstance(symbol, Field))


def _scalar_item(symbols: list[Any], text: str) -> Field:
    ((start, end),) = symbols
    return Field("", start, text[start:end], start, end)


def _block_item(symbols: list[Any], _: str) -> Field:
    opening, inner, closing = symbols
    start = _start(opening)
    return Field("", start, inner, start, closing.end())


def _start(token: re.Match[str]) -> int:
    return token.start(token.lastindex or 0)


_REDUCTIONS: dict[str, Callable[[list[Any], str], Any]] = {
    "no_field": _no_field,
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

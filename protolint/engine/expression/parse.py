"""Expression text to nodes, by the grammar in ``grammars/expression.lark``.

Lark is imported when a text is really parsed; rules come from a cache of nodes otherwise.
"""

from __future__ import annotations

import functools
import os
import types

from protolint.compiled import data_folder
from protolint.engine.expression.errors import ExpressionError
from protolint.engine.expression.nodes import Node, chain
from protolint.engine.expression.pattern import PatternError, matcher
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lark import Lark, Token

MACROS = ("all", "exists", "exists_one", "filter", "map")
MAX_DEPTH = 100
MAX_LOOPS = 3
"""Macros within each other: each multiplies the time by the length of its list."""
MAX_INT = 2**63 - 1

_ESCAPES = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "r": "\r", "t": "\t"}
_HABITS = {"=": "==", "&": "&&", "|": "||", "and": "&&", "or": "||", "not": "!"}


def parse(text: str) -> Node:
    """Return the node of an expression; raise ``ExpressionError`` when it is not well formed."""
    from lark import UnexpectedCharacters, UnexpectedToken  # noqa: PLC0415  slow to import

    try:
        node: Any = _parser().parse(text)
    except UnexpectedCharacters as error:
        at = error.pos_in_stream or 0
        raise _unexpected(text, at, at + 1) from None
    except UnexpectedToken as error:
        if error.token.type == "$END":
            message = "the expression is not complete" if text.strip() else "no expression"
            raise ExpressionError(message, len(text), len(text)) from None
        start, end = error.token.start_pos, error.token.end_pos
        raise _unexpected(text, start or 0, end or 0) from None
    _limit_depth(node)
    return list(node)


def parse_path(text: str) -> tuple[str, ...]:
    """Return the names of a path such as ``layer.pooling_param.stride``.

    Raise ``ExpressionError`` when the text is anything but a variable and members of it.
    """
    node = parse(text)
    path = chain(node)
    if path is None:
        message = "expected a path such as layer.pooling_param.stride"
        raise ExpressionError(message, node[1], node[2])
    return path


@functools.cache
def _parser() -> Lark:
    from lark import Lark  # noqa: PLC0415  slow to import

    with open(os.path.join(data_folder("grammars"), "expression.lark"), encoding="utf-8") as file:
        return Lark(file, parser="lalr", transformer=types.SimpleNamespace(**_BUILDERS))


def _unexpected(text: str, start: int, end: int) -> ExpressionError:
    word = text[start:end]
    if word in ("'", '"'):
        return ExpressionError("this string has no closing quote", start, len(text))
    hint = f"; did you mean '{_HABITS[word]}'?" if word in _HABITS else ""
    return ExpressionError(f"unexpected {word!r}{hint}", start, end)


def _limit_depth(root: Node) -> None:
    """Refuse what later stages, which recurse, could not follow."""
    pending = [(root, 1, 0)]
    while pending:
        node, depth, loops = pending.pop()
        if depth > MAX_DEPTH:
            message = f"the expression is nested more than {MAX_DEPTH} deep"
            raise ExpressionError(message, root[1], root[2])
        loops += node[0] == "macro"
        if loops > MAX_LOOPS:
            message = f"more than {MAX_LOOPS} of {', '.join(MACROS)} within each other"
            raise ExpressionError(message, node[1], node[2])
        pending.extend((operand, depth + 1, loops) for operand in node[3])


# One function for each production; the children are nodes and those tokens that have a name.


def _conditional(children: list[Node]) -> Node:
    return ["?:", children[0][1], children[2][2], children]


def _binary(children: list[Any]) -> Node:
    left, operator, right = children
    return [str(operator), left[1], right[2], [left, right]]


def _unary(children: list[Any]) -> Node:
    operator, operand = children
    start = operator.start_pos
    if operator == "-" and operand[0] in ("int", "double"):
        return [operand[0], start, operand[2], [], -operand[4]]
    return [str(operator), start, operand[2], [operand]]


def _select(children: list[Any]) -> Node:
    operand, name = children
    return ["select", operand[1], name.end_pos, [operand], str(name), name.start_pos]


def _method(children: list[Any]) -> Node:
    operand, name, arguments, close = children
    start, end, offset = operand[1], close.end_pos, name.start_pos
    if name == "matches":
        return ["matches", start, end, [operand], _pattern(arguments, offset, end)]
    if name not in MACROS:
        return ["method", start, end, [operand, *arguments], str(name), offset]
    if len(arguments) != 2 or arguments[0][0] != "name":
        message = f"{name}() takes a new name and an expression: list.{name}(x, … x …)"
        raise ExpressionError(message, offset, end)
    variable, body = arguments
    return ["macro", start, end, [operand, body], str(name), offset, variable[4]]


def _pattern(arguments: list[Node], start: int, end: int) -> str:
    if len(arguments) != 1 or arguments[0][0] != "string":
        raise ExpressionError("matches() takes one string with a pattern", start, end)
    pattern: str = arguments[0][4]
    try:
        matcher(pattern)
    except PatternError as error:
        raise ExpressionError(str(error), arguments[0][1], arguments[0][2]) from None
    return pattern


def _index(children: list[Any]) -> Node:
    operand, index, close = children
    return ["index", operand[1], close.end_pos, [operand, index]]


def _name(children: list[Token]) -> Node:
    (name,) = children
    return ["name", name.start_pos, name.end_pos, [], str(name)]


def _call(children: list[Any]) -> Node:
    name, arguments, close = children
    start, end = name.start_pos, close.end_pos
    if name != "has":
        return ["call", start, end, arguments, str(name)]
    if len(arguments) != 1 or arguments[0][0] != "select":
        raise ExpressionError("has() takes one field, as in has(solver.max_iter)", start, end)
    operands, field, offset = arguments[0][3:]
    return ["has", start, end, operands, field, offset]


def _parenthesis(children: list[Any]) -> Node:
    opening, node, closing = children
    return [node[0], opening.start_pos, closing.end_pos, *node[3:]]


def _list(children: list[Any]) -> Node:
    opening, elements, closing = children
    return ["list", opening.start_pos, closing.end_pos, elements]


def _int(children: list[Token]) -> Node:
    (token,) = children
    span = token.start_pos or 0, token.end_pos or 0
    if len(token) > 1 and token[0] == "0":
        # Caffe would read it as octal, most people as decimal.
        raise ExpressionError("a number must not begin with 0", *span)
    # Compared by length first: int() itself refuses thousands of digits.
    if len(token) > len(str(MAX_INT)) or int(token) > MAX_INT:
        raise ExpressionError("this number does not fit in 64 bits", *span)
    return ["int", *span, [], int(token)]


def _double(children: list[Token]) -> Node:
    (token,) = children
    span = token.start_pos or 0, token.end_pos or 0
    value = float(token)
    if value == float("inf"):
        raise ExpressionError("this number is too large for a double", *span)
    return ["double", *span, [], value]


def _string(children: list[Token]) -> Node:
    (token,) = children
    start, end = token.start_pos or 0, token.end_pos or 0
    parts: list[str] = []
    at = 1
    while at < len(token) - 1:
        if token[at] != "\\":
            parts.append(token[at])
            at += 1
            continue
        escape = token[at + 1]
        if escape not in _ESCAPES:
            message = f"unknown escape \\{escape}; a backslash itself is written \\\\"
            raise ExpressionError(message, start + at, start + at + 2)
        parts.append(_ESCAPES[escape])
        at += 2
    return ["string", start, end, [], "".join(parts)]


def _bool(children: list[Token]) -> Node:
    (word,) = children
    return ["bool", word.start_pos, word.end_pos, [], word == "true"]


_BUILDERS: dict[str, Callable[[list[Any]], Any]] = {
    "conditional": _conditional,
    "binary": _binary,
    "unary": _unary,
    "select": _select,
    "method": _method,
    "index": _index,
    "name": _name,
    "call": _call,
    "parenthesis": _parenthesis,
    "list": _list,
    "int": _int,
    "double": _double,
    "string": _string,
    "bool": _bool,
    "arguments": list,
}

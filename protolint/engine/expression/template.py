"""Message texts with ``{expression}`` placeholders.

``{{`` and ``}}`` stand for the braces themselves.
"""

from __future__ import annotations

import math

from protolint.engine.expression.errors import ExpressionError
from protolint.engine.expression.evaluate import Scope, compile_node
from protolint.single import single
from protolint.typing import TYPE_CHECKING
from protolint.values import Interval, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, TypeAlias

    from protolint.engine.expression.nodes import Node

Part: TypeAlias = "str | Node"


def parse_template(text: str) -> list[Part]:
    """Return the text between placeholders as strings and the placeholders as nodes.

    Offsets in the nodes, and in an ``ExpressionError``, count from the start of ``text``.
    """
    from protolint.engine.expression.parse import parse  # noqa: PLC0415  (not to render)

    parts: list[Part] = []
    literal = ""
    at = 0
    while at < len(text):
        if text[at : at + 2] in ("{{", "}}"):
            literal += text[at]
            at += 2
        elif text[at] == "{":
            if literal:
                parts.append(literal)
                literal = ""
            end = _closing_brace(text, at)
            # Blanks in place of the text before it give the nodes their offsets in the template.
            parts.append(parse(" " * (at + 1) + text[at + 1 : end]))
            at = end + 1
        elif text[at] == "}":
            raise ExpressionError("a single '}'; write '}}' for the character", at, at + 1)
        else:
            literal += text[at]
            at += 1
    return [*parts, literal] if literal else parts


def render(parts: Iterable[Part], scope: Scope) -> str:
    """Return the text with the value of each placeholder, which must have passed the check."""
    return "".join(
        part if isinstance(part, str) else show(compile_node(part)(scope)) for part in parts
    )


def show(value: Any) -> str:
    """Return a value as a message shows it: a string as it is, ``?`` for what is unknown."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _show_double(value)
    if type(value) is Unknown:
        return "?"
    if type(value) is Interval:
        return f"{show(value.lo)}..{show(value.hi)}"
    if isinstance(value, list):
        return f"[{', '.join(map(show, value))}]"
    return str(value)


def _show_double(value: float) -> str:
    """Return the shortest decimal that single precision reads as the value, else seven digits.

    Seven because what is computed from single-precision numbers holds no more.
    """
    if not math.isfinite(value) or single(value) != value:
        return f"{value:.7g}"
    for digits in range(1, 9):
        shortest = float(f"{value:.{digits}g}")
        if single(shortest) == value:
            break
    else:
        shortest = float(f"{value:.9g}")
    return repr(shortest).removesuffix(".0")


def _closing_brace(text: str, opening: int) -> int:
    quote = ""
    at = opening + 1
    while at < len(text):
        if quote:
            if text[at] == "\\":
                at += 1
            elif text[at] == quote:
                quote = ""
        elif text[at] in "\"'":
            quote = text[at]
        elif text[at] == "}":
            return at
        at += 1
    message = "a '{' that is not closed; write '{{' for the character"
    raise ExpressionError(message, opening, len(text))

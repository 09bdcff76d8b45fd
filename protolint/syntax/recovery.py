"""What the parser does when the text is not well formed: say it once, and lose as little as it can.

On an error the automaton's stack is cut back to the innermost block and the text is skipped to the
next thing that looks like a field of that block or closes it. A field whose name could be made out
stays in the tree without a value, so that later stages know that it is not simply absent.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from protolint.problem import Mark, Problem
from protolint.syntax.tables import END, Tables
from protolint.syntax.tree import Comment, Document, Field

MOST_PROBLEMS = 1000
"""A text with more syntax errors than this is given up."""

_BLANKS = re.compile(r"[ \t\r\n\v\f]*+")
_LINE_END = re.compile(r"[^\n]*+")
_PLACEHOLDER = re.compile(
    r"\$\{[^}\n]*\}|\$#[^\n]*?#\$|\{\{[^}\n]*\}\}|\$\([^)\n]*\)|<%[^\n]*?%>|@\w+@|%\w+%|\$\w+"
)
_STRING_ON_LINE = re.compile(r""""(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'""")
_STRING_TO_FAULT = re.compile(
    r"""["'](?:[^"'\\\n\x00]|\\(?:[abfnrtv\\?'"0-7]|[xX][\da-fA-F]|u[\da-fA-F]{4}"""
    r"""|U00(?:0[\da-fA-F]|10)[\da-fA-F]{4}))*+"""
)
_NUMBER = re.compile(r"\.?\d[\w.]*", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]+")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_COLON = re.compile(r"[ \t]*:")


class Close(NamedTuple):
    """A missing ``}`` or ``>``: where it is taken to stand, and which block it closes."""

    at: int
    kind: int
    opening: tuple[str, int, int] = ("", 0, 0)


def skip_blanks(text: str, position: int, stop: int) -> int:
    """Return the offset of the first character at or behind ``position`` that is not blank."""
    found = _BLANKS.match(text, position, stop)
    return found.end() if found else position


def bad_token(
    grammar: Tables, document: Document, states: list[int], values: list[Any], offset: int, stop: int
) -> int:
    """Report the text at ``offset``, which no token begins with; return where to read on."""
    text = document.text
    problem = _name_bad_token(text, offset)
    end = max(problem.end, offset + 1)
    if problem.rule == "unclosed-string":
        # The quote may have been meant to close a string that was left open further up.
        runaway = _cut_runaway(grammar, document, states, values, offset)
        if runaway is not None:
            return runaway
    _report(document, problem)
    lost = _cut_back(grammar, states, values)
    return _resume(grammar, document, values, end, stop, lost)


def unexpected(
    grammar: Tables,
    document: Document,
    states: list[int],
    values: list[Any],
    token: re.Match[str] | None,
    kind: int,
    stop: int,
) -> tuple[int, int | None]:
    """Report a token that cannot stand where it is.

    Returns the offset at which to read on and, where the token is to be taken for another, that
    other kind.
    """
    text = document.text
    at, end = (stop, stop) if token is None else (token.start(kind), token.end())
    runaway = _cut_runaway(grammar, document, states, values, at)
    if runaway is not None:
        return runaway, None
    in_body = states[-1] in grammar.bodies
    kinds = grammar.kinds
    if in_body and kind in (kinds["CLOSE"], kinds["CLOSE_ANGLE"]):
        found = text[at:end]
        opens = open_tokens(grammar, values)
        if not opens:
            _report(document, Problem("stray-close", at, end, {"found": found}))
            return end, None
        opening = opens[-1]
        name, start, brace = _opening(grammar, values, opening)
        expected = ">" if found == "}" else "}"
        mark = Mark(start, brace + 1, "opened here")
        args = {"found": found, "expected": expected, "name": name}
        _report(document, Problem("mismatched-close", at, end, args, marks=(mark,)))
        return end, close_for(grammar, opening, stop).kind
    partial = _partial(grammar, states, values)
    expected = _expected(partial)
    found = "the end of the file" if kind == END else f"`{_shorten(text[at:end])}`"
    help_text = _advice(document, values, partial, at, text[at:end])
    _report(
        document,
        Problem("syntax-error", at, end, {"expected": expected, "found": found, "advice": help_text}),
    )
    lost = _cut_back(grammar, states, values)
    return _resume(grammar, document, values, end if in_body else at, stop, lost), None


def open_tokens(grammar: Tables, values: list[Any]) -> list[re.Match[str]]:
    """Return the opening tokens of the blocks now open, the outermost first."""
    opening = {grammar.kinds[name] for name in ("OPEN", "OPEN_ANGLE", "BRACE", "ANGLE")}
    return [v for v in values if isinstance(v, re.Match) and v.lastindex in opening]


def close_for(grammar: Tables, opening: re.Match[str], at: int) -> Close:
    """Return the close, at offset ``at``, of the block that ``opening`` opened."""
    angle = opening[0].endswith("<")
    return Close(at, grammar.kinds["CLOSE_ANGLE" if angle else "CLOSE"])


def missing_closes(grammar: Tables, text: str, count: int) -> list[Close]:
    """Say, from the indentation, where ``count`` missing closes ought to stand.

    A line that begins no further to the right than the line which opened the block around it does
    not belong to that block. Empty when the indentation does not account for exactly ``count``.
    """
    kinds, match = grammar.kinds, grammar.pattern.match
    closes = {
        kinds["OPEN"]: kinds["CLOSE"],
        kinds["BRACE"]: kinds["CLOSE"],
        kinds["OPEN_ANGLE"]: kinds["CLOSE_ANGLE"],
        kinds["ANGLE"]: kinds["CLOSE_ANGLE"],
    }
    closers = set(closes.values())
    starters = {kinds["FIELD"], kinds["NAME"], kinds["OPEN"], kinds["OPEN_ANGLE"]}
    found: list[Close] = []
    stack: list[tuple[int, int, Close]] = []  # indentation, line start, and the block's close
    position, line = 0, -1
    while position < len(text):
        token = match(text, position)
        if token is None or token.lastindex is None:
            position = max(skip_blanks(text, position, len(text)), position) + 1
            continue
        kind = token.lastindex
        at, position = token.start(kind), token.end()
        start = text.rfind("\n", 0, at) + 1
        first, line = start != line, start
        if kind == kinds["COMMENT"]:
            continue
        indent = len(text[start:at].expandtabs(8)) if first else -1
        if first and (kind in starters or kind in closers):
            inside = kind in starters
            while stack and line != stack[-1][1] and (
                indent <= stack[-1][0] if inside else indent < stack[-1][0] and len(stack) > 1
            ):
                found.append(stack.pop()[2]._replace(at=at))
        if kind in closers:
            if stack:
                stack.pop()
        elif kind in closes:
            name = text[at : position - 1].rstrip(" \t:") or "block"
            own = len(_indent(text, start).expandtabs(8))
            stack.append((own, start, Close(0, closes[kind], (name, at, position))))
    return found if len(found) + len(stack) == count else []


def report_unclosed(
    grammar: Tables, document: Document, closes: list[Close], unclosed: list[re.Match[str]]
) -> None:
    """Report each block that is never closed where it was opened.

    Blocks still open at the end of the file are one finding, at the innermost of them.
    """
    text = document.text
    for close in closes:
        name, start, end = close.opening
        mark = Mark(close.at, close.at, "the block seems to end before this line")
        line = text.count("\n", 0, close.at) + 1
        args = {"name": name, "where": f"before line {line}", "count": 1}
        _report(document, Problem("unclosed-block", start, end, args, marks=(mark,)))
    if unclosed:
        token = unclosed[-1]
        start, end = token.start(token.lastindex or 0), token.end()
        name = text[start : end - 1].rstrip(" \t:") or "block"
        args = {"name": name, "where": "at the end of the file", "count": len(unclosed)}
        _report(document, Problem("unclosed-block", start, end, args))
    document.problems.sort(key=lambda problem: problem.start)


def _opening(grammar: Tables, values: list[Any], token: re.Match[str]) -> tuple[str, int, int]:
    """Return a block's name, where its field starts, and where its brace stands."""
    brace = token.end() - 1
    source = token[token.lastindex or 0]
    if len(source) > 1:
        return source[:-1].rstrip(" \t:"), brace + 1 - len(source), brace
    for value in reversed(values[: values.index(token)]):
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
            return value[0], value[1], brace
        if isinstance(value, list):
            break
    return "block", brace, brace


def _report(document: Document, problem: Problem) -> None:
    problems = document.problems
    if not problems or problems[-1].start != problem.start or problems[-1].rule != problem.rule:
        problems.append(problem)


def _partial(grammar: Tables, states: list[int], values: list[Any]) -> list[Any]:
    """Return the symbols of the field that was being read."""
    depth = len(states)
    while states[depth - 1] not in grammar.bodies and depth > 1:
        depth -= 1
    partial = values[depth - 1 :]
    if partial and (name := _name_of(grammar, partial[0])):
        partial[0] = name[:2]
    return partial


def _cut_back(grammar: Tables, states: list[int], values: list[Any]) -> list[tuple[str, int, int]]:
    """Cut the stack back to the innermost block; return the names of the fields lost with it."""
    partial = _partial(grammar, states, values)
    if partial:
        del values[-len(partial) :], states[-len(partial) :]
    if not values:  # nothing read at all yet: the empty document has not been reduced
        states.append(grammar.gotos[states[-1]]["fields"])
        values.append([])
    return [name for symbol in partial if (name := _name_of(grammar, symbol))]


def _name_of(grammar: Tables, symbol: Any) -> tuple[str, int, int] | None:
    if isinstance(symbol, re.Match):
        if symbol.lastindex == grammar.kinds["NAME"]:
            return symbol[symbol.lastindex], symbol.start(symbol.lastindex), symbol.end()
        return None
    if isinstance(symbol, tuple) and len(symbol) == 2 and isinstance(symbol[0], str):
        name, start = symbol
        return name, start, start + len(name)
    return None


def _resume(
    grammar: Tables,
    document: Document,
    values: list[Any],
    position: int,
    stop: int,
    lost: list[tuple[str, int, int]],
) -> int:
    """Skip from ``position`` to what looks like the next field or the end of the block."""
    text, kinds = document.text, grammar.kinds
    starters = {kinds["FIELD"], kinds["OPEN"], kinds["OPEN_ANGLE"]}
    openers = {kinds["OPEN"], kinds["OPEN_ANGLE"], kinds["BRACE"], kinds["ANGLE"]}
    closers = {kinds["CLOSE"], kinds["CLOSE_ANGLE"]}
    nested = 0
    if len(document.problems) >= MOST_PROBLEMS:
        position = stop
    while True:
        token = grammar.pattern.match(text, position, stop)
        if token is None or token.lastindex is None:
            position = skip_blanks(text, position, stop)
            if position >= stop:
                break
            position = max(_name_bad_token(text, position).end, position + 1)
            continue
        kind = token.lastindex
        at = token.start(kind)
        if kind == kinds["COMMENT"]:
            document.comments.append(Comment(at, token.end()))
        elif nested == 0 and (
            kind in starters
            or kind in closers
            or (kind == kinds["NAME"] and _begins_field(text, at, token.end()))
        ):
            position = at
            break
        elif kind in closers:
            nested -= 1
        elif kind in openers:
            nested += 1
        elif kind == kinds["NAME"] and nested == 0:
            lost.append((token[kind], at, token.end()))
        position = token.end()
    values[-1].extend(Field(name, start, None, start, end) for name, start, end in lost)
    return position


def _begins_field(text: str, start: int, end: int) -> bool:
    """Return whether the name at ``start``..``end`` leads its line or has a colon behind it."""
    return bool(_COLON.match(text, end)) or not text[text.rfind("\n", 0, start) + 1 : start].strip()


def _indent(text: str, start: int) -> str:
    end = start
    while end < len(text) and text[end] in " \t":
        end += 1
    return text[start:end]


def _cut_runaway(
    grammar: Tables, document: Document, states: list[int], values: list[Any], at: int
) -> int | None:
    """Blame a string that ran on over line breaks, when one ends on the line of the error.

    Such a string is legal, but when what follows is not, its closing quote was most likely
    forgotten. The string is taken back to its first line; returns the end of that line.
    """
    text = document.text
    partial = _partial(grammar, states, values)
    body = next((v for v in reversed(values) if isinstance(v, list)), [])
    start = end = -1
    lost: list[tuple[str, int, int]] = []
    for symbol in partial:
        if (
            isinstance(symbol, re.Match)
            and symbol.lastindex == grammar.kinds["STRING"]
            and "\n" in symbol[symbol.lastindex]
        ):
            start, end = symbol.start(symbol.lastindex), symbol.end()
    if start < 0 and body and type(body[-1].value) is str:
        field = body[-1]
        if field.value[:1] in "\"'" and "\n" in field.value:
            start, end = field.value_start, field.end
            lost.append((field.name, field.start, field.start + len(field.name)))
    if start < 0 or "\n" in text[end:at]:
        return None
    if lost:
        body.pop()
    while document.comments and document.comments[-1].start > start:
        document.comments.pop()
    _report(document, _unclosed_string(text, start))
    lost = _cut_back(grammar, states, values) + lost
    values[-1].extend(Field(name, s, None, s, e) for name, s, e in lost if s < start)
    return _line_end(text, start)


def _unclosed_string(text: str, start: int) -> Problem:
    return Problem("unclosed-string", start, _line_end(text, start), {"quote": text[start]})


def _line_end(text: str, start: int) -> int:
    found = _LINE_END.match(text, start)
    end = found.end() if found else start
    return end - 1 if text[end - 1 : end] == "\r" else end


def _name_bad_token(text: str, offset: int) -> Problem:
    """Say what is wrong with the text at ``offset``, which no token begins with."""
    first = text[offset]
    if found := _PLACEHOLDER.match(text, offset):
        return Problem("unexpanded-template", offset, found.end(), {"placeholder": found[0]})
    if first in "\"'":
        whole = _STRING_ON_LINE.match(text, offset)
        if whole is None:
            return _unclosed_string(text, offset)
        sound = _STRING_TO_FAULT.match(text, offset)
        fault = sound.end() if sound else offset
        if text[fault : fault + 1] == "\\":
            args = {"escape": text[fault : fault + 2]}
            return Problem("invalid-escape", offset, whole.end(), args)
        return _character(text, fault, min(fault + 1, whole.end()))
    if found := _NUMBER.match(text, offset):
        return Problem("invalid-number", offset, found.end(), {"number": _shorten(found[0])})
    if found := _CONTROL.match(text, offset) or _FOREIGN.match(text, offset):
        return _character(text, offset, found.end())
    return _character(text, offset, offset + 1)


_CHARACTERS = {
    "=": "write `:` between a name and its value",
    "\u00a0": "a no-break space, often pasted from a web page; write a plain space",
    "\u201c": 'a typographic quote; write "',
    "\u201d": 'a typographic quote; write "',
    "\u2018": "a typographic quote; write '",
    "\u2019": "a typographic quote; write '",
    "\uff1a": "a full-width colon; write :",
    "\ufeff": "a byte-order mark inside the file",
    "/": "comments begin with #",
    "*": "comments begin with #",
}


def _character(text: str, start: int, end: int) -> Problem:
    character = text[start]
    code = ord(character)
    shown = f"U+{code:04X}" if not character.isprintable() or code > 0x7F else f"`{character}`"
    if 0xDC80 <= code <= 0xDCFF:
        shown = f"byte 0x{code - 0xDC00:02X}, which is not UTF-8"
    return Problem(
        "invalid-character", start, end, {"character": shown, "advice": _CHARACTERS.get(character, "")}
    )


def _expected(partial: list[Any]) -> str:
    """Say what could have followed the symbols of a field that was being read."""
    if not partial:
        return "a field name"
    sources = [s[s.lastindex or 0] if isinstance(s, re.Match) else "" for s in partial]
    last = sources[-1]
    if last == ":":
        return f"a value for `{partial[0][0]}`"
    if last == "-":
        return "a number after `-`"
    if last in ("[", ","):
        return "a value"
    if "[" in sources and "]" not in sources:
        return "`,` or `]`"
    if isinstance(partial[-1], tuple) and isinstance(partial[-1][0], str):
        return f"`:` or `{{` after `{partial[-1][0]}`"
    return "a field name"


def _advice(
    document: Document, values: list[Any], partial: list[Any], at: int, found: str
) -> str:
    """Say what to write instead, where the mistake is a known one."""
    text = document.text
    body = values[-1] if values and isinstance(values[-1], list) else []
    if not partial and body and isinstance(body[-1].value, str):
        before = body[-1]
        if text[before.end : at] == "," and before.value.isdigit() and found.isdigit():
            return f"write {before.value}.{found} with a decimal point"
    if not partial and found in ",;":
        return "only one separator may stand behind a field, and none before the first"
    if len(partial) == 1 and isinstance(partial[0], tuple) and re.match(r"[\w\"'.-]", found):
        return f"write `{partial[0][0]}: {_shorten(found)}`"
    return ""


def _shorten(text: str) -> str:
    text = text.split("\n", 1)[0]
    return text if len(text) <= 40 else text[:39] + "…"

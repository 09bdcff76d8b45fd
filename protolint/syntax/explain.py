"""What is wrong at a place of a text that cannot be read, and what to write instead."""

from __future__ import annotations

import re

from protolint.diagnostic import Edit
from protolint.problem import Problem
from protolint.syntax.literal import is_quoted, is_word
from protolint.syntax.tables import BAD, END
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from protolint.syntax.stack import Stack

_LINE_END = re.compile(r"[^\n]*+")
_PLACEHOLDER = re.compile(
    r"\$\{[^}\n]{0,200}\}|\$#[^\n]{0,200}?#\$|\$\([^)\n]{0,200}\)|@\w+@|%\w+%|\$\w+"
)
_BRACED_PLACEHOLDER = re.compile(r"\{\{[^{}\n]{0,200}\}\}|\{%[^\n]{0,200}?%\}|<%[^\n]{0,200}?%>")
_STRING_ON_LINE = re.compile(r""""(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'""")
_ESCAPE = r"""\\(?:[abfnrtv\\?'"0-7]|[xX][\da-fA-F]|u[\da-fA-F]{4}|U00[01][\da-fA-F]{5})"""
_SOUND_STRING = re.compile(rf""""(?:[^"\\\x00]|{_ESCAPE})*+|'(?:[^'\\\x00]|{_ESCAPE})*+""")
_NUMBER = re.compile(r"\.?\d(?:[eE][+-]|[\w.])*+", re.ASCII)
_NAME_BEHIND_NUMBER = re.compile(r"(\d+(?:\.\d*)?)([A-Za-z_]\w*)(?=[ \t]*[:{<])", re.ASCII)
_FRACTION = re.compile(r"\d+(?:[eE][+-]?\d+)?[fF]?(?![\w.])", re.ASCII)
_VALUES = re.compile(
    r"""(?:"[^"\n]*"|-?[.\d][\w.]*)(?:[ \t]*,[ \t]*(?:"[^"\n]*"|-?[.\d][\w.]*))*"""
)
_CURLY_STRING = re.compile(
    "[\u201c\u201d\u2018\u2019][^\u201c\u201d\u2018\u2019\\n]{0,500}[\u201c\u201d\u2018\u2019]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]+")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_NO_OCTAL = re.compile(r"(0+)[1-9]\d*", re.ASCII)
_UNSIGNED = re.compile(r"\.?\d", re.ASCII)
_BACKSLASHES = re.compile(r"\\+")
_VALUE = re.compile(r"""["']|-?[ \t]*\.?\d|-?[A-Za-z_]\w*+(?![ \t]*[:{<\[])""", re.ASCII)
"""What can only be the value of a name before it: a word could be the name of the next field."""
_WORD_TO_END = re.compile(r"([\w./-]+)[ \t]*(?:$|#)")
FOREIGN_COMMENT = re.compile(r"//[^\n\r]*+|/\*(?:[^\n]*?\*/|[^\n\r]*+)")

_NUMBER_ADVICE = (
    "a leading zero makes a number octal; an exponent needs digits; there is one decimal point only"
)
_ADVICE = {
    "=": "write `:` between a name and its value",
    "+": "write a number without `+`",
    "\u00a0": "a no-break space, often pasted from a web page; write a plain space",
    "\u201c": 'a typographic quote; write "',
    "\u201d": 'a typographic quote; write "',
    "\u2018": "a typographic quote; write '",
    "\u2019": "a typographic quote; write '",
    "\uff1a": "a full-width colon; write :",
    "\ufeff": "a byte-order mark inside the file; remove it",
}
_PLAIN = {
    **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2008\u2009\u200a\u202f\u3000", " "),
    **dict.fromkeys("\ufeff\u200b\u200c\u200d\u2060", ""),
    "\uff1a": ":",
    "\uff0c": ",",
    "\uff1b": ";",
}
"""What stands for a character that only looks like it."""


def mistake(stack: Stack, kind: int, at: int, end: int) -> Problem:
    """Return the problem of the text ``at``..``end``, a token of ``kind`` or no token (``BAD``).

    It may begin before ``at``, where the mistake lies in the value or the brace before.
    """
    text = stack.document.text
    if stack.in_body() and (found := _mistaken_value(stack, at) or _braced_placeholder(stack, at)):
        return found
    if foreign := FOREIGN_COMMENT.match(text, at):
        args = {"expected": "a comment with #", "found": f"`{foreign[0][:2]}`"}
        advice = "comments begin with #, to the end of the line"
        return _syntax_error(at, foreign.end(), args, advice)._replace(
            edits=_comment(text, foreign)
        )
    if kind == BAD:
        return bad_token(text, at)
    partial = stack.partial()
    found_text = text[at:end]
    args = {"expected": _expected(partial), "found": f"`{_shorten(found_text)}`"}
    problem = _syntax_error(at, end, args, _advice(partial, found_text))
    return problem._replace(edits=_edits(partial, text, at, end))


def cut_short(stack: Stack, kind: int) -> Problem:
    """Return the problem of a field that ends, with its block or the text, before its value."""
    partial = stack.partial()
    args = {
        "expected": _expected(partial),
        "found": "the end of the file" if kind == END else "the end of the block",
    }
    first = partial[0]
    if isinstance(first, tuple):
        return _syntax_error(first[1], first[1] + len(first[0]), args, "")
    return _syntax_error(first.start(first.lastindex), first.end(), args, "")


def unclosed_string(text: str, start: int) -> Problem:
    """Return the problem of a string whose closing quote is missing, up to the end of its line."""
    end = _line_end(text, start)
    edits: tuple[Edit, ...] = ()
    if word := _WORD_TO_END.match(text, start + 1, end):
        edits = (Edit(word.end(1), word.end(1), text[start]),)
    return Problem("unclosed-string", start, end, {"quote": text[start]}, edits=edits)


def end_of_quote(text: str, start: int) -> int:
    """Return where the string at ``start`` ends, which ends with its line at the latest."""
    found = _STRING_ON_LINE.match(text, start)
    return found.end() if found else _line_end(text, start)


def bad_token(text: str, offset: int) -> Problem:
    """Say what is wrong with the text at ``offset``, which no token begins with."""
    if found := _PLACEHOLDER.match(text, offset):
        return Problem("unexpanded-template", offset, found.end(), {"placeholder": found[0]})
    if text[offset] in "\"'":
        return _bad_string(text, offset)
    if found := _NAME_BEHIND_NUMBER.match(text, offset):
        advice = f"put a space between `{found[1]}` and `{found[2]}`"
        args = {"number": found[0], "advice": advice}
        spaced = (Edit(found.end(1), found.end(1), " "),)
        return Problem("invalid-number", offset, found.end(1), args, edits=spaced)
    if found := _NUMBER.match(text, offset):
        advice = _NUMBER_ADVICE
        edits: tuple[Edit, ...] = ()
        if zeros := _NO_OCTAL.fullmatch(found[0]):
            advice = f"write {found[0][zeros.end(1) :]}; a leading zero makes a number octal"
            edits = (Edit(offset, offset + zeros.end(1), ""),)
        args = {"number": _shorten(found[0]), "advice": advice}
        return Problem("invalid-number", offset, found.end(), args, edits=edits, sure=False)
    if found := _CURLY_STRING.match(text, offset):
        return _character(text, offset, found.end())
    if found := _CONTROL.match(text, offset) or _FOREIGN.match(text, offset):
        return _character(text, offset, found.end())
    return _character(text, offset, offset + 1)


def _bad_string(text: str, offset: int) -> Problem:
    whole = _STRING_ON_LINE.match(text, offset)
    if whole is None:
        return unclosed_string(text, offset)
    sound = _SOUND_STRING.match(text, offset, whole.end())
    fault = sound.end() if sound else offset
    if text[fault] == "\\":
        args = {"escape": text[fault : fault + 2]}
        doubled = _BACKSLASHES.sub(r"\\\\", whole[0])
        edits = (Edit(offset, whole.end(), doubled),)
        return Problem("invalid-escape", offset, whole.end(), args, edits=edits)
    return _character(text, fault, fault + 1)._replace(end=whole.end())


def _character(text: str, start: int, end: int) -> Problem:
    character = text[start]
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        shown = f"byte 0x{code - 0xDC00:02X}, which is not UTF-8,"
    elif character.isprintable() and (code < 0x7F or character.isalpha()):
        shown = f"`{character}`"
    else:
        shown = f"U+{code:04X}"
    edits = _characters(text, start, end)
    advice = _ADVICE.get(character, "write it as a plain character" if edits else "")
    args = {"character": shown, "advice": advice}
    return Problem("invalid-character", start, end, args, edits=edits)


def _characters(text: str, start: int, end: int) -> tuple[Edit, ...]:
    """Return the edits that put plain characters in place of those that only look like them."""
    if text[start:end] == "+" and _UNSIGNED.match(text, end):
        return (Edit(start, end, ""),)
    if text[start:end] == "=" and text[end : end + 1] != "=":
        name = len(text[:start].rstrip(" \t"))
        if text[name - 1 : name] == ":":
            return (Edit(start, end, ""),)
        return (Edit(name, end, ":"),) if is_word(text[name - 1 : name] or " ") else ()
    if _CURLY_STRING.fullmatch(text, start, end):
        inner = text[start + 1 : end - 1]
        if '"' in inner or "\\" in inner:
            return ()
        return (Edit(start, start + 1, '"'), Edit(end - 1, end, '"'))
    if all(character in _PLAIN for character in text[start:end]):
        return (Edit(start, end, "".join(_PLAIN[character] for character in text[start:end])),)
    return ()


def _comment(text: str, foreign: re.Match[str]) -> tuple[Edit, ...]:
    """Return the edits that make a comment of another language one of this: no code behind it."""
    start, end = foreign.span()
    if foreign[0].startswith("//"):
        return (Edit(start, start + 2, "#"),)
    if not foreign[0].endswith("*/") or text[end : _line_end(text, end)].strip():
        return ()
    return (Edit(start, start + 2, "#"), Edit(end - 2, end, ""))


def _edits(partial: list[Any], text: str, at: int, end: int) -> tuple[Edit, ...]:
    """Return the edits where the mistake is a separator too many or a colon that is missing."""
    if not partial:
        return (Edit(at, end, ""),) if text[at:end] in (",", ";") else ()
    if len(partial) > 1 or type(partial[0]) is not tuple:
        return ()
    name, start = partial[0]
    behind = start + len(name)
    if "\n" in text[behind:at] or _VALUE.match(text, at) is None:
        return ()
    return (Edit(behind, behind, ":"),)


def _braced_placeholder(stack: Stack, at: int) -> Problem | None:
    """Return the problem of `{% x %}`, or of `{{ x }}` or `<%= x %>` behind its first character."""
    text, block = stack.document.text, stack.innermost()
    found = _BRACED_PLACEHOLDER.match(text, at)
    if found is None and block is not None and block.end == at:
        found = _BRACED_PLACEHOLDER.match(text, at - 1)
    if found is None:
        return None
    return Problem("unexpanded-template", found.start(), found.end(), {"placeholder": found[0]})


def _mistaken_value(stack: Stack, at: int) -> Problem | None:
    """Return the problem of `0,01`, of `1, 2` without brackets, or of `word"` with one quote."""
    text, fields = stack.document.text, stack.fields()
    if not fields or type(value := fields[-1].value) is not str:
        return None
    start, end = fields[-1].value_start, fields[-1].end
    if at == end and is_word(value) and is_quoted(text[at]):
        quote = text[at]
        args = {"expected": f"{quote}{value}{quote}", "found": f"{value}{quote}"}
        inserted = (
            () if quote in text[at + 1 : _line_end(text, at)] else (Edit(start, start, quote),)
        )
        problem = _syntax_error(start, at + 1, args, "add the opening quote")
        return problem._replace(edits=inserted)
    fraction = _FRACTION.match(text, at)
    if fraction and at == end + 1 and text[end] == "," and value.lstrip("-").isdigit():
        args = {"expected": "a decimal point", "found": "a comma"}
        problem = _syntax_error(start, fraction.end(), args, f"write {value}.{fraction[0]}")
        return problem._replace(edits=(Edit(end, at, "."),), sure=False)
    values = _VALUES.match(text, at)
    if values and text[end:at].strip() == ",":
        written = _shorten(f"{value}, {values[0]}")
        args = {"expected": "one value, or a list in brackets", "found": f"`{written}`"}
        advice = f"write `{fields[-1].name}: [{written}]`"
        problem = _syntax_error(start, values.end(), args, advice)
        edits = (Edit(start, start, "["), Edit(values.end(), values.end(), "]"))
        return problem._replace(edits=edits, sure=False)
    return None


def _syntax_error(start: int, end: int, args: dict[str, str], advice: str) -> Problem:
    return Problem("syntax-error", start, end, {**args, "advice": advice})


def _expected(partial: list[Any]) -> str:
    """Say what could have followed the symbols of a field that was being read."""
    if not partial:
        return "a field name"
    first, last = partial[0], partial[-1]
    name = first[0] if type(first) is tuple else ""
    last_text = last[0].strip() if isinstance(last, re.Match) else ""
    if not name:
        return "a name, or `]`"
    if len(partial) == 1:
        return f"`:` or `{{` after `{name}`"
    if last_text == ":":
        return f"a value for `{name}`"
    if last_text == "-":
        return "a number after `-`"
    return "a value" if last_text in ("[", ",") else "`,` or `]`"


def _advice(partial: list[Any], found: str) -> str:
    """Say what to write instead, where the mistake is a known one."""
    if len(partial) == 1 and type(partial[0]) is tuple and re.match(r"[\w\"'.-]", found):
        return f"write `{partial[0][0]}: {_shorten(found)}`"
    if not partial and found in (",", ";"):
        return "only one separator may stand behind a field, and none before the first"
    return ""


def _line_end(text: str, start: int) -> int:
    found = _LINE_END.match(text, start)
    end = found.end() if found else start
    return end - 1 if text[end - 1 : end] == "\r" else end


def _shorten(text: str) -> str:
    text = text.split("\n", 1)[0]
    return text if len(text) <= 40 else text[:39] + "…"

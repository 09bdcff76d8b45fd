"""What a scalar's text is worth, as libprotobuf's text-format parser converts it.

Each reader takes the text as written and returns the value, or a ``Fault``. Ranges and spellings
are those of TextFormat::Parser: `010` is eight for an integer and an error for a float, `1e1` is
no integer, `-0x10` is one, an identifier `inf` or `nan` is a float in any case of letters.
"""

from __future__ import annotations

import math
import re
import sys

from protolint.single import single
from protolint.typing import NamedTuple


class Fault(NamedTuple):
    """Why a text is not a value of the wanted kind.

    ``rule`` is ``wrong-type`` or ``out-of-range``; ``expected`` names what was wanted.
    """

    rule: str
    expected: str


_INTEGER = re.compile(r"0[xX][\da-fA-F]+|\d+", re.ASCII)
# The others are compiled when they are first used, as few texts need them.
_STRING_PART = r"""(?s)"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|#[^\n]*+"""
"""A string literal, or a comment between two of them."""
_SIGN = r"-(?:[ \t\r\n\v\f]|#[^\n]*\n)*"
_ESCAPE = (
    rb"(?s)\\(?:([0-7]{1,3})|[xX]([\da-fA-F]{1,2})"
    rb"|u([dD][89abAB][\da-fA-F]{2})\\u([dD][c-fC-F][\da-fA-F]{2})"
    rb"|u([\da-fA-F]{4})|U([\da-fA-F]{8})|(.))"
)
_SIMPLE_ESCAPES = {
    b"a": b"\a",
    b"b": b"\b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"v": b"\v",
}

_MOST_DIGITS = 30
"""More than any integer of 64 bits has; Python itself refuses to read very long ones."""

_RANGES = {
    "int32": (1 << 31, (1 << 31) - 1),
    "int64": (1 << 63, (1 << 63) - 1),
    "uint32": (-1, (1 << 32) - 1),
    "uint64": (-1, (1 << 64) - 1),
}
"""Largest magnitude with and without a minus sign; -1 where a minus is no syntax at all."""


def is_quoted(text: str) -> bool:
    """Return whether a scalar is a string literal."""
    return text[0] in "\"'"


def is_word(text: str) -> bool:
    """Return whether a scalar is an identifier, such as an enum value or ``true``."""
    return text[0].isalpha() or text[0] == "_"


def read_string(text: str) -> str | Fault:
    """Return the value of adjacent string literals; bytes that are not UTF-8 are surrogates."""
    if not is_quoted(text):
        return Fault("wrong-type", "a quoted string")
    if "\\" not in text and text.count(text[0]) == 2 and text[-1] == text[0]:
        return text[1:-1]
    parts = [part[0][1:-1] for part in re.finditer(_STRING_PART, text) if part[0][0] != "#"]
    return "".join(_unescape(part) if "\\" in part else part for part in parts)


def quoted(value: str) -> str:
    """Return a string literal with that value, of which nothing is lost."""
    escaped = (
        value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n").replace("\r", r"\r")
    )
    return f'"{escaped}"'


def read_integer(text: str, kind: str) -> int | Fault:
    """Return the value of an integer of ``kind`` int32, int64, uint32 or uint64."""
    below, above = _RANGES[kind]
    negative = text[0] == "-"
    digits = re.sub(_SIGN, "", text, count=1) if negative else text
    if not _INTEGER.fullmatch(digits) or (negative and below < 0):
        return Fault("wrong-type", "an integer" if below >= 0 else "a non-negative integer")
    base = 16 if digits[1:2] in ("x", "X") else 8 if digits[0] == "0" else 10
    if len(digits) > _MOST_DIGITS and len(digits.lstrip("0")) > _MOST_DIGITS:
        return Fault("out-of-range", f"{-max(below, 0)} to {above}")
    value = int(digits, base)
    if value > (below if negative else above):
        return Fault("out-of-range", f"{-max(below, 0)} to {above}")
    return -value if negative else value


def read_float(text: str, kind: str) -> float | Fault:
    """Return the value of a ``float`` (rounded to single precision) or ``double``."""
    negative = text[0] == "-"
    body = re.sub(_SIGN, "", text, count=1) if negative else text
    if is_word(body):
        word = body.lower()
        if word not in ("inf", "infinity", "nan"):
            return Fault("wrong-type", "a number")
        value = math.nan if word == "nan" else math.inf
    elif is_quoted(body):
        return Fault("wrong-type", "a number without quotes")
    elif body[0] == "0" and (body[1:2] in ("x", "X") or body[1:2].isdigit()):
        return Fault("wrong-type", "a decimal number")
    else:
        value = float(body.rstrip("fF"))
    if negative:
        value = -value
    return single(value) if kind == "float" else value


def read_bool(text: str) -> bool | Fault:
    """Return the value of a bool: true/True/t/1 or false/False/f/0."""
    if text in ("true", "True", "t"):
        return True
    if text in ("false", "False", "f"):
        return False
    if _INTEGER.fullmatch(text):
        value = read_integer(text, "uint64")
        if value in (0, 1):
            return bool(value)
        return Fault("out-of-range", "true or false")
    return Fault("wrong-type", "true or false")


def _unescape(text: str) -> str:
    """Replace the escapes of a string literal; octal and hexadecimal ones stand for bytes."""
    return re.sub(_ESCAPE, _escaped, text.encode("utf-8", "surrogateescape")).decode(
        "utf-8", "surrogateescape"
    )


def _escaped(match: re.Match[bytes]) -> bytes:
    octal, hexadecimal, high, low, short, long, simple = match.groups()
    if octal or hexadecimal:
        return bytes([int(octal, 8) & 0xFF if octal else int(hexadecimal, 16)])
    if high:
        point = 0x10000 + ((int(high, 16) & 0x3FF) << 10 | int(low, 16) & 0x3FF)
        return chr(point).encode()
    if short or long:
        point = int(short or long, 16)
        if (
            point > sys.maxunicode
        ):  # up to 0x1FFFFF is an escape, and becomes four bytes all the same
            return bytes([0xF0 | point >> 18, *(0x80 | point >> n & 0x3F for n in (12, 6, 0))])
        return chr(point).encode("utf-8", "surrogatepass")
    return _SIMPLE_ESCAPES.get(simple, simple)

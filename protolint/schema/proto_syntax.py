"""The text of a proto2 file as a tree, and the words in it as values.

The grammar is ``grammars/proto.lark``.
"""

from __future__ import annotations

import functools
import os
import re

from lark import Lark, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from protolint.compiled import data_folder
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

_WORD_END = r"\b"  # how the grammar ends its keywords
_IN_WORDS = {
    "$END": "the end of the file",
    "FLOAT": "a number",
    "IDENT": "a name",
    "INT": "a whole number",
    "STRING": "a quoted string",
}


class ProtoFileError(Exception):
    """A file that is no valid proto2 schema.

    ``start`` and ``end`` are offsets into its text; ``line`` and ``column`` count from 1.
    """

    file = "<proto>"

    def __init__(self, message: str, line: int, column: int, start: int, end: int) -> None:
        super().__init__(message, line, column)
        self.message = message
        self.line = line
        self.column = column
        self.start = start
        self.end = end

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


def error_at(message: str, place: Any) -> ProtoFileError:
    """Return the error for the place of a token or of a tree's ``meta``."""
    return ProtoFileError(message, place.line, place.column, place.start_pos, place.end_pos)


def parse(text: str) -> Tree[Any]:
    """Return the tree of a file. Raises ``ProtoFileError``."""
    try:
        return _parser().parse(text)
    except UnexpectedToken as error:
        found = error.token
        line, column, start = found.line or 1, found.column or 1, found.start_pos or 0
        end = start + len(found)
        if found.type == "$END":
            line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
            start = end = len(text)
            message = "unexpected end of the file" + _wanted(error.expected)
        elif text.startswith("/*", start):
            message = "this comment is not closed"
        else:
            message = f'unexpected "{found}"' + _wanted(error.expected)
    except UnexpectedCharacters as error:
        line, column, start = error.line, error.column, error.pos_in_stream or 0
        end = start + 1
        if error.char in "\"'":
            message = "this string is not closed on its line"
        else:
            message = f'unexpected character "{error.char}"'
    raise ProtoFileError(message, line, column, start, end)


@functools.cache
def _parser() -> Lark:
    with open(os.path.join(data_folder("grammars"), "proto.lark"), encoding="utf-8") as file:
        return Lark(file.read(), parser="lalr", propagate_positions=True)


def _wanted(terminals: Iterable[str]) -> str:
    """Say what could have stood there, if that is little enough to be of help."""
    names = sorted(_in_words(name) for name in terminals)
    return f", expected {' or '.join(names)}" if len(names) <= 3 else ""


def _in_words(terminal: str) -> str:
    if terminal in _IN_WORDS:
        return _IN_WORDS[terminal]
    literal = _parser().get_terminal(terminal).pattern.value
    return f'"{literal.removesuffix(_WORD_END)}"'


# Parts of a tree


def of_kind(tree: Tree[Any], kind: str) -> Iterator[Any]:
    """Yield the children that are trees of a kind."""
    return (item for item in tree.children if isinstance(item, Tree) and item.data == kind)


def written(tree: Any) -> str:
    """Return the text of a tree of tokens without the blanks between them."""
    if tree.data == "aggregate":  # may be nested to any depth, and is never looked into
        return "{…}"
    return "".join(token if isinstance(token, str) else written(token) for token in tree.children)


def whole(*tokens: Any) -> int:
    """Return the integer of an optional sign and a decimal, hexadecimal or octal number."""
    digits = tokens[-1]
    if len(digits) > 23:  # those of 2**64 - 1 in octal; Python refuses very long ones
        raise error_at(f"{digits} has more than 64 bits", digits)
    octal = len(digits) > 1 and digits.isdecimal() and digits[0] == "0"
    try:
        number = int(digits, 8 if octal else 0)
    except ValueError:
        raise error_at(f"{digits} is no octal number", digits) from None
    return -number if tokens[0] == "-" else number


_ESCAPE = re.compile(
    r"""\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))"""
    r"""|([abfnrtv\\'"?])|(.))""",
    re.DOTALL,
)
_ESCAPED = dict(zip("abfnrtv", b"\a\b\f\n\r\t\v", strict=True))


def unquote(strings: Any) -> bytes:
    """Return the bytes of adjacent string literals, joined. Raises ``ProtoFileError``."""
    return b"".join(_unquoted(token) for token in strings.children)


def _unquoted(token: Any) -> bytes:
    text: str = token[1:-1]
    out, at = bytearray(), 0
    for found in _ESCAPE.finditer(text):
        octal, hexadecimal, short, long, letter, other = found.groups()
        out += text[at : found.start()].encode("utf-8", "surrogateescape")
        at = found.end()
        if other or int(long or short or "0", 16) > 0x10FFFF:
            raise error_at(f"{found[0]} is no escape sequence", token)
        if letter:
            out.append(_ESCAPED.get(letter, ord(letter)))
        elif octal:
            out.append(int(octal, 8) & 0xFF)
        elif hexadecimal:
            out.append(int(hexadecimal, 16))
        else:
            out += chr(int(short or long, 16)).encode("utf-8", "surrogatepass")
    return bytes(out) + text[at:].encode("utf-8", "surrogateescape")

"""Where things stand in a TOML text: tomllib reads values, and says of none where it stood."""

from __future__ import annotations

import re
import tomllib

from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any

Keys = tuple[str | int, ...]
"""The way to a value: names of keys, and places in lists counted from 0."""

_SKIPPED = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_STRING = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*\'''', re.DOTALL
)
_BARE = re.compile(r"[^\s,\]}#]+(?: \d[^\s,\]}#]*)?")  # a date and its time may stand apart
_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")
_AT_END = " (at end of document)"


class TomlError(Exception):
    """A mistake in a TOML text: what is wrong, and offsets into the text."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end


class Place(NamedTuple):
    """Offsets of a key and of its value; of an item of a list both are the item's.

    A table that stands under a header, or that a dotted key makes, has its name for a value.
    """

    key: tuple[int, int]
    value: tuple[int, int]


def loads(text: str) -> dict[str, Any]:
    """Return the table in a text. Raises ``TomlError``."""
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise TomlError("nested too deeply", 0, 0) from error
    except ValueError as error:  # also of an integer with more digits than Python reads
        raise mistake(error, text) from error


def mistake(error: ValueError, text: str) -> TomlError:
    """Return what tomllib says is wrong with a text, with the place as an offset."""
    message = str(error)
    found = _PLACE.search(message)
    if not found:
        return TomlError(message.removesuffix(_AT_END), len(text), len(text))
    lines = text.split("\n")
    offset = sum(len(line) + 1 for line in lines[: int(found[1]) - 1]) + int(found[2]) - 1
    return TomlError(message[: found.start()], offset, offset + 1)


def places(text: str) -> dict[Keys, Place]:
    """Return the place of every key and every item in a text that ``loads`` reads."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.found


class _Scanner:
    """Walks a text that is known to be TOML."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Keys, Place] = {}
        self.tables: dict[Keys, int] = {}  # lists of tables, and how many each has so far

    def document(self) -> None:
        table: Keys = ()
        while self.peek():
            if self.peek() == "[":
                table = self.header()
            else:
                self.pair(table)

    def header(self) -> Keys:
        """Read ``[a.b]`` or ``[[a.b]]`` and return the table that it begins."""
        opens = 2 if self.text.startswith("[[", self.at) else 1
        self.at += opens
        keys = self.dotted(())
        self.peek()
        self.at += opens
        if opens == 2:
            self.tables[keys] = number = self.tables.get(keys, -1) + 1
            self.found[*keys, number] = self.found[keys]
            keys = (*keys, number)
        return keys

    def pair(self, table: Keys) -> None:
        keys = self.dotted(table)
        self.peek()
        self.at += 1  # the equals sign
        self.found[keys] = Place(self.found[keys].key, self.value(keys))

    def dotted(self, table: Keys) -> Keys:
        """Read ``a.b.c`` and return the way to it, through the last table of a list of tables."""
        keys = table
        while True:
            self.peek()
            name, span = self.token(_KEY)
            if keys in self.tables:
                keys = (*keys, self.tables[keys])
            keys = (*keys, _unquoted(name))
            self.found.setdefault(keys, Place(span, span))
            if self.peek() != ".":
                return keys
            self.at += 1

    def value(self, keys: Keys) -> tuple[int, int]:
        """Read a value and return its offsets."""
        opening, start = self.peek(), self.at
        if opening == "[":
            self.items(keys)
        elif opening == "{":
            self.at += 1
            while self.peek() != "}":
                self.pair(keys)
                if self.peek() == ",":
                    self.at += 1
            self.at += 1
        else:
            self.token(_STRING if opening in "\"'" else _BARE)
        return start, self.at

    def items(self, keys: Keys) -> None:
        self.at += 1
        number = 0
        while self.peek() != "]":
            span = self.value((*keys, number))
            self.found[*keys, number] = Place(span, span)
            number += 1
            if self.peek() == ",":
                self.at += 1
        self.at += 1

    def peek(self) -> str:
        """Return the next character that counts, empty at the end."""
        found = _SKIPPED.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def token(self, pattern: re.Pattern[str]) -> tuple[str, tuple[int, int]]:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise ValueError(f"no TOML at offset {self.at}")
        self.at = found.end()
        return found[0], found.span()


def _unquoted(name: str) -> str:
    if name[0] not in "\"'":
        return name
    text: str = tomllib.loads(f"x = {name}")["x"]
    return text

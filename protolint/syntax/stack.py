"""The automaton's stack while a text is read, and what recovery asks of it."""

from __future__ import annotations

import re

from protolint.syntax.tables import BAD, Tables
from protolint.syntax.tree import Document, Field
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any

_BLANKS = re.compile(r"[ \t\r\n\v\f]*+")


def skip_blanks(text: str, position: int, stop: int) -> int:
    """Return the offset of the first character at or behind ``position`` that is not blank."""
    found = _BLANKS.match(text, position, stop)
    return found.end() if found else position


class Block(NamedTuple):
    """A block that is open: the field's name, and the span of its opening up to the brace.

    An item of a list begins at its brace.
    """

    name: str
    start: int
    end: int
    angle: bool


class Close(NamedTuple):
    """A missing ``}`` or ``>``: where it is taken to stand, and the block it closes."""

    at: int
    block: Block


class Stack:
    """The states of the automaton and, beside them, what each symbol became.

    ``states`` is one longer than ``values``. A value is a match object for a token, a list of
    ``Field`` for the fields of a block, ``(name, start)`` for a key, and see ``parser`` for the
    rest. The fields of the document are the first value from the beginning.
    """

    __slots__ = ("document", "grammar", "states", "values")

    def __init__(self, grammar: Tables, document: Document) -> None:
        self.grammar = grammar
        self.document = document
        self.states = [grammar.start, grammar.empty_bodies[grammar.start]]
        self.values: list[Any] = [document.fields]

    def in_body(self) -> bool:
        """Return whether a field may begin here; the last value then is the fields before it."""
        return self.states[-1] in self.grammar.bodies

    def partial(self) -> list[Any]:
        """Return the symbols of the field that is being read; none in a body."""
        return self.values[self._body(len(self.states) - 1) :]

    def cut_back(self) -> Field | None:
        """Drop the field that is being read; return it without value if it has got its name."""
        bottom = self._body(len(self.states) - 1)
        key = _key_of(self.values[bottom:])
        del self.values[bottom:], self.states[bottom + 1 :]
        return lost(*key) if key else None

    def fields(self) -> list[Field]:
        """Return the fields read so far of the innermost block."""
        fields: list[Field] = self.values[self._body(len(self.states) - 1) - 1]
        return fields

    def innermost(self) -> Block | None:
        """Return the block around a body, or ``None`` in the outermost one."""
        return self._block(len(self.values) - 2) if len(self.values) > 1 else None

    def close_kind(self) -> int:
        """Return the kind of token that closes the innermost block, ``BAD`` outside of any."""
        block = self.innermost()
        if block is None:
            return BAD
        return self.grammar.kinds["CLOSE_ANGLE" if block.angle else "CLOSE"]

    def drop_block(self) -> None:
        """Drop the block whose body is being read, keeping its field as a lost one."""
        block = self._block(len(self.values) - 2)
        del self.values[-2:], self.states[-2:]
        self.fields().append(self.cut_back() or lost(block.name, block.start))

    def open_blocks(self) -> list[Block]:
        """Return the blocks around a body, the outermost first."""
        bodies = self.grammar.bodies
        return [
            self._block(depth - 2)
            for depth, state in enumerate(self.states)
            if depth > 1 and state in bodies
        ]

    def _body(self, depth: int) -> int:
        """Return the depth of the innermost body at or below a depth of the state stack."""
        while self.states[depth] not in self.grammar.bodies:
            depth -= 1
        return depth

    def _block(self, at: int) -> Block:
        """Return the block whose opening token is the value ``at``."""
        token = self.values[at]
        kind = token.lastindex
        source, end = token[kind], token.end()
        angle = source[-1] == "<"
        if len(source) > 1:
            return Block(source[:-1].rstrip(" \t:"), end - len(source), end, angle)
        field = self.values[self._body(at) : at]
        key = _key_of(field)
        if key is None or any(is_token(symbol, self.grammar.kinds["BRACKET"]) for symbol in field):
            return Block(key[0] if key else "", end - 1, end, angle)
        return Block(*key, end, angle)


def _key_of(field: list[Any]) -> tuple[str, int] | None:
    """Return the key that begins the symbols of a field, and where it stands."""
    return field[0] if field and type(field[0]) is tuple else None


def lost(name: str, start: int) -> Field:
    """Return a field that could not be read but for its name."""
    end = start + len(name)
    return Field(name, start, None, start, end)


def is_token(symbol: Any, kind: int) -> bool:
    """Return whether a symbol is a token of the kind."""
    return isinstance(symbol, re.Match) and symbol.lastindex == kind

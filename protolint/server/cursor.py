"""Where in a text somebody types: read off its tokens, as there may be no tree yet.

The tokens before the cursor tell the blocks around it and whether a name or a value is due; those
behind it only tell which fields the block has already.
"""

from __future__ import annotations

import re

from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Literal

    from protolint.schema.types import FieldType, MessageType, Schema

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<string>"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)
      | (?P<word>[\w.+-]+)
      | (?P<mark>[{}<>\[\]:,;])""",
    re.VERBOSE,
)

_OPENING, _CLOSING = "{<", "}>"
_LAYERS = ("layer", "layers")


class Block:
    """A block that is open at the cursor: its name, and the texts of its scalars by name."""

    __slots__ = ("name", "start", "values")

    def __init__(self, name: str, start: int) -> None:
        self.name = name
        self.start = start
        self.values: dict[str, list[str]] = {}

    def value(self, name: str) -> str:
        """Return the last scalar of a name without its quotes, empty where there is none."""
        found = self.values.get(name) or [""]
        return found[-1].strip("\"'")


class Cursor(NamedTuple):
    """What is due at an offset.

    ``blocks`` are those that are open, the document itself first. A ``value`` is that of ``field``;
    ``start``..``end`` is the word that is there already, without quotes, and ``prefix`` its part
    before the offset. ``quoted`` tells whether the word stands in quotes, and ``closed`` whether
    they are closed. ``tops`` are the blobs that other layers above make, in the order of the text.
    """

    where: Literal["name", "value", "comment"]
    blocks: list[Block]
    field: str
    start: int
    end: int
    prefix: str
    quoted: bool
    closed: bool
    tops: list[str]


class _Scan:
    """The state of a reading: the open blocks, and what the last tokens were."""

    def __init__(self) -> None:
        self.blocks = [Block("", 0)]
        self.tops: list[tuple[str, Block]] = []
        self.key = ""  # the name that was read last, and not yet given a value
        self.colon = False
        self.lists: list[str] = []  # names of the short lists that are open

    def take(self, token: re.Match[str]) -> None:
        kind, text = token.lastgroup, token[0]
        if kind == "mark":
            self.mark(text, token.start())
        elif kind != "comment":
            field = self.due()
            if field:
                self.value(field, text)
            else:
                self.key = text if kind == "word" else ""

    def due(self) -> str:
        """Return the field whose value is due, empty where a name is."""
        if self.key and self.colon:
            return self.key
        return self.lists[-1] if self.lists else ""

    def value(self, field: str, text: str) -> None:
        block = self.blocks[-1]
        block.values.setdefault(field, []).append(text)
        made = field == "top" and block.name in _LAYERS
        if made or (field == "input" and len(self.blocks) == 1):
            self.tops.append((text.strip("\"'"), block))
        self.key, self.colon = "", False

    def mark(self, text: str, at: int) -> None:
        if text == ":":
            self.colon = bool(self.key)
            return
        name = self.due() or self.key
        if text in _OPENING:
            self.blocks[-1].values.setdefault(name, [])
            self.blocks.append(Block(name, at))
            self.lists.append("")
        elif text == "[":
            self.lists.append(name)
        elif text in _CLOSING:
            if len(self.blocks) > 1:
                self.blocks.pop()
            while self.lists and self.lists.pop():
                pass
        elif text == "]" and self.lists and self.lists[-1]:
            self.lists.pop()
        self.key, self.colon = "", False


def cursor(text: str, offset: int) -> Cursor:
    """Return what is due at an offset."""
    scan = _Scan()
    at = None
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if token.start() >= offset:
            break
        # A word goes on at its end, a string does not once it is closed, a comment always does.
        open_ = kind in ("word", "comment") or (kind == "string" and not _closed(token[0]))
        if kind != "mark" and (offset < token.end() or (offset == token.end() and open_)):
            at = token
            break
        scan.take(token)
    return _at(text, offset, scan, at)


def _at(text: str, offset: int, scan: _Scan, token: re.Match[str] | None) -> Cursor:
    start, end, quoted, closed = offset, offset, False, False
    behind = offset
    if token is not None:
        start, end = token.span()
        behind = end
        if token.lastgroup == "string":
            quoted, closed = True, _closed(token[0])
            start, end = start + 1, end - closed
    field = scan.due()
    prefix = text[start:offset]
    if not field and token is not None and token.lastgroup == "string":
        field = scan.key  # the colon is still missing
    blocks = scan.blocks
    tops = [name for name, block in scan.tops if block is blocks[0] or block not in blocks]
    if token is not None and token.lastgroup == "comment":
        return Cursor("comment", blocks, "", start, end, prefix, quoted, closed, tops)
    _read_on(text, behind, blocks[-1])
    where: Literal["name", "value"] = "value" if field or quoted else "name"
    return Cursor(where, blocks, field, start, end, prefix, quoted, closed, tops)


def _read_on(text: str, offset: int, block: Block) -> None:
    """Add to the innermost block the fields that stand behind the cursor."""
    key, due, depth = "", "", 0
    for token in _TOKEN.finditer(text, offset):
        word = token[0]
        if word in _OPENING:
            if depth == 0 and key:
                block.values.setdefault(key, [])
            depth += 1
        elif word in _CLOSING:
            depth -= 1
            if depth < 0:
                return
        elif depth or token.lastgroup == "comment":
            continue
        elif word == ":":
            due = key
        elif due:
            block.values.setdefault(due, []).append(word)
            key = due = ""
        elif token.lastgroup == "word":
            key = word


def _closed(text: str) -> bool:
    """Return whether a string token has both its quotes."""
    return len(text) > 1 and text[-1] == text[0] and not _escapes_end(text)


def _escapes_end(text: str) -> bool:
    body = text[1:-1]
    return (len(body) - len(body.rstrip("\\"))) % 2 == 1


def message_at(cursor: Cursor, root: str, schema: Schema) -> MessageType | None:
    """Return the message type of the innermost block, ``None`` where there is no such block.

    A block that the message around it does not have, but one further out does, is taken to be one
    of that: the brace that would end the message is still missing.
    """
    found = [schema.messages[root]]
    for block in cursor.blocks[1:]:
        kind, depth = None, len(found)
        while kind is None and depth:
            kind, depth = _block_of(found[depth - 1], block.name), depth - 1
        if kind is None:
            return None
        del found[depth + 1 :]
        found.append(schema.messages[kind.type_name])
    return found[-1]


def _block_of(message: MessageType, name: str) -> FieldType | None:
    kind = message.fields.get(name)
    return kind if kind is not None and kind.kind == "message" else None

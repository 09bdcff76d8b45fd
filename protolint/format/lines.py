"""A parsed text as the lines that it is to be written in.

Each line knows the stretch of the source that it stands for. These stretches are in the order of
the text and do not overlap, so that some can be changed and others left (``format.edits``).
"""

from __future__ import annotations

import re

from protolint.format.scalar import name_of, pieces, scalar
from protolint.syntax.foreign import named
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from protolint.problem import Problem
    from protolint.syntax.tree import Document, Field

WIDTH = 80
"""Columns; what stands on one line in the source stays on one where it is no wider than this."""

_WIDEST = 400
"""The same for what a comment at the end of its line is about."""

_DEEPEST = 100
"""Blocks in one another. Caffe's own messages need five; output grows with the square of it."""

_BLANK_LINE = re.compile(r"\n[ \t\r\v\f]*\n")
_ABOUT_ITS_LINE = re.compile(r"#\s*protolint:[ \t]*ignore(?![\w-])")
"""A comment that suppresses what is found on its line, which therefore stays one line."""

_new: Any = tuple.__new__


class Unformattable(ValueError):  # noqa: N818  (a state of a text, told to its author)
    """A text that is left as it is: ``problems`` are its syntax errors, if it has any."""

    def __init__(self, reason: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(reason)
        self.problems = problems


class Line(NamedTuple):
    """What the ``start``..``end`` of the source is written as, in ``depth`` blocks.

    ``text`` has neither indentation nor line end; where it is of several lines, as a list with an
    item on each, the further ones are indented. ``blank`` says that an empty line stands before it.
    ``other`` is the number of the line with the matching brace where the two are changed from
    `<` and `>`, which goes together or not at all; else it is -1.
    """

    start: int
    end: int
    depth: int
    blank: bool
    text: str
    other: int = -1


def lines(document: Document, indent: str) -> list[Line]:
    """Return the lines of a text, each block ``indent`` deeper. Raises ``Unformattable``."""
    if document.problems:
        raise Unformattable("it has syntax errors", named(document))
    layout = _Layout(document, indent)
    layout.body(document.fields, 0, len(document.text), 0)
    return layout.lines


class _Layout:
    """Walks a tree and writes its lines; ``next`` is the number of the comment to come."""

    def __init__(self, document: Document, indent: str) -> None:
        self.text = document.text
        self.starts = [comment.start for comment in document.comments] + [len(document.text)]
        self.ends = [comment.end for comment in document.comments] + [len(document.text)]
        self.next = 0
        self.indent = indent
        self.suppresses = _ABOUT_ITS_LINE.search(document.text) is not None
        self.lines: list[Line] = []

    def body(self, fields: Sequence[Field], start: int, stop: int, depth: int) -> None:
        """Write the fields and comments in ``start``..``stop``, one on each line."""
        if depth > _DEEPEST:
            raise Unformattable(f"more than {_DEEPEST} blocks stand in one another")
        starts, written = self.starts, self.lines
        at = start
        kept = -1  # up to here the source's line stays one line
        for field in fields:
            name, begin, value, _, end = field
            if starts[self.next] < begin:
                at = self._comments(at, start, begin, depth)
            if self.suppresses:
                if end <= kept and (inline := self._inline(field, _WIDEST)):
                    last = written[-1]
                    written[-1] = last._replace(end=end, text=f"{last.text} {inline}")
                    at = end
                    continue
                kept = self._kept(begin, end)
            blank = at != start and self._blank(at, begin)
            if type(value) is str and value[0] not in "'\"-" and starts[self.next] >= end:
                text = f"{name if name[0] != '[' else name_of(name)}: {value}"
                written.append(_new(Line, (begin, end, depth, blank, text, -1)))
            else:
                self._field(field, depth, blank=blank, width=_WIDEST if kept >= 0 else WIDTH)
            at = end
        self._comments(at, start, stop, depth)

    def _kept(self, start: int, end: int) -> int:
        """Return where the comment is for whose sake a field's line stays as it is, or -1."""
        comment = self.starts[self.next]
        if comment < end or self.text.find("\n", start, comment) >= 0:
            return -1
        return comment if _ABOUT_ITS_LINE.search(self.text, comment, self.ends[self.next]) else -1

    def _blank(self, start: int, end: int) -> bool:
        """Return whether there is an empty line between two things."""
        text = self.text
        return text.count("\n", start, end) > 1 and bool(_BLANK_LINE.search(text, start, end))

    def _comments(self, at: int, start: int, stop: int, depth: int) -> int:
        """Write the comments before ``stop``; return the end of the last, or else ``at``.

        ``at`` is the end of what is written, ``start`` the start of the block.
        """
        while self.starts[self.next] < stop:
            begin = self.starts[self.next]
            words = self._comment()
            if self.lines and self.text.find("\n", at, begin) < 0:
                self._trail(at, begin, words)
            else:
                blank = at != start and self._blank(at, begin)
                self.lines.append(Line(begin, begin + len(words), depth, blank, words))
            at = begin + len(words)
        return at

    def _comment(self) -> str:
        """Take the next comment."""
        number = self.next
        self.next += 1
        return self.text[self.starts[number] : self.ends[number]].rstrip()

    def _trail(self, at: int, start: int, words: str) -> None:
        """Put a comment at the end of the last line, in its column where there is room."""
        last, text = self.lines[-1], self.text
        head = text.rfind("\n", 0, start) + 1
        gap = len(text[head:start].expandtabs(8)) - len(text[head:at].expandtabs(8))
        if last.start >= head:
            gap += at - last.start - len(last.text)
        joined = f"{last.text}{' ' * max(1, gap)}{words}"
        self.lines[-1] = last._replace(end=start + len(words), text=joined)

    def _field(self, field: Field, depth: int, *, blank: bool, width: int = WIDTH) -> None:
        """Write a field of any kind."""
        if type(field.value) is str:
            self._scalar(field, depth, blank=blank)
            return
        if self.text.find("\n", field.start, field.end) < 0:
            inline = self._inline(field, width - depth * len(self.indent))
            if inline is not None:
                self.lines.append(Line(field.start, field.end, depth, blank, inline))
                return
        if type(field.value) is list:
            self._block(field, depth, blank=blank)
        else:
            self._list(field, depth, blank=blank)

    def _inline(self, field: Field, width: int) -> str | None:
        """Return a field without comments on one line; ``None`` if it is wider than ``width``."""
        head = self._head(field)
        value: Any = field.value
        if type(value) is str:
            text = f"{head}{scalar(value)}"
            return text if len(text) <= width else None
        opening, between, closing = ("{", " ", "}") if type(value) is list else ("[", ", ", "]")
        edge = " " if value and opening == "{" else ""
        parts = []
        width -= len(head) + 2 + 2 * len(edge)
        for inner in value or ():
            part = self._inline(inner, width) if width > 0 else None
            if part is None:
                return None
            parts.append(part)
            width -= len(part) + len(between)
        if width + len(between) < 0:
            return None
        return f"{head}{opening}{edge}{between.join(parts)}{edge}{closing}"

    def _head(self, field: Field) -> str:
        """Return what stands before a value; nothing does before an item of a list."""
        if field.start == field.value_start:
            return ""
        kind = type(field.value)
        colon = ":" if kind is str or (kind is tuple and self._has_colon(field)) else ""
        return f"{name_of(field.name)}{colon} "

    def _has_colon(self, field: Field) -> bool:
        """Return whether a list has a colon, which it may do without if it is one of blocks.

        Of an empty one only the schema tells; so the colon stays as it is.
        """
        between = self.text[field.start + len(field.name) : field.value_start]
        return ":" in re.sub("#[^\n]*", "", between)

    def _above(self, stop: int, depth: int) -> str:
        """Return the comments before ``stop``, which are within a field, as lines above it."""
        found = ""
        while self.starts[self.next] < stop:
            found += f"{self._comment()}\n{self.indent * depth}"
        return found

    def _block(self, field: Field, depth: int, *, blank: bool) -> None:
        fields: Any = field.value
        opening, closing = field.value_start, field.end - 1
        head = self._above(opening, depth) + self._head(field)
        if not fields and self.starts[self.next] > closing:
            self.lines.append(Line(field.start, field.end, depth, blank, f"{head}{{}}"))
            return
        number = len(self.lines)
        self.lines.append(Line(field.start, opening + 1, depth, blank, f"{head}{{"))
        self.body(fields, opening + 1, closing, depth + 1)
        last = Line(closing, field.end, depth, blank=False, text="}")
        if self.text[opening] == "<":
            self.lines[number] = self.lines[number]._replace(other=len(self.lines))
            last = last._replace(other=number)
        self.lines.append(last)

    def _list(self, field: Field, depth: int, *, blank: bool) -> None:
        """Write a list with an item on each line, all as one ``Line``."""
        items: Any = field.value
        opening = field.value_start + 1
        head = self._above(opening, depth) + self._head(field)
        first = Line(field.value_start, opening, depth, blank=False, text="[")
        around, self.lines = self.lines, [first]
        at = opening
        for number, item in enumerate(items, 1):
            at = self._comments(at, opening, item.start, depth + 1)
            self._field(item, depth + 1, blank=at != opening and self._blank(at, item.start))
            if number < len(items):
                last = self.lines[-1]
                self.lines[-1] = last._replace(text=f"{last.text},")
            at = item.end
        self._comments(at, opening, field.end, depth + 1)
        (first, *inner), self.lines = self.lines, around
        text = head + first.text
        for line in inner:
            text += "\n\n" if line.blank else "\n"
            text += self.indent * line.depth + line.text
        if inner or first.text != "[":
            text += f"\n{self.indent * depth}"
        self.lines.append(Line(field.start, field.end, depth, blank, f"{text}]"))

    def _scalar(self, field: Field, depth: int, *, blank: bool) -> None:
        """Write a scalar; literals on several lines or with comments between them stay so."""
        value: Any = field.value
        text = self._above(field.value_start, depth) + self._head(field)
        if self.starts[self.next] >= field.end and "\n" not in value:
            text += scalar(value)
        else:
            while self.starts[self.next] < field.end:
                self.next += 1
            before, at = "", 0
            for start, end, piece in pieces(value):
                if before[:1] == "#" or (before not in ("", "-") and "\n" in value[at:start]):
                    text += f"\n{self.indent * (depth + 1)}"
                elif before and (before != "-" or piece[0] == "#"):
                    text += " "
                text += piece
                before, at = piece, end
        self.lines.append(Line(field.start, field.end, depth, blank, text))

"""What is open in the editor, over what lies on disk."""

from __future__ import annotations

import os
import re
from urllib.parse import quote, unquote, urlsplit
from urllib.request import pathname2url, url2pathname

from protolint import files
from protolint.server.positions import Encoding, Lines
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LONE = re.compile("[\ud800-\udfff]")


class Document(NamedTuple):
    """A text that is open. ``path`` is the URI itself where that names no file."""

    uri: str
    path: str
    version: int
    text: str


class Change(NamedTuple):
    """A new text for a stretch between two places (line, character); without them, for all."""

    text: str
    start: tuple[int, int] | None = None
    end: tuple[int, int] | None = None


class Documents:
    """The open documents, by the identity of their files.

    Documents never change, they are replaced; a ``frozen`` copy is what other threads look at.
    """

    def __init__(
        self, encoding: Encoding = "utf-16", opened: Mapping[str, Document] | None = None
    ) -> None:
        self.encoding = encoding
        self._open: dict[str, Document] = dict(opened or {})

    def frozen(self) -> Documents:
        """Return the documents as they are now."""
        return Documents(self.encoding, self._open)

    def open(self, uri: str, version: int, text: str) -> Document:
        """Take over a document from disk."""
        path = path_of(uri)
        document = Document(uri, path, version, cleaned(text))
        self._open[files.identity(path)] = document
        return document

    def change(self, uri: str, version: int, changes: Iterable[Change]) -> Document | None:
        """Apply changes, one after the other; ``None`` for a document that is not open."""
        key = files.identity(path_of(uri))
        document = self._open.get(key)
        if document is None:
            return None
        text = document.text
        for change in changes:
            new = cleaned(change.text)
            if change.start is None or change.end is None:
                text = new
                continue
            lines = Lines(text, self.encoding)
            start, end = sorted((lines.offset(*change.start), lines.offset(*change.end)))
            text = text[:start] + new + text[end:]
        self._open[key] = document._replace(version=version, text=text)
        return self._open[key]

    def close(self, uri: str) -> None:
        """Give a document back to the disk."""
        self._open.pop(files.identity(path_of(uri)), None)

    def get(self, path: str) -> Document | None:
        """Return what is open of a path."""
        return self._open.get(files.identity(path))

    def all(self) -> list[Document]:
        """Return the open documents."""
        return list(self._open.values())

    def read(self, path: str) -> bytes:
        """Return the bytes of a file, as it is open or on disk. Raises ``files.Unreadable``."""
        document = self.get(path)
        if document is None:
            return files.read(path)
        return files.within_limit(document.text.encode())


def cleaned(text: str) -> str:
    """Return a text as a file of it would be read, at the same offsets.

    Half a surrogate pair has no bytes; a byte-order mark is not part of a text.
    """
    if not text.isascii():
        text = _LONE.sub("\ufffd", text)
    return " " + text[1:] if text.startswith("\ufeff") else text


def path_of(uri: str) -> str:
    """Return the path that a ``file:`` URI names, any other URI as it is."""
    try:
        parts = urlsplit(uri)
    except ValueError:  # brackets that are no host
        return uri
    if parts.scheme != "file":
        return uri
    if parts.netloc not in ("", "localhost"):
        return f"//{parts.netloc}{unquote(parts.path)}"
    return url2pathname(parts.path).replace("\0", "\ufffd")


def uri_of(path: str) -> str:
    """Return the ``file:`` URI of an absolute path."""
    if os.name == "nt":
        return "file:" + pathname2url(path)
    return "file://" + quote(os.fsencode(path))  # a path may hold bytes that are not UTF-8

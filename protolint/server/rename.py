"""Giving a blob, a layer or a shared parameter another name."""

from __future__ import annotations

from protolint.server import names
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from protolint.server.names import Name
    from protolint.server.snapshot import Snapshot
    from protolint.server.spans import Span


class Renamed(NamedTuple):
    """Where a name stands, and what to write there."""

    spans: list[Span]
    text: str


class RefusedError(ValueError):
    """Why a name cannot be what is asked for."""


def prepare(snapshot: Snapshot, offset: int) -> Span | None:
    """Return the name that would be changed, ``None`` where there is none."""
    found = names.at(snapshot, offset)
    return found.span if found is not None and _plain(snapshot, found) else None


def rename(snapshot: Snapshot, offset: int, new: str) -> Renamed | None:
    """Return the changes that give the thing at an offset a new name.

    Raises ``RefusedError`` where the new name is that of another thing, or is none: Caffe would
    then build another net.
    """
    found = names.at(snapshot, offset)
    if found is None or not _plain(snapshot, found):
        return None
    if not new or any(char in new for char in "\n\r\0"):
        raise RefusedError("a name is not empty and stands on one line")
    if new == found.name:
        return Renamed([], new)
    taken = [
        other
        for other in names.names(snapshot)
        if (other.what, other.net) == (found.what, found.net) and other.name == new
    ]
    if taken:
        raise RefusedError(f'there is a {_WORDS[found.what]} "{new}" already')
    same = names.same(snapshot, found)
    odd = [other for other in same if not _plain(snapshot, other)]
    if odd:
        raise RefusedError("the name is written with escapes, or in several strings, elsewhere")
    written = "".join(f"\\{char}" if char in "\\\"'" else char for char in new)
    return Renamed([other.span for other in same], written)


_WORDS = {"blob": "blob", "layer": "layer", "param": "parameter"}


def _plain(snapshot: Snapshot, name: Name) -> bool:
    """Return whether a name stands in one string just as it reads."""
    return snapshot.text[slice(*name.span)] == name.name

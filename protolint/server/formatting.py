"""The style of `protolint format`, of a whole document or some of its lines."""

from __future__ import annotations

from protolint.format import Unformattable, format_range
from protolint.server.actions import Edit
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.server.snapshot import Snapshot


def formatting(snapshot: Snapshot, start: int = 0, end: int | None = None) -> list[Edit] | None:
    """Return edits that format what stands on the lines of a stretch, by default all.

    ``None`` for a text that cannot be formatted, as it has syntax errors or is no prototxt.
    """
    text = snapshot.text
    end = len(text) if end is None else end
    if end > start and text[end - 1 : end] == "\n" and end < len(text):
        end -= 1  # a selection of whole lines ends at the begin of the next
    first, last = text.count("\n", 0, start) + 1, text.count("\n", 0, end) + 1
    try:
        return [Edit(*edit) for edit in format_range(text, first, last)]
    except Unformattable:
        return None

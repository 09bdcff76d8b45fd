"""Ever wider selections around an offset: word, value, field, inside of the block, block, all."""

from __future__ import annotations

from protolint.server.spans import Span, around, on_name, word_span
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.server.snapshot import Snapshot


def selections(snapshot: Snapshot, offset: int) -> list[Span]:
    """Return the selections that hold an offset, the widest first; each holds the next."""
    text = snapshot.text
    found: list[Span] = [(0, len(text))]
    for typed in around(snapshot.document.fields, snapshot.roots[0], snapshot.schema, offset):
        field = typed.field
        found.append((field.start, field.end))
        if on_name(field, offset):
            found.append((field.start, field.start + len(field.name)))
        elif isinstance(field.value, str):
            found += [(field.value_start, field.end), word_span(field, text)]
        elif field.value is not None and field.value_start < offset < field.end:
            found.append(_inside(text, field.value_start + 1, field.end - 1))
    for comment in snapshot.document.comments:
        if comment.start <= offset <= comment.end:
            found.append((comment.start, comment.end))
    kept: list[Span] = []
    for span in found:
        if span[0] <= offset <= span[1] and (not kept or _within(span, kept[-1])):
            kept.append(span)
    return kept


def _within(span: Span, outer: Span) -> bool:
    return outer[0] <= span[0] and span[1] <= outer[1] and span != outer


def _inside(text: str, start: int, end: int) -> Span:
    """Return a stretch without the blanks at its ends."""
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), start + len(inner.rstrip())

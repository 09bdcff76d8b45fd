"""What can be folded: blocks, short lists, and runs of comments."""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Literal

    from protolint.server.snapshot import Snapshot
    from protolint.syntax.tree import Field


class Fold(NamedTuple):
    """A stretch over several lines that may be shown as its first."""

    start: int
    end: int
    kind: Literal["block", "comment"]


def folds(snapshot: Snapshot) -> list[Fold]:
    """Return what can be folded, in the order of the text."""
    text = snapshot.text
    found = [*_blocks(text, snapshot.document.fields), *_comments(snapshot)]
    return sorted(fold for fold in found if text.find("\n", fold.start, fold.end) >= 0)


def _blocks(text: str, fields: Sequence[Field]) -> Iterator[Fold]:
    for field in fields:
        if isinstance(field.value, (list, tuple)):
            # The closing brace stays in sight.
            end = field.end - 1 if text[field.end - 1 : field.end] in "}>]" else field.end
            last = text.rfind("\n", field.start, end)
            if last > 0:
                yield Fold(field.start, last, "block")
            yield from _blocks(text, field.value)


def _comments(snapshot: Snapshot) -> Iterator[Fold]:
    """Yield comments that follow each other with nothing but a line break between."""
    text = snapshot.text
    run: list[int] = []
    for comment in sorted(snapshot.document.comments):
        alone = not text[text.rfind("\n", 0, comment.start) + 1 : comment.start].strip()
        if run and alone and text[run[1] : comment.start].strip(" \t\r") == "\n":
            run[1] = comment.end
            continue
        if run:
            yield Fold(run[0], run[1], "comment")
        run = [comment.start, comment.end] if alone else []
    if run:
        yield Fold(run[0], run[1], "comment")

"""The files that a document names, where they exist."""

from __future__ import annotations

import os

from protolint import files
from protolint.server.spans import Span, string, walk, word_span
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.server.snapshot import Snapshot

_NAMES = frozenset(
    (
        "net",
        "train_net",
        "test_net",
        "weights",
        "source",
        "mean_file",
        "label_map_file",
    )
)


class Link(NamedTuple):
    """A path in a string, and the absolute path of the file that it leads to."""

    span: Span
    path: str


def links(snapshot: Snapshot) -> Iterator[Link]:
    """Yield the files that are named as nets, weights, sources and means, and that exist."""
    for typed in walk(snapshot.document.fields, snapshot.roots[0], snapshot.schema):
        field = typed.field
        if field.name not in _NAMES:
            continue
        value = string(field)
        if value and "\0" not in value:
            file, _ = files.resolve(value, snapshot.path, snapshot.options.root)
            if file is not None and os.path.isfile(file):
                yield Link(word_span(field, snapshot.text), os.path.abspath(file))

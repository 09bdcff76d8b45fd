"""Where a name is defined, where it is used, and what a path leads to."""

from __future__ import annotations

import os

from protolint import files
from protolint.analysis.graph import UNKNOWN, graph
from protolint.server import links, names
from protolint.server.spans import Span, word_span
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from protolint.server.names import Name
    from protolint.server.snapshot import Snapshot

_MOST_FILES = 100


class Location(NamedTuple):
    """A stretch of a file; ``path`` is ``None`` for the document itself, the span for its begin."""

    path: str | None
    span: Span


class Highlight(NamedTuple):
    """A stretch of the document where a thing is named; ``writes`` where it is made."""

    span: Span
    writes: bool


def definition(snapshot: Snapshot, offset: int, others: Iterable[Snapshot] = ()) -> list[Location]:
    """Return where the thing at an offset is defined.

    A bottom leads to the tops that it reads in the states that the net is built in, a shared
    parameter to where it is named first, a path to its file. A layer's name leads to the layers of
    that name in ``others``, the files that are nets of the same solver or folder.
    """
    found = names.at(snapshot, offset)
    if found is None:
        return _file(snapshot, offset)
    if found.what == "layer":
        return [*_elsewhere(found, others)] or [Location(None, found.span)]
    if found.what == "param":
        return [Location(None, n.span) for n in names.same(snapshot, found) if n.defines]
    if found.defines:
        return [Location(None, found.span)]
    return [Location(None, span) for span in _producers(snapshot, found)]


def references(
    snapshot: Snapshot,
    offset: int,
    others: Iterable[Snapshot] = (),
    *,
    declaration: bool = True,
) -> list[Location]:
    """Return where the thing at an offset is named; of a layer also in the ``others``."""
    found = names.at(snapshot, offset)
    if found is None:
        return []
    here = [
        Location(None, other.span)
        for other in names.same(snapshot, found)
        if declaration or not other.defines or found.what == "layer"
    ]
    return here + (list(_elsewhere(found, others)) if found.what == "layer" else [])


def highlights(snapshot: Snapshot, offset: int) -> list[Highlight]:
    """Return where the thing at an offset is named in its document."""
    found = names.at(snapshot, offset)
    if found is None:
        return []
    return [Highlight(other.span, other.defines) for other in names.same(snapshot, found)]


def related(snapshot: Snapshot, known: Callable[[str], Snapshot | None]) -> Iterator[Snapshot]:
    """Yield the prototxt files in the folder of a document, and what solvers there name.

    ``known`` returns a file, ``None`` where it cannot be read.
    """
    folder = os.path.dirname(os.path.abspath(snapshot.path))
    try:
        inside = sorted(name for name in os.listdir(folder) if name.endswith(".prototxt"))
    except OSError:
        inside = []
    pending = [os.path.join(folder, name) for name in inside[:_MOST_FILES]]
    pending += snapshot.named().values()
    seen = {files.identity(snapshot.path)}
    while pending:
        path = pending.pop(0)
        key = files.identity(path)
        if key in seen:
            continue
        seen.add(key)
        other = known(path)
        if other is not None:
            pending += other.named().values()
            yield other


def _elsewhere(found: Name, others: Iterable[Snapshot]) -> Iterator[Location]:
    for other in others:
        for name in names.names(other):
            if name.what == "layer" and name.name == found.name:
                yield Location(other.path, name.span)


def _producers(snapshot: Snapshot, bottom: Name) -> list[Span]:
    """Return the tops that a bottom reads: of each state one, else the last one above."""
    found: dict[Span, None] = {}
    for written in snapshot.nets:
        for state in snapshot.states(written.net):
            blobs = graph(written.net, state)
            for step in blobs.order:
                for index, version in enumerate(step.bottoms):
                    if version == UNKNOWN or step.layer.bottom_node(index) != bottom.field:
                        continue
                    maker = blobs.order[blobs.producers[version]]
                    node = maker.layer.top_node(maker.tops.index(version))
                    found[word_span(node, snapshot.text)] = None
    if found:
        return list(found)
    above = [n for n in names.same(snapshot, bottom) if n.defines and n.span < bottom.span]
    return [above[-1].span] if above else []


def _file(snapshot: Snapshot, offset: int) -> list[Location]:
    return [
        Location(link.path, (0, 0))
        for link in links.links(snapshot)
        if link.span[0] <= offset <= link.span[1]
    ]

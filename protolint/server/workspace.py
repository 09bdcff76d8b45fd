"""The open documents with what is worked out about them, for every feature to share."""

from __future__ import annotations

import os

from protolint import files
from protolint.config.finder import NAMES, Configurations
from protolint.config.options import Options
from protolint.dialect import Dialects
from protolint.server.diagnostics import Group
from protolint.server.documents import Documents
from protolint.server.snapshot import Snapshot
from protolint.syntax.source import decode
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from protolint.server.positions import Encoding

_MOST_KEPT = 256
"""Snapshots kept of files on disk."""


class Workspace:
    """The documents of one session.

    ``config`` is a configuration file that holds for all, in place of those that are found;
    ``dialect`` is that of files that no configuration holds for.
    """

    def __init__(self, encoding: Encoding = "utf-16") -> None:
        self.documents = Documents(encoding)
        self.folders: list[str] = []
        self.config: str | None = None
        self.dialect = "auto"
        self.configurations = Configurations()
        self._binders = Dialects()
        self._dialects: dict[str, frozenset[str]] = {}  # by which files were read when last checked
        self._snapshots: dict[str, tuple[object, Snapshot]] = {}
        self._named: dict[str, dict[str, str]] = {}  # what solvers named when they were checked

    def reload(self) -> None:
        """Forget the configurations, and what followed from them."""
        self.configurations = self.read_configurations()
        self._snapshots.clear()
        self._dialects.clear()
        self._binders = Dialects()

    def read_configurations(self) -> Configurations:
        """Return the configurations as they are now, not yet read."""
        return Configurations(Options(dialect=self.dialect), file=self.config)

    def snapshot(self, path: str) -> Snapshot | None:
        """Return a document or a file on disk, ``None`` where it cannot be read."""
        key = files.identity(path)
        state = self._state(path)
        kept = self._snapshots.pop(key, None)
        if kept is None or kept[0] != state:
            try:
                text = decode(self.documents.read(path))
            except files.Unreadable:
                return None
            kept = state, self._make(path, text)
        self._snapshots[key] = kept  # last, as the one that was used last
        if len(self._snapshots) > _MOST_KEPT:
            del self._snapshots[next(iter(self._snapshots))]
        return kept[1]

    def read_by(self, dialects: Mapping[str, frozenset[str]]) -> bool:
        """Take over by which dialects the checker read files, and let go of what is read otherwise.

        Returns whether there was any.
        A solver and its nets are written in the same dialects, which no file alone can tell.
        """
        self._dialects |= dialects
        stale = [
            key
            for key, names in dialects.items()
            if key in self._snapshots and self._snapshots[key][1].is_read_otherwise(names)
        ]
        for key in stale:
            del self._snapshots[key]
        return bool(stale)

    def group(self, path: str) -> Group:
        """Return what has to be checked again once a file has changed.

        These are the open documents that are bound to it by solvers that name nets, as they are now
        or were before. What solvers name now is remembered.
        """
        named = {}
        for document in self.documents.all():
            key = files.identity(document.path)
            snapshot = None if is_toml(document.path) else self.snapshot(document.path)
            if snapshot is not None and (nets := snapshot.named()):
                named[key] = nets
        paths = {files.identity(path): path}
        edges = [
            {**self._named.get(key, {}), **named.get(key, {}), key: key}
            for key in (*self._named, *named)
        ]
        growing = True
        while growing:
            bound = [edge for edge in edges if not paths.keys().isdisjoint(edge)]
            growing = any(not edge.keys() <= paths.keys() for edge in bound)
            for edge in bound:
                paths = edge | paths
        self._named = named
        opened = {files.identity(d.path): d.path for d in self.documents.all()}
        roots = sorted(
            (path for key, path in opened.items() if key in paths and not is_toml(path)),
            key=lambda path: (files.identity(path) not in named, path),
        )
        return Group(roots, {key: opened.get(key, path) for key, path in paths.items()})

    def prototxts(self) -> Iterator[str]:
        """Yield the prototxt files in the folders of the workspace, and what is open besides."""
        seen = set()
        for path in (*files.find(self.folders), *(d.path for d in self.documents.all())):
            key = files.identity(path)
            if key not in seen and not is_toml(path):
                seen.add(key)
                yield path

    def _state(self, path: str) -> object:
        """Return what changes when a file does."""
        document = self.documents.get(path)
        if document is not None:
            return document.version, document.text
        try:
            status = os.stat(path)
        except (OSError, ValueError):
            return None
        return status.st_mtime_ns, status.st_size

    def _make(self, path: str, text: str) -> Snapshot:
        options = self.configurations.options_for(path)
        return Snapshot(
            path,
            text,
            read=self.documents.read,
            options=options,
            binders=self._binders,
            dialects=self._dialects.get(files.identity(path)),
        )


def is_toml(path: str) -> bool:
    """Return whether a file is a rule or a configuration."""
    return path.endswith(".toml")


def is_schema(path: str) -> bool:
    """Return whether a file may be a schema that files are read by."""
    return path.endswith(".proto")


def is_configuration(path: str) -> bool:
    """Return whether a file may hold settings."""
    return os.path.basename(path) in NAMES

"""The solvers that lie beside nets and name them."""

from __future__ import annotations

import os

from protolint import files, seen
from protolint.model.kind import document_kind
from protolint.syntax.literal import is_quoted, read_string
from protolint.syntax.parser import parse
from protolint.syntax.source import decode
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_NAMING = ("net", "train_net", "test_net")


def solvers(paths: Sequence[str], read: Callable[[str], bytes]) -> list[str]:
    """Return the solvers in the folders of files that name one of these, sorted by path.

    A solver that is among the files is not told again, and a file that cannot be read is none.
    """
    given = {files.identity(path): os.path.basename(path) for path in paths}
    folders = sorted({os.path.dirname(path) for path in paths})
    names = [os.fsencode(name) for name in given.values()]
    return [
        path
        for folder in folders
        for path in _prototxts(folder)
        if files.identity(path) not in given
        and any(files.identity(file) in given for file in _of_these(path, names, read))
    ]


def _prototxts(folder: str) -> list[str]:
    if not seen.is_dir(folder or "."):
        return []
    names = seen.names(folder or ".")
    return [os.path.join(folder, name) for name in names if name.endswith(".prototxt")]


def _of_these(path: str, names: Sequence[bytes], read: Callable[[str], bytes]) -> Iterator[str]:
    """Yield the files that a solver names; most files hold none of the names and are not parsed."""
    try:
        data = read(path)
    except files.Unreadable:
        return
    if any(name in data for name in names):
        yield from named(data, path)


def named(data: bytes, path: str, root: str | None = None) -> Iterator[str]:
    """Yield the files that a solver's text at a path names as nets, those outside a root not."""
    document = parse(decode(data))
    if document_kind(document) != "solver":
        return
    for field in document.fields:
        if field.name in _NAMING and isinstance(field.value, str) and is_quoted(field.value):
            name = read_string(field.value)
            file = files.resolve(name, path, root)[0] if isinstance(name, str) else None
            if file is not None:
                yield file

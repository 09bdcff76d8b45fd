"""Standard input as one of the files of a command."""

from __future__ import annotations

import os
import sys

import click

from protolint import files
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STDIN = "<stdin>"
"""What standard input is called when it has no other name."""


def with_stdin(
    paths: Sequence[str], filename: str | None
) -> tuple[list[str], Callable[[str], bytes]]:
    """Replace ``-`` by a name, and read that name from standard input."""
    if "-" not in paths:
        if filename is not None:
            raise click.UsageError("--stdin-filename needs the path `-`")
        return list(paths), files.read
    name = filename or STDIN
    if os.path.isdir(name):
        raise click.UsageError(f"--stdin-filename: {name!r} is a folder")
    identity = files.identity(name)
    data = _stdin()

    def read(path: str) -> bytes:
        if files.identity(path) != identity:
            return files.read(path)
        if isinstance(data, files.Unreadable):
            raise data
        return files.within_limit(data)

    return [name if path == "-" else path for path in paths], read


def _stdin() -> bytes | files.Unreadable:
    if sys.stdin is None:
        return files.Unreadable("unreadable-file", reason="standard input is closed")
    try:
        return sys.stdin.buffer.read(files.LARGEST + 1)
    except OSError as error:  # it is a folder, or opened for writing
        return files.unreadable(error)

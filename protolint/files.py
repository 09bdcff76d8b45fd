"""Which files there are to check, and how their bytes are had."""

from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LARGEST = 64 << 20
"""Bytes; a larger file is not read."""

_SUFFIX = ".prototxt"


class Unreadable(Exception):  # noqa: N818  (a state of a file, told as a diagnostic)
    """A file that cannot be checked: the name of the rule that says so, and the values it names."""

    def __init__(self, rule: str, **args: object) -> None:
        super().__init__(rule)
        self.rule = rule
        self.values = args


def read(path: str) -> bytes:
    """Return the bytes of a file. Raises ``Unreadable``.

    Only a regular file is opened: a FIFO or device could block or never end.
    """
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise Unreadable("unreadable-file", reason="it is a directory")
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("unreadable-file", reason="it is not a regular file")
        if status.st_size > LARGEST:
            raise Unreadable("file-too-large", size=status.st_size >> 20, limit=LARGEST >> 20)
        with open(path, "rb") as file:
            return file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Unreadable("unreadable-file", reason=reason.lower()) from error


def find(paths: Iterable[str]) -> Iterator[str]:
    """Yield the files that ``paths`` name, each once: files as given, folders walked."""
    seen: set[str] = set()
    for path in paths:
        for file in _walk(path) if os.path.isdir(path) else (path,):
            key = os.path.realpath(file)
            if key not in seen:
                seen.add(key)
                yield file


def _walk(folder: str) -> list[str]:
    """Return the prototxt files below a folder that git does not ignore, sorted."""
    found = _git_files(folder)
    if found is None:
        found = []
        for parent, folders, names in os.walk(folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            found += [os.path.join(parent, name) for name in names if name.endswith(_SUFFIX)]
    return sorted(found)


def _git_files(folder: str) -> list[str] | None:
    """Return the files that git tracks or would track; ``None`` outside a work tree."""
    command = ["git", "-C", folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(  # noqa: S603  (a fixed command; the folder is one argument)
            [*command, "--", f"*{_SUFFIX}"], capture_output=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        return None
    names = {os.fsdecode(name) for name in listed.stdout.split(b"\0") if name}
    files = (os.path.normpath(os.path.join(folder, name)) for name in names)
    return [file for file in files if os.path.exists(file)]


def resolve(named: str, origin: str) -> tuple[str | None, str]:
    """Find the file that ``origin`` names as ``named``.

    Caffe opens the path relative to its working directory. Failing that the path is tried from the
    folder of ``origin`` and each folder above it, up to the root of the repository. Returns the
    path to open, or ``None``, and the folder it was found from, empty for the working directory.
    """
    if os.path.exists(named):
        return named, ""
    folder = "" if os.path.isabs(named) else os.path.dirname(os.path.abspath(origin))
    while folder:
        candidate = os.path.join(folder, named)
        if os.path.isfile(candidate):
            return os.path.relpath(candidate), os.path.relpath(folder)
        above = os.path.dirname(folder)
        folder = "" if above == folder or os.path.exists(os.path.join(folder, ".git")) else above
    return None, ""

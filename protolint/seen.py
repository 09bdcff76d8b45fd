"""What a run asks of the file system, so that a later run can tell whether anything has changed.

Whatever can change a report is asked for here: by ``exists``, ``is_file`` and the like, or by a
reader that tells what it read with ``note``. Recording is off, and costs a comparison, until
``record`` is called.
"""

from __future__ import annotations

import os

try:
    from _blake2 import blake2b  # hashlib, which has it from here, loads OpenSSL first
except ImportError:
    from hashlib import blake2b

TYPE_CHECKING = False  # as type checkers know it; typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Seen = dict[tuple[str, str], str]

_LARGEST = 16 << 20
"""Bytes; of a larger file no digest is made, and a run that read one is not kept."""


class _Log:
    answers: Seen | None = None
    spoiled = False


def record() -> None:
    """Begin to record."""
    _Log.answers, _Log.spoiled = {}, False


def recorded() -> Seen | None:
    """Return the questions (kind and path) with their answers.

    ``None`` where nothing was recorded, or not everything can be asked again.
    """
    return None if _Log.spoiled else _Log.answers


def spoil() -> None:
    """Say that something was seen that cannot be asked again."""
    _Log.spoiled = True


def add(answers: Seen | None) -> None:
    """Add what another process has recorded; ``None`` spoils."""
    if answers is None:
        spoil()
    else:
        for (kind, path), answer in answers.items():
            note(kind, path, answer)


def note(kind: str, path: str, answer: str) -> None:
    """Record an answer. One that has changed during the run, or cannot be written down, spoils."""
    if _Log.answers is None:
        return
    if "\0" in path + answer or _Log.answers.setdefault((kind, path), answer) != answer:
        spoil()


def note_data(path: str, data: bytes) -> None:
    """Record what was read of a regular file."""
    if _Log.answers is not None:
        note("content", path, digest(data))


def note_content(path: str) -> None:
    """Record the content of a file that someone else has read, or will."""
    if _Log.answers is None:
        return
    try:
        found = content(path)
    except OSError:
        found = ""
    if found:
        note("content", path, found)
    else:
        spoil()


def note_paths(kind: str, path: str, found: Iterable[str]) -> None:
    """Record the paths that were found in a folder."""
    if _Log.answers is not None:
        note(kind, path, of_paths(found))


def exists(path: str) -> bool:
    """Return ``os.path.exists``, and record it; so do the next ones."""
    return _asked("exists", path, os.path.exists)


def lexists(path: str) -> bool:
    """Return ``os.path.lexists``."""
    return _asked("lexists", path, os.path.lexists)


def is_file(path: str) -> bool:
    """Return ``os.path.isfile``."""
    return _asked("is file", path, os.path.isfile)


def is_dir(path: str) -> bool:
    """Return ``os.path.isdir``."""
    return _asked("is folder", path, os.path.isdir)


def real(path: str) -> str:
    """Return ``os.path.realpath``. Raises as it does, and then spoils."""
    try:
        found = os.path.realpath(path)
    except (OSError, ValueError):
        spoil()
        raise
    note("real", path, found)
    return found


def names(folder: str) -> list[str]:
    """Return ``os.listdir``, sorted. Raises as it does, and then spoils."""
    try:
        found = sorted(os.listdir(folder))
    except OSError:
        spoil()
        raise
    note_paths("names", folder, found)
    return found


def digest(data: bytes) -> str:
    """Return 32 hexadecimal digits that no other data has."""
    return str(blake2b(data, digest_size=16).hexdigest())


def of_paths(found: Iterable[str]) -> str:
    """Return a digest of a list of paths."""
    return digest("\0".join(found).encode("utf-8", "surrogatepass"))


def _asked(kind: str, path: str, ask: Callable[[str], bool]) -> bool:
    answer = ask(path)
    note(kind, path, str(answer))
    return answer


def content(path: str) -> str:
    """Return the digest of a regular file, empty for anything else: that could block.

    Raises ``OSError``.
    """
    if not os.path.isfile(path) or os.path.getsize(path) > _LARGEST:
        return ""
    with open(path, "rb") as file:
        return digest(file.read(_LARGEST))

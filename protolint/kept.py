"""Reports of runs that may come again, kept in the user's cache folder.

A run of ``protolint check`` is kept under its command line, working directory and terminal, with
every question it has asked of the file system and the answers. Where a later run finds the same
answers, files read by content, it would report the same, and the report is printed as it was.
Only installations from a wheel keep runs: a checkout changes under one's hands.

An entry is text and bytes that are split at NULs, with a digest before them, and written whole; one
that is damaged counts as none.
"""

from __future__ import annotations

import os
import sys

from protolint import cache_folder, seen

TYPE_CHECKING = False  # as type checkers know it; typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MOST_ENTRIES = 256
MOST_BYTES = 64 << 20
LARGEST_ENTRY = 4 << 20
"""What is kept at most: of more, the oldest go; a larger entry is not kept."""

_BUILT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_compiled")
_UTF_8 = ("utf-8", "surrogatepass")


def place(words: Sequence[str], terminal: tuple[bool, int | None]) -> str | None:
    """Return the path at which a run with this command line is kept; ``None`` where none is."""
    if "--no-cache" in words or os.environ.get("PROTOLINT_NO_CACHE"):
        return None
    folder = cache_folder.path()
    try:
        with open(os.path.join(_BUILT, "sources.txt"), encoding="utf-8") as file:
            built = file.read()
        working = os.getcwd()
    except OSError:  # a checkout; a folder that is gone
        return None
    if folder is None or sys.stdout is None:
        return None
    parts = (built, sys.version, str(sys.stdout.encoding), str(terminal), working, *words)
    key = seen.digest("\0".join(parts).encode(*_UTF_8))
    return os.path.join(folder, "runs", key)


def load(path: str) -> tuple[bytes, int] | None:
    """Return the report and the exit code of the run that is kept at a path, if they still hold."""
    try:
        with open(path, "rb") as file:
            check, _, rest = file.read(LARGEST_ENTRY + 1).partition(b"\0")
        if seen.digest(rest) != check.decode("ascii"):
            return None
        code, count, rest = rest.split(b"\0", 2)
        *asked, report = rest.split(b"\0", 3 * int(count))
        words = [word.decode(*_UTF_8) for word in asked]
    except (OSError, ValueError):
        return None
    if len(words) != 3 * int(count):
        return None
    if not _is_still_so(zip(words[::3], words[1::3], words[2::3], strict=True)):
        return None
    return report, int(code)


def _is_still_so(answers: Iterable[tuple[str, str, str]]) -> bool:
    """Return whether each question, a kind and a path, has the answer that comes with it."""
    try:
        return all(_ASK[kind](path) == answer for kind, path, answer in answers)
    except (OSError, ValueError, KeyError):
        return False


def _prototxts(folder: str) -> str:
    from protolint import files  # noqa: PLC0415  (only where a folder was named)

    return seen.of_paths(files.walk(folder))


def _rules(folder: str) -> str:
    from protolint.engine import catalogue  # noqa: PLC0415  (only with own rules)

    return seen.of_paths(catalogue.rule_files(folder))


_ASK: dict[str, Callable[[str], str]] = {
    "content": seen.content,
    "exists": lambda path: str(os.path.exists(path)),
    "is file": lambda path: str(os.path.isfile(path)),
    "is folder": lambda path: str(os.path.isdir(path)),
    "lexists": lambda path: str(os.path.lexists(path)),
    "names": lambda path: seen.of_paths(sorted(os.listdir(path))),
    "prototxts": _prototxts,
    "real": os.path.realpath,
    "rules": _rules,
}
"""What answers a question of each kind that ``protolint.seen`` records."""


def save(path: str, report: bytes, code: int) -> None:
    """Keep the run that has just ended, if what it has seen can be asked again.

    A folder that cannot be written to costs nothing but the time.
    """
    answers = seen.recorded()
    if answers is None:
        return
    words = [word for (kind, of), answer in answers.items() for word in (kind, of, answer)]
    parts = [str(code), str(len(answers)), *words]
    data = b"\0".join([*(part.encode(*_UTF_8) for part in parts), report])
    if len(data) >= LARGEST_ENTRY - 64:
        return
    try:
        cache_folder.write_whole(path, seen.digest(data).encode() + b"\0" + data)
        _prune(os.path.dirname(path))
    except OSError:
        return


def _prune(folder: str) -> None:
    """Remove the oldest entries, down to half of what may be kept, once there are too many."""
    with os.scandir(folder) as entries:
        found = [(entry.stat(), entry.path) for entry in entries]
    if len(found) <= MOST_ENTRIES and sum(stat.st_size for stat, _ in found) <= MOST_BYTES:
        return
    found.sort(key=lambda entry: entry[0].st_mtime_ns, reverse=True)
    size = 0
    for number, (stat, path) in enumerate(found):
        size += stat.st_size
        if number >= MOST_ENTRIES // 2 or size > MOST_BYTES // 2:
            try:
                os.remove(path)
            except FileNotFoundError:  # another run has removed it
                continue

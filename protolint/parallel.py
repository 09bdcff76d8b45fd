"""The files of a run shared among processes, with the outcome of one process.

Files that are bound to each other, solvers and the nets that they name, stay together and in their
order. So each is checked as it would be by a single process, and what was found is put together in
the order of the files.
"""

from __future__ import annotations

import gc
import os
import re
import signal
from multiprocessing import get_context
from multiprocessing.connection import wait

from protolint import beside, files, seen
from protolint.pipeline import Checker
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection
    from typing import Any

    from protolint.config.finder import Configurations
    from protolint.pipeline import Progress

_TOLD_EVERY = 20
_NAMES_A_NET = re.compile(rb"\b(?:train_|test_)?net\b")


class _File(NamedTuple):
    """A file to check: its place among all, its path, and whether the user has named it."""

    place: int
    path: str
    named: bool


class _Part(NamedTuple):
    """What the check of the file at a place has added to a checker's collections, by attribute."""

    place: int
    added: dict[str, Any]
    broken: list[Any]
    configurations: list[str]


_COLLECTED = ("found", "notes", "faults", "sources", "fail_on", "dialects", "schemas")
"""What a checker collects file by file, and no check looks at."""


def check_all(
    checker: Checker,
    paths: Sequence[tuple[str, bool]],
    progress: Progress | None,
    jobs: int,
) -> None:
    """Check paths, each with whether the user has named it, in up to so many processes.

    A process that ends before it has told its outcome is a fault, and so are its files.
    """
    found = [_File(place, path, named) for place, (path, named) in enumerate(paths)]
    shares = _shares(_bound(found, checker), jobs)
    workers: dict[Any, tuple[Any, list[_File]]] = {}
    parts: list[_Part] = []
    done = 0
    try:
        _start(workers, shares, checker)
        while workers:
            ready: Any
            for ready in wait(list(workers)):
                process, share = workers[ready]
                message = _received(ready)
                if isinstance(message, int):
                    done += message
                    if progress is not None:
                        progress(done, len(found))
                    continue
                del workers[ready]
                process.join()
                if message is None:
                    checker.faults.append(_lost(share, process.exitcode))
                    continue
                of_share, checked, answers = message
                parts += of_share
                checker.done |= checked
                seen.add(answers)
    finally:
        for process, _ in workers.values():  # where this one is interrupted
            process.terminate()
            process.join()
    for part in sorted(parts, key=lambda part: part.place):
        _add(checker, part)


def _start(workers: dict[Any, Any], shares: list[list[_File]], checker: Checker) -> None:
    """Start a process for each share, and add them to the workers by where they are heard."""
    context = get_context("spawn")  # the same on all systems, and safe with threads
    masked = hasattr(signal, "pthread_sigmask")
    if masked:  # Ctrl-C is for this process alone, which then ends the others
        from multiprocessing import resource_tracker  # noqa: PLC0415  (POSIX only)

        resource_tracker.ensure_running()  # first, since it takes SIGINT out of the mask
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        for share in shares:
            ours, theirs = context.Pipe(duplex=False)
            given = (theirs, share, checker.configurations.anew(), seen.recorded() is not None)
            process = context.Process(target=_work, args=given, daemon=True)
            process.start()
            theirs.close()
            workers[ours] = process, share
    finally:
        if masked:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _received(ours: Any) -> Any:
    """Return what a process has sent, ``None`` where it has ended without a word."""
    try:
        return ours.recv()
    except (EOFError, OSError):
        return None


def _lost(share: Sequence[_File], code: int | None) -> str:
    files_ = "".join(f"  {file.path}\n" for file in share)
    return f"a process ended with {code}, and these files were not checked:\n{files_}"


# Which files stay together.


def _bound(found: Sequence[_File], checker: Checker) -> list[list[_File]]:
    """Return the files in groups: a solver with its nets, a net with those it is held against."""
    configurations = checker.configurations.anew()
    parents: dict[str, str] = {}

    def root(key: str) -> str:
        parents.setdefault(key, key)
        while parents[key] != key:
            parents[key] = parents[parents[key]]
            key = parents[key]
        return key

    for file in found:
        top = root(files.identity(file.path))
        for other in (
            *_nets(file.path, configurations),
            *configurations.options_for(file.path).pair,
        ):
            parents[root(files.identity(other))] = top
    groups: dict[str, list[_File]] = {}
    for file in found:
        groups.setdefault(root(files.identity(file.path)), []).append(file)
    return list(groups.values())


def _nets(path: str, configurations: Configurations) -> list[str]:
    """Return the files that a file names as nets, if it is a solver."""
    try:
        data = configurations.bounded(files.read)(path)
    except files.Unreadable:
        return []
    if not _NAMES_A_NET.search(data):
        return []
    return list(beside.named(data, path, configurations.root_of(path)))


def _shares(groups: list[list[_File]], jobs: int) -> list[list[_File]]:
    """Return the files of each process, in order: about as many bytes for each."""
    shares: list[tuple[int, list[_File]]] = [(0, []) for _ in range(min(jobs, len(groups)))]
    sized = [(sum(_size(file.path) for file in group), group) for group in groups]
    for size, group in sorted(sized, key=lambda sized: (-sized[0], sized[1][0].place)):
        least = min(range(len(shares)), key=lambda number: shares[number][0])
        shares[least] = (shares[least][0] + size, shares[least][1] + group)
    return [sorted(share) for _, share in shares]


def _size(path: str) -> int:
    try:
        return 1000 + os.stat(path).st_size  # a small file takes time, too
    except (OSError, ValueError):
        return 0


# What a process does.


def _work(
    theirs: Connection, share: list[_File], configurations: Configurations, recording: bool
) -> None:
    """Check a share of the files; send how many are done now and then, and at last the outcome."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    if recording:
        seen.record()
    checker = Checker(configurations, files.read)
    parts = []
    for number, file in enumerate(share, 1):
        before = len(checker.configurations.all())
        checker.check(file.path, named=file.named)
        parts.append(_taken(checker, file.place, before))
        if number % _TOLD_EVERY == 0 and not _is_heard(theirs, _TOLD_EVERY):
            return
    _is_heard(theirs, (parts, checker.done, seen.recorded()))


def _is_heard(theirs: Connection, message: object) -> bool:
    """Send a message; return whether the process that waits is still there."""
    try:
        theirs.send(message)
    except OSError:
        return False
    return True


def _taken(checker: Checker, place: int, configurations: int) -> _Part:
    """Take what a check has added out of a checker."""
    added = {}
    for name in _COLLECTED:
        added[name] = getattr(checker, name)
        setattr(checker, name, type(added[name])())
    broken, checker.reader.broken = checker.reader.broken, []
    read = [found.path for found in checker.configurations.all()[configurations:]]
    return _Part(place, added, broken, read)


def _add(checker: Checker, part: _Part) -> None:
    """Add to a checker what the check of a file has added to another one."""
    for path in part.configurations:
        checker.configurations.of(path)
    known = {schema.path for schema in checker.reader.broken}
    checker.reader.broken += [schema for schema in part.broken if schema.path not in known]
    for names, of_files in part.added.pop("dialects").items():
        ours = checker.dialects.setdefault(names, {})
        for key, chosen in of_files.items():
            ours.setdefault(key, chosen)
    for name, added in part.added.items():
        ours = getattr(checker, name)
        if isinstance(ours, list):
            ours += added
        else:
            ours.update(added)

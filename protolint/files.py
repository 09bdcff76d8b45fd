"""Which files there are to check, and how their bytes are had."""

from __future__ import annotations

import errno
import os
import re
import stat

from protolint import seen
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

LARGEST = 8 << 20
"""Bytes; a larger file is not read. A net of 100,000 lines has about 3 MB."""

_SUFFIX = ".prototxt"
_STAGED = rb"(\d{6}) [0-9a-f]+ \d\t"
_SUBMODULE = b"160000"
_RUN_NOTHING = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
"""What keeps git from running programs that the configuration of a repository names."""
_SET_IN_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


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
            raise _too_large(f"{status.st_size >> 20} MiB")
        with open(path, "rb", opener=_open_at_once) as file:
            data = within_limit(file.read(LARGEST + 1))  # the kernel's own files have size 0
    except (OSError, ValueError) as error:
        seen.spoil()
        raise unreadable(error) from error
    seen.note_data(path, data)
    return data


def _open_at_once(path: str, flags: int) -> int:
    """Open a file, without waiting for a writer if a FIFO has taken its place meanwhile."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def within(path: str, root: str) -> bool:
    """Return whether a path, links followed, is a folder or lies below it."""
    try:
        full, base = seen.real(path), seen.real(root)
    except (OSError, ValueError):
        return False
    return full == base or full.startswith(os.path.join(base, ""))


def bounded(
    read: Callable[[str], bytes], root_of: Callable[[str], str | None]
) -> Callable[[str], bytes]:
    """Return a reader that raises ``Unreadable`` for what lies outside the root of its path."""

    def reader(path: str) -> bytes:
        root = root_of(path)
        if root is not None and not within(path, root):
            raise Unreadable("outside-root", path=path, root=root)
        return read(path)

    return reader


def within_limit(data: bytes) -> bytes:
    """Return the data. Raises ``Unreadable`` when it is longer than ``LARGEST`` bytes."""
    if len(data) > LARGEST:
        raise _too_large("it")
    return data


def unreadable(error: OSError | ValueError) -> Unreadable:
    """Return what to raise for an error of the operating system, or a path that holds NUL."""
    reason = getattr(error, "strerror", None) or str(error)
    return Unreadable("unreadable-file", reason=reason.lower())


def write_whole(path: str, data: bytes) -> None:
    """Write a file whole or not at all. Raises ``OSError``.

    A file that is there keeps its permissions, and a link still points to it. What is no regular
    file, as a terminal, is written to.
    """
    try:
        before = os.stat(path)
    except FileNotFoundError:
        before = None
    if before is not None and not stat.S_ISREG(before.st_mode):
        with open(path, "wb") as file:
            file.write(data)
        return
    target = os.path.realpath(path)
    if before is not None and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
    temporary = f"{target}.{os.getpid()}.tmp"
    with open(temporary, "xb") as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            if before is not None:
                _like(temporary, before)
            os.replace(temporary, target)
        except BaseException:
            os.remove(temporary)
            raise


def _like(path: str, other: os.stat_result) -> None:
    """Give a file the permissions of another one, and its owner where that is allowed."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        os.chown(path, other.st_uid, other.st_gid)
    os.chmod(path, stat.S_IMODE(other.st_mode))


def _too_large(what: str) -> Unreadable:
    return Unreadable("file-too-large", size=what, limit=f"{LARGEST >> 20} MiB")


def identity(path: str) -> str:
    """Return what all names of one file have in common, whether or not it exists."""
    try:
        return seen.real(path)
    except (OSError, ValueError):  # the working directory is gone; a NUL in the name
        return path


def find(paths: Iterable[str]) -> Iterator[str]:
    """Yield the files that ``paths`` name, each once: files as given, folders walked.

    In a folder the prototxt files count that git does not ignore, also those of repositories
    within, or those outside hidden folders where git does not know the folder.
    """
    yielded: set[str] = set()
    for path in paths:
        for file in _folder(path) if seen.is_dir(path) else (path,):
            key = identity(file)
            if key not in yielded:
                yielded.add(key)
                yield file


def _folder(folder: str) -> list[str]:
    found = walk(folder)
    seen.note_paths("prototxts", folder, found)
    return found


def walk(folder: str) -> list[str]:
    """Return the files that count in a folder, sorted."""
    found = _git_files(folder)
    if found is None:
        found = []
        for parent, folders, names in os.walk(folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            found += [os.path.join(parent, name) for name in names if name.endswith(_SUFFIX)]
    # git lists files that were deleted but not yet removed from its index
    return sorted(file for file in found if os.path.lexists(file) and not os.path.isdir(file))


def _git_files(folder: str) -> list[str] | None:
    """Return the prototxt files that git tracks or would track.

    ``None`` outside a work tree, and in a folder that git ignores as a whole: whoever names it
    wants it checked.
    """
    listed = _git(folder, "ls-files", "-z", "--stage", "--cached", "--others", "--exclude-standard")
    if listed is None or (not listed and _git(folder, "check-ignore", "--quiet", ".") is not None):
        return None
    files = []
    for entry in set(listed.split(b"\0")):
        staged = re.match(_STAGED, entry)
        name = os.fsdecode(entry[staged.end() :] if staged else entry)
        path = os.path.normpath(os.path.join(folder, name))
        if name.endswith(_SUFFIX):
            files.append(path)
        elif (
            (staged[1] == _SUBMODULE if staged else entry.endswith(b"/"))
            and os.path.lexists(os.path.join(path, ".git"))  # else it is not checked out
        ):
            files += walk(path)
    return files


def _git(folder: str, *command: str) -> bytes | None:
    """Return what a git command prints, ``None`` when it fails or there is no git."""
    import subprocess  # noqa: PLC0415  (slow to import, and only a folder needs it)

    environment = {name: value for name, value in os.environ.items() if name not in _SET_IN_HOOKS}
    try:
        return subprocess.run(  # noqa: S603  (fixed commands; the folder is one argument)
            ["git", *_RUN_NOTHING, "-C", folder, *command],  # noqa: S607  (the user's git)
            capture_output=True,
            check=True,
            timeout=60,
            env=environment,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None


def resolve(named: str, origin: str, root: str | None = None) -> tuple[str | None, str]:
    """Find the file that ``origin`` names as ``named``.

    Caffe opens the path relative to its working directory. Failing that the path is tried from the
    folder of ``origin`` and each folder above it, up to the root of the repository. Returns the
    path to open, or ``None``, and the folder it was found from, empty for the working directory.
    What lies outside a ``root`` is not found, nor is it looked whether it is there.
    """
    if (root is None or within(named, root)) and seen.exists(named):
        return named, ""
    if os.path.isabs(named):
        return None, ""
    for folder in _folders_above(origin, bare=not os.path.dirname(named)):
        candidate = os.path.join(folder, named)
        if (root is None or within(candidate, root)) and seen.is_file(candidate):
            return os.path.relpath(candidate), os.path.relpath(folder)
    return None, ""


def leaves(named: str, origin: str, root: str | None) -> bool:
    """Return whether the file that ``origin`` names as ``named`` would lie outside the root."""
    if root is None:
        return False
    base = "" if os.path.isabs(named) else os.path.dirname(origin)
    return not within(os.path.join(base, named), root)


def _folders_above(path: str, *, bare: bool) -> list[str]:
    """Return the folder of a file and those above it that belong to the same repository.

    Outside any repository these are all folders up to the root of the file system, as in a copy of
    Caffe's own tree; but a ``bare`` name, without a folder, that is found up there is chance.
    """
    folder = os.path.dirname(os.path.abspath(path))
    folders = [folder]
    while not seen.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return folders[:1] if bare else folders
        folders.append(above)
        folder = above
    return folders

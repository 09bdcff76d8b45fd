"""Where data files lie, and what is compiled from them once.

Grammars, rules and the schema are text that people edit. Compiling them takes longer than a whole
check, so the result is kept. In a wheel it is made when the wheel is built, and stands in
``protolint/_compiled`` in the form in which Python keeps constants (``marshal``): that is read the
fastest, and trusted as the code beside it. Elsewhere it is JSON in the user's cache folder, with
the state of every source file, and made again when a file has changed.
"""

from __future__ import annotations

import marshal
import os

from protolint import cache_folder, seen
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_BUILT = os.path.join(_PACKAGE, "_compiled")
_FORMAT = 2
"""The version of what ``marshal`` writes: every Python 3 reads this one."""


def data_folder(name: str) -> str:
    """Return a folder of data, as ``rules``: in the package, or beside it in a checkout.

    Raises ``FileNotFoundError`` when the installation lacks it.
    """
    for parent in (_PACKAGE, os.path.dirname(_PACKAGE)):
        folder = os.path.join(parent, name)
        if os.path.isdir(folder):
            return folder
    raise FileNotFoundError(f"this installation of protolint lacks its folder {name!r}")


def load(name: str, sources: Iterable[str], build: Callable[[], Any]) -> Any:
    """Return what ``build`` makes of the files ``sources``: from the wheel, the cache, or afresh.

    ``build`` must return plain JSON data. A cache that cannot be read or written costs time only.
    """
    built = _built(name)
    if built is not None:
        return built
    state = "\n".join(_state(path) for path in sources)
    folder = cache_folder.path()
    cached = folder and os.path.join(folder, name_for(name, os.fsencode(_PACKAGE)) + ".json")
    entry = _read(cached) if cached else None
    if isinstance(entry, list) and len(entry) == 2 and entry[0] == state:
        return entry[1]
    data = build()
    if cached:
        try:  # noqa: SIM105  (contextlib is slow to import)
            cache_folder.write_whole(cached, pack([state, data]).encode())
        except OSError:
            pass
    return data


def name_for(name: str, about: bytes) -> str:
    """Return a name for what is compiled for ``about``, another for anything else."""
    import zlib  # noqa: PLC0415  (no wheel needs it)

    return f"{name}-{zlib.crc32(about):08x}"


def pack(data: Any) -> str:
    """Return plain data as JSON, in ASCII: names of files need not be UTF-8."""
    import json  # noqa: PLC0415  (slow to import, and a run from a wheel needs none)

    return json.dumps(data, separators=(",", ":"))


def pack_for_wheel(data: Any) -> bytes:
    """Return plain data as a wheel has it; bytes, too, may be part of it."""
    return marshal.dumps(_with_lists(data), _FORMAT)


def unpack(packed: str | bytes) -> Any:
    """Return plain data that was packed in one way or the other."""
    if isinstance(packed, bytes):
        return marshal.loads(packed)  # noqa: S302  (only from the package itself, see above)
    import json  # noqa: PLC0415  (as above)

    return json.loads(packed)


def _with_lists(data: Any) -> Any:
    """Return data with lists for tuples, as JSON has it."""
    if isinstance(data, list | tuple):
        return [_with_lists(item) for item in data]
    if isinstance(data, dict):
        return {key: _with_lists(value) for key, value in data.items()}
    return data


def _built(name: str) -> Any:
    try:
        with open(os.path.join(_BUILT, name), "rb") as file:
            return unpack(file.read())
    except (OSError, EOFError, ValueError, TypeError):  # no wheel, or one that is damaged
        return None


def _read(path: str) -> Any:
    try:
        with open(path, encoding="utf-8") as file:
            return unpack(file.read())
    except (OSError, ValueError, RecursionError):  # the last from damaged JSON, too
        return None


def _state(path: str) -> str:
    """Name a state of a source file; it changes when the file is edited."""
    stat = os.stat(path)
    if not path.startswith(os.path.join(_PACKAGE, "")):
        seen.note_content(path)
    return f"{path}:{stat.st_size}:{stat.st_mtime_ns}"

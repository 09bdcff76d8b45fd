"""Where data files lie, and what is compiled from them once.

Grammars, rules and the schema are text that people edit. Compiling them takes longer than a whole
check, so the result is kept as JSON: in a wheel it is made when the wheel is built
(``protolint/_compiled``), elsewhere it is cached in the user's cache folder together with the
state of every source file, and made again when a file has changed.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib

from protolint import cache_folder, seen
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_BUILT = os.path.join(_PACKAGE, "_compiled")


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
    built = _read(os.path.join(_BUILT, name + ".json"))
    if built is not None:
        return built
    state = "\n".join(_state(path) for path in sources)
    folder = cache_folder.path()
    cached = folder and os.path.join(folder, f"{name}-{zlib.crc32(os.fsencode(_PACKAGE)):08x}.json")
    entry = _read(cached) if cached else None
    if isinstance(entry, list) and len(entry) == 2 and entry[0] == state:
        return entry[1]
    data = build()
    if cached:
        with contextlib.suppress(OSError):
            _write(cached, [state, data])
    return data


def write_built(name: str, folder: str, data: Any) -> None:
    """Write compiled data into ``folder``, as the wheel build does."""
    _write(os.path.join(folder, name + ".json"), data)


def _read(path: str) -> Any:
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError, RecursionError):  # the last from damaged JSON, too
        return None


def _write(path: str, data: Any) -> None:
    cache_folder.write_whole(path, json.dumps(data, separators=(",", ":")).encode())


def _state(path: str) -> str:
    """Name a state of a source file; it changes when the file is edited."""
    stat = os.stat(path)
    if not path.startswith(os.path.join(_PACKAGE, "")):
        seen.note_content(path)
    return f"{path}:{stat.st_size}:{stat.st_mtime_ns}"

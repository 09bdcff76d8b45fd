"""Where data files lie, and what is compiled from them once.

Grammars, rules and the schema are text that people edit. Compiling them takes longer than a whole
check, so the result is kept as JSON: in a wheel it is made when the wheel is built
(``protolint/_compiled``), elsewhere it is cached in the user's cache folder under a key that
changes with every source file.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_BUILT = os.path.join(_PACKAGE, "_compiled")


def data_folder(name: str) -> str:
    """Return the folder ``grammars`` or ``rules``: in the package, or beside it in a checkout.

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
    cached = os.path.join(_cache_folder(), f"{name}-{zlib.crc32(state.encode()):08x}.json")
    entry = _read(cached)
    if isinstance(entry, list) and len(entry) == 2 and entry[0] == state:
        return entry[1]
    data = build()
    _write(cached, [state, data])
    return data


def write_built(name: str, folder: str, data: Any) -> None:
    """Write compiled data into ``folder``, as the wheel build does."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name + ".json"), "w", encoding="utf-8") as out:
        json.dump(data, out, separators=(",", ":"))


def _read(path: str) -> Any:
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def _write(path: str, data: Any) -> None:
    folder = os.path.dirname(path)
    with contextlib.suppress(OSError):
        os.makedirs(folder, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(data, out, separators=(",", ":"))
        os.replace(temporary, path)


def _cache_folder() -> str:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", os.path.expanduser("~"))
    else:
        base = os.environ.get("XDG_CACHE_HOME", os.path.join(os.path.expanduser("~"), ".cache"))
    return os.path.join(base, "protolint")


def _state(path: str) -> str:
    """Name a state of a source file; it changes when the file is edited."""
    stat = os.stat(path)
    return f"{path}:{stat.st_size}:{stat.st_mtime_ns}"

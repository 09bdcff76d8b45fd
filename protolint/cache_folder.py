"""Where protolint keeps what it can make again, and how it is written."""

from __future__ import annotations

import os
import sys


def path() -> str | None:
    """Return protolint's cache folder, ``None`` where the environment names no absolute one."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
    else:
        base = os.environ.get("XDG_CACHE_HOME", "")
        if not os.path.isabs(base):  # to be ignored, says the XDG specification
            base = os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "protolint") if os.path.isabs(base) else None


def write_whole(path: str, data: bytes) -> None:
    """Put a file in place whole: another process may read or write it at the same time.

    Raises ``OSError``.
    """
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = f"{path}.{os.getpid()}-{os.urandom(4).hex()}"  # tempfile is slow to import
    try:
        with open(temporary, "xb") as out:
            out.write(data)
        os.replace(temporary, path)
    except BaseException:
        try:  # noqa: SIM105  (contextlib is slow to import)
            os.remove(temporary)
        except OSError:
            pass
        raise

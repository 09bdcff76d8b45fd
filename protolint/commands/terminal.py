"""What commands share about where their output goes."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # as type checkers know it; typing is slow to import
if TYPE_CHECKING:
    from typing import NoReturn, TextIO

FAULT = "protolint: internal fault, please report it"


def terminal() -> tuple[bool, int | None]:
    """Return whether to use colours, and how wide the terminal is if output goes to one."""
    if not is_terminal(sys.stdout):
        return False, None
    colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return colour, os.get_terminal_size(sys.stdout.fileno()).columns or None


def end(text: str, code: int) -> NoReturn:
    """Print a text, whatever the encoding can show of it, and exit.

    A reader that closes the pipe has seen enough: the exit code stays what it is.
    """
    end_bytes(encoded(text), code)


def encoded(text: str) -> bytes:
    """Return a text as it is printed."""
    encoding = (sys.stdout and sys.stdout.encoding) or "utf-8"
    return text.encode(encoding, "backslashreplace")


def end_bytes(data: bytes, code: int) -> NoReturn:
    """Print bytes as they are, and exit as ``end`` does."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
    except OSError as error:
        # Python flushes once more at its end, and must find somewhere to write to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            reason = (error.strerror or str(error)).lower()
            sys.stderr.write(f"protolint: cannot write the report: {reason}\n")
            code = 2
    sys.exit(code)


def write_whole(path: str, data: bytes) -> None:
    """Write a file whole or not at all; where that fails, say so and exit with 2."""
    from protolint import files  # noqa: PLC0415  (a report that was kept needs none of it)

    try:
        files.write_whole(path, data)
    except (OSError, ValueError) as error:  # ValueError for a NUL in the path
        reason = files.unreadable(error).values["reason"]
        sys.stderr.write(f"protolint: cannot write {path}: {reason}\n")
        sys.exit(2)


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal; one that is closed is none."""
    return stream is not None and stream.isatty()

"""``protolint check`` with ``--fix`` and ``--diff``."""

from __future__ import annotations

import os
import sys

from protolint import files
from protolint.commands.terminal import end_bytes, write_whole
from protolint.fingerprint import normal_path
from protolint.fixing import has_odd_bytes
from protolint.report.summary import plural
from protolint.report.visible import visible
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from protolint.diagnostic import Diagnostic
    from protolint.fixing import Fixed
    from protolint.pipeline import Configurations, Outcome


def fixable(outcome: Outcome, configurations: Configurations) -> tuple[frozenset[Diagnostic], int]:
    """Return the findings that --fix would fix, and how many more it would with --unsafe-fixes."""
    with_fix = [
        found
        for found in outcome.diagnostics
        if found.fix is not None
        and files.identity(found.path) in outcome.given
        and not has_odd_bytes(outcome.sources[found.path])
    ]
    safe = frozenset(
        found
        for found in with_fix
        if found.fix is not None
        and (found.fix.safe or configurations.options_for(found.path).unsafe_fixes)
    )
    return safe, len(with_fix) - len(safe)


def write(fixed: Fixed, stdin: str | None, read: Callable[[str], bytes]) -> bytes | None:
    """Write the files that were fixed; return the text of standard input, fixed or as it was.

    There is none where it cannot be read.
    """
    for path, data in fixed.changed.items():
        if path != stdin:
            write_whole(path, data)
    if stdin is None:
        return None
    try:
        return fixed.changed.get(stdin) or read(stdin)
    except files.Unreadable:
        return None


def end_with_diff(fixed: Fixed, code: int) -> NoReturn:
    """Print what would change as unified diffs, and exit with 1 if anything would.

    Notes and the number of fixes go to standard error; ``code`` is 2 where something is at fault.
    """
    for note in fixed.notes:
        sys.stderr.write(f"note: {visible(note)}\n")
    changed = fixed.changed
    if changed:
        where = plural(len(changed), "file")
        sys.stderr.write(f"Would fix {plural(fixed.fixes, 'finding')} in {where}.\n")
    diffs = b"".join(diff(path, fixed.before[path], data) for path, data in changed.items())
    end_bytes(diffs, 2 if code == 2 else int(bool(changed)))


def diff(path: str, before: bytes, after: bytes) -> bytes:
    """Return a unified diff as ``patch`` and ``git apply`` take it."""
    from difflib import diff_bytes, unified_diff  # noqa: PLC0415  (slow to import)

    name = os.fsencode(normal_path(path))
    lines = diff_bytes(unified_diff, _lines(before), _lines(after), name, name)
    return b"".join(
        line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"
        for line in lines
    )


def _lines(data: bytes) -> list[bytes]:
    """Return the lines with their ends; a carriage return belongs to its line."""
    lines = data.split(b"\n")
    return [line + b"\n" for line in lines[:-1]] + lines[-1:] * bool(lines[-1])

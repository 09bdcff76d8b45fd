"""``protolint check`` with a baseline: ``--baseline`` and ``--write-baseline``."""

from __future__ import annotations

import os
import sys

from protolint import baseline, files
from protolint.commands.terminal import write_whole
from protolint.report.summary import plural
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NoReturn

    from protolint.pipeline import Options, Outcome


def hold_back(
    outcome: Outcome, options: Options, known: str | None, written: str | None
) -> tuple[Outcome, int]:
    """Return the outcome without what a baseline knows, and how many findings that are.

    ``known`` is the path of a baseline to read; with a path to be ``written`` all findings become
    known. Exits with 2 where a baseline cannot be read or written, or the run was not sound.
    """
    found, sources = outcome.diagnostics, outcome.sources
    if written is not None:
        if outcome.faults or outcome.misconfigured:
            note = f"{written}: not written, as not everything could be checked"
            return outcome._replace(notes=(*outcome.notes, note)), 0
        text = baseline.render(found, sources, os.path.dirname(written))
        write_whole(written, text.encode())
        note = f"{written}: written, and knows {plural(len(found), 'finding')}"
        return outcome._replace(diagnostics=(), notes=(*outcome.notes, note)), len(found)
    path = known or ""
    try:
        entries = baseline.parse(files.read(path).decode())
    except files.Unreadable as unreadable:
        _stop(path, f"cannot be read: {unreadable.values.get('reason', 'it is too large')}")
    except UnicodeDecodeError:
        _stop(path, "not a baseline: it is not UTF-8")
    except baseline.BaselineError as error:
        _stop(path, str(error))
    folder = os.path.dirname(path)
    compared = baseline.compare(entries, found, sources, folder, outcome.checked)
    notes = list(outcome.notes)
    if compared.held:
        are = "is" if compared.held == 1 else "are"
        notes.append(f"{path}: {plural(compared.held, 'finding')} {are} known and not told")
    if compared.stale and _is_whole(options):
        number = len(compared.stale)
        entries_ = "1 entry is" if number == 1 else f"{number} entries are"
        notes.append(f"{path}: {entries_} stale: write it anew with --write-baseline")
    return outcome._replace(diagnostics=compared.new, notes=tuple(notes)), compared.held


def _is_whole(options: Options) -> bool:
    """Return whether the command line leaves nothing out; else a finding may only be left out."""
    return not (options.select or options.ignore or options.phase) and options.follow


def _stop(path: str, reason: str) -> NoReturn:
    sys.stderr.write(f"protolint: {path}: {reason}\n")
    sys.exit(2)

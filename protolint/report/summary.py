"""The sentences that close a report for people."""

from __future__ import annotations

from protolint.diagnostic import SEVERITIES
from protolint.report.visible import visible
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.diagnostic import Diagnostic
    from protolint.report.run import Run


def summary(run: Run) -> str:
    """Return what was found and what can be fixed, on one line without a newline.

    "All clear" is said only when nothing was found and every rule was decided.
    """
    dialect = f"(dialect: {visible(run.dialect)})"
    files = plural(run.files, "file")
    counts = [
        plural(count, severity)
        for severity in SEVERITIES
        if (count := sum(d.severity == severity and not d.undecided for d in run.diagnostics))
    ]
    if counts:
        sentences = [f"Found {_listed(counts)} in {files} {dialect}."]
    elif not run.files:
        sentences = [f"No file was checked {dialect}."]
    elif run.held:
        sentences = [f"Found nothing new in {files} {dialect}."]
    elif run.undecided or run.diagnostics:
        sentences = [f"Found nothing wrong in {files} {dialect}."]
    else:
        sentences = [f"All clear: {files} checked {dialect}."]
    if run.fixed:
        sentences.append(f"Fixed {run.fixed}.")
    if run.fixable:
        more = f", {run.unsafe} more with --unsafe-fixes" if run.unsafe else ""
        sentences.append(f"{len(run.fixable)} can be fixed with --fix{more}.")
    elif run.unsafe:
        sentences.append(f"{run.unsafe} can be fixed with --fix --unsafe-fixes.")
    return " ".join(sentences)


def mark(run: Run, found: Diagnostic) -> str:
    """Return the mark in front of the message of a finding that --fix would fix."""
    return "[*] " if found in run.fixable else ""


def closing(run: Run) -> str:
    """Return the summary and how many rules are undecided, for formats that do not list notes."""
    if not run.undecided:
        return summary(run)
    are = "is" if run.undecided == 1 else "are"
    return f"{summary(run)} {plural(run.undecided, 'rule')} {are} undecided."


def plural(count: int, noun: str) -> str:
    """Return ``1 file`` or ``2 files``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _listed(items: list[str]) -> str:
    """Join as in ``a, b and c``."""
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last

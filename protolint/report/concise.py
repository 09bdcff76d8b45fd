"""One line a finding, for people in a hurry and for tools; the last line sums up."""

from __future__ import annotations

from protolint.report.summary import closing, mark
from protolint.report.visible import visible
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.diagnostic import Diagnostic
    from protolint.report.run import Run


def render(run: Run) -> str:
    """Return ``path:line:column: severity[CODE] message`` lines and the summary line.

    An undecided finding has ``undecided`` for its severity; ``[*]`` marks what --fix would fix.
    """
    return "\n".join([*(_line(run, found) for found in run.diagnostics), closing(run), ""])


def _line(run: Run, found: Diagnostic) -> str:
    line, column = found.range.start
    kind = "undecided" if found.undecided else found.severity
    message = mark(run, found) + visible(found.message)
    return f"{visible(found.path)}:{line}:{column}: {kind}[{found.code}] {message}"

"""One line a finding, for people in a hurry and for tools; the last line sums up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protolint.report.summary import closing
from protolint.report.visible import visible

if TYPE_CHECKING:
    from protolint.diagnostic import Diagnostic
    from protolint.report.run import Run


def render(run: Run) -> str:
    """Return ``path:line:column: severity[CODE] message`` lines and the summary line.

    An undecided finding has ``undecided`` for its severity.
    """
    return "\n".join([*map(_line, run.diagnostics), closing(run), ""])


def _line(found: Diagnostic) -> str:
    line, column = found.range.start
    kind = "undecided" if found.undecided else found.severity
    return f"{visible(found.path)}:{line}:{column}: {kind}[{found.code}] {visible(found.message)}"

"""JSON Lines: each finding on a line of its own, for programs that read as they go."""

from __future__ import annotations

import json

from protolint.report.as_json import finding
from protolint.report.replacements import replacements
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.report.run import Run


def render(run: Run) -> str:
    """Return the objects of the format json, each on a line; nothing when nothing was found."""
    edits = replacements(run.sources)
    return "".join(f"{json.dumps(finding(found, edits))}\n" for found in run.diagnostics)

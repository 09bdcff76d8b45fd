"""GitLab's Code Quality report: the subset of Code Climate's JSON that a merge request shows."""

from __future__ import annotations

import json

from protolint.fingerprint import fingerprints, hashed, normal_path
from protolint.report.visible import visible, without_surrogates
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from protolint.diagnostic import Diagnostic
    from protolint.report.run import Run

_SEVERITIES = {"error": "critical", "warning": "minor", "info": "info"}


def render(run: Run) -> str:
    """Return a JSON array with an object for each finding.

    Fingerprints differ from each other; a finding that only moved to another line keeps its own.
    """
    marks = fingerprints(run.diagnostics, run.sources)
    objects = [_issue(found, mark) for found, mark in zip(run.diagnostics, marks, strict=True)]
    return json.dumps(objects, indent=2) + "\n"


def _issue(found: Diagnostic, mark: str) -> dict[str, Any]:
    path = normal_path(found.path)
    return {
        "description": visible(found.message),
        "check_name": f"{found.code} {found.name}",
        "fingerprint": hashed(path, mark),
        "severity": "info" if found.undecided else _SEVERITIES[found.severity],
        "location": {
            "path": without_surrogates(path),
            "lines": {"begin": found.range.start.line, "end": found.range.end.line},
        },
    }

"""The findings as JSON, for programs."""

from __future__ import annotations

import json

from protolint.report.replacements import replacements
from protolint.report.visible import without_surrogates
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from protolint.diagnostic import Diagnostic, Fix, Range
    from protolint.report.replacements import Replacements
    from protolint.report.run import Run


def render(run: Run) -> str:
    r"""Return a JSON array with one object, on a line of its own, for each finding.

    Keys stand in a fixed order and are always present. Lines and columns count from 1, columns in
    Unicode code points; a range ends before its ``end``. ``layer`` is null outside layers, ``fix``
    where there is none; its edits are of the finding's file and do not overlap. The
    text is ASCII; a byte of the input that is not UTF-8 appears as the four characters ``\xNN``.
    """
    edits = replacements(run.sources)
    objects = ",\n".join(f"  {json.dumps(finding(found, edits))}" for found in run.diagnostics)
    return f"[\n{objects}\n]\n" if objects else "[]\n"


def finding(found: Diagnostic, edits: Replacements) -> dict[str, Any]:
    """Return a finding as a JSON object."""
    text = without_surrogates
    return {
        "code": found.code,
        "name": found.name,
        "severity": found.severity,
        "effect": found.effect,
        "message": text(found.message),
        "label": text(found.label),
        "help": text(found.help),
        "caffe": text(found.caffe),
        "notes": [text(note) for note in found.notes],
        "path": text(found.path),
        "range": _range(found.range),
        "secondary": [
            {"path": text(mark.path), "range": _range(mark.range), "text": text(mark.text)}
            for mark in found.secondary
        ],
        "phases": list(found.phases),
        "layer": None if found.layer is None else text(found.layer),
        "undecided": found.undecided,
        "fix": _fix(found.fix, edits(found)),
    }


def _fix(fix: Fix | None, edits: list[tuple[Range, str]]) -> dict[str, Any] | None:
    if fix is None or not edits:
        return None
    return {
        "title": without_surrogates(fix.title),
        "safe": fix.safe,
        "edits": [{"range": _range(span), "text": text} for span, text in edits],
    }


def _range(span: Range) -> dict[str, dict[str, int]]:
    return {
        "start": {"line": span.start.line, "column": span.start.column},
        "end": {"line": span.end.line, "column": span.end.column},
    }

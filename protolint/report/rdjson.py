"""Reviewdog's Diagnostic Format: rdjson."""

from __future__ import annotations

import json

from protolint.fingerprint import normal_path
from protolint.report.replacements import replacements
from protolint.report.visible import visible, without_surrogates
from protolint.report.words import told
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from protolint.diagnostic import Diagnostic, Position, Range
    from protolint.report.replacements import Replacements
    from protolint.report.run import Run

    _LineOf = Callable[[str, int], str]

_SEVERITIES = {"error": "ERROR", "warning": "WARNING", "info": "INFO"}


def render(run: Run) -> str:
    """Return one JSON object with all findings. Columns count bytes of UTF-8 from 1."""
    lines: dict[str, list[str]] = {}

    def line_of(path: str, number: int) -> str:
        if path not in lines:
            lines[path] = run.sources.get(path, "").split("\n")
        return lines[path][number - 1] if number <= len(lines[path]) else ""

    edits = replacements(run.sources)
    report = {
        "source": {"name": "protolint"},
        "diagnostics": [_diagnostic(found, line_of, edits) for found in run.diagnostics],
    }
    return json.dumps(report, indent=2) + "\n"


def _as_markdown(text: str) -> str:
    """Return a text that is no link, picture or HTML in a comment; backticks keep their meaning."""
    text = text.replace("](", "]\\(")
    parts = text.split("`")
    if len(parts) % 2 == 0 or "``" in text:  # who knows where code begins and ends
        return text.replace("<", "\\<")
    parts[::2] = [part.replace("<", "\\<") for part in parts[::2]]
    return "`".join(parts)


def _diagnostic(found: Diagnostic, line_of: _LineOf, edits: Replacements) -> dict[str, Any]:
    diagnostic: dict[str, Any] = {
        "message": _as_markdown("\n".join(told(found))),
        "location": _location(found.path, found.range, line_of),
        "severity": "INFO" if found.undecided else _SEVERITIES[found.severity],
        "code": {"value": found.code},
        "relatedLocations": [
            {
                "message": _as_markdown(visible(mark.text)),
                "location": _location(mark.path, mark.range, line_of),
            }
            for mark in found.secondary
        ],
    }
    changes = edits(found)
    if len(changes) == 1:  # each suggestion is a cure of its own
        ((span, text),) = changes
        place = _range(found.path, span, line_of)
        diagnostic["suggestions"] = [{"range": place, "text": text}]
    return diagnostic


def _location(path: str, span: Range, line_of: _LineOf) -> dict[str, Any]:
    return {
        "path": without_surrogates(normal_path(path)),
        "range": _range(path, span, line_of),
    }


def _range(path: str, span: Range, line_of: _LineOf) -> dict[str, Any]:
    return {
        "start": _position(path, span.start, line_of),
        "end": _position(path, span.end, line_of),
    }


def _position(path: str, position: Position, line_of: _LineOf) -> dict[str, int]:
    before = line_of(path, position.line)[: position.column - 1]
    extra = 0 if before.isascii() else len(before.encode("utf-8", "surrogateescape")) - len(before)
    return {"line": position.line, "column": position.column + extra}

"""SARIF 2.1.0, the OASIS format for the results of static analysis."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

from protolint.diagnostic import Label
from protolint.fingerprint import fingerprints, normal_path
from protolint.report.replacements import replacements
from protolint.report.run import RuleText
from protolint.report.visible import visible, without_surrogates
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from protolint.diagnostic import Diagnostic, Range
    from protolint.report.run import Run

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_FINGERPRINT = "protolintFingerprint/v1"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def render(run: Run) -> str:
    """Return a log with one run: the rules that are told of, and a result for each finding.

    An undecided rule is a result of kind "open". Columns are Unicode code points.
    """
    first: dict[str, Diagnostic] = {}
    for found in run.diagnostics:
        first.setdefault(found.code, found)
    codes = {code: index for index, code in enumerate(sorted(first))}
    marks = fingerprints(run.diagnostics, run.sources)
    edits = replacements(run.sources)
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "protolint",
                        **({"version": run.version} if run.version else {}),
                        "rules": [_rule(first[code], run.rules) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [
                    _result(found, codes[found.code], mark) | _fixes(found, edits(found))
                    for found, mark in zip(run.diagnostics, marks, strict=True)
                ],
            }
        ],
    }
    return json.dumps(log, indent=2) + "\n"


def _plain(text: str) -> str:
    """Return the text of a message in which nothing shows as a link, nor moves the cursor.

    In SARIF ``[text](address)`` is a link also in plain text, and a backslash escapes (3.11.6).
    """
    lines = [visible(line) for line in text.split("\n")]
    shown = "\n".join(lines)
    return re.sub(r"([\\\[\]])", r"\\\1", shown) if "](" in shown else shown


def _rule(found: Diagnostic, rules: Mapping[str, RuleText]) -> dict[str, Any]:
    words = found.name.replace("-", " ")
    text = rules.get(found.name) or RuleText(words, words)
    return {
        "id": found.code,
        "name": found.name,
        "shortDescription": {"text": text.summary},
        "help": {"text": text.help},
        "defaultConfiguration": {"level": _LEVELS[found.severity]},
    }


def _result(found: Diagnostic, index: int, mark: str) -> dict[str, Any]:
    told = [found.message, found.label, *found.notes, found.help]
    location = _location(found.path, found.range)
    if found.layer is not None:
        location["logicalLocations"] = [{"name": without_surrogates(found.layer)}]
    result = {
        "ruleId": found.code,
        "ruleIndex": index,
        "kind": "open" if found.undecided else "fail",
        "level": "none" if found.undecided else _LEVELS[found.severity],
        "message": {"text": _plain("\n".join(filter(None, told)))},
        "locations": [location],
        "partialFingerprints": {_FINGERPRINT: mark},
        "properties": {"effect": found.effect, "phases": list(found.phases)},
    }
    if found.secondary:
        result["relatedLocations"] = [
            {"id": number, **_labelled(label)} for number, label in enumerate(found.secondary)
        ]
    if found.trail:
        end = Label(found.path, found.range, found.message)
        steps = [{"location": _labelled(label)} for label in (*found.trail, end)]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    return result


def _labelled(label: Label) -> dict[str, Any]:
    words = {"message": {"text": _plain(label.text)}} if label.text else {}
    return {**_location(label.path, label.range), **words}


def _fixes(found: Diagnostic, edits: list[tuple[Range, str]]) -> dict[str, Any]:
    if found.fix is None or not edits:
        return {}
    replaced = [
        {"deletedRegion": _region(span), "insertedContent": {"text": text}} for span, text in edits
    ]
    change = {"artifactLocation": {"uri": _uri(found.path)}, "replacements": replaced}
    title = without_surrogates(found.fix.title)
    return {"fixes": [{"description": {"text": title}, "artifactChanges": [change]}]}


def _location(path: str, span: Range) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": _uri(path)}, "region": _region(span)}
    return {"physicalLocation": place}


def _region(span: Range) -> dict[str, int]:
    return {
        "startLine": span.start.line,
        "startColumn": span.start.column,
        "endLine": span.end.line,
        "endColumn": span.end.column,
    }


def _uri(path: str) -> str:
    """Return a relative reference for a relative path, a ``file:`` URI for an absolute one."""
    quoted = quote(normal_path(path), errors="surrogateescape")
    return f"file://{quoted}" if quoted.startswith("/") else quoted

"""Workflow commands of GitHub Actions, which show findings beside the lines of a pull request."""

from __future__ import annotations

from protolint.fingerprint import normal_path
from protolint.report.visible import visible
from protolint.report.words import told
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.diagnostic import Diagnostic
    from protolint.report.run import Run

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def render(run: Run) -> str:
    """Return one ``::error file=…,line=…::message`` line for each finding, nothing for none.

    Columns are given only for findings within a line: GitHub refuses them for others.
    """
    return "".join(f"{_command(found)}\n" for found in run.diagnostics)


def _command(found: Diagnostic) -> str:
    start, end = found.range
    properties = {"file": visible(normal_path(found.path)), "line": start.line}
    if end.line == start.line:
        properties |= {"col": start.column, "endLine": end.line, "endColumn": end.column}
    else:
        properties |= {"endLine": end.line}
    properties["title"] = f"{found.code} {found.name}"
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    command = "notice" if found.undecided else _COMMANDS[found.severity]
    return f"::{command} {listed}::{_data(chr(10).join(told(found)))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

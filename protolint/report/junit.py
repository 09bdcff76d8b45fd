"""JUnit XML, which nearly every CI server reads."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from protolint.report.visible import visible
from protolint.report.words import told
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.diagnostic import Diagnostic
    from protolint.report.run import Run


def render(run: Run) -> str:
    """Return a suite for each file with findings, in it a failed test case for each finding.

    An undecided rule is a skipped case. Without findings there is one case that passed: servers
    take a report without cases for a mistake.
    """
    files: dict[str, list[Diagnostic]] = {}
    for found in run.diagnostics:
        files.setdefault(found.path, []).append(found)
    root = ET.Element("testsuites", name="protolint")
    for path, group in files.items():
        suite = _suite(root, visible(path), group)
        for found in group:
            _case(suite, found)
    if not files:
        ET.SubElement(
            _suite(root, "protolint", []), "testcase", name="check", classname="protolint"
        )
    count = max(len(run.diagnostics), 1)
    root.set("tests", str(count))
    root.set("failures", str(sum(not found.undecided for found in run.diagnostics)))
    root.set("errors", "0")
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, "unicode")}\n'


def _suite(root: ET.Element, name: str, group: list[Diagnostic]) -> ET.Element:
    undecided = sum(found.undecided for found in group)
    return ET.SubElement(
        root,
        "testsuite",
        name=name,
        tests=str(max(len(group), 1)),
        failures=str(len(group) - undecided),
        errors="0",
        skipped=str(undecided),
    )


def _case(suite: ET.Element, found: Diagnostic) -> None:
    line, column = found.range.start
    case = ET.SubElement(
        suite,
        "testcase",
        name=f"{found.code} {found.name} at {line}:{column}",
        classname=visible(found.path),
        line=str(line),
    )
    message = visible(found.message)
    if found.undecided:
        ET.SubElement(case, "skipped", message=message)
        return
    failure = ET.SubElement(case, "failure", message=message, type=found.severity)
    failure.text = "\n".join([f"{visible(found.path)}:{line}:{column}", *told(found)])

"""What a file says, shown in every format: no terminal, log, page or XML reader obeys it."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest
from test_layouts import found, span

from protolint import report
from protolint.diagnostic import Label
from protolint.report.run import Run

EVIL = {
    "escape": "\x1b[2J\x1b]0;title\x07",
    "c1": "\x9b31m\x85\x90",
    "carriage return": "a\rb",
    "bidi": "\u202e\u2066\u200f\u2069",
    "line separators": "\u2028\u2029\x0b\x0c",
    "workflow command": "\n::error file=x::pwned\n::add-mask::a",
    "azure": "##vso[task.setvariable variable=x]1 ##[error]pwned",
    "cdata": "]]><evil/>&amp;&#27;",
    "html": "<script>alert(1)</script><img src=x onerror=y>",
    "markdown": "[click](http://a.b) ![x](http://a.b/c.png) <b>",
    "nul": "a\0b",
    "not utf-8": "\udc9b\udcff",
}


def run_of(text):
    """Return a run in which a text stands wherever a text from a file may stand."""
    path = f"{text}.prototxt"
    diagnostic = found(
        path,
        span(1, 1, 1, 3),
        message=f'say "{text}"',
        label=text,
        help=text,
        caffe=text,
        notes=(text,),
        layer=text,
        secondary=(Label(path, span(1, 1, 1, 2), text),),
    )
    return Run((diagnostic,), {path: f"ab {text}"}, notes=(f"{text}: not read",))


def strings(value):
    """Yield all strings in JSON data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


@pytest.mark.parametrize("name", EVIL)
@pytest.mark.parametrize("format_name", report.RENDERERS)
def test_output_has_no_controls(format_name, name):
    shown = report.render(format_name, run_of(EVIL[name]))
    assert shown.encode()
    assert [c for c in shown if c != "\n" and not c.isprintable()] == []


@pytest.mark.parametrize("name", EVIL)
@pytest.mark.parametrize("format_name", report.RENDERERS)
def test_only_the_github_format_makes_commands(format_name, name):
    lines = report.render(format_name, run_of(EVIL[name])).splitlines()
    commands = [line for line in lines if line.startswith("::")]
    assert len(commands) == (format_name == "github")
    assert all(re.match(r"::(error|warning|notice) file=", line) for line in commands)
    if format_name in report.TEXT_FORMATS:
        assert not any("##vso[" in line or "##[" in line for line in lines)


@pytest.mark.parametrize("format_name", ["concise", "grouped"])
def test_path_of_a_file_is_no_command(format_name):
    shown = Run((found("::error::x.prototxt", span(1, 1, 1, 2)),), {})
    assert "\n./::error::x.prototxt" in "\n" + report.render(format_name, shown)


@pytest.mark.parametrize("name", EVIL)
def test_junit_is_xml_with_nothing_of_the_content_in_it(name):
    root = ET.fromstring(report.render("junit", run_of(EVIL[name])))  # noqa: S314  (it is ours)
    tags = {element.tag for element in root.iter()}
    assert tags == {"testsuites", "testsuite", "testcase", "failure"}


@pytest.mark.parametrize("name", EVIL)
@pytest.mark.parametrize("format_name", ["sarif", "gitlab", "rdjson"])
def test_what_a_page_shows_of_json_has_no_controls(format_name, name):
    data = json.loads(report.render(format_name, run_of(EVIL[name])))
    messages = {
        "sarif": lambda: [r["message"]["text"] for r in data["runs"][0]["results"]],
        "gitlab": lambda: [issue["description"] for issue in data],
        "rdjson": lambda: [d["message"] for d in data["diagnostics"]],
    }[format_name]()
    assert messages
    assert not [c for text in messages for c in text if c != "\n" and not c.isprintable()]


@pytest.mark.parametrize("format_name", ["sarif", "rdjson"])
def test_links_are_no_links(format_name):
    data = json.loads(report.render(format_name, run_of(EVIL["markdown"])))
    where = data["runs"][0]["results"] if format_name == "sarif" else data["diagnostics"]
    told = [text for text in strings(where) if "say" in text]
    assert told
    for text in told:
        assert not re.search(r"(?<!\\)\]\(", text), "neither SARIF's nor Markdown's"


def test_html_in_a_comment_of_rdjson_is_escaped():
    def message(text):
        shown = Run((found("a", span(1, 1, 1, 2), message=text),), {})
        return json.loads(report.render("rdjson", shown))["diagnostics"][0]["message"]

    assert message("a <b> `c <d>`").startswith("a \\<b> `c <d>`")
    assert message("a ` <b>").startswith("a ` \\<b>")
    assert message("`` <b> ``").startswith("`` \\<b> ``")

"""The formats that other programs read, each read back as its programs do."""

from __future__ import annotations

import json
import os
import re
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from test_layouts import CASES, ODD, found, of, span

from protolint import explain, pipeline, report
from protolint.diagnostic import Edit, Fix
from protolint.fingerprint import normal_path
from protolint.report.run import Run
from protolint.report.visible import visible
from protolint.report.words import told

FORMATS = ("grouped", "jsonl", "sarif", "github", "gitlab", "junit", "rdjson")
GOLDEN = ("poly", "pool", "odd-characters", "undecided", "clear")
DATA = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data")

NET = """\
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 } } }
layer { name: "a" type: "ReLU" bottom: "data" top: "a" phase: TEST }
layer { name: "b" type: "ReLU" bottom: "data" top: "b" phase: TEST }
layer { name: "c" type: "ReLU" bottom: "dta" top: "c" phase: TEST }
"""


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("case", GOLDEN)
def test_golden(case, format_name, golden):
    golden(f"golden/{case}.{format_name}.txt", report.render(format_name, CASES[case]))


def checked(folder, **files):
    """Check some prototxt texts, and return the run that tells of them."""
    paths = []
    for name, text in files.items():
        paths.append(os.path.join(folder, f"{name}.prototxt"))
        with open(paths[-1], "w", encoding="utf-8") as file:
            file.write(text)
    outcome = pipeline.check_paths(paths)
    assert not outcome.faults
    rules = explain.texts(d.name for d in outcome.diagnostics)
    return Run(outcome.diagnostics, outcome.sources, files=len(paths), version="1", rules=rules)


TEXT = st.text(st.characters(codec=None), max_size=20) | st.sampled_from(
    [
        "%0A",
        "a,b::c",
        "x=1,file=y",
        "::error::",
        "\r\n",
        "]]>",
        "&amp;",
        "\x1b[31m",
        "\udcff",
        "\ufffe",
    ]
)
PLACES = st.builds(lambda a, b, c: span(a, b, a + c, b + 1), *[st.integers(1, 9)] * 3)
FINDINGS = st.builds(
    found,
    # Of surrogates only those are in the name of a file that stand for a byte.
    TEXT.filter(lambda path: path and not re.search("[\0\ud800-\udc7f\udd00-\udfff]", path)),
    PLACES,
    message=TEXT,
    label=TEXT,
    help=TEXT,
    notes=st.lists(TEXT, max_size=2).map(tuple),
    layer=st.none() | TEXT,
    undecided=st.booleans(),
    fix=st.none() | st.builds(lambda text: Fix(text, (Edit(0, 1, text),), safe=True), TEXT),
)
RUNS = st.lists(FINDINGS, max_size=4).map(
    lambda told: Run(tuple(told), {d.path: "a: 1" for d in told[1:]})
)


@given(RUNS)
def test_any_text_is_carried_in_whole_lines_without_surrogates(run):
    for format_name in FORMATS:
        text = report.render(format_name, run)
        text.encode()
        assert text.endswith("\n") or text == ""


# grouped and jsonl


@pytest.mark.parametrize("case", CASES)
def test_grouped_names_each_file_once_and_each_finding_once(case):
    lines = report.render("grouped", CASES[case]).split("\n")
    paths = [line for line in lines[: lines.index("")] if line and line[0] != " "]
    assert len(paths) == len(set(paths))
    findings = [line for line in lines if line.startswith("  ")]
    assert len(findings) == len(CASES[case].diagnostics)


@pytest.mark.parametrize("case", CASES)
def test_jsonl_holds_the_objects_of_json(case):
    lines = report.render("jsonl", CASES[case]).splitlines()
    assert [json.loads(line) for line in lines] == json.loads(report.render("json", CASES[case]))


# fixes


def curable(*edits):
    text = "é: 1\nb: 2\n"
    finding = found("a.prototxt", span(1, 1, 1, 2), fix=Fix("cure", edits, safe=False))
    return Run((finding,), {"a.prototxt": text})


def test_fixes_are_carried_in_the_units_of_the_format():
    run = curable(Edit(1, 2, " ="))
    (fix,) = [o["fix"] for o in json.loads(report.render("json", run))]
    place = {"start": {"line": 1, "column": 2}, "end": {"line": 1, "column": 3}}
    assert fix == {"title": "cure", "safe": False, "edits": [{"range": place, "text": " ="}]}
    (told,) = json.loads(report.render("rdjson", run))["diagnostics"]
    place = {"start": {"line": 1, "column": 3}, "end": {"line": 1, "column": 4}}  # bytes
    assert told["suggestions"] == [{"range": place, "text": " ="}]
    (sarif,) = json.loads(report.render("sarif", run))["runs"]
    ((fix,),) = [result["fixes"] for result in sarif["results"]]
    ((replaced,),) = [change["replacements"] for change in fix["artifactChanges"]]
    region = {"startLine": 1, "startColumn": 2, "endLine": 1, "endColumn": 3}
    assert replaced == {"deletedRegion": region, "insertedContent": {"text": " ="}}


def test_rdjson_has_no_suggestion_for_half_a_fix():
    (told,) = json.loads(report.render("rdjson", curable(Edit(0, 1, "a"), Edit(5, 6, "c"))))[
        "diagnostics"
    ]
    assert "suggestions" not in told


def test_bytes_that_are_not_text_are_in_no_fix():
    run = curable(Edit(0, 1, "\udcff"))
    assert json.loads(report.render("json", run))[0]["fix"] is None
    assert '"fixes"' not in report.render("sarif", run)


# sarif


@pytest.fixture(scope="module")
def sarif_schema():
    with open(os.path.join(DATA, "sarif-schema-2.1.0.json"), encoding="utf-8") as file:
        schema = json.load(file)
    validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
    validator.check_schema(schema)
    return validator


@pytest.mark.parametrize("case", CASES)
def test_sarif_is_valid(case, sarif_schema):
    sarif_schema.validate(json.loads(report.render("sarif", CASES[case])))


@given(RUNS)
def test_sarif_of_anything_is_valid(sarif_schema, run):
    sarif_schema.validate(json.loads(report.render("sarif", run)))


def test_the_schema_refuses_what_is_no_sarif(sarif_schema):
    log = json.loads(report.render("sarif", CASES["poly"]))
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not sarif_schema.is_valid(log)


def test_sarif_describes_the_rules_it_tells_of(tmp_path, sarif_schema):
    run = checked(tmp_path, net=NET, other=NET)
    log = json.loads(report.render("sarif", run))
    sarif_schema.validate(log)
    (sarif,) = log["runs"]
    rules = sarif["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({d.code for d in run.diagnostics})
    for result, diagnostic in zip(sarif["results"], run.diagnostics, strict=True):
        rule = rules[result["ruleIndex"]]
        assert (rule["id"], rule["name"]) == (diagnostic.code, diagnostic.name)
        assert result["ruleId"] == rule["id"]
        assert result["properties"]["effect"] == diagnostic.effect
    unknown = next(rule for rule in rules if rule["name"] == "unknown-bottom")
    assert unknown["shortDescription"]["text"] == "A bottom that no layer makes."
    assert unknown["help"]["text"].startswith("GRF001 unknown-bottom\n")
    assert unknown["defaultConfiguration"]["level"] == "error"


def test_sarif_paths_are_uris():
    run = Run((found("a b/50%/é\udcff:1.prototxt", span(1, 1, 1, 2)),), {})
    (result,) = json.loads(report.render("sarif", run))["runs"][0]["results"]
    (location,) = result["locations"]
    uri = location["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "a%20b/50%25/%C3%A9%FF%3A1.prototxt"
    run = Run((found("/tmp/x.prototxt", span(1, 1, 1, 2)),), {})  # noqa: S108  (not opened)
    assert '"file:///tmp/x.prototxt"' in report.render("sarif", run)


def marks(run):
    (sarif,) = json.loads(report.render("sarif", run))["runs"]
    return [
        (r["ruleId"], r["partialFingerprints"]["protolintFingerprint/v1"]) for r in sarif["results"]
    ]


def test_fingerprints_differ_and_survive_moved_lines(tmp_path):
    before = marks(checked(tmp_path, net=NET))
    assert len(set(before)) == len(before) >= 4
    moved = '# more\nname: "n"\n\n' + NET.replace("layer {", "  layer  {")
    assert marks(checked(tmp_path, net=moved)) == before
    changed = set(marks(checked(tmp_path, net=NET.replace('"c"', '"d"'))))
    assert len(changed & set(before)) == len(before) - 2


def test_fingerprints_of_findings_alike_are_counted(tmp_path):
    twice = 'layer { name: "a" type: "ReLU" bottom: "x" bottom: "y" top: "a" }\n'
    run = checked(tmp_path, net=twice)
    alike = [d for d in run.diagnostics if d.code == "GRF001"]
    assert len(alike) == 2
    assert len(set(marks(run))) == len(run.diagnostics)


# github

COMMAND = re.compile(r"::(error|warning|notice) ((?:\w+=[^,:\n\r]*,?)+)::([^\n\r]*)")
ESCAPES = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}


def unescaped(text):
    return re.sub("%(?:0D|0A|3A|2C|25)", lambda escape: ESCAPES[escape[0]], text)


def commands(text):
    """Read workflow commands as a runner does: line by line, properties up to the next ``::``."""
    read = []
    for line in text.split("\n")[:-1]:
        command = COMMAND.fullmatch(line)
        assert command, line
        pairs = [pair.split("=", 1) for pair in command[2].split(",")]
        properties = {name: unescaped(value) for name, value in pairs}
        read.append((command[1], properties, unescaped(command[3])))
    return read


@given(RUNS)
@example(Run((found("a,b:c%0A.prototxt", span(1, 2, 1, 3), message="100%\r\n::error::x, y"),), {}))
def test_github_lines_read_back(run):
    read = commands(report.render("github", run))
    assert len(read) == len(run.diagnostics)
    for (kind, properties, message), d in zip(read, run.diagnostics, strict=True):
        assert kind == ("notice" if d.undecided else "error")
        assert properties["file"] == visible(normal_path(d.path))
        assert properties["title"] == f"{d.code} {d.name}"
        assert (properties["line"], properties["endLine"]) == tuple(str(p.line) for p in d.range)
        assert ("col" in properties) == (d.range.start.line == d.range.end.line)
        assert message == "\n".join(told(d))


def test_github_severities():
    severities = ("error", "warning", "info")
    run = Run(tuple(found("a", span(1, 1, 1, 2), severity=s) for s in severities), {})
    read = commands(report.render("github", run))
    assert [kind for kind, _, _ in read] == ["error", "warning", "notice"]


# gitlab


def test_gitlab_fingerprints_are_unique(tmp_path):
    run = checked(tmp_path, net=NET, other=NET)
    issues = json.loads(report.render("gitlab", run))
    fingerprints = [issue["fingerprint"] for issue in issues]
    assert len(set(fingerprints)) == len(fingerprints) == len(run.diagnostics) >= 8
    for issue, diagnostic in zip(issues, run.diagnostics, strict=True):
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["location"]["lines"]["begin"] == diagnostic.range.start.line
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")


def test_gitlab_paths_are_plain():
    run = Run((found("./a/../b.prototxt", span(1, 1, 1, 2)),), {})
    (issue,) = json.loads(report.render("gitlab", run))
    assert issue["location"]["path"] == "b.prototxt"


# junit


@given(RUNS)
@example(CASES["odd-characters"])
@example(CASES["clear"])
def test_junit_is_xml_and_counts_right(run):
    root = ET.fromstring(report.render("junit", run).encode())  # noqa: S314  (our own)
    cases = root.findall("testsuite/testcase")
    failures = [case for case in cases if case.find("failure") is not None]
    assert int(root.get("tests")) == len(cases) == max(1, len(run.diagnostics))
    assert int(root.get("failures")) == len(failures)
    assert len(failures) == sum(not d.undecided for d in run.diagnostics)
    for suite in root:
        assert int(suite.get("tests")) == len(suite)
        assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped"))


# rdjson


@pytest.mark.parametrize("part", ['"a\tb"', "积层", '"x"', "# end", "e\u0301"])
def test_rdjson_columns_count_bytes(part):
    run = Run((found("a.prototxt", of(ODD, part)),), {"a.prototxt": ODD})
    (diagnostic,) = json.loads(report.render("rdjson", run))["diagnostics"]
    start, end = (diagnostic["location"]["range"][key] for key in ("start", "end"))
    line = ODD.encode("utf-8", "surrogateescape").split(b"\n")[start["line"] - 1]
    assert line[start["column"] - 1 : end["column"] - 1] == part.encode()


@pytest.mark.parametrize("case", CASES)
def test_rdjson_has_the_keys_of_its_format(case):
    log = json.loads(report.render("rdjson", CASES[case]))
    assert log["source"]["name"] == "protolint"
    for entry, d in zip(log["diagnostics"], CASES[case].diagnostics, strict=True):
        keys = {"message", "location", "severity", "code", "relatedLocations"}
        assert set(entry) == keys
        assert entry["severity"] in ("ERROR", "WARNING", "INFO")
        assert entry["location"]["range"]["start"]["line"] == d.range.start.line
        assert len(entry["relatedLocations"]) == len(d.secondary)


def test_sarif_has_the_layers_that_lead_to_a_number(tmp_path, sarif_schema):
    text = (
        'layer { name: "data" type: "Data" top: "data" top: "label"\n'
        '  data_param { source: "a" batch_size: 2 } }\n'
        'layer { name: "half" type: "Power" bottom: "data" top: "half"\n'
        "  power_param { scale: 0.5 } }\n"
        'layer { name: "log" type: "Log" bottom: "half" top: "log" }\n'
    )
    path = tmp_path / "net.prototxt"
    path.write_text(text)
    found = [d for d in pipeline.check_paths([str(path)]).diagnostics if d.trail]
    assert found
    log = json.loads(report.render("sarif", Run(tuple(found), {str(path): text})))
    sarif_schema.validate(log)
    (flow,) = log["runs"][0]["results"][0]["codeFlows"][0]["threadFlows"]
    steps = [step["location"] for step in flow["locations"]]
    lines = [step["physicalLocation"]["region"]["startLine"] for step in steps]
    assert lines == [1, 3, 5]
    assert [step["message"]["text"] for step in steps][:2] == [
        "data (Data) [0, 255]",
        "half (Power) [0, 127.5]",
    ]

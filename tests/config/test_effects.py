"""What each setting does, and what beats what."""

from __future__ import annotations

import json
import os

import pytest
from click.testing import CliRunner
from command import BROKEN_NET, SOUND_NET, SOUND_SOLVER, protolint, write

import protolint as api
from protolint import pipeline
from protolint.cli import main
from protolint.config.options import Options, Selection
from protolint.engine import catalogue

DEFECTS = SOUND_SOLVER.replace("net.", "gone.") + "momentm: 1\nstepsize: 10\n"
"""An info (FIL009), an error (SCH001) and a warning (LRS013)."""

KNOWN = ("FIL009", "SCH001", "LRS013", "GRF001", "OWN001")
"""What these tests look at, whatever else is found."""

OWN = """\
id       = "low-rate"
code     = "OWN001"
summary  = "a rate below the house's"
severity = "warning"
effect   = "none"
subject  = "solver"
require  = 'solver.base_lr >= 0.1'
at       = "solver.base_lr"
message  = "the rate {solver.base_lr} is low"
since    = "1"
[[bad]]
solver = "base_lr: 0.01  # warning"
[[good]]
solver = "base_lr: 0.1"
"""
CONDITION = OWN[OWN.index('"solver"') : OWN.index("\nmessage")]


@pytest.fixture
def there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(".", net=SOUND_NET, broken=BROKEN_NET, defects=DEFECTS)
    return tmp_path


def _write(path, text):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _run(*args):
    """Return the exit code of ``check`` and what it finds of ``KNOWN``: file, code, severity."""
    ended = CliRunner().invoke(main, ["check", "--output-format", "json", *args])
    assert ended.stdout.startswith("["), ended.output
    found = [(d["path"], d["code"], d["severity"]) for d in json.loads(ended.stdout)]
    return ended.exit_code, [row for row in found if row[1] in KNOWN]


@pytest.mark.parametrize(
    ("text", "args", "told"),
    [
        ("", "", "EW"),
        ("", "--select SCH,FIL,LRS", "EWI"),
        ("select = ['SCH']", "", "E"),
        ("select = ['FIL']", "", "I"),
        ("select = ['']", "", "EWI"),
        ("ignore = ['SCH']", "", "W"),
        ("extend-ignore = ['unknown-field']", "", "W"),
        ("extend-select = ['FIL']", "", "EWI"),
        ("select = ['SCH']\nextend-select = ['FIL']", "", "EI"),
        # The closer word counts, of two alike the one to ignore.
        ("select = ['SCH001']\nignore = ['SCH']", "", "E"),
        ("select = ['SCH']\nignore = ['SCH001']", "", ""),
        ("select = ['SCH']\nignore = ['SCH']", "", ""),
        ("select = ['']\nignore = ['SCH']", "", "WI"),
        ("ignore = ['']\nextend-select = ['unknown-field']", "", "E"),
        # The command line.
        ("ignore = ['SCH']", "--select SCH", "E"),
        ("severity = {SCH = 'off'}", "--select SCH", "E"),
        ("select = ['SCH001']", "--ignore SCH", ""),
        ("select = ['LRS']", "--extend-select SCH", "EW"),
        ("ignore = ['SCH001']", "--extend-select SCH", "EW"),
        ("ignore = ['SCH']", "--ignore LRS", ""),
        ("ignore = ['SCH']", "--isolated", "EW"),
        # Severities.
        ("severity = {SCH001 = 'off'}", "", "W"),
        ("severity = {SCH = 'info'}", "", "W"),
        ("severity = {FIL009 = 'warning'}", "", "EWI"),
        ("severity = {SCH = 'off', unknown-field = 'error'}", "", "EW"),
        ("severity = {SCH001 = 'off'}\nselect = ['SCH001']", "", ""),
        # By file.
        ("per-file-ignores = {'def*' = ['SCH']}", "", "W"),
        ("per-file-ignores = {'def*' = ['SCH']}", "--select SCH", ""),
        ("per-file-ignores = {'net*' = ['SCH']}", "", "EW"),
    ],
)
def test_rules_that_are_told(there, text, args, told):
    """``told`` has E for the error, W for the warning and I for the info of ``DEFECTS``."""
    codes = {"E": "SCH001", "W": "LRS013", "I": "FIL009"}
    _write("protolint.toml", text)
    found = {code for _, code, _ in _run("defects.prototxt", *args.split())[1]}
    assert found == {codes[letter] for letter in told}


def test_severity_is_told_and_counts(there):
    _write("protolint.toml", "severity = { GRF001 = 'warning' }")
    assert _run("broken.prototxt") == (0, [("broken.prototxt", "GRF001", "warning")])
    assert _run("broken.prototxt", "--fail-on", "warning")[0] == 1
    _write("protolint.toml", "fail-on = 'warning'\nseverity = { GRF001 = 'warning' }")
    assert _run("broken.prototxt")[0] == 1
    assert _run("broken.prototxt", "--fail-on", "error")[0] == 0
    _write("protolint.toml", "severity = { GRF001 = 'info' }\nselect = ['GRF']")
    assert _run("broken.prototxt") == (0, [("broken.prototxt", "GRF001", "info")])


def test_fail_on_is_each_files_own(there):
    write(there, warning=SOUND_SOLVER + "stepsize: 10\n")
    os.makedirs("strict")
    write("strict", net=SOUND_NET, warning=SOUND_SOLVER + "stepsize: 10\n")
    _write("strict/protolint.toml", "fail-on = 'warning'")
    assert _run("warning.prototxt")[0] == 0
    assert _run("strict/warning.prototxt")[0] == 1
    assert _run("warning.prototxt", "strict/warning.prototxt")[0] == 1
    assert _run("warning.prototxt", "strict/net.prototxt")[0] == 0


def test_excluded_files_are_left_out_of_folders_and_when_named(there):
    _write("protolint.toml", "exclude = ['broken.prototxt', 'old']")
    _write("old/broken.prototxt", BROKEN_NET)
    assert {path for path, *_ in _run(".")[1]} == {"./defects.prototxt"}
    assert _run("broken.prototxt") == (0, [])
    assert _run("old") == (0, [])
    assert _run("broken.prototxt", "--isolated")[0] == 1
    outcome = pipeline.check_paths([".", "broken.prototxt"], pipeline.Configurations())
    told = [note for note in outcome.notes if "exclude" in note]
    assert told == [], "found by the walk first, under another name"
    outcome = pipeline.check_paths(["broken.prototxt"], pipeline.Configurations())
    assert outcome.notes == ("broken.prototxt: not checked, as protolint.toml excludes it",)
    assert outcome.files == 0


def test_excluded_net_is_read_for_its_solver(there):
    write(there, net=BROKEN_NET, solver=SOUND_SOLVER, self=SOUND_SOLVER.replace("net.", "defects."))
    _write("protolint.toml", "exclude = ['net.prototxt', 'defects.prototxt']")
    outcome = pipeline.check_paths(["solver.prototxt"], pipeline.Configurations())
    assert (outcome.diagnostics, outcome.files, outcome.faults) == ((), 1, ())
    outcome = pipeline.check_paths(["self.prototxt"], pipeline.Configurations())
    assert [d.code for d in outcome.diagnostics] == ["FIL010"]


def test_net_is_checked_by_its_own_configuration(there):
    _write("nets/net.prototxt", BROKEN_NET)
    _write("nets/protolint.toml", "ignore = ['GRF']")
    write(there, solver=SOUND_SOLVER.replace('"net.', '"nets/net.'), other=SOUND_SOLVER)
    _write("protolint.toml", "ignore = ['SCH']")
    assert _run("solver.prototxt") == (0, [])
    assert _run("broken.prototxt")[0] == 1


NET = """\
layer { name: "d" type: "Data" top: "data" data_param { source: "s" batch_size: 2 } }
layer { name: "p" type: "Pooling" bottom: "data" top: "p" pooling_param { kernel_size: 9 } }
"""


@pytest.mark.parametrize(
    ("text", "args", "code"),
    [
        ("", [], 0),
        ("datum = [3, 4, 4]", [], 1),
        ("datum = [3, 9, 9]", [], 0),
        ("datum = [3, 4, 4]", ["--datum", "3x9x9"], 0),
        ("datum = [3, 9, 9]", ["--datum", "3x4x4"], 1),
        ("[inputs]\ndata = [2, 3, 4, 4]", [], 1),
        ("[inputs]\ndata = [2, 3, 4, 4]", ["--input", "data=2x3x9x9"], 0),
        ("[inputs]\ndata = [2, 3, 4, 4]", ["--input", "other=2x3x9x9"], 1),
    ],
)
def test_shapes_of_data(there, text, args, code):
    write(there, pool=NET)
    _write("protolint.toml", text)
    assert _run("pool.prototxt", *args)[0] == code
    ended = CliRunner().invoke(main, ["net", "pool.prototxt", "--output-format", "json", *args])
    assert ended.exit_code == code, ended.output
    if not args:
        isolated = CliRunner().invoke(main, ["net", "pool.prototxt", "--isolated"])
        assert isolated.exit_code == 0


LOG = """\
layer { name: "i" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "l" type: "Log" bottom: "data" top: "l" }
"""


@pytest.mark.parametrize(
    ("text", "args", "code"),
    [
        ("", [], 0),
        ("input-ranges.data = [0, 1]", [], 1),
        ("input-ranges.data = [0.5, 1]", [], 0),
        ("input-ranges.data = [0.5, 1]", ["--input-range", "data=-1:1"], 1),
        ("input-ranges.data = [0, 1]", ["--input-range", "other=2:3"], 1),
        ("input-ranges.data = [-1, 1]", ["--input-range", "data=1e-3:1e3"], 0),
    ],
)
def test_ranges_of_data(there, text, args, code):
    write(there, log=LOG)
    _write("protolint.toml", text)
    assert _run("log.prototxt", "--fail-on", "warning", *args)[0] == code
    ended = CliRunner().invoke(main, ["prove", "log.prototxt", *args])
    undecided = "undecided  every function gets numbers" in ended.output
    assert undecided == (text == "" or code == 1)


@pytest.mark.parametrize("range_", ["data", "data=", "data=1", "=0:1", "data=1:0", "data=0:inf"])
def test_what_is_no_range(there, range_):
    ended = CliRunner().invoke(main, ["check", ".", "--input-range", range_])
    assert ended.exit_code == 2
    assert "--input-range takes BLOB=LO:HI" in ended.output


def test_shapes_that_net_shows(there):
    write(there, pool=NET)
    _write("protolint.toml", "datum = [3, 11, 12]")
    ended = CliRunner().invoke(main, ["net", "pool.prototxt", "--output-format", "json"])
    assert json.loads(ended.stdout.splitlines()[0])["blobs"]["data"] == [2, 3, 11, 12]
    _write("other.toml", "datum = [1, 9, 9]")
    args = ["net", "pool.prototxt", "--output-format", "json", "--config", "other.toml"]
    ended = CliRunner().invoke(main, args)
    assert json.loads(ended.stdout.splitlines()[0])["blobs"]["data"] == [2, 1, 9, 9]


def test_phase(there):
    test_only = 'layer { name: "r" type: "ReLU" bottom: "dta" top: "y" include { phase: TEST } }'
    write(there, both=SOUND_NET + test_only)
    assert _run("both.prototxt")[0] == 1
    _write("protolint.toml", "phase = 'TRAIN'")
    assert _run("both.prototxt")[0] == 0
    assert _run("both.prototxt", "--phase", "TEST")[0] == 1


def test_dialect_by_path(there):
    _write("protolint.toml", "[dialects]\n'*.prototxt' = 'bvlc'\n")
    ended = CliRunner().invoke(main, ["config", "net.prototxt"])
    assert 'dialect = "bvlc"' in ended.output
    assert "# protolint.toml:2" in ended.output


def test_output_format_is_of_the_first_path(there):
    _write("protolint.toml", "output-format = 'concise'")
    first = CliRunner().invoke(main, ["check", "broken.prototxt"]).output.splitlines()[0]
    assert first.startswith("broken.prototxt:2:")
    full = CliRunner().invoke(main, ["check", "broken.prototxt", "--output-format", "full"])
    assert full.output.startswith("error[GRF001]")
    ended = protolint("check", "broken.prototxt", cwd=there)  # without options: without click
    assert ended.out.splitlines()[0] == first


def test_stdin_has_the_configuration_of_its_name(there):
    _write("sub/protolint.toml", "ignore = ['GRF']")
    args = ["check", "-", "--stdin-filename"]
    assert CliRunner().invoke(main, [*args, "x.prototxt"], input=BROKEN_NET).exit_code == 1
    assert CliRunner().invoke(main, [*args, "sub/x.prototxt"], input=BROKEN_NET).exit_code == 0


@pytest.mark.parametrize(
    "args",
    [
        ["--config", "none.toml"],
        ["--config", "pyproject.toml"],
        ["--config", "protolint.toml", "--isolated"],
        ["--select", "OWN999"],
    ],
)
def test_wrong_usage(there, args):
    _write("pyproject.toml", "[project]\n")
    _write("protolint.toml", "")
    for command in ("check", "net", "config") if args[0] == "--config" else ("check",):
        ended = CliRunner().invoke(main, [command, "net.prototxt", *args])
        assert ended.exit_code == 2, ended.output
        assert "Traceback" not in ended.output


# Own rules.


@pytest.mark.parametrize("paths", ["['lint']", "['lint/low-rate.toml', 'lint']"])
def test_own_rules_are_rules_like_any(there, paths):
    write(there, solver=SOUND_SOLVER)
    _write("lint/low-rate.toml", OWN)
    _write("protolint.toml", f"rule-paths = {paths}")
    assert _run("solver.prototxt") == (0, [("solver.prototxt", "OWN001", "warning")])
    assert _run("solver.prototxt", "--select", "low-rate")[1] != []
    assert _run("solver.prototxt", "--ignore", "OWN001")[1] == []
    assert _run("solver.prototxt", "--isolated")[1] == []
    assert "OWN001" not in {rule.code for rule in catalogue.load().rules.values()}
    _write("protolint.toml", f"rule-paths = {paths}\nseverity = {{ OWN = 'error' }}")
    assert _run("solver.prototxt") == (1, [("solver.prototxt", "OWN001", "error")])
    message = api.check("solver.prototxt", config=True)[0].message
    assert message == "the rate 0.01 is low"


@pytest.mark.parametrize(
    ("change", "message", "marked"),
    [
        (("base_lr >", "base_lrr >"), "no member 'base_lrr' in Solver", "base_lrr"),
        (("severity", "severty"), "no key 'severty' in a rule", "severty"),
        (("OWN001", "SLV003"), "the code 'SLV003' is that of the rule 'poly-without", "code"),
        ((CONDITION, '"schema"'), "an own rule is about one of solver, net, layer,", "subject"),
        (("[[bad]]", "[[bad"), "", ""),
    ],
)
def test_broken_own_rule_is_told_and_costs_only_itself(there, change, message, marked):
    text = OWN.replace(*change)
    if change[0] == CONDITION:
        text = text.replace("{solver.base_lr}", "{rate}")
    _write("lint/low-rate.toml", text)
    _write("protolint.toml", "rule-paths = ['lint']\nextend-select = ['OWN001']")
    outcome = pipeline.check_paths(["broken.prototxt"], pipeline.Configurations())
    first, *others = outcome.diagnostics
    assert (first.path, first.code) == (os.path.join("lint", "low-rate.toml"), "FIL013")
    assert [d.code for d in others] == ["GRF001"]
    assert (pipeline.exit_code(outcome), outcome.files) == (2, 1)
    (line, start), (_, end) = first.range
    if marked:
        assert first.message.startswith(message)
        assert text.split("\n")[line - 1][start - 1 : end - 1] == marked
    else:
        assert line == text.split("\n").index("[[bad") + 1
    assert outcome.sources[first.path] == text


def test_own_rules_that_cannot_be_read(there):
    os.makedirs("lint")
    with open("lint/low-rate.toml", "wb") as file:
        file.write(b"\xff")
    _write("protolint.toml", "rule-paths = ['lint']")
    outcome = pipeline.check_paths(["net.prototxt"], pipeline.Configurations())
    assert [d.message for d in outcome.diagnostics] == ["cannot be read: it is not UTF-8"]


def test_two_own_rules_share_no_name_or_code(there):
    _write("a/low-rate.toml", OWN)
    _write("b/low-rate.toml", OWN.replace("OWN001", "OWN002"))
    _write("protolint.toml", "rule-paths = ['a', 'b']")
    outcome = pipeline.check_paths(["net.prototxt"], pipeline.Configurations())
    told = [d.message for d in outcome.diagnostics]
    assert told == ["the id 'low-rate' is that of the rule 'low-rate'"]


# The command, and the API.


def test_config_shows_settings_and_where_they_are_from(there):
    _write(
        "protolint.toml",
        "# ours\nselect = ['SLV']\ndatum = [1, 2, 3]\nexclude = ['x', 'net*']\n"
        "[per-file-ignores]\n'a*' = ['GRF']\n'n*' = ['SCH']\n[inputs]\n'a b' = [1]\n",
    )
    shown = CliRunner().invoke(main, ["config", "net.prototxt"]).output
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert shown.startswith("# net.prototxt: protolint.toml\n# excluded by protolint.toml:4\n")
    for line in (
        'select = ["SLV"] # protolint.toml:2',
        "datum = [1, 2, 3] # protolint.toml:3",
        'per-file-ignores = { "n*" = ["SCH"] } # protolint.toml:7',
        'inputs = { "a b" = [1] } # protolint.toml:8',
        'fail-on = "error" # default',
        "# phase is not set",
    ):
        assert line in lines
    ended = CliRunner().invoke(main, ["config", "net.prototxt", "--output-format", "json"])
    table = json.loads(ended.output)
    assert (table["configuration"], table["excluded"]) == ("protolint.toml", True)
    assert table["settings"]["datum"] == {"value": [1, 2, 3], "line": 3}
    assert table["settings"]["phase"] == {"value": None, "line": None}
    assert CliRunner().invoke(main, ["config"]).output.startswith("# .: protolint.toml\n")


def test_what_config_shows_is_a_configuration(there):
    _write("protolint.toml", "severity = { SLV003 = 'off' }\n[inputs]\n" + r'"é\"\u0007" = [1]')
    shown = CliRunner().invoke(main, ["config"]).output
    _write("protolint.toml", shown)
    again = CliRunner().invoke(main, ["config", "--output-format", "json"])
    assert again.exit_code == 0
    assert json.loads(again.output)["settings"]["inputs"]["value"] == {'é"\x07': [1]}


def test_config_tells_what_is_wrong(there):
    _write("protolint.toml", "selct = 3")
    ended = CliRunner().invoke(main, ["config"])
    assert (ended.exit_code, ended.output[:13]) == (2, "error[FIL014]")


def test_api_takes_configuration_when_asked(there):
    _write("protolint.toml", "ignore = ['GRF']")
    _write("other.toml", "severity = { GRF = 'warning' }")
    assert [d.code for d in api.check("broken.prototxt")] == ["GRF001"]
    assert api.check("broken.prototxt", config=True) == ()
    assert [d.severity for d in api.check("broken.prototxt", config="other.toml")] == ["warning"]


def test_a_selection_without_words_changes_nothing():
    rules = catalogue.load().rules.values()
    assert {rule.code for rule in rules if Options().wants(rule)} == {
        rule.code for rule in rules if rule.severity != "info"
    }
    assert all(
        Selection().decide(rule, before) is before for rule in rules for before in (False, True)
    )

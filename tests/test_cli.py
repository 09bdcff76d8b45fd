"""The command line: options, exit codes, streams, terminals."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import tomllib

import pytest
from command import (
    BROKEN_NET,
    ROOT,
    SOUND_NET,
    SOUND_SOLVER,
    environment,
    protolint,
    signalled,
    write,
)

from protolint import cli, dialect, pipeline
from protolint.engine import catalogue

WARNING = SOUND_SOLVER + "stepsize: 10\n"
EXAMPLES = ["examples/solver.prototxt", "examples/net.prototxt"]


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, net=SOUND_NET, broken=BROKEN_NET, solver=SOUND_SOLVER, warning=WARNING)
    return tmp_path


# Exit codes.


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["check", "net.prototxt"], 0),
        (["check", "broken.prototxt"], 1),
        (["check", "net.prototxt", "broken.prototxt"], 1),
        (["check", "broken.prototxt", "--exit-zero"], 0),
        (["check", "warning.prototxt"], 0),
        (["check", "warning.prototxt", "--fail-on", "warning"], 1),
        (["check", "warning.prototxt", "--fail-on", "warning", "--exit-zero"], 0),
        (["check", "broken.prototxt", "--ignore", "GRF"], 0),
        (["check", "none.prototxt"], 1),
        (["check"], 2),
        (["check", "--no-such-option", "."], 2),
        (["check", "net.prototxt", "--phase", "BOTH"], 2),
        (["check", "net.prototxt", "--dialect", "none"], 2),
        (["check", "net.prototxt", "--output-format", "xml"], 2),
        (["check", "net.prototxt", "--stdin-filename", "x.prototxt"], 2),
        (["check", "-", "--stdin-filename", "."], 2),
        (["rule"], 2),
        (["rule", "SLV003", "--all"], 2),
        (["--version"], 0),
        (["check", "--help"], 0),
    ],
)
def test_exit_code(folder, args, code):
    ended = protolint(*args, cwd=folder)
    assert (ended.code, "Traceback" in ended.err) == (code, False)
    if code == 2:
        assert "Error: " in ended.err
        assert ended.out == ""


def test_internal_fault_is_told_and_costs_only_its_file(folder, monkeypatch, capsys):
    load = dialect.load

    def fail(path, *rest):
        if path == "net.prototxt":
            raise ZeroDivisionError("planted")
        return load(path, *rest)

    monkeypatch.chdir(folder)
    monkeypatch.setattr(dialect, "load", fail)
    for extra in ([], ["--exit-zero"]):
        with pytest.raises(SystemExit) as ended:
            cli.main(["check", "net.prototxt", "broken.prototxt", *extra])
        out, err = capsys.readouterr()
        assert ended.value.code == 2
        assert "internal fault" in err
        assert "ZeroDivisionError: planted" in err
        assert "GRF001" in out


def test_fault_outside_of_any_file_is_told(folder, monkeypatch, capsys):
    def fail(*_):
        raise FileNotFoundError("planted")

    monkeypatch.setattr(pipeline, "check_paths", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main(["check", str(folder)])
    assert ended.value.code == 2
    assert "internal fault" in capsys.readouterr().err


# Choosing rules.


@pytest.mark.parametrize("word", ["GRF001", "GRF", "G", "unknown-bottom", "SLV,GRF", "SLV, GRF001"])
def test_select_takes_codes_prefixes_and_names(folder, word):
    ended = protolint("check", "broken.prototxt", "--select", word, cwd=folder)
    assert (ended.code, ended.out.count("error[")) == (1, 1)
    ended = protolint("check", "broken.prototxt", "--ignore", word, cwd=folder)
    assert (ended.code, "error[" in ended.out) == (0, False)


def test_ignore_beats_select(folder):
    args = ("--select", "GRF", "--ignore", "unknown-bottom")
    assert protolint("check", "broken.prototxt", *args, cwd=folder).code == 0


@pytest.mark.parametrize(
    ("option", "word", "meant"),
    [
        ("--select", "poly-without-maxiter", "poly-without-max-iter"),
        ("--ignore", "unknown-botom", "unknown-bottom"),
        ("--select", "GRF,grf001", "GRF001"),
        ("--select", "zzzzzz", None),
    ],
)
def test_unknown_code_is_a_usage_error(folder, option, word, meant):
    ended = protolint("check", "broken.prototxt", option, word, cwd=folder)
    assert ended.code == 2
    assert f"no rule '{word.rpartition(',')[2]}'" in ended.err
    assert (f"did you mean '{meant}'?" in ended.err) is (meant is not None)


def test_info_is_told_when_selected(folder):
    write(folder, labels='item { name: "cat" label: 1 }\n')
    quiet = protolint("check", "labels.prototxt", cwd=folder)
    assert (quiet.code, "info[" in quiet.out) == (0, False)
    assert "labels.prototxt: a label map" in quiet.out
    told = protolint("check", "labels.prototxt", "--select", "FIL", cwd=folder)
    assert (told.code, "info[FIL007]" in told.out) == (0, True)


# What is checked, and how.


def test_phase(folder):
    write(
        folder,
        phased=SOUND_NET + 'layer { name: "t" type: "ReLU" bottom: "none" top: "t"\n'
        "  include { phase: TEST } }\n",
    )
    assert protolint("check", "phased.prototxt", "--phase", "TRAIN", cwd=folder).code == 0
    assert protolint("check", "phased.prototxt", "--phase", "TEST", cwd=folder).code == 1
    assert protolint("check", "phased.prototxt", cwd=folder).code == 1


def test_undecided_rules_are_counted_or_shown_and_never_fail():
    counted = protolint("check", *EXAMPLES, cwd=ROOT)
    shown = protolint("check", *EXAMPLES, "--undecided", cwd=ROOT)
    assert "undecided here: run with --undecided" in counted.out
    assert "undecided[" not in counted.out
    assert "undecided[" in shown.out
    assert "run with --undecided" not in shown.out


def test_standard_input(folder):
    ended = protolint("check", "-", cwd=folder, text=BROKEN_NET)
    assert (ended.code, "<stdin>:2:" in ended.out) == (1, True)
    args = ("check", "-", "--stdin-filename", "sub/x.prototxt")
    ended = protolint(*args, cwd=folder, text=BROKEN_NET)
    assert (ended.code, "sub/x.prototxt:2:" in ended.out) == (1, True)


def test_standard_input_stands_for_the_file_it_names(folder):
    # An unsaved net and its solver: the text counts, not what is on the disk.
    args = ("check", "solver.prototxt", "-", "--stdin-filename", "./net.prototxt")
    ended = protolint(*args, cwd=folder, text=BROKEN_NET)
    assert (ended.code, ended.out.count("error[GRF001]")) == (1, 1)


def test_solver_from_standard_input_follows_its_net(folder):
    write(folder, net=BROKEN_NET)
    os.mkdir(folder / "away")
    args = ("check", "-", "--stdin-filename", str(folder / "solver.prototxt"))
    ended = protolint(*args, cwd=folder / "away", text=SOUND_SOLVER)
    assert (ended.code, "error[GRF001]" in ended.out) == (1, True)


def test_odd_standard_input(folder):
    command = [sys.executable, "-m", "protolint", "check", "-"]
    kept = {"cwd": folder, "env": environment(), "capture_output": True}
    closed = subprocess.run(["sh", "-c", '"$@" <&-', "sh", *command], **kept, check=False)
    assert (closed.returncode, b"standard input is closed" in closed.stdout) == (1, True)
    with open("/dev/zero", "rb") as endless:
        large = subprocess.run(command, stdin=endless, **kept, check=False)
    assert (large.returncode, b"FIL002" in large.stdout) == (0, True)
    directory = os.open(folder, os.O_RDONLY)
    refused = subprocess.run(command, stdin=directory, **kept, check=False)
    os.close(directory)
    assert (refused.returncode, b"is a directory" in refused.stdout + refused.stderr) == (1, True)


# Formats.


@pytest.mark.parametrize("layout", ["full", "concise", "json"])
def test_examples_in_each_format(golden, layout):
    args = ("--output-format", layout, "--select", "SLV003,SCH,GRF,NUM,LAY")
    ended = protolint("check", *EXAMPLES, *args, cwd=ROOT)
    golden(f"golden/examples.{layout}.txt", ended.out)
    assert (ended.code, ended.err) == (1, "")


def test_following_in_full(golden, tmp_path):
    write(tmp_path, solver=SOUND_SOLVER, lost=SOUND_SOLVER.replace("net.", "missing."))
    os.mkdir(tmp_path / "sub")
    write(tmp_path / "sub", net=BROKEN_NET, solver=SOUND_SOLVER)
    args = ("sub/solver.prototxt", "lost.prototxt", "none.prototxt", "--select", "GRF001,FIL001")
    ended = protolint("check", *args, cwd=tmp_path)
    golden("golden/following.full.txt", ended.out)
    assert (ended.code, ended.err) == (1, "")


def test_json_is_one_array_with_the_promised_keys():
    ended = protolint("check", *EXAMPLES, "--output-format", "json", cwd=ROOT)
    found = json.loads(ended.out)
    assert len(found) >= 5
    keys = ("code", "name", "severity", "effect", "message", "help", "path", "range", "layer")
    assert all(set(keys) <= set(entry) for entry in found)
    assert all({"line", "column"} == set(entry["range"]["end"]) for entry in found)
    assert {entry["severity"] for entry in found} <= {"error", "warning", "info"}


def test_json_of_nothing_is_an_empty_array(folder):
    ended = protolint("check", "net.prototxt", "--output-format", "json", cwd=folder)
    assert (ended.code, json.loads(ended.out)) == (0, [])


def test_ascii_terminal_shows_what_it_can(folder):
    env = environment(PYTHONIOENCODING="ascii")
    ended = protolint("check", *EXAMPLES, cwd=ROOT, env=env)
    assert ended.code == 1
    assert "\\xd7" in ended.out
    assert protolint("rule", "--all", cwd=folder, env=env).code == 0


# Terminals, pipes, signals.


def _on_terminal(*args, cwd, env, code=None):
    """Run on a pseudo-terminal; return the exit code and what appeared there."""
    main, other = pty.openpty()
    command = [sys.executable, *(["-c", code] if code else ["-m", "protolint"]), *args]
    with subprocess.Popen(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=other, stderr=other
    ) as process:
        os.close(other)
        seen = b""
        try:
            while part := os.read(main, 65536):
                seen += part
        except OSError:  # how Linux says that the other end is closed
            pass
        os.close(main)
    return process.returncode, seen.decode()


@pytest.mark.parametrize(
    ("change", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_colour_on_a_terminal(folder, change, coloured):
    code, seen = _on_terminal("check", "broken.prototxt", cwd=folder, env=environment(**change))
    assert (code, "\x1b[1;31merror" in seen) == (1, coloured)
    assert "error[GRF001]" in seen


def test_no_colour_in_a_pipe_or_for_programs(folder):
    assert "\x1b" not in protolint("check", "broken.prototxt", cwd=folder).out
    args = ("check", "broken.prototxt", "--output-format", "json")
    assert "\x1b" not in _on_terminal(*args, cwd=folder, env=environment())[1]


SLOWLY = """
import sys, time
from protolint import cli, pipeline
checked = pipeline.Checker.check
def check(self, *args, **how):
    time.sleep({seconds})
    return checked(self, *args, **how)
pipeline.Checker.check = check
cli.main(sys.argv[1:], prog_name="protolint")
"""


def test_progress_bar_after_a_second_on_a_terminal_only(folder):
    nets = write(folder, **{f"n{number}": SOUND_NET for number in range(5)})
    slow, fast = SLOWLY.format(seconds=0.4), SLOWLY.format(seconds=0)
    code, seen = _on_terminal("check", *nets, cwd=folder, env=environment(), code=slow)
    assert (code, "checking" in seen) == (0, True)
    assert seen.rindex("\x1b[?25h") > seen.rindex("\x1b[?25l"), "the cursor is shown again"
    code, seen = _on_terminal("check", *nets, cwd=folder, env=environment(), code=fast)
    assert (code, "checking" in seen) == (0, False)
    piped = subprocess.run(
        [sys.executable, "-c", slow, "check", *nets],
        cwd=folder,
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert (piped.returncode, piped.stderr) == (0, b"")


def test_closed_pipe_ends_quietly_with_the_code_of_the_findings(folder):
    many = SOUND_NET + 'layer { name: "x" type: "ReLU" bottom: "no" top: "y" }\n' * 900
    write(folder, many=many)
    script = '"$@"; echo $? >code'
    for args, code in (
        (["check", "many.prototxt"], "1"),
        (["check", "many.prototxt", "--exit-zero"], "0"),
        (["rule", "--all"], "0"),
    ):
        shell = ["sh", "-c", f"({script}) | head -n 1", "sh", sys.executable, "-m", "protolint"]
        ended = subprocess.run(
            [*shell, *args], cwd=folder, env=environment(), capture_output=True, check=False
        )
        assert (ended.stderr, len(ended.stdout.splitlines())) == (b"", 1)
        assert (folder / "code").read_text().strip() == code


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_full_disk_is_told(folder):
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "protolint", "check", "net.prototxt"],
            cwd=folder,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert ended.returncode == 2
    assert ended.stderr == b"protolint: cannot write the report: no space left on device\n"


def test_closed_standard_output_is_no_fault(folder):
    command = [sys.executable, "-m", "protolint", "check", "broken.prototxt"]
    ended = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *command],
        cwd=folder,
        env=environment(),
        stderr=subprocess.PIPE,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (1, b"")


@pytest.mark.parametrize("through", ["check", "import"])
def test_interrupt_ends_with_130(folder, through):
    code = {
        "check": SLOWLY.format(seconds=60),
        "import": "import sys, time\n"
        "class Slow:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'protolint.pipeline': time.sleep(60)\n"
        "sys.meta_path.insert(0, Slow())\n"
        "from protolint.__main__ import main\nmain()",
    }[through]
    words = ("-c", code, "check", "net.prototxt")
    ended = signalled(*words, cwd=folder, after=1.5, number=signal.SIGINT)
    assert ended == (130, b"", b"")


# Rules explained.


@pytest.mark.parametrize("word", ["SLV003", "slv003", "poly-without-max-iter"])
def test_rule_by_code_or_name(golden, word):
    ended = protolint("rule", word, cwd=ROOT)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("SLV003 poly-without-max-iter\n")
    assert "The rule fires where `when` holds" in ended.out
    assert "# error" in ended.out


def test_every_rule_is_explained_without_placeholders_left_alone():
    from protolint import explain

    pages = {}
    for path in catalogue.rule_paths():
        with open(path, "rb") as file:
            pages[path] = explain.explain(tomllib.load(file))
    assert len(pages) == len(catalogue.load().rules)
    alone = re.compile(r"^(?:Caffe|Instead:) \{[^{}]*\}\.$", re.MULTILINE)
    assert [path for path, page in pages.items() if alone.search(page)] == []


def test_all_rules_are_listed_once():
    listed = protolint("rule", "--all", cwd=ROOT).out.splitlines()
    rules = catalogue.load().rules.values()
    assert [line.split()[0] for line in listed] == sorted(rule.code for rule in rules)
    assert all(line.split()[2] in catalogue.load().rules for line in listed)


def test_misspelt_rule():
    ended = protolint("rule", "poly-without-maxiter", cwd=ROOT)
    assert (ended.code, ended.out) == (2, "")
    assert "did you mean 'poly-without-max-iter'?" in ended.err


def test_version_is_that_of_the_package():
    import protolint as package

    assert protolint("--version", cwd=ROOT).out == f"protolint, version {package.__version__}\n"


def test_shells_complete_commands_and_options(tmp_path):
    def completed(words, number):
        env = environment(
            _PROTOLINT_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(number)
        )
        return protolint(cwd=tmp_path, env=env)[1]

    assert "plain,check\n" in completed("protolint ch", 1)
    assert "plain,--output-format\n" in completed("protolint check --out", 2)

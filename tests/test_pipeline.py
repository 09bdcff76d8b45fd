"""One run over several files: each read once, everything told in order, nothing lost."""

from __future__ import annotations

import gc
import os

import pytest
from command import BROKEN_NET, SOUND_NET, SOUND_SOLVER, write
from hypothesis import given
from hypothesis import strategies as st

from protolint import files, pipeline
from protolint.diagnostic import SEVERITIES


@pytest.fixture
def there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(".", net=BROKEN_NET, solver=SOUND_SOLVER, second=SOUND_SOLVER)
    return tmp_path


class Counting:
    """Reads files and counts how often each was read."""

    def __init__(self):
        self.read: list[str] = []

    def __call__(self, path):
        self.read.append(path)
        return files.read(path)


def run(*paths, **options):
    reader = Counting()
    return pipeline.check_paths(paths, pipeline.Options(**options), reader), reader.read


def told(outcome):
    return [(d.path, d.code) for d in outcome.diagnostics]


# Following.


def test_net_is_checked_after_the_solver_that_names_it(there):
    write(there, solver=SOUND_SOLVER + "momentm: 1\n")
    outcome, read = run("solver.prototxt")
    assert told(outcome) == [("solver.prototxt", "SCH001"), ("net.prototxt", "GRF001")]
    assert (read, outcome.files) == (["solver.prototxt", "net.prototxt"], 2)


@pytest.mark.parametrize(
    "paths",
    [
        ["solver.prototxt", "second.prototxt"],
        ["solver.prototxt", "net.prototxt", "second.prototxt"],
        ["net.prototxt", "solver.prototxt", "second.prototxt"],
        ["."],
        [".", "net.prototxt", "./net.prototxt"],
    ],
)
def test_net_is_read_and_told_once(there, paths):
    outcome, read = run(*paths)
    assert len(read) == len({os.path.realpath(path) for path in read}) == 3
    assert [code for _, code in told(outcome)] == ["GRF001"]
    assert outcome.files == 3


def test_train_and_test_nets_are_followed(there):
    write(there, train=BROKEN_NET, test=BROKEN_NET)
    solver = 'train_net: "train.prototxt"\ntest_net: "test.prototxt"\ntest_net: "net.prototxt"\n'
    write(there, solver=SOUND_SOLVER.replace('net: "net.prototxt"\n', solver))
    outcome, _ = run("solver.prototxt", select=("GRF001",))
    assert [path for path, _ in told(outcome)] == [
        "train.prototxt",
        "test.prototxt",
        "net.prototxt",
    ]


def test_no_follow_reads_only_what_is_given(there):
    outcome, read = run("solver.prototxt", follow=False)
    assert (told(outcome), read, outcome.notes) == ([], ["solver.prototxt"], ())


def test_missing_net_is_noted_and_an_info(there):
    os.remove("net.prototxt")
    outcome, _ = run("solver.prototxt")
    assert told(outcome) == []
    assert outcome.notes == ('solver.prototxt: net "net.prototxt" was not found, so not checked',)
    outcome, _ = run("solver.prototxt", select=("net-not-found",))
    assert [(d.severity, d.range.start.line) for d in outcome.diagnostics] == [("info", 1)]
    assert pipeline.exit_code(outcome, "warning") == 0


def test_solver_where_a_net_is_expected(there):
    write(there, wrong=SOUND_SOLVER.replace("net.", "solver.") + "momentm: 1\n")
    outcome, read = run("wrong.prototxt")
    assert told(outcome) == [("wrong.prototxt", "FIL010"), ("wrong.prototxt", "SCH001")]
    assert outcome.files == 1
    # Its own net is not what was asked for, unless it is named too.
    assert read == ["wrong.prototxt", "solver.prototxt"]
    outcome, _ = run("wrong.prototxt", "solver.prototxt")
    assert ("net.prototxt", "GRF001") in told(outcome)
    assert outcome.files == 3


def test_solvers_that_name_each_other_end(there):
    write(there, a=SOUND_SOLVER.replace("net.", "b."), b=SOUND_SOLVER.replace("net.", "a."))
    outcome, _ = run("a.prototxt", "b.prototxt", "a.prototxt")
    assert told(outcome) == [("a.prototxt", "FIL010"), ("b.prototxt", "FIL010")]
    write(there, own=SOUND_SOLVER.replace("net.", "own."))
    assert told(run("own.prototxt")[0]) == [("own.prototxt", "FIL010")]


def test_long_chain_of_solvers_is_no_fault(there):
    for number in range(500):
        text = SOUND_SOLVER.replace("net.", f"s{number + 1}.")
        write(there, **{f"s{number}": text})
    outcome, _ = run(".", select=("FIL010",))
    assert len(outcome.diagnostics) == 499
    assert outcome.faults == ()


def test_inline_net_is_checked_in_place(there):
    write(
        there, solver=SOUND_SOLVER.replace('net: "net.prototxt"', f"net_param {{ {BROKEN_NET} }}")
    )
    outcome, read = run("solver.prototxt", select=("GRF001",))
    assert told(outcome) == [("solver.prototxt", "GRF001")]
    assert read == ["solver.prototxt"]


def test_followed_net_that_is_no_prototxt(there):
    write(there, net=b"<!DOCTYPE html><html>")
    assert told(run("solver.prototxt")[0]) == [("net.prototxt", "FIL004")]


# What is kept and told.


def test_findings_stand_in_the_order_of_the_text(there):
    broken = 'layer { name: "x" type: "ReLU" bottom: "none" top: "y" nme: 1 }\n' * 9
    write(there, net=SOUND_NET + broken)
    found = run("net.prototxt")[0].diagnostics
    places = [d.range for d in found]
    assert places == sorted(places)
    assert len(places) >= 18


def test_text_is_kept_only_of_files_with_findings(there):
    write(there, sound=SOUND_NET)
    outcome, _ = run(".")
    assert set(outcome.sources) == {d.path for d in outcome.diagnostics + outcome.undecided}
    assert "sound.prototxt" not in outcome.sources


def test_of_too_many_findings_the_gravest_are_told(there, monkeypatch):
    monkeypatch.setattr(pipeline, "MOST_FINDINGS", 3)
    warnings = 'layer { name: "p" type: "Pooling" bottom: "data" top: "p%d" pooling_param {\n'
    warnings += "kernel_size: 3\nstride: 4 } }\n"
    data = 'layer { name: "d" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3'
    data += " dim: 7 dim: 7 } } }\n"
    text = data + "".join(warnings % i for i in range(5)) + BROKEN_NET.split("\n", 1)[1]
    write(there, net=text)
    found = run("net.prototxt")[0].diagnostics
    assert [d.code for d in found] == ["FIL012", "LAY001", "LAY001", "GRF001"]
    assert found[0].message.startswith("6 findings")
    monkeypatch.setattr(pipeline, "MOST_FINDINGS", 6)
    assert len(run("net.prototxt")[0].diagnostics) == 6


def test_progress_counts_to_the_end(there):
    steps = []
    pipeline.check_paths(["."], progress=lambda *step: steps.append(step))
    assert steps == [(1, 3), (2, 3), (3, 3)]


def test_collector_is_left_as_it_was(there):
    assert gc.isenabled()
    run("net.prototxt")
    assert gc.isenabled()
    gc.disable()
    try:
        run("net.prototxt")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_options_that_mean_nothing_are_refused(there):
    for options in (
        {"dialect": "x"},
        {"phase": "BOTH"},
        {"select": ("XYZ",)},
        {"ignore": ("a-b",)},
    ):
        with pytest.raises(ValueError, match=r"^no "):
            run("net.prototxt", **options)


@given(st.lists(st.sampled_from(SEVERITIES)))
def test_exit_code(severities):
    diagnostic = run_once().diagnostics[0]
    found = tuple(diagnostic._replace(severity=severity) for severity in severities)
    outcome = run_once()._replace(diagnostics=found)
    assert pipeline.exit_code(outcome, "error") == int("error" in severities)
    assert pipeline.exit_code(outcome, "warning") == int(bool({"error", "warning"} & {*severities}))
    assert pipeline.exit_code(outcome._replace(faults=("x",)), "error") == 2


def run_once():
    return pipeline.check_paths(["x"], read=lambda _: BROKEN_NET.encode())

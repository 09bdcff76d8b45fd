"""`protolint lr`: curve, pieces, verdict, JSON and picture."""

from __future__ import annotations

import json
import math
import struct
import sys

import pytest
from click.testing import CliRunner

from protolint.commands.lr import lr
from protolint.report.lr.curve import draw
from protolint.report.lr.numbers import decimal, hexadecimal

STEP = 'net: "n"\nbase_lr: 0.01\nlr_policy: "step"\ngamma: 0.1\nstepsize: 100\nmax_iter: 450\n'
POLY = 'net: "n"\nbase_lr: 0.01\nlr_policy: "poly"\npower: 1\n'


@pytest.fixture
def solver(tmp_path, monkeypatch):
    """Return a function that writes a solver's text and returns its path."""
    monkeypatch.chdir(tmp_path)

    def write(text, name="solver.prototxt"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return name

    return write


def run(*words):
    return CliRunner().invoke(lr, list(words))


def test_text(solver, golden):
    ended = run(solver(STEP))
    assert ended.exit_code == 0
    golden("golden/step.lr.txt", ended.output)


def test_several_solvers_and_a_bad_one(solver, golden):
    ended = run(solver(STEP, "a.prototxt"), solver(POLY, "b.prototxt"))
    assert ended.exit_code == 1
    golden("golden/two.lr.txt", ended.output)


def test_json_values_are_those_of_caffe(solver):
    ended = run(solver(STEP), "--at", "0,99,100,250", "--output-format", "json")
    shown = json.loads(ended.output)
    assert shown["policy"] == "step"
    assert shown["values"] == [
        [0, "0x1.47ae14p-7", 0.01],
        [99, "0x1.47ae14p-7", 0.01],
        [100, "0x1.0624dep-10", 0.001],
        [250, "0x1.a36e2ep-14", 0.0001],
    ]
    assert shown["proof"]["verdict"] == "proved"
    assert shown["proof"]["finite"] is True
    assert (shown["proof"]["max"], shown["proof"]["max_at"]) == (0.01, 0)
    assert shown["pieces"][0]["period"] == 100


def test_json_of_a_rate_that_is_no_number(solver):
    ended = run(solver(POLY), "--until", "5", "--output-format", "json")
    shown = json.loads(ended.output, parse_constant=pytest.fail)
    assert ended.exit_code == 1
    assert shown["proof"]["verdict"] == "refuted"
    assert shown["proof"]["witness"] == [0, "nan"]
    assert shown["proof"]["first_nonfinite"] == 0


def test_until_looks_beyond_max_iter(solver):
    text = POLY.replace("power: 1", "power: 0.5") + "max_iter: 10\n"
    assert run(solver(text)).exit_code == 0
    beyond = run(solver(text), "--until", "20")
    assert beyond.exit_code == 1
    assert "refuted: the rate is nan at iteration 11" in beyond.output


def test_what_caffe_would_do_with_a_bad_schedule(solver):
    stepless = run(solver(STEP.replace("stepsize: 100", "")))
    assert "Caffe stops at the update of iteration 0" in stepless.output
    unknown = run(solver('base_lr: 1 lr_policy: "cosin"'))
    assert unknown.exit_code == 1


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ('base_lr: 0.1 lr_policy: "sgdr" period: 100 max_iter: 1000 net: "n"', "jolibrain"),
        ('lr_policy: "multifixed" stagelr: [1, 0.5] stageiter: [10, 20] net: "n"', "yolo9000"),
        ('base_lr: 0.1 lr_policy: "plateau" gamma: 0.1 plateau_winsize: 9 max_iter: 99', "ssd"),
    ],
)
def test_policies_of_forks_are_read_with_their_fields(solver, text, dialect):
    ended = run(solver(text), "--output-format", "json")
    shown = json.loads(ended.output)
    assert shown["dialect"] == dialect
    assert shown["proof"]["finite"] is True


def test_a_dialect_can_be_named(solver):
    ramp = STEP + "rampup_interval: 10\nrampup_lr: 0\n"
    for dialect, rate in (("bvlc", 0.01), ("nvidia", 0.0025), ("auto", 0.0025)):
        ended = run(solver(ramp), "--dialect", dialect, "--output-format", "json", "--at", "5")
        assert json.loads(ended.output)["values"][0][2] == rate


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--at", "soon"], "--at takes iterations"),
        (["--plot", "curve.nonsense"], "cannot draw"),
    ],
)
def test_wrong_options_are_told(solver, words, said):
    if "--plot" in words:
        pytest.importorskip("matplotlib")
    ended = run(solver(STEP), *words)
    assert ended.exit_code == 2
    assert said in ended.output


def test_a_file_that_is_no_solver(solver):
    net = solver('layer { name: "x" type: "Input" top: "x" }')
    assert "is a net, not a solver" in run(net).output
    assert run("nowhere.prototxt").exit_code == 2


def test_a_picture(solver, tmp_path):
    pytest.importorskip("matplotlib")
    assert run(solver(STEP), "--plot", "curve.svg").exit_code == 0
    assert "<svg" in (tmp_path / "curve.svg").read_text(encoding="utf-8")


def test_a_picture_needs_the_extra(solver, monkeypatch):
    for name in ("matplotlib", "matplotlib.figure"):
        monkeypatch.setitem(sys.modules, name, None)
    ended = run(solver(STEP), "--plot", "curve.svg")
    assert ended.exit_code == 2
    assert "caffe-protolint[plot]" in ended.output


# Parts.


def test_curve_on_a_log_scale_marks_zero():
    lines = draw(lambda n: 10.0**-n if n < 30 else 0.0, 60, 80)
    assert "log scale" in lines[-1]
    assert "0000" in "".join(lines)


def test_curve_of_what_is_not_finite():
    assert draw(lambda _: math.nan, 10, 80) == []
    assert "!" in draw(lambda n: math.inf if n > 5 else 1.0, 10, 80)[-1]


def test_constant_curve_is_a_line():
    lines = draw(lambda _: 0.5, 10, 80)
    assert sum("•" in line for line in lines) == 1


@pytest.mark.parametrize("value", [0.0, 1.0, -0.0, 1e-45, 3.4e38, 0.1, 1 / 3])
def test_numbers_read_back(value):
    single = struct.unpack("f", struct.pack("f", value))[0]
    assert float.fromhex(hexadecimal(single)) == single
    assert struct.unpack("f", struct.pack("f", float(decimal(single))))[0] == single


def test_without_a_readable_end_nothing_is_drawn(solver):
    ended = run(solver('lr_policy: "fixed"\nbase_lr: 0.1\nmax_iter: abc\n'))
    assert "undecided: `max_iter` could not be read" in ended.output

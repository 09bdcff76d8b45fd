"""`protolint prove`: text, JSON, exit codes, and what `check --undecided` shows of it."""

from __future__ import annotations

import json
import os

import pytest
from click.testing import CliRunner
from command import BROKEN_NET, ROOT, SOUND_NET, SOUND_SOLVER, protolint

from protolint.commands.prove import prove

POOL = """\
layer { name: "data" type: "Data" top: "data" top: "label"
  data_param { source: "s" batch_size: 4 } transform_param { crop_size: %d } }
layer { name: "pool" type: "Pooling" bottom: "data" top: "pool"
  pooling_param { pool: AVE kernel_size: 1 stride: 3 } }
layer { name: "log" type: "Log" bottom: "pool" top: "log" }
layer { name: "ip" type: "InnerProduct" bottom: "log" top: "ip"
  inner_product_param { num_output: 2 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Return a function that writes files by name."""
    monkeypatch.chdir(tmp_path)

    def write(**texts):
        for name, text in texts.items():
            (tmp_path / f"{name}.prototxt").write_text(text, encoding="utf-8")

    return write


def run(*words):
    return CliRunner().invoke(prove, list(words))


def test_a_sound_solver_is_proved(files, golden):
    files(solver=SOUND_SOLVER, net=SOUND_NET)
    ended = run("solver.prototxt")
    assert ended.exit_code == 0
    golden("golden/sound.prove.txt", ended.output)


def test_refuted_with_witnesses(files, golden):
    files(net=POOL % 6)
    ended = run("net.prototxt", "--datum", "3x8x8", "--phase", "TRAIN")
    assert ended.exit_code == 1
    golden("golden/pool.prove.txt", ended.output)


def test_undecided_with_what_would_decide_it(files, golden):
    files(net=(POOL % 6).replace("crop_size: 6", ""))
    ended = run("net.prototxt", "--phase", "TRAIN")
    assert ended.exit_code == 0
    golden("golden/undecided.prove.txt", ended.output)
    assert "0 undecided" not in ended.output


def test_json(files, golden):
    files(net=POOL % 6)
    ended = run("net.prototxt", "--datum", "3x8x8", "--phase", "TRAIN", "--output-format", "json")
    assert ended.exit_code == 1
    golden("golden/pool.prove.json", ended.output)
    found = json.loads(ended.output)
    assert found["version"] == 1
    verdicts = [o["verdict"] for s in found["subjects"] for o in s["obligations"]]
    assert found["summary"] == {v: verdicts.count(v) for v in ("refuted", "undecided", "proved")}


def test_a_range_of_the_input_decides(files):
    files(net=(POOL % 8).replace("stride: 3", "stride: 1"))
    claim = "undecided  every function gets numbers that it is defined on"
    assert claim in run("net.prototxt", "--phase", "TRAIN").output
    given = run("net.prototxt", "--phase", "TRAIN", "--input-range", "data=1:2").output
    assert claim not in given
    assert "whatever finite input comes in, within the ranges that are told" in given


def test_what_an_empty_window_does(files):
    for field, effect in (
        ("pool: AVE kernel_size: 1 stride: 3", "nan, which spreads"),
        ("pool: AVE kernel_size: 1 stride: 4", "a silent 0: numbers stay finite"),
        ("pool: MAX kernel_size: 1 stride: 3", "-FLT_MAX, which overflows"),
    ):
        files(net=(POOL % 6).replace("pool: AVE kernel_size: 1 stride: 3", field))
        found = run("net.prototxt", "--phase", "TRAIN").output
        assert f"reads nothing and gives {effect}" in " ".join(found.split()), field


def test_a_datum_or_an_input_decides(files):
    files(net=(POOL % 6).replace("crop_size: 6", ""))
    assert run("net.prototxt", "--datum", "3x8x8").exit_code == 1
    assert "the window of" not in run("net.prototxt", "--datum", "3x7x7").output
    assert "the window of row 2" in run("net.prototxt", "--datum", "3x6x7").output


def test_a_broken_net_of_a_solver_and_the_same_net_once(files):
    files(solver=SOUND_SOLVER, net=BROKEN_NET)
    ended = run("solver.prototxt", "net.prototxt")
    assert ended.exit_code == 1
    assert ended.output.count("refuted    Caffe builds the net") == 2  # TRAIN and TEST
    assert "GRF001" in ended.output


def test_a_net_that_is_not_there_leaves_the_solver_undecided(files):
    files(solver=SOUND_SOLVER)
    ended = run("solver.prototxt")
    assert ended.exit_code == 0
    assert 'needs the net "net.prototxt"' in ended.output


def test_settings_and_comments_suppress_nothing(files, tmp_path):
    files(net="# protolint: ignore-file[GRF001] known\n" + BROKEN_NET)
    (tmp_path / "protolint.toml").write_text('ignore = ["GRF"]\n', encoding="utf-8")
    assert run("net.prototxt").exit_code == 1


@pytest.mark.parametrize("text", ["<html></html>", "net { {", "\x00\x01"])
def test_what_is_no_prototxt_is_refuted(files, text):
    files(net=text)
    ended = run("net.prototxt")
    assert ended.exit_code == 1
    assert "refuted    Caffe can read the file" in ended.output


@pytest.mark.parametrize("words", [(), ("nope.prototxt",), (".",), ("--phase", "X", "a")])
def test_usage(files, words):
    files()
    assert run(*words).exit_code == 2


def test_check_undecided_shows_what_is_not_proved(files, tmp_path):
    files(net=(POOL % 6).replace("crop_size: 6", ""))
    out = protolint("check", "net.prototxt", "--undecided", cwd=tmp_path).out
    below = out[out.index("Not proved of net.prototxt (TRAIN):") :]
    assert "every pooling window reads an input" in below
    assert "Not proved" not in protolint("check", "net.prototxt", cwd=tmp_path).out


def test_the_documentation_shows_what_is_printed():
    with open(os.path.join(ROOT, "docs", "prove.md"), encoding="utf-8") as file:
        text = file.read()
    shown = protolint("prove", "examples/solver.prototxt", cwd=ROOT).out
    assert f"$ protolint prove examples/solver.prototxt\n{shown}" in text

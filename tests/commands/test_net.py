"""``protolint net``: options, exit codes, and the three forms of its output."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from lark import Lark

from protolint.commands.net import net
from protolint.report.net.dot import _quoted
from protolint.report.net.words import scaled

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

NET = """\
name: "small"
layer {
  name: "data" type: "Data" top: "data" top: "label" include { phase: TRAIN }
  transform_param { crop_size: 8 } data_param { source: "s" batch_size: 4 }
}
layer {
  name: "input" type: "Input" top: "data" include { phase: TEST }
  input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
}
layer {
  name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 2 kernel_size: 3 stride: 2 pad: 1 }
}
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer {
  name: "ip" type: "InnerProduct" bottom: "conv" top: "ip" inner_product_param { num_output: 5 }
}
layer {
  name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" include { phase: TRAIN }
}
"""
BAD = NET.replace("num_output: 2", "num_output: 0")


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.prototxt").write_text(NET)
    (tmp_path / "bad.prototxt").write_text(BAD)


def run(*args: str) -> Result:
    return CliRunner().invoke(net, args)


def parsed(*args: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(*args, "--output-format", "json").stdout.splitlines()]


def save(name: str, text: str) -> str:
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return name


@pytest.mark.parametrize(
    ("args", "name"),
    [
        (["net.prototxt"], "served.txt"),
        (["net.prototxt", "--datum", "3x9x9", "--phase", "TRAIN"], "datum.txt"),
        (["bad.prototxt", "--phase", "TEST"], "refused.txt"),
        (["net.prototxt", "--dot"], "graph.dot"),
        (["bad.prototxt", "--dot", "--phase", "TEST"], "refused.dot"),
    ],
)
def test_output(
    args: list[str], name: str, golden: Callable[[str | os.PathLike[str], str], None]
) -> None:
    golden(f"golden/{name}", run(*args).stdout)


def test_json() -> None:
    train, test = parsed("net.prototxt")
    assert (train["phase"], test["phase"]) == ("TRAIN", "TEST")
    assert list(test)[:8] == [
        "path",
        "dialects",
        "phase",
        "level",
        "stages",
        "layers",
        "blobs",
        "parameters",
    ]
    assert test["path"] == "net.prototxt"
    assert test["layers"][1] == {
        "name": "conv",
        "type": "Convolution",
        "bottoms": ["data"],
        "tops": ["conv"],
        "shapes": [[1, 2, 4, 4]],
        "params": [[2, 3, 3, 3], [2]],
    }
    assert test["blobs"] == {"data": [1, 3, 8, 8], "conv": [1, 2, 4, 4], "ip": [1, 5]}
    assert test["parameters"] == 56 + 32 * 5 + 5
    assert test["macs"] == 32 * 27 + 32 * 5
    assert test["memory_bytes"] == 4 * (192 + 32 + 5 + 221)
    assert test["problems"] == []
    assert train["blobs"]["data"] == [4, None, 8, 8]
    assert train["blobs"]["label"] == [4]
    assert train["blobs"]["(automatic)"] == []
    assert train["layers"][-1]["tops"] == ["(automatic)"]
    assert train["layers"][1]["params"] == [[2, None, 3, 3], [2]]
    assert [train[key] for key in ("parameters", "memory_bytes", "macs")] == [None] * 3


def test_json_of_a_net_that_caffe_refuses() -> None:
    (found,) = parsed("bad.prototxt", "--phase", "TEST")
    assert found["layers"][1]["shapes"] == [None]
    assert found["layers"][1]["params"] is None
    assert found["blobs"] == {"data": [1, 3, 8, 8], "conv": None, "ip": None}
    (problem,) = found["problems"]
    assert (problem["name"], problem["layer"]) == ("conv-num-output-missing", "conv")
    assert problem["line"] == 12


def test_exit_codes() -> None:
    assert run("net.prototxt").exit_code == 0
    assert run("bad.prototxt").exit_code == 1
    assert run("net.prototxt", "bad.prototxt").exit_code == 1
    assert run("missing.prototxt", "bad.prototxt").exit_code == 2
    assert run().exit_code == 2


@pytest.mark.parametrize(
    "args",
    [
        ["--input", "data"],
        ["--input", "=1x2"],
        ["--input", "data=1x-2"],
        ["--input", "data=1x²"],
        ["--datum", "256x256"],
        ["--datum", "3x256xx"],
        ["--phase", "train"],
    ],
)
def test_usage_errors(args: list[str]) -> None:
    found = run("net.prototxt", *args)
    assert found.exit_code == 2
    assert found.stdout == ""
    assert args[0] in found.stderr


def test_states_are_pinned() -> None:
    assert [one["phase"] for one in parsed("net.prototxt", "--phase", "TRAIN")] == ["TRAIN"]
    staged = NET.replace('top: "conv" }', 'top: "conv" include { stage: "s" min_level: 2 } }')
    name = save("staged.prototxt", staged)
    both = ("--phase", "TEST", "--stage", "s", "--level", "2")
    (found,) = parsed(name, *both)
    assert (found["level"], found["stages"]) == (2, ["s"])
    assert "relu" in [layer["name"] for layer in found["layers"]]
    (found,) = parsed(name, *both[:4])
    assert "relu" not in [layer["name"] for layer in found["layers"]]


def test_a_state_that_is_left_out_is_told() -> None:
    name = save("deploy.prototxt", 'layer { name: "x" type: "Input" top: "x" }')
    found = run(name)
    assert "deploy.prototxt · TEST" in found.stdout
    assert "TRAIN" not in found.stdout
    assert found.stderr.startswith("note: deploy.prototxt: not shown for TRAIN, as ")
    assert run(name, "--phase", "TRAIN").stderr == ""


def test_datum_and_input() -> None:
    (found,) = parsed("net.prototxt", "--phase", "TRAIN", "--datum", "1x4x4")
    assert found["blobs"]["data"] == [4, 1, 8, 8]
    (found,) = parsed("net.prototxt", "--phase", "TRAIN", "--input", "data=4x3x8x8")
    assert found["parameters"] == 221
    (found,) = parsed("net.prototxt", "--phase", "TEST", "--input", "data=2x3x8x8")
    assert found["blobs"]["ip"] == [2, 5]


def test_inputs_that_are_not_taken_are_told() -> None:
    found = run("net.prototxt", "--phase", "TRAIN", "--input", "data=9x3x8x8", "--input", "no=1")
    assert found.stderr == (
        "note: --input data: by the text the shape is 4×3×8×8\n"
        "note: --input no: there is no blob of this name\n"
    )
    assert run("net.prototxt", "--input", "data=2x3x8x8").stderr == ""


def test_a_solver_s_nets() -> None:
    save("solver.prototxt", 'net: "net.prototxt" test_iter: 1 base_lr: 0.1 lr_policy: "fixed"')
    found = parsed("solver.prototxt")
    assert [(one["path"], one["phase"]) for one in found] == [
        ("net.prototxt", "TRAIN"),
        ("net.prototxt", "TEST"),
    ]
    assert [one["phase"] for one in parsed("solver.prototxt", "--phase", "TEST")] == ["TEST"]
    text = 'train_net: "net.prototxt" train_state { stage: "s" level: 3 } base_lr: 0.1'
    (one,) = parsed(save("staged.prototxt", text))
    assert (one["phase"], one["level"], one["stages"]) == ("TRAIN", 3, ["s"])


def test_an_inline_net_is_not_upgraded() -> None:
    text = 'net_param { layers { name: "r" type: RELU bottom: "x" top: "y" } } base_lr: 0.1'
    (found,) = parsed(save("solver.prototxt", text))
    assert found["layers"] == []


@pytest.mark.parametrize("named", ["missing.prototxt", "solver.prototxt", "label.prototxt"])
def test_a_solver_whose_net_cannot_be_shown(named: str) -> None:
    save("label.prototxt", 'item { name: "cat" id: 1 }')
    save("solver.prototxt", f'net: "{named}" base_lr: 0.1')
    found = run("solver.prototxt")
    assert found.exit_code == 2
    place = named if named.startswith("label") else "solver.prototxt"
    assert found.stderr.startswith(f"{place}:1:1: ")


def test_files_that_are_no_nets() -> None:
    found = run(save("page.prototxt", "<!DOCTYPE html><html></html>"))
    assert found.exit_code == 2
    assert found.stderr.startswith("page.prototxt:1:1: error[")
    assert found.stdout == ""


def test_a_broken_file_is_shown_as_far_as_it_goes() -> None:
    found = run(save("broken.prototxt", NET.replace("kernel_size", "kernel_sise")))
    assert found.exit_code == 1
    assert "broken.prototxt:12:" in found.stderr
    assert "Caffe cannot read this file" in found.stdout
    assert "Caffe stops" not in found.stdout
    assert "ReLU" in found.stdout


def test_names_are_shown_safely() -> None:
    name = save("odd.prototxt", NET.replace('name: "conv"', r'name: "c\033[31m\"\\\377"'))
    found = run(name, "--phase", "TEST")
    assert r'c\x1b[31m"' in found.stdout
    assert "\x1b" not in found.stdout
    graph = run(name, "--phase", "TEST", "--dot").stdout
    assert r"c\\x1b[31m\"\\" in graph
    assert DOT.parse(graph)
    (line,) = parsed(name, "--phase", "TEST")
    assert line["layers"][1]["name"] == 'c\x1b[31m"\\\\xff'


# The part of the DOT language that is used, as Graphviz documents it.
DOT = Lark(
    r"""
    start: "digraph" ID block
    block: "{" (statement ";" | subgraph)* "}"
    subgraph: "subgraph" ID block
    statement: ("node" | "edge") attributes | "label" "=" TEXT | ID attributes?
             | ID "->" ID attributes?
    attributes: "[" ID "=" (ID | TEXT | NUMBER) ("," ID "=" (ID | TEXT | NUMBER))* "]"
    ID: /[A-Za-z_][A-Za-z0-9_]*/
    NUMBER: /[0-9]+/
    TEXT: /"([^"\\]|\\.)*"/
    %ignore /\s+/
    """
)


def test_the_graph_is_dot() -> None:
    for args in (["net.prototxt"], ["bad.prototxt", "net.prototxt"]):
        assert DOT.parse(run(*args, "--dot").stdout)
    assert run("bad.prototxt", "--dot").exit_code == 1


def test_the_graph_marks_bottoms_that_no_layer_makes() -> None:
    name = save("lost.prototxt", 'layer { name: "r" type: "ReLU" bottom: "gone" top: "r" }')
    graph = run(name, "--phase", "TEST", "--dot").stdout
    assert 'm0_0 [label="gone", shape=ellipse, color=red, style=dashed];' in graph
    assert "m0_0 -> l0_0" in graph
    assert 'l0_0 [label="r: ReLU\\nGRF001", color=red' in graph


@given(st.text())
def test_any_text_is_one_dot_string(text: str) -> None:
    assert DOT.parse(f"digraph g {{ label={_quoted(text, text)}; }}")


def test_svg_without_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    found = run("net.prototxt", "--svg", "net.svg")
    assert found.exit_code == 2
    assert "Graphviz" in found.stderr


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_svg() -> None:
    found = run("net.prototxt", "--svg", "net.svg")
    assert found.exit_code == 0
    assert found.stdout == run("net.prototxt").stdout
    with open("net.svg", encoding="utf-8") as file:
        picture = file.read()
    assert "<svg" in picture
    assert "conv: Convolution" in picture
    assert run("net.prototxt", "--svg", "no/such/folder.svg").exit_code == 2


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, ""),
        (None, "?"),
        (7, "7 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (999_499, "999 kB"),
        (999_500, "1.00 MB"),
        (60_965_224, "61.0 MB"),
        (15_470_264_320, "15.5 GB"),
    ],
)
def test_scaled(number: int | None, text: str) -> None:
    assert scaled(number, "B") == text

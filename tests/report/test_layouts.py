"""Each layout of each format against a golden file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from protolint import report
from protolint.diagnostic import Diagnostic, Edit, Fix, Label, Position, Range
from protolint.report.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    Golden = Callable[[str, str], None]


def found(path: str, at: Range, **fields: Any) -> Diagnostic:
    """Return a finding; what a case does not care about is an error called TST001."""
    common: dict[str, Any] = {
        "code": "TST001",
        "name": "test-rule",
        "severity": "error",
        "effect": "abort",
        "message": "something is wrong",
    }
    return Diagnostic(path=path, range=at, **(common | fields))


def span(line: int, column: int, end_line: int, end_column: int) -> Range:
    return Range(Position(line, column), Position(end_line, end_column))


def of(text: str, part: str, nth: int = 0) -> Range:
    """Return where ``part`` stands in ``text`` for the ``nth`` time, from 0."""
    at = -1
    for _ in range(nth + 1):
        at = text.index(part, at + 1)

    def position(offset: int) -> Position:
        before = text[:offset]
        return Position(before.count("\n") + 1, offset - before.rfind("\n"))

    return Range(position(at), position(at + len(part)))


POLY = 'base_lr: 0.01\nlr_policy: "poly"\n'
POOL = (
    "name: 'tiny'\n"
    "layer {\n"
    '  name: "data" type: "Input" top: "x"\n'
    "  input_param { shape { dim: 1 dim: 3 dim: 5 dim: 5 } }\n"
    "}\n" + "\n" * 207 + '  name: "pool5"\n'
    "  pooling_param { pool: AVE stride: 5 kernel_size: 3 }\n"
)
SOLVER = 'net: "train_val.prototxt"\ntest_iter: 0\n'
TWICE = 'layer { name: "data" top: "x" top: "x" include { phase: TRAIN } }\n'
BLOCK = 'layer {\n  name: "fc"\n  type: "InnerProduct"\n}\n'
ODD = (
    '\tname: "a\tb"\n# 卷积层 name: "x"\r\nname: "\x1b[31m\u202e\udcff\x00e\u0301"  # end\nlayer {'
)
MINIFIED = " ".join(
    f'layer {{ name: "l{i}" type: "ReLU" bottom: "b{i}" top: "b{i + 1}" }}' for i in range(40)
)
MINIFIED_BLOCK = "layer { " + MINIFIED + " }"

CURABLE = found(
    "solver.prototxt",
    span(1, 1, 1, 4),
    severity="info",
    effect="none",
    fix=Fix("write it otherwise", (Edit(0, 1, "m"), Edit(2, 3, "é\n")), safe=True),
)

CASES = {
    "poly": Run(
        (
            found(
                "solver.prototxt",
                of(POLY, 'lr_policy: "poly"'),
                code="SLV003",
                name="poly-without-max-iter",
                effect="nonfinite",
                message='lr_policy "poly" divides by max_iter, which is 0',
                label="the rate is NaN at iteration 0 and +inf from iteration 1",
                caffe="`caffe train` runs no iteration at all; solver.step(n) trains on NaN",
                help="add `max_iter: <number of training iterations>`",
            ),
        ),
        {"solver.prototxt": POLY},
        files=1,
    ),
    "pool": Run(
        (
            found(
                "train_val.prototxt",
                of(POOL, "stride: 5"),
                code="POL002",
                name="pool-window-empty",
                effect="nonfinite",
                message='average pooling "pool5" has an empty window: 0/0 = NaN in row 1',
                label="window 1 would start at row 5, the height is 5",
                secondary=(Label("train_val.prototxt", of(POOL, '"x"'), '"x" is 1x3x5x5 here'),),
                help="stride ≤ 3 reads every input;\npad also removes the empty window",
                notes=("the height is (5 - 3) / 5 + 1, rounded up", "the width is the same"),
                phases=("TEST",),
                layer="pool5",
            ),
            found(
                "train_val.prototxt",
                of(POOL, "name: 'tiny'"),
                code="NET001",
                severity="warning",
                effect="ignored",
                layer="conv1",
                phases=("TRAIN", "TEST"),
            ),
            CURABLE,
        ),
        {"train_val.prototxt": POOL, "solver.prototxt": SOLVER},
        notes=("train_val.prototxt is the net of solver.prototxt:1",),
        files=2,
        undecided=3,
        fixable={CURABLE},
        unsafe=2,
    ),
    "other-file": Run(
        (
            found(
                "solver.prototxt",
                of(SOLVER, "0"),
                label="no test batch is run",
                secondary=(
                    Label("train_val.prototxt", of(POOL, '"data"'), "the data come from here"),
                    Label("train_val.prototxt", of(POOL, "layer"), "in this layer"),
                    Label("lost.prototxt", span(7, 3, 7, 9), "a file that was not read"),
                ),
                help="set test_iter",
            ),
        ),
        {"solver.prototxt": SOLVER, "train_val.prototxt": POOL},
        files=3,
    ),
    "no-source": Run(
        (
            found("lost.prototxt", span(1, 1, 1, 1), message="No such file", help="look around"),
            found("short.prototxt", span(9, 1, 9, 2), label="behind the end"),
        ),
        {"short.prototxt": "x: 1\n"},
        files=0,
    ),
    "same-line": Run(
        (
            found(
                "a.prototxt",
                of(TWICE, 'top: "x"', 1),
                label="written again",
                secondary=(
                    Label("a.prototxt", of(TWICE, 'top: "x"'), "written first"),
                    Label("a.prototxt", of(TWICE, '"data"'), "by this layer"),
                ),
            ),
            found(
                "a.prototxt",
                of(TWICE, 'top: "x"'),
                label="the finding",
                secondary=(
                    Label("a.prototxt", of(TWICE, 'top: "x" top: "x"'), "around it"),
                    Label("a.prototxt", of(TWICE, "phase: TRAIN"), ""),
                    Label("a.prototxt", of(TWICE, '"x"'), "inside it"),
                ),
            ),
        ),
        {"a.prototxt": TWICE},
        files=1,
    ),
    "many-lines": Run(
        (
            found("a.prototxt", of(BLOCK, BLOCK.rstrip()), label="this layer has no bottom"),
            found("a.prototxt", of(BLOCK, '"fc"\n  type: "InnerProduct"\n')),
            found("a.prototxt", of(BLOCK, 'name: "fc"\n'), label="ends with its newline"),
            found(
                "a.prototxt",
                of(BLOCK, '"fc"'),
                secondary=(Label("a.prototxt", of(BLOCK, "}"), "closed here"),),
            ),
        ),
        {"a.prototxt": BLOCK},
        files=1,
    ),
    "odd-characters": Run(
        (
            found("a\x1b\udcff.prototxt", of(ODD, '"a\tb"'), label="a tab inside \x07"),
            found("a\x1b\udcff.prototxt", of(ODD, "积层"), label="two wide characters"),
            found("a\x1b\udcff.prototxt", of(ODD, 'name: "x"'), message="a\nb\u2028c"),
            found("a\x1b\udcff.prototxt", of(ODD, "# end"), label="behind escapes", help="\x9b"),
            found("a\x1b\udcff.prototxt", span(4, 8, 4, 8), label="the end of the file"),
        ),
        {"a\x1b\udcff.prototxt": ODD},
        files=1,
    ),
    "minified": Run(
        (
            found("a.prototxt", of(MINIFIED, '"b20"'), label="in the middle"),
            found("a.prototxt", of(MINIFIED, "layer"), label="at the beginning"),
            found("a.prototxt", of(MINIFIED, '"b40"'), label="at the end"),
            found(
                "a.prototxt",
                of(MINIFIED, '"b30"'),
                label="read here",
                secondary=(Label("a.prototxt", of(MINIFIED, '"b10"'), "made here"),),
            ),
            found("block.prototxt", of(MINIFIED_BLOCK, MINIFIED), label="longer than the limit"),
        ),
        {"a.prototxt": MINIFIED, "block.prototxt": MINIFIED_BLOCK},
        files=2,
    ),
    "undecided": Run(
        (
            found(
                "solver.prototxt",
                of(SOLVER, "test_iter"),
                undecided=True,
                message="test_iter may not cover the test set",
                notes=("undecided because the LMDB was not opened",),
            ),
        ),
        {"solver.prototxt": SOLVER},
        files=2,
        dialect="nvcaffe",
    ),
    "clear": Run((), {}, files=2),
    "nothing-found": Run((), {}, notes=("net.prototxt is a net",), files=1, undecided=1),
    "nothing-checked": Run((), {}),
}


JSON_KEYS = [
    *("code", "name", "severity", "effect", "message", "label", "help", "caffe", "notes"),
    *("path", "range", "secondary", "phases", "layer", "undecided"),
    "fix",
]


@pytest.mark.parametrize("format_name", ["full", "concise", "json"])
@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, format_name: str, golden: Golden) -> None:
    golden(f"golden/{case}.{format_name}.txt", report.render(format_name, CASES[case]))


@pytest.mark.parametrize("case", ["pool", "same-line", "undecided"])
def test_colour(case: str, golden: Golden) -> None:
    coloured = report.render("full", CASES[case], colour=True)
    golden(f"golden/{case}.colour.txt", coloured.replace("\x1b", "ESC"))


@pytest.mark.parametrize("case", ["poly", "pool", "minified"])
def test_narrow(case: str, golden: Golden) -> None:
    golden(f"golden/{case}.narrow.txt", report.render("full", CASES[case], width=60))


@pytest.mark.parametrize("case", CASES)
def test_json_says_everything(case: str) -> None:
    run = CASES[case]
    text = report.render("json", run)
    objects = json.loads(text)
    assert text.isascii()
    assert [o["code"] for o in objects] == [d.code for d in run.diagnostics]
    for o, d in zip(objects, run.diagnostics, strict=True):
        line, column = d.range.start
        end_line, end_column = d.range.end
        assert o["range"] == {
            "start": {"line": line, "column": column},
            "end": {"line": end_line, "column": end_column},
        }
        assert list(o) == JSON_KEYS


@pytest.mark.parametrize("case", CASES)
def test_concise_is_one_line_a_finding_and_the_summary(case: str) -> None:
    run = CASES[case]
    lines = report.render("concise", run).split("\n")
    assert lines.pop() == ""
    assert len(lines) == len(run.diagnostics) + 1


@pytest.mark.parametrize("format_name", report.RENDERERS)
def test_a_format_module_is_imported_when_asked_for(format_name: str) -> None:
    module = report.RENDERERS[format_name]
    assert callable(import_module(module).render)
    code = f"import sys, protolint.report; sys.exit({module!r} in sys.modules)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def test_unknown_format() -> None:
    with pytest.raises(KeyError):
        report.render("xml", CASES["clear"])

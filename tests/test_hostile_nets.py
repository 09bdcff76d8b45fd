"""Twice as long a text takes twice the work, whatever it is made of: instructions are counted."""

from __future__ import annotations

import os
import sys

import pytest
from hostile_nets import SHAPES

sys.path.append(os.path.join(os.path.dirname(__file__), "syntax"))
from hostile_texts import SHAPES as TEXTS

from protolint import fixing, pipeline
from protolint.analysis import graph, layer_facts, overwriting, range_facts
from protolint.analysis.ranges import run as ranges
from protolint.config.finder import Configurations
from protolint.format import Unformattable, format_text
from protolint.model import from_v0, serve
from protolint.pipeline import Options
from protolint.upgrade import Refused, upgrade_text

N = 50
SLACK = 1.03
"""What the third n may cost in terms of the second; of quadratic work it costs 5/3."""


@pytest.fixture(autouse=True)
def low_limits(monkeypatch):
    """Lower the limits that keep work linear, so that they are met by texts that are short."""
    monkeypatch.setattr(graph, "MOST_COMPARED", 50)
    monkeypatch.setattr(from_v0, "MOST_COMPARED", 50)
    monkeypatch.setattr(serve, "MOST_CHOICES", 4)
    for module in (layer_facts, overwriting, range_facts, ranges):
        monkeypatch.setattr(module, "MOST_STEPS", 5)


def steps(work, text):
    """Return how many instructions of Python's a piece of work executes."""
    count = 0

    def local(_frame, event, _argument):
        nonlocal count
        count += event == "opcode"
        return local

    def called(frame, _event, _argument):
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return local

    before = sys.gettrace()
    sys.settrace(called)
    try:
        work(text)
    finally:
        sys.settrace(before)
    return count


LATE = ("stepvalues", "v1 types", "v0 unknown padding")
"""Shapes whose first ones are dealt with in another way than those that follow."""


def assert_linear(work, name):
    shape, n = (SHAPES | TEXTS)[name], 5 * N if name in LATE else N
    work(shape(n))  # what is made once
    one, two, three = (steps(work, shape(k * n)) for k in (1, 2, 3))
    slack = 1.3 if name == "unknown types" else SLACK  # longer names are compared with more
    assert three - two <= slack * (two - one) + 2000, (one, two, three)


def check(text):
    outcome = pipeline.check_paths(
        ["a.prototxt"], Options(select=("",)), read=lambda _: text.encode()
    )
    assert outcome.faults == ()


def rewrite(text):
    for change, refused in ((format_text, Unformattable), (upgrade_text, Refused)):
        try:
            change(text)
        except refused:
            continue


def fix(text):
    asked = Configurations(Options(select=("",), unsafe_fixes=True), isolated=True)
    fixed = fixing.fix(["a.prototxt"], asked, read=lambda _: text.encode())
    assert fixed.outcome.faults == ()


@pytest.mark.parametrize("shape", SHAPES)
def test_checking_takes_linear_work(shape):
    assert_linear(check, shape)


@pytest.mark.parametrize("shape", TEXTS)
def test_checking_any_text_takes_linear_work(shape):
    assert_linear(check, shape)


@pytest.mark.parametrize("shape", [*SHAPES, *TEXTS])
def test_rewriting_takes_linear_work(shape):
    assert_linear(rewrite, shape)


@pytest.mark.parametrize("shape", SHAPES)
def test_fixing_takes_linear_work(shape):
    assert_linear(fix, shape)

"""Texts made to be slow to read are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hostile_texts import SHAPES
from prototxt_texts import check_spans

from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.syntax.parser import parse
from protolint.syntax.recovery import MOST_PROBLEMS

if TYPE_CHECKING:
    from protolint.problem import Problem


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_read(shape: str) -> None:
    """How the time grows with the size is for benchmarks/hostile.py to say."""
    document = parse(SHAPES[shape](5_000))
    assert len(document.problems) <= MOST_PROBLEMS + 1


@pytest.mark.parametrize("shape", [s for s in SHAPES if "nested" in s or "unclosed" in s])
def test_a_hundred_thousand_are_read(shape: str) -> None:
    document = parse(SHAPES[shape](100_000))
    assert 0 < len(document.problems) <= MOST_PROBLEMS + 1  # one for blocks open at the end
    if "nested" not in shape:  # the check itself is recursive
        check_spans(document)


def test_a_deep_tree_can_be_bound() -> None:
    document = parse("layer {" * 100_000 + "}" * 100_000)
    assert document.problems == []
    problems: list[Problem] = []
    message = Binder(load_bvlc()).bind(document, "NetParameter", problems)
    assert len(message.values["layer"]) == 1
    assert [problem.rule for problem in problems] == ["unknown-field"]


def test_many_unknown_fields_are_bound_in_time() -> None:
    text = "".join(f"layer_{number}: 1\n" for number in range(20_000))
    problems: list[Problem] = []
    Binder(load_bvlc()).bind(parse(text), "NetParameter", problems)
    assert len(problems) == 20_000
    assert any(problem.args["advice"] for problem in problems[:1000])
    assert not any(problem.args["advice"] for problem in problems[1001:])

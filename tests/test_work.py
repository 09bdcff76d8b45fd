"""What was worked out is not worked out again: tokens, bindings, shapes and rules are counted."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from protolint import pipeline
from protolint.analysis import backward, graph, shapes
from protolint.edited import Session
from protolint.engine.run import Run
from protolint.schema.bind import Binder
from protolint.syntax.parser import parse

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = """\
layer { name: "data" type: "Input" top: "b0" top: "label"
  input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } shape { dim: 2 } } }
"""
BLOCK = """\
layer { name: "c%(n)d" type: "Convolution" bottom: "b%(n)d" top: "b%(m)d"
  convolution_param { num_output: 3 kernel_size: 3 pad: 1 weight_filler { type: "msra" } } }
layer { name: "n%(n)d" type: "BatchNorm" bottom: "b%(m)d" top: "b%(m)d" }
layer { name: "s%(n)d" type: "Scale" bottom: "b%(m)d" top: "b%(m)d"
  scale_param { bias_term: true } }
layer { name: "r%(n)d" type: "ReLU" bottom: "b%(m)d" top: "b%(m)d" }
"""
TAIL = """\
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "b%d" bottom: "label" top: "loss" }
"""


def net(blocks: int) -> str:
    return HEAD + "".join(BLOCK % {"n": n, "m": n + 1} for n in range(blocks)) + TAIL % blocks


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the calls of what does the work, by what it is."""
    counted: Counter[str] = Counter()
    places: list[tuple[str, Any, str]] = [
        ("blocks bound", Binder, "_bind"),
        ("graphs built", graph, "_build"),
        ("shapes worked out", shapes, "_set_up"),
        ("backward passes", backward, "_backward"),
        ("layers put to rules", Run, "_layer"),
    ]
    for what, owner, name in places:
        monkeypatch.setattr(owner, name, _counting(counted, what, getattr(owner, name)))
    return counted


def _counting(counted: Counter[str], what: str, run: Callable[..., Any]) -> Callable[..., Any]:
    def count(*args: Any) -> Any:
        counted[what] += 1
        return run(*args)

    return count


def check(text: str, session: Session | None = None) -> None:
    outcome = pipeline.check_paths(["net.prototxt"], read=lambda _: text.encode(), session=session)
    assert outcome.faults == ()


def test_layers_that_are_alike_are_built_and_judged_once(counts: Counter[str]) -> None:
    check(net(10))
    few = counts.copy()
    counts.clear()
    check(net(20))
    del few["blocks bound"], counts["blocks bound"]
    assert counts == few
    assert few["shapes worked out"] <= 6  # a block has four layers
    assert few["layers put to rules"] <= 6


def test_a_token_is_matched_once() -> None:
    """A plain field is one, as are the two ends of a block; the end is looked at twice."""
    text, matches = net(10), 0

    def called(_frame: Any, event: str, argument: Any) -> None:
        nonlocal matches
        matches += event == "c_call" and argument.__name__ == "match"

    parse(text)  # compiles what it needs
    sys.setprofile(called)
    try:
        parse(text)
    finally:
        sys.setprofile(None)
    assert matches == text.count(":") + text.count("{") + text.count("}") + 2


@pytest.mark.parametrize(
    ("typed", "more"),
    [
        (("num_output: 3", "num_output: 4"), {"shapes worked out": 5, "layers put to rules": 6}),
        (('"c7"', '"c70"'), {"shapes worked out": 0, "layers put to rules": 1}),
        (('bottom: "b7"', 'bottom: "b6"'), {"shapes worked out": 0, "layers put to rules": 1}),
    ],
)
def test_an_edit_costs_what_it_changes(
    counts: Counter[str], typed: tuple[str, str], more: dict[str, int]
) -> None:
    text, session = net(20), Session()
    check(text, session)
    counts.clear()
    at = text.index('"c7"')
    check(text[:at] + text[at:].replace(*typed, 1), session)
    assert counts["blocks bound"] <= 4  # the text, the layer, and what is in it
    assert counts["graphs built"] == 0
    assert counts["backward passes"] <= 2
    for what, most in more.items():
        assert counts[what] <= most, counts

"""Message texts and how values are shown in them."""

from __future__ import annotations

import json
import math
import struct

import pytest
from expression_samples import scope
from hypothesis import assume, given
from hypothesis import strategies as st

from protolint.engine.expression.errors import ExpressionError
from protolint.engine.expression.parse import parse
from protolint.engine.expression.template import parse_template, render, show
from protolint.values import Interval, unknown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain", "plain"),
        ("{width}", "5"),
        ("a {width}{width + 1} b", "a 56 b"),
        ("{{{width}}}", "{5}"),
        ("{{}}", "{}"),
        ("{'}'}{\"{\"}", "}{"),
        (r"{'\'}'}", "'}"),
        ("{ width > 3 ? 'many' : 'few' } é", "many é"),
        ("{[1, 2].map(v, v * 0.5)}", "[0.5, 1]"),
    ],
)
def test_templates(text: str, shown: str) -> None:
    parts = parse_template(text)
    assert json.loads(json.dumps(parts)) == parts
    assert render(parts, scope(width=5)) == shown


def test_offsets_count_from_the_start_of_the_template() -> None:
    text = "é{{ {solver.max_iter} and {width}"
    nodes = [part for part in parse_template(text) if not isinstance(part, str)]
    assert [text[node[1] : node[2]] for node in nodes] == ["solver.max_iter", "width"]
    assert text[nodes[0][5] :].startswith("max_iter}")
    assert parse("solver.max_iter")[0] == nodes[0][0]


@pytest.mark.parametrize(
    ("text", "message", "start", "end"),
    [
        ("a } b", "a single '}'; write '}}' for the character", 2, 3),
        ("a {b", "a '{' that is not closed; write '{{' for the character", 2, 4),
        ("{'}", "a '{' that is not closed; write '{{' for the character", 0, 3),
        ("a {}", "no expression", 3, 3),
        ("a {b = c}", "unexpected '='; did you mean '=='?", 5, 6),
        ("a {b +} c", "the expression is not complete", 6, 6),
    ],
)
def test_mistakes(text: str, message: str, start: int, end: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_template(text)
    error = caught.value
    assert (error.message, error.start, error.end) == (message, start, end)


def single(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (10**18, "1000000000000000000"),
        (single(0.01), "0.01"),
        (single(0.9), "0.9"),
        (single(1e-10), "1e-10"),
        (single(3.4028235e38), "3.4028235e+38"),
        (single(1.4e-45), "1e-45"),
        (1.0, "1"),
        (-0.0, "-0"),
        (2.5, "2.5"),
        (100000.0, "100000"),
        (16777216.0, "16777216"),
        (0.1, "0.1"),
        (1 / 3, "0.3333333"),
        (single(0.01) * single(0.1), "0.001"),
        (1e300, "1e+300"),
        (math.nan, "nan"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        ("as {it} is", "as {it} is"),
        (["a", 1.5, [True]], "[a, 1.5, [true]]"),
        ([], "[]"),
        (unknown("r"), "?"),
        (Interval(1, math.inf), "1..inf"),
    ],
)
def test_values_are_shown_for_people(value: object, shown: str) -> None:
    assert show(value) == shown


@given(st.floats(width=32, allow_nan=False))
def test_a_single_precision_number_is_shown_so_that_it_reads_back(value: float) -> None:
    shown = show(value)
    assert single(float(shown)) == value
    digits = shown.lower().lstrip("-").split("e")[0].replace(".", "").strip("0")
    assert len(digits) <= 9


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_other_number_is_shown_to_seven_digits(value: float) -> None:
    assume(abs(value) > 3.5e38 or single(value) != value)
    assert math.isclose(float(show(value)), value, rel_tol=5e-7, abs_tol=1e-323)

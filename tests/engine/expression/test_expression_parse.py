"""Text to nodes: precedence, spans, and every syntax error."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from expression_samples import value_of
from hypothesis import given
from hypothesis import strategies as st

from protolint.engine.expression.errors import ExpressionError
from protolint.engine.expression.nodes import Node, paths
from protolint.engine.expression.parse import MAX_DEPTH, parse, parse_path


def shape(node: Node) -> Any:
    """Return a node without its offsets."""
    details = [detail for detail in node[4:] if not isinstance(detail, int)]
    literal = node[4:] if node[0] in ("bool", "int", "double") else details
    return (node[0], [shape(operand) for operand in node[3]], literal)


@pytest.mark.parametrize(
    ("text", "explicit"),
    [
        ("a || b && c", "a || (b && c)"),
        ("a && b || c && d", "(a && b) || (c && d)"),
        ("a == b && c != d", "(a == b) && (c != d)"),
        ("a < b == c", "(a < b) == c"),
        ("a + b < c - d", "(a + b) < (c - d)"),
        ("a in b || c", "(a in b) || c"),
        ("a + b in c", "(a + b) in c"),
        ("a - b - c", "(a - b) - c"),
        ("a / b * c % d", "((a / b) * c) % d"),
        ("a + b * c", "a + (b * c)"),
        ("-a + b", "(-a) + b"),
        ("-a.b", "-(a.b)"),
        ("!a.b[0] && c", "(!((a.b)[0])) && c"),
        ("!!a", "!(!a)"),
        ("a ? b : c ? d : e", "a ? b : (c ? d : e)"),
        ("a ? b ? c : d : e", "a ? (b ? c : d) : e"),
        ("a || b ? c : d || e", "(a || b) ? c : (d || e)"),
        ("f(a, b).c[d].e(g)", "((((f(a, b)).c)[d]).e)(g)".replace("e)(g)", "e(g))")),
        ("a -1", "a - 1"),
    ],
)
def test_precedence(text: str, explicit: str) -> None:
    assert shape(parse(text)) == shape(parse(explicit))


operators = st.sampled_from(["+", "-", "*"])
numbers = st.integers(0, 99).map(str) | st.integers(1, 99).map("-{}".format)


@given(numbers, st.lists(st.tuples(operators, numbers, st.booleans()), max_size=8))
def test_arithmetic_binds_as_in_python(first: str, rest: list[tuple[str, str, bool]]) -> None:
    text = first
    for operator, number, grouped in rest:
        text = f"({text}) {operator} {number}" if grouped else f"{text} {operator} {number}"
    assert value_of(text) == eval(text)  # noqa: S307  Python is the oracle here


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("a + b * c", "a + b * c"),
        (" ( a + b ) . c ", "( a + b ) . c"),
        ("(a)", "(a)"),
        ("f( x )", "f( x )"),
        ("a.b [ 1 ]", "a.b [ 1 ]"),
        ("[1, 2] ", "[1, 2]"),
        ("! a", "! a"),
        ("has( a.b )", "has( a.b )"),
        ("- 1", "- 1"),
        ("'x'", "'x'"),
    ],
)
def test_a_node_spans_its_text(text: str, marked: str) -> None:
    node = parse(text)
    assert text[node[1] : node[2]] == marked


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("9223372036854775807", 2**63 - 1),
        ("-5", -5),
        ("1.50", 1.5),
        ("2e3", 2000.0),
        ("1.5E-2", 0.015),
        ("true", True),
        ("false", False),
        ("'it is'", "it is"),
        (r'"a\"b\\c\n\r\t\'"', "a\"b\\c\n\r\t'"),
        ("'\"'", '"'),
        ("''", ""),
        ("'ß→'", "ß→"),
    ],
)
def test_literals(text: str, value: object) -> None:
    found = value_of(text)
    assert found == value
    assert type(found) is type(value)


def test_keywords_are_whole_words_and_may_be_fields() -> None:
    assert parse("index in inner")[3][0][4] == "index"
    assert parse_path("a.in.true") == ("a", "in", "true")


def test_nodes_are_json() -> None:
    node = parse("has(a.b) ? [1, 2.5].all(v, v > -1) : !('x' in c[0].d('y')) && e.matches('z')")
    assert json.loads(json.dumps(node)) == node


@pytest.mark.parametrize(
    ("text", "message", "marked"),
    [
        ("", "no expression", ""),
        ("  ", "no expression", ""),
        ("a +", "the expression is not complete", ""),
        ("(a", "the expression is not complete", ""),
        ("a = 1", "unexpected '='; did you mean '=='?", "="),
        ("a & b", "unexpected '&'; did you mean '&&'?", "&"),
        ("a | b", "unexpected '|'; did you mean '||'?", "|"),
        ("a and b", "unexpected 'and'; did you mean '&&'?", "and"),
        ("a or b", "unexpected 'or'; did you mean '||'?", "or"),
        ("not a", "unexpected 'a'", "a"),
        ("a)", "unexpected ')'", ")"),
        ("a $ b", "unexpected '$'", "$"),
        ("a.1", "unexpected '1'", "1"),
        ("1x", "unexpected 'x'", "x"),
        ("[1,]", "unexpected ']'", "]"),
        ("a == 'b", "this string has no closing quote", "'b"),
        ('"\\d"', "unknown escape \\d; a backslash itself is written \\\\", "\\d"),
        ("a + 010", "a number must not begin with 0", "010"),
        ("9223372036854775808", "this number does not fit in 64 bits", "9223372036854775808"),
        ("9" * 9999, "this number does not fit in 64 bits", "9" * 9999),
        ("1e999", "this number is too large for a double", "1e999"),
        ("!has(a)", "has() takes one field, as in has(solver.max_iter)", "has(a)"),
        ("has(a.b, c)", "has() takes one field, as in has(solver.max_iter)", "has(a.b, c)"),
        (
            "a.all(v)",
            "all() takes a new name and an expression: list.all(x, … x …)",
            "all(v)",
        ),
        (
            "a.map(b.c, d)",
            "map() takes a new name and an expression: list.map(x, … x …)",
            "map(b.c, d)",
        ),
        ("a.matches(b)", "matches() takes one string with a pattern", "matches(b)"),
        ("a.matches('(')", "a group of this pattern has no closing parenthesis", "'('"),
    ],
)
def test_syntax_errors(text: str, message: str, marked: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    error = caught.value
    assert (error.message, text[error.start : error.end]) == (message, marked)
    assert str(error) == message
    assert 0 <= error.start <= error.end <= len(text)


@pytest.mark.parametrize("opening", ["!", "-", "[", "f(", "a[", "a + ("])
def test_depth_is_bounded(opening: str) -> None:
    closing = {"[": "]", "f(": ")", "a[": "]", "a + (": ")"}.get(opening, "")

    def nested(depth: int) -> str:
        return opening * depth + "a" + closing * depth

    assert parse(nested(MAX_DEPTH - 1))
    for depth in (MAX_DEPTH, 20_000):
        with pytest.raises(ExpressionError, match="nested more than 100 deep"):
            parse(nested(depth))


def test_parentheses_alone_nest_freely() -> None:
    assert parse("(" * 5000 + "a" + ")" * 5000)[0] == "name"


@given(st.text("ab.()[]!&|=<>+-*/%?:,'\"\\0123e in{}$ ", max_size=30))
def test_any_text_is_parsed_or_refused_with_a_span(text: str) -> None:
    start, end = span_of(text)
    assert 0 <= start <= end <= len(text)


def span_of(text: str) -> tuple[int, int]:
    try:
        node = parse(text)
    except ExpressionError as error:
        return error.start, error.end
    return node[1], node[2]


@pytest.mark.parametrize("text", ["layer", "layer.pooling_param.stride", " ( a ) . b "])
def test_a_path_is_a_variable_and_members(text: str) -> None:
    assert parse_path(text) == tuple(text.replace(" ", "").translate({40: "", 41: ""}).split("."))


@pytest.mark.parametrize("text", ["a.b[0]", "1", "a.f()", "has(a.b)", "has(a.b).c", "a + b", "-a"])
def test_anything_else_is_no_path(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_path(text)
    assert caught.value.message == "expected a path such as layer.pooling_param.stride"
    assert (caught.value.start, caught.value.end) == (0, len(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2", []),
        ("solver.max_iter > 0 && solver.max_iter < 9", ["solver.max_iter"]),
        ("!has(layer.pooling_param.pad)", ["layer.pooling_param.pad"]),
        ("layer.param[0].lr_mult > lr.at(3)", ["layer.param", "lr"]),
        ("layer.bottom.all(b, b == layer.name && b.x)", ["layer.bottom", "layer.name"]),
        ("a.all(a, a > b.c)", ["a", "b.c"]),
        ("a.filter(v, v).map(w, v.x + w.y)", ["a", "v.x"]),
        ("max(a.b, a)", ["a.b", "a"]),
        ("a.b == 'x' ? c.d : e.matches('x')", ["a.b", "c.d", "e"]),
    ],
)
def test_paths_are_what_the_expression_reads(text: str, expected: list[str]) -> None:
    assert paths(parse(text)) == [tuple(path.split(".")) for path in expected]


def test_evaluating_needs_no_lark() -> None:
    program = (
        "import sys\n"
        "from protolint.engine.expression.evaluate import compile_node\n"
        "from protolint.engine.expression.template import render\n"
        "node = ['+', 0, 5, [['int', 0, 1, [], 1], ['name', 4, 5, [], 'a']]]\n"
        "print(render([node], {'a': 2}), 'lark' in sys.modules, 'difflib' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "3 False False\n"

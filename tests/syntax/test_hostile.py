"""Texts made to be slow to read: the time grows with the size and no faster."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from prototxt_texts import check_spans

from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.syntax.parser import parse
from protolint.syntax.recovery import MOST_PROBLEMS

if TYPE_CHECKING:
    from protolint.problem import Problem

SHAPES = {
    "nested braces": lambda n: "a{" * n,
    "nested braces with lines": lambda n: "a {\n" * n,
    "nested braces, closed, and one": lambda n: "a{" * n + "}" * n + "}",
    "nested angles closed by braces": lambda n: "a<" * n + "}" * n,
    "nested lists": lambda n: "a: [{ " * n,
    "nested, with colons": lambda n: "a\n:\n{\n" * n,
    "stray braces": lambda n: "}" * n,
    "bare braces": lambda n: "{" * n,
    "unclosed quotes": lambda n: 'a: "x\n' * n,
    "unclosed quotes on a line": lambda n: 'a: "x\\" ' * n,
    "quotes behind backslashes": lambda n: '\\"' * n,
    "quotes behind backslashes on lines": lambda n: '= \\"\n' * n,
    "a long list": lambda n: "a: [" + "1, " * n + "1]",
    "a long list, unclosed": lambda n: "a: [" + "1, " * n,
    "adjacent strings": lambda n: "a: " + '"x" ' * n,
    "adjacent strings, then an error": lambda n: "a: " + '"x" ' * n + "=",
    "a long path": lambda n: "[" + "a." * n + "a]: 1",
    "one line of fields": lambda n: "a: 1 " * n,
    "nested, on one line with fields": lambda n: "b { c { } " * n,
    "one line of names": lambda n: "a " * n,
    "one line of junk": lambda n: "= " * n,
    "errors": lambda n: "a = 1\n" * n,
    "errors in small blocks": lambda n: "b { a = 1 }\n" * n,
    "missing values": lambda n: "a:\n" * n,
    "nested, missing braces": lambda n: "b {\n  a: 1\n" * n,
    "placeholders": lambda n: "${" * n,
    "nested, percent signs": lambda n: "a: <% " * n,
    "curly quotes": lambda n: "“" * n,
    "typographic text": lambda n: "é " * n,
    "a long comment": lambda n: "# " * n,
    "comments": lambda n: "#\n" * n,
    "foreign comments": lambda n: "/* " * n,
    "blanks": lambda n: "a" + " " * n + "b" + "\n" * n + "c: 1" + "\t" * n + ",",
    "nested, behind many blanks": lambda n: " " * n + "a{" * n,
    "backslashes": lambda n: 'a: "' + "\\" * n + "q",
    "bad escapes": lambda n: 'a: "\\q"\n' * n,
    "digits": lambda n: "a: " + "0" * n + "8",
    "commas": lambda n: "a: 1" + "," * n,
    "a long string": lambda n: 'a: "' + "x" * n + '"',
    "a long string, unclosed": lambda n: 'a: "' + "x" * n,
    "minus signs": lambda n: "a: " + "-" * n,
}


def _seconds(text: str) -> float:
    """Return the CPU time of reading a text, the better of two tries."""
    tries = []
    for _ in range(2):
        start = time.process_time()
        parse(text)
        tries.append(time.process_time() - start)
    return min(tries)


@pytest.mark.parametrize("shape", SHAPES)
def test_time_grows_with_the_size(shape: str) -> None:
    make = SHAPES[shape]
    size = 2_500
    once, more = _seconds(make(size)), _seconds(make(8 * size))
    # Quadratic work takes 64 times as long; the constant lets a machine under load hiccup.
    assert more < 24 * once + 0.05


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

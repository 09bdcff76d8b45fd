from __future__ import annotations

import os
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protolint.format import Unformattable, apply, format_range, format_text
from protolint.format.lines import WIDTH
from protolint.syntax.literal import is_quoted, read_string
from protolint.syntax.parser import parse
from tests.syntax.prototxt_texts import damaged, sound

BLANKS = re.compile(r"#[^\n]*|\s", re.ASCII)


def meaning(fields: Any) -> list[Any]:
    """Return names and values of a tree, whatever their spelling is made of."""
    found = []
    for field in fields:
        value = field.value
        if isinstance(value, list | tuple):
            value = (type(value), meaning(value))
        elif is_quoted(value):
            value = ("string", read_string(value))
        else:
            value = BLANKS.sub("", value)
        name = BLANKS.sub("", field.name) if field.name.startswith("[") else field.name
        found.append((name, value))
    return found


def comments(text: str) -> list[str]:
    return [text[c.start : c.end].rstrip() for c in parse(text).comments]


def check_same(before: str, after: str) -> None:
    """Assert that a text still says what it said: values in their order, and comments in theirs."""
    old, new = parse(before), parse(after)
    assert new.problems == []
    assert meaning(new.fields) == meaning(old.fields)
    assert comments(after) == comments(before)


# One thing each: what is written, and what becomes of it.

CASES = {
    "one field a line": ("a: 1 b: 2", "a: 1\nb: 2\n"),
    "blanks and separators": ("a  :1 ; b:'x' ,\n", 'a: 1\nb: "x"\n'),
    "blocks": ("layer: <a:1\nb\n{\nc:2}>", "layer {\n  a: 1\n  b {\n    c: 2\n  }\n}\n"),
    "block on one line": ("p{a:1 b:<c:2>}", "p { a: 1 b { c: 2 } }\n"),
    "block on several lines": ("p { a: 1\n}", "p {\n  a: 1\n}\n"),
    "empty block": ("p {\n\n}\nq: < >", "p {}\nq {}\n"),
    "list on one line": ("a:[1,2 , 3]\nb [ {c:1},<> ]", "a: [1, 2, 3]\nb [{ c: 1 }, {}]\n"),
    "list on several": ("a: [1, 2,\n3]", "a: [\n  1,\n  2,\n  3\n]\n"),
    "list with comments": (
        "a: [ # in\n1 # one\n, # two\n2]",
        "a: [ # in\n  1, # one\n  # two\n  2\n]\n",
    ),
    "empty list": ("a: [ ]\nb: [\n]\nc: [ # x\n]", "a: []\nb: []\nc: [ # x\n]\n"),
    "list of blocks": (
        "a: [{b: 1\n}, {c: 2}]",
        "a: [\n  {\n    b: 1\n  },\n  { c: 2 }\n]\n",
    ),
    "numbers stay": ("a: 010 b: 1.50e+3F c: -\t0x1f d: - inf", None),
    "quotes": ("""a: 'x' b: 'say "x"' c: 'it\\'s' d: "'" """, None),
    "adjacent strings": ("a: \"x\"'y'\nb: 'x'\n'y'", 'a: "x" "y"\nb: "x"\n  "y"\n'),
    "extension": ("[ a . b/c ] : 1", "[a.b/c]: 1\n"),
    "empty lines": ("\n\na: 1\n\n \n\nb {\n\nc: 1\n\n}\n\n", "a: 1\n\nb {\n  c: 1\n}\n"),
    "no empty line is added": ("a {\nx: 1 }\nb { }", "a {\n  x: 1\n}\nb {}\n"),
    "nothing": (" \n\n", ""),
    "only a comment": ("\n  # x  \n\n", "# x\n"),
    "comments stay where they are": (
        "# a\n\n# b\na: 1 #c\nb { # d\n# e\nc: 1\n # f\n} # g\n# h",
        "# a\n\n# b\na: 1 #c\nb { # d\n  # e\n  c: 1\n  # f\n} # g\n# h\n",
    ),
    "aligned comments": (
        "   a: 1    # x\n   long: 2 # y\n   c:1\t# z",
        "a: 1    # x\nlong: 2 # y\nc: 1 # z\n",
    ),
    "a comment within a field goes above it": (
        "a # x\n: # y\n1\nb # z\n{ c: 1 }",
        "# x\n# y\na: 1\n# z\nb {\n  c: 1\n}\n",
    ),
    "comments between strings": ("a: 'x' # x\n'y'", 'a: "x" # x\n  "y"\n'),
    "a comment behind a minus": ("a: - # x\n1", "a: - # x\n  1\n"),
    "line ends of most lines": ("a: 1\r\nb: 2\r\nc: 3\n", "a: 1\r\nb: 2\r\nc: 3\r\n"),
    "a suppression keeps its line": (
        "a:1 b { c:2 } # protolint: ignore[LAY001]",
        "a: 1 b { c: 2 } # protolint: ignore[LAY001]\n",
    ),
    "a suppression above a last line that does not end": (
        "a:1 # protolint: ignore[LAY001]\nc:1 d:2",
        "a: 1 # protolint: ignore[LAY001]\nc: 1\nd: 2\n",
    ),
    "a suppression behind words keeps its line": (
        "a:1 b:2 # as planned # protolint: ignore[LAY001]\nc:1 d:2 # protolint: ignore-file[X]",
        (
            "a: 1 b: 2 # as planned # protolint: ignore[LAY001]\n"
            "c: 1\nd: 2 # protolint: ignore-file[X]\n"
        ),
    ),
    "switched off": (
        "a:1\n# protolint: format-off\n b:2\n   c:3\n# protolint: format-on\nd:4",
        "a: 1\n# protolint: format-off\n b:2\n   c:3\n# protolint: format-on\nd: 4\n",
    ),
    "switched off to the end": (
        "a:1 # protolint: format-off\n b:2  ",
        "a: 1 # protolint: format-off\n b:2  ",
    ),
    "switched off within angles": (
        "a < b:1\n# protolint: format-off\nc:2 >",
        "a <\n  b: 1\n  # protolint: format-off\nc:2 >",
    ),
}
CASES["numbers stay"] = (CASES["numbers stay"][0], "a: 010\nb: 1.50e+3F\nc: -0x1f\nd: -inf\n")
CASES["quotes"] = (CASES["quotes"][0], 'a: "x"\nb: \'say "x"\'\nc: "it\\\'s"\nd: "\'"\n')


@pytest.mark.parametrize("case", CASES)
def test_what_becomes_of(case: str) -> None:
    before, after = CASES[case]
    assert format_text(before) == after
    assert format_text(after) == after
    check_same(before, after)


def test_what_is_too_wide_is_broken() -> None:
    fits = f'p {{ a: "{"x" * (WIDTH - 11)}" }}\n'
    assert len(fits) == WIDTH + 1
    assert format_text(fits) == fits
    wide = fits.replace("x", "xx", 1)
    assert format_text(wide) == wide.replace("{ ", "{\n  ").replace(" }", "\n}")
    several = "s: [" + ", ".join("123456789" for _ in range(8)) + "]\n"
    assert format_text(several).count("\n") == 10


@given(sound())
def test_a_text_keeps_its_meaning(text: str) -> None:
    after = format_text(text)
    check_same(text, after)
    assert format_text(after) == after


@given(sound())
def test_a_formatted_text_looks_like_one(text: str) -> None:
    after = format_text(text)
    assert not after or after[-1] == "\n"
    plain = after.replace("\r\n", "\n")
    assert "\n\n\n" not in plain
    for line in plain.split("\n"):
        code = line.split("#")[0].strip()
        assert line == line.rstrip() or "\r" in line
        assert not code or (len(line) - len(line.lstrip(" "))) % 2 == 0


@given(sound())
def test_a_text_that_is_partly_switched_off_keeps_its_meaning(text: str) -> None:
    text = text.replace("\r\n", "\n")  # which is in the majority may change with both
    text = text.replace("# c\n", "# protolint: format-off\n")
    text = text.replace("# ' { \n", "# protolint: format-on\n")
    after = format_text(text)
    check_same(text, after)
    assert format_text(after) == after


@given(sound(), st.integers(1, 12), st.integers(0, 12))
def test_a_part_that_is_formatted_keeps_the_meaning(text: str, first: int, count: int) -> None:
    edits = format_range(text, first, first + count)
    at = 0
    for edit in edits:
        assert at <= edit.start <= edit.end <= len(text)
        assert text[edit.start : edit.end] != edit.text
        at = edit.end
    check_same(text, apply(text, edits))


@given(sound())
def test_all_lines_are_the_text(text: str) -> None:
    last = text.count("\n") + 1
    assert apply(text, format_range(text, 1, last)) == format_text(text)


def test_lines_outside_the_range_stay() -> None:
    text = "a:1\nlayer {\nb:2\n  c:3\n   d:4\n}\n"
    after = apply(text, format_range(text, 4, 4))
    assert after == "a:1\nlayer {\nb:2\n    c: 3\n   d:4\n}\n".replace("    c", "  c")
    assert format_range(text, 7, 9) == []
    assert format_range(text, 5, 2) == []


def test_angles_are_changed_in_pairs() -> None:
    text = "a <\n  b:1\n>\n"
    assert apply(text, format_range(text, 1, 1)) == text
    assert apply(text, format_range(text, 1, 3)) == "a {\n  b: 1\n}\n"


@given(damaged())
def test_a_text_with_syntax_errors_is_refused(text: str) -> None:
    if parse(text).problems:
        with pytest.raises(Unformattable) as caught:
            format_text(text)
        assert caught.value.problems
    else:
        check_same(text, format_text(text))


def test_deep_nesting_is_refused() -> None:
    for text in (
        "a{\n" * 200 + "}" * 200,
        "a{" * 50_000 + "}" * 50_000,
        "a:[{\n" * 200 + "}]" * 200,
    ):
        with pytest.raises(Unformattable, match="more than 100 blocks"):
            format_text(text)


def test_long_texts_are_formatted_in_time() -> None:
    """What would take minutes if anything were quadratic."""
    assert format_text("a: 1 " * 100_000).count("\n") == 100_000
    assert format_text("a: [" + "1, " * 100_000 + "1]").count("\n") == 100_003
    assert format_text("b { " + "c { } " * 50_000 + "}").count("\n") == 50_002
    assert format_text("a: 1 # x\n" * 50_000).count("\n") == 50_000
    assert format_text("a: " + '"x"\n' * 50_000).count("\n") == 50_000


def test_the_example_of_the_docs() -> None:
    path = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "format.md")
    with open(path, encoding="utf-8") as file:
        before, after = re.findall(r"```prototxt\n(.*?)```", file.read(), re.DOTALL)
    assert format_text(before) == after

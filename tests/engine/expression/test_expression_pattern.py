"""Patterns against Python's re, which agrees on all that is supported."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protolint.engine.expression.pattern import MAX_LENGTH, PatternError, matcher

ATOMS = st.sampled_from(
    ["a", "b", "1", ".", "[ab]", "[^a]", "[a-c1]", r"\d", r"\w", r"\.", r"\$", "é"]
)
BODIES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("({}|{})".format, inner, inner),
        st.builds("({}){}".format, inner, st.sampled_from(["*", "+", "?", ""])),
        st.builds("({}|)".format, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=500)
@given(
    st.sampled_from(["", "^"]), BODIES, st.sampled_from(["", "$"]), st.text("ab1c.$é\n", max_size=7)
)
def test_a_pattern_matches_as_in_re(start: str, body: str, end: str, text: str) -> None:
    expected = re.search(start + body + end.replace("$", r"\Z"), text) is not None
    assert matcher(start + body + end)(text) is expected


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("", ["", "a"], []),
        ("^$", [""], ["a"]),
        ("a|b", ["xa", "b"], ["c", ""]),
        ("^(conv|fc)[0-9]+(_[0-9]+)?$", ["conv1", "fc7", "conv10_2"], ["conv", "xconv1", "conv1_"]),
        (
            r"^res\d[a-z]_branch",
            ["res2a_branch1", "res5c_branch2a"],
            ["res2_branch", "bres2a_branch"],
        ),
        (r"\\$", ["a\\"], ["\\a"]),
        (r"a\$", ["a$b"], ["a"]),
        ("[]a]", ["]"], ["b"]),
        (r"[\]x]$", ["a]"], ["]a"]),
    ],
)
def test_patterns(pattern: str, yes: list[str], no: list[str]) -> None:
    search = matcher(pattern)
    assert [search(text) for text in yes] == [True] * len(yes)
    assert [search(text) for text in no] == [False] * len(no)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(a", "a group of this pattern has no closing parenthesis"),
        ("a)", "this pattern closes a group that it does not open"),
        ("(?:a)", "groups that begin with (? are not supported in a pattern"),
        ("*a", "cannot use '*' here in a pattern"),
        ("a{2}", "cannot use '{' here in a pattern"),
        ("[a", "cannot use '[' here in a pattern"),
        ("a^", "cannot use '^' here in a pattern"),
        ("a$b", "cannot use '$' here in a pattern"),
        ("a\\", "cannot use '\\\\' here in a pattern"),
        ("^a|b$", "put the alternatives beside ^ or $ in parentheses"),
        ("a|b$", "put the alternatives beside ^ or $ in parentheses"),
        ("a+?", "'+' cannot be followed by another repetition in a pattern"),
        (r"(a)\1", r"unknown escape \1 in a pattern"),
        (r"\b", r"unknown escape \b in a pattern"),
        ("[z-a]", "cannot use [z-a] in a pattern: bad character range z-a at position 1"),
        ("a" * (MAX_LENGTH + 1), f"a pattern has at most {MAX_LENGTH} characters"),
    ],
)
def test_refused_patterns(pattern: str, message: str) -> None:
    with pytest.raises(PatternError) as caught:
        matcher(pattern)
    assert str(caught.value) == message


def test_a_set_that_re_may_change_is_refused() -> None:
    with pytest.raises(PatternError, match="cannot use"):
        matcher("[a&&b]")


@pytest.mark.parametrize("pattern", ["(((a*)*)*)*b", "(a|a)+b", "a?" * 20 + "a" * 20 + "b"])
def test_no_pattern_hangs(pattern: str) -> None:
    """Each of these takes time exponential in the text where a matcher backtracks."""
    start = time.perf_counter()
    assert matcher(pattern)("a" * 2000) is False
    assert time.perf_counter() - start < 5


def test_groups_nest_as_deep_as_a_pattern_is_long() -> None:
    assert matcher("(" * 49 + "a" + ")" * 49)("ba") is True
    with pytest.raises(PatternError, match="no closing parenthesis"):
        matcher("(" * MAX_LENGTH)

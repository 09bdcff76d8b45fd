"""Edits of a text: what they take along, and what they leave alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protolint.diagnostic import Edit, Fix
from protolint.edit import apply, insertion, merged, removal


def _edited(text, edit):
    return text[: edit.start] + edit.text + text[edit.end :]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a: 1\n‹b: 2›\nc: 3\n", "a: 1\nc: 3\n"),
        ("a: 1\r\n  ‹b: 2›  \r\nc: 3\r\n", "a: 1\r\nc: 3\r\n"),
        ("a: 1\n‹b: 2›", "a: 1\n"),
        ("a: 1\n  ‹b: 2›  # why\nc: 3\n", "a: 1\n  # why\nc: 3\n"),
        ("a: 1 ‹b: 2›  # why\nc: 3\n", "a: 1  # why\nc: 3\n"),
        ("x { a: 1 ‹b: 2› c: 3 }\n", "x { a: 1 c: 3 }\n"),
        ("x { a: 1 ‹b: 2› }\n", "x { a: 1 }\n"),
        ("x { ‹b: 2› }\n", "x { }\n"),
        ("x{‹b:2›}\n", "x{}\n"),
        ("x {‹b: 2›\n}\n", "x {\n}\n"),
        ("a: 1; ‹b: 2›; c: 3\n", "a: 1; c: 3\n"),
        ("a: 1\n‹b: 2› ,\nc: 3\n", "a: 1\nc: 3\n"),
        ("a: 1\n‹b {\n  c: 1\n}›\nd: 3\n", "a: 1\nd: 3\n"),
        ("‹b: 2› a: 1\n", "a: 1\n"),
    ],
)
def test_a_removal_leaves_no_trace(text, left):
    start, end = text.index("‹"), text.index("›") - 1
    text = text.replace("‹", "").replace("›", "")
    assert _edited(text, removal(text, start, end)) == left


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("  ‹a: 1›\nb: 2\n", "  a: 1\n  n: 0\nb: 2\n"),
        ("  ‹a: 1›  # why\nb: 2\n", "  a: 1  # why\n  n: 0\nb: 2\n"),
        ("\t‹a: 1›\r\nb: 2\r\n", "\ta: 1\r\n\tn: 0\r\nb: 2\r\n"),
        ("‹a: 1›", "a: 1\nn: 0"),
        ("‹a: 1› # why", "a: 1 # why\nn: 0"),
        ("x { ‹a: 1› b: 2 }\n", "x { a: 1 n: 0 b: 2 }\n"),
        ("x { ‹a: 1› }\n", "x { a: 1 n: 0 }\n"),
        ("b: 2 ‹a: 1›\n", "b: 2 a: 1 n: 0\n"),
        ("  ‹a {\n    b: 1\n  }›\n", "  a {\n    b: 1\n  }\n  n: 0\n"),
    ],
)
def test_an_insertion_is_laid_out_like_what_it_follows(text, made):
    start, end = text.index("‹"), text.index("›") - 1
    text = text.replace("‹", "").replace("›", "")
    assert _edited(text, insertion(text, start, end, "n: 0")) == made


def test_of_fixes_that_overlap_the_first_counts():
    one = Fix("one", (Edit(0, 2, "x"), Edit(4, 5, "y")), safe=True)
    two = Fix("two", (Edit(1, 3, "z"),), safe=True)
    three = Fix("three", (Edit(2, 4, ""),), safe=True)
    again = one._replace(title="again")
    text, applied = apply("abcdef", [three, two, again, one])
    assert text == "xyf"
    assert applied == [again, one, three]


def test_insertions_at_one_place_overlap():
    one, two = (Fix(new, (Edit(1, 1, new),), safe=True) for new in "xy")
    assert apply("ab", [one, two]) == ("axb", [one])
    beside = Fix("z", (Edit(1, 2, "z"),), safe=True)
    assert apply("ab", [one, beside]) == ("axb", [one])


def test_removals_that_touch_are_one():
    edits = [Edit(4, 6, ""), Edit(0, 3, ""), Edit(2, 4, ""), Edit(7, 7, "x")]
    assert merged(edits) == (Edit(0, 6, ""), Edit(7, 7, "x"))


_EDITS = st.builds(
    lambda start, size, text: Edit(start, start + size, text),
    st.integers(0, 20),
    st.integers(0, 5),
    st.sampled_from(["", "x", "yz\n"]),
)
_FIXES = st.lists(st.builds(lambda e: Fix("", (e,), safe=True), _EDITS), max_size=6)


@given(st.text("ab\n", min_size=25, max_size=30), _FIXES)
def test_what_no_applied_fix_covers_stays(text, fixes):
    changed, applied = apply(text, fixes)
    edits = sorted({edit for fix in applied for edit in fix.edits})
    kept, at = [], 0
    for edit in edits:
        kept += [text[at : edit.start], edit.text]
        at = edit.end
    assert changed == "".join(kept) + text[at:]
    assert bool(applied) == bool(fixes)

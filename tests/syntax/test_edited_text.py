"""An edited text has the tree that the text has when it is read afresh, and keeps what it can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protolint.syntax.edit import EditedText
from protolint.syntax.parser import parse
from protolint.syntax.source import LineIndex
from tests.syntax.prototxt_texts import NET, damaged, pieces, sound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from protolint.syntax.tree import Document, Field


def _placed(document: Document, lines: LineIndex) -> Any:
    """Return all there is in a document with lines and columns for offsets."""

    def fields(found: Sequence[Field]) -> Any:
        return [
            (
                f.name,
                fields(f.value) if isinstance(f.value, list | tuple) else f.value,
                lines.position(f.start),
                lines.position(f.value_start),
                lines.position(f.end),
            )
            for f in found
        ]

    return (
        fields(document.fields),
        [lines.range(*comment) for comment in document.comments],
        [
            (
                p.rule,
                lines.range(p.start, p.end),
                p.args,
                p.label,
                [lines.range(*m[:2]) for m in p.marks],
            )
            for p in document.problems
        ],
    )


def _check(edited: EditedText, text: str) -> None:
    assert _placed(edited.document, edited.lines) == _placed(parse(text), LineIndex(text))


_texts = st.one_of(st.just(NET * 3), sound(), damaged(), damaged(NET * 2), pieces())
_edits = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 12), st.one_of(pieces(), st.text(max_size=3))),
    max_size=8,
)


@settings(max_examples=300)
@given(_texts, _edits)
def test_it_is_what_the_text_would_be_read_as(
    text: str, edits: list[tuple[float, int, str]]
) -> None:
    edited = EditedText(text)
    for where, removed, added in edits:
        at = int(where * len(text))
        text = text[:at] + added + text[at + removed :]
        edited.edit(text)
        _check(edited, text)


@pytest.mark.parametrize("old", ["8, 8", 'con" "v', "# the input", "-1e-2f"])
@pytest.mark.parametrize("new", ["", "9", "x = ", "a b c"])
def test_an_edit_in_a_layer_leaves_the_other_layers_as_they_are(old: str, new: str) -> None:
    text = NET * 3
    edited = EditedText(text)
    layers = edited.document.fields.copy()
    for _ in range(5):
        for at in (text.index(old, len(NET)), text.rindex(old)):
            text = text[:at] + new + text[at + len(old) :]
            edited.edit(text)
            _check(edited, text)
            text = text[:at] + old + text[at + len(new) :]
            assert edited.edit(text)
            _check(edited, text)
    kept = [a is b for a, b in zip(layers, edited.document.fields, strict=True)]
    assert kept[:4] == [True] * 4
    assert kept.count(False) == 2


def test_a_text_that_is_given_again_is_not_read_again() -> None:
    edited = EditedText(NET)
    document = edited.document
    assert edited.edit(NET)
    assert edited.document is document


def test_what_is_kept_does_not_grow_for_ever() -> None:
    text = "a: 1\n" * 100
    edited = EditedText(text)
    for count in range(2000):
        text = f"a: {count}\n" + "a: 1\n" * 99
        edited.edit(text)
    assert len(edited.document.text) < 2 * len(text) + 11_000
    _check(edited, text)

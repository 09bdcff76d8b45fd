"""Offsets and places in each encoding, against Python's own codecs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protolint.diagnostic import Position
from protolint.server.positions import Lines
from protolint.syntax.source import LineIndex

UNITS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}

texts = st.text(st.sampled_from('a"ä×😀\n\r\f\x0b\x85\u2028\ufffd'), max_size=30)


def units(text, encoding):
    codec, size = UNITS[encoding]
    return len(text.encode(codec)) // size


@pytest.mark.parametrize("encoding", UNITS)
@given(text=texts, data=st.data())
def test_a_place_counts_the_units_of_its_encoding(encoding, text, data):
    lines = Lines(text, encoding)
    offset = data.draw(st.integers(0, len(text)))
    before = text[:offset].replace("\r\n", "\n")
    if text[offset - 1 : offset + 1] == "\r\n":
        before = before[:-1]  # between the two the line has not ended
    line = before.replace("\r", "\n").rpartition("\n")[2]
    place = lines.place(offset)
    assert place.line == before.replace("\r", "\n").count("\n")
    assert place.character == units(line, encoding) + (text[offset - 1 : offset + 1] == "\r\n")


@pytest.mark.parametrize("encoding", UNITS)
@given(text=texts, data=st.data())
def test_an_offset_comes_back(encoding, text, data):
    lines = Lines(text, encoding)
    offset = data.draw(st.integers(0, len(text)))
    back = lines.offset(*lines.place(offset))
    between = text[offset - 1 : offset + 1] == "\r\n"
    assert back == offset - between


@pytest.mark.parametrize("encoding", UNITS)
@given(text=texts, line=st.integers(-3, 40), character=st.integers(-3, 200))
def test_any_place_is_in_the_text(encoding, text, line, character):
    assert 0 <= Lines(text, encoding).offset(line, character) <= len(text)


def test_the_encodings_differ_on_a_name():
    text = 'name: "größe😀" top: "x"'
    assert [Lines(text, e).place(text.index("top")).character for e in UNITS] == [20, 16, 15]


def test_half_a_character_is_none():
    assert Lines("😀x", "utf-16").offset(0, 1) == 0
    assert Lines("äx", "utf-8").offset(0, 1) == 0


def test_an_empty_document_has_one_place():
    assert Lines("").place(0) == (0, 0)
    assert Lines("").offset(5, 5) == 0


@given(text=texts, data=st.data())
def test_a_diagnostic_is_found_again_by_its_lines(text, data):
    offset = data.draw(st.integers(0, len(text)))
    assert Lines(text).of_diagnostic(LineIndex(text).position(offset)) == offset


def test_a_diagnostic_below_the_text_is_at_its_end():
    assert Lines("a\nb").of_diagnostic(Position(9, 9)) == 3

"""Places in TOML: every key and item has one, and its text is the value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protolint.syntax.toml import TomlError, loads, places

BLANKS = st.sampled_from(["", " ", "\t", "  "])
BREAKS = st.sampled_from(["", " ", "\n", " # [x] = 'no'\n", "\r\n"])
SCALARS = st.sampled_from(
    [
        "1",
        "0x1_0",
        "3.5e-2",
        "inf",
        "true",
        "1979-05-27",
        "1979-05-27 07:32:00Z",
        "07:32:00.5",
        '"a # b"',
        r'"\"]}\\"',
        "'x = [1]'",
        "'C:\\'",
        '""',
        "''",
        '"""\n a "" # \n\\"" """',
        '"""a"""""',
        "''' [' \n '''''",
    ]
)


@st.composite
def _lists(draw, items):
    parts = draw(st.lists(items, max_size=3))
    gap = lambda: draw(BREAKS)  # noqa: E731
    inner = ",".join(f"{gap()}{part}{gap()}" for part in parts)
    return f"[{inner}{',' if parts and draw(st.booleans()) else ''}{gap()}]"


@st.composite
def _tables(draw, items):
    parts = draw(st.lists(items, max_size=3))
    gap = lambda: draw(BLANKS)  # noqa: E731
    names = ["a", '"b c"', "'d.e'", "f.g"]
    pairs = (f"{gap()}{names[n]}{gap()}={gap()}{part}{gap()}" for n, part in enumerate(parts))
    return f"{{{','.join(pairs)}}}"


VALUES = st.recursive(SCALARS, lambda inner: _lists(inner) | _tables(inner), max_leaves=6)


@st.composite
def documents(draw):
    """Return TOML with headers, lists of tables, dotted and quoted keys, comments."""
    lines = []
    for section in ("", "[s.t]", "[ 'q.r' . u ] # c", "[[l]]", "[[l]]", "[l.in]", "[[l.deep]]"):
        if section and not (draw(st.booleans()) or section == "[[l]]"):
            continue
        lines.append(section)
        keys = draw(st.lists(st.sampled_from(["k", "'k 2'", "k3.x", "k3 . y"]), unique=True))
        lines += [f"{draw(BLANKS)}{key}{draw(BLANKS)}={draw(VALUES)} # end" for key in keys]
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines)


def _ways(value, way=()):
    """Yield the way to everything in a table, and what is there."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in pairs:
        yield (*way, key), item
        if isinstance(item, dict | list):
            yield from _ways(item, (*way, key))


@given(documents())
def test_everything_has_a_place_and_nothing_else_has(text):
    found = places(text)
    there = dict(_ways(loads(text)))
    assert set(found) == set(there)
    for way, place in found.items():
        value = text[slice(*place.value)]
        if place.key != place.value or isinstance(way[-1], int):
            written = isinstance(way[-1], int) and not isinstance(there[way[:-1]], dict)
            if written and isinstance(there[way], dict) and not value.startswith("{"):
                continue  # a table under a header
            assert loads(f"x = {value}")["x"] == there[way]
        if not isinstance(way[-1], int):
            assert loads(f"{text[slice(*place.key)]} = 1") == {way[-1]: 1}


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("a = \n", 4),
        ("a = 1\nb = [1, 2\n", 17),
        ("a = 1\na = 2\n", 11),
        ("é = 1", 0),
        ("\r\na = 'x\r\n", 8),
    ],
)
def test_mistakes_are_told_where_they_stand(text, start):
    with pytest.raises(TomlError) as caught:
        loads(text)
    assert abs(caught.value.start - start) <= 2
    assert " (at " not in caught.value.message
    assert 0 <= caught.value.start <= caught.value.end <= len(text) + 1


@pytest.mark.parametrize("text", ["x = " + "[" * 5000, "x = " + "9" * 5000, "x = {" * 3000])
def test_hostile_texts_are_mistakes(text):
    with pytest.raises(TomlError):
        loads(text)


def test_deep_but_sound_values_have_places_or_are_mistakes():
    text = "x = " + "[" * 200 + "]" * 200
    loads(text)
    assert len(places(text)) == 200

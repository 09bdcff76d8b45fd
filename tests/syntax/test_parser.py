"""Every construct of the text format, and where each part of it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from protolint.syntax.literal import read_bool, read_float, read_integer, read_string
from protolint.syntax.parser import parse
from protolint.syntax.source import LineIndex, decode
from protolint.syntax.tree import Comment, Field

if TYPE_CHECKING:
    from collections.abc import Sequence


def tree(text: str) -> list[object]:
    """Return the tree of a sound text without its spans: (name, value) pairs."""
    document = parse(text)
    assert document.problems == []
    return _plain(document.fields)


def _plain(fields: Sequence[Field]) -> list[object]:
    return [
        (f.name, f.value if isinstance(f.value, str) else type(f.value)(_plain(f.value)))
        for f in fields
    ]


@pytest.mark.parametrize("text", ["", "\n", " \t\r\n\v\f", "# only a comment", "\n# a\n# b\n"])
def test_a_text_without_fields_is_sound(text: str) -> None:
    assert tree(text) == []


@pytest.mark.parametrize(
    "block",
    ["{ a: 1 }", "< a: 1 >", "{a:1}", ": { a: 1 }", ":{ a: 1 }", " : < a: 1 >", "\n{\n a: 1\n}"],
)
@pytest.mark.parametrize("separator", ["", ",", ";", " ,", " # c\n ;"])
def test_a_block_in_either_bracket_with_or_without_colon(block: str, separator: str) -> None:
    text = f"b{block}{separator} c: 2"
    assert tree(text) == [("b", [("a", "1")]), ("c", "2")]


@pytest.mark.parametrize(
    "separator", [" ", "\n", ",", ";", ", ", " ;\n", "# c\n", " # c\n , # d\n"]
)
def test_fields_may_be_separated(separator: str) -> None:
    assert tree(f'a: 1{separator}b: x{separator}c: "d"{separator}e: - 1{separator}') == [
        ("a", "1"),
        ("b", "x"),
        ("c", '"d"'),
        ("e", "- 1"),
    ]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("a: []", ()),
        ("a []", ()),
        ("a: [1]", (("a", "1"),)),
        ("a : [ 1 ,\n2, # c\n - 3 ]", (("a", "1"), ("a", "2"), ("a", "- 3"))),
        ("a: [\"x\" 'y', z]", (("a", "\"x\" 'y'"), ("a", "z"))),
        ("a [{ b: 1 }, < >]", (("a", [("b", "1")]), ("a", []))),
        ("a: [{ b: [1] }];", (("a", [("b", (("b", "1"),))]),)),
    ],
)
def test_short_lists(text: str, items: tuple[object, ...]) -> None:
    assert tree(text + " c: 3") == [("a", items), ("c", "3")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"a"', "a"),
        ("'a'", "a"),
        ('"it\'s"', "it's"),
        ("'say \"x\"'", 'say "x"'),
        ('"a" "b"', "ab"),
        ('"a"\'b\'"c"', "abc"),
        ('"a"  # it\'s a comment: "no"\n  \'b\'', "ab"),
        ('"a\tb\rc"', "a\tb\rc"),
        ('"a # no comment"', "a # no comment"),
        (r'"\a\b\f\n\r\t\v\\\?\'\""', "\a\b\f\n\r\t\v\\?'\""),
        (r'"\x41\X4a\101\0"', "AJA\0"),
        (r'"\u00e9\U0001F600"', "\u00e9\U0001f600"),
        (r'"\ud83d\ude00"', "\U0001f600"),
        (r'"\ud83d"', "\udced\udca0\udcbd"),
        (r'"\U00110000"', "\udcf4\udc90\udc80\udc80"),
        (r'"\303\251"', "\u00e9"),
        (r'"\777"', "\udcff"),
        (r'"\377"', "\udcff"),
        (r'"\x4142"', "A42"),
        ("''", ""),
    ],
)
def test_strings(text: str, value: str) -> None:
    assert tree(f"a: {text} b: 1") == [("a", text), ("b", "1")]
    assert read_string(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("010", 8),
        ("0x1F", 31),
        ("0X1f", 31),
        ("- 1", -1),
        ("-# c\n7", -7),
        ("-0x10", -16),
        ("-2147483648", -(2**31)),
        ("2147483647", 2**31 - 1),
    ],
)
def test_integers(text: str, value: int) -> None:
    assert tree(f"a: {text},b: 1") == [("a", text), ("b", "1")]
    assert read_integer(text, "int32") == value


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("1e1", "wrong-type"),
        ("1.0", "wrong-type"),
        ("1f", "wrong-type"),
        ("one", "wrong-type"),
        ('"1"', "wrong-type"),
        ("2147483648", "out-of-range"),
        ("-2147483649", "out-of-range"),
        ("9" * 5000, "out-of-range"),
        ("0" * 40 + "x", "wrong-type"),
    ],
)
def test_no_integers(text: str, rule: str) -> None:
    fault = read_integer(text, "int32")
    assert not isinstance(fault, int)
    assert fault.rule == rule


def test_unsigned_integers_have_no_sign() -> None:
    assert read_integer("4294967295", "uint32") == 2**32 - 1
    fault = read_integer("-0", "uint32")
    assert not isinstance(fault, int)
    assert (fault.rule, fault.expected) == ("wrong-type", "a non-negative integer")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e-2f", 0.01),
        ("1F", 1.0),
        ("1.5E+3", 1500.0),
        ("-1.e3", -1000.0),
        ("- inf", float("-inf")),
        ("-Infinity", float("-inf")),
        ("INF", float("inf")),
        ("1e999", float("inf")),
        ("18446744073709551616", 2.0**64),
    ],
)
def test_floats(text: str, value: float) -> None:
    assert tree(f"a: {text} b: 1") == [("a", text), ("b", "1")]
    assert read_float(text, "double") == value


def test_nan_in_any_case() -> None:
    for text in ("nan", "NaN", "-NAN"):
        value = read_float(text, "float")
        assert isinstance(value, float)
        assert value != value  # noqa: PLR0124  # only a NaN differs from itself


@pytest.mark.parametrize("text", ["0x10", "010", "00", "one", '"1"', "infinite"])
def test_no_floats(text: str) -> None:
    fault = read_float(text, "float")
    assert not isinstance(fault, float)
    assert fault.rule == "wrong-type"


def test_a_float_is_rounded_to_single_precision() -> None:
    assert read_float("0.1", "float") == 0.100000001490116119384765625
    assert read_float("1e39", "float") == float("inf")
    assert read_float("1e-50", "float") == 0.0


@pytest.mark.parametrize("text", ["true", "True", "t", "1", "0x1", "01"])
def test_true(text: str) -> None:
    assert read_bool(text) is True


@pytest.mark.parametrize("text", ["false", "False", "f", "0", "0x0", "00"])
def test_false(text: str) -> None:
    assert read_bool(text) is False


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("yes", "wrong-type"),
        ("TRUE", "wrong-type"),
        ("2", "out-of-range"),
        ("-1", "wrong-type"),
        ('"true"', "wrong-type"),
        ("1.0", "wrong-type"),
    ],
)
def test_no_bools(text: str, rule: str) -> None:
    fault = read_bool(text)
    assert not isinstance(fault, bool)
    assert fault.rule == rule


def test_extensions_and_any() -> None:
    assert tree("[a.b.c]: 1 [ type.googleapis.com / d.E ] { f: 2 } [x] [1]") == [
        ("[a.b.c]", "1"),
        ("[ type.googleapis.com / d.E ]", [("f", "2")]),
        ("[x]", (("[x]", "1"),)),
    ]


def test_a_blank_is_needed_only_behind_a_number() -> None:
    assert tree("a:\"x\"b:'y'c{d:e}f:1.5 g:2") == [
        ("a", '"x"'),
        ("b", "'y'"),
        ("c", [("d", "e")]),
        ("f", "1.5"),
        ("g", "2"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        'a "b"', "a 1", "a: ", "a", "a:: 1", ": 1", "a: 1,, b: 2", ", a: 1", "a { , }", "1: 2",
        "a: 08", "a: 1.2.3", "a: 1e", "a: 0x", "a: 00.5", "a: +1", "a: --1", 'a: -"x"', "a: 10b: 1",
        "a: 0x1g", "a: 1_", 'a: "b', "a: 'b\"", 'a: "b\nc"', r'a: "\q"', r'a: "\8"', r'a: "\u12"',
        r'a: "\U00200000"', 'a: "\0"', "\0", "# \0", "\x7f", "a: é", "\ufeffa: 1", "a: [1,]",
        "a: [,]", "a: [1 2]", "a: [1; 2]", "a: [[1]]", "a {", "a }", "a { > ", "a < }", "[a: 1",
        "[]: 1", "[a.]: 1", "a.b: 1", "a = 1", "// a", "a: 1 / 2",
    ],
)  # fmt: skip
def test_what_is_not_well_formed(text: str) -> None:
    assert parse(text).problems


def test_a_name_begins_with_a_letter_or_underscore() -> None:
    assert tree("_a1: _B Z_9: x") == [("_a1", "_B"), ("Z_9", "x")]


def test_line_ends_and_the_last_line_do_not_matter() -> None:
    lines = ['name: "a" # c', "layer {", "  top: 'x'", "}", "debug: true"]
    expected = tree("\n".join(lines))
    assert tree("\r\n".join(lines) + "\r\n") == expected
    assert tree("\n".join(lines) + "\n\n") == expected
    assert tree(decode(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())) == expected


def test_comments_everywhere() -> None:
    text = "#1\na#2\n:#3\n1#4\n,#5\nb#6\n{#7\n}#8\nc:[#9\n1#10\n,#11\n2#12\n]#13"
    assert tree(text) == [("a", "1"), ("b", []), ("c", (("c", "1"), ("c", "2")))]
    comments = parse(text).comments
    assert [text[c.start : c.end] for c in comments] == [f"#{n}" for n in range(1, 14)]


def test_a_comment_ends_before_the_line_feed() -> None:
    assert parse("a: 1 # x \n# y").comments == [Comment(5, 9), Comment(10, 13)]


def test_the_span_of_each_part() -> None:
    text = """\
a : 1 ;
bc: "x"  # c
  'y' , d  {
  e: [ 1, - 2 ]
} ;
f
: < > [g.h]: i
j [ {k: 0}
  , < > ]
"""
    document = parse(text)
    assert document.problems == []
    cut = _cut(text, document.fields)
    assert cut == [
        ("a : 1", "1"),
        ("bc: \"x\"  # c\n  'y'", "\"x\"  # c\n  'y'"),
        (
            "d  {\n  e: [ 1, - 2 ]\n}",
            "{\n  e: [ 1, - 2 ]\n}",
            [("e: [ 1, - 2 ]", "[ 1, - 2 ]", [("1", "1"), ("- 2", "- 2")])],
        ),
        ("f\n: < >", "< >", []),
        ("[g.h]: i", "i"),
        (
            "j [ {k: 0}\n  , < > ]",
            "[ {k: 0}\n  , < > ]",
            [("{k: 0}", "{k: 0}", [("k: 0", "0")]), ("< >", "< >", [])],
        ),
    ]


def _cut(text: str, fields: Sequence[Field]) -> list[object]:
    """Return the text of each field and of its value, and so on inside."""
    out: list[object] = []
    for f in fields:
        whole, value = text[f.start : f.end], text[f.value_start : f.end]
        inside = [_cut(text, f.value)] if isinstance(f.value, list | tuple) else []
        out.append((whole, value, *inside))
    return out


def test_offsets_count_from_the_start() -> None:
    assert parse(' a: 1\n bc { d: "e" }').fields == [
        Field("a", 1, "1", 4, 5),
        Field("bc", 7, [Field("d", 12, '"e"', 15, 18)], 10, 20),
    ]


def test_lines_and_columns() -> None:
    lines = LineIndex("a\nb\u00e9c\n\n")
    places = [lines.position(offset) for offset in range(8)]
    assert places == [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (2, 4), (3, 1), (4, 1)]


def test_bytes_that_are_no_utf8_survive() -> None:
    text = decode(b'a: "\xff" # \xfe\n')
    assert parse(text).problems == []
    assert text.encode("utf-8", "surrogateescape") == b'a: "\xff" # \xfe\n'

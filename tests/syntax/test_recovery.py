"""A mistake is told once, at its place, and costs no more of the tree than it must."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prototxt_texts import NET, check_spans, damaged, outline, pieces

from protolint.syntax.parser import parse
from protolint.syntax.recovery import MOST_PROBLEMS
from protolint.syntax.source import LineIndex, decode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from protolint.syntax.tree import Field


def problems(text: str) -> list[tuple[str, int, str]]:
    """Return each problem as its rule, its line and the text that it marks."""
    document = parse(text)
    check_spans(document)
    lines = LineIndex(text)
    return [
        (p.rule, lines.position(p.start).line, text[p.start : p.end]) for p in document.problems
    ]


def _args(text: str) -> dict[str, object]:
    (problem,) = parse(text).problems
    return dict(problem.args)


def _plain(fields: Sequence[Field]) -> list[object]:
    return [
        (f.name, _plain(f.value) if isinstance(f.value, list | tuple) else f.value) for f in fields
    ]


def test_five_mistakes_are_five_problems_and_the_rest_is_read() -> None:
    text = """\
name: "Net
layer {
  name = "a"
  type: "Pooling"
  pooling_param { kernel_size 2 stride: 3 }
}
layer { name: "b" bottom: 08 top: "b" }
layer { name: "c" loss_weight: 0,5 top: "c" }
"""
    assert problems(text) == [
        ("unclosed-string", 1, '"Net'),
        ("invalid-character", 3, "="),
        ("syntax-error", 5, "2"),
        ("invalid-number", 7, "08"),
        ("syntax-error", 8, "0,5"),
    ]
    assert _plain(parse(text).fields) == [
        ("name", None),
        (
            "layer",
            [
                ("name", None),
                ("type", '"Pooling"'),
                ("pooling_param", [("kernel_size", None), ("stride", "3")]),
            ],
        ),
        ("layer", [("name", '"b"'), ("bottom", None), ("top", '"b"')]),
        ("layer", [("name", '"c"'), ("loss_weight", None), ("top", '"c"')]),
    ]


@pytest.mark.parametrize(
    ("line", "rule", "marked"),
    [
        ("a = 1", "invalid-character", "="),
        ("a 1", "syntax-error", "1"),
        ('a "x"', "syntax-error", '"x"'),
        ("a: 0,1", "syntax-error", "0,1"),
        ("a: -1,5e-3", "syntax-error", "-1,5e-3"),
        ("a: 1, 2, 3", "syntax-error", "1, 2, 3"),
        ('a: x"', "syntax-error", 'x"'),
        ("a: “x”", "invalid-character", "“x”"),
        ("a:\u00a01", "invalid-character", "\u00a0"),
        ("a: \x011", "invalid-character", "\x01"),
        ("a: 08", "invalid-number", "08"),
        ("a: 1.2.3", "invalid-number", "1.2.3"),
        ("a: 1e", "invalid-number", "1e"),
        ("a: +1", "invalid-character", "+"),
        ("a: - ", "syntax-error", "z: 1"),
        ("a: ", "syntax-error", "z: 1"),
        ("a:: 1", "syntax-error", ":"),
        ('a: "x', "unclosed-string", '"x'),
        ("a: 'x\"", "unclosed-string", "'x\""),
        (r'a: "C:\models"', "invalid-escape", r'"C:\models"'),
        ("a: [1 2]", "syntax-error", "2"),
        ("a: [1,]", "syntax-error", "]"),
        ("a: ${N}", "unexpanded-template", "${N}"),
        ("a: $#N#$", "unexpanded-template", "$#N#$"),
        ("a: @N@", "unexpanded-template", "@N@"),
        ("a: {{ n }}", "unexpanded-template", "{{ n }}"),
        ("a: <%= n %>", "unexpanded-template", "<%= n %>"),
    ],
)
def test_a_mistake_in_a_field_costs_that_field_and_keeps_its_name(
    line: str, rule: str, marked: str
) -> None:
    inside = f"b {{\n  y: 0\n  {line}\n  z: 1\n}}\nc: 2\n"
    wrong_line = 4 if marked == "z: 1" else 3
    assert problems(inside) == [(rule, wrong_line, marked)]
    fields = [("y", "0"), ("a", None), ("z", "1")]
    assert _plain(parse(inside).fields) == [("b", fields), ("c", "2")]
    outside = f"y: 0\n{line}\nz: 1"
    assert problems(outside) == [(rule, wrong_line - 1, marked)]
    assert _plain(parse(outside).fields) == fields


@pytest.mark.parametrize(
    ("line", "marked"),
    [
        ("// a: 1", "// a: 1"),
        ("/* a: 1 */", "/* a: 1 */"),
        ("/* a: 1", "/* a: 1"),
        (",", ","),
        ("; ;", ";"),
        ("1 2 3", "1"),
        ('"x"', '"x"'),
        ("= 1", "="),
        ("* * *", "*"),
        ("{ a: 1 }", "{"),
        ("-", "-"),
    ],
)
def test_a_line_without_a_field_costs_nothing(line: str, marked: str) -> None:
    text = f"x: 0;\n{line}\nz: 1" if line[0] in ",;" else f"x: 0\n{line}\nz: 1"
    ((_, at, found),) = problems(text)
    assert (at, found) == (2, marked)
    assert _plain(parse(text).fields) == [("x", "0"), ("z", "1")]


def test_a_placeholder_in_a_list_costs_the_list() -> None:
    text = "a: [{{ x }}] b: [<%= x %>]\nc: 1"
    assert problems(text) == [
        ("unexpanded-template", 1, "{{ x }}"),
        ("unexpanded-template", 1, "<%= x %>"),
    ]
    assert _plain(parse(text).fields) == [("a", None), ("b", None), ("c", "1")]


def test_a_block_of_a_commented_name_is_named() -> None:
    text = "a  # why\n{\n  x: 1\nb {\n}\n"
    assert _args(text)["name"] == "a"


def test_junk_lines_are_one_problem_each() -> None:
    text = "x: 0\nthis is no prototxt\nz: 1\n!!! a b c\ny: 2"
    assert [(rule, line) for rule, line, _ in problems(text)] == [
        ("syntax-error", 2),
        ("invalid-character", 4),
    ]
    values = dict(_plain(parse(text).fields))  # type: ignore[arg-type]  # pairs of name and value
    assert (values["x"], values["z"], values["y"]) == ("0", "1", "2")


def test_a_name_glued_to_a_number_is_read_on_its_own() -> None:
    text = "a: 10bias_term: true"
    assert problems(text) == [("invalid-number", 1, "10")]
    assert _args(text)["advice"] == "put a space between `10` and `bias_term`"
    assert _plain(parse(text).fields) == [("a", None), ("bias_term", "true")]


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("a 1", "write `a: 1`"),
        ("a: 0,01", "write 0.01"),
        ("a: 1, 2, 3", "write `a: [1, 2, 3]`"),
        ('a: x"', "add the opening quote"),
        ("a = 1", "write `:` between a name and its value"),
        ("a: 1,, b: 2", "only one separator may stand behind a field, and none before the first"),
        ("a: “b”", 'a typographic quote; write "'),
    ],
)
def test_a_known_mistake_says_what_to_write(text: str, advice: str) -> None:
    assert _args(text)["advice"] == advice


@pytest.mark.parametrize(
    ("text", "expected", "found"),
    [
        ("a", "`:` or `{` after `a`", "the end of the file"),
        ("a:", "a value for `a`", "the end of the file"),
        ("a: -", "a number after `-`", "the end of the file"),
        ("b { a: }", "a value for `a`", "`}`"),
        ("a: [", "a value", "the end of the file"),
        ("a: [1", "`,` or `]`", "the end of the file"),
        ("a: [1 2]", "`,` or `]`", "`2`"),
        ("[1]: 2", "a name, or `]`", "`1`"),
        ("1: 2", "a field name", "`1`"),
    ],
)
def test_what_was_expected_is_named(text: str, expected: str, found: str) -> None:
    args = _args(text)
    assert (args["expected"], args["found"]) == (expected, found)


INDENTED = """\
layer {
  name: "a"
  pooling_param {
    pool: MAX
  }
}
layer {
  name: "b"
  pooling_param {
    pool: AVE
  }
}
"""
OWN_LINES = """\
layers
{
  name: "a"
  pooling_param
  {
    pool: MAX
  }
}
layers
{
  name: "b"
  pooling_param
  {
    pool: AVE
  }
}
"""
MIXED = """\
name: "n"
layer { name: "a" pooling_param { pool: MAX } }
layer { name: "b"
        pooling_param { pool: AVE
                        stride: 2 } }
layer < name: "c" pooling_param <
    pool: MAX
  >
>
"""


def _without(text: str, closes: Sequence[int]) -> str:
    """Return the text without its ``closes``-th closing brackets, and without their empty lines."""
    places = [at for at, c in enumerate(text) if c in "}>"]
    for close in sorted(closes, reverse=True):
        at = places[close]
        line = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at) + 1
        alone = text[line:end].strip() in ("}", ">")
        text = text[:line] + text[end:] if alone else text[:at] + text[at + 1 :]
    return text


STYLES = {
    "spaces": INDENTED,
    "tabs": INDENTED.replace("  ", "\t"),
    "crlf": INDENTED.replace("\n", "\r\n"),
    "own lines": OWN_LINES,
    "V1": INDENTED.replace("layer {", "layers: {").replace("MAX", "MAX  # { not a brace"),
    "wide": INDENTED.replace("  ", " " * 8),
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("close", range(4))
def test_a_missing_brace_is_told_where_its_block_opens(style: str, close: int) -> None:
    sound = STYLES[style]
    text = _without(sound, [close])
    ((rule, line, marked),) = problems(text)
    lines = (4, 1, 12, 9) if style == "own lines" else (3, 1, 9, 7)
    assert (rule, line) == ("unclosed-block", lines[close])
    assert marked.startswith("layer" if close % 2 else "pooling_param")
    assert outline(parse(text).fields) == outline(parse(sound).fields)


@pytest.mark.parametrize("first", range(4))
@pytest.mark.parametrize("second", range(4))
def test_two_missing_braces_are_two_problems(first: int, second: int) -> None:
    if first >= second:
        return
    text = _without(INDENTED, [first, second])
    found = problems(text)
    at_end = {2, 3} == {first, second}  # both blocks are open at the end: one problem
    assert len(found) == (1 if at_end else 2)
    assert {rule for rule, _, _ in found} == {"unclosed-block"}
    assert outline(parse(text).fields) == outline(parse(INDENTED).fields)


@pytest.mark.parametrize("close", range(6))
def test_a_missing_bracket_in_a_ragged_text_is_one_problem(close: int) -> None:
    text = _without(MIXED, [close])
    ((rule, _, marked),) = problems(text)
    assert rule == "unclosed-block"
    assert marked.split()[0] in ("layer", "pooling_param")


def test_a_missing_brace_without_indentation_is_told_from_the_names() -> None:
    text = 'layer {\nname: "a"\nlayer {\nname: "b"\n}\nlayer {\nname: "c"\n}\n'
    assert problems(text) == [("unclosed-block", 1, "layer {")]
    assert outline(parse(text).fields) == [["layer", ["name"]]] * 3


@pytest.mark.parametrize("size", range(1, len(INDENTED)))
def test_a_truncated_file_names_the_innermost_open_block(size: int) -> None:
    text = INDENTED[:size]
    open_blocks = text.count("{") - text.count("}")
    found = [p for p in parse(text).problems if p.rule == "unclosed-block"]
    assert len(found) == (1 if open_blocks else 0)
    if found:
        assert found[0].args["count"] == open_blocks
        assert text[found[0].start : found[0].end].endswith("{")
    assert len(parse(text).problems) <= len(found) + 1


def test_mistakes_and_a_missing_brace_do_not_hide_each_other() -> None:
    text = _without(INDENTED, [0]).replace('"b"', "=").replace("AVE", "08")
    assert [(rule, line) for rule, line, _ in problems(text)] == [
        ("unclosed-block", 3),
        ("invalid-character", 7),
        ("invalid-number", 9),
    ]


def test_a_stray_brace_closes_nothing() -> None:
    text = 'layer { name: "a" }\n}\nlayer { name: "b" }\n> x: 1'
    assert problems(text) == [("stray-close", 2, "}"), ("stray-close", 4, ">")]
    assert outline(parse(text).fields) == [["layer", ["name"]], ["layer", ["name"]], "x"]


def test_a_block_closed_by_the_other_bracket_is_closed() -> None:
    text = 'layer <\n name: "a"\n}\nlayer { b < c: 1 } > x: 1'
    assert problems(text) == [
        ("mismatched-close", 3, "}"),
        ("mismatched-close", 4, "}"),
        ("mismatched-close", 4, ">"),
    ]
    assert outline(parse(text).fields) == [["layer", ["name"]], ["layer", [["b", ["c"]]]], "x"]
    mark = parse(text).problems[0].marks[0]
    assert (text[mark.start : mark.end], mark.text) == ("layer <", "opened here")


def test_a_complete_block_stays_when_junk_follows() -> None:
    text = "b { a: 1 } = { c: 2 } d: 3"
    assert problems(text) == [("invalid-character", 1, "=")]
    assert outline(parse(text).fields) == [["b", ["a"]], "d"]


def test_a_lone_quote_ends_with_its_line() -> None:
    text = '"\na: 1\n\'\nb: 2\nc: "x\n\nd: "it\'s"'
    assert problems(text) == [
        ("unclosed-string", 1, '"'),
        ("unclosed-string", 3, "'"),
        ("unclosed-string", 5, '"x'),
    ]
    assert _plain(parse(text).fields) == [("a", "1"), ("b", "2"), ("c", None), ("d", '"it\'s"')]


def test_a_text_of_errors_is_given_up() -> None:
    document = parse("=\na: 1\n" * (3 * MOST_PROBLEMS))
    assert len(document.problems) == MOST_PROBLEMS
    assert len(document.fields) >= MOST_PROBLEMS - 1


@settings(max_examples=500, deadline=None)
@given(st.one_of(damaged(), pieces(), st.text(max_size=60)))
def test_any_text_gives_a_tree_whose_spans_hold(text: str) -> None:
    check_spans(parse(text))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_give_a_tree_whose_spans_hold(data: bytes) -> None:
    check_spans(parse(decode(data)))


@settings(max_examples=200, deadline=None)
@given(damaged())
def test_comments_are_kept_when_the_text_is_damaged(text: str) -> None:
    document = parse(text + "\n# the last line")
    last = document.comments[-1]
    assert document.text[last.start : last.end] == "# the last line"


def test_the_damaged_text_is_sound_before() -> None:
    assert parse(NET).problems == []

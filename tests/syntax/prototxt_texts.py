"""Texts in the shape of prototxt, sound and damaged, and what holds of every tree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence

    from protolint.syntax.tree import Document, Field

NET = """\
# a net
name: "Net"
layer {
  name: "data"  # the input
  type: "Input"
  top: "data"
  input_param { shape: { dim: [1, 3, 8, 8] } }
}
layers <
  name: 'conv' type: CONVOLUTION;
  bottom: "data", top: "con" "v"
  convolution_param
  {
    num_output: 0x10
    weight_filler < std: -1e-2f value: - inf >
  }
  [package.extension]: 010
>
"""

_PIECES = [
    *"{}<>[]:,;=.-/\\\"'#\n",
    *(" ", "\t", "\r\n", ": ", "# c\n", "//x\n", "/*", "{{", "\x00", "é", "“", "\udc80"),
    *('"a"', "'b'", '"a\nb"', '"\\q"', '\\"', ' "x" ', "1", "0.5", "010", "08", "1e", "1e5", "1f"),
    *(
        "0x1f",
        "1,5",
        "inf",
        "layer",
        "name",
        "top",
        "${X}",
        "@x@",
        "{% if %}",
        "{{ x }}",
        "<%= x %>",
        "10bias: ",
    ),
    *("a: 1 ", "a: 1, 2", "b { c: 2 }", "b {\n", "\n}\n", 'name: "x"\n', 'type: "y" ', "[a.b/c]"),
]


def pieces() -> st.SearchStrategy[str]:
    """Return texts strung together from tokens, parts of tokens and what is no token."""
    return st.lists(st.sampled_from(_PIECES), max_size=25).map("".join)


@st.composite
def damaged(draw: st.DrawFn, text: str = NET) -> str:
    """Return a sound text after a few insertions, deletions and maybe a cut."""
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(text)))
        change = draw(st.sampled_from(["insert", "delete", "replace", "cut"]))
        if change == "cut":
            text = text[:at] if draw(st.booleans()) else text
        else:
            end = at if change == "insert" else at + draw(st.integers(1, 4))
            piece = "" if change == "delete" else draw(st.sampled_from(_PIECES))
            text = text[:at] + piece + text[end:]
    return text


@st.composite
def sound(draw: st.DrawFn, depth: int = 3) -> str:
    """Return a well-formed text in any of the spellings the format has."""
    blank = st.sampled_from([" ", "\n", "\t", "\r\n", "  # ' { \n", " \f\v"])
    maybe_blank = st.one_of(st.just(""), blank)
    string = st.sampled_from(['"a"', "'b'", '""', '"\\x41\\n\\""', "'#'", '"a\tb"', '"é"'])
    word = st.sampled_from(["MAX", "true", "inf", "NaN", "_x1"])
    number = st.sampled_from(["0", "7", "010", "0x1F", "1.5", ".5", "5.", "1e-3", "2E+4f", "1f"])

    def strings() -> str:
        parts = draw(st.lists(string, min_size=1, max_size=3))
        return draw(blank).join(parts)

    def scalar() -> str:
        kind = draw(st.sampled_from(["string", "number", "word"]))
        if kind == "string":
            return strings()
        sign = draw(st.sampled_from(["", "", "-", "- ", "-# c\n"]))
        return sign + draw(number if kind == "number" else word)

    def block(depth: int) -> str:
        opening, closing = draw(st.sampled_from(["{}", "<>"]))
        return f"{opening}{draw(maybe_blank)}{fields(depth - 1)}{closing}"

    def field(depth: int) -> str:
        name = draw(st.sampled_from(["a", "layer", "_b", "c1", "[x.y]", "[t.g/x.y]"]))
        colon = draw(maybe_blank) + draw(st.sampled_from([":", ": ", ":\n"]))
        kinds = ["scalar", "scalar", "block", "list"] if depth else ["scalar"]
        kind = draw(st.sampled_from(kinds))
        if kind == "scalar":
            return f"{name}{colon}{scalar()}"
        head = f"{name}{colon if draw(st.booleans()) else draw(maybe_blank)}"
        if kind == "block":
            return head + block(depth)
        items = [scalar() if draw(st.booleans()) else block(depth) for _ in range(draw(_FEW))]
        return f"{head}[{draw(maybe_blank)}{','.join(items)}{draw(maybe_blank)}]"

    def fields(depth: int) -> str:
        out = ""
        for _ in range(draw(_FEW)):
            separator = draw(st.sampled_from(["", "", ",", ";", " ;", "# x\n,"]))
            out += field(depth) + separator + draw(blank)
        return out

    return draw(maybe_blank) + fields(depth)


_FEW = st.integers(0, 3)


def outline(fields: Sequence[Field]) -> list[object]:
    """Return names and nesting of fields: a name, or a name with what it holds.

    The tree has the name of an extension as it is written; its tokens are what lark's tree has.
    """
    found: list[object] = []
    for field in fields:
        name = _BETWEEN.sub("", field.name) if field.name.startswith("[") else field.name
        held = isinstance(field.value, list | tuple)
        found.append([name, outline(field.value)] if held else name)  # type: ignore[arg-type]
    return found


_BETWEEN = re.compile(r"#[^\n]*|\s", re.ASCII)


def check_spans(document: Document) -> None:
    """Assert that all spans lie inside the text, in order, and cut out what they stand for."""
    text = document.text
    _check_fields(text, document.fields, 0, len(text))
    last = 0
    for comment in document.comments:
        assert last <= comment.start < comment.end <= len(text)
        assert text[comment.start] == "#"
        assert "\n" not in text[comment.start : comment.end]
        last = comment.end
    last = 0
    for problem in document.problems:
        assert last <= problem.start <= problem.end <= len(text)
        last = problem.start
        assert all(0 <= mark.start <= mark.end <= len(text) for mark in problem.marks)


def _check_fields(text: str, fields: Sequence[Field], start: int, end: int) -> None:
    for field in fields:
        assert start <= field.start <= field.value_start <= field.end <= end
        start = field.end
        if field.start < field.value_start:
            assert text.startswith(field.name, field.start)
        if field.value is None:
            assert text[field.start : field.end] == field.name
        elif isinstance(field.value, str):
            assert text[field.value_start : field.end] == field.value
        else:
            assert text[field.value_start] in ("[" if isinstance(field.value, tuple) else "{<")
            _check_fields(text, field.value, field.value_start, field.end)

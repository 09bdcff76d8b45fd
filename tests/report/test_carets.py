"""Marks lie under what they mark, and nothing that a file holds breaks a report."""

from __future__ import annotations

import json
import unicodedata

from hypothesis import assume, given
from hypothesis import strategies as st

from protolint import report
from protolint.diagnostic import Diagnostic, Label, Position, Range
from protolint.report.excerpt import ELLIPSIS
from protolint.report.run import Run
from protolint.report.visible import TAB, columns, visible, wrap

PATH = "a.prototxt"
PLAIN = st.text(st.sampled_from("ab:{}\"#' \t"), min_size=1, max_size=60)
TEXT = st.text(
    st.characters() | st.sampled_from("\n\t\r\x1b \x85\u2028\u202e\udcff卷e\u0301"), max_size=60
)
EXTREME = st.builds(
    lambda unit, count: unit * count,
    st.sampled_from(["ab ", "卷", "\t", "x\n"]),
    st.integers(0, 400),
)
POSITIONS = st.builds(
    Position, st.integers(-1, 4), st.integers(-1, 60) | st.integers(-(10**6), 10**6)
)
RANGES = st.builds(Range, POSITIONS, POSITIONS)
LABELS = st.lists(
    st.builds(Label, st.sampled_from([PATH, "b\x1b", "\udcff"]), RANGES, TEXT), max_size=4
)


def finding(at: Range, label: str = "", secondary: tuple[Label, ...] = ()) -> Diagnostic:
    return Diagnostic(
        "TST001", "rule", "error", "none", "wrong", PATH, at, label=label, secondary=secondary
    )


def on_line(start: int, end: int) -> Range:
    """Return the range of offsets ``start``..``end`` of the first line."""
    return Range(Position(1, start + 1), Position(1, end + 1))


def drawn(line: str, *, primary: Range, label: str = "", width: int | None = None) -> list[str]:
    """Return the rows from the source line on, without the gutter."""
    run = Run((finding(primary, label),), {PATH: line})
    rows = report.render("full", run, width=width).split("\n")
    start = next(i for i, row in enumerate(rows) if row.startswith(" 1 |"))
    return [row[5:] for row in rows[start : start + 2]]


@st.composite
def spans(draw: st.DrawFn, lines: st.SearchStrategy[str]) -> tuple[str, int, int]:
    line = draw(lines)
    start = draw(st.integers(0, len(line) - 1))
    return line, start, draw(st.integers(start + 1, len(line)))


@given(spans(PLAIN))
def test_carets_lie_under_the_span(case: tuple[str, int, int]) -> None:
    line, start, end = case
    source, under = drawn(line, primary=on_line(start, end))
    first, behind = under.index("^"), len(under)
    assert under == " " * first + "^" * (behind - first)
    assert source.ljust(behind)[first:behind] == line[start:end].replace("\t", TAB)
    assert source[:first].ljust(first) == line[:start].replace("\t", TAB)


@given(spans(PLAIN), st.text("xyz", min_size=1))
def test_the_label_stands_behind_the_carets(case: tuple[str, int, int], label: str) -> None:
    line, start, end = case
    _, bare = drawn(line, primary=on_line(start, end))
    _, under = drawn(line, primary=on_line(start, end), label=label)
    assert under == f"{bare} {label}"


@given(spans(st.text(st.sampled_from("a卷\uff37é\u0301\t\x1b"), min_size=1, max_size=30)))
def test_carets_have_the_width_of_the_span(case: tuple[str, int, int]) -> None:
    line, start, end = case

    def width(text: str) -> int:
        shown = "".join(TAB if c == "\t" else visible(c) for c in text)
        wide = sum(unicodedata.east_asian_width(c) in "WF" for c in shown)
        return len(shown) + wide - shown.count("\u0301")

    _, under = drawn(line, primary=on_line(start, end))
    assert under.index("^") == width(line[:start])
    assert under.count("^") == max(1, width(line[start:end]))


@given(st.integers(0, 5000), st.integers(1, 60), st.sampled_from([None, 60, 100, 300]))
def test_a_long_line_is_cut_around_the_span(start: int, length: int, width: int | None) -> None:
    line = " ".join(f"n{i}" for i in range(1200))
    end = min(start + length, len(line))
    assume(start < end)
    assume(line[start] != " " and line[end - 1] != " ")
    source, under = drawn(line, primary=on_line(start, end), width=width)
    assert len(source) <= (200 if width is None else width - len(" 1 | "))
    shown = source[under.index("^") : len(under)]
    marked = line[start:end]
    if ELLIPSIS in shown:
        head, tail = shown.split(ELLIPSIS)
        assert marked.startswith(head)
        assert marked.endswith(tail)
    else:
        assert shown == marked


def test_a_line_with_room_for_a_mark_at_its_end_is_not_cut() -> None:
    assert drawn("x" * 199, primary=on_line(0, 1))[0] == "x" * 199
    assert ELLIPSIS in drawn("x" * 200, primary=on_line(0, 1))[0]


def test_wrap_fills_the_width() -> None:
    assert wrap("ab cd efghij k", 5) == ["ab cd", "efghij", "k"]
    assert wrap("ab cd", None) == ["ab cd"]


@given(st.lists(st.text("a卷", min_size=1), min_size=1).map(" ".join), st.integers(1, 40))
def test_wrap_keeps_the_words(text: str, width: int) -> None:
    rows = wrap(text, width)
    assert " ".join(rows) == text
    assert all(columns(row) <= width or " " not in row for row in rows)


@given(TEXT | EXTREME, RANGES, TEXT, LABELS, st.none() | st.integers(0, 300), st.booleans())
def test_rendering_never_raises_and_is_safe_to_show(
    text: str, at: Range, words: str, labels: list[Label], width: int | None, colour: bool
) -> None:
    found = Diagnostic(
        "TST001",
        "rule",
        "warning",
        "none",
        words,
        PATH,
        at,
        label=words,
        secondary=tuple(labels),
        help=words,
        caffe=words,
        notes=(words,),
        layer=words,
    )
    run = Run((found,), {PATH: text}, notes=(words,), dialect=words)
    full = report.render("full", run, colour=colour, width=width)
    if colour:
        plain = report.render("full", run, width=width)
        for code in ("\x1b[1m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[0m"):
            full = full.replace(code, "")
        assert full == plain
    for shown in (full, report.render("concise", run)):
        assert shown.replace("\n", "").isprintable()
        shown.encode()
    assert len(report.render("concise", run).split("\n")) == 3
    assert json.loads(report.render("json", run))[0]["range"]["start"]["line"] == at.start.line


@given(TEXT)
def test_columns_of_visible_text_are_never_more_than_two_a_character(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert 0 <= columns(shown) <= 2 * len(shown)

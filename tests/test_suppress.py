"""Suppressions: what a comment covers, what is wrong with comments, and writing them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from command import SOUND_NET, SOUND_SOLVER, environment, protolint, write
from hypothesis import given
from hypothesis import strategies as st

from protolint import pipeline, suppress
from protolint.diagnostic import Diagnostic, Position, Range
from protolint.syntax.parser import parse

NET = """\
layer {{ name: "data" type: "Input" top: "data" input_param {{ shape {{ dim: 1 dim: 3 }} }} }}
{above}
layer {{
  name: "a" type: "ReLU" bottom: "data" top: "a"
  {within}
  phase: TEST {end}
}}
layer {{ name: "b" type: "ReLU" bottom: "a" top: "b" phase: TEST }}
"""


def net(above="", within="", end="", top=""):
    return top + NET.format(above=above, within=within, end=end)


def check(folder, text, name="net", **options):
    """Check one text; return what is told as (line, code, rule's words)."""
    (path,) = write(folder, **{name: text})
    outcome = pipeline.check_paths([path], pipeline.Options(**options))
    assert not outcome.faults
    return outcome.diagnostics


def told(found):
    return [(d.range.start.line, d.code) for d in found]


BOTH = [(6, "LAY006"), (8, "LAY006")]


# What a comment covers.


def test_without_comments(tmp_path):
    assert told(check(tmp_path, net())) == BOTH


def test_comments_for_the_formatter_are_none_of_these(tmp_path):
    text = net(above="# protolint: format-off", end="# protolint: format-on")
    assert {code for _, code in told(check(tmp_path, text))} == {"LAY006"}


@pytest.mark.parametrize(
    "comments",
    [
        {"end": "# protolint: ignore[LAY006]"},
        {"end": "#protolint:ignore[LAY006]"},
        {"end": "# protolint: ignore[phase-in-layer] our launcher reads it"},
        {"end": "# as in the paper  # protolint: ignore[LAY006]"},
        {"above": "# protolint: ignore[LAY006]"},
        {"above": "# protolint: ignore[LAY006]\n# so it was\n"},
        {"within": "# protolint: ignore[LAY006]"},
    ],
)
def test_comment_covers_its_line_or_what_follows(tmp_path, comments):
    found = told(check(tmp_path, net(**comments)))
    assert [code for _, code in found] == ["LAY006"]
    assert found[0][0] >= 8


def test_comment_for_the_file(tmp_path):
    text = net(top="# protolint: ignore-file[LAY006] all of them\n# and why\n")
    assert told(check(tmp_path, text)) == []


def test_a_field_among_others_is_covered_alone(tmp_path):
    within = "# protolint: ignore[SCH001]\nfoo: 1\nbar { baz: 1 }\n# protolint: ignore[SCH001]\n"
    within += "bar { baz: 1 }"
    assert told(check(tmp_path, net(within=within), select=("SCH001",))) == [(7, "SCH001")]


def test_several_rules_in_one_comment(tmp_path):
    solver = SOUND_SOLVER + "stepsize: 10 foo: 1  # protolint: ignore[SCH001,lr-field-ignored]\n"
    names = {d.code: d.name for d in check(tmp_path, SOUND_SOLVER + "stepsize: 10 foo: 1\n", "s")}
    listed = ", ".join([names.pop("SCH001"), *names])
    solver = solver.replace("SCH001,lr-field-ignored", listed)
    assert len(names) == 1
    assert told(check(tmp_path, solver, "s")) == []


def test_syntax_errors_can_be_suppressed(tmp_path):
    text = SOUND_NET + 'name: "x" = 1  # protolint: ignore[SYN008]\n'
    codes = {code for _, code in told(check(tmp_path, text.replace("SYN008", "LAY006")))}
    (code,) = codes
    assert told(check(tmp_path, text.replace("SYN008", code))) == []


def test_text_in_a_string_is_no_comment(tmp_path):
    text = net().replace('name: "a"', 'name: "# protolint: ignore[LAY006]"')
    assert told(check(tmp_path, text, select=("LAY006", "FIL"))) == [(4 + 2, "LAY006"), BOTH[1]]


def test_undecided_rules_are_suppressed_too(tmp_path):
    text = SOUND_SOLVER.replace("max_iter: 100", "max_iter: x  {}")
    (path,) = write(tmp_path, solver=text.format(""))
    before = pipeline.check_paths([path]).undecided
    assert before
    names = ", ".join({d.name for d in before})
    write(tmp_path, solver=f"# protolint: ignore-file[{names}]\n" + text.format(""))
    assert pipeline.check_paths([path]).undecided == ()


# What is wrong with comments.


@pytest.mark.parametrize(
    ("comments", "marked", "message", "advice"),
    [
        ({"end": "# protolint: ignore[LAY06]"}, "LAY06", 'no rule "LAY06"', "--all"),
        ({"end": "# protolint: ignore[lay006]"}, "lay006", "no rule", "did you mean LAY006?"),
        ({"end": "# protolint: ignore[LAY]"}, "LAY", 'no rule "LAY"', "in full"),
        ({"end": "# protolint: ignore[phase-in-layr]"}, "phase-in-layr", "no rule", "phase-in"),
        ({"end": "# protolint: ignore"}, "ignore", '"ignore" names no rule', "ignore[CODE]"),
        ({"end": "# protolint: ignore[]"}, "ignore[]", '"ignore" names no rule', "ignore[CODE]"),
        ({"top": "# protolint: ignore-file\n"}, "ignore-file", "names no rule", "everything"),
        ({"end": "# protolint: disable=LAY006"}, "disable", 'no directive "disable"', "write"),
        ({"end": "# protolint:"}, "", "no directive", "write"),
        ({"above": "# protolint: ignore-file[LAY006]"}, "ignore-file[LAY006]", "behind", "above"),
    ],
)
def test_wrong_comment(tmp_path, comments, marked, message, advice):
    text = net(**comments)
    found = check(tmp_path, text)
    assert [line for line, code in told(found) if code == "LAY006"]
    (wrong,) = [d for d in found if d.code == "FIL016"]
    start, end = wrong.range
    assert start.line == end.line
    assert text.split("\n")[start.line - 1][start.column - 1 : end.column - 1] == marked
    assert message in wrong.message
    assert advice in wrong.help
    assert wrong.severity == "warning"


def test_nothing_follows(tmp_path):
    text = net().replace("phase: TEST \n}", "phase: TEST\n  # protolint: ignore[LAY006]\n}")
    assert told(check(tmp_path, text)) == [(6, "LAY006"), (7, "FIL016"), (9, "LAY006")]
    text = net() + "# protolint: ignore[LAY006]\n"
    assert told(check(tmp_path, text)) == [*BOTH, (9, "FIL016")]


def test_unused_is_told_at_the_code(tmp_path):
    found = check(tmp_path, net(end="# protolint: ignore[LAY006, GRF002]"))
    assert told(found) == [(6, "FIL015"), (8, "LAY006")]
    line = "phase: TEST # protolint: ignore[LAY006, GRF002]"
    assert found[0].range.start.column == line.index("GRF002") + 3
    assert found[0].message.startswith("GRF002 ")


def test_unused_whatever_is_selected(tmp_path):
    text = net(end="# protolint: ignore[LAY006, GRF002]")
    assert told(check(tmp_path, text, select=("FIL015",))) == [(6, "FIL015")]
    assert told(check(tmp_path, text, ignore=("FIL015", "LAY006"))) == []


def test_comments_about_comments_are_told(tmp_path):
    text = net(top="# protolint: ignore-file[FIL015, LAY006]\n")
    assert told(check(tmp_path, text)) == [(1, "FIL015")]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (net(end="foo: 1"), {}),  # an error is left
        (net(), {"phase": "TEST"}),
    ],
)
def test_unused_is_not_told_where_it_is_not_sure(tmp_path, text, options):
    text = "# protolint: ignore-file[GRF002]\n" + text
    assert "FIL015" not in {code for _, code in told(check(tmp_path, text, **options))}


@pytest.mark.parametrize(("follow", "told_"), [(True, ["FIL015"]), (False, [])])
def test_unused_in_a_solver_is_told_where_its_net_was_seen(tmp_path, monkeypatch, follow, told_):
    monkeypatch.chdir(tmp_path)
    write(".", net=SOUND_NET)
    text = "# protolint: ignore-file[SLV035]\n" + SOUND_SOLVER
    found = check(".", text, "solver", follow=follow)
    assert [code for _, code in told(found)] == told_
    os.remove("net.prototxt")
    assert told(check(".", text, "solver")) == []


def test_a_file_without_such_comments_needs_no_module(tmp_path):
    (path,) = write(tmp_path, net=net(above="# a comment"))
    code = (
        "import sys; from protolint import pipeline;"
        "out = pipeline.check_paths(sys.argv[1:]);"
        "sys.exit(not out.diagnostics or 'protolint.suppress' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, path], check=True, env=environment())


# Writing them.


def at(line, code):
    place = Range(Position(line, 1), Position(line, 2))
    return Diagnostic(code, "name", "error", "none", "message", "path", place)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: 1\nb: 2\n", "a: 1\nb: 2  # protolint: ignore[AAA001, BBB001]\n"),
        ("a: 1\nb: 2", "a: 1\nb: 2  # protolint: ignore[AAA001, BBB001]"),
        ("a: 1\r\nb: 2 \t\r\n", "a: 1\r\nb: 2  # protolint: ignore[AAA001, BBB001] \t\r\n"),
        ("\nb { # why", "\nb { # why  # protolint: ignore[AAA001, BBB001]"),
        (
            "\nb { # protolint: ignore[CCC001] so",
            "\nb { # protolint: ignore[CCC001, AAA001, BBB001] so",
        ),
        ("\nb { # protolint: ignore[]", "\nb { # protolint: ignore[AAA001, BBB001]"),
        ("\nb { # protolint: ignore[BBB001]", "\nb { # protolint: ignore[BBB001, AAA001]"),
        ('\nb: "]" # "', '\nb: "]" # "  # protolint: ignore[AAA001, BBB001]'),
        (
            "\nb: '# protolint: ignore[B]'",
            "\nb: '# protolint: ignore[B]'  # protolint: ignore[AAA001, BBB001]",
        ),
        ("a: 1\n# alone", None),
        ("a: 1\n", None),
        ("a: 1", None),
        ('a: 1\nb: "', None),
    ],
)  # fmt: skip
def test_add(before, after):
    found = [at(2, "BBB001"), at(2, "AAA001"), at(2, "AAA001")]
    assert suppress.add(before, found) == after
    if after is not None:
        assert suppress.add(after, found) == after


FIELDS = st.lists(
    st.sampled_from(
        ["a: 1", "b {", "}", "  ", "# c", "# protolint: ignore[X]", 'd: "#"', "e: [", "1,", "]",
         "f <", ">", "a: 1 # protolint: ignore[Y] z", "\t", "é: 1", "a:"]
    ),
    min_size=1,
    max_size=8,
)  # fmt: skip


@given(FIELDS, st.data())
def test_add_changes_comments_only_and_settles(lines, data):
    text = "\n".join(lines)
    numbers = data.draw(st.sets(st.integers(1, len(lines)), min_size=1))
    found = [at(number, code) for number in numbers for code in ("AAA001", "BBB001")]
    changed = suppress.add(text, found)
    if changed is None:
        return
    assert suppress.add(changed, found) == changed

    def bare(text):
        document = parse(text)
        for comment in reversed(document.comments):
            text = text[: comment.start] + text[comment.end :]
        return [line.rstrip() for line in text.split("\n")]

    assert bare(changed) == bare(text)


def test_add_ignores(tmp_path):
    text = net(top="\ufeff# é \udcff\n", end="# why").replace("\n", "\r\n")
    data = text.encode("utf-8", "surrogateescape")
    write(tmp_path, net=data, sound=SOUND_NET)
    os.chmod(tmp_path / "net.prototxt", 0o640)
    before = os.stat(tmp_path / "sound.prototxt").st_mtime_ns
    ended = protolint("check", ".", "--add-ignores", cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert "net.prototxt: 2 found, and suppressed by new comments" in ended.out
    after = (tmp_path / "net.prototxt").read_bytes()
    ignore = b"  # protolint: ignore[LAY006]\r\n"
    expected = data.replace(b"# why\r\n", b"# why" + ignore)
    last = b'top: "b" phase: TEST }\r\n'
    assert after == expected.replace(last, last[:-2] + ignore)
    assert os.stat(tmp_path / "net.prototxt").st_mode & 0o777 == 0o640
    assert os.stat(tmp_path / "sound.prototxt").st_mtime_ns == before

    again = protolint("check", ".", "--add-ignores", "--fail-on", "warning", cwd=tmp_path)
    assert (again.code, "new comments" in again.out) == (0, False)
    assert (tmp_path / "net.prototxt").read_bytes() == after


def test_add_ignores_writes_a_file_whole_or_not_at_all(tmp_path):
    broken = net() + 'name: "open\n'
    write(tmp_path, net=net(), broken=broken)
    ended = protolint("check", "net.prototxt", "broken.prototxt", "--add-ignores", cwd=tmp_path)
    assert (tmp_path / "broken.prototxt").read_text() == broken
    assert "protolint: ignore" in (tmp_path / "net.prototxt").read_text()
    assert ended.code == 1
    assert "note: broken.prototxt: unchanged" in ended.out
    assert "error[SYN" in ended.out


def test_add_ignores_leaves_what_is_not_named_alone(tmp_path):
    write(tmp_path, net=net(), solver=SOUND_SOLVER + "stepsize: 10\n")
    ended = protolint("check", "solver.prototxt", "--add-ignores", cwd=tmp_path)
    assert (tmp_path / "net.prototxt").read_text() == net()
    assert "stepsize: 10  # protolint: ignore[" in (tmp_path / "solver.prototxt").read_text()
    assert ended.out.count("LAY006") == 2


def test_add_ignores_beyond_the_most_findings(tmp_path):
    text = SOUND_SOLVER + "foo: 1\n" * (pipeline.MOST_FINDINGS + 500)
    write(tmp_path, net=SOUND_NET, solver=text)
    ended = protolint("check", "solver.prototxt", "--add-ignores", cwd=tmp_path)
    assert ended.code == 0
    assert "1500 found" in ended.out


def test_add_ignores_cannot_write_to_standard_input(tmp_path):
    ended = protolint("check", "-", "--add-ignores", cwd=tmp_path, text=SOUND_NET)
    assert (ended.code, "standard input" in ended.err) == (2, True)


def test_the_example_of_the_docs_is_silent(tmp_path):
    page = os.path.join(os.path.dirname(os.path.dirname(__file__)), "docs", "suppressions.md")
    with open(page, encoding="utf-8") as file:
        text = file.read().split("```prototxt\n")[1].split("```")[0]
    assert text.count("protolint: ignore") >= 3
    assert told(check(tmp_path, text)) == []
    bare = text.replace("protolint:", "")
    assert [code for _, code in told(check(tmp_path, bare))] == ["LAY006", "LAY001", "LAY006"]

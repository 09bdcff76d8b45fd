"""What is offered for a finding, and what comes of taking it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marked import NET, snapshot

from protolint import pipeline
from protolint.server.actions import actions, difference
from protolint.server.formatting import formatting
from protolint.server.positions import Lines


def found(text, path="net.prototxt"):
    return pipeline.check_paths([path], read=lambda _: text.encode()).diagnostics


def applied(text, edits):
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def offered(text, span=None, path="net.prototxt"):
    return actions(Lines(text), found(text, path), span or (0, len(text)))


SOLVER = 'base_lr: 0.1\nlr_policy: "fixed"\nmax_iter: 10\nmomentm: 0.9\nsnapshot_prefix: "s"\n'


def test_a_misspelt_name_is_cured():
    first = offered(SOLVER, path="solver.prototxt")[0]
    assert first.preferred
    assert "momentum: 0.9" in applied(SOLVER, first.edits)


def test_an_unknown_bottom_is_cured():
    text = NET.replace('bottom: "twin"', 'bottom: "twn"')
    first = offered(text)[0]
    assert applied(text, first.edits) == NET


def test_a_finding_without_fix_is_cured_by_what_was_probably_meant():
    text = NET.replace('bottom: "twin"', 'bottom: "twn"')
    bare = [d._replace(fix=None) for d in found(text)]
    first = actions(Lines(text), bare, (0, len(text)))[0]
    assert applied(text, first.edits) == NET
    assert first.title == "Change to `twin`"
    bare = [d._replace(fix=None) for d in found(SOLVER, "solver.prototxt")]
    first = actions(Lines(SOLVER), bare, (0, len(SOLVER)))[0]
    assert "\nmomentum: 0.9" in applied(SOLVER, first.edits)


@pytest.mark.parametrize("where", ["here", "file"])
def test_what_is_ignored_is_gone(where):
    text = NET.replace('bottom: "twin"', 'bottom: "twn"')
    action = next(a for a in offered(text) if "Ignore" in a.title and where in a.title)
    after = applied(text, action.edits)
    assert action.diagnostic.code not in [d.code for d in found(after)]
    assert len(found(after)) == len(found(text)) - 1


def test_findings_of_one_rule_are_ignored_in_the_file_once():
    text = NET.replace('bottom: "twin"', 'bottom: "a" bottom: "b"')
    titles = [a.title for a in offered(text)]
    assert len(titles) == len(set(titles))


def test_only_findings_at_the_place_count():
    text = NET.replace('bottom: "twin"', 'bottom: "twn"')
    assert offered(text, (0, 3)) == []


@given(st.text("ab\n", max_size=8), st.text("ab\n", max_size=8))
def test_a_difference_makes_the_new_text(old, new):
    assert applied(old, difference(old, new)) == new


def test_formatting_is_that_of_the_command():
    text = 'layer{name:"a"\n}\n'
    document = snapshot(text)
    assert applied(text, formatting(document)) == 'layer {\n  name: "a"\n}\n'
    assert formatting(snapshot("layer {")) is None
    assert formatting(snapshot("<html>")) is None


def test_formatting_of_some_lines():
    text = "name:'a'\nforce_backward:true\n"
    edits = formatting(snapshot(text), text.index("force"), len(text))
    assert applied(text, edits).startswith("name:'a'\n")
    assert "force_backward: true" in applied(text, edits)

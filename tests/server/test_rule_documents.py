"""Rule files in the editor: what is wrong, and what expressions may name at a `|`."""

from __future__ import annotations

import pytest
from marked import marked

from protolint.config.finder import Configurations
from protolint.engine.catalogue import rule_paths
from protolint.server.rule_files import completion, diagnostics, hover, is_rule_file

HEAD = 'id = "own"\ncode = "OWN001"\nsubject = "layer"\n'


def labels(text):
    return [item.label for item in completion(*marked(HEAD + text))]


def test_keys_that_are_not_yet_there():
    assert "when" in labels("w|")
    assert "code" not in labels("|")


def test_choices():
    assert labels('severity = "|"') == ["error", "warning", "info"]
    found = [i.label for i in completion(*marked('subject = "|"'))]
    assert {"solver", "net", "layer:Pooling"} <= set(found)


def test_variables_and_functions():
    assert {"layer", "net", "has", "size"} <= set(labels("when = '|'"))
    assert "solver" not in labels("when = 'l|'")


def test_members_of_messages_and_facts():
    assert {"type", "pool", "bottom_shapes"} <= set(labels("when = 'layer.|'"))
    assert "kernel_size" in labels("require = 'layer.pooling_param.k|'")
    assert "kernel_h" in labels("when = 'layer.pool.stride_h > layer.pool.|'")
    assert "stride" in labels('at = "layer.pooling_param.|"')


def test_values_of_an_enum():
    assert labels("when = 'layer.pooling_param.pool == \"|\"'") == ["MAX", "AVE", "STOCHASTIC"]
    assert "ReLU" in labels('when = \'layer.type in ["Pooling", "|"]\'')


def test_the_variable_of_a_macro():
    assert "lr_mult" in labels("when = 'layer.param.exists(p, p.|'")
    assert "p" in labels("when = 'layer.param.exists(p, |'")


def test_placeholders_of_a_text():
    assert "pool" in labels("message = 'a {layer.|}'")
    assert "layer" in labels("message = 'a {|}'")
    assert labels("message = 'a |'") == []
    assert labels("message = 'a {{ |'") == []


def test_lists_of_places():
    assert "type" in labels("at = ['layer.name', 'layer.t|']")


def test_no_expression_no_names():
    assert labels("since = '|'") == []
    assert labels("# a comment |") == []


def test_the_type_of_a_member():
    text, offset = marked(HEAD + "when = 'layer.pooling_param.ker|nel_size > 1'")
    found = hover(text, offset)
    assert found.text.startswith("`kernel_size`: int")
    assert text[slice(*found.span)] == "kernel_size"
    text, offset = marked(HEAD + "when = 'lay|er.type == \"X\"'")
    assert hover(text, offset).text == "`layer`: Layer"


GOOD = (
    HEAD
    + """summary = 'x'
severity = "error"
effect = "none"
when = 'layer.pooling_param.stride > 3'
at = "layer.type"
message = 'x'
since = "0.1"
[[bad]]
net = '''
layer { type: "Pooling" pooling_param { stride: 4 } }  # error
'''
[[good]]
net = '''
layer { type: "Pooling" }
'''
"""
)


def test_a_sound_rule():
    assert diagnostics(GOOD, "/w/rules/own.toml") == []


def test_a_mistake_in_an_expression_is_told_where_it_stands():
    text = GOOD.replace("stride > 3", "strid > 3")
    (found,) = diagnostics(text, "/w/rules/own.toml")
    assert "did you mean 'stride'?" in found.message
    line = text.split("\n")[found.range.start.line - 1]
    assert line[found.range.start.column - 1 : found.range.end.column - 1] == "strid"


def test_a_code_that_is_taken():
    (found,) = diagnostics(GOOD.replace("OWN001", "SLV003"), "/w/rules/own.toml")
    assert "poly-without-max-iter" in found.message


def test_the_rules_of_protolint_are_sound():
    for path in rule_paths()[::10]:
        with open(path, encoding="utf-8", newline="") as file:
            assert diagnostics(file.read(), path) == []


@pytest.mark.parametrize("text", ["", "id = ", "[[", "when = 'layer.'", "\0", "a.b = {", "="])
def test_nothing_raises_on_a_broken_file(text):
    diagnostics(text, "/w/rules/own.toml")
    for offset in range(len(text) + 1):
        completion(HEAD + text, len(HEAD) + offset)
        hover(HEAD + text, len(HEAD) + offset)


def test_which_files_are_rules(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "lint").mkdir()
    (tmp_path / "protolint.toml").write_text('rule-paths = ["lint"]')
    known = Configurations()
    assert is_rule_file(str(tmp_path / "lint" / "a.toml"), "", known)
    assert is_rule_file(str(tmp_path / "rules" / "x" / "a.toml"), HEAD, known)
    assert not is_rule_file(str(tmp_path / "rules" / "a.toml"), "[other]\ntool = 1", known)
    assert not is_rule_file(str(tmp_path / "other" / "a.toml"), HEAD, known)
    assert not is_rule_file(str(tmp_path / "lint" / "a.prototxt"), HEAD, known)

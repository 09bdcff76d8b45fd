"""What may be written at a `|`."""

from __future__ import annotations

import pytest
from marked import NET, at

from protolint.config.options import Options
from protolint.layers import LAYER_TYPES
from protolint.schema.bvlc import load_bvlc
from protolint.server.completion import completion
from protolint.server.cursor import cursor, message_at


def labels(text, path="net.prototxt", **more):
    return [item.label for item in completion(*at(text, path, **more))]


def accepted(text, label, path="net.prototxt", **options):
    """Return the text once a completion is taken."""
    document, offset = at(text, path)
    item = next(i for i in completion(document, offset, **options) if i.label == label)
    return document.text[: item.start] + item.insert + document.text[item.end :]


def test_fields_that_are_set_are_not_offered_again():
    found = labels('layer { name: "a" | type: "ReLU" bottom: "x" }')
    assert "name" not in found
    assert "type" not in found
    assert {"bottom", "top", "relu_param"} <= set(found)


def test_the_parameters_of_the_type_come_first():
    found = labels('layer { type: "Pooling" | }')
    assert found.index("pooling_param") < found.index("convolution_param")


def test_the_fields_are_those_of_the_block():
    assert set(labels("layer { pooling_param { | } }")) >= {"pool", "kernel_size", "stride"}
    assert "pool" not in labels("layer { | }")


def test_an_unfinished_block_has_its_fields():
    assert "kernel_size" in labels('layer { name: "a" pooling_param { pool: MAX\n  |')


def test_a_missing_brace_above_does_not_matter():
    found = labels('layer { name: "a" convolution_param { num_output: 1\nlayer { type: "X" |')
    assert "bottom" in found
    assert "num_output" not in found


def test_an_empty_document_may_become_either():
    assert {"layer { … }", "base_lr"} <= set(labels("|"))
    assert labels("|", "solver.prototxt").index("base_lr") < labels("|", "solver.prototxt").index(
        "layer"
    )


def test_a_field_brings_what_follows_it():
    assert accepted("layer { na| }", "name") == 'layer { name: "$0" }'
    assert accepted("layer { rel| }", "relu_param") == "layer { relu_param {\n  $0\n} }"
    assert accepted("layer { ph|: TRAIN }", "phase") == "layer { phase: TRAIN }"
    assert accepted("layer { rel| { } }", "relu_param") == "layer { relu_param { } }"


def test_plain_text_has_no_places_to_fill_in():
    assert accepted("layer { na| }", "name", snippets=False) == 'layer { name: "" }'
    text = accepted('lr_policy: "|"', "step", "solver.prototxt", snippets=False)
    assert text == 'lr_policy: "step"\nbase_lr: 0.01\ngamma: 0.1\nstepsize: 10000'


def test_values_of_enums():
    text = "layer { pooling_param { pool: | } }"
    assert labels(text) == ["MAX", "AVE", "STOCHASTIC"]
    assert accepted(text, "AVE") == "layer { pooling_param { pool: AVE } }"
    assert accepted("layer { pooling_param { pool:| } }", "AVE").endswith("pool: AVE } }")
    assert accepted('layer { pooling_param { pool: "A|" } }', "AVE").endswith("pool: AVE } }")


def test_truth_values():
    assert labels("force_backward: |") == ["true", "false"]


def test_layer_types():
    text = 'layer { type: "|" }'
    assert set(labels(text)[: len(LAYER_TYPES)]) == set(LAYER_TYPES)
    assert set(labels(text, options=Options(dialect="bvlc"))) == set(LAYER_TYPES)
    assert accepted('layer { type: "Co|nv" }', "Convolution") == 'layer { type: "Convolution" }'
    assert accepted("layer { type: | }", "ReLU") == 'layer { type: "ReLU" }'
    assert accepted('layer { type: "Re|\n}', "ReLU") == 'layer { type: "ReLU"\n}'


def test_the_old_format_has_its_own_types():
    assert "CONVOLUTION" in labels("layers { type: | }")


def test_blobs_in_scope_are_those_made_above_the_nearest_first():
    text = NET.replace('bottom: "twin"', 'bottom: "|"')
    assert labels(text) == ["twin", "conv", "data"]
    assert labels(NET.replace('bottom: "conv" top', 'bottom: "|" top')) == ["conv", "data"]


def test_inputs_of_the_net_are_blobs():
    assert labels('input: "image" layer { bottom: "|" }') == ["image"]


def test_a_top_may_be_named_as_its_layer_or_be_in_place():
    assert labels('layer { name: "r" bottom: "x" top: "|" }') == ["r", "x"]


def test_policies_bring_the_parameters_that_are_missing():
    text = 'base_lr: 0.1\nlr_policy: "po|"\npower: 2\n'
    expected = 'base_lr: 0.1\nlr_policy: "poly"\nmax_iter: ${1:100000}\npower: 2\n'
    assert accepted(text, "poly", "solver.prototxt") == expected
    assert "plateau" not in labels(text, "solver.prototxt", options=Options(dialect="bvlc"))


def test_other_lists_of_strings():
    assert "xavier" in labels('layer { convolution_param { weight_filler { type: "|" } } }')
    assert "Adam" in labels('base_lr: 1 type: "|"', "solver.prototxt")
    assert labels('base_lr: 1 regularization_type: "|"', "solver.prototxt") == ["L2", "L1"]
    assert labels(NET.replace('param { name: "w" }', 'param { name: "|" }', 1)) == ["w"]


def test_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "a.prototxt").touch()
    (tmp_path / "nets" / "a.caffemodel").touch()
    solver = str(tmp_path / "solver.prototxt")
    assert labels('net: "|"', solver) == ["nets/"]
    assert labels('net: "nets/|"', solver) == ["a.prototxt"]
    assert accepted('net: "nets/x|"', "a.prototxt", solver) == 'net: "nets/a.prototxt"'
    assert labels('base_lr: 1 weights: "nets/|"', solver) == ["a.caffemodel"]


def test_codes_in_comments():
    found = completion(*at("name: 1 # protolint: ignore[SL|]"))
    assert "SLV003" in [item.label for item in found]
    assert accepted("# protolint: ignore[SLV001, SL|]\n", "SLV003") == (
        "# protolint: ignore[SLV001, SLV003]\n"
    )
    assert labels("# protolint: |") == ["ignore", "ignore-file"]
    assert labels("# a comment |") == []


def test_nothing_where_nothing_is_known():
    assert labels("layer { no_such_param { | } }") == []
    assert labels('layer { name: "|" }') == []
    assert labels("layer { convolution_param { num_output: | } }") == []


@pytest.mark.parametrize(
    ("text", "where", "field", "word"),
    [
        ("a: |", "value", "a", ""),
        ("a: [1, 2|]", "value", "a", "2"),
        ('a: "x|', "value", "a", "x"),
        ('a: "x"|', "name", "", ""),
        ('a: "x\\"|"', "value", "a", 'x\\"'),
        ("a { } |b", "name", "", ""),
        ("a { } b|c", "name", "", "bc"),
        ("# x | y", "comment", "", "# x  y"),
        ("} } |", "name", "", ""),
        ("a: # c\n  |", "value", "a", ""),
    ],
)
def test_what_is_due(text, where, field, word):
    document, offset = at(text)
    found = cursor(document.text, offset)
    assert (found.where, found.field) == (where, field)
    assert document.text[found.start : found.end] == word


def test_a_block_that_no_message_has_is_of_no_message():
    document, offset = at("layer { foo { bar { | } } }")
    assert message_at(cursor(document.text, offset), "NetParameter", load_bvlc()) is None

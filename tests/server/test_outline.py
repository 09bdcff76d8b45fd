"""Symbols, folds, selections, tokens and hints."""

from __future__ import annotations

from marked import DATA_BY_PHASE, NET, at, pieces, snapshot

from protolint.server.folding import folds
from protolint.server.inlay import hints
from protolint.server.selection import selections
from protolint.server.semantic import tokens
from protolint.server.symbols import layers, matches, symbols


def test_the_layers_of_a_net():
    found = symbols(snapshot(NET))
    assert [(s.name, s.detail) for s in found] == [
        ("name", '"n"'),
        ("data", "Input"),
        ("conv", "Convolution"),
        ("relu", "ReLU"),
        ("twin", "Convolution"),
        ("sum", "Eltwise"),
    ]
    assert [inner.name for inner in found[2].inner] == ["param", "convolution_param"]


def test_a_broken_text_keeps_the_symbols_of_the_rest():
    text = NET.replace('type: "Convolution"', 'type "Convolution', 1) + "\nlayer {"
    names = [s.name for s in layers(snapshot(text))]
    assert {"data", "relu", "twin", "sum"} <= set(names)


def test_a_layer_without_a_name_has_its_type():
    assert [s.name for s in layers(snapshot('layer { type: "ReLU" } layer { }'))] == [
        "ReLU",
        "layer",
    ]


def test_a_query_is_the_letters_of_a_name_in_their_order():
    assert matches("cv1", "Conv1_1")
    assert not matches("1cv", "conv1")
    assert matches("", "x")


def test_blocks_fold_to_their_last_line_but_one():
    text = "layer {\n  a: 1\n  b {\n    c: 1\n  }\n}\nx { y: 1 }\n# one\n# two\n"
    found = pieces(text, [fold[:2] for fold in folds(snapshot(text))])
    assert found == ["layer {\n  a: 1\n  b {\n    c: 1\n  }", "b {\n    c: 1", "# one\n# two"]


def test_comments_behind_fields_do_not_fold():
    assert folds(snapshot("a: 1 # one\nb: 2 # two\n")) == []


def test_selections_grow():
    document, offset = at('layer { name: "a|b" }')
    assert pieces(document.text, selections(document, offset)) == [
        'layer { name: "ab" }',
        'name: "ab"',
        '"ab"',
        "ab",
    ]


def test_a_selection_grows_to_the_inside_of_a_block():
    document, offset = at("x {\n  a: |1\n  b: 2\n}\n")
    assert pieces(document.text, selections(document, offset)) == [
        "x {\n  a: 1\n  b: 2\n}\n",
        "x {\n  a: 1\n  b: 2\n}",
        "a: 1\n  b: 2",
        "a: 1",
        "1",
    ]


def test_what_words_are():
    text = '# c\nlayer { name: "l" type: "ReLU" top: "t" include { phase: TRAIN } '
    text += 'x: true y: -1 z: "s" }'
    found = {text[t.start : t.end]: (t.type, t.modifiers) for t in tokens(snapshot(text))}
    assert found["# c"] == ("comment", ())
    assert found["layer"] == ("struct", ())
    assert found['"l"'] == ("function", ("definition",))
    assert found['"ReLU"'] == ("type", ())
    assert found['"t"'] == ("variable", ("definition",))
    assert found["TRAIN"] == ("enumMember", ())
    assert found["true"] == ("keyword", ())
    assert found["-1"] == ("number", ())
    assert found['"s"'] == ("string", ())


def test_tokens_stay_on_their_lines():
    text = 'name: "a"\n  "b"\n'
    assert '"b"' in pieces(text, [t[:2] for t in tokens(snapshot(text))])
    assert all("\n" not in text[t.start : t.end] for t in tokens(snapshot(text)))


def test_tokens_of_a_part():
    part = NET.index('name: "twin"')
    found = tokens(snapshot(NET), part, part + 12)
    assert pieces(NET, [t[:2] for t in found]) == ["name", '"twin"']


def test_shapes_and_parameters():
    found = hints(snapshot(NET), 0, len(NET))
    behind = {(NET[: h.offset].rpartition("\n")[2].strip(), h.text) for h in found}
    assert ('top: "conv"', "2×4×6×6") in behind
    assert ('type: "Convolution"', "112 parameters") in behind
    assert [
        h for h in hints(snapshot(NET), 0, len(NET), of_shapes=False) if h.kind == "shape"
    ] == []
    only = hints(snapshot(NET), 0, len(NET), of_parameters=False)
    assert {h.kind for h in only} == {"shape"}


def test_a_shared_parameter_counts_once():
    found = [h.text for h in hints(snapshot(NET), 0, len(NET)) if h.kind == "parameters"]
    assert found == ["112 parameters", "4 parameters"]


def test_hints_of_a_part():
    start = NET.index('name: "twin"')
    found = hints(snapshot(NET), start, len(NET))
    assert all(h.offset >= start for h in found)


def test_phases_that_differ():
    text = DATA_BY_PHASE + 'layer { name: "r" type: "ReLU" bottom: "d" top: "r" }'
    assert hints(snapshot(text), text.index('"r"'), len(text))[-1].text == "TRAIN 2; TEST 1"

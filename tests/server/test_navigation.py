"""From a name to where it is defined and used, and what it is renamed to."""

from __future__ import annotations

import pytest
from marked import DATA_BY_PHASE, NET, at, in_net, pieces, snapshot

from protolint.server.definition import definition, highlights, references, related
from protolint.server.links import links
from protolint.server.rename import RefusedError, prepare, rename


def lines_of(document, found):
    """Return the lines, counted from 1, on which places in the document stand."""
    return [document.text.count("\n", 0, place.span[0]) + 1 for place in found]


def defined(text):
    document, offset = at(text)
    return lines_of(document, definition(document, offset))


def test_a_bottom_leads_to_the_top_that_it_reads():
    assert defined(NET.replace('bottom: "twin"', 'bottom: "tw|in"')) == [16]


def test_a_bottom_leads_to_the_last_version_of_a_blob():
    assert defined(NET.replace('bottom: "conv" bottom', 'bottom: "co|nv" bottom')) == [11]
    assert defined(NET.replace('bottom: "conv" top', 'bottom: "co|nv" top')) == [7]


def test_a_bottom_leads_to_a_top_of_each_phase():
    text = DATA_BY_PHASE + 'layer { name: "r" type: "ReLU" bottom: "|d" top: "r" }'
    assert defined(text) == [2, 6]


def test_a_bottom_of_a_broken_text_leads_to_the_last_top_above():
    assert defined('layer { top: "a" }\n}}\nlayer { bottom: "a|" }') == [1]


def test_a_shared_parameter_leads_to_its_owner():
    second = NET.rindex('name: "w"')
    text = NET[:second] + 'name: "|w"' + NET[second + len('name: "w"') :]
    assert defined(text) == [8]


def test_a_path_leads_to_its_file(tmp_path):
    (tmp_path / "n.prototxt").write_text(NET)
    document, offset = at('net: "n.pro|totxt"\nbase_lr: 1', str(tmp_path / "solver.prototxt"))
    (place,) = definition(document, offset)
    assert place.path == str(tmp_path / "n.prototxt")


def test_a_layer_leads_to_its_namesakes_in_nets_beside(tmp_path):
    (tmp_path / "deploy.prototxt").write_text(NET)
    (tmp_path / "solver.prototxt").write_text('net: "sub/train.prototxt"\nbase_lr: 1\n')
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "train.prototxt").write_text(NET)
    document, offset = at(
        NET.replace('name: "relu"', 'name: "re|lu"'), str(tmp_path / "test.prototxt")
    )

    def known(path):
        with open(path) as file:
            return snapshot(file.read(), path)

    others = list(related(document, known))
    names = [place.path for place in definition(document, offset, others)]
    assert sorted(names) == [
        str(tmp_path / "deploy.prototxt"),
        str(tmp_path / "sub" / "train.prototxt"),
    ]
    assert len(references(document, offset, others)) == 3


def test_references_are_all_bottoms_and_tops_of_a_name():
    document, offset = in_net('bottom: "conv" top: "co|nv"')
    assert lines_of(document, references(document, offset)) == [7, 11, 11, 20]
    only = references(document, offset, declaration=False)
    assert lines_of(document, only) == [11, 20]


def test_highlights_tell_makers_from_readers():
    document, offset = in_net('bottom: "tw|in"')
    assert [writes for _, writes in highlights(document, offset)] == [True, False]


def test_a_layer_and_a_blob_of_one_name_are_two_things():
    document, offset = in_net('name: "tw|in"')
    assert lines_of(document, references(document, offset)) == [13]


def test_nets_within_a_solver_have_names_of_their_own():
    inner = 'layer {{ name: "a" type: "ReLU" bottom: "{}" top: "b" }}'
    text = f"train_net_param {{ {inner.format('x|')} }}\ntest_net_param {{ {inner.format('x')} }}"
    document, offset = at(text, "solver.prototxt")
    assert len(references(document, offset)) == 1


def renamed(text, new):
    document, offset = at(text)
    found = rename(document, offset, new)
    text = document.text
    for start, end in reversed(found.spans):
        text = text[:start] + found.text + text[end:]
    return text


def test_a_blob_is_renamed_wherever_it_stands():
    text = renamed(NET.replace('bottom: "twin"', 'bottom: "twi|n"'), "new")
    expected = NET.replace('top: "twin"', 'top: "new"').replace('bottom: "twin"', 'bottom: "new"')
    assert text == expected


def test_a_layer_is_renamed_alone():
    assert renamed(NET.replace('name: "twin"', 'name: "|twin"'), "new") == NET.replace(
        'name: "twin"', 'name: "new"'
    )


def test_a_net_input_is_renamed():
    text = 'input: "da|ta"\nlayers { type: RELU bottom: \'data\' top: "x" }'
    assert renamed(text, "d") == 'input: "d"\nlayers { type: RELU bottom: \'d\' top: "x" }'


def test_a_name_may_need_escapes():
    assert renamed('layer { top: "|a" }', 'b"c\\') == 'layer { top: "b\\"c\\\\" }'


def test_an_old_net_is_renamed():
    text = 'layers { layer { name: "|a" type: "relu" } bottom: "a" top: "a" }'
    assert renamed(text, "b").startswith('layers { layer { name: "b"')


@pytest.mark.parametrize("new", ["conv", "data", "", "a\nb"])
def test_a_name_that_is_taken_or_none_is_refused(new):
    document, offset = in_net('bottom: "tw|in"')
    with pytest.raises(RefusedError):
        rename(document, offset, new)


def test_a_name_with_escapes_is_left_alone():
    document, offset = at('layer { bottom: "a" top: "\\x61" bottom: "a|" }')
    with pytest.raises(RefusedError, match="escapes"):
        rename(document, offset, "b")


def test_only_names_can_be_renamed():
    document, offset = in_net('type: "Conv|olution"\n  bottom: "data"\n  top: "conv"')
    assert prepare(document, offset) is None
    assert rename(document, offset, "x") is None
    document, offset = in_net('name: "re|lu"')
    assert pieces(document.text, [prepare(document, offset)]) == ["relu"]


def test_links_lead_to_files_that_exist(tmp_path):
    (tmp_path / "n.prototxt").touch()
    text = 'net: "n.prototxt"\ntest_net: "none.prototxt"\nbase_lr: 1'
    document = snapshot(text, str(tmp_path / "solver.prototxt"))
    assert [link.path for link in links(document)] == [str(tmp_path / "n.prototxt")]

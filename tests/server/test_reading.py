"""Texts of forks, and by schemas of the user's, in the editor."""

from __future__ import annotations

import asyncio

import pytest
from marked import at, snapshot

from protolint.config.options import Options
from protolint.dialect import Dialects
from protolint.layers import LAYER_TYPES, Built, LayerType
from protolint.schema import bvlc
from protolint.schema.dialects import dialects
from protolint.server.checks import Checks
from protolint.server.completion import completion
from protolint.server.documents import uri_of
from protolint.server.hover import hover
from protolint.server.inlay import hints
from protolint.server.workspace import Workspace

SSD = """\
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: [1, 3, 8, 8] } } }
layer {
  name: "prior" type: "PriorBox" bottom: "data" bottom: "data" top: "prior"
  prior_box_param { min_size: 2 min_size: 4 aspect_ratio: 2 }
}
"""


def items(text, path="net.prototxt", **more):
    return {item.label: item for item in completion(*at(text, path, **more))}


def said(text, path="net.prototxt", **more):
    found = hover(*at(text, path, **more))
    return found.text if found else None


def test_a_text_is_read_in_the_dialect_that_it_is_written_in():
    assert snapshot(SSD).dialects == {"ssd"}
    assert snapshot("layer { }").dialects == {"bvlc"}
    assert snapshot(SSD, options=Options(dialect="bvlc")).dialects == {"bvlc"}
    assert snapshot("layer { }", options=Options(dialect="intel,ssd")).dialects == {"intel", "ssd"}


def test_what_the_checker_told_counts_until_it_is_asked_for_otherwise():
    assert snapshot("layer { }", dialects=frozenset({"ssd"})).dialects == {"ssd"}
    asked = snapshot("layer { }", dialects=frozenset({"ssd"}), options=Options(dialect="bvlc"))
    assert asked.dialects == {"bvlc"}


def test_shapes_of_a_layer_that_only_forks_have():
    document = snapshot(SSD)
    shown = [hint.text for hint in hints(document, 0, len(SSD))]
    assert shown == ["1×3×8×8", "1×2×1536"]


def test_types_of_forks_come_after_those_of_bvlc_with_who_has_them():
    found = items('layer { type: "|" }')
    assert list(found)[: len(LAYER_TYPES)] == list(LAYER_TYPES)
    assert found["PSROIPooling"].detail.startswith("only in r-fcn")
    every = set().union(*(dialect.types for dialect in dialects().values()))
    assert set(found) == every | set(LAYER_TYPES)


def test_a_dialect_that_is_asked_for_has_its_types_only():
    found = items('layer { type: "|" }', options=Options(dialect="ssd"))
    assert set(found) - set(LAYER_TYPES) == dialects()["ssd"].types - set(LAYER_TYPES)


def test_types_of_the_dialect_of_the_text_come_with_those_of_bvlc():
    found = items(SSD + 'layer { type: "|" }')
    assert found["PriorBox"].order == found["Convolution"].order < found["Correlation"].order


def test_a_type_that_was_just_typed_brings_its_fields():
    fields = items('layer { type: "PriorBox" | }')
    assert fields["prior_box_param"].order < fields["convolution_param"].order
    fields = items('layer { type: "PriorBox" prior_box_param { | } }')
    assert fields["min_size"].detail.startswith("only in ssd")
    assert not items('layer { type: "PriorBox" prior_box_param { | } }', options=Options("bvlc"))


def test_values_of_forks():
    text = SSD + "layer { detection_output_param { code_type: | } }"
    assert "CENTER_SIZE" in items(text)


def test_policies_of_forks_say_whose_they_are():
    found = items('lr_policy: "|"', "solver.prototxt")
    assert next(iter(found)) == "fixed"
    assert "jolibrain" in found["sgdr"].detail
    asked = items('lr_policy: "|"', "solver.prototxt", options=Options(dialect="jolibrain"))
    assert "sgdr" in asked
    assert "triangular" not in asked


def test_hover_says_who_has_a_type_and_a_field():
    text = SSD.replace("Prior", "Pri|or")
    assert "2 or more bottoms" in said(text)
    assert "Only in ssd" in said(text)
    assert "Only in ssd" in said(SSD.replace("min_size: 2", "min_|size: 2"))
    assert "Only in" not in said(SSD.replace('name: "prior" ty', 'name: "prior" t|y'))


def test_a_declared_type_is_known():
    own = LayerType("Own", (1, 1), (1, 1), lambda setup: Built((setup.bottoms[0],)))
    options = Options(layers=(("Own", own),))
    text = SSD + 'layer { name: "o" type: "O|wn" bottom: "data" top: "o" }'
    assert said(text, options=options).startswith("**Own** layer: 1 bottom, 1 top")
    assert "Own" in items(text, options=options)
    document, _ = at(text, options=options)
    assert hints(document, 0, len(document.text))[-1].text == "1×3×8×8"


@pytest.fixture
def own_schema(tmp_path):
    with open(bvlc.__file__.replace("bvlc.py", "bvlc.proto"), encoding="utf-8") as file:
        text = file.read()
    head = "message LayerParameter {"
    assert head in text
    path = tmp_path / "caffe.proto"
    path.write_text(
        text.replace(head, f"{head}\n  optional OwnParameter own_param = 9000;")
        + "\nmessage OwnParameter { optional uint32 width = 1; }\n"
    )
    return str(path)


def test_fields_of_an_own_schema(own_schema):
    options = Options(schema=own_schema)
    binders = Dialects()
    assert "width" in items("layer { own_param { | } }", options=options, binders=binders)
    text = "layer { own_param { wi|dth: 3 } }"
    assert "OwnParameter" in said(text, options=options, binders=binders)


def test_a_net_is_read_as_the_solver_that_is_open_beside_it(tmp_path):
    """The policy of the solver is a fork's, of which the net has no trace."""
    net, solver = tmp_path / "net.prototxt", tmp_path / "solver.prototxt"
    net.write_text("", encoding="utf-8")
    space = Workspace()
    space.documents.open(uri_of(str(net)), 1, 'layer { type: "ReLU" }')
    text = f'net: "{net}"\nlr_policy: "sgdr"\n'
    assert space.snapshot(str(net)).dialects == {"bvlc"}

    async def check():
        checks = Checks(space, lambda _: None, pytest.fail, lambda: None)
        await checks.settled(str(net))
        before = space.snapshot(str(net))
        assert before.dialects == {"bvlc"}
        assert not checks.read_anew
        space.documents.open(uri_of(str(solver)), 1, text)
        checks.changed(str(solver))
        await checks.settled(str(solver))
        assert checks.read_anew
        checks.stop()
        return before

    before = asyncio.run(check())
    assert space.snapshot(str(net)).dialects == {"jolibrain"}
    assert space.snapshot(str(net)) is not before


def test_the_editor_may_name_the_dialect_of_files_without_a_configuration(tmp_path):
    (tmp_path / "bound").mkdir()
    (tmp_path / "bound" / "protolint.toml").write_text('dialect = "bvlc"\n', encoding="utf-8")
    space = Workspace()
    space.dialect = "ssd"
    space.reload()
    for folder, expected in ((tmp_path, "ssd"), (tmp_path / "bound", "bvlc")):
        path = folder / "net.prototxt"
        path.write_text("layer { }", encoding="utf-8")
        assert space.snapshot(str(path)).dialects == {expected}

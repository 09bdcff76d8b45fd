"""What is said of the thing at a `|`."""

from __future__ import annotations

import pytest
from marked import DATA_BY_PHASE, NET, at, in_net

from protolint.server.hover import hover


def said(text, path="net.prototxt"):
    found = hover(*at(text, path))
    return found.text if found else None


def said_in_net(part):
    found = hover(*in_net(part))
    return found.text if found else None


def test_a_field():
    text = said("layer { pooling_param { st|ride: 2 } }")
    assert "`stride` of PoolingParameter" in text.replace("*", "")
    assert "uint32" in text
    assert "Default: `1`" in text


def test_a_field_without_default_says_what_its_absence_means():
    assert 'Absent, it is `""`' in said('lr_po|licy: "fixed"', "solver.prototxt")


def test_a_deprecated_field():
    assert "Deprecated" in said("base_lr: 1 solver_t|ype: SGD", "solver.prototxt")


def test_an_enum_value_and_a_block():
    assert "`MAX`, `AVE`, `STOCHASTIC`" in said("layer { pooling_param { pool: M|AX } }")
    assert "pooling_param" in said("layer { pooling_p|aram { } }")


def test_a_layer_type_in_both_formats():
    assert "**Convolution** layer" in said('layer { type: "Conv|olution" }')
    assert "**Convolution** layer" in said("layers { type: CONV|OLUTION }")


def test_a_blob_has_its_shape_its_maker_and_its_readers():
    text = said_in_net('name: "conv"\n  type: "Convolution"\n  bottom: "da|ta"')
    assert "**2×3×8×8**, made by `data` (Input), read by `conv`, `twin`" in text


def test_a_blob_in_place_is_told_apart():
    first = said_in_net('top: "con|v"\n  param')
    assert "made by `conv` (Convolution), read by `relu`" in first
    after = said(NET.replace('bottom: "conv" bottom: "twin"', 'bottom: "co|nv" bottom: "twin"'))
    assert "made by `relu` (ReLU, in place), read by `sum`" in after


def test_phases_that_differ_are_told_apart():
    text = said(DATA_BY_PHASE + 'layer { name: "r" type: "ReLU" bottom: "d|" top: "r" }')
    assert "TRAIN: **2**" in text
    assert "TEST: **1**" in text


def test_a_layer_has_its_costs():
    text = said_in_net('name: "co|nv"')
    assert "2×3×8×8 → 2×4×6×6, 112 parameters" in text


def test_a_shared_parameter_names_its_layers():
    text = said(NET.replace('name: "w"', 'name: "|w"', 1))
    assert text == "parameter `w`, of the layers `conv`, `twin`"


def test_a_schedule_has_a_curve_and_a_verdict():
    solver = 'base_lr: 0.1\nlr_po|licy: "step"\ngamma: 0.1\nstepsize: 10\nmax_iter: 100\n'
    text = said(solver, "solver.prototxt")
    assert "•" in text
    assert "proved: the rate is finite" in text


def test_a_parameter_that_the_policy_does_not_read():
    text = said('base_lr: 0.1\nlr_policy: "fixed"\nga|mma: 0.1\nmax_iter: 9\n', "solver.prototxt")
    assert 'lr_policy: "fixed"` does not read `gamma`' in text


def test_a_schedule_that_is_refuted():
    text = said('base_lr: 0.1\nlr_policy: "po|ly"\npower: 1\n', "solver.prototxt")
    assert "refuted: the rate is nan at iteration 0" in text


@pytest.mark.parametrize("word", ["SLV0|03", "poly-without|-max-iter"])
def test_a_rule_in_a_comment(word):
    assert "SLV003 poly-without-max-iter" in said(f"base_lr: 1  # protolint: ignore[{word}]\n")


def test_a_path_that_leads_to_a_file(tmp_path):
    (tmp_path / "a.prototxt").touch()
    text = said('net: "a|.prototxt"\nbase_lr: 1', str(tmp_path / "solver.prototxt"))
    assert text.endswith("a.prototxt`")


def test_a_value_of_which_nothing_is_known_has_its_field():
    assert "`type` of FillerParameter" in said(
        'layer { convolution_param { weight_filler { type: "ms|ra" } } }'
    ).replace("*", "")


@pytest.mark.parametrize("text", ["|", "# a com|ment", "layer { foo: 1| }", "layer { | }", "#|"])
def test_nothing_to_say(text):
    assert said(text) is None


def test_a_schedule_without_a_readable_end_is_not_drawn():
    document, offset = at('lr_|policy: "fixed"\nbase_lr: 0.1\nmax_iter: abc\n', "solver.prototxt")
    assert "undecided: `max_iter` could not be read" in hover(document, offset).text


def test_a_blob_shows_what_numbers_it_holds():
    text = NET + 'layer { name: "p" type: "Softmax" bottom: "sum" top: "pr|ob" }'
    assert "**2×4×6×6**, with ordinary weights [0, 1], made by `p`" in hover(*at(text)).text
    assert "**2×4×6×6**, with ordinary weights 0 or more, made by `relu`" in (
        hover(*in_net('bottom: "co|nv" bottom: "twin" top: "sum"')).text
    )
    assert "ordinary" not in hover(*in_net('top: "tw|in"')).text

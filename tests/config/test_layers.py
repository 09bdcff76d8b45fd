"""Layer types that a configuration declares: counts and shapes, and every mistake at its place."""

from __future__ import annotations

import pytest

from protolint import pipeline
from protolint.config.finder import Configurations

DATA = """\
layer {
  name: "data" type: "Input" top: "data"
  input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } }
}
"""


@pytest.fixture(autouse=True)
def there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(configuration, net):
    for name, text in (("protolint.toml", configuration), ("net.prototxt", DATA + net)):
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)
    outcome = pipeline.check_paths(["net.prototxt"], Configurations())
    assert not outcome.faults
    return outcome.diagnostics


def told(configuration, net):
    return [found.message for found in check(configuration, net)]


def shape_of(declared, layer="", tops='top: "out"'):
    """Return the message about a top whose shape cannot be (2, 3) as Eltwise asks for."""
    net = f"""
        layer {{ name: "own" type: "Own" bottom: "data" {tops} {layer} }}
        layer {{
          name: "two" type: "DummyData" top: "two"
          dummy_data_param {{ shape {{ dim: 1 dim: 1 dim: 1 dim: 77 }} }}
        }}
        layer {{ name: "sum" type: "Eltwise" bottom: "two" bottom: "out" top: "sum" }}
    """
    return told(f"[layers.Own]\n{declared}\n", net)


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        ("[bottom[0][0], bottom[0][1], 1, 1]", "2×3×1×1"),
        ("bottom[0]", "2×3×8×8"),
        ("[]", "scalar"),
        ("[7, size(bottom[0]), tops]", "7×4×1"),
        ("bottom[0].map(d, d / 2)", "1×1×4×4"),
        ("[layer.pooling_param.kernel_size]", "5"),
        ("layer.pooling_param.pool == 'AVE' ? [1] : bottom[0]", "1"),
    ],
)
def test_shape(shape, found):
    layer = "pooling_param { pool: AVE kernel_size: 5 }"
    (message,) = shape_of(f'shape = "{shape}"', layer)
    assert message == f'layer "sum": bottom 1 is {found}, bottom 0 is 1×1×1×77'


def test_fields_of_forks_may_be_named():
    shape = "[layer.interp_param.height, 1, 1, 77]"
    assert shape_of(f'shape = "{shape}"') == []  # BVLC has no such field, so it is not known


@pytest.mark.parametrize(
    "shape",
    ["bottom[4]", "[1 / 0, 1, 1, 77]", "[0 - 7, 1, 1, 77]", "[3000000000, 1, 1, 77]"],
)
def test_what_is_no_size_is_not_known(shape):
    assert shape_of(f'shape = "{shape}"') == []


def test_without_a_shape_nothing_is_known():
    assert shape_of("") == []


def test_a_shape_for_each_top():
    shapes = 'tops = [1]\nshape = ["[1]", "[1, 1, 1, 77]"]'
    assert shape_of(shapes, tops='top: "a" top: "out"') == []
    assert len(shape_of(shapes, tops='top: "out" top: "a"')) == 1
    assert shape_of(shapes, tops='top: "a" top: "b" top: "out"') == []


@pytest.mark.parametrize(
    ("counts", "blobs", "message"),
    [
        ("", 'bottom: "data" bottom: "data" top: "t"', "bottoms is 2, but Own takes exactly 1"),
        ("bottoms = [0, 1]", 'bottom: "data" bottom: "data" top: "t"', "takes at most 1"),
        ("bottoms = [2]", 'bottom: "data" top: "t"', "takes at least 2"),
        ("bottoms = [1]", 'bottom: "data" bottom: "data" top: "t"', ""),
        ("tops = 0", 'bottom: "data" top: "t"', "tops is 1, but Own makes exactly 0"),
        ("tops = [1, 2]", 'bottom: "data" top: "t" top: "u"', ""),
    ],
)
def test_counts(counts, blobs, message):
    found = told(f"[layers.Own]\n{counts}\n", f'layer {{ name: "o" type: "Own" {blobs} }}')
    if message:
        assert [message in text for text in found] == [True], found
    else:
        assert found == []


def test_a_declared_type_in_place_with_parameters_is_no_trouble():
    net = """
        layer {
          name: "own" type: "Own" bottom: "data" top: "data"
          param { lr_mult: 1 } param { lr_mult: 2 }
          pooling_param { kernel_size: 1 }
        }
        layer { name: "relu" type: "ReLU" bottom: "data" top: "data" }
        layer { name: "again" type: "Own" bottom: "data" top: "data" }
    """
    assert told("[layers.Own]\nshape = 'bottom[0]'", net) == []


def test_a_declaration_comes_before_what_is_known_of_a_type():
    net = 'layer { name: "own" type: "Silence" bottom: "data" top: "t" }'
    assert len(told("", net)) == 1
    assert told("[layers.Silence]", net) == []


def test_a_misspelt_declared_type_is_guessed():
    (found,) = check("[layers.MyPool]", 'layer { name: "x" type: "MyPol" bottom: "data" top: "t" }')
    assert (found.code, found.label) == ("SHP001", 'did you mean "MyPool"?')


WRONG = [
    ("shape = 3", "`shape` of `Own` in `layers` takes an expression, or a list", "3"),
    ("tops = -1", "`tops` of `Own` in `layers` takes a count, or [fewest, most]", "-1"),
    ("bottoms = [1, 2, 3]", "`bottoms` of `Own` in `layers` takes a count", "[1, 2, 3]"),
    ("tops = [2, 1]", "`tops` has the fewest first", "[2, 1]"),
    ("botoms = 1", "`Own` in `layers` has no key `botoms`; did you mean `bottoms`?", "botoms"),
    ("shape = '[bottm[0][0]]'", "no variable 'bottm'; did you mean 'bottom'?", "bottm"),
    ("tops = 2\nshape = ['[1]', '[layer.slic_param.axis]']", "no field 'slic_param'", "slic_param"),
    ("shape = '[layer.slice_param.axs]'", "did you mean 'axis'?", "axs"),
    ("shape = 'bottom[0][0]'", "a shape is a list of sizes", "bottom[0][0]"),
    ("shape = '[1.5]'", "not of type list of double", "[1.5]"),
    (
        "shape = '[size(layer.bottom)]'",
        "cannot depend on names: layer.bottom",
        "[size(layer.bottom)]",
    ),
    ("shape = '[1'", "the expression is not complete", ""),
    ("tops = 1\nshape = ['[1]', '[1]']", "2 shapes for at most 1 tops", "['[1]', '[1]']"),
    ('shape = "[bottm]\\u0020"', "no variable 'bottm'", '"[bottm]\\u0020"'),
]


@pytest.mark.parametrize(("declared", "message", "marked"), WRONG)
def test_mistake(declared, message, marked):
    configuration = f"[layers.Own]\n{declared}\n"
    (found,) = check(configuration, "")
    assert (found.path, found.code) == ("protolint.toml", "FIL014")
    assert message in found.message
    (line, start), (_, end) = found.range
    assert configuration.split("\n")[line - 1][start - 1 : end - 1] == marked

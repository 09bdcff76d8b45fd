"""Costs and receptive fields, by hand for small nets and as published for well-known ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from published_nets import alexnet, googlenet, resnet_50, squeezenet, vgg_16

from protolint.analysis.footprint import Total, footprint, largest
from protolint.analysis.receptive_field import Span, receptive_fields
from protolint.analysis.shapes import Shapes, shapes
from protolint.analysis.undecided import origins
from protolint.model.net import Net
from protolint.model.state import NetState
from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.syntax.parser import parse

if TYPE_CHECKING:
    from protolint.analysis.footprint import Footprint
    from protolint.analysis.receptive_field import Field

BINDER = Binder(load_bvlc())
TEST = NetState("TEST")
INPUT = 'layer { name: "x" type: "Input" top: "x" input_param { shape { %s } } }\n'
IMAGE = INPUT % "dim: 2 dim: 3 dim: 16 dim: 16"
DATA = 'layer { name: "x" type: "Data" top: "x" top: "y" data_param { batch_size: 2 } %s }\n'
HDF5 = 'layer { name: "h" type: "HDF5Data" top: "h" hdf5_data_param { source: "s" batch_size: 2 } }'


def net_of(text: str, **given: object) -> Net:
    problems: list[object] = []
    document = parse(text)
    net = Net(BINDER.bind(document, "NetParameter", problems), **given)  # type: ignore[arg-type]
    assert not problems
    assert not document.problems
    return net


def built(text: str, **given: object) -> Shapes:
    return shapes(net_of(text, **given), TEST)


def cost(text: str, **given: object) -> Footprint:
    return footprint(built(text, **given))


def fields(text: str) -> dict[str, Field | None]:
    """Return the receptive field of the last version of each blob."""
    found = built(text)
    return dict(zip(found.graph.names, receptive_fields(found), strict=True))


def layer(kind: str, bottoms: str, top: str, text: str = "", name: str = "") -> str:
    blobs = " ".join(f'bottom: "{bottom}"' for bottom in bottoms.split())
    return f'layer {{ name: "{name or top}" type: "{kind}" {blobs} top: "{top}" {text} }}\n'


def conv(bottom: str, top: str, text: str) -> str:
    return layer("Convolution", bottom, top, f"convolution_param {{ num_output: 4 {text} }}")


@pytest.mark.parametrize(
    ("text", "parameters", "published", "macs", "tolerance"),
    [
        # 60.97 M: Caffe's own count of its reference net. 61 M and 724 M multiply-adds: Sze, Chen,
        # Yang, Emer 2017, Efficient Processing of Deep Neural Networks, table of popular nets.
        pytest.param(alexnet(), 60_965_224, 60.97e6, 724e6, 0.001, id="AlexNet"),
        # 138 M: Simonyan, Zisserman 2014, table 2, net D. 15.5 G: Sze et al. 2017.
        pytest.param(vgg_16(), 138_357_544, 138.36e6, 15.5e9, 0.003, id="VGG-16"),
        # Without the auxiliary classifiers. 7 M: Sze et al. 2017. 1.5 G: the budget that Szegedy
        # et al. 2014 name in their introduction.
        pytest.param(googlenet(), 6_998_552, 7.0e6, 1.5e9, 0.06, id="GoogLeNet"),
        # 25,557,032 learned: torchvision's table of models. Caffe also holds as parameters what
        # BatchNorm gathers: mean and variance of 26,560 channels, and a factor in 53 layers.
        # 3.8 G: He et al. 2015, table 1.
        pytest.param(
            resnet_50(), 25_557_032 + 2 * 26_560 + 53, 25.6e6, 3.8e9, 0.02, id="ResNet-50"
        ),
        # 1,248,424 and 1,235,496: torchvision's table of models; 1.24 M is 4.8 MB in Iandola et al.
        # 2016, table 1. 1.72 and 0.72 GFLOP, two a multiply-add: the authors' notes on version 1.1.
        pytest.param(squeezenet("1.0"), 1_248_424, 1.25e6, 0.86e9, 0.04, id="SqueezeNet 1.0"),
        pytest.param(squeezenet("1.1"), 1_235_496, 1.24e6, 0.36e9, 0.08, id="SqueezeNet 1.1"),
    ],
)
def test_published_totals(
    text: str, parameters: int, published: float, macs: float, tolerance: float
) -> None:
    found = cost(text)
    assert found.parameters == Total(parameters, 0)
    assert found.parameters.known == pytest.approx(published, rel=0.005)
    assert found.macs.exact == pytest.approx(macs, rel=tolerance)
    assert found.memory.exact == found.blob_memory.known + 4 * parameters


@pytest.mark.parametrize(
    ("text", "blob", "span"),
    [
        # Field, stride and padding: Araujo, Norris, Sim 2019, Computing Receptive Fields of
        # Convolutional Neural Networks, table of alexnet_v2, vgg_16 and resnet_v1_50.
        pytest.param(alexnet(), "pool5", Span(195, 32, -64), id="AlexNet"),
        pytest.param(vgg_16(), "pool5", Span(212, 32, -90), id="VGG-16"),
        pytest.param(resnet_50(), "res5c", Span(483, 32, -239), id="ResNet-50"),
    ],
)
def test_published_receptive_fields(text: str, blob: str, span: Span) -> None:
    assert fields(text)[blob] == (span, span)


def test_memory_in_place_and_shared() -> None:
    """2·3·16·16 values for x, 2·4·14·14 for c; what works in place or is a view adds nothing."""
    text = (
        IMAGE
        + conv("x", "c", "kernel_size: 3")
        + layer("ReLU", "c", "c", name="relu")
        + layer("Flatten", "c", "f")
        + layer("Dropout", "f", "d")
    )
    found = cost(text)
    x, c = 4 * 2 * 3 * 16 * 16, 4 * 2 * 4 * 14 * 14
    assert [one.memory for one in found.layers] == [x, c, 0, 0, c]
    assert found.blob_bytes == [x, c, 0, 0, c]
    assert found.blob_memory == Total(x + 2 * c, 0)
    assert found.parameters == Total(4 * 3 * 9 + 4, 0)
    assert found.macs == Total(2 * 4 * 14 * 14 * 3 * 9, 0)
    assert found.memory == Total(x + 2 * c + 4 * 112, 0)
    assert largest(found, 2) == [1, 4]
    assert largest(found, 9) == [1, 4, 0]


def test_a_parameter_s_top_is_its_weights() -> None:
    text = layer("Parameter", "", "w", "parameter_param { shape { dim: 7 } }")
    assert cost(text).memory == Total(28, 0)


def test_a_loss_without_a_top_adds_one() -> None:
    text = INPUT % "dim: 2 dim: 3"
    text += 'layer { name: "l" type: "EuclideanLoss" bottom: "x" bottom: "x" }'
    assert cost(text).blob_memory == Total(4 * 6 + 4, 0)


def test_shared_parameters_count_once() -> None:
    """A name shares a blob: weights are shared here, biases are not."""
    shared = 'param { name: "w" } inner_product_param { num_output: 5 }'
    text = INPUT % "dim: 2 dim: 3"
    text += layer("InnerProduct", "x", "a", shared) + layer("InnerProduct", "x", "b", shared)
    found = cost(text)
    assert [one.parameters for one in found.layers] == [0, 20, 5]
    assert found.parameters == Total(25, 0)


def test_unknown_sizes_make_totals_unknown() -> None:
    crop = DATA % "transform_param { crop_size: 8 }"
    text = crop + conv("x", "c", "kernel_size: 3") + conv("c", "d", "kernel_size: 3")
    found = cost(text)
    assert [one.parameters for one in found.layers] == [0, None, 4 * 4 * 9 + 4]
    assert found.parameters == Total(148, 1)
    assert found.parameters.exact is None
    assert found.macs.exact is None
    assert found.memory == Total(4 * 2 * 4 * (36 + 16) + 4 * 148, 2)
    assert cost(text, datum=(3, 9, 9)).parameters == Total(148 + 4 * 3 * 9 + 4, 0)


def test_a_layer_that_fails_costs_something_unknown() -> None:
    text = IMAGE + conv("x", "c", "kernel_size: 99") + conv("x", "d", "kernel_size: 1")
    found = cost(text)
    assert found.parameters == Total(16, 1)
    assert found.layers[1] == (None, None, None)


def test_datum_smaller_than_the_crop_counts_as_the_crop() -> None:
    crop = DATA % "transform_param { crop_size: 8 }"
    assert built(crop, datum=(3, 4, 4)).blobs[0] == (2, 3, 8, 8)
    assert built(DATA % "", datum=(3, 4, 5)).blobs[0] == (2, 3, 4, 5)


def test_inputs_replace_the_shape_of_an_input_layer() -> None:
    text = IMAGE + conv("x", "c", "kernel_size: 3")
    found = built(text, inputs={"x": (1, 3, 8, 8)})
    assert found.blobs == [(1, 3, 8, 8), (1, 4, 6, 6)]
    assert found.built[0] is not None
    assert found.built[0].tops == ((1, 3, 8, 8),)
    assert built(text).blobs[0] == (2, 3, 16, 16)


def test_inputs_are_taken_where_a_shape_is_not_known() -> None:
    crop = DATA % "transform_param { crop_size: 8 }"
    assert built(crop, inputs={"x": (9, 3, 9, 9)}).blobs[0] == (2, 3, 8, 8)
    assert built(crop, inputs={"x": (9, 3)}).blobs[0] == (2, None, 8, 8)
    assert built(HDF5, inputs={"h": (2, 3)}).blobs[0] == (2, 3)
    assert built(IMAGE + layer("ReLU", "x", "r"), inputs={"r": (1,)}).blobs[1] == (2, 3, 16, 16)


def test_inputs_stand_in_for_layers_that_are_missing_or_fail() -> None:
    lost = layer("InnerProduct", "gone", "a", "inner_product_param { num_output: 5 }")
    found = built(lost, inputs={"gone": (2, 3)})
    assert found.blobs[0] == (2, 5)
    assert not origins(found)
    odd = layer("Nonesuch", "", "x") + layer("ReLU", "x", "r")
    found = built(odd, inputs={"x": (2, 3)})
    assert found.blobs == [(2, 3), (2, 3)]
    assert [problem.rule for problem in found.problems] == ["unknown-layer-type"]


@pytest.mark.parametrize("field", ["type", "bottom", "top"])
def test_a_layer_that_cannot_be_read_is_neither_built_nor_blamed(field: str) -> None:
    """Nothing is told of how many bottoms it has, or what follows from it."""
    text = layer("ReLU", "x", "r").replace(f"{field}:", f"{field}: oops #", 1).replace("}", "\n}")
    message = BINDER.bind(parse(IMAGE + text), "NetParameter", [])
    found = shapes(Net(message), TEST)
    assert found.built[1] is None
    assert found.problems == []


def test_shapes_are_found_once() -> None:
    net = net_of(DATA % "")
    plain = shapes(net, TEST)
    assert shapes(net, TEST) is plain
    assert plain.blobs[0] == (2, None, None, None)
    told = built(DATA % "", datum=(3, 4, 5), inputs={"y": (2,)})
    assert told.blobs[0] == (2, 3, 4, 5)


def test_origins_of_what_is_unknown() -> None:
    text = DATA % "" + HDF5 + conv("x", "c", "kernel_size: 1") + layer("ReLU", "gone", "r")
    found = [(one.blob, one.remedy) for one in origins(built(text))]
    assert found == [("gone", "input"), ("x", "datum"), ("h", "input")]
    assert origins(built(DATA % "", datum=(3, 4, 4))) == []


@pytest.mark.parametrize(
    ("text", "height", "width"),
    [
        (conv("x", "c", "kernel_size: 3"), (3, 1, 0), (3, 1, 0)),
        (conv("x", "c", "kernel_size: 3 dilation: 2 pad: 2"), (5, 1, -2), (5, 1, -2)),
        (
            conv("x", "c", "kernel_h: 3 kernel_w: 1 stride_h: 2 stride_w: 4 pad_h: 1"),
            (3, 2, -1),
            (1, 4, 0),
        ),
        (layer("Pooling", "x", "c", "pooling_param { kernel_size: 2 stride: 2 }"), (2, 2, 0), None),
        (layer("Pooling", "x", "c", "pooling_param { global_pooling: true }"), (16, 1, 0), None),
        (
            layer("LRN", "x", "c", "lrn_param { local_size: 3 norm_region: WITHIN_CHANNEL }"),
            (3, 1, -1),
            None,
        ),
        (layer("LRN", "x", "c"), (1, 1, 0), None),
    ],
)
def test_field_of_one_layer(
    text: str, height: tuple[int, int, int], width: tuple[int, int, int] | None
) -> None:
    assert fields(IMAGE + text)["c"] == (height, width or height)


def test_fields_that_meet_are_joined() -> None:
    """The cell itself, and the one before it."""
    text = IMAGE + conv("x", "a", "kernel_size: 1 stride: 3")
    text += conv("x", "b", "kernel_size: 1 stride: 3 pad: 1") + layer("Concat", "a b", "both")
    found = fields(text)
    assert found["a"] == (Span(1, 3, 0), Span(1, 3, 0))
    assert found["both"] == (Span(2, 3, -1), Span(2, 3, -1))


@pytest.mark.parametrize(
    "text",
    [
        layer("Tile", "x", "end", "tile_param { axis: 2 tiles: 2 }"),
        layer("Tile", "x", "t", "tile_param { axis: 2 tiles: 1 }") + layer("ReLU", "t", "end"),
        layer("InnerProduct", "x", "end", "inner_product_param { num_output: 2 }"),
        layer("Deconvolution", "x", "end", "convolution_param { num_output: 2 kernel_size: 2 }"),
        layer("Concat", "x x", "end", "concat_param { axis: 2 }"),
        layer("MVN", "x", "end"),
        layer("Convolution", "x", "end", "convolution_param { num_output: 0 }"),
        HDF5.replace('top: "h"', 'top: "end"'),
    ],
)
def test_fields_end(text: str) -> None:
    assert fields(IMAGE + text)["end"] is None


def test_fields_of_different_strides_have_none_together() -> None:
    text = INPUT % "dim: 1 dim: 3 dim: 1 dim: 1"
    text += conv("x", "a", "kernel_size: 1") + conv("x", "b", "kernel_size: 1 stride: 2")
    assert fields(text + layer("Eltwise", "a b", "end"))["end"] is None


def test_a_convolution_of_two_blobs_keeps_them_apart() -> None:
    text = IMAGE + conv("x", "a", "kernel_size: 3 pad: 1")
    text += (
        'layer { name: "c" type: "Convolution" bottom: "x" bottom: "a" top: "c" top: "d" '
        "convolution_param { num_output: 3 kernel_size: 3 } }"
    )
    text = text.replace("dim: 3 dim: 16", "dim: 4 dim: 16")
    found = fields(text)
    assert found["c"] == (Span(3, 1, 0), Span(3, 1, 0))
    assert found["d"] == (Span(5, 1, -1), Span(5, 1, -1))

"""What is not known never changes what is known: sizes and fields may be missing anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st
from runner import bound

from protolint.layers import LAYER_TYPES, Built, Fault, Setup, Shape, set_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from protolint.schema.message import Message

Draw: TypeAlias = "Callable[..., Any]"

_SIZES = st.sampled_from([5, 6, 7, 8, 12, 3, 1, 0])
_SHAPES = st.lists(st.sampled_from([1, 1, 2, 3, 4, 6, 8, 12]), min_size=0, max_size=5).map(tuple)
_IMAGES = st.tuples(st.integers(1, 3), st.sampled_from([1, 2, 3, 4, 6]), _SIZES, _SIZES)
_AXIS = st.sampled_from([1, 1, 1, 0, 2, -1, -2, 4])


def _field(draw: Draw, name: str, values: st.SearchStrategy[object], chance: float = 0.5) -> str:
    if draw(st.floats(0, 1)) > chance:
        return ""
    return f"{name}: {draw(values)} "


def _window(draw: Draw) -> str:
    text = ""
    for name, values in (
        ("kernel_size", [3, 2, 1, 5, 0]),
        ("stride", [2, 1, 3, 2, 0]),
        ("pad", [1, 0, 2]),
    ):
        kind = draw(st.sampled_from(["once", "once", "once", "pair", "many", "none"]))
        stem = name.removesuffix("_size")
        value = st.sampled_from(values)
        if kind == "once":
            text += f"{name}: {draw(value)} "
        if kind == "pair":
            text += _field(draw, f"{stem}_h", value, 0.9) + _field(draw, f"{stem}_w", value, 0.9)
        if kind == "many":
            text += f"{name}: {draw(value)} {name}: {draw(value)} "
    return text


def _convolution(draw: Draw) -> str:
    return (
        _window(draw)
        + _field(draw, "dilation", st.sampled_from([2, 1, 0]), 0.3)
        + _field(draw, "num_output", st.sampled_from([4, 6, 1, 0]), 0.95)
        + _field(draw, "group", st.sampled_from([2, 1, 3, 0]), 0.3)
        + _field(draw, "bias_term", st.sampled_from(["true", "false"]))
        + _field(draw, "axis", _AXIS, 0.1)
        + str(draw(st.sampled_from(["", "", 'weight_filler { type: "xavier" } '])))
    )


def _pooling(draw: Draw) -> str:
    text = _window(draw)
    if draw(st.booleans()):
        # Twice the same singular field does not parse.
        text = _field(draw, "kernel_size", st.integers(1, 4), 0.9)
        text += _field(draw, "stride", st.integers(0, 4))
        text += _field(draw, "pad", st.integers(0, 3))
    for name in ("kernel_size", "stride", "pad"):
        if text.count(f"{name}: ") > 1:
            text = "kernel_size: 2 "
    return (
        text
        + _field(draw, "pool", st.sampled_from(["MAX", "AVE", "STOCHASTIC"]))
        + _field(draw, "round_mode", st.sampled_from(["CEIL", "FLOOR"]), 0.2)
        + _field(draw, "global_pooling", st.just("true"), 0.1)
    )


def _spp(draw: Draw) -> str:
    return _field(draw, "pyramid_height", st.integers(0, 4), 0.95)


def _inner_product(draw: Draw) -> str:
    return (
        _field(draw, "num_output", st.integers(0, 5), 0.95)
        + _field(draw, "axis", _AXIS, 0.4)
        + _field(draw, "transpose", st.just("true"), 0.2)
        + _field(draw, "bias_term", st.just("false"), 0.3)
    )


def _scale(draw: Draw) -> str:
    return (
        _field(draw, "axis", _AXIS)
        + _field(draw, "num_axes", st.integers(-2, 3))
        + str(draw(st.sampled_from(["", "", "filler { sparse: 2 } "])))
    )


def _reshape(draw: Draw) -> str:
    dims = draw(st.lists(st.integers(-1, 6), max_size=4))
    return (
        _field(draw, "axis", _AXIS, 0.3)
        + _field(draw, "num_axes", st.integers(-2, 3), 0.3)
        + "shape { "
        + " ".join(f"dim: {size}" for size in dims)
        + " }"
    )


def _flatten(draw: Draw) -> str:
    return _field(draw, "axis", _AXIS) + _field(draw, "end_axis", _AXIS)


def _slice(draw: Draw) -> str:
    points = draw(st.lists(st.integers(0, 6), max_size=2))
    if draw(st.booleans()):
        points = []
    return (
        _field(draw, "axis", _AXIS, 0.3)
        + _field(draw, "slice_dim", st.integers(0, 4), 0.2)
        + " ".join(f"slice_point: {point}" for point in points)
    )


def _concat(draw: Draw) -> str:
    return _field(draw, "axis", _AXIS, 0.4) + _field(draw, "concat_dim", st.integers(0, 4), 0.2)


def _crop(draw: Draw) -> str:
    offsets = draw(st.lists(st.integers(0, 2), max_size=3))
    return _field(draw, "axis", _AXIS) + " ".join(f"offset: {offset}" for offset in offsets)


def _tile(draw: Draw) -> str:
    return _field(draw, "axis", _AXIS) + _field(draw, "tiles", st.integers(-1, 3), 0.9)


def _reduction(draw: Draw) -> str:
    return _field(draw, "axis", _AXIS) + _field(
        draw, "operation", st.sampled_from(["MEAN", "ASUM"])
    )


def _arg_max(draw: Draw) -> str:
    return (
        _field(draw, "axis", _AXIS)
        + _field(draw, "top_k", st.sampled_from([1, 2, 0]))
        + _field(draw, "out_max_val", st.just("true"))
    )


def _accuracy(draw: Draw) -> str:
    return _field(draw, "axis", _AXIS, 0.3) + _field(draw, "top_k", st.sampled_from([1, 2, 9]), 0.3)


def _axis(draw: Draw) -> str:
    return _field(draw, "axis", _AXIS, 0.3)


def _shared(draw: Draw) -> str:
    return _field(draw, "channel_shared", st.just("true"))


def _recurrent(draw: Draw) -> str:
    return _field(draw, "num_output", st.integers(0, 4), 0.95) + _field(
        draw, "expose_hidden", st.just("true"), 0.3
    )


def _embed(draw: Draw) -> str:
    return (
        _field(draw, "num_output", st.integers(0, 4), 0.95)
        + _field(draw, "input_dim", st.integers(0, 4), 0.95)
        + _field(draw, "bias_term", st.just("false"))
    )


def _nothing(_draw: Draw) -> str:
    return ""


# For each type: its parameter message, what may stand in it, and the numbers of bottoms and tops.
_LAYERS: dict[str, tuple[str, Callable[[Draw], str], list[int], list[int]]] = {
    "Convolution": ("convolution_param", _convolution, [1, 1, 2], [1, 1, 2]),
    "Deconvolution": ("convolution_param", _convolution, [1], [1]),
    "Im2col": ("convolution_param", _convolution, [1], [1]),
    "Pooling": ("pooling_param", _pooling, [1], [1, 2]),
    "SPP": ("spp_param", _spp, [1], [1]),
    "InnerProduct": ("inner_product_param", _inner_product, [1], [1]),
    "Embed": ("embed_param", _embed, [1], [1]),
    "Scale": ("scale_param", _scale, [1, 2], [1]),
    "Bias": ("bias_param", _scale, [1, 2], [1]),
    "BatchNorm": ("batch_norm_param", _nothing, [1], [1]),
    "LRN": ("lrn_param", _nothing, [1], [1]),
    "MVN": ("mvn_param", _nothing, [1], [1]),
    "PReLU": ("prelu_param", _shared, [1], [1]),
    "Softmax": ("softmax_param", _axis, [1], [1]),
    "Eltwise": ("eltwise_param", _nothing, [2, 3], [1]),
    "Concat": ("concat_param", _concat, [1, 2, 3], [1]),
    "Slice": ("slice_param", _slice, [1], [1, 2, 3]),
    "Flatten": ("flatten_param", _flatten, [1], [1]),
    "Reshape": ("reshape_param", _reshape, [1], [1]),
    "Crop": ("crop_param", _crop, [2], [1]),
    "Tile": ("tile_param", _tile, [1], [1]),
    "Reduction": ("reduction_param", _reduction, [1], [1]),
    "ArgMax": ("argmax_param", _arg_max, [1], [1]),
    "Accuracy": ("accuracy_param", _accuracy, [2], [1, 2]),
    "BatchReindex": ("", _nothing, [2], [1]),
    "Filter": ("", _nothing, [2, 3], [1, 2]),
    "SoftmaxWithLoss": ("softmax_param", _axis, [2], [1]),
    "InfogainLoss": ("infogain_loss_param", _axis, [3], [1]),
    "EuclideanLoss": ("", _nothing, [2], [1]),
    "HingeLoss": ("", _nothing, [2], [1]),
    "SigmoidCrossEntropyLoss": ("", _nothing, [2], [1]),
    "MultinomialLogisticLoss": ("", _nothing, [2], [1]),
    "ContrastiveLoss": ("", _nothing, [3], [1]),
    "LSTM": ("recurrent_param", _recurrent, [2, 3, 4], [1, 3]),
    "RNN": ("recurrent_param", _recurrent, [2, 3, 4], [1, 2]),
    "LSTMUnit": ("", _nothing, [3], [2]),
}


_OF_IMAGES = {"Convolution", "Deconvolution", "Im2col", "Pooling", "SPP", "LRN"}


@st.composite
def setups(draw: Draw) -> Setup:
    name = draw(st.sampled_from(sorted(_LAYERS)))
    message, options, bottoms, tops = _LAYERS[name]
    count, made = draw(st.sampled_from(bottoms)), draw(st.sampled_from(tops))
    image = name in _OF_IMAGES or draw(st.booleans())
    first = draw(_IMAGES if image and draw(st.integers(0, 9)) else _SHAPES)
    shapes: list[Shape] = [first]
    for _ in range(count - 1):
        cut = draw(st.integers(0, len(first)))
        label = (*first[:1], *(1,) * (len(first) > 1), *first[2:])
        near = draw(st.sampled_from([first, first, label, first[:cut], first[:1]]))
        shapes.append(draw(_SHAPES) if draw(st.integers(0, 9)) == 0 else near)
    if name in ("LSTM", "RNN") and len(first) >= 2 and draw(st.booleans()):
        shapes[1] = first[:2]
        shapes[2:] = [(first[1], 3), *[(1, first[1], 2)] * 2][: count - 2]
    if name == "LSTMUnit" and draw(st.booleans()):
        shapes = [(1, 2, 3), (1, 2, 12), (1, 2)]
    param = f"{message} {{ {options(draw)} }}" if message else ""
    (layer,) = bound(f'layer {{ name: "l" type: "{name}" {param} }}').read("layer")
    return Setup(layer, tuple(shapes), made)


def _hidden(draw: Draw, shape: Shape) -> Shape:
    if shape is None or draw(st.integers(0, 7)) == 0:
        return None
    return tuple(None if draw(st.booleans()) else size for size in shape)


def _agrees(partial: Shape, full: Shape) -> bool:
    if partial is None:
        return True
    if full is None or len(partial) != len(full):
        return False
    return all(p is None or p == q for p, q in zip(partial, full, strict=True))


def _check(partial: Built | Fault, full: Built | Fault) -> None:
    if isinstance(full, Fault):
        return
    assert isinstance(partial, Built), partial
    assert len(partial.tops) == len(full.tops)
    assert all(map(_agrees, partial.tops, full.tops))
    assert partial.macs is None or partial.macs == full.macs
    if partial.params is not None:
        assert full.params is not None
        assert len(partial.params) == len(full.params)
        assert all(map(_agrees, partial.params, full.params))


def _set_up(setup: Setup) -> Built | Fault:
    return set_up(LAYER_TYPES[setup.layer.read("type")], setup)


@settings(max_examples=1500, deadline=None)
@given(setups(), st.data())
def test_unknown_sizes(setup: Setup, data: st.DataObject) -> None:
    full = _set_up(setup)
    hidden = setup._replace(bottoms=tuple(_hidden(data.draw, shape) for shape in setup.bottoms))
    _check(_set_up(hidden), full)


@settings(max_examples=1000, deadline=None)
@given(setups(), st.data())
def test_unreadable_fields(setup: Setup, data: st.DataObject) -> None:
    full = _set_up(setup)
    _lose(setup.layer, data.draw)
    _check(_set_up(setup), full)


def _lose(layer: Message, draw: Draw) -> None:
    """Make one field of the layer, written or not, unreadable."""
    name = layer.read("type")
    message = _LAYERS[name][0]
    if not message or draw(st.integers(0, 9)) == 0:
        layer.lose(message or "loss_weight")
        return
    inner = layer.values.get(message)
    if inner is None:
        return
    field = draw(st.sampled_from(sorted(inner.type.fields)))
    inner.values.pop(field, None)
    inner.lose(field)

"""What each layer type makes of the moments of its bottoms, at iteration 0 of training.

A type that is not in ``TRANSFER`` says nothing of its tops. Positions of a map are taken as alike,
and the inputs of a sum as independent.
"""

from __future__ import annotations

from math import exp, expm1, log, log1p, prod, sqrt, tanh

from protolint.analysis.scale import PIXEL_DEVIATION, PIXEL_MEAN
from protolint.analysis.scale.fillers import Filled, filled
from protolint.analysis.scale.moments import Moments, applied, rectified
from protolint.layers import Refused
from protolint.layers.convolution import window
from protolint.layers.shapes import is_known
from protolint.typing import TYPE_CHECKING, NamedTuple
from protolint.values import Unknown, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from protolint.layers import Built, Shape
    from protolint.schema.message import Message


class Place(NamedTuple):
    """A layer with the shapes of its bottoms and what is built of it."""

    layer: Message
    bottoms: tuple[Shape, ...]
    built: Built
    tops: int


class Made(NamedTuple):
    """The moments of a layer's tops; ``fresh`` says that the scale of the bottoms no longer counts.

    One element stands for all tops.
    """

    tops: tuple[Moments | Unknown, ...]
    fresh: bool = False


_Bottoms = list[Moments]


def _one(moments: Moments | Unknown, *, fresh: bool = False) -> Made:
    return Made((moments,), fresh)


def _same(_: Place, bottoms: _Bottoms) -> Made:
    return _one(bottoms[0])


# Sources.


def _images(place: Place, _: _Bottoms) -> Made:
    """Return the moments of photographs, transformed; nothing of labels."""
    param = place.layer.read("transform_param")
    scale = param.read("scale")
    if param.lost:
        return _one(unknown("`transform_param` could not be read"))
    centred = param.has("mean_file") is True or param.has("mean_value") is True
    mean = 0.0 if centred else PIXEL_MEAN
    pixels = Moments(mean, mean * mean, PIXEL_DEVIATION**2).times(scale)
    return Made((pixels, unknown("labels")), fresh=True)


def _given(_: Place, __: _Bottoms) -> Made:
    """Take inputs from outside as normalised."""
    return _one(Moments(0.0, 0.0, 1.0), fresh=True)


def _dummy(place: Place, _: _Bottoms) -> Made:
    """Random fillers make data, constant ones none."""
    fillers = place.layer.read("dummy_data_param").read("data_filler")
    made: list[Moments | Unknown] = []
    for index, shape in enumerate(place.built.tops):
        filler = fillers[min(index, len(fillers) - 1)] if fillers else None
        values = filled(filler, shape) if filler else Filled(0.0, 0.0)
        if isinstance(values, Unknown):
            made.append(values)
        elif values.variance:
            made.append(Moments(values.mean, values.mean**2, values.variance))
        else:
            made.append(unknown("the data is constant"))
    return Made(tuple(made), fresh=True)


# Layers with weights.


def _weights(place: Place, param: Message) -> tuple[Filled | Unknown, Filled | Unknown]:
    """Return the moments of weights and bias, unknown where they seem to come from a file."""
    params = place.built.params
    if params is None or place.layer.has("blobs") is not False:
        return unknown("the weights stand in the text"), Filled(0.0, 0.0)
    weights: Filled | Unknown
    if param.has("weight_filler") is not True:
        weights = unknown("without a weight_filler the weights are taken from a file")
    elif _frozen(place.layer):
        weights = unknown("frozen weights are taken from a file")
    else:
        weights = filled(param.read("weight_filler"), params[0])
    bias: Filled | Unknown = Filled(0.0, 0.0)
    if len(params) > 1 and param.has("bias_filler"):
        bias = filled(param.read("bias_filler"), params[1])
    return weights, bias


def _frozen(layer: Message) -> bool:
    given = layer.values.get("param", ())
    return bool(given) and given[0].read("lr_mult") == 0


def _weighed(
    x: Moments, fan_in: float, weights: Filled | Unknown, bias: Filled | Unknown
) -> Moments | Unknown:
    """Return the moments of a sum of ``fan_in`` products and a bias.

    E over the weights of Var over the inputs is fan_in · Var[w] · Var[x] where the weights have no
    mean; with one, it depends on how the inputs vary together.
    """
    if isinstance(weights, Unknown):
        return weights
    if isinstance(bias, Unknown):
        return bias
    if not weights.variance or abs(weights.mean) > 1e-3 * sqrt(weights.variance):
        return unknown("weights that have a mean add up as the values vary together")
    gain = fan_in * weights.variance
    return Moments(bias.mean, gain * x.square + bias.square, gain * x.signal)


def _convolution(place: Place, bottoms: _Bottoms) -> Made:
    param = place.layer.read("convolution_param")
    weights, bias = _weights(place, param)
    fan_in = _fan_in(place, param)
    if fan_in is None:
        return _one(unknown("the size of a bottom is not known"))
    return Made(tuple(_weighed(x, fan_in, weights, bias) for x in bottoms))


def _fan_in(place: Place, param: Message) -> float | None:
    """Return over how many inputs an output of a convolution adds up, on the average."""
    params, shape = place.built.params, place.bottoms[0]
    if not params or params[0] is None or None in params[0]:
        return None
    if shape is None:
        return float(_count(params[0][1:]))
    axis = param.read("axis") % len(shape)
    return float(_count(params[0][1:])) * _inside(param, shape[axis + 1 :], place.built.tops[0])


def _inside(param: Message, sizes: tuple[int | None, ...], top: Shape) -> float:
    """Return the share of a kernel's taps that lie on the input and not on its padding."""
    try:
        found = window(param, len(sizes))
    except Refused:
        return 1.0
    share = 1.0
    tops = (top or ())[-len(sizes) :] if sizes else ()
    axes = (sizes, tops, found.kernel, found.stride, found.pad, found.dilation)
    for size, out, kernel, stride, pad, dilation in zip(*axes, strict=False):
        if not size or not out or not kernel or not stride or not pad or dilation is None:
            continue
        taps = 0
        for tap in range(kernel):
            before = pad - tap * dilation  # the first output whose tap is inside, and the last
            first = max(0, -(-before // stride))
            last = min(out - 1, (size - 1 + before) // stride)
            taps += max(0, last - first + 1)
        share *= taps / (kernel * out)
    return share


def _deconvolution(place: Place, bottoms: _Bottoms) -> Made:
    """Each input adds to kernel positions of the output, which is larger than the input."""
    param = place.layer.read("convolution_param")
    params, shape, top = place.built.params, place.bottoms[0], place.built.tops[0]
    if not params or not is_known(params[0]) or not is_known(shape) or not is_known(top):
        return _one(unknown("the size of a bottom is not known"))
    weights, bias = _weights(place, param)
    axis = param.read("axis") % len(shape or ())
    groups = max(param.read("group"), 1)
    positions, outputs = _count((shape or ())[axis + 1 :]), _count((top or ())[axis + 1 :])
    kernel = _count((params[0] or ())[2:])
    fan_in = _count((params[0] or ())[:1]) / groups * kernel * positions / max(outputs, 1)
    return Made(tuple(_weighed(x, fan_in, weights, bias) for x in bottoms))


def _inner_product(place: Place, bottoms: _Bottoms) -> Made:
    param = place.layer.read("inner_product_param")
    params = place.built.params
    if not params or not is_known(params[0]):
        return _one(unknown("the size of a bottom is not known"))
    inputs = (params[0] or ())[0 if param.read("transpose") is True else 1]
    return _one(_weighed(bottoms[0], float(inputs or 0), *_weights(place, param)))


def _embed(place: Place, _: _Bottoms) -> Made:
    weights, bias = _weights(place, place.layer.read("embed_param"))
    if isinstance(weights, Unknown) or isinstance(bias, Unknown):
        return _one(unknown("the weights are not known"))
    mean = weights.mean + bias.mean
    square = mean * mean + bias.variance
    return _one(Moments(mean, square, weights.variance), fresh=True)


def _scale(place: Place, bottoms: _Bottoms) -> Made:
    param = place.layer.read("scale_param")
    if len(place.bottoms) > 1 or _frozen(place.layer) or place.layer.has("blobs") is not False:
        return _one(unknown("the factors of a Scale are not known"))
    shapes = place.built.params or (None, None)
    factor: Filled | Unknown = Filled(1.0, 0.0)
    if param.has("filler"):
        factor = filled(param.read("filler"), shapes[0])
    shift: Filled | Unknown = Filled(0.0, 0.0)
    if param.read("bias_term") is True and param.has("bias_filler"):
        shift = filled(param.read("bias_filler"), shapes[-1])
    if isinstance(factor, Unknown) or isinstance(shift, Unknown) or not factor.square:
        return _one(unknown("the factors of a Scale are not known"))
    x = bottoms[0]
    square = factor.square * x.square + shift.square + 2 * factor.mean * x.mean * shift.mean
    return _one(Moments(factor.mean * x.mean + shift.mean, square, factor.square * x.signal))


def _bias(place: Place, bottoms: _Bottoms) -> Made:
    if len(place.bottoms) > 1 or _frozen(place.layer) or place.layer.has("blobs") is not False:
        return _one(unknown("the summands of a Bias are not known"))
    param, x = place.layer.read("bias_param"), bottoms[0]
    shift = filled(param.read("filler"), (place.built.params or (None,))[0])
    if isinstance(shift, Unknown):
        return _one(shift)
    return _one(x.plus(shift.mean)._replace(square=x.plus(shift.mean).square + shift.variance))


# Normalisation.


def _batch_norm(place: Place, bottoms: _Bottoms) -> Made:
    if place.layer.read("batch_norm_param").read("use_global_stats") is True:
        return _one(unknown("the statistics of a BatchNorm are taken from a file"))
    return _normalised(bottoms, place.layer.read("batch_norm_param").read("eps"))


def _mvn(place: Place, bottoms: _Bottoms) -> Made:
    param = place.layer.read("mvn_param")
    if param.read("normalize_variance") is not True:
        x = bottoms[0] if bottoms else None
        return _one(Moments(0.0, 0.0, x.signal) if x else unknown("the scale is not known"))
    return _normalised(bottoms, param.read("eps"))


def _normalised(bottoms: _Bottoms, eps: float | Unknown) -> Made:
    """Return deviation 1, unless eps outweighs the signal."""
    if not bottoms or isinstance(eps, Unknown) or bottoms[0].signal > eps:
        return _one(Moments(0.0, 0.0, 1.0), fresh=True)
    signal = bottoms[0].signal
    return _one(Moments(0.0, 0.0, signal / (signal + eps)))


def _lrn(place: Place, bottoms: _Bottoms) -> Made:
    """``x / (k + alpha·mean of x²)^beta``."""
    param, x = place.layer.read("lrn_param"), bottoms[0]
    within = param.read("norm_region") == "WITHIN_CHANNEL"
    k, alpha, beta = 1.0 if within else param.read("k"), param.read("alpha"), param.read("beta")
    part = alpha * (x.square + x.signal)
    if not k + part > 0:
        return _one(unknown("the base of an LRN is not positive"))
    return _one(x.times((k + part) ** -beta), fresh=part > k)


# Pointwise.


def _relu(place: Place, bottoms: _Bottoms) -> Made:
    return _one(rectified(bottoms[0], place.layer.read("relu_param").read("negative_slope")))


def _prelu(place: Place, bottoms: _Bottoms) -> Made:
    param = place.layer.read("prelu_param")
    slope = Filled(0.25, 0.0)
    if param.has("filler"):
        found = filled(param.read("filler"), (place.built.params or (None,))[0])
        if isinstance(found, Unknown):
            return _one(found)
        slope = found
    return _one(rectified(bottoms[0], sqrt(slope.square)))


def _pointwise(function: Callable[[float], float]) -> Callable[[Place, _Bottoms], Made]:
    return lambda _, bottoms: _one(applied(function, bottoms[0]))


def _bounded(function: Callable[[float], float]) -> Callable[[Place, _Bottoms], Made]:
    """Return what a function into -1..1 makes: it takes away any scale that is beyond that."""
    return lambda _, bottoms: _one(applied(function, bottoms[0]), fresh=bottoms[0].signal > 1)


def _sigmoid(x: float) -> float:
    return 0.5 * tanh(0.5 * x) + 0.5


def _elu(place: Place, bottoms: _Bottoms) -> Made:
    alpha = place.layer.read("elu_param").read("alpha")
    return _one(applied(lambda x: x if x > 0 else alpha * expm1(x), bottoms[0]))


def _swish(place: Place, bottoms: _Bottoms) -> Made:
    beta = place.layer.read("swish_param").read("beta")
    return _one(applied(lambda x: x * _sigmoid(beta * x), bottoms[0]))


def _clip(place: Place, bottoms: _Bottoms) -> Made:
    param = place.layer.read("clip_param")
    low, high = param.read("min"), param.read("max")
    return _one(applied(lambda x: min(max(x, low), high), bottoms[0]))


def _power(place: Place, bottoms: _Bottoms) -> Made:
    """``(shift + scale·x)^power``."""
    param = place.layer.read("power_param")
    power, scale, shift = (param.read(name) for name in ("power", "scale", "shift"))
    x = bottoms[0].times(scale).plus(shift)
    if not scale or not power:
        return _one(unknown("the layer does not depend on its bottom"))
    return _one(x if power == 1 else applied(lambda v: _real_power(v, power), x))


def _real_power(value: float, power: float) -> float:
    if value < 0 and power != int(power):
        raise ValueError("a negative number has no such power")
    return float(value**power)


def _exp(place: Place, bottoms: _Bottoms) -> Made:
    param = place.layer.read("exp_param")
    base, scale, shift = (param.read(name) for name in ("base", "scale", "shift"))
    rate = 1.0 if base == -1 else log(base) if base > 0 else None
    if rate is None:
        return _one(unknown("an Exp has no such base"))
    return _one(applied(lambda x: exp(rate * (shift + scale * x)), bottoms[0]))


# Several bottoms, and maps.


def _eltwise(place: Place, bottoms: _Bottoms) -> Made:
    param = place.layer.read("eltwise_param")
    operation = param.read("operation")
    if operation == "MAX":
        largest = max(bottoms, key=lambda x: x.square + x.signal)
        return _one(_largest_of(largest, len(bottoms)))
    if operation != "SUM":
        return _one(unknown("nothing is predicted of a product"))
    coefficients = param.read("coeff") or [1.0] * len(bottoms)
    scaled = [x.times(c) for x, c in zip(bottoms, coefficients, strict=False)]
    mean = sum(x.mean for x in scaled)
    spread = sum(x.square - x.mean * x.mean for x in scaled)
    return _one(Moments(mean, mean * mean + spread, sum(x.signal for x in scaled)))


def _concat(place: Place, bottoms: _Bottoms) -> Made:
    """Return the moments of all values together, weighed by their number where that is known."""
    known = all(map(is_known, place.bottoms))
    shares = [float(_count(shape or ())) if known else 1.0 for shape in place.bottoms]
    total = sum(shares) or 1.0
    parts = [tuple(share / total * v for v in x) for share, x in zip(shares, bottoms, strict=True)]
    return _one(Moments(*map(sum, zip(*parts, strict=True))))


def _pooling(place: Place, bottoms: _Bottoms) -> Made:
    param, x = place.layer.read("pooling_param"), bottoms[0]
    if param.read("pool") != "MAX":
        return _one(x)
    kernel = param.read("kernel_size")
    if param.has("kernel_h"):
        values = param.read("kernel_h") * param.read("kernel_w")
    elif param.read("global_pooling") is True:
        shape = place.bottoms[0]
        values = _count(shape[2:]) if shape is not None and None not in shape[2:] else 9
    else:
        values = kernel * kernel
    return _one(_largest_of(x, values))


def _largest_of(x: Moments, values: int) -> Moments:
    """Return the moments of the largest of some values that are neither equal nor independent.

    Of n independent normal values the largest lies about 0.74·√(2 ln n) deviations above the mean,
    of n equal ones 0; neighbours of a map are taken halfway.
    """
    if values < 2:
        return x
    return x.plus(0.37 * sqrt(2 * log(values)) * sqrt(x.signal))


def _count(sizes: tuple[int | None, ...]) -> int:
    return prod(size or 0 for size in sizes)


SOURCES: dict[str, Callable[[Place, _Bottoms], Made]] = {
    "Data": _images,
    "ImageData": _images,
    "WindowData": _images,
    "DummyData": _dummy,
    "Input": _given,
    "MemoryData": _given,
    "HDF5Data": _given,
}

NORMALISERS = ("BatchNorm", "MVN")
"""Types whose output is known whatever the scale of their bottom is."""

FIRST_ONLY = ("BatchReindex", "Crop", "Filter", "Reshape")
"""Types that take their values from the first bottom alone."""

TRANSFER: dict[str, Callable[[Place, _Bottoms], Made]] = {
    **SOURCES,
    **dict.fromkeys(
        (
            "BatchReindex",
            "Crop",
            "Dropout",
            "Filter",
            "Flatten",
            "Im2col",
            "Reshape",
            "Slice",
            "SPP",
            "Split",
            "Tile",
        ),
        _same,
    ),
    "AbsVal": _pointwise(abs),
    "BatchNorm": _batch_norm,
    "Bias": _bias,
    "BNLL": _pointwise(lambda x: x + log1p(exp(-x)) if x > 0 else log1p(exp(x))),
    "Clip": _clip,
    "Concat": _concat,
    "Convolution": _convolution,
    "Deconvolution": _deconvolution,
    "ELU": _elu,
    "Eltwise": _eltwise,
    "Embed": _embed,
    "Exp": _exp,
    "InnerProduct": _inner_product,
    "LRN": _lrn,
    "MVN": _mvn,
    "Pooling": _pooling,
    "Power": _power,
    "PReLU": _prelu,
    "ReLU": _relu,
    "Scale": _scale,
    "Sigmoid": _bounded(_sigmoid),
    "Swish": _swish,
    "TanH": _bounded(tanh),
}

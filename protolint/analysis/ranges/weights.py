"""The values of weights: what fillers put there, or whatever was learned since."""

from __future__ import annotations

import math

from protolint.analysis.ranges.place import need, number
from protolint.analysis.ranges.value import Value, between, constant, unknown
from protolint.layers.fields import integer, length, real, section, sections, word
from protolint.layers.shapes import product
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.analysis.ranges.place import Place
    from protolint.layers import Shape
    from protolint.model.layer import Layer
    from protolint.schema.message import Message

DEVIATIONS = 40
"""A Gaussian draw is taken to lie within so many standard deviations of its mean.

The chance that one does not is below 1e-340, and generators of finite precision end long before:
Box and Muller's method from 32 random bits reaches 6.7 deviations.
"""

_SLACK = 1 + 2.0**-20
"""For the limits that Caffe computes in single precision itself."""

_FILLERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Bias": ("bias_param", ("filler",)),
    "Convolution": ("convolution_param", ("weight_filler", "bias_filler")),
    "ConvolutionDepthwise": ("convolution_param", ("weight_filler", "bias_filler")),
    "Deconvolution": ("convolution_param", ("weight_filler", "bias_filler")),
    "DepthwiseConvolution": ("convolution_param", ("weight_filler", "bias_filler")),
    "Embed": ("embed_param", ("weight_filler", "bias_filler")),
    "InnerProduct": ("inner_product_param", ("weight_filler", "bias_filler")),
    "Normalize": ("norm_param", ("scale_filler",)),
    "PReLU": ("prelu_param", ("filler",)),
    "Scale": ("scale_param", ("filler", "bias_filler")),
}
"""Type → its parameter message and the fillers in it, in the order of the parameter blobs."""

_DEFAULTS = {
    ("Scale", "filler"): 1.0,
    ("PReLU", "filler"): 0.25,
    ("Normalize", "scale_filler"): 1.0,
}
"""Fillers that are not 0 where they are not written."""


def weight(place: Place, index: int) -> Value:
    """Return the value of the layer's parameter blob of that index."""
    layer, index = place.owners.get(index, (place.layer, index))
    if place.weights == "any" or (place.weights == "ordinary" and not _is_frozen(layer, index)):
        return place.free()
    return _initial(layer, index, place.params[index] if place.params else None)


def is_frozen(place: Place) -> bool:
    """Return whether the weights stay as the text fills them, unless they are loaded."""
    count = len(place.params or ())
    owners = (place.owners.get(index, (place.layer, index)) for index in range(count))
    return count > 0 and all(_is_frozen(layer, index) for layer, index in owners)


def _fillers(layer: Layer) -> tuple[str, tuple[str, ...]]:
    """Return a layer's message and fillers; a Scale by a second bottom has the bias only."""
    param, fillers = _FILLERS.get(layer.type, ("", ()))
    second = layer.type == "Scale" and len(layer.bottoms) > 1
    return param, fillers[1:] if second else fillers


def _is_frozen(layer: Layer, index: int) -> bool:
    param, fillers = _fillers(layer)
    rates = sections(layer.message, "param")
    if rates is None or index >= len(rates) or real(rates[index], "lr_mult") != 0:
        return False
    filler = section(layer.message, param)
    return filler is not None and (index > 0 or fillers[0] in filler.values)


def _initial(layer: Layer, index: int, shape: Shape) -> Value:
    if length(layer.message, "blobs") != 0:
        return unknown(f"the weights written in layer {layer.name!r} are not read")
    param, fillers = _fillers(layer)
    if index >= len(fillers):
        return unknown(f"the fillers of layer {layer.name!r} are not known")
    name = fillers[index]
    message = need(section(layer.message, param))
    if name not in message.values:
        value = constant(_DEFAULTS.get((layer.type, name), 0.0))
        if index == 0 and (layer.type, name) not in _DEFAULTS:
            # Such weights are loaded from a file as a rule.
            why = frozenset((f"layer {layer.name!r} has no {name}: its weights may be loaded",))
            value = value._replace(lo_why=why, hi_why=why)
        return value
    return filled(need(section(message, name)), shape)


def recurrent_weight(place: Place, name: str, shape: Shape) -> Value:
    """Return the value of a recurrent layer's weights or biases, by the field of their filler."""
    if place.weights != "initial":
        return place.free()
    param = need(section(place.layer.message, "recurrent_param"))
    return filled(need(section(param, name)), shape) if name in param.values else constant(0.0)


def filled(filler: Message, shape: Shape) -> Value:
    """Return the value of a blob that a filler fills.

    Source: the facts on Caffe's filler.hpp; n is fan-in, fan-out or their mean.
    """
    kind = need(word(filler, "type"))
    if kind == "constant":
        return constant(number(filler, "value"))
    if kind == "uniform":
        return between(number(filler, "min"), number(filler, "max"))
    if kind == "gaussian":
        mean, off = number(filler, "mean"), DEVIATIONS * abs(number(filler, "std"))
        value = between(mean - off, mean + off)
        return between(min(value.lo, 0), max(value.hi, 0)) if _is_sparse(filler) else value
    if kind in ("positive_unitball", "bilinear"):
        return Value(0.0, 1.0)
    if kind == "xavier":
        limit = _SLACK * math.sqrt(3 / _fan(filler, shape))
        return between(-limit, limit)
    if kind == "msra":
        limit = _SLACK * DEVIATIONS * math.sqrt(2 / _fan(filler, shape))
        return between(-limit, limit)
    return unknown(f"filler {kind!r} is not known")


def _is_sparse(filler: Message) -> bool:
    return need(integer(filler, "sparse")) != -1


def _fan(filler: Message, shape: Shape) -> float:
    """Return the number of connections that xavier and msra divide by; at least 1."""
    count = product(shape)
    if shape is None or count is None or not count:
        return 1.0
    fan_in = count / (shape[0] or 1)
    fan_out = count / (shape[1] or 1) if len(shape) > 1 else float(count)
    mode = need(word(filler, "variance_norm"))
    return {"FAN_IN": fan_in, "FAN_OUT": fan_out}.get(mode, (fan_in + fan_out) / 2)

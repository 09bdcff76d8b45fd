"""Layers whose top is as large as their bottom, element by element, and Eltwise."""

from __future__ import annotations

import math

from protolint.layers.fields import flag, length, real, section, word
from protolint.layers.parameters import created
from protolint.layers.shapes import agreed, dim, known, legacy, not_empty, product, same, shape_text
from protolint.layers.specification import (
    ONE,
    Built,
    InPlace,
    LayerType,
    Setup,
    Shape,
    refuse,
    refuse_if,
)
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.schema.message import Message


def pointwise(setup: Setup) -> Built:
    """``x``; nothing is checked."""
    return Built((setup.bottoms[0],))


def exponential(setup: Setup) -> Built:
    """``x``; the base is positive and finite, or -1."""
    _base(setup, "exp_param")
    return pointwise(setup)


def logarithm(setup: Setup) -> Built:
    """``x``; the base is positive, finite and not 1, or -1."""
    base = _base(setup, "log_param")
    refuse_if(base == 1.0, "log-base-one", ("log_param", "base"))
    return pointwise(setup)


def _base(setup: Setup, name: str) -> float | None:
    base = real(section(setup.layer, name), "base")
    if base is not None and base != -1:
        refuse_if(not base > 0, "base-not-positive", (name, "base"), base=base)
        refuse_if(math.isinf(base), "base-infinite", (name, "base"), base=base)
    return base


def prelu(setup: Setup) -> Built:
    """``x``; slopes ``[x[1]]``, or a scalar with ``channel_shared``."""
    name = "prelu_param"
    x = setup.bottoms[0]
    if x is not None and len(x) < 2:
        refuse("prelu-axes", ("bottom", 0), axes=len(x), shape=shape_text(x))
    x4 = legacy(x, "PReLU", ("bottom", 0))
    shared = flag(section(setup.layer, name), "channel_shared")
    slopes: Shape = None if shared is None else () if shared else (dim(x, 1),)
    params = created(setup, ("the slope blob", slopes, (name, "filler")))
    if params and slopes is not None:
        expected = 1 if shared else dim(x, 1)
        found = product(params[0])
        wrong = known(lambda a, b: a != b, found, expected)
        at = ("blobs", 0)
        refuse_if(wrong, "prelu-given-slopes", at, expected=expected, found=found)
    if x4 is not None:
        not_empty(x4[1:], "one item of the bottom", ("bottom", 0))
    return Built((x,), params)


def eltwise(setup: Setup) -> Built:
    """``x``; all bottoms have exactly the same shape."""
    param = section(setup.layer, "eltwise_param")
    coeffs = length(param, "coeff")
    if coeffs:
        at = ("eltwise_param", "coeff")
        count = len(setup.bottoms)
        refuse_if(coeffs != count, "eltwise-coeff-count", at, coeffs=coeffs, bottoms=count)
        refuse_if(word(param, "operation") == "PROD", "eltwise-coeff-without-sum", at)
    first = setup.bottoms[0]
    for index, other in enumerate(setup.bottoms[1:], 1):
        if same(first, other) is False:
            refuse(
                "eltwise-shapes-differ",
                ("bottom", index),
                index=index,
                other=shape_text(other),
                first=shape_text(first),
            )
    return Built((agreed(setup.bottoms),))


def _eltwise_in_place(layer: Message) -> InPlace:
    return "forward" if word(section(layer, "eltwise_param"), "operation") == "PROD" else "bad"


def _eltwise_keeps_top(layer: Message) -> bool:
    param = section(layer, "eltwise_param")
    return word(param, "operation") == "PROD" and flag(param, "stable_prod_grad") is False


def _relu_in_place(layer: Message) -> InPlace:
    return _sloped(layer, "relu_param", "negative_slope")


def _elu_in_place(layer: Message) -> InPlace:
    return _sloped(layer, "elu_param", "alpha")


def _sloped(layer: Message, name: str, field: str) -> InPlace:
    """In place, the sign of the input is read off the output, which a negative slope turns."""
    slope = real(section(layer, name), field)
    return "forward" if slope is not None and slope < 0 else "ok"


def _power_keeps_top(layer: Message) -> bool:
    return real(section(layer, "power_param"), "power") not in (0, 1, 2, None)


TYPES = (
    LayerType("AbsVal", ONE, ONE, pointwise, in_place="abort"),
    LayerType("BNLL", ONE, ONE, pointwise, in_place="forward"),
    LayerType("Clip", ONE, ONE, pointwise, ("clip_param",), "forward"),
    LayerType("Dropout", ONE, ONE, pointwise, ("dropout_param",), "ok"),
    LayerType("ELU", ONE, ONE, pointwise, ("elu_param",), _elu_in_place, keeps_top=True),
    LayerType("Exp", ONE, ONE, exponential, ("exp_param",), "ok", keeps_top=True),
    LayerType("Log", ONE, ONE, logarithm, ("log_param",), "forward"),
    LayerType("Power", ONE, ONE, pointwise, ("power_param",), "forward", _power_keeps_top),
    LayerType("PReLU", ONE, ONE, prelu, ("prelu_param",), "ok"),
    LayerType("ReLU", ONE, ONE, pointwise, ("relu_param",), _relu_in_place),
    LayerType("Sigmoid", ONE, ONE, pointwise, ("sigmoid_param.engine",), "ok", keeps_top=True),
    LayerType("Swish", ONE, ONE, pointwise, ("swish_param",), "ok", keeps_top=True),
    LayerType("TanH", ONE, ONE, pointwise, ("tanh_param.engine",), "ok", keeps_top=True),
    LayerType("Threshold", ONE, ONE, pointwise, ("threshold_param",)),
    LayerType(
        "Eltwise",
        (2, None),
        ONE,
        eltwise,
        ("eltwise_param",),
        _eltwise_in_place,
        keeps_top=_eltwise_keeps_top,
    ),
)

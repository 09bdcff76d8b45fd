"""Layers of face recognition: inner products with a margin, and the distance to a centre."""

from __future__ import annotations

from protolint.layers.fields import integer, section
from protolint.layers.loss import reshaped
from protolint.layers.parameters import created
from protolint.layers.shapes import blob, canonical, joined, part, product
from protolint.layers.specification import TWO, Built, Dim, LayerType, Setup, tops_from


def _weights(setup: Setup, name: str) -> tuple[int | None, tuple[Dim, Dim]]:
    """Return axis a and ``[num_output, product of x[a:]]``."""
    param = section(setup.layer, name)
    x = setup.bottoms[0]
    a = canonical(x, integer(param, "axis"), (name, "axis"))
    inputs = None if x is None or a is None else product(part(x, a, len(x)))
    return a, (integer(param, "num_output"), inputs)


def _margin(setup: Setup, name: str) -> Built:
    x = setup.bottoms[0]
    a, weights = _weights(setup, name)
    params = created(setup, ("the weight blob", weights, (name, "weight_filler")))
    top = None if a is None else blob(joined(part(x, 0, a), weights[:1]), "the output", (name,))
    return Built((top, (1,))[: setup.tops], params)


def margin_inner_product(setup: Setup) -> Built:
    """``x[:a] + [num_output]`` and lambda ``[1]``; weights ``[num_output, product of x[a:]]``."""
    return _margin(setup, "margin_inner_product_param")


def large_margin_inner_product(setup: Setup) -> Built:
    """``x[:a] + [num_output]`` and lambda ``[1]``; weights ``[num_output, product of x[a:]]``."""
    return _margin(setup, "largemargin_inner_product_param")


def center_loss(setup: Setup) -> Built:
    """``[]``; centres ``[num_output, product of x[a:]]``."""
    name = "center_loss_param"
    _, centres = _weights(setup, name)
    params = created(setup, ("the centre blob", centres, (name, "center_filler")))
    reshaped(setup)
    return Built(tops_from(setup, ()), params)


TYPES = (
    LayerType(
        "MarginInnerProduct", TWO, (1, 2), margin_inner_product, ("margin_inner_product_param",)
    ),
    LayerType(
        "LargeMarginInnerProduct",
        TWO,
        (1, 2),
        large_margin_inner_product,
        ("largemargin_inner_product_param",),
    ),
    LayerType(
        "CenterLoss",
        TWO,
        (1, None),
        center_loss,
        ("center_loss_param", "loss_param"),
        auto_top=True,
        loss=True,
    ),
)

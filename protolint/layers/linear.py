"""InnerProduct and Embed."""

from __future__ import annotations

from protolint.layers.fields import flag, integer, section
from protolint.layers.parameters import created
from protolint.layers.shapes import blob, canonical, joined, known, not_empty, part, product
from protolint.layers.specification import (
    ONE,
    Built,
    LayerType,
    Setup,
    Shape,
    refuse_if,
)


def inner_product(setup: Setup) -> Built:
    """``x[:a] + [num_output]``; weights ``[num_output, K]``, K = product of ``x[a:]``.

    ``transpose`` swaps the axes of the weights.
    """
    name = "inner_product_param"
    param = section(setup.layer, name)
    x = setup.bottoms[0]
    outputs = integer(param, "num_output")
    a = canonical(x, integer(param, "axis"), (name, "axis"))
    axes = None if x is None else len(x)
    inputs = product(part(x, a, axes)) if a is not None else None
    given = bool(setup.layer.values.get("blobs"))
    missing = known(lambda n: n <= 0 and not given, outputs)
    refuse_if(missing, "inner-product-num-output-missing", (name, "num_output"))
    bias = flag(param, "bias_term")
    transpose = flag(param, "transpose")
    weights: Shape = (None, None)
    if transpose is not None:
        weights = (inputs, outputs) if transpose else (outputs, inputs)
    params = _weights_and_bias(setup, name, weights, (outputs,), bias=bias)
    rows = part(x, 0, a)
    top = blob(joined(rows, (outputs,)), "the output", (name,))
    if bias:
        not_empty(rows, "the batch", ("bottom", 0))
    macs = None if rows is None else product((*rows, inputs, outputs))
    return Built((top,), params, macs)


def embed(setup: Setup) -> Built:
    """``x + [num_output]``; weights ``[input_dim, num_output]``."""
    name = "embed_param"
    param = section(setup.layer, name)
    x = setup.bottoms[0]
    outputs, inputs = integer(param, "num_output"), integer(param, "input_dim")
    for field, size in (("num_output", outputs), ("input_dim", inputs)):
        missing = known(lambda n: n <= 0, size)
        refuse_if(missing, "embed-size-missing", (name, field), field=field)
    bias = flag(param, "bias_term")
    params = _weights_and_bias(setup, name, (inputs, outputs), (outputs,), bias=bias)
    top = blob(joined(x, (outputs,)), "the output", (name,))
    if bias:
        not_empty(x, "the bottom", ("bottom", 0))
    return Built((top,), params)


def _weights_and_bias(
    setup: Setup, name: str, weights: Shape, bias_shape: Shape, *, bias: bool | None
) -> tuple[Shape, ...] | None:
    if bias is None:
        return None
    blobs = [("the weight blob", weights, (name, "weight_filler"))]
    if bias:
        blobs.append(("the bias blob", bias_shape, (name, "bias_filler")))
    return created(setup, *blobs)


TYPES = (
    LayerType("InnerProduct", ONE, ONE, inner_product, ("inner_product_param",), "bad"),
    LayerType("Embed", ONE, ONE, embed, ("embed_param",), "bad"),
)

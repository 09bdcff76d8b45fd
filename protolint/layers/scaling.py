"""Scale and Bias: one factor or summand for a run of axes, learned or a second bottom."""

from __future__ import annotations

from protolint.layers.fields import flag, integer, section
from protolint.layers.parameters import created, fill, written
from protolint.layers.shapes import (
    axes,
    blob,
    canonical,
    differs,
    not_empty,
    part,
    product,
    shape_text,
)
from protolint.layers.specification import (
    ONE,
    Built,
    Dim,
    LayerType,
    Path,
    Setup,
    Shape,
    refuse,
    refuse_if,
)
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from protolint.schema.message import Message


def bias(setup: Setup) -> Built:
    """``x``; the summand is ``x[a : a+num_axes]``, or a second bottom of such a shape."""
    name = "bias_param"
    param = section(setup.layer, name)
    x = setup.bottoms[0]
    if len(setup.bottoms) == 2:
        params: tuple[Shape, ...] | None = written(setup.layer)
        factor = setup.bottoms[1]
    else:
        shape = _parameter_shape(setup, name, param, x)
        params = created(setup, ("the bias blob", shape, (name, "filler")))
        factor = params[0] if params else None
    tail = _fits(setup, factor, param, name)
    _multiplier(tail)
    return Built((x,), params)


def scale(setup: Setup) -> Built:
    """``x``; the factor as in Bias, then with ``bias_term`` a summand of its shape."""
    name = "scale_param"
    param = section(setup.layer, name)
    x = setup.bottoms[0]
    given = written(setup.layer)
    two = len(setup.bottoms) == 2
    factor: Shape
    params = given
    if two:
        factor = setup.bottoms[1]
    else:
        shape = _parameter_shape(setup, name, param, x)
        params = created(setup, ("the scale blob", shape, (name, "filler")))
        factor = params[0] if params else None
    bias_term = flag(param, "bias_term")
    if bias_term is None:
        params = None
    elif bias_term and params is not None:
        params = _with_bias(setup, param, params, factor if two else None, two=two)
    tail = _fits(setup, factor, param, name)
    if tail is not None and x is not None and factor is not None:
        head = x[: len(x) - len(tail) - len(factor)]
        if product(head) == 0 and product(tail) == 0:
            not_empty(x, "the bottom", ("bottom", 0))
    if bias_term:
        _multiplier(tail)
    return Built((x,), params)


def _with_bias(
    setup: Setup,
    param: Message | None,
    params: tuple[Shape, ...],
    second: Shape,
    *,
    two: bool,
) -> tuple[Shape, ...]:
    """Return the parameters with the summand, which an inner Bias layer makes and fills."""
    x, name = setup.bottoms[0], "scale_param"
    number = axes(second) if two else integer(param, "num_axes")
    shape = _run(x, integer(param, "axis"), number, name)
    blob(shape, "the bias blob", (name,))
    fill(section(param, "bias_filler"), shape, "the bias blob", (name, "bias_filler"))
    return params if len(params) + len(setup.bottoms) >= 3 else (*params, shape)


def _parameter_shape(setup: Setup, name: str, param: Message | None, x: Shape) -> Shape:
    """Return ``x[a : a+num_axes]``; Caffe does not ask when parameters are written in the text."""
    if setup.layer.values.get("blobs"):
        return None
    return _run(x, integer(param, "axis"), integer(param, "num_axes"), name)


def _run(x: Shape, axis: int | None, num_axes: int | None, name: str) -> Shape:
    a = canonical(x, axis, (name, "axis"))
    if num_axes is None:
        return None
    at = (name, "num_axes")
    refuse_if(num_axes < -1, "scale-num-axes-negative", at, num_axes=num_axes)
    if num_axes == 0:
        return ()
    if x is None or a is None:
        return (None,) * num_axes if num_axes > 0 else None
    stop = len(x) if num_axes == -1 else a + num_axes
    if stop > len(x):
        refuse("scale-exceeds-axes", at, axes=num_axes, axis=a, shape=shape_text(x))
    return part(x, a, stop)


def _fits(setup: Setup, factor: Shape, param: Message | None, name: str) -> Sequence[Dim] | None:
    """Refuse a factor that is not ``x[a : a+its axes]``; return the sizes behind that run."""
    if factor is None:
        return None
    x = setup.bottoms[0]
    a = 0 if factor == () else canonical(x, integer(param, "axis"), (name, "axis"))
    if x is None or a is None:
        return None
    at: Path = ("bottom", 1) if len(setup.bottoms) == 2 else ("blobs", 0)
    shape = shape_text(factor)
    bottom = shape_text(x)
    if a + len(factor) > len(x):
        refuse("scale-shape-differs", at, shape=shape, bottom=bottom, axis=a)
    for p, q in zip(x[a:], factor, strict=False):
        refuse_if(differs(p, q), "scale-shape-differs", at, shape=shape, bottom=bottom, axis=a)
    return x[a + len(factor) :]


def _multiplier(tail: Sequence[Dim] | None) -> None:
    """Refuse to sum over nothing: Bias fills a blob of as many ones as there are inner sizes."""
    if tail is not None:
        not_empty(tuple(tail), "the run of inner axes", ("bottom", 0))


TYPES = (
    LayerType("Bias", (1, 2), ONE, bias, ("bias_param",), "ok"),
    LayerType("Scale", (1, 2), ONE, scale, ("scale_param",), "ok"),
)

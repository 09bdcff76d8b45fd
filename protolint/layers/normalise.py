"""BatchNorm, LRN, MVN and Softmax."""

from __future__ import annotations

from protolint.layers.fields import flag, integer, length, real, section, sections, word
from protolint.layers.parameters import written
from protolint.layers.shapes import (
    axes,
    blob,
    canonical,
    dim,
    known,
    legacy,
    not_empty,
    shape_text,
)
from protolint.layers.specification import (
    ONE,
    Built,
    InPlace,
    LayerType,
    Setup,
    refuse,
    refuse_if,
)
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.schema.message import Message


def batch_norm(setup: Setup) -> Built:
    """``x``; mean ``[x[1]]``, variance ``[x[1]]``, and the factor ``[1]`` both are divided by.

    Parameter blocks may set nothing but ``lr_mult: 0``. In some forks a factor and a summand
    ``[x[1]]`` each come behind these; where it is not sure that they do, parameters are unknown.
    """
    x = setup.bottoms[0]
    channels = dim(x, canonical(x, 1 if axes(x) != 1 else 0, ("bottom", 0)))
    count = length(setup.layer, "blobs")
    if count == 0 and axes(x) != 1:
        not_empty((channels,), "the mean", ("bottom", 0))
    scaled = scales_itself(setup.layer)
    for index, param in enumerate(() if scaled else (sections(setup.layer, "param") or ())[:3]):
        lr_mult = real(param, "lr_mult")
        wrong = known(lambda m: m != 0, lr_mult)
        refuse_if(wrong, "batch-norm-lr-mult", ("param", index, "lr_mult"), lr_mult=lr_mult)
    canonical(x, 1, ("bottom", 0))
    not_empty(x, "the bottom", ("bottom", 0))
    if count:
        return Built((x,), written(setup.layer))
    if count is None or scaled is None:
        return Built((x,), None)
    return Built((x,), ((channels,), (channels,), (1,), *((channels,),) * (2 * scaled)))


_SCALED = frozenset(
    (
        "bias_filler",
        "bias_term",
        "filler",
        "icnet",
        "scale_bias",
        "scale_filler",
        "use_alpha_beta",
        "use_weight_bias",
    )
)
"""Fields of forks whose BatchNorm may have a factor and a summand of its own."""


def scales_itself(layer: Message) -> bool | None:
    """Return whether a BatchNorm has a factor and a summand, as forks have it.

    How many parameters it has then is known of NVIDIA's only.
    """
    param = section(layer, "batch_norm_param")
    if param is None:
        return None
    written = param.values.keys() & _SCALED
    if written:
        own = written <= {"scale_bias", "scale_filler", "bias_filler"} and "scale_bias" in written
        return True if own and flag(param, "scale_bias") else None
    may = (length(layer, "param") or 0) > 3 and not _SCALED.isdisjoint(param.type.fields)
    return None if may else False


def lrn(setup: Setup) -> Built:
    """``x``, which has 4 axes."""
    size = integer(section(setup.layer, "lrn_param"), "local_size")
    even = known(lambda n: n < 0 or n % 2 == 0, size)
    refuse_if(even, "lrn-local-size-even", ("lrn_param", "local_size"), size=size)
    x = setup.bottoms[0]
    if x is None:
        return Built(((None,) * 4,))
    if len(x) != 4:
        refuse("lrn-not-four-axes", ("bottom", 0), axes=len(x), shape=shape_text(x))
    return Built((x,))


def mvn(setup: Setup) -> Built:
    """``[x0, x1, x2, x3]``: always 4 axes, those that lack are 1."""
    x = legacy(setup.bottoms[0], "MVN", ("bottom", 0)) or (None,) * 4
    across = flag(section(setup.layer, "mvn_param"), "across_channels")
    not_empty(x[1:] if across else x[2:], "one item of the bottom", ("bottom", 0))
    return Built((blob(x, "the output"),))


def softmax(setup: Setup) -> Built:
    """``x``; the axis must exist and not be empty."""
    name = "softmax_param"
    x = setup.bottoms[0]
    a = canonical(x, integer(section(setup.layer, name), "axis"), (name, "axis"))
    not_empty((dim(x, a),), "the softmax axis", (name, "axis"))
    return Built((x,))


def _across_channels(layer: Message) -> bool:
    return word(section(layer, "lrn_param"), "norm_region") == "ACROSS_CHANNELS"


def _lrn_in_place(layer: Message) -> InPlace:
    return "bad" if _across_channels(layer) else "ok"


def _mvn_keeps_top(layer: Message) -> bool:
    return flag(section(layer, "mvn_param"), "normalize_variance") is True


TYPES = (
    LayerType("BatchNorm", ONE, ONE, batch_norm, ("batch_norm_param",), "ok"),
    LayerType("LRN", ONE, ONE, lrn, ("lrn_param",), _lrn_in_place, _across_channels),
    LayerType("MVN", ONE, ONE, mvn, ("mvn_param",), "forward", _mvn_keeps_top),
    LayerType("Softmax", ONE, ONE, softmax, ("softmax_param",), "ok", keeps_top=True),
)

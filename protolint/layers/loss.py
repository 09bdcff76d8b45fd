"""The loss layers: a scalar top, and two bottoms of the same batch."""

from __future__ import annotations

from protolint.layers.fields import given, in_place, integer, length, section
from protolint.layers.normalise import softmax
from protolint.layers.reduce import labels_match
from protolint.layers.shapes import (
    canonical,
    differs,
    dim,
    known,
    legacy,
    not_empty,
    product,
    shape_text,
)
from protolint.layers.specification import (
    TWO,
    Built,
    LayerType,
    Setup,
    Shape,
    refuse,
    refuse_if,
    tops_from,
)
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def reshaped(setup: Setup) -> Setup:
    """Refuse bottoms of different batch; return the setup after the top has become a scalar.

    That matters only where the top is the first bottom itself.
    """
    x, label = setup.bottoms[:2]
    batch, labels = (dim(s, canonical(s, 0, ("bottom", i))) for i, s in enumerate((x, label)))
    refuse_if(differs(batch, labels), "loss-batch-differs", ("bottom", 1), label=labels, data=batch)
    if in_place(setup.layer):
        return setup._replace(bottoms=((), *setup.bottoms[1:]))
    return setup


def _item(shape: Shape, index: int) -> Shape:
    """Return the sizes after the batch."""
    if shape == ():
        at = ("bottom", index)
        refuse("axis-out-of-range", at, axis=1, axes=0, shape=shape_text(shape))
    return None if shape is None else shape[1:]


def scalar(setup: Setup) -> Built:
    """``[]``; nothing is checked, and further tops are not described."""
    return Built(tops_from(setup, ()))


def euclidean(setup: Setup) -> Built:
    """``[]``; the items of both bottoms have equally many elements."""
    setup = reshaped(setup)
    data, label = (product(_item(shape, i)) for i, shape in enumerate(setup.bottoms))
    refuse_if(differs(data, label), "loss-size-differs", ("bottom", 1), label=label, data=data)
    return Built(((),))


def hinge(setup: Setup) -> Built:
    """``[]``; nothing but the batch is compared."""
    reshaped(setup)
    return Built(((),))


def sigmoid_cross_entropy(setup: Setup) -> Built:
    """``[]``; both bottoms have equally many elements."""
    setup = reshaped(setup)
    _item(setup.bottoms[0], 0)
    data, label = (product(shape) for shape in setup.bottoms)
    refuse_if(differs(data, label), "loss-count-differs", ("bottom", 1), label=label, data=data)
    return Built(((),))


def multinomial_logistic(setup: Setup) -> Built:
    """``[]``; the label is one value per item."""
    setup = reshaped(setup)
    _flat(setup.bottoms[1], 1, "MultinomialLogisticLoss", ("channels", "height", "width"))
    return Built(((),))


def contrastive(setup: Setup) -> Built:
    """``[]``; two bottoms ``[N, C]`` and one similarity per pair."""
    kind = "ContrastiveLoss"
    x = legacy(setup.bottoms[0], kind, ("bottom", 0))
    y = legacy(setup.bottoms[1], kind, ("bottom", 1))
    channels, other = dim(x, 1), dim(y, 1)
    refuse_if(
        differs(channels, other),
        "contrastive-channels-differ",
        ("bottom", 1),
        other=other,
        channels=channels,
    )
    _flat(x, 0, kind, ("height", "width"))
    _flat(y, 1, kind, ("height", "width"))
    _flat(setup.bottoms[2], 2, kind, ("channels", "height", "width"))
    reshaped(setup)
    return Built(((),))


def _flat(shape: Shape, index: int, kind: str, sides: tuple[str, ...]) -> None:
    at = ("bottom", index)
    four = legacy(shape, kind, at)
    for side in sides:
        size = dim(four, ("num", "channels", "height", "width").index(side))
        wide = differs(size, 1)
        refuse_if(wide, "loss-label-not-flat", at, side=side, index=index, size=size)


def softmax_with_loss(setup: Setup) -> Built:
    """``[]``; one label per prediction, that is ``x`` without the softmax axis.

    The inner Softmax receives the loss weights, of which two do not fit its one top.
    """
    softmax(setup)
    refuse_if((length(setup.layer, "loss_weight") or 0) > 1, "softmax-loss-two-tops", ("top", 1))
    setup = reshaped(setup)
    name = "softmax_param"
    x = setup.bottoms[0]
    a = canonical(x, integer(section(setup.layer, name), "axis"), (name, "axis"))
    labels_match(setup, "SoftmaxWithLoss", a)
    return Built(((), x)[: setup.tops])


def infogain(setup: Setup) -> Built:
    """``[]``; one label per prediction; a matrix of ``x[a]²`` from a file or the third bottom."""
    name = "infogain_loss_param"
    param = section(setup.layer, name)
    axis = integer(param, "axis")
    x = setup.bottoms[0]
    a = canonical(x, axis, (name, "axis"))
    not_empty((dim(x, a),), "the infogain axis", (name, "axis"))
    loss = section(setup.layer, "loss_param")
    refuse_if(given(loss, "normalize"), "infogain-normalize", ("loss_param", "normalize"))
    missing = len(setup.bottoms) < 3 and given(param, "source") is False
    refuse_if(missing, "infogain-source-missing", (name, "source"))
    setup = reshaped(setup)
    x = setup.bottoms[0]
    a = canonical(x, axis, (name, "axis"))
    labels_match(setup, "InfogainLoss", a)
    if len(setup.bottoms) == 3:
        labels, found = dim(x, a), product(setup.bottoms[2])
        expected = known(lambda n: n * n, labels)
        refuse_if(
            differs(found, expected),
            "infogain-matrix-size",
            ("bottom", 2),
            found=found,
            labels=labels,
            expected=expected,
        )
    return Built(((), x)[: setup.tops])


def _loss(name: str, shape: Callable[[Setup], Built], *reads: str) -> LayerType:
    return LayerType(name, TWO, (1, 1), shape, reads, auto_top=True, loss=True)


TYPES = (
    _loss("EuclideanLoss", euclidean),
    _loss("HingeLoss", hinge, "hinge_loss_param"),
    _loss("SigmoidCrossEntropyLoss", sigmoid_cross_entropy, "loss_param"),
    _loss("MultinomialLogisticLoss", multinomial_logistic),
    _loss("ContrastiveLoss", contrastive, "contrastive_loss_param")._replace(bottoms=(3, 3)),
    _loss("SoftmaxWithLoss", softmax_with_loss, "softmax_param", "loss_param")._replace(
        tops=(1, 2)
    ),
    _loss(
        "InfogainLoss",
        infogain,
        "infogain_loss_param",
        "loss_param.ignore_label",
        "loss_param.normalization",
        "softmax_param.engine",
    )._replace(bottoms=(2, 3), tops=(1, 2)),
)

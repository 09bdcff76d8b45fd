"""Layers that sum up their bottoms, or only swallow them."""

from __future__ import annotations

from protolint.layers.fields import flag, given, integer, section, word
from protolint.layers.shapes import (
    blob,
    canonical,
    differs,
    dim,
    known,
    not_empty,
    product,
    shape_text,
)
from protolint.layers.specification import (
    NONE,
    ONE,
    SOME,
    TWO,
    Built,
    LayerType,
    Setup,
    Shape,
    crash_if,
    refuse,
    refuse_if,
)


def reduction(setup: Setup) -> Built:
    """``x[:a]``."""
    name = "reduction_param"
    param = section(setup.layer, name)
    x = setup.bottoms[0]
    a = canonical(x, integer(param, "axis"), (name, "axis"))
    if x is None or a is None:
        return Built((None,))
    if word(param, "operation") in ("SUM", "MEAN"):
        not_empty(x[a:], "the reduced part", ("bottom", 0))
    return Built((x[:a],))


def arg_max(setup: Setup) -> Built:
    """``x`` with ``top_k`` on the axis; without an axis ``[x0, 1, top_k]``.

    Without an axis the top has as many axes as ``x``, at least 3; axis 1 is 2 with ``out_max_val``.
    """
    name = "argmax_param"
    param = section(setup.layer, name)
    x = setup.bottoms[0]
    top_k = integer(param, "top_k")
    few = known(lambda k: k < 1, top_k)
    refuse_if(few, "argmax-top-k-zero", (name, "top_k"))
    on_axis = given(param, "axis")
    if x is None or on_axis is None:
        return Built((None,))
    a = None
    if on_axis:
        a = canonical(x, integer(param, "axis"), (name, "axis"))
        size = dim(x, a)
    else:
        if not x:
            refuse("axis-out-of-range", ("bottom", 0), axis=1, axes=0, shape=shape_text(x))
        size = product(x[1:])
    many = known(lambda k, n: k > n, top_k, size)
    refuse_if(many, "argmax-top-k-too-large", (name, "top_k"), top_k=top_k, size=size)
    if on_axis:
        top: Shape = (None,) * len(x) if a is None else (*x[:a], top_k, *x[a + 1 :])
    else:
        pairs = known(lambda out_max_val: 2 if out_max_val else 1, flag(param, "out_max_val"))
        top = (x[0], pairs, top_k, *(1,) * (len(x) - 3))
    return Built((blob(top, "the output", (name,)),))


def accuracy(setup: Setup) -> Built:
    """``[]``; a second top has one value per class, ``[x[a]]``."""
    name = "accuracy_param"
    param = section(setup.layer, name)
    x, label = setup.bottoms
    count, labels = product(x), product(label)
    top_k = integer(param, "top_k")
    crash_if(labels == 0, "accuracy-empty-label", ("bottom", 1))
    classes = known(lambda n, m: n // m, count, labels)
    many = known(lambda k, n: k > n, top_k, classes)
    refuse_if(many, "accuracy-top-k-too-large", (name, "top_k"), top_k=top_k, size=classes)
    a = canonical(x, integer(param, "axis"), (name, "axis"))
    labels_match(setup, "Accuracy", a)
    per_class: Shape = (dim(x, a),)
    return Built(((), per_class)[: setup.tops])


def labels_match(setup: Setup, kind: str, axis: int | None) -> None:
    """Refuse a label blob that has not one value per prediction: ``x`` without the axis."""
    x, label = setup.bottoms[:2]
    if x is None or axis is None:
        return
    expected = product((*x[:axis], *x[axis + 1 :]))
    found = product(label)
    refuse_if(
        differs(expected, found),
        "label-count-differs",
        ("bottom", 1),
        type=kind,
        expected=expected,
        shape=shape_text(x),
        found=found,
    )


def nothing(_setup: Setup) -> Built:
    """Return no tops."""
    return Built(())


TYPES = (
    LayerType("Reduction", ONE, ONE, reduction, ("reduction_param",), "bad"),
    LayerType("ArgMax", ONE, ONE, arg_max, ("argmax_param",)),
    LayerType("Accuracy", TWO, (1, 2), accuracy, ("accuracy_param",)),
    LayerType("Silence", SOME, NONE, nothing),
    LayerType("HDF5Output", TWO, NONE, nothing, ("hdf5_output_param",)),
)

"""Parameter blobs: those a layer creates and fills, and those written into the text."""

from __future__ import annotations

from protolint.layers.fields import (
    either,
    given,
    integer,
    integers,
    length,
    real,
    section,
    sections,
    word,
)
from protolint.layers.shapes import blob, differs, dim, known, not_empty, product, shape_text
from protolint.layers.specification import Path, Setup, Shape, refuse, refuse_if
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.schema.message import Message


FILLERS = ("constant", "uniform", "gaussian", "positive_unitball", "xavier", "msra", "bilinear")

_OF_OTHER_FILLERS = frozenset(("alpha", "diag_val", "scale", "stds"))
"""Fields of fillers that single forks add, which may have fillers of other names."""


def created(setup: Setup, *blobs: tuple[str, Shape, Path]) -> tuple[Shape, ...] | None:
    """Return the shapes of the parameter blobs: as written in the text, else those listed.

    Each is listed as what it is called, its shape and the path of its filler, in Caffe's order.
    """
    number = length(setup.layer, "blobs")
    if number is None:
        return None
    if number:
        return written(setup.layer)
    for name, shape, path in blobs:
        blob(shape, name, path[:-1])
        message: Message | None = setup.layer
        for step in path:
            message = section(message, str(step))
        fill(message, shape, name, path)
    return tuple(shape for _, shape, _ in blobs)


def is_unknown(filler: Message | None) -> bool:
    """Return whether there is surely no filler of the type that is written."""
    kind = word(filler, "type")
    if filler is None or kind is None or kind in FILLERS:
        return False
    return _OF_OTHER_FILLERS.isdisjoint(filler.type.fields)


def fill(filler: Message | None, shape: Shape, name: str, path: Path) -> None:
    """Refuse what the filler would refuse for a blob of that shape.

    Source: the facts on Caffe's filler.hpp. An empty blob is refused by all of them.
    """
    kind = word(filler, "type")
    if kind is None:
        return
    if kind not in FILLERS:
        refuse_if(is_unknown(filler), "unknown-filler", (*path, "type"), filler=kind)
        return
    if kind == "bilinear" and shape is not None:
        text = shape_text(shape)
        refuse_if(
            len(shape) != 4, "bilinear-filler-axes", path, blob=name, axes=len(shape), shape=text
        )
        refuse_if(differs(*shape[2:]), "bilinear-filler-not-square", path, shape=text)
    not_empty(shape, name, path)
    if kind == "gaussian":
        _fill_gaussian(filler, shape, name, path)
        return
    if kind == "uniform":
        low, high = real(filler, "min"), real(filler, "max")
        out_of_order = known(lambda a, b: not a <= b, low, high)
        refuse_if(out_of_order, "filler-min-above-max", (*path, "min"), min=low, max=high)
    if kind in ("positive_unitball", "xavier", "msra"):
        refuse_if(shape == (), "filler-without-axes", path, filler=kind, blob=name)
    sparse = integer(filler, "sparse")
    refuse_if(differs(sparse, -1), "filler-sparse", (*path, "sparse"), filler=kind)


def _fill_gaussian(filler: Message | None, shape: Shape, name: str, path: Path) -> None:
    std, sparse = real(filler, "std"), integer(filler, "sparse")
    refuse_if(known(lambda s: not s > 0, std), "filler-std", (*path, "std"), std=std)
    if sparse is None or sparse == -1:
        return
    if shape == () and sparse >= 0:
        refuse("filler-without-axes", path, filler="gaussian", blob=name)
    size = dim(shape, 0) if shape else None
    wrong = True if sparse < -1 else known(lambda n: sparse > n, size)
    refuse_if(
        wrong, "filler-sparse-range", (*path, "sparse"), sparse=sparse, shape=shape_text(shape)
    )


def written(layer: Message) -> tuple[Shape, ...] | None:
    """Return the shapes of the ``blobs { … }`` that stand in the text.

    A blob gives its shape, or num, channels, height and width as older files do.
    """
    given_blobs = sections(layer, "blobs")
    if given_blobs is None:
        return None
    return tuple(_written(one, ("blobs", index)) for index, one in enumerate(given_blobs))


def _written(message: Message, path: Path) -> Shape:
    sides = ("num", "channels", "height", "width")
    shape: Shape
    old = either(*(given(message, side) for side in sides))
    if old is None:
        return None
    if old:
        shape = tuple(integer(message, side) for side in sides)
    else:
        shape = integers(section(message, "shape"), "dim")
    blob(shape, "the given blob", path)
    not_empty(shape, "the given blob", path)
    count = product(shape)
    double = length(message, "double_data")
    data = length(message, "data") if double == 0 else double
    for values in (data, length(message, "double_diff") or length(message, "diff") or None):
        refuse_if(
            differs(values, count),
            "given-blob-data",
            path,
            found=values,
            expected=count,
            shape=shape_text(shape),
        )
    return shape

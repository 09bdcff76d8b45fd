"""Where the sizes that are not known come from, and what would tell them."""

from __future__ import annotations

from protolint.analysis.graph import UNKNOWN
from protolint.layers import LAYER_TYPES
from protolint.layers.shapes import is_known
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Literal

    from protolint.analysis.shapes import Shapes
    from protolint.layers import Shape
    from protolint.model.layer import Layer

_RECORDS = (
    "AnnotatedData",
    "Data",
    "DenseImageData",
    "ImageData",
    "ImageSegData",
    "VideoData",
    "WindowData",
)
"""Types whose tops are as large as the records of a source; not the boxes of AnnotatedData."""


class Origin(NamedTuple):
    """A blob where something unknown begins.

    ``remedy`` is what would tell: the shape of a record (``datum``), the shape of the blob
    (``input``), or a field of the layer that can be read (``text``).
    """

    blob: str
    shape: Shape
    layer: Layer | None
    remedy: Literal["datum", "input", "text"]


def origins(shapes: Shapes) -> list[Origin]:
    """Return where unknown sizes come from, in file order; layers that fail are not among them."""
    found: list[Origin] = []
    missing: dict[str, None] = {}
    for at, (layer, bottoms, tops) in enumerate(shapes.graph.order):
        for name, version in zip(layer.bottoms, bottoms, strict=True):
            if version == UNKNOWN and shapes.inputs.get(name) is None:
                missing.setdefault(name)
        if shapes.built[at] is None or not all(map(is_known, shapes.bottoms[at])):
            continue
        found += [
            Origin(name, shapes.blobs[version], layer, _remedy(layer, index))
            for index, (name, version) in enumerate(zip(layer.tops, tops, strict=True))
            if not is_known(shapes.blobs[version])
        ]
    return [*(Origin(name, None, None, "input") for name in missing), *found]


def _remedy(layer: Layer, top: int) -> Literal["datum", "input", "text"]:
    if layer.type in _RECORDS and (top == 0 or layer.type != "AnnotatedData"):
        return "datum"
    told = layer.bottoms and layer.type in LAYER_TYPES and layer.type != "Python"
    return "text" if told else "input"

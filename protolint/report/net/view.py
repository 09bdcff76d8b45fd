"""What is shown of one net in one state, in whatever form."""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from protolint.analysis.footprint import Footprint
    from protolint.analysis.receptive_field import Field
    from protolint.analysis.shapes import Shapes
    from protolint.analysis.undecided import Origin
    from protolint.diagnostic import Diagnostic
    from protolint.layers import Shape
    from protolint.model.layer import Layer
    from protolint.model.state import NetState

AUTOMATIC = "(automatic)"
"""What Caffe calls a top that a layer adds itself."""


class View(NamedTuple):
    """A net in a state: its shapes, its costs, and what was found about it.

    ``fields`` are receptive fields by version of the graph, ``origins`` the blobs where unknown
    sizes begin. ``findings`` hold in this state; ``readable`` tells whether Caffe could read the
    file at all. ``dialects`` are those that the file is read by.
    """

    path: str
    state: NetState
    shapes: Shapes
    cost: Footprint
    fields: list[Field | None]
    origins: list[Origin]
    findings: tuple[Diagnostic, ...]
    readable: bool = True
    dialects: tuple[str, ...] = ("bvlc",)

    def tops(self, step: int) -> list[tuple[str, Shape]]:
        """Return the names and shapes of a step's tops, those that the layer adds among them."""
        layer, _, versions = self.shapes.graph.order[step]
        named = [
            (name, self.shapes.blobs[version])
            for name, version in zip(layer.tops, versions, strict=True)
        ]
        built = self.shapes.built[step]
        if built is not None:
            named += [(AUTOMATIC, shape) for shape in built.tops[len(named) :]]
        return named

    def aborts(self) -> list[Diagnostic]:
        """Return why Caffe would not build the net, in the order in which it would see it.

        Layers without a decidable state come first, then bottoms without a producer, as splits
        are inserted before any layer is set up; then layer by layer.
        """
        place: dict[str, int] = {}
        for at, step in enumerate(self.shapes.graph.order):
            place.setdefault(step.layer.name, at)
        found = [finding for finding in self.findings if finding.effect == "abort"]
        return sorted(found, key=lambda finding: _when(finding, place))

    def findings_of(self, layer: Layer) -> list[Diagnostic]:
        """Return the findings about a layer; layers of one name share them."""
        return [finding for finding in self.findings if finding.layer == layer.name]


_BEFORE_LAYERS = {"include-and-exclude": 1, "unknown-bottom": 2}


def _when(finding: Diagnostic, place: dict[str, int]) -> tuple[int, int]:
    if finding.layer is None:
        return 0, 0
    return _BEFORE_LAYERS.get(finding.name, 3), place.get(finding.layer, -1)

"""Shapes of tops and numbers of parameters, shown in the text where it does not have them."""

from __future__ import annotations

from protolint.analysis.footprint import footprint
from protolint.analysis.shapes import shapes
from protolint.layers.shapes import shape_text
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Literal

    from protolint.server.snapshot import Snapshot


class Hint(NamedTuple):
    """A few words to show at an offset."""

    offset: int
    text: str
    kind: Literal["shape", "parameters"]


def hints(
    snapshot: Snapshot, start: int, end: int, *, of_shapes: bool = True, of_parameters: bool = True
) -> list[Hint]:
    """Return the hints between two offsets, in the order of the text.

    A shape stands behind its top, with the phases where they differ; a number of parameters behind
    the layer's type.
    """
    found: dict[tuple[int, Literal["shape", "parameters"]], dict[str, list[str]]] = {}
    for written in snapshot.nets:
        states = snapshot.states(written.net)
        for state in states:
            built = shapes(written.net, state)
            costs = footprint(built).layers if of_parameters else []
            phase = state.phase
            for at, step in enumerate(built.graph.order):
                layer = step.layer
                node = layer.node
                if node.end < start or node.start > end:
                    continue
                for index, version in enumerate(step.tops if of_shapes else ()):
                    shape = built.blobs[version]
                    if shape is not None:
                        said = found.setdefault((layer.top_node(index).end, "shape"), {})
                        said.setdefault(shape_text(shape), []).append(phase)
                if costs and (count := costs[at].parameters):
                    said = found.setdefault((layer.type_node().end, "parameters"), {})
                    said.setdefault(f"{count:,} parameters", []).append(phase)
    return [
        Hint(offset, _joined(said), kind)
        for (offset, kind), said in sorted(found.items())
        if start <= offset <= end
    ]


def _joined(said: dict[str, list[str]]) -> str:
    """Return a text with the phases for which it holds, if there are several texts."""
    if len(said) == 1:
        return next(iter(said))
    return "; ".join(f"{'/'.join(dict.fromkeys(phases))} {text}" for text, phases in said.items())

"""What a net costs: parameters, memory, multiply-adds.

All numbers are of one forward pass in single precision, at the batch size of the text. Counted are

- parameters: the elements of all parameter blobs, BatchNorm's statistics among them, as Caffe holds
  them. Those that share a name (`param { name }`) are counted where the name comes first;
- memory of blobs: 4 bytes an element of each blob's data. A top that works in place or is the
  memory of its layer's bottom or parameter (Reshape, Flatten, Split, Parameter) is not counted
  again. Gradients, buffers of layers and the copies that split layers would add are not counted;
- memory of weights: 4 bytes a parameter;
- multiply-adds: those of convolutions, inner products and recurrent layers.

What depends on an unknown size is ``None``; a total is ``None`` where one of its terms is.
"""

from __future__ import annotations

from protolint.analysis.graph import UNKNOWN
from protolint.layers import layer_type, shares_memory
from protolint.layers.shapes import product
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protolint.analysis.shapes import Shapes
    from protolint.layers import Built, Dim, Shape
    from protolint.model.layer import Layer

BYTES = 4
"""Of one element in single precision."""


class Total(NamedTuple):
    """A sum of which ``known`` is known; ``unknown`` counts the terms that are not."""

    known: int
    unknown: int

    @property
    def exact(self) -> Dim:
        """The sum, ``None`` where a term is not known."""
        return None if self.unknown else self.known


class Cost(NamedTuple):
    """What one layer adds: parameters, bytes of its own tops, multiply-adds."""

    parameters: Dim
    memory: Dim
    macs: Dim


class Footprint(NamedTuple):
    """What a net costs: ``layers`` by step of the graph, then the totals.

    ``blob_bytes`` is by version of the graph, 0 where the memory is another blob's.
    ``memory`` is of blobs and weights, in bytes.
    """

    layers: list[Cost]
    blob_bytes: list[Dim]
    parameters: Total
    blob_memory: Total
    macs: Total

    @property
    def memory(self) -> Total:
        """Bytes of blobs and weights."""
        blobs, weights = self.blob_memory, self.parameters
        return Total(blobs.known + BYTES * weights.known, blobs.unknown + weights.unknown)


def footprint(shapes: Shapes) -> Footprint:
    """Return what a net with these shapes costs."""
    blob_bytes: list[Dim] = [0] * len(shapes.blobs)
    layers: list[Cost] = []
    shared: set[str] = set()
    for step, built in zip(shapes.graph.order, shapes.built, strict=True):
        layer = step.layer
        owns = built is None or not _borrows(layer)
        memory: list[Dim] = []
        for version in step.tops:
            if owns and shapes.graph.in_place[version] == UNKNOWN:
                blob_bytes[version] = _bytes(shapes.blobs[version])
                memory.append(blob_bytes[version])
        if built is None:
            layers.append(Cost(None, total(memory).exact, None))
            continue
        # Tops that the layer adds itself have no version.
        memory += [_bytes(shape) for shape in built.tops[len(step.tops) :]]
        params = _parameters(layer, built, shared)
        layers.append(Cost(params, total(memory).exact, built.macs))
    return Footprint(
        layers,
        blob_bytes,
        total(cost.parameters for cost in layers),
        total(cost.memory for cost in layers),
        total(cost.macs for cost in layers),
    )


def total(terms: Iterable[Dim]) -> Total:
    """Return the sum of the terms that are known, and how many are not."""
    known = unknown = 0
    for term in terms:
        if term is None:
            unknown += 1
        else:
            known += term
    return Total(known, unknown)


def largest(cost: Footprint, number: int) -> list[int]:
    """Return the versions of the largest blobs whose size is known, largest first."""
    versions = [version for version, size in enumerate(cost.blob_bytes) if size]
    versions.sort(key=lambda version: (-(cost.blob_bytes[version] or 0), version))
    return versions[:number]


def _borrows(layer: Layer) -> bool:
    """Return whether the layer's tops are memory that is counted elsewhere."""
    kind = layer_type(layer)
    return kind is not None and (kind.name == "Parameter" or shares_memory(kind, layer.message))


def _bytes(shape: Shape) -> Dim:
    elements = product(shape)
    return None if elements is None else BYTES * elements


def _parameters(layer: Layer, built: Built, shared: set[str]) -> Dim:
    """Return the number of parameters that the layer adds to those of the names in ``shared``."""
    if built.params is None:
        return None
    specs = layer.message.values.get("param", ())
    counts: list[Dim] = []
    for index, shape in enumerate(built.params):
        name: str = specs[index].values.get("name", "") if index < len(specs) else ""
        if name in shared:
            continue
        if name:
            shared.add(name)
        counts.append(product(shape))
    return total(counts).exact

"""The steps of a graph, and what Caffe refuses of how they are wired, in words.

A top may have the name of another only where it works in place, and what a layer reads must be
made above it.
"""

from __future__ import annotations

from protolint.diagnostic import Edit
from protolint.model.place import mark, problem
from protolint.model.state import PHASES, NetState, lets_in
from protolint.syntax.literal import quoted
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from protolint.model.layer import Layer
    from protolint.model.net import Net
    from protolint.problem import Mark, Problem


class Step(NamedTuple):
    """A layer with the versions that its bottoms and tops are, in their order."""

    layer: Layer
    bottoms: list[int]
    tops: list[int]


def made_again(
    order: list[Step],
    producers: list[int],
    readers: list[list[int]],
    at: int,
    index: int,
    before: int,
    losses: Mapping[int, int],
) -> Problem:
    """Return the problem of a top whose name is taken, where Caffe does not see it as in place."""
    step = order[at]
    layer = step.layer
    blob = layer.tops[index]
    maker = order[producers[before]].layer
    args: dict[str, object] = {
        "blob": blob,
        "layer": layer.name,
        "type": layer.type,
        "maker": maker.name,
    }
    rule, label = "duplicate-top", ""
    marks: tuple[Mark, ...]
    if producers[before] == at:
        first = order[at].tops[0]
        marks = (mark(maker.top_node(before - first), "named here already"),)
    elif before not in step.bottoms:
        marks = (_top_mark(maker, blob),)
    elif index >= len(step.bottoms) or step.bottoms[index] != before:
        rule = "in-place-index"
        bottom = step.bottoms.index(before)
        args |= {"top_index": index, "bottom_index": bottom}
        label = f"top {index}, while the bottom of that name is number {bottom}"
        marks = (mark(layer.bottom_node(bottom), f"bottom {bottom}"),)
    else:
        rule = "in-place-on-shared-blob"
        others = [order[reader].layer for reader in dict.fromkeys(readers[before]) if reader != at]
        args["readers"] = ", ".join(f'"{other.name}"' for other in others)
        marks = tuple(_bottom_mark(other, blob, f'read by "{other.name}"') for other in others)
        marks += tuple(
            mark(layer.bottom_node(bottom), "read here too")
            for bottom, version in enumerate(step.bottoms)
            if version == before and bottom != index
        )
        if before in losses:
            weight = maker.message.nodes["loss_weight"][0]
            marks += (mark(weight, f'makes "{blob}" a loss, which counts as a reader'),)
    return problem(rule, layer.top_node(index), args, label=label, marks=marks, layer=layer.name)


def _bottom_mark(layer: Layer, blob: str, text: str) -> Mark:
    return mark(layer.bottom_node(layer.bottoms.index(blob)), text)


def _top_mark(layer: Layer, blob: str) -> Mark:
    return mark(layer.top_node(layer.tops.index(blob)), f'made by "{layer.name}"')


def makers_of(layers: Iterable[Layer]) -> dict[str, list[int]]:
    """Return for each blob the layers that have it among their tops, by their place."""
    makers: dict[str, list[int]] = {}
    for at, layer in enumerate(layers):
        for blob in layer.tops:
            makers.setdefault(blob, []).append(at)
    return makers


def unknown_bottom(
    net: Net,
    layers: list[Layer],
    makers: Mapping[str, list[int]],
    blob: str,
    places: list[tuple[int, int]],
    near: str,
) -> Problem:
    """Return the problem of a blob that is read where nothing has made it, told at the first."""
    (at, index), *further = places
    layer = layers[at]
    label, marks = _explain(net, layers, makers, at, blob)
    if not label:
        label = f'did you mean "{near}"?' if near else "no layer above makes this blob"
    else:
        near = ""
    if near:
        marks = (_top_mark(layers[makers[near][0]], near),)
    marks += tuple(
        mark(layers[i].bottom_node(j), f'read by "{layers[i].name}" too') for i, j in further[:3]
    )
    args = {
        "blob": blob,
        "index": index,
        "layer": layer.name,
        "type": layer.type,
        "near": near,
        "readers": len(places),
    }
    found = problem(
        "unknown-bottom",
        layer.bottom_node(index),
        args,
        label=label,
        marks=marks,
        layer=layer.name,
    )
    readers = [layers[i].bottom_node(j) for i, j in places] if near else []
    edits = tuple(Edit(node.value_start, node.end, quoted(near)) for node in readers)
    return found._replace(edits=edits)


def _explain(
    net: Net, layers: list[Layer], makers: Mapping[str, list[int]], at: int, blob: str
) -> tuple[str, tuple[Mark, ...]]:
    """Return where the blob is made, if elsewhere: below, in another state, or as an input."""
    if blob in makers:  # not above, or it would be known
        below = makers[blob][0]
        if below == at:
            return "the layer makes it itself", ()
        return f'made below, by "{layers[below].name}"', (_top_mark(layers[below], blob),)
    if layers is not net.layers:
        if "makers" not in net.facts:
            net.facts["makers"] = makers_of(net.layers)
        for index in net.facts["makers"].get(blob, ()):
            other = net.layers[index]
            phases = _phases_of(other)
            where = f"only in phase {phases}" if phases else "in another state only"
            return f'made by "{other.name}", {where}', (_top_mark(other, blob),)
    node = net.ignored_inputs.get(blob)
    if node is not None:
        return "Caffe ignores the `input` of this name", (mark(node, "ignored by Caffe"),)
    return "", ()


def _phases_of(layer: Layer) -> str:
    """Return the one phase in which a layer is built without stages, else nothing."""
    built = [phase for phase in PHASES if lets_in(NetState(phase), layer.message)]
    return built[0] if len(built) == 1 else ""

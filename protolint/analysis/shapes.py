"""The shape of every blob and parameter of a net in one state, and why Caffe would not build it.

Walks the graph in file order and asks ``protolint.layers`` for each layer. What depends on a layer
that fails, or on a blob that nothing makes, has unknown shape and is not blamed.
"""

from __future__ import annotations

from protolint.analysis.alike import alike
from protolint.analysis.graph import UNKNOWN, Graph, graph, merge
from protolint.diagnostic import Edit
from protolint.layers import LAYER_TYPES, Built, Fault, Setup, layer_type, set_up
from protolint.model.place import narrow
from protolint.model.v1 import TYPES
from protolint.problem import Problem
from protolint.schema.message import Message
from protolint.schema.misfit import nearest, slip
from protolint.syntax.literal import is_quoted, quoted
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any, TypeAlias

    from protolint.analysis.wiring import Step
    from protolint.layers import LayerType, Shape
    from protolint.model.layer import Layer
    from protolint.model.net import Net
    from protolint.model.state import NetState
    from protolint.syntax.tree import Field


class Shapes(NamedTuple):
    """What the shape pass found: ``blobs`` by version of the graph, ``built`` by step.

    ``bottoms`` has by step the shapes of what it reads. Steps of equal ``cases``, in any state, are
    alike and read the same shapes. ``inputs`` are shapes given from outside, by blob.
    """

    graph: Graph
    blobs: list[Shape]
    bottoms: list[tuple[Shape, ...]]
    cases: list[int]
    built: list[Built | None]
    problems: list[Problem]
    inputs: Mapping[str, Shape]

    def of_layer(self, layer: Layer) -> tuple[tuple[Shape, ...], Built | None]:
        """Return the shapes of a layer's bottoms, and the layer as built, if it could be."""
        step = self.graph.steps[id(layer)]
        return self.bottoms[step], self.built[step]


def shapes(net: Net, state: NetState) -> Shapes:
    """Return the shapes of a net in a state, computed once.

    ``net.datum`` is the shape of a record of sources that are not read. ``net.inputs`` gives shapes
    by blob: of a top of an Input layer instead of what is written, of any other blob where its
    shape is not known (sizes that are known stay), and of blobs that no layer makes.
    """
    key = ("shapes", id(net.for_state(state)))
    found: Shapes | None = net.facts.get(key)
    if found is None:
        memory = net.memory
        before: Shapes | None = None if memory is None else memory.shapes.get(state)
        found = net.facts[key] = _build(net, graph(net, state), before)
        if memory is not None:
            memory.shapes[state] = found
    return found


def shape_problems(net: Net, states: Iterable[NetState]) -> list[Problem]:
    """Return why Caffe would not build the net's layers, each reason once with its phases."""
    return merge((state, shapes(net, state).problems) for state in states)


def _build(net: Net, blobs: Graph, before: Shapes | None = None) -> Shapes:
    """Return the shapes of a graph, and work out only what an edit has changed since ``before``."""
    inputs = net.inputs
    order = blobs.order
    changed: set[int] = set()  # versions
    todo: Iterable[int] = range(len(order))
    size = len(order)
    if before is None or before.problems or inputs or not _as_many(before.graph, blobs):
        shaped: list[Shape] = [None] * len(blobs.names)
        result = Shapes(blobs, shaped, [()] * size, [0] * size, [None] * size, [], inputs)
    else:
        shaped = before.blobs.copy()
        lists = before.bottoms.copy(), before.cases.copy(), before.built.copy()
        result = Shapes(blobs, shaped, *lists, [], inputs)
        todo = _edited(order, before.graph.order, changed)
    # Layers that are alike, or that several states build, are built once on the same shapes.
    numbers = alike(net)
    known: dict[tuple[int, tuple[Shape, ...]], tuple[int, Built | Fault | None]]
    known = net.facts.setdefault("built", {}) if net.memory is None else net.memory.built
    samples: dict[Any, tuple[int, Built]] = net.facts.setdefault("samples", {})
    read, cases, made_of = result.bottoms, result.cases, result.built
    for at in todo:
        layer, versions, made = order[at]
        if inputs and UNKNOWN in versions:
            bottoms = tuple(
                [
                    inputs.get(name) if version == UNKNOWN else shaped[version]
                    for name, version in zip(layer.bottoms, versions, strict=True)
                ]
            )
        else:
            bottoms = tuple([None if v == UNKNOWN else shaped[v] for v in versions])
        key = (numbers[id(layer)], bottoms)
        as_built = known.get(key)
        if as_built is None:
            kind = net.declared.get(layer.type) or layer_type(layer)
            sample = _sample(layer, kind, *key)
            alike_but_batch = samples.get(sample[1]) if sample else None
            found: Built | Fault | None = None
            if sample and alike_but_batch:
                found = _of_batch(alike_but_batch, sample[0])
            if found is None:
                found = _set_up(layer, kind, bottoms, len(made), net.datum)
                if sample and isinstance(found, Built):
                    samples[sample[1]] = sample[0], found
            as_built = known[key] = len(known), found
        case, built = as_built
        if isinstance(built, Fault):
            result.problems.append(_problem(layer, built, net.declared))
            built = None
        tops = (None,) * len(made) if built is None else built.tops
        if inputs:
            tops = _with_inputs(layer, tops, inputs)
            built = built and built._replace(tops=tops)
        read[at], cases[at], made_of[at] = bottoms, case, built
        for version, shape in zip(made, tops, strict=False):
            if shaped[version] != shape:
                changed.add(version)
                shaped[version] = shape
    return result


_PER_SAMPLE = frozenset(
    LAYER_TYPES[name]
    for name in ("BatchNorm", "Convolution", "Dropout", "Eltwise", "LRN", "Pooling", "ReLU")
)
"""Types that treat the samples of a batch alike: what they make has the batch of their bottoms, and
what Caffe refuses of it, it refuses of any larger batch."""

_Sample: TypeAlias = "tuple[int, tuple[Any, ...]]"


def _sample(
    layer: Layer, kind: LayerType | None, number: int, bottoms: tuple[Shape, ...]
) -> _Sample | None:
    """Return the batch that a layer reads, and all else that decides what it makes of it.

    It is ``None`` where the first axis may be more than a batch. A net is mostly built for two
    batches, and to tell them apart spares half of the work.
    """
    if kind not in _PER_SAMPLE:
        return None
    param = layer.message.values.get("convolution_param")
    if param is not None and "axis" in param.values:
        return None
    batch = bottoms[0][0] if bottoms and bottoms[0] else None
    samples = [shape[1:] for shape in bottoms if shape and len(shape) > 1 and shape[0] == batch]
    if not batch or len(samples) < len(bottoms):
        return None
    return batch, (number, *samples)


def _of_batch(known: tuple[int, Built], batch: int) -> Built | None:
    """Return a layer for a batch no larger than the one that it is known to be built for."""
    size, built = known
    if batch > size:
        return None
    tops = tuple([shape and (batch, *shape[1:]) for shape in built.tops])
    return Built(tops, built.params, built.macs and built.macs // size * batch)


def _as_many(before: Graph, blobs: Graph) -> bool:
    """Return whether two graphs have as many steps and versions, so that most may be the same."""
    return len(before.order) == len(blobs.order) and len(before.names) == len(blobs.names)


def _edited(order: list[Step], before: list[Step], changed: set[int]) -> Iterator[int]:
    """Yield the steps that are other than before, or read a version that has ``changed``.

    The latter grows as the steps that are yielded are worked off.
    """
    for at, (step, old) in enumerate(zip(order, before, strict=True)):
        if (step is not old and step != old) or not changed.isdisjoint(step.bottoms):
            yield at


def _set_up(
    layer: Layer, kind: LayerType | None, bottoms: tuple[Shape, ...], tops: int, datum: Shape
) -> Built | Fault | None:
    """Return the layer as built, or why it is not; ``None`` where it cannot be read."""
    if not layer.message.lost.isdisjoint(("type", "bottom", "top")):
        return None
    if kind is None:
        return None if layer.type in layer.message.schema.types else _UNKNOWN_TYPE
    found = set_up(kind, Setup(layer.message, bottoms, tops, datum))
    if (
        isinstance(found, Fault)
        and found.rule == "blob-too-large"
        and "nvidia" in layer.message.schema.dialects
    ):
        return None  # it divides the batch of the text among devices
    return found


def _with_inputs(
    layer: Layer, tops: tuple[Shape, ...], inputs: Mapping[str, Shape]
) -> tuple[Shape, ...]:
    """Return the shapes of a layer's tops with what is given from outside."""
    shaped = list(tops)
    for index, (name, shape) in enumerate(zip(layer.tops, tops, strict=False)):
        wanted = inputs.get(name)
        if wanted is None:
            continue
        if layer.type == "Input" or shape is None:
            shaped[index] = wanted
        elif len(shape) == len(wanted):
            shaped[index] = tuple(
                [new if size is None else size for size, new in zip(shape, wanted, strict=True)]
            )
    return tuple(shaped)


_UNKNOWN_TYPE = Fault("unknown-layer-type", (), {})


def _problem(layer: Layer, fault: Fault, declared: Mapping[str, LayerType]) -> Problem:
    field = _node(layer, fault)
    node = narrow(field)
    args = {"layer": layer.name, "type": layer.type, **fault.args}
    found = Problem(fault.rule, node.start, node.end, args, layer=layer.name, field=field)
    return _with_near_type(found, layer.type, declared) if fault is _UNKNOWN_TYPE else found


def _with_near_type(problem: Problem, kind: str, declared: Mapping[str, LayerType]) -> Problem:
    """Add the layer type that an unknown one is most likely meant for."""
    meant = next(iter(nearest(kind, declared)), "")
    sure = "" if meant else TYPES.get(kind) or slip(kind, LAYER_TYPES)
    near = meant or sure or next(iter(nearest(kind, LAYER_TYPES)), "")
    field = problem.field
    edits: tuple[Edit, ...] = ()
    # What only resembles a type is a fork's more often than a mistake.
    if sure and field is not None and field.name == "type" and is_quoted(str(field.value)):
        edits = (Edit(field.value_start, field.end, quoted(sure)),)
    label = f'did you mean "{near}"?' if near else ""
    args = {**problem.args, "near": near, "declared": meant}
    return problem._replace(args=args, label=label, edits=edits)


def _node(layer: Layer, fault: Fault) -> Field:
    """Return the innermost field on the fault's path that is written, else the layer's type."""
    message: Message | None = layer.message
    found = layer.type_node()
    for name in fault.path:
        if isinstance(name, int):
            continue
        node = message.nodes.get(name) if message else None
        if node is None:
            break
        index = next((part for part in fault.path if isinstance(part, int)), 0)
        found = node[min(index, len(node) - 1)] if isinstance(node, list) else node
        value = message.values.get(name) if message else None
        message = value if isinstance(value, Message) else None
    return found

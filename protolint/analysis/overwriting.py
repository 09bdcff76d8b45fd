"""In-place layers that overwrite what somebody still needs.

Caffe refuses an in-place layer only where it sees another reader of the blob. It does not see that
a backward pass will read the values as they were, that another blob is the same memory, or that
what is overwritten is not filled anew for the next pass.
"""

from __future__ import annotations

from protolint.analysis.backward import backward, trained_states
from protolint.analysis.graph import MOST_STEPS, merge
from protolint.analysis.shapes import shapes
from protolint.layers import LAYER_TYPES, in_place, keeps_top, layer_type, shares_memory
from protolint.model.place import mark, problem
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from protolint.analysis.backward import Backward
    from protolint.analysis.graph import Graph
    from protolint.analysis.shapes import Shapes
    from protolint.analysis.wiring import Step
    from protolint.model.layer import Layer
    from protolint.model.net import Net
    from protolint.model.state import NetState
    from protolint.problem import Mark, Problem

_POSITIVE = ("Exp", "Sigmoid", "Softmax")
"""Types that make positive values only."""

_LEAVE_POSITIVE = ("ELU", "PReLU", "ReLU")
"""Types that leave positive values as they are."""

_SOURCES = {
    "DummyData": "constant-overwritten",
    "Input": "input-overwritten",
    "MemoryData": "input-overwritten",
    "Parameter": "parameter-overwritten",
}
"""Type → the rule against overwriting its top, which no pass fills anew."""

_GRADIENT_MAY_BE_WRONG = frozenset(
    name
    for name, kind in LAYER_TYPES.items()
    if kind.in_place == "forward" or callable(kind.in_place)
)
_MAY_KEEP = frozenset(name for name, kind in LAYER_TYPES.items() if kind.keeps_top)
_MAY_SHARE = frozenset(name for name, kind in LAYER_TYPES.items() if kind.shares_memory)
_MAY_MATTER = _MAY_KEEP | _MAY_SHARE | frozenset(_SOURCES)

_MOST_MARKS = 3


def overwriting_problems(net: Net, states: list[NetState]) -> list[Problem]:
    """Return the in-place layers that overwrite what is needed, each once with its phases."""
    trained = trained_states(net, states)
    return merge(
        (state, list(_problems(shapes(net, state), passes, state.phase)))
        for state in states
        for passes in [backward(net, state) if state in trained else None]
    )


def _problems(found: Shapes, passes: Backward | None, phase: str) -> Iterator[Problem]:
    graph = found.graph
    order, producers, built = graph.order, graph.producers, found.built
    types = [step.layer.type for step in order]
    # Versions that are overwritten and still hold what a backward pass reads.
    intact: set[int] = set()
    for version, before in enumerate(graph.in_place):
        if before < 0:
            continue
        at = producers[version]
        kind = types[at]
        if passes and kind in _GRADIENT_MAY_BE_WRONG and True in passes.bottoms[at]:
            yield from _wrong_gradient(order[at], version)
        if types[producers[before]] not in _MAY_MATTER and before not in intact:
            continue
        if built[at] is None or kind not in LAYER_TYPES:
            continue  # Caffe does not get as far, or what it does is not known
        if kind == "Dropout" and phase == "TEST":
            intact.add(version)
            continue
        yield from _of_ancestors(graph, passes, at, version, before, intact)


def _wrong_gradient(step: Step, version: int) -> Iterator[Problem]:
    layer = step.layer
    kind = LAYER_TYPES[layer.type]
    # Where it depends on the parameters, it is never the defaults that spoil the gradient.
    depends = callable(kind.in_place) and layer.message.values.keys().isdisjoint(kind.reads)
    if not depends and in_place(kind, layer.message) == "forward":
        args = {"layer": layer.name, "type": layer.type}
        node = layer.top_node(step.tops.index(version))
        yield problem("in-place-gradient-wrong", node, args, layer=layer.name)


def _of_ancestors(
    graph: Graph, passes: Backward | None, at: int, version: int, before: int, intact: set[int]
) -> Iterator[Problem]:
    """Yield what the step ``at`` does by writing ``version`` over ``before``.

    Goes up from ``before`` through the layers whose tops are their bottom's memory.
    """
    step = graph.order[at]
    layer = step.layer
    for _ in range(MOST_STEPS):
        above = graph.producers[before]
        maker = graph.order[above]
        kind = layer_type(maker.layer)
        if kind is None:
            return
        rule = _SOURCES.get(maker.layer.type, "")
        spoils = rule and not _is_idempotent(layer)
        if spoils and (rule != "constant-overwritten" or _is_constant(maker, before)):
            yield _overwrites(rule, step, version, maker, before)
        if keeps_top(kind, maker.layer.message) and passes and True in passes.bottoms[above]:
            if maker.layer.type in _POSITIVE and layer.type in _LEAVE_POSITIVE:
                intact.add(version)
            else:
                yield _overwrites("kept-top-overwritten", step, version, maker, before)
        overwritten = graph.in_place[before]
        if overwritten >= 0:
            if before not in intact:
                return  # what is further up was lost there, and told
            before = overwritten
        elif shares_memory(kind, maker.layer.message) and maker.bottoms and maker.bottoms[0] >= 0:
            others = list(_later_readers(graph, maker, before, at))
            if others:
                yield _overwrites("shared-memory-overwritten", step, version, maker, before, others)
            before = maker.bottoms[0]
        else:
            return


def _overwrites(
    rule: str,
    step: Step,
    version: int,
    maker: Step,
    before: int,
    readers: Sequence[tuple[Layer, Mark]] = (),
) -> Problem:
    """Return the problem of a step that writes ``version`` over ``before``, a top of ``maker``."""
    layer = step.layer
    index = step.tops.index(version)
    args: dict[str, object] = {"layer": layer.name, "type": layer.type, "blob": layer.tops[index]}
    args |= {"maker": maker.layer.name, "maker_type": maker.layer.type}
    if readers:
        args["readers"] = ", ".join(f'"{reader.name}"' for reader, _ in readers)
    marks = (_top_mark(maker, before), *(place for _, place in readers[:_MOST_MARKS]))
    return problem(rule, layer.top_node(index), args, marks=marks, layer=layer.name)


def _later_readers(
    graph: Graph, sharing: Step, along: int, at: int
) -> Iterator[tuple[Layer, Mark]]:
    """Yield who reads the memory after step ``at``, but not through the version ``along``.

    ``sharing`` is the layer whose top ``along`` is its bottom's memory.
    """
    same = [sharing.bottoms[0], *(top for top in sharing.tops[:MOST_STEPS] if top != along)]
    looked = 0
    for version in same:  # grows while further versions are found to be this memory
        for reader in dict.fromkeys(graph.readers[version]):
            looked += 1
            if looked > MOST_STEPS:
                return
            step = graph.order[reader]
            kind = layer_type(step.layer)
            if step is sharing or kind is None or step.layer.type == "Silence":
                continue
            if shares_memory(kind, step.layer.message):
                same += step.tops
            elif reader > at:
                node = step.layer.bottom_node(step.bottoms.index(version))
                yield step.layer, mark(node, f'"{step.layer.name}" reads what is left')


def _is_constant(maker: Step, version: int) -> bool:
    """Return whether a top of DummyData is filled once: by a constant filler, or by none."""
    param = maker.layer.message.values.get("dummy_data_param")
    fillers = param.values.get("data_filler", ()) if param else ()
    if not fillers:
        return True
    top = version - maker.tops[0]
    filler = fillers[top] if top < len(fillers) else fillers[0]
    return bool(filler.read("type") == "constant")


def _is_idempotent(layer: Layer) -> bool:
    """Return whether the layer changes nothing when it is given its own output."""
    if layer.type == "Clip":
        return True
    param = layer.message.values.get("relu_param")
    return layer.type == "ReLU" and (param is None or param.read("negative_slope") == 0)


def _top_mark(step: Step, version: int) -> Mark:
    node = step.layer.top_node(version - step.tops[0])
    return mark(node, f'made by {step.layer.type} "{step.layer.name}"')

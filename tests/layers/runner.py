"""The least that is needed to set up the layers of a net one after another, for these tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from protolint.layers import LAYER_TYPES, Fault, Setup, Shape, set_up
from protolint.layers.shapes import i32
from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.syntax.parser import parse

if TYPE_CHECKING:
    from protolint.problem import Problem
    from protolint.schema.message import Message

BINDER = Binder(load_bvlc())


class Run(NamedTuple):
    """Blobs and parameters by name; where it stopped, the layer and why."""

    blobs: dict[str, Shape]
    params: dict[str, list[Shape]]
    stopped: tuple[str, Fault | str] | None


class OutOfScopeError(Exception):
    """The text is not a net of V2 layers that parses."""


def bound(text: str) -> Message:
    problems: list[Problem] = []
    document = parse(text)
    net = BINDER.bind(document, "NetParameter", problems)
    if document.problems or problems:
        raise OutOfScopeError(str((document.problems + problems)[0]))
    return net


def run(
    text: str,
    phase: Any,
    level: int = 0,
    stages: tuple[str, ...] = (),
    datum: Shape = None,
) -> Run:
    net = bound(text)
    if net.has("layers"):
        raise OutOfScopeError("V1 layers")
    blobs: dict[str, Shape] = _inputs(net)
    params: dict[str, list[Shape]] = {}
    latest = dict(blobs)
    for layer in net.read("layer"):
        if not included(layer, phase, level, stages):
            continue
        name = layer.read("name")
        stopped = _stop(layer, latest)
        if stopped is not None:
            return Run(blobs, params, (name, stopped))
        kind = LAYER_TYPES[layer.read("type")]
        bottoms = tuple(latest[bottom] for bottom in layer.read("bottom"))
        tops = layer.read("top")
        built = set_up(kind, Setup(layer, bottoms, len(tops), datum))
        if isinstance(built, Fault):
            return Run(blobs, params, (name, built))
        for top, shape in zip((*tops, "(automatic)"), built.tops, strict=False):
            latest[top] = blobs[top] = shape
        if built.params:
            params[name] = list(built.params)
    return Run(blobs, params, None)


def _inputs(net: Message) -> dict[str, Shape]:
    """Return the blobs of the net's own inputs, as old deploy files have them."""
    names, dims = net.read("input"), net.read("input_dim")
    shapes = [tuple(map(i32, shape.read("dim"))) for shape in net.read("input_shape")]
    if not shapes:
        shapes = [tuple(dims[at : at + 4]) for at in range(0, len(dims), 4)]
    if names and not shapes:
        raise OutOfScopeError("net inputs without shape")
    return dict(zip(names, shapes * len(names) if len(shapes) == 1 else shapes, strict=False))


def _stop(layer: Message, blobs: dict[str, Shape]) -> str | None:
    bottoms = layer.read("bottom")
    for bottom in bottoms:
        if bottom not in blobs:
            return f"unknown bottom {bottom}"
    made = set()
    for index, top in enumerate(layer.read("top")):
        own = index < len(bottoms) and bottoms[index] == top
        if (top in blobs and not own) or top in made:
            return f"top {top} is made twice"
        made.add(top)
    return None if layer.read("type") in LAYER_TYPES else "unknown type"


def included(layer: Message, phase: str, level: int, stages: tuple[str, ...]) -> bool:
    include, exclude = layer.read("include"), layer.read("exclude")
    if include and exclude:
        raise OutOfScopeError("include and exclude")
    if include:
        return any(_meets(rule, phase, level, stages) for rule in include)
    return not any(_meets(rule, phase, level, stages) for rule in exclude)


def _meets(rule: Message, phase: str, level: int, stages: tuple[str, ...]) -> bool:
    return (
        (not rule.has("phase") or rule.read("phase") == phase)
        and (not rule.has("min_level") or level >= rule.read("min_level"))
        and (not rule.has("max_level") or level <= rule.read("max_level"))
        and all(stage in stages for stage in rule.read("stage"))
        and not any(stage in stages for stage in rule.read("not_stage"))
    )

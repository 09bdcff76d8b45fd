"""Layer types that a configuration declares: how many blobs they take and make, and shapes.

A shape is an expression in the rules' language. It is checked against all that any known Caffe has
in its layers, so that one configuration serves several dialects; a field that the dialect of a file
lacks is not known in that file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from protolint.config.misfit import Misfit
from protolint.engine.expression.check import check
from protolint.engine.expression.errors import ExpressionError
from protolint.engine.expression.evaluate import compile_node
from protolint.engine.expression.nodes import paths
from protolint.engine.expression.parse import parse
from protolint.engine.expression.types import INT, NOTHING, Environment, List, Message
from protolint.layers import Built, LayerType
from protolint.values import Unknown, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from protolint.engine.expression.nodes import Node
    from protolint.engine.expression.types import Type
    from protolint.layers import Setup, Shape
    from protolint.schema.types import Schema
    from protolint.syntax.toml import Keys

_LARGEST = 2**31 - 1
"""Caffe's sizes are C++ ``int``."""

_VARIABLES: Mapping[str, Type] = {
    "layer": Message("LayerParameter"),
    "bottom": List(List(INT)),
    "tops": INT,
}

_NAMES = ("name", "bottom", "top")


def declared(
    table: Mapping[str, Mapping[str, Any]], schema: Callable[[], Schema]
) -> tuple[dict[str, LayerType], list[Misfit]]:
    """Return the layer types in the sound table ``layers``, and what is wrong with their shapes.

    ``schema`` returns what a layer may hold; it is asked for only where there is a shape.
    """
    kinds: dict[str, LayerType] = {}
    wrong: list[Misfit] = []
    for name, entry in table.items():
        keys: Keys = ("layers", name, "shape")
        shape = entry.get("shape", [])
        tops = _counts(entry.get("tops", 1))
        sources = [(keys, shape)] if isinstance(shape, str) else _each(keys, shape)
        nodes = []
        for way, source in sources:
            try:
                nodes.append(_parsed(source, schema()))
            except ExpressionError as error:
                wrong.append(Misfit(way, error.message, part=(source, error.start, error.end)))
        if not isinstance(shape, str) and tops[1] is not None and len(shape) > tops[1]:
            wrong.append(Misfit(keys, f"{len(shape)} shapes for at most {tops[1]} tops"))
        shapes = _shapes(nodes, repeat=isinstance(shape, str))
        kinds[name] = LayerType(name, _counts(entry.get("bottoms", 1)), tops, shapes)
    return kinds, wrong


def _each(keys: Keys, sources: list[str]) -> list[tuple[Keys, str]]:
    return [((*keys, number), source) for number, source in enumerate(sources)]


def _counts(value: int | list[int]) -> tuple[int, int | None]:
    """Return the fewest and the most blobs: of ``2``, ``[1, 2]``, or ``[1]``, 1 and more."""
    if isinstance(value, int):
        return value, value
    return value[0], value[1] if len(value) > 1 else None


def _parsed(source: str, schema: Schema) -> Node:
    """Return the node of a shape. Raises ``ExpressionError``."""
    node = parse(source)
    found = check(node, Environment(_VARIABLES, schema, {}))
    if found not in (List(INT), List(NOTHING)):
        message = f"a shape is a list of sizes, such as [bottom[0][0], 10], not of type {found}"
        raise ExpressionError(message, node[1], node[2])
    for path in paths(node):
        if path[0] == "layer" and path[1:2] and path[1] in _NAMES:
            message = f"a shape cannot depend on names: layer.{path[1]}"
            raise ExpressionError(message, node[1], node[2])
    return node


def _shapes(nodes: list[Node], *, repeat: bool) -> Callable[[Setup], Built]:
    """Return the description of a layer; ``repeat`` gives all tops the shape of the one node."""
    evaluators = [compile_node(node) for node in nodes]

    def built(setup: Setup) -> Built:
        scope = {
            "layer": setup.layer,
            "bottom": [_readable(shape) for shape in setup.bottoms],
            "tops": setup.tops,
        }
        shapes = [_evaluated(evaluate, scope) for evaluate in evaluators]
        tops = shapes * setup.tops if repeat else shapes + [None] * setup.tops
        return Built(tuple(tops[: setup.tops]), params=None, macs=None)

    return built


def _readable(shape: Shape) -> list[int | Unknown] | Unknown:
    if shape is None:
        return unknown("the shape is not known")
    return [unknown("the size is not known") if size is None else size for size in shape]


def _evaluated(evaluate: Callable[[Any], Any], scope: Mapping[str, Any]) -> Shape:
    """Return the shape; what is no size is not known, and neither is one by an absent field."""
    try:
        sizes = evaluate(scope)
    except KeyError:  # the schema that the file is read by has no such field
        return None
    if isinstance(sizes, Unknown):
        return None
    return tuple([size if type(size) is int and 0 <= size <= _LARGEST else None for size in sizes])

"""Layer types that a configuration declares: how many blobs they take and make, and shapes.

A shape is an expression in the rules' language. It is checked against all that any known Caffe has
in its layers, so that one configuration serves several dialects; a field that the dialect of a file
lacks is not known in that file.
"""

from __future__ import annotations

from protolint import compiled, own_schema
from protolint.config.misfit import Misfit
from protolint.engine import catalogue
from protolint.engine.expression.check import check
from protolint.engine.expression.errors import ExpressionError
from protolint.engine.expression.evaluate import compile_node
from protolint.engine.expression.nodes import paths
from protolint.engine.expression.parse import parse
from protolint.engine.expression.types import INT, NOTHING, Environment, List, Message
from protolint.layers import Built, LayerType
from protolint.schema import dialects
from protolint.typing import TYPE_CHECKING
from protolint.values import Unknown, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from protolint.engine.expression.nodes import Node
    from protolint.engine.expression.types import Type
    from protolint.layers import Setup, Shape
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
    table: Mapping[str, Mapping[str, Any]], schemas: list[str]
) -> tuple[dict[str, LayerType], list[Misfit]]:
    """Return the layer types in the sound table ``layers``, and what is wrong in it.

    ``schemas`` are the paths of the user's schemas whose fields shapes may name.
    """
    expressions = {source for name in table for _, source in _expressions(name, table[name])}
    parsed = _parsed(sorted(expressions), schemas) if expressions else {}
    kinds: dict[str, LayerType] = {}
    wrong: list[Misfit] = []
    for name, entry in table.items():
        nodes = []
        for keys, source in _expressions(name, entry):
            row = parsed[source]
            nodes.append(row.get("node"))
            if "broken" in row:
                message, start, end = row["broken"]
                wrong.append(Misfit(keys, message, part=(source, start, end)))
        counts = {key: _counts(entry.get(key, 1)) for key in ("bottoms", "tops")}
        for key, (fewest, most) in counts.items():
            if most is not None and fewest > most:
                wrong.append(Misfit(("layers", name, key), f"`{key}` has the fewest first"))
        shape, most = entry.get("shape", []), counts["tops"][1]
        repeat = isinstance(shape, str)
        if not repeat and most is not None and len(shape) > most:
            message = f"{len(shape)} shapes for at most {most} tops"
            wrong.append(Misfit(("layers", name, "shape"), message))
        if not wrong:
            built = _shapes(nodes, repeat=repeat)
            kinds[name] = LayerType(name, counts["bottoms"], counts["tops"], built)
    return kinds, wrong


def _expressions(name: str, entry: Mapping[str, Any]) -> list[tuple[Keys, str]]:
    """Return the shapes of a declaration, and the keys that lead to each."""
    keys: Keys = ("layers", name, "shape")
    shape = entry.get("shape", [])
    if isinstance(shape, str):
        return [(keys, shape)]
    return [((*keys, number), source) for number, source in enumerate(shape)]


def _counts(value: int | list[int]) -> tuple[int, int | None]:
    """Return the fewest and the most blobs: of ``2``, ``[1, 2]``, or ``[1]``, 1 and more."""
    if isinstance(value, int):
        return value, value
    return value[0], value[1] if len(value) > 1 else None


def _parsed(expressions: list[str], schemas: list[str]) -> Any:
    """Return the node of each expression, or what is wrong with it; kept until a file changes."""
    sources = [*schemas, *dialects.paths(), *catalogue.sources_of_expressions()]
    key = "\0".join([*expressions, *schemas]).encode("utf-8", "surrogateescape")
    name = compiled.name_for("layers", key)
    return compiled.load(name, sources, lambda: _compiled(expressions, schemas))


def _compiled(expressions: list[str], schemas: list[str]) -> Any:
    environment = Environment(_VARIABLES, own_schema.with_all_dialects(schemas), {})
    return {source: _node(source, environment) for source in expressions}


def _node(source: str, environment: Environment) -> dict[str, Any]:
    """Return the node of a shape, or what is wrong with it, as JSON data."""
    try:
        node = parse(source)
        _check(node, environment)
    except ExpressionError as error:
        return {"broken": [error.message, error.start, error.end]}
    return {"node": node}


def _check(node: Node, environment: Environment) -> None:
    """Raise ``ExpressionError`` unless the node is a shape."""
    found = check(node, environment)
    if found not in (List(INT), List(NOTHING)):
        message = f"a shape is a list of sizes, such as [bottom[0][0], 10], not of type {found}"
        raise ExpressionError(message, node[1], node[2])
    for path in paths(node):
        if path[0] == "layer" and path[1:2] and path[1] in _NAMES:
            message = f"a shape cannot depend on names: layer.{path[1]}"
            raise ExpressionError(message, node[1], node[2])


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

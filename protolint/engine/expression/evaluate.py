"""Nodes to functions of a scope.

The functions are closures over each other: nothing is executed as Python text, and of a value
only ``read``, ``has`` and ``call`` are ever used, so an expression reaches what these let it reach.
A node must have passed ``check``: types are not looked at again.
"""

from __future__ import annotations

from protolint.engine.expression.arithmetic import (
    absolute,
    add,
    divide,
    greatest,
    least,
    multiply,
    negative,
    remainder,
    subtract,
    to_double,
    to_int,
)
from protolint.engine.expression.compare import (
    contained,
    equal,
    less,
    less_or_equal,
    more,
    more_or_equal,
    unequal,
)
from protolint.engine.expression.logic import (
    INEXACT,
    Truth,
    conjunction,
    disjunction,
    every,
    exactly_one,
    merge,
    negation,
    some,
)
from protolint.engine.expression.nodes import Node, chain
from protolint.engine.expression.pattern import matcher
from protolint.single import single
from protolint.typing import TYPE_CHECKING, Protocol
from protolint.values import Interval, Readable, Unknown, unknown

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias


class Scope(Protocol):
    """The values of the variables: any mapping will do, and it may compute them when asked."""

    def __getitem__(self, name: str, /) -> Any:
        """Return the variable's value."""


class Callee(Readable, Protocol):
    """A record with methods."""

    def call(self, name: str, arguments: tuple[Any, ...]) -> Any:
        """Return the method's result, maybe ``Unknown``; the arguments are concrete."""


Evaluator: TypeAlias = "Callable[[Scope], Any]"


def compile_node(node: Node) -> Evaluator:
    """Return the function that evaluates a checked node in a scope.

    The result is a value as listed in ``types``, or ``Unknown``. The function raises only what a
    ``read``, ``has`` or ``call`` of the scope's values raises.
    """
    return _COMPILERS[node[0]](node)


class _Bound:
    """A scope with one more variable, that of a macro."""

    __slots__ = ("name", "outer", "value")

    def __init__(self, outer: Scope, name: str, value: object) -> None:
        self.outer = outer
        self.name = name
        self.value = value

    def __getitem__(self, name: str) -> Any:
        return self.value if name == self.name else self.outer[name]


def _literal(node: Node) -> Evaluator:
    value = node[4]
    return lambda _: value


def _name(node: Node) -> Evaluator:
    name = node[4]
    return lambda scope: scope[name]


def _list(node: Node) -> Evaluator:
    elements = [compile_node(element) for element in node[3]]
    return lambda scope: [element(scope) for element in elements]


def _select(node: Node) -> Evaluator:
    path = chain(node)
    if path is not None:
        return _path(path)
    operand, name = compile_node(node[3][0]), node[4]

    def select(scope: Scope) -> Any:
        value = operand(scope)
        return value if type(value) is Unknown else value.read(name)

    return select


def _path(path: tuple[str, ...]) -> Evaluator:
    """Read a variable and members of it, the most frequent operation by far, in one loop."""
    variable, *names = path

    def read(scope: Scope) -> Any:
        value = scope[variable]
        for name in names:
            if type(value) is Unknown:
                return value
            value = value.read(name)
        return value

    return read


def _has(node: Node) -> Evaluator:
    operand, name = compile_node(node[3][0]), node[4]

    def has(scope: Scope) -> Any:
        value = operand(scope)
        return value if type(value) is Unknown else value.has(name)

    return has


def _index(node: Node) -> Evaluator:
    operand, position = map(compile_node, node[3])

    def index(scope: Scope) -> Any:
        elements, at = operand(scope), position(scope)
        if type(elements) is Unknown or type(at) in INEXACT:
            return merge(elements, at)
        if not 0 <= at < len(elements):
            return unknown(f"index {at} is outside a list of {len(elements)}")
        return elements[at]

    return index


def _call(node: Node) -> Evaluator:
    function = _FUNCTIONS[node[4]]
    arguments = [compile_node(argument) for argument in node[3]]
    return lambda scope: function([argument(scope) for argument in arguments])


def _method(node: Node) -> Evaluator:
    operand, *arguments = map(compile_node, node[3])
    name = node[4]
    string_method = _STRING_METHODS.get(name)

    def method(scope: Scope) -> Any:
        value = operand(scope)
        values = tuple(argument(scope) for argument in arguments)
        if type(value) is Unknown or not INEXACT.isdisjoint(map(type, values)):
            return merge(value, *values)
        if string_method and isinstance(value, str):
            return string_method(value, *values)
        return value.call(name, values)

    return method


def _matches(node: Node) -> Evaluator:
    operand, search = compile_node(node[3][0]), matcher(node[4])

    def matches(scope: Scope) -> Truth:
        value = operand(scope)
        return value if type(value) is Unknown else search(value)

    return matches


def _macro(node: Node) -> Evaluator:
    operand, body = map(compile_node, node[3])
    kind, variable = _MACROS[node[4]], node[6]

    def macro(scope: Scope) -> Any:
        elements = operand(scope)
        if type(elements) is Unknown:
            return elements
        return kind(elements, lambda element: body(_Bound(scope, variable, element)))

    return macro


def _filter(elements: list[Any], accept: Callable[[Any], Truth]) -> Any:
    verdicts = [accept(element) for element in elements]
    if Unknown in map(type, verdicts):
        return merge(*verdicts)
    return [element for element, verdict in zip(elements, verdicts, strict=True) if verdict]


def _and(node: Node) -> Evaluator:
    left, right = map(compile_node, node[3])

    def both(scope: Scope) -> Truth:
        value = left(scope)
        if value is True:
            return right(scope)  # type: ignore[no-any-return]  # checked to be bool
        return False if value is False else conjunction(value, right(scope))

    return both


def _or(node: Node) -> Evaluator:
    left, right = map(compile_node, node[3])

    def either(scope: Scope) -> Truth:
        value = left(scope)
        if value is False:
            return right(scope)  # type: ignore[no-any-return]  # checked to be bool
        return True if value is True else disjunction(value, right(scope))

    return either


def _conditional(node: Node) -> Evaluator:
    condition, yes, no = map(compile_node, node[3])

    def conditional(scope: Scope) -> Any:
        value = condition(scope)
        if value is True:
            return yes(scope)
        if value is False:
            return no(scope)
        one, other = yes(scope), no(scope)
        return one if type(one) is not Unknown and one == other else value

    return conditional


def _unary(node: Node) -> Evaluator:
    operand, apply = compile_node(node[3][0]), _UNARY[node[0]]
    return lambda scope: apply(operand(scope))


def _operation(node: Node) -> Evaluator:
    if len(node[3]) == 1:
        return _unary(node)
    left, right = map(compile_node, node[3])
    apply = _BINARY[node[0]]
    return lambda scope: apply(left(scope), right(scope))


def _comparison(node: Node) -> Evaluator:
    left, right = map(compile_node, node[3])
    apply = _COMPARISONS[node[0]]
    rounded = {single(value): value for value in _decimals(node)}
    if rounded:
        return lambda scope: apply(_written(left(scope), rounded), _written(right(scope), rounded))
    return lambda scope: apply(left(scope), right(scope))


def _decimals(node: Node) -> list[float]:
    """Return the literals compared here that single precision does not hold, such as 0.1."""
    found: list[float] = []
    for operand in node[3]:
        if operand[0] == "double" and single(operand[4]) != operand[4]:
            found.append(operand[4])
        elif operand[0] == "list":
            found += _decimals(operand)
    return found


def _written(value: Any, rounded: dict[float, float]) -> Any:
    """Replace a single-precision number by the literal that rounds to it.

    So ``solver.momentum == 0.9`` holds for ``momentum: 0.9``, which Caffe keeps as a float.
    """
    if isinstance(value, float):
        return rounded.get(value, value)
    if type(value) is Interval:
        lo, hi, reasons = value
        return Interval(_written(lo, rounded), _written(hi, rounded), reasons)
    if type(value) is list:
        return [_written(element, rounded) for element in value]
    return value


def _size(arguments: list[Any]) -> Any:
    (value,) = arguments
    return value if type(value) is Unknown else len(value)


def _of_numbers(
    choose: Callable[[list[Any]], Any],
) -> Callable[[list[Any]], Any]:
    """Let ``min`` and ``max`` take either numbers or one list of them."""

    def apply(arguments: list[Any]) -> Any:
        if len(arguments) > 1:
            return choose(arguments)
        (numbers,) = arguments
        return numbers if type(numbers) is Unknown else choose(numbers)

    return apply


_FUNCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "abs": lambda arguments: absolute(*arguments),
    "double": lambda arguments: to_double(*arguments),
    "int": lambda arguments: to_int(*arguments),
    "max": _of_numbers(greatest),
    "min": _of_numbers(least),
    "size": _size,
}

_STRING_METHODS: dict[str, Callable[..., bool]] = {
    "contains": str.__contains__,
    "endsWith": str.endswith,
    "startsWith": str.startswith,
}

_MACROS: dict[str, Callable[[list[Any], Callable[[Any], Any]], Any]] = {
    "all": lambda elements, body: every(map(body, elements)),
    "exists": lambda elements, body: some(map(body, elements)),
    "exists_one": lambda elements, body: exactly_one(map(body, elements)),
    "filter": _filter,
    "map": lambda elements, body: list(map(body, elements)),
}

_UNARY: dict[str, Callable[[Any], Any]] = {"!": negation, "-": negative}

_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": remainder,
}

_COMPARISONS: dict[str, Callable[[Any, Any], Truth]] = {
    "==": equal,
    "!=": unequal,
    "<": less,
    "<=": less_or_equal,
    ">": more,
    ">=": more_or_equal,
    "in": contained,
}

_COMPILERS: dict[str, Callable[[Node], Evaluator]] = {
    "bool": _literal,
    "int": _literal,
    "double": _literal,
    "string": _literal,
    "name": _name,
    "list": _list,
    "select": _select,
    "has": _has,
    "index": _index,
    "call": _call,
    "method": _method,
    "matches": _matches,
    "macro": _macro,
    "!": _unary,
    "&&": _and,
    "||": _or,
    "?:": _conditional,
    **dict.fromkeys(_BINARY, _operation),
    **dict.fromkeys(_COMPARISONS, _comparison),
}

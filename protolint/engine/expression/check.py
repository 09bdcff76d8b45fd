"""The type of an expression, or the author's first mistake in it."""

from __future__ import annotations

from protolint.engine.expression.errors import ExpressionError, did_you_mean
from protolint.engine.expression.types import (
    BOOL,
    DOUBLE,
    INT,
    NOTHING,
    STRING,
    Enum,
    Environment,
    List,
    Message,
    Method,
    Record,
    Scalar,
    Type,
    field_type,
)
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from protolint.engine.expression.nodes import Node

_NUMBERS = (INT, DOUBLE)


def check(node: Node, env: Environment) -> Type:
    """Return the type of a node; raise ``ExpressionError`` at what cannot be evaluated."""
    return _CHECKS[node[0]](node, env)


def check_condition(node: Node, env: Environment) -> None:
    """Raise ``ExpressionError`` unless the node is a well-typed condition."""
    _expect(BOOL, node, env, "a condition")


def check_template(parts: Iterable[str | Node], env: Environment) -> None:
    """Raise ``ExpressionError`` unless every placeholder of a template can be printed."""
    for part in parts:
        if isinstance(part, str):
            continue
        printed = found = check(part, env)
        while isinstance(printed, List):
            printed = printed.of
        if isinstance(printed, Message | Record):
            raise _error(part, f"a message text cannot show {_a(found)}; name a member of it")


def _constant(type_: Type) -> Callable[[Node, Environment], Type]:
    return lambda _node, _env: type_


def _name(node: Node, env: Environment) -> Type:
    name = node[4]
    if name not in env.variables:
        hint = did_you_mean(name, [*env.variables, "true", "false"])
        raise _error(node, f"no variable '{name}'{hint}")
    return env.variables[name]


def _list(node: Node, env: Environment) -> Type:
    of: Type = NOTHING
    for element in node[3]:
        of = _common(of, check(element, env), element, "elements of a list")
    return List(of)


def _select(node: Node, env: Environment) -> Type:
    name, offset = node[4:]
    owner = check(node[3][0], env)
    member = _member(owner, node, env)
    if isinstance(member, Method):
        raise ExpressionError(f"'{name}' is a method: write {name}(…)", offset, offset + len(name))
    return member


def _has(node: Node, env: Environment) -> Type:
    name, offset = node[4:]
    owner = check(node[3][0], env)
    message = owner.base if isinstance(owner, Record) else None
    if message is None or name not in env.schema.messages[message].fields:
        _member(owner, node, env)
        if not isinstance(owner, Message):
            end = offset + len(name)
            raise ExpressionError(f"has() asks for a field, and '{name}' is none", offset, end)
    return BOOL


def _member(owner: Type, node: Node, env: Environment) -> Type | Method:
    """Return the member that a select, has or method node names."""
    name, offset = node[4], node[5]
    members: dict[str, Type | Method] = {}
    message = owner.name if isinstance(owner, Message) else None
    if isinstance(owner, Record):
        message = owner.base
        members.update(env.records[owner.name])
    if name in members:
        return members[name]
    fields = env.schema.messages[message].fields if message is not None else {}
    if name in fields:
        return field_type(fields[name])
    end = offset + len(name)
    if isinstance(owner, Message):
        raise ExpressionError(
            f"no field '{name}' in {owner}{did_you_mean(name, fields)}", offset, end
        )
    if isinstance(owner, Record):
        hint = did_you_mean(name, [*members, *fields])
        raise ExpressionError(f"no member '{name}' in {owner}{hint}", offset, end)
    hint = "; index it, or use all() or exists()" if isinstance(owner, List) else ""
    raise ExpressionError(f"{_a(owner)} has no member '{name}'{hint}", offset, end)


def _index(node: Node, env: Environment) -> Type:
    operand, index = node[3]
    _expect(INT, index, env, "an index")
    return _element(operand, env, "an index")


def _method(node: Node, env: Environment) -> Type:
    operand, *arguments = node[3]
    name, offset = node[4:]
    owner = check(operand, env)
    if owner == STRING:
        if name not in STRING_METHODS:
            hint = did_you_mean(name, [*STRING_METHODS, "matches"])
            raise ExpressionError(f"a string has no method '{name}'{hint}", offset, node[2])
        method: Type | Method = Method((STRING,), BOOL)
    else:
        method = _member(owner, node, env)
    if not isinstance(method, Method):
        end = offset + len(name)
        raise ExpressionError(f"'{name}' is not a method: write it without (…)", offset, end)
    if len(arguments) != len(method.params):
        raise _count_error(node, name, len(method.params), offset)
    for argument, param in zip(arguments, method.params, strict=True):
        _expect(param, argument, env, f"the argument of {name}()")
    return method.result


def _matches(node: Node, env: Environment) -> Type:
    _expect(STRING, node[3][0], env, "matches()")
    return BOOL


def _call(node: Node, env: Environment) -> Type:
    name = node[4]
    if name not in FUNCTIONS:
        hint = did_you_mean(name, [*FUNCTIONS, "has"])
        raise ExpressionError(f"no function '{name}'{hint}", node[1], node[1] + len(name))
    return FUNCTIONS[name](node, env)


def _size(node: Node, env: Environment) -> Type:
    (argument,) = _arguments(node, 1)
    found = check(argument, env)
    if found != STRING and not isinstance(found, List):
        raise _error(argument, f"size() takes a list or string, not {_a(found)}")
    return INT


def _same_number(node: Node, env: Environment) -> Type:
    (argument,) = _arguments(node, 1)
    return _number(argument, env, f"{node[4]}()")


def _conversion(node: Node, env: Environment) -> Type:
    _same_number(node, env)
    return INT if node[4] == "int" else DOUBLE


def _extreme(node: Node, env: Environment) -> Type:
    arguments, name = node[3], f"{node[4]}()"
    if len(arguments) == 1:
        of = _element(arguments[0], env, f"{name} of one argument")
        if of not in _NUMBERS:
            raise _error(arguments[0], f"{name} takes numbers, not {_a(of)}")
        return of
    if not arguments:
        raise _error(node, f"{name} takes numbers or a list of numbers")
    found = [_number(argument, env, name) for argument in arguments]
    return DOUBLE if DOUBLE in found else INT


def _macro(node: Node, env: Environment) -> Type:
    operand, body = node[3]
    kind, _, variable = node[4:]
    of = _element(operand, env, f"{kind}()")
    inner = env._replace(variables={**env.variables, variable: of})
    if kind == "map":
        return List(check(body, inner))
    _expect(BOOL, body, inner, f"the condition of {kind}()")
    return List(of) if kind == "filter" else BOOL


def _logical(node: Node, env: Environment) -> Type:
    for operand in node[3]:
        _expect(BOOL, operand, env, f"'{node[0]}'")
    return BOOL


def _arithmetic(node: Node, env: Environment) -> Type:
    found = [_number(operand, env, f"'{node[0]}'") for operand in node[3]]
    return DOUBLE if DOUBLE in found else INT


def _remainder(node: Node, env: Environment) -> Type:
    for operand in node[3]:
        _expect(INT, operand, env, "'%'")
    return INT


def _order(node: Node, env: Environment) -> Type:
    for operand in node[3]:
        _number(operand, env, f"'{node[0]}'")
    return BOOL


def _equality(node: Node, env: Environment) -> Type:
    left, right = node[3]
    _compare(node, (left, check(left, env)), (right, check(right, env)), env)
    return BOOL


def _in(node: Node, env: Environment) -> Type:
    left, right = node[3]
    of = _element(right, env, "'in'")
    found = check(left, env)
    _compare(node, (left, found), (right, of), env)
    return BOOL


def _conditional(node: Node, env: Environment) -> Type:
    condition, yes, no = node[3]
    _expect(BOOL, condition, env, "the condition before '?'")
    return _common(check(yes, env), check(no, env), no, "branches of '?:'")


def _compare(
    node: Node, left: tuple[Node, Type], right: tuple[Node, Type], env: Environment
) -> None:
    """Raise unless the two types can be equal, and literals compared with an enum are of it."""
    if not _comparable(left[1], right[1]):
        raise _error(node, f"cannot compare {_a(left[1])} with {_a(right[1])}")
    for (_, found), (literal, _) in ((left, right), (right, left)):
        enum = found.of if isinstance(found, List) else found
        if isinstance(enum, Enum):
            _check_values(literal, enum, env)


def _check_values(node: Node, enum: Enum, env: Environment) -> None:
    if node[0] == "string":
        values = env.schema.enums[enum.name].values
        if node[4] not in values:
            hint = did_you_mean(node[4], values)
            raise _error(node, f"no value '{node[4]}' in {enum}{hint}")
    elif node[0] in ("list", "?:"):
        for operand in node[3][-2:] if node[0] == "?:" else node[3]:
            _check_values(operand, enum, env)


def _comparable(left: Type, right: Type) -> bool:
    if isinstance(left, List) and isinstance(right, List):
        return _comparable(left.of, right.of)
    if left in _NUMBERS and right in _NUMBERS:
        return True
    if NOTHING in (left, right):
        return True
    if isinstance(left, Enum) and isinstance(right, Enum | Scalar):
        return right in (left, STRING)
    if isinstance(right, Enum):
        return left == STRING
    return isinstance(left, Scalar) and left == right


def _common(one: Type, other: Type, node: Node, where: str) -> Type:
    """Return the type of two values of which one will be taken."""
    if one in (NOTHING, other):
        return other
    if one == List(NOTHING) and isinstance(other, List):
        return other
    if other == List(NOTHING) and isinstance(one, List):
        return one
    if one in _NUMBERS and other in _NUMBERS:
        raise _error(node, f"{where} mix int and double; write 1.0 for 1, or use double()")
    raise _error(node, f"{where} are of one type, not {_a(one)} and {_a(other)}")


def _element(node: Node, env: Environment, user: str) -> Type:
    found = check(node, env)
    if not isinstance(found, List):
        raise _error(node, f"{user} takes a list, not {_a(found)}")
    return found.of


def _expect(wanted: Type, node: Node, env: Environment, user: str) -> None:
    found = check(node, env)
    if isinstance(wanted, Enum) and found == STRING:
        _check_values(node, wanted, env)
    elif found not in (wanted, NOTHING) and (wanted, found) != (DOUBLE, INT):
        raise _error(node, f"{user} takes {_a(wanted)}, not {_a(found)}")


def _number(node: Node, env: Environment, user: str) -> Type:
    found = check(node, env)
    if found == NOTHING:
        return INT
    if found not in _NUMBERS:
        raise _error(node, f"{user} takes numbers, not {_a(found)}")
    return found


def _arguments(node: Node, count: int) -> list[Node]:
    arguments: list[Node] = node[3]
    if len(arguments) != count:
        raise _count_error(node, node[4], count, node[1])
    return arguments


def _count_error(node: Node, name: str, count: int, start: int) -> ExpressionError:
    given = len(node[3]) - (node[0] == "method")
    plural = "" if count == 1 else "s"
    return ExpressionError(f"{name}() takes {count} argument{plural}, not {given}", start, node[2])


def _a(type_: Type) -> str:
    """Return the type with its article, where it has one."""
    name = str(type_)
    if isinstance(type_, Message | Record) or type_ == NOTHING:
        return name
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def _error(node: Node, message: str) -> ExpressionError:
    return ExpressionError(message, node[1], node[2])


STRING_METHODS = ("contains", "endsWith", "startsWith")

FUNCTIONS: dict[str, Callable[[Node, Environment], Type]] = {
    "abs": _same_number,
    "double": _conversion,
    "int": _conversion,
    "max": _extreme,
    "min": _extreme,
    "size": _size,
}

_CHECKS: dict[str, Callable[[Node, Environment], Type]] = {
    "bool": _constant(BOOL),
    "int": _constant(INT),
    "double": _constant(DOUBLE),
    "string": _constant(STRING),
    "name": _name,
    "list": _list,
    "select": _select,
    "has": _has,
    "index": _index,
    "call": _call,
    "method": _method,
    "matches": _matches,
    "macro": _macro,
    "?:": _conditional,
    **dict.fromkeys(("!", "&&", "||"), _logical),
    **dict.fromkeys("+-*/", _arithmetic),
    "%": _remainder,
    **dict.fromkeys(("<", "<=", ">", ">="), _order),
    **dict.fromkeys(("==", "!="), _equality),
    "in": _in,
}

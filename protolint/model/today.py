"""Types of layers and solvers, written as the format takes them in which they stand."""

from __future__ import annotations

from protolint.diagnostic import Edit
from protolint.model.v1 import SOLVER_TYPES, TYPES
from protolint.schema.deprecated import renamed
from protolint.syntax.literal import quoted, read_string
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from protolint.problem import Problem

_OLD_TYPES = {new: old for old, new in TYPES.items() if new}


def with_types(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems, those about a type of the other format with the edits that cure them.

    `type: "Convolution"` in `layers` is CONVOLUTION, `type: CONVOLUTION` in `layer` is
    "Convolution", and `solver_type: ADAM` is `type: "Adam"`.
    """
    return [
        _CURED[problem.rule](problem) if problem.rule in _CURED else problem for problem in problems
    ]


def _quoted_enum(problem: Problem) -> Problem:
    value = read_string(str(problem.args["value"]))
    return _written(problem, _OLD_TYPES.get(value, "") if isinstance(value, str) else "")


def _unquoted_string(problem: Problem) -> Problem:
    new = TYPES.get(str(problem.args["value"]))
    return _written(problem, quoted(new) if new else "")


def _written(problem: Problem, new: str) -> Problem:
    if not new or problem.args["name"] != "type":
        return problem
    return problem._replace(edits=(Edit(problem.start, problem.end, new),), sure=True)


def _deprecated(problem: Problem) -> Problem:
    field = problem.field
    if problem.args["name"] != "solver_type" or field is None or field.value not in SOLVER_TYPES:
        return problem
    return renamed(problem, "type", quoted(SOLVER_TYPES[str(field.value)]))


_CURED: dict[str, Callable[[Problem], Problem]] = {
    "quoted-enum": _quoted_enum,
    "unquoted-string": _unquoted_string,
    "deprecated-field": _deprecated,
}

"""Three-valued logic against the enumeration of what the unknowns could be."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from expression_samples import ENVIRONMENT, value_of
from hypothesis import given, settings
from hypothesis import strategies as st

from protolint.engine.expression.evaluate import compile_node
from protolint.engine.expression.parse import MAX_LOOPS, parse
from protolint.engine.expression.types import BOOL
from protolint.values import Unknown, unknown

Values = Mapping[str, Any]
# A condition as text, and what it is worth when nothing is unknown.
Condition = tuple[str, Callable[[Values], bool]]

NAMES = [f"x{number}" for number in range(8)]
ENV = ENVIRONMENT._replace(variables=dict.fromkeys(NAMES, BOOL))


def _join(sign: str, a: Condition, b: Condition) -> Condition:
    (p, f), (q, g) = a, b
    meaning: dict[str, Callable[[Values], bool]] = {
        "&&": lambda v: f(v) and g(v),
        "||": lambda v: f(v) or g(v),
        "==": lambda v: f(v) == g(v),
        "!=": lambda v: f(v) != g(v),
    }
    return f"({p} {sign} {q})", meaning[sign]


def _choose(a: Condition, b: Condition, c: Condition) -> Condition:
    (p, f), (q, g), (r, h) = a, b, c
    return f"({p} ? {q} : {r})", lambda v: g(v) if f(v) else h(v)


def _quantify(macro: str, conditions: list[Condition]) -> Condition:
    count: dict[str, Callable[[int], bool]] = {
        "all": lambda n: n == len(conditions),
        "exists": lambda n: n > 0,
        "exists_one": lambda n: n == 1,
    }
    text = f"[{', '.join(p for p, _ in conditions)}].{macro}(e, e)"
    return text, lambda v: count[macro](sum(f(v) for _, f in conditions))


def _negate(a: Condition) -> Condition:
    return f"!{a[0]}", lambda v: not a[1](v)


def _variable(name: str) -> Condition:
    return name, lambda v: v[name]


def _extend(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    return st.one_of(
        st.builds(_negate, inner),
        st.builds(_join, st.sampled_from(["&&", "||", "==", "!="]), inner, inner),
        st.builds(_choose, inner, inner, inner),
        st.builds(
            _quantify,
            st.sampled_from(["all", "exists", "exists_one"]),
            st.lists(inner, max_size=3),
        ),
    )


def _loops(text: str) -> int:
    """Return how many lists stand within each other."""
    return max(itertools.accumulate((c == "[") - (c == "]") for c in text))


LITERALS = st.sampled_from([("true", lambda _: True), ("false", lambda _: False)])
CONDITIONS = st.recursive(
    st.sampled_from(NAMES[:4]).map(_variable) | LITERALS, _extend, max_leaves=8
).filter(lambda condition: _loops(condition[0]) <= MAX_LOOPS)
ASSIGNMENTS = st.lists(st.sampled_from([True, False, None]), min_size=8, max_size=8)


def partly_known(assignment: list[bool | None]) -> dict[str, Any]:
    return {
        name: unknown(f"{name} is open") if value is None else value
        for name, value in zip(NAMES, assignment, strict=True)
    }


def outcomes(condition: Condition, values: dict[str, Any]) -> set[bool]:
    """Return every result that the condition has for some completion of the values."""
    used = [name for name in NAMES if name in condition[0]]
    choices = [(True, False) if type(values[name]) is Unknown else (values[name],) for name in used]
    return {
        condition[1](dict(zip(used, chosen, strict=True))) for chosen in itertools.product(*choices)
    }


@settings(max_examples=300, deadline=None)
@given(CONDITIONS, ASSIGNMENTS)
def test_a_decision_holds_in_every_completion(
    condition: Condition, assignment: list[bool | None]
) -> None:
    values = partly_known(assignment)
    result = value_of(condition[0], ENV, **values)
    if type(result) is Unknown:
        assert result.reasons
        assert result.reasons <= {f"{name} is open" for name in NAMES if name in condition[0]}
    else:
        assert outcomes(condition, values) == {result}


@settings(max_examples=300, deadline=None)
@given(CONDITIONS, ASSIGNMENTS)
def test_what_every_completion_decides_is_decided(
    condition: Condition, assignment: list[bool | None]
) -> None:
    """It holds where each variable stands once: Kleene's logic does not see x || !x."""
    fresh = iter(NAMES)
    text = re.sub(r"\bx\d\b", lambda _: next(fresh), condition[0])
    evaluate = compile_node(parse(text))
    values = partly_known(assignment)
    choices = [(True, False) if type(values[x]) is Unknown else (values[x],) for x in NAMES]
    possible = {
        evaluate(dict(zip(NAMES, chosen, strict=True))) for chosen in itertools.product(*choices)
    }
    result = evaluate(values)
    assert type(result) is Unknown if len(possible) == 2 else possible == {result}


U, V = unknown("u"), unknown("v")
BOTH = unknown("u", "v")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x0 && false", False),
        ("false && x0", False),
        ("x0 && true", U),
        ("true && x0", U),
        ("x0 && x1", BOTH),
        ("x0 || true", True),
        ("true || x0", True),
        ("false || x0", U),
        ("x0 || x1", BOTH),
        ("(x0 || true) && x1", V),
        ("x0 && (x1 || true)", U),
        ("!x0", U),
        ("x0 == x1", BOTH),
        ("x0 != true", U),
        ("x0 || !x0", U),
        ("x0 ? true : true", True),
        ("x0 ? x1 : x1", U),
        ("x0 ? 1 : 2", U),
        ("true ? x1 : false", V),
        ("true in [x0, true]", True),
        ("true in [x0, false]", U),
        ("x0 in []", False),
        ("[x0, false].all(e, e)", False),
        ("[x0, true].exists(e, e)", True),
        ("[x0, x1].all(e, e)", BOTH),
        ("[true, true, x0].exists_one(e, e)", False),
        ("[true, x0].exists_one(e, e)", U),
        ("[x0, x1].filter(e, e)", BOTH),
        ("[x0, true].map(e, !e)", [U, False]),
        ("[x0, true] == [true, false]", False),
        ("[x0, true] == [true, true]", U),
        ("[x0] == [x0, x0]", False),
    ],
)
def test_the_reasons_are_those_on_which_the_result_depends(text: str, expected: object) -> None:
    found = value_of(text, ENV, x0=U, x1=V)
    assert (type(found), found) == (type(expected), expected)

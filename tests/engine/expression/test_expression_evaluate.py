"""What expressions read, call, and cannot reach."""

from __future__ import annotations

import time
from typing import Any

import pytest
from expression_samples import ENVIRONMENT, Bound, Facts, read_message, value_of

from protolint.engine.expression.evaluate import compile_node
from protolint.engine.expression.parse import parse
from protolint.values import Interval, Unknown, unknown

SOLVER = read_message(
    "SolverParameter", "base_lr: 0.1 momentum: 0.9 stepvalue: 10 stepvalue: 20 max_iter: 30"
)
LAYER = read_message(
    "LayerParameter",
    'name: "pool1" bottom: "a" bottom: "b" pooling_param { pool: AVE stride: 3 kernel_size: 2 }',
)
RULE = (
    'layer.pooling_param.pool == "AVE" && !has(layer.pooling_param.pad)'
    " && layer.pooling_param.stride > layer.pooling_param.kernel_size"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (RULE, True),
        ("solver.stepvalue.all(v, v < solver.max_iter)", True),
        ("solver.stepvalue.exists(v, v > solver.max_iter)", False),
        ("solver.stepvalue.exists_one(v, v == 10)", True),
        ("solver.stepvalue.filter(v, v > 10).map(v, v + 1)", [21]),
        ("solver.stepvalue.all(v, solver.stepvalue.exists(w, w >= v))", True),
        ("layer.bottom.map(solver, solver)", ["a", "b"]),
        ("layer.bottom[1]", "b"),
        ("size(layer.bottom) == 2 ? 'two' : 'other'", "two"),
        ("layer.name in ['pool1']", True),
        ("layer.pooling_param.pool in ['MAX', 'STOCHASTIC']", False),
        ("layer.name.startsWith('pool') && layer.name.endsWith('1')", True),
        ("layer.name.contains('ool')", True),
        ("layer.name.contains('x')", False),
        ("layer.name.matches('^pool[0-9]$')", True),
        ("size(layer.name)", 5),
        ("layer.bottom == ['a', 'b']", True),
        ("layer.bottom != ['a']", True),
        ("has(layer.bottom)", True),
        ("has(layer.convolution_param)", False),
        ("has(layer.convolution_param.weight_filler.type)", False),
        ("layer.convolution_param.weight_filler.type", "constant"),
        ("layer.convolution_param.kernel_size", []),
        ("[layer][0].name", "pool1"),
        ("has([layer][0].name)", True),
        ("lr.at(0)", 0.01),
    ],
)
def test_values(text: str, expected: object) -> None:
    found = value_of(text, solver=SOLVER, layer=LAYER)
    assert (type(found), found) == (type(expected), expected)


U = unknown("u")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("layer.name", U),
        ("layer.pooling_param.pool == 'AVE'", U),
        ("has(layer.name)", U),
        ("has(layer.pooling_param.pad)", U),
        ("[layer][0].name", U),
        ("has([layer][0].name)", U),
        ("layer.bottom[0]", U),
        ("names[width]", U),
        ("size(layer.bottom)", U),
        ("max(layer.loss_weight)", U),
        ("'a' in layer.bottom", U),
        ("layer.bottom.all(b, false)", U),
        ("layer.bottom.filter(b, false)", U),
        ("layer.name.startsWith('a')", U),
        ("'a'.startsWith(layer.name)", U),
        ("layer.name.matches('a')", U),
        ("lr.at(width)", U),
        ("lr.at(size(layer.name)) == 0.0", U),
        ("layer.index == width", U),
    ],
)
def test_what_is_read_of_an_unknown_is_unknown(text: str, expected: object) -> None:
    assert value_of(text, layer=U, width=U) == expected


def test_has_may_be_unknown() -> None:
    class Open(Bound):
        def has(self, name: str) -> bool | Unknown:
            return unknown(f"{name} is open")

    assert value_of("has(solver.max_iter)", solver=Open("SolverParameter", {})) == unknown(
        "max_iter is open"
    )


def test_methods_are_called_with_concrete_arguments_only() -> None:
    lr = Facts({})
    assert value_of("lr.at(width)", lr=lr, width=Interval(1, 2, frozenset({"i"}))) == unknown("i")
    assert lr.calls == []
    assert value_of("lr.at(500 + 500)", lr=lr) == 0.001
    assert lr.calls == [("at", (1000,))]


def test_decided_operands_are_not_evaluated_further() -> None:
    lr = Facts({})
    assert value_of("false && lr.at(7) > 0.0", lr=lr) is False
    assert value_of("true || lr.at(7) > 0.0", lr=lr) is True
    assert value_of("true ? 0.0 : lr.at(7)", lr=lr) == 0.0
    assert value_of("[1, 7].exists(i, i == 1 || lr.at(i) > 0.0)", lr=lr) is True
    assert lr.calls == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("solver.momentum == 0.9", True),
        ("0.9 == solver.momentum", True),
        ("solver.momentum != 0.9", False),
        ("solver.base_lr > 0.1", False),
        ("solver.base_lr <= 0.1", True),
        ("solver.momentum >= 0.9", True),
        ("solver.momentum in [0.5, 0.9]", True),
        ("0.9 in [solver.momentum]", True),
        ("[solver.momentum] == [0.9]", True),
        ("solver.momentum == 0.95", False),
        ("solver.base_lr * 1.0 == 0.1", True),
        ("0.1 + 0.2 == 0.3", False),
        ("-solver.momentum == -0.9", True),
        ("16777216 == 16777217.0", False),
    ],
)
def test_decimals_stand_for_their_single_precision_too(text: str, expected: bool) -> None:
    assert value_of(text, solver=SOLVER) is expected


def test_decimals_and_bounds() -> None:
    single = SOLVER.read("momentum")
    assert value_of("scale >= 0.9", scale=Interval(single, 1.0)) is True
    assert value_of("scale > 0.9", scale=Interval(0.0, single)) is False


class Guarded:
    """Refuses every attribute but those of the protocol."""

    def __getattribute__(self, name: str) -> Any:
        if name in ("read", "has", "call"):
            return lambda *_: Guarded()
        raise AssertionError(name)


@pytest.mark.parametrize(
    "text",
    [
        "x.__class__.__mro__[0]",
        "x.__class__()",
        "x.a.b(c.d).e",
        "has(x.__dict__)",
        "x.read.__globals__",
        "x.call('eval')",
        "[x].map(v, v.__init__.__globals__)",
        "x.all(v, v.__subclasses__())",
    ],
)
def test_even_an_unchecked_expression_reaches_only_the_protocol(text: str) -> None:
    evaluate = compile_node(parse(text))
    try:
        result = evaluate({"x": Guarded(), "c": Guarded()})
    except TypeError as error:  # indexing or iterating what is no list
        assert "Guarded" in str(error)  # noqa: PT017  some of the texts raise, some do not
    else:
        assert type(result) in (list, Guarded)


def test_strings_have_no_python_methods() -> None:
    evaluate = compile_node(parse("'a'.format('b')"))
    with pytest.raises(AttributeError, match="'str' object has no attribute 'call'"):
        evaluate({})


def test_a_scope_may_compute_its_values_when_asked() -> None:
    asked: list[str] = []

    class Lazy(dict[str, Any]):
        def __missing__(self, name: str) -> Any:
            asked.append(name)
            return {"solver": SOLVER, "layer": LAYER}[name]

    condition = compile_node(
        parse("solver.stepvalue.all(v, v < solver.max_iter) || layer.name == ''")
    )
    assert condition(Lazy()) is True
    assert set(asked) == {"solver"}


def test_the_deepest_expression_is_evaluated() -> None:
    text = "(" * 98 + "width" + " + 1)" * 98
    assert value_of(text, width=0) == 98
    assert value_of("!" * 98 + "true") is True
    assert ENVIRONMENT.variables


def test_evaluation_is_fast() -> None:
    """A generous bound, against a mistake of another order; it takes about 15 ms."""
    condition = compile_node(parse(RULE))
    values = {"layer": LAYER}
    start = time.perf_counter()
    for _ in range(10_000):
        condition(values)
    assert time.perf_counter() - start < 0.5

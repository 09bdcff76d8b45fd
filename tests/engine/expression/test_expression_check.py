"""Types of expressions, and every mistake with the place it points at."""

from __future__ import annotations

import pytest
from expression_samples import ENVIRONMENT, POOL, SCHEMA

from protolint.engine.expression.check import check, check_condition, check_template
from protolint.engine.expression.errors import ExpressionError
from protolint.engine.expression.parse import parse
from protolint.engine.expression.template import parse_template
from protolint.engine.expression.types import (
    BOOL,
    DOUBLE,
    INT,
    NOTHING,
    STRING,
    Enum,
    List,
    Message,
    Record,
    Type,
    field_type,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", BOOL),
        ("1", INT),
        ("1.0", DOUBLE),
        ("'a'", STRING),
        ("[]", List(NOTHING)),
        ("[1, 2]", List(INT)),
        ("[[], [1]]", List(List(INT))),
        ("[[1], []]", List(List(INT))),
        ("solver", Message("SolverParameter")),
        ("solver.base_lr", DOUBLE),
        ("solver.stepvalue", List(INT)),
        ("solver.stepvalue[0]", INT),
        ("solver.snapshot_after_train", BOOL),
        ("layer", Record("Layer", "LayerParameter")),
        ("layer.index", INT),
        ("layer.top", STRING),  # the fact hides the repeated field
        ("layer.bottom", List(STRING)),
        ("layer.pooling_param.pool", Enum(POOL)),
        ("layer.convolution_param.weight_filler", Message("FillerParameter")),
        ("has(layer.top)", BOOL),
        ("has(layer.pooling_param.pad)", BOOL),
        ("lr.at(0)", DOUBLE),
        ("lr.scaled(1)", DOUBLE),
        ("layer.uses('MAX')", BOOL),
        ("1 + 2 * 3 / 4 - 5 % 6", INT),
        ("1 + 2.0", DOUBLE),
        ("-1.0", DOUBLE),
        ("-(width)", INT),
        ("width < 2.5", BOOL),
        ("'a' == layer.name", BOOL),
        ("layer.pooling_param.pool == 'AVE'", BOOL),
        ("layer.pooling_param.pool == layer.name", BOOL),
        ("layer.pooling_param.pool in ['AVE', 'MAX']", BOOL),
        ("'MAX' in layer.methods", BOOL),
        ("layer.methods == ['MAX']", BOOL),
        ("layer.pooling_param.pool == (true ? 'AVE' : 'MAX')", BOOL),
        ("1 in []", BOOL),
        ("[] == [1]", BOOL),
        ("true == (1 < 2)", BOOL),
        ("true ? 1 : 2", INT),
        ("true ? [] : [1]", List(INT)),
        ("size('a') + size([1])", INT),
        ("abs(1)", INT),
        ("abs(1.0)", DOUBLE),
        ("min(1, 2)", INT),
        ("max(1, 2.0)", DOUBLE),
        ("max(layer.loss_weight)", DOUBLE),
        ("int(1.5)", INT),
        ("double(1)", DOUBLE),
        ("layer.name.startsWith('a')", BOOL),
        ("layer.name.matches('a')", BOOL),
        ("layer.bottom.all(b, b != '')", BOOL),
        ("layer.bottom.exists_one(b, b != '')", BOOL),
        ("layer.bottom.filter(b, b != '')", List(STRING)),
        ("layer.bottom.map(b, size(b))", List(INT)),
        ("names.map(lr, lr)", List(STRING)),  # the element hides the variable
        ("[].all(v, v > 0)", BOOL),
    ],
)
def test_types(text: str, expected: object) -> None:
    assert check(parse(text), ENVIRONMENT) == expected


def test_types_of_different_sorts_differ() -> None:
    assert len({Enum("X"), Message("X"), Record("X"), List(INT), INT}) == 5


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("int64", INT), ("uint32", INT), ("sfixed64", INT), ("double", DOUBLE), ("bytes", STRING)],
)
def test_kinds_of_fields(kind: str, expected: Type) -> None:
    field = SCHEMA.messages["SolverParameter"].fields["max_iter"]._replace(kind=kind)
    assert field_type(field) == expected
    assert field_type(field._replace(label="repeated")) == List(expected)


MISTAKES = [
    # names
    ("sover.max_iter", "no variable 'sover'; did you mean 'solver'?", "sover"),
    ("True", "no variable 'True'; did you mean 'true'?", "True"),
    ("xyz", "no variable 'xyz'", "xyz"),
    (
        "solver.max_itr > 0",
        "no field 'max_itr' in SolverParameter; did you mean 'max_iter'?",
        "max_itr",
    ),
    (
        "0 < (solver) . max_itr",
        "no field 'max_itr' in SolverParameter; did you mean 'max_iter'?",
        "max_itr",
    ),
    (
        "has(solver.max_itr)",
        "no field 'max_itr' in SolverParameter; did you mean 'max_iter'?",
        "max_itr",
    ),
    (
        "layer.pooling_param.strid",
        "no field 'strid' in PoolingParameter; did you mean 'stride'?",
        "strid",
    ),
    ("layer.indx", "no member 'indx' in Layer; did you mean 'index'?", "indx"),
    ("layer.bottm", "no member 'bottm' in Layer; did you mean 'bottom'?", "bottm"),
    ("solver.__class__", "no field '__class__' in SolverParameter", "__class__"),
    ("lr.__init__", "no member '__init__' in Lr", "__init__"),
    ("solver.read('x')", "no field 'read' in SolverParameter", "read"),
    ("'a'.__class__", "a string has no member '__class__'", "__class__"),
    ("'a'.format('x')", "a string has no method 'format'", "format('x')"),
    (
        "'a'.startswith('x')",
        "a string has no method 'startswith'; did you mean 'startsWith'?",
        "startswith('x')",
    ),
    ("solver.max_iter.x", "an int has no member 'x'", "x"),
    (
        "layer.bottom.name",
        "a list of string has no member 'name'; index it, or use all() or exists()",
        "name",
    ),
    ("lengt('a')", "no function 'lengt'", "lengt"),
    ("sizee('a')", "no function 'sizee'; did you mean 'size'?", "sizee"),
    ("eval('a')", "no function 'eval'", "eval"),
    ("lr.at", "'at' is a method: write at(…)", "at"),
    ("lr.max()", "'max' is not a method: write it without (…)", "max"),
    ("solver.max_iter()", "'max_iter' is not a method: write it without (…)", "max_iter"),
    ("has(lr.max)", "has() asks for a field, and 'max' is none", "max"),
    ("has(layer.index)", "has() asks for a field, and 'index' is none", "index"),
    ("has(layer.indx)", "no member 'indx' in Layer; did you mean 'index'?", "indx"),
    ("[1].all(v, w)", "no variable 'w'", "w"),
    ("[1].all(v, v > 0) && v", "no variable 'v'", "v"),
    # enums
    (
        "layer.pooling_param.pool == 'AVG'",
        f"no value 'AVG' in enum {POOL}; did you mean 'AVE'?",
        "'AVG'",
    ),
    ("'max' != layer.pooling_param.pool", f"no value 'max' in enum {POOL}", "'max'"),
    (
        "layer.pooling_param.pool in ['MAX', 'AVG']",
        f"no value 'AVG' in enum {POOL}; did you mean 'AVE'?",
        "'AVG'",
    ),
    ("'x' in layer.methods", f"no value 'x' in enum {POOL}", "'x'"),
    ("layer.methods == ['x']", f"no value 'x' in enum {POOL}", "'x'"),
    (
        "layer.pooling_param.pool == (true ? 'AVE' : 'MIX')",
        f"no value 'MIX' in enum {POOL}; did you mean 'MAX'?",
        "'MIX'",
    ),
    ("layer.uses('AVG')", f"no value 'AVG' in enum {POOL}; did you mean 'AVE'?", "'AVG'"),
    ("layer.uses(1)", f"the argument of uses() takes an enum {POOL}, not an int", "1"),
    # operands
    ("solver && true", "'&&' takes a bool, not SolverParameter", "solver"),
    ("true || 1", "'||' takes a bool, not an int", "1"),
    ("!'a'", "'!' takes a bool, not a string", "'a'"),
    ("-true", "'-' takes numbers, not a bool", "true"),
    ("1 + 'a'", "'+' takes numbers, not a string", "'a'"),
    ("[1] * 2", "'*' takes numbers, not a list of int", "[1]"),
    ("5 % 2.0", "'%' takes an int, not a double", "2.0"),
    ("'a' < 'b'", "'<' takes numbers, not a string", "'a'"),
    ("1 < 2 < 3", "'<' takes numbers, not a bool", "1 < 2"),
    ("1 == 'a'", "cannot compare an int with a string", "1 == 'a'"),
    ("true == 1", "cannot compare a bool with an int", "true == 1"),
    ("layer == layer", "cannot compare Layer with Layer", "layer == layer"),
    (
        "layer.pooling_param.pool == 1",
        f"cannot compare an enum {POOL} with an int",
        "layer.pooling_param.pool == 1",
    ),
    ("1 in ['a']", "cannot compare an int with a string", "1 in ['a']"),
    ("[1] == ['a']", "cannot compare a list of int with a list of string", "[1] == ['a']"),
    ("1 in 2", "'in' takes a list, not an int", "2"),
    ("'a' in 'abc'", "'in' takes a list, not a string", "'abc'"),
    ("solver[0]", "an index takes a list, not SolverParameter", "solver"),
    ("[1]['a']", "an index takes an int, not a string", "'a'"),
    ("[1][1.0]", "an index takes an int, not a double", "1.0"),
    ("1 ? 2 : 3", "the condition before '?' takes a bool, not an int", "1"),
    ("true ? 1 : 'a'", "branches of '?:' are of one type, not an int and a string", "'a'"),
    (
        "true ? 1 : 2.5",
        "branches of '?:' mix int and double; write 1.0 for 1, or use double()",
        "2.5",
    ),
    ("[1, 'a']", "elements of a list are of one type, not an int and a string", "'a'"),
    (
        "[0.5, 1]",
        "elements of a list mix int and double; write 1.0 for 1, or use double()",
        "1",
    ),
    # calls
    ("size()", "size() takes 1 argument, not 0", "size()"),
    ("size(1)", "size() takes a list or string, not an int", "1"),
    ("abs('a')", "abs() takes numbers, not a string", "'a'"),
    ("abs(1, 2)", "abs() takes 1 argument, not 2", "abs(1, 2)"),
    ("int(true)", "int() takes numbers, not a bool", "true"),
    ("min()", "min() takes numbers or a list of numbers", "min()"),
    ("min(1)", "min() of one argument takes a list, not an int", "1"),
    ("max(names)", "max() takes numbers, not a string", "names"),
    ("max(1, 'a')", "max() takes numbers, not a string", "'a'"),
    ("lr.at()", "at() takes 1 argument, not 0", "at()"),
    ("1 + lr.at(1, 2)", "at() takes 1 argument, not 2", "at(1, 2)"),
    ("lr.at(1.5)", "the argument of at() takes an int, not a double", "1.5"),
    ("'a'.contains(1)", "the argument of contains() takes a string, not an int", "1"),
    ("'a'.contains()", "contains() takes 1 argument, not 0", "contains()"),
    ("width.matches('a')", "matches() takes a string, not an int", "width"),
    ("solver.all(v, true)", "all() takes a list, not SolverParameter", "solver"),
    ("[1].all(v, v)", "the condition of all() takes a bool, not an int", "v"),
    ("[1].filter(v, v)", "the condition of filter() takes a bool, not an int", "v"),
]


@pytest.mark.parametrize(("text", "message", "marked"), MISTAKES)
def test_mistakes(text: str, message: str, marked: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        check(parse(text), ENVIRONMENT)
    error = caught.value
    assert error.message == message
    assert text[error.start : error.end] == marked


def test_a_condition_is_a_bool() -> None:
    check_condition(parse("width > 0"), ENVIRONMENT)
    with pytest.raises(ExpressionError, match="a condition takes a bool, not an int"):
        check_condition(parse("width"), ENVIRONMENT)


def test_a_template_shows_scalars_and_lists() -> None:
    check_template(parse_template("{width} {layer.bottom} {layer.pooling_param.pool}"), ENVIRONMENT)
    text = "the layer {layer}"
    with pytest.raises(ExpressionError) as caught:
        check_template(parse_template(text), ENVIRONMENT)
    assert caught.value.message == "a message text cannot show Layer; name a member of it"
    assert text[caught.value.start : caught.value.end] == "layer"

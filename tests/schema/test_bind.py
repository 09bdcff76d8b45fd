"""Binding: every misfit is told at its place, and sound values are what protobuf reads."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import text_format
from hypothesis import given, settings
from hypothesis import strategies as st

from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.schema.descriptors import message_class
from protolint.schema.message import Message
from protolint.syntax.parser import parse

if TYPE_CHECKING:
    from protolint.problem import Problem
    from protolint.schema.types import FieldType

SCHEMA = load_bvlc()
BINDER = Binder(SCHEMA)
CLASSES = {name: message_class(SCHEMA, name) for name in ("NetParameter", "SolverParameter")}


def bind(text: str, name: str = "NetParameter") -> tuple[Message, list[Problem]]:
    """Bind a text that parses; return the message and what did not fit."""
    document = parse(text)
    assert document.problems == []
    problems: list[Problem] = []
    message = BINDER.bind(document, name, problems)
    for problem in problems:
        assert 0 <= problem.start <= problem.end <= len(text)
    return message, problems


def marked(text: str, name: str = "NetParameter") -> list[tuple[str, str]]:
    """Return the rule of each misfit and the text that it marks."""
    return [(p.rule, text[p.start : p.end]) for p in bind(text, name)[1]]


def one(text: str, name: str = "NetParameter") -> Problem:
    """Return the one misfit of a text."""
    (problem,) = bind(text, name)[1]
    return problem


# One of each kind


@pytest.mark.parametrize(
    ("text", "rule", "place"),
    [
        ("layr { }", "unknown-field", "layr"),
        ("layer { foo: 1 }", "unknown-field", "foo"),
        ("[a.b]: 1", "unknown-field", "[a.b]"),
        ('name: "a" name: "b"', "duplicate-field", "name"),
        ("state { } state { }", "duplicate-field", "state"),
        ("input_dim: 1.5", "wrong-type", "1.5"),
        ("input_dim: 1e1", "wrong-type", "1e1"),
        ('input_dim: "1"', "wrong-type", '"1"'),
        ("input_dim: - one", "wrong-type", "- one"),
        ("input_dim: [1, x]", "wrong-type", "x"),
        ("force_backward: yes", "wrong-type", "yes"),
        ("layer { loss_weight: 0x10 }", "wrong-type", "0x10"),
        ("layer { loss_weight: 010 }", "wrong-type", "010"),
        ("layer { loss_weight: high }", "wrong-type", "high"),
        ('layer { loss_weight: "1" }', "wrong-type", '"1"'),
        ("layer { concat_param { concat_dim: -1 } }", "wrong-type", "-1"),
        ("input_dim: 2147483648", "out-of-range", "2147483648"),
        ("input_dim: -2147483649", "out-of-range", "-2147483649"),
        ("force_backward: 2", "out-of-range", "2"),
        ("layer { concat_param { concat_dim: 4294967296 } }", "out-of-range", "4294967296"),
        ("layer { phase: TRIAN }", "unknown-enum-value", "TRIAN"),
        ("layer { phase: 7 }", "unknown-enum-value", "7"),
        ("layer { phase: -1 }", "unknown-enum-value", "-1"),
        ("layer { phase: -TRAIN }", "unknown-enum-value", "-TRAIN"),
        ("layer { phase: 1.0 }", "unknown-enum-value", "1.0"),
        ('layer { phase: "TRAIN" }', "quoted-enum", '"TRAIN"'),
        ("name: net", "unquoted-string", "net"),
        ("name: 3", "unquoted-string", "3"),
        ("layer: 3", "scalar-for-message", "3"),
        ("layer: [{ }, 3]", "scalar-for-message", "3"),
        ('state: "TRAIN"', "scalar-for-message", '"TRAIN"'),
        ("name { }", "message-for-scalar", "name {"),
        ("input_dim: [1, { }]", "message-for-scalar", "{"),
        ('name: ["a", "b"]', "list-for-single-value", '["a", "b"]'),
        ("state [{ }]", "list-for-single-value", "[{ }]"),
        ("input_dim [1]", "syntax-error", "["),
        ("input_dim # a: b\n []", "syntax-error", "["),
        ("layer { clip_param { max: 1 } }", "missing-required-field", "clip_param"),
    ],
)
def test_each_misfit_at_its_place(text: str, rule: str, place: str) -> None:
    assert marked(text) == [(rule, place)]


def test_all_misfits_in_one_run_and_the_rest_is_bound() -> None:
    text = """\
nam: "x"
force_backward: maybe
layer { name: conv type: "Convolution" top: ["a", b, "c"] phase: "TEST"
        convolution_param { num_output: -1 kernel_size: [3, 5] bias_term: t bias_term: 0 } }
layer { name: "p" pooling_param { pool: AVERAGE stride: 99999999999 } relu_param: 1 type { } }
"""
    message, problems = bind(text)
    assert [(p.rule, text[p.start : p.end]) for p in problems] == [
        ("unknown-field", "nam"),
        ("wrong-type", "maybe"),
        ("unquoted-string", "conv"),
        ("unquoted-string", "b"),
        ("quoted-enum", '"TEST"'),
        ("wrong-type", "-1"),
        ("duplicate-field", "bias_term"),
        ("unknown-enum-value", "AVERAGE"),
        ("out-of-range", "99999999999"),
        ("scalar-for-message", "1"),
        ("message-for-scalar", "type {"),
    ]
    first, second = message.values["layer"]
    assert message.lost == {"name", "force_backward"}
    assert first.values["top"] == ["a", "c"]
    assert first.lost == {"name", "top", "phase"}
    assert first.values["convolution_param"].values == {"kernel_size": [3, 5], "bias_term": True}
    assert second.lost == {"relu_param", "type"}
    assert second.values["pooling_param"].values == {}


def test_a_duplicate_marks_both_places() -> None:
    text = 'name: "a"\n name : "b"'
    problem = one(text)
    (mark,) = problem.marks
    assert (problem.start, mark.start, mark.end) == (11, 0, 4)


def test_a_field_that_did_not_fit_still_counts_as_given() -> None:
    assert [rule for rule, _ in marked("name: 1 name: 2")] == ["unquoted-string", "duplicate-field"]
    assert [rule for rule, _ in marked("state: 1 state: 2")] == [
        "scalar-for-message",
        "duplicate-field",
    ]


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("layr { }", "did you mean `layer`?"),
        ("layer { Type: 1 }", "did you mean `type`?"),
        ("layer { num_output: 1 }", "`num_output` is a field of `convolution_param { … }`"),
        ("base_lr: 1", "`base_lr` is a field of SolverParameter"),
        ("[a.b]: 1", "BVLC Caffe has no extensions; remove it"),
        ("layer { phase: TRIAN }", "did you mean `TRAIN`?"),
        ("layer { phase: NEVER }", "one of TRAIN, TEST"),
    ],
)
def test_what_is_unknown_comes_with_what_may_be_meant(text: str, advice: str) -> None:
    assert str(one(text).args["advice"]).startswith(advice)


def test_what_a_misspelt_field_may_mean_is_lost() -> None:
    message, _ = bind('layer { tpye: "ReLU" name: "a" }')
    assert "type" in message.values["layer"][0].lost


def test_a_missing_field_in_a_list_is_marked_at_its_brace() -> None:
    clip = SCHEMA.messages["ClipParameter"]
    schema = SCHEMA._replace(
        messages={**SCHEMA.messages, "NetParameter": SCHEMA.messages["NetParameter"]._replace(
            fields={"clips": clip.fields["min"]._replace(
                name="clips", label="repeated", kind="message", type_name="ClipParameter")}
        )}
    )  # fmt: skip
    text = "clips: [{ min: 1 max: 2 }, { min: 1 }] clips { max: 1 }"
    problems: list[Problem] = []
    Binder(schema).bind(parse(text), "NetParameter", problems)
    assert [(p.rule, p.start, p.end) for p in problems] == [
        ("missing-required-field", 27, 28),
        ("missing-required-field", 39, 44),
    ]


# The same values as protobuf


def plain(message: Message) -> dict[str, Any]:
    """Return a bound message as plain data, enums by number and strings as bytes."""
    return {name: _plain(message.type.fields[name], v) for name, v in message.values.items()}


def _plain(field: FieldType, value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(field, item) for item in value]
    if isinstance(value, Message):
        return plain(value)
    if field.kind == "enum":
        return SCHEMA.enums[field.type_name].values[value]
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else _number(value)


def reference(message: Any) -> dict[str, Any]:
    """Return a protobuf message in the same form."""
    out: dict[str, Any] = {}
    for field, value in message.ListFields():
        many = not isinstance(value, (str, bytes)) and hasattr(value, "__len__")
        items = [_reference(item) for item in value] if many else _reference(value)
        out[field.name] = items
    return out


def _reference(value: Any) -> Any:
    if hasattr(value, "ListFields"):
        return reference(value)
    return value.encode() if isinstance(value, str) else _number(value)


def _number(value: Any) -> Any:
    """Return a number such that equal ones, NaN too, compare equal."""
    return "nan" if isinstance(value, float) and math.isnan(value) else value


_INTEGERS = {
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
}
_STRINGS = [
    '"a"', "'b c'", '""', "'#{'", r'"\t\"\\\'"', r"'\x41\101\0'", '"é"', r'"\303\251"', r'"\u00e9"',
    r'"\U0001F600"', '"a" \'b\'', '"a"\n  "b"',
]  # fmt: skip
_FLOATS = [
    "0", "1", "-1", "0.1", ".5", "5.", "1e-3", "-2.5E+4", "1f", "0.5F", "inf", "-inf",
    "nan", "-nan", "Infinity", "1e39", "-1e39", "1e-50", "3.4028235e38", "16777217",
]  # fmt: skip


@st.composite
def messages(draw: st.DrawFn, name: str) -> str:
    """Return a text that is a sound message of the type, in any legal spelling."""
    blank = st.sampled_from([" ", "\n", "  # { ' \n", "\t"])

    def scalar(field: FieldType) -> str:
        if field.kind == "enum":
            value, number = draw(
                st.sampled_from(list(SCHEMA.enums[field.type_name].values.items()))
            )
            return value if draw(st.booleans()) else str(number)
        if field.kind == "bool":
            return draw(st.sampled_from(["true", "false", "True", "False", "t", "f", "1", "0"]))
        if field.kind in ("float", "double"):
            return draw(st.sampled_from(_FLOATS))
        if field.kind in _INTEGERS:
            number = draw(st.integers(*_INTEGERS[field.kind]) | st.integers(0, 9))
            digits = draw(st.sampled_from(["{:d}", "{:#x}", "0{:o}", "0X{:X}"])).format(abs(number))
            return "-" * (number < 0) + digits
        return draw(st.sampled_from(_STRINGS))

    def block(type_name: str, depth: int) -> str:
        opening, closing = draw(st.sampled_from(["{}", "<>"]))
        return opening + draw(blank) + body(type_name, depth) + closing

    def body(type_name: str, depth: int) -> str:
        fields = list(SCHEMA.messages[type_name].fields.values())
        required = [f for f in fields if f.label == "required"]
        optional = [f for f in fields if f.label != "required" and (depth or f.kind != "message")]
        chosen = (
            draw(st.lists(st.sampled_from(optional), max_size=4, unique=True)) if optional else []
        )
        return "".join(one_field(field, depth) for field in [*required, *chosen])

    def one_field(field: FieldType, depth: int) -> str:
        is_block = field.kind == "message"
        colon = draw(st.sampled_from([":", " : "] + (["", " "] if is_block else [])))
        many = draw(st.integers(0, 3)) if field.label == "repeated" else 1
        values = [
            block(field.type_name, depth - 1) if is_block else scalar(field) for _ in range(many)
        ]
        end = draw(st.sampled_from(["", ",", ";"])) + draw(blank)
        if field.label == "repeated" and draw(st.booleans()):
            return f"{field.name}{colon}[{', '.join(values)}]{end}"
        return "".join(f"{field.name}{colon}{value}{end}" for value in values)

    return body(name, 3)


@pytest.mark.parametrize("name", CLASSES)
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_sound_messages_have_the_values_that_protobuf_reads(name: str, data: st.DataObject) -> None:
    text = data.draw(messages(name))
    message, problems = bind(text, name)
    assert problems == []
    expected = text_format.Parse(text, CLASSES[name]())
    assert plain(message) == reference(expected)


# Where Python's text_format and the C++ parser differ, Caffe runs the latter.


@pytest.mark.parametrize(
    ("text", "values"),
    [
        # Python takes 0 and 1 for a bool, but no other spelling of them.
        ("force_backward: 0x1", {"force_backward": True}),
        ("force_backward: 01", {"force_backward": True}),
        # Python wants a minus sign and its number together.
        ("input_dim: - 1", {"input_dim": [-1]}),
        ("input_dim: -# c\n1", {"input_dim": [-1]}),
        # Python wants strings of UTF-8; in proto2 they are bytes to C++.
        (r'name: "\377"', {"name": "\udcff"}),
        (r'name: "\ud83d"', {"name": "\udced\udca0\udcbd"}),
        # Python knows no character beyond Unicode; C++ writes its four bytes.
        (r'name: "\U00110000"', {"name": "\udcf4\udc90\udc80\udc80"}),
    ],
)
def test_accepted_by_cpp_and_not_by_python(text: str, values: dict[str, object]) -> None:
    with pytest.raises(text_format.ParseError):
        text_format.Parse(text, CLASSES["NetParameter"]())
    message, problems = bind(text)
    assert problems == []
    assert message.values == values


@pytest.mark.parametrize(
    "text",
    [
        # Python takes the digits of an unsigned integer with a sign when they are zero,
        "layer { concat_param { concat_dim: -0 } }",
        # Python's own underscores in a number,
        "layer { loss_weight: 1_0 }",
        # and NUL bytes.
        'name: "\0"',
        "# \0",
    ],
)
def test_accepted_by_python_and_not_by_cpp(text: str) -> None:
    text_format.Parse(text, CLASSES["NetParameter"]())
    document = parse(text)
    problems = list(document.problems)
    BINDER.bind(document, "NetParameter", problems)
    assert problems


@given(st.floats(width=32, allow_nan=False))
def test_floats_are_single_precision(value: float) -> None:
    message, problems = bind(f"base_lr: {value!r}", "SolverParameter")
    assert problems == []
    assert struct.pack("f", message.values["base_lr"]) == struct.pack("f", value)

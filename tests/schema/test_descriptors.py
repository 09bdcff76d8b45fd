"""Descriptors made from a schema are what protobuf needs to parse nets and solvers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import text_format

from protolint.schema.bvlc import load_bvlc
from protolint.schema.descriptors import file_descriptor, message_class
from protolint.schema.proto_file import read_proto
from protolint.single import single

if TYPE_CHECKING:
    from protolint.schema.types import Schema

SCHEMA = load_bvlc()


def parse(schema: Schema, name: str, text: str) -> Any:
    return text_format.Parse(text, message_class(schema, name)())


def test_solver() -> None:
    solver = parse(
        SCHEMA,
        "SolverParameter",
        'net: "a.prototxt" lr_policy: "step" stepvalue: [1, 2] solver_mode: CPU',
    )
    assert solver.lr_policy == "step"
    assert list(solver.stepvalue) == [1, 2]
    assert solver.solver_mode == 0
    assert solver.type == "SGD"
    assert solver.delta == SCHEMA.messages["SolverParameter"].fields["delta"].default


def test_net_goes_over_the_wire() -> None:
    net = parse(
        SCHEMA,
        "NetParameter",
        """
        name: "n"
        layer {
          name: "p" type: "Pooling" bottom: "x" top: "y"
          include { phase: TEST }
          pooling_param { pool: AVE kernel_size: 3 }
        }
        """,
    )
    again = type(net).FromString(net.SerializeToString())
    assert again == net
    pooling = again.layer[0].pooling_param
    assert (pooling.pool, pooling.kernel_size, pooling.stride) == (1, 3, 1)
    assert again.layer[0].include[0].phase == 1


@pytest.mark.parametrize(
    "text",
    ['lr_polcy: "step"', "stepsize: 1.5", "max_iter: 1 max_iter: 2", "solver_mode: TPU"],
)
def test_parser_refuses_what_the_schema_lacks(text: str) -> None:
    with pytest.raises(text_format.ParseError):
        parse(SCHEMA, "SolverParameter", text)


def test_packed_fields_are_packed() -> None:
    shape = message_class(SCHEMA, "BlobShape")(dim=[1, 2])
    assert shape.SerializeToString() == b"\x0a\x02\x01\x02"


def test_absent_fields_read_as_the_schema_says() -> None:
    for name, message in SCHEMA.messages.items():
        absent = message_class(SCHEMA, name)()
        for field in message.fields.values():
            if field.default is None:
                continue
            value = getattr(absent, field.name)
            if field.kind == "enum":
                value = {n: v for v, n in SCHEMA.enums[field.type_name].values.items()}[value]
            elif field.kind == "bytes":
                value = value.decode()
            elif field.kind == "float":
                value = single(value)  # protobuf before 4 does not round a default
            assert value == field.default, f"{name}.{field.name}"


def test_descriptor_keeps_deprecation() -> None:
    messages = {m.name: m for m in file_descriptor(SCHEMA).message_type}
    marked = {f.name for f in messages["NetParameter"].field if f.options.deprecated}
    assert marked == {"input", "input_shape", "input_dim", "layers"}


def test_defaults_of_every_kind() -> None:
    schema = read_proto(r"""
        message All {
          enum E { option allow_alias = true; A = 1; B = -2; C = 1; }
          message Deep { message Deeper { optional int32 x = 1; } }
          optional bytes raw = 1 [default = "\x00\"\\é\377"];
          optional float third = 2 [default = 0.333333333];
          optional double tenth = 3 [default = 0.1];
          optional float inf = 4 [default = -inf];
          optional double nan = 5 [default = nan];
          optional string text = 6 [default = "a\n\"é\""];
          optional E e = 7 [default = B];
          optional uint64 big = 8 [default = 18446744073709551615];
          optional bool yes = 9 [default = true];
          optional Deep.Deeper deeper = 10;
        }
    """)
    message = parse(schema, "All", "deeper { x: 1 }")
    assert message.raw == b'\x00"\\' + "é".encode() + b"\xff"
    assert single(message.third) == schema.messages["All"].fields["third"].default != 0.333333333
    assert (message.tenth, message.inf) == (0.1, -math.inf)
    assert math.isnan(message.nan)
    assert (message.text, message.e, message.big, message.yes) == ('a\n"é"', -2, 2**64 - 1, True)
    assert parse(schema, "All.Deep.Deeper", "x: 1").x == message.deeper.x == 1


def test_map_is_read_entry_by_entry() -> None:
    schema = read_proto("message M { map<string, int32> word_counts = 1; }")
    message = parse(schema, "M", 'word_counts { key: "a" value: 1 } word_counts { key: "b" }')
    assert [(entry.key, entry.value) for entry in message.word_counts] == [("a", 1), ("b", 0)]


def test_unknown_message() -> None:
    with pytest.raises(KeyError):
        message_class(SCHEMA, "NoSuchParameter")

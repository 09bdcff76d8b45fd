"""A proto file is read as protoc reads it, and refused where protoc refuses it."""

from __future__ import annotations

import os

import protos
import pytest
from hypothesis import given, settings
from protoc import comparable, compile_proto

from protolint.schema import bvlc
from protolint.schema.descriptors import file_descriptor
from protolint.schema.proto_file import ProtoFileError, read_proto

HERE = os.path.dirname(__file__)


def read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def assert_alike(text: str) -> None:
    theirs = compile_proto(text)
    assert not isinstance(theirs, str), theirs
    ours = str(comparable(file_descriptor(read_proto(text))))
    assert ours.splitlines() == str(comparable(theirs)).splitlines()


def test_bvlc() -> None:
    assert_alike(read(os.path.join(os.path.dirname(bvlc.__file__), "bvlc.proto")))


def test_every_feature() -> None:
    assert_alike(read(os.path.join(HERE, "every_feature.proto")))


def test_a_default_that_single_precision_hardly_holds() -> None:
    assert_alike('syntax = "proto2"; message M { optional float a = 1 [default = 1.4e-45]; }')


def test_a_file_as_long_as_bvlcs() -> None:
    assert_alike(long_file(120, 12))


def long_file(messages: int, fields: int) -> str:
    """Write that many messages, each with so many fields of all types in turn."""
    kinds = [*protos.SCALARS, "Method"]
    lines = ["package caffe;", "enum Method { MAX = 0; AVE = 1; }"]
    for number in range(messages):
        lines.append(f"// Message {number}\nmessage M{number} {{")
        for at in range(1, fields + 1):
            kind = kinds[(number + at) % len(kinds)]
            label = ("optional", "repeated", "required")[(number * at) % 3]
            lines.append(f"  {label} {kind} field_{at} = {at};  // Field {at}")
        if number:
            lines.append(f"  optional M{number - 1} before = {fields + 1};")
        lines.append("}")
    return "\n".join(lines) + "\n"


@settings(max_examples=100, deadline=None)
@given(protos.files())
def test_files_at_random(text: str) -> None:
    assert_alike(text)


@pytest.mark.parametrize(
    "text",
    [
        "message M { optional int32 a = 1; optional int32 b = 1; }",
        "message M { optional int32 a = 1; optional int32 a = 2; }",
        "message M {} message M {}",
        "message M { optional N n = 1; }",
        "enum E { A = 0; } message M { optional A n = 1; }",
        "enum E { A = 0; B = 0; }",
        "enum E { A = 0; reserved 0; }",
        'enum E { A = 0; reserved "A"; }',
        "enum E { A = 4294967296; }",
        "message M { optional int32 a = 19500; }",
        "message M { reserved 2 to 4; optional int32 a = 3; }",
        "message M { reserved 'a'; optional int32 a = 3; }",
        "message M { reserved a; }",
        "message M { reserved 2 to 4, 3; }",
        "message M { extensions 2 to 4; optional int32 a = 3; }",
        "message M { extensions 2 to 4; extensions 3; }",
        "message M { extensions 2 to 4; reserved 3; }",
        "message M { extensions 4 to 2; }",
        "message M { extensions 0 to 2; }",
        "message M {} extend M { optional int32 a = 3; }",
        "message M { extensions 3; } extend M { required int32 a = 3; }",
        "message M { extensions 3; } extend M { optional int32 a = 3; optional int32 b = 3; }",
        "message M { extensions 3; optional int32 a = 1; extend M { optional int32 a = 3; } }",
        "extend M { optional int32 a = 3; }",
        "message M { map<float, int32> a = 3; }",
        "message M { map<M, int32> a = 3; }",
        "message M { map<int32, int32> a_b = 1; map<int32, int32> aB = 2; }",
        "message M { oneof o {} }",
        "message M { optional int32 a = 1 [defualt = 3]; }",
        "message M { optional int32 a = 1 [default = 3, default = 4]; }",
        "message M { optional int32 a = 1 [deprecated = maybe]; }",
        "message M { optional int32 a = 1 [packed = true]; }",
        "message M { repeated string a = 1 [packed = true]; }",
        "message M { optional int32 a = 1 []; }",
        "message M { optional int32 a = 1 [default = 2147483648]; }",
        "message M { optional bool a = 1 [default = True]; }",
        "message M { optional float a = 1 [default = +1]; }",
        "message M { optional float a = 1 [default = 1f]; }",
        r"message M { optional string a = 1 [default = '\q']; }",
        "package a; package b;",
        "# no comment\nmessage M {}",
        "".join(f"message M{n} {{ " for n in range(40)) + "}" * 40,
    ],
)
def test_what_protoc_refuses_is_refused(text: str) -> None:
    assert isinstance(compile_proto(text), str)
    with pytest.raises(ProtoFileError) as caught:
        read_proto(text)
    assert 0 <= caught.value.start < caught.value.end <= len(text)

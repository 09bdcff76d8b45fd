"""The proto2 reader: scopes, defaults, docs, and every error with its place."""

from __future__ import annotations

import math
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from protolint.schema.proto_file import ProtoFileError, read_proto
from protolint.schema.types import Schema

if TYPE_CHECKING:
    from protolint.schema.types import FieldType, Scalar


def fields(text: str, message: str = "M") -> dict[str, FieldType]:
    return read_proto(text).messages[message].fields


def default(declaration: str) -> Scalar | None:
    (field,) = fields(f"enum E {{ Z = 1; Y = 0; }} message M {{ {declaration} }}").values()
    return field.default


# Types


def test_names_resolve_from_the_innermost_scope_outwards() -> None:
    schema = read_proto("""
        package a.b;
        message X { optional int32 top = 1; }
        message Outer {
          message X { message Y { optional X inner = 1; } }
          optional X x = 1;
          optional X.Y y = 2;
          optional .a.b.X absolute = 3;
          optional b.X from_package = 4;
          optional a.b.Outer.X.Y from_root = 5;
          optional Late late = 6;
          optional Outer . X /* spaced */ . Y spaced = 7;
        }
        message Other { optional X x = 1; optional Outer.X.Y y = 2; }
        enum Late { NOW = 3; }
    """)
    assert schema.package == "a.b"
    assert list(schema.messages) == ["X", "Outer", "Outer.X", "Outer.X.Y", "Other"]
    types = {
        f"{m.name}.{f.name}": f.type_name
        for m in schema.messages.values()
        for f in m.fields.values()
    }
    assert types == {
        "X.top": "",
        "Outer.x": "Outer.X",
        "Outer.y": "Outer.X.Y",
        "Outer.absolute": "X",
        "Outer.from_package": "X",
        "Outer.from_root": "Outer.X.Y",
        "Outer.late": "Late",
        "Outer.spaced": "Outer.X.Y",
        "Outer.X.Y.inner": "Outer.X",
        "Other.x": "X",
        "Other.y": "Outer.X.Y",
    }
    assert schema.messages["Outer"].fields["late"].kind == "enum"
    assert schema.messages["Outer"].fields["late"].default == "NOW"


def test_the_innermost_match_of_the_first_part_decides() -> None:
    # As in C++, A is found inside M, which has no B: the outer A.B is hidden.
    text = "message A { message B {} } message M { message A {} optional A.B b = 1; }"
    with pytest.raises(ProtoFileError, match=r"type A\.B is not declared"):
        read_proto(text)


def test_keywords_may_be_names() -> None:
    names = ["message", "optional", "option", "group", "enum", "map", "to", "max", "import"]
    body = " ".join(f"optional int32 {name} = {n};" for n, name in enumerate(names, 1))
    assert list(fields(f"message M {{ {body} }}")) == names
    schema = read_proto("""
        enum E {
          option = 1; reserved = 2;
          option deprecated = true; import = 3;
          reserved 9; service = 4;
        }
        message message {}
    """)
    assert schema.enums["E"].values == {"option": 1, "reserved": 2, "import": 3, "service": 4}
    assert list(schema.messages) == ["message"]


def test_everything_a_file_may_hold() -> None:
    schema = read_proto("""\ufeff
        syntax = 'proto2';
        import public "google/protobuf/descriptor.proto";
        option java_package = "org.caffe";
        option (own.option).field = { a: 1 b { c: "x" d: [1, -.5] } [e.f/g] <h: i> };
        message M {
          option deprecated = true;
          required fixed64 id = 0x10 [ctype = CORD, (own) = -inf, packed = false];
          oneof choice {
            option (o) = true;
            int32 left = 1;
            string right = 2 [default = "r"];
          }
          map<string, M> by_name = 3;
          repeated sint32 many = 4 [packed = true, deprecated = true];
          extensions 100 to 199, 500 to max;
          reserved 5, 6 to 8;
          reserved "old", 'older';
          extend M { optional int32 inside = 101; }
          ;
        };
        extend google.protobuf.FieldOptions { optional string own = 50001; }
        enum E {
          option allow_alias = true;
          A = 0; B = 0 [deprecated = true]; C = -0x1;
          reserved -9 to -2;
        }
        service S {
          option deprecated = true;
          rpc Go (M) returns (stream M);
          rpc Come (stream .M) returns (M) { option deprecated = true; }
        }
    """)
    assert schema.enums["E"].values == {"A": 0, "B": 0, "C": -1}
    assert list(schema.messages) == ["M", "M.ByNameEntry"]
    rows = {
        f.name: (f.number, f.label, f.kind, f.type_name, f.default, f.packed, f.deprecated)
        for f in schema.messages["M"].fields.values()
    }
    assert rows == {
        "id": (16, "required", "fixed64", "", 0, False, False),
        "left": (1, "optional", "int32", "", 0, False, False),
        "right": (2, "optional", "string", "", "r", False, False),
        "by_name": (3, "repeated", "message", "M.ByNameEntry", None, False, False),
        "many": (4, "repeated", "sint32", "", None, True, True),
        "[M.inside]": (101, "optional", "int32", "", 0, False, False),
    }
    entry = schema.messages["M.ByNameEntry"].fields
    assert [(f.name, f.number, f.kind, f.type_name) for f in entry.values()] == [
        ("key", 1, "string", ""),
        ("value", 2, "message", "M"),
    ]


def test_an_empty_file_is_an_empty_schema() -> None:
    assert read_proto("// nothing\n") == Schema("", {}, {})


# Defaults


@pytest.mark.parametrize(
    ("declaration", "value"),
    [
        ("optional int32 x = 1;", 0),
        ("optional float x = 1;", 0.0),
        ("optional bool x = 1;", False),
        ("optional bytes x = 1;", ""),
        ("optional E x = 1;", "Z"),
        ("optional M x = 1;", None),
        ("repeated int32 x = 1;", None),
        ("optional E x = 1 [default = Y];", "Y"),
        ("optional int32 x = 1 [default = -010];", -8),
        ("optional uint32 x = 1 [default = 0xfF];", 255),
        ("optional int64 x = 1 [default = -9223372036854775808];", -(2**63)),
        ("optional bool x = 1 [default = true];", True),
        ("optional float x = 1 [default = 0.999];", 0.9990000128746033),
        ("optional float x = 1 [default = 1e-08];", 9.99999993922529e-09),
        ("optional float x = 1 [default = 16777217];", 16777216.0),
        ("optional float x = 1 [default = -1e39];", -math.inf),
        ("optional double x = 1 [default = 0.999];", 0.999),
        ("optional double x = 1 [default = .5];", 0.5),
        (f"optional float x = 1 [default = {'9' * 5000}];", math.inf),
        ("optional double x = 1 [default = 0x10];", 16.0),
        ("optional double x = 1 [default = -inf];", -math.inf),
        ("optional string x = 1 [default = 'a' \"b'\\n\\x41\\101\\\"\"];", "ab'\nAA\""),
        ("optional bytes x = 1 [default = '\\377\\\\'];", "\xff\\"),
    ],
)
def test_default(declaration: str, value: object) -> None:
    assert repr(default(declaration)) == repr(value)


def test_zero_written_out_is_an_explicit_default() -> None:
    text = "message M { optional float a = 1; optional float b = 2 [default = 0]; }"
    assert [f.explicit_default for f in fields(text).values()] == [False, True]


# Docs


def test_docs_stand_behind_or_above() -> None:
    schema = read_proto(
        dedent("""\
        // Copyright of somebody.

        // A message
        // over two lines.
        //
        // A second paragraph.
        message M {  // Behind the brace
          optional int32 a = 1;  // Behind a
          optional int32 b = 2;
          // Above c
          optional int32 c = 3;

          // Far above d

          optional int32 d = 4;
          /* Block
           * above e. */
          optional string e = 5
              [default = "// no comment"];  /* behind e */
          // Above f
          optional string f = 6 [default = "/*"];
          optional int32 g = 7; optional int32 h = 8;  // Behind h only
          // Above the enum
          enum E { A = 1; }  // Behind the enum
          enum F {
            B = 1;
          }  // Behind the last line of F says nothing of F
          /// Above i: etc...
          map<int32, int32> i = 9;
          oneof o {
            int32 j = 10;  // Behind j
          }
        }
        """)
    )
    assert schema.messages["M"].doc == "Behind the brace"
    assert {f.name: f.doc for f in schema.messages["M"].fields.values()} == {
        "a": "Behind a",
        "b": "",
        "c": "Above c",
        "d": "",
        "e": "behind e",
        "f": "Above f",
        "g": "",
        "h": "Behind h only",
        "i": "Above i: etc..",
        "j": "Behind j",
    }
    assert schema.enums["M.E"].doc == "Behind the enum"
    assert schema.enums["M.F"].doc == ""


def test_the_first_paragraph_above_is_the_doc() -> None:
    text = "// One\n// sentence.\n//\n// More.\nmessage M {}\n"
    assert read_proto(text).messages["M"].doc == "One sentence"


# Errors


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        (
            'syntax = "proto3"; message M { int32 x = 1; }',
            'syntax "proto3" is not supported',
            1,
            10,
        ),
        ('edition = "2023";', "editions are not supported", 1, 1),
        ("mesage M {}", 'unexpected "mesage"', 1, 1),
        ("messageM {}", 'unexpected "messageM"', 1, 1),
        ("message M {\n  optional int32 x 1;\n}", 'unexpected "1", expected "="', 2, 20),
        (
            "message M {\n  optional int32 x = y;\n}",
            'unexpected "y", expected a whole number',
            2,
            22,
        ),
        ("message M {\n  optional int32 x = 1\n}", 'unexpected "}", expected ";" or "["', 3, 1),
        ("message M {\n  enum E { A = 1; }\n", "unexpected end of the file", 3, 1),
        ("message M", 'unexpected end of the file, expected "{"', 1, 10),
        ("message M {\n  @ }", 'unexpected character "@"', 2, 3),
        ('import "a.proto;\n', "this string is not closed on its line", 1, 8),
        ("message M {}\n /* for ever", "this comment is not closed", 2, 2),
        ("message M {\n  int32 x = 1; }", "must be optional, required or repeated", 2, 3),
        ("message M { oneof o {\n optional int32 x = 1; } }", "of a oneof has no label", 2, 2),
        (
            "message M {\n  repeated group G = 1 { optional int32 x = 1; }\n}",
            "groups are not supp",
            2,
            3,
        ),
        ("message M { optional Foo x = 1; }", "type Foo is not declared in this file", 1, 22),
        ("message M { map<int32, Foo> x = 1; }", "type Foo is not declared in this file", 1, 24),
        ("package p; message M { optional .M x = 1; }", "type .M is not declared", 1, 33),
        ("message M {}\nenum M { A = 1; }", "the name M is already used on line 1", 2, 6),
        ("enum E { A = 1; }\nenum F { A = 1; }", "the name A is already used on line 1", 2, 10),
        (
            "message M {\n optional int32 x = 1;\n oneof o { int32 x = 2; } }",
            "the name x is already used on line 2",
            3,
            18,
        ),
        (
            "message M { message N {}\n enum N { A = 1; } }",
            "the name N is already used on line 1",
            2,
            7,
        ),
        (
            "message M {\n optional int32 x = 1;\n map<int32, int32> y = 1; }",
            "the number 1 is already used on line 2",
            3,
            24,
        ),
        ("message M { message AEntry {}\n map<int32, int32> a = 1; }", "the name AEntry", 2, 20),
        ("message M { optional string x = 1 [default = '\\xff']; }", "must be UTF-8", 1, 46),
        ("enum E {\n A = 1;\n B = 0x1; }", "the number 1 is already used on line 2", 3, 6),
        ("enum E {}", "enum E has no values", 1, 6),
        ("message M { optional int32 x = 0; }", "field number 0 is not in 1..536870911", 1, 32),
        ("message M { optional int32 x = 09; }", "09 is no octal number", 1, 32),
        ("message M { optional int32 x = 1 [default = 1.5]; }", "1.5 is no default for", 1, 45),
        (
            "message M { optional uint32 x = 1 [default = -1]; }",
            "-1 is no default for a field of type uint32",
            1,
            46,
        ),
        (
            "message M { enum E { A = 1; } optional E x = 1 [default = B]; }",
            "B is no default for a field of type M.E",
            1,
            59,
        ),
        ("message M { optional float x = 1 [default = -M]; }", "-M is no default for", 1, 45),
        ("message M { optional float x = 1 [default = {}]; }", "of type float", 1, 45),
        (
            f"message M {{ optional int32 x = {'9' * 5000}; }}",
            "has more than 64 bits",
            1,
            32,
        ),
        ("message M { optional bool x = 1 [default = 1]; }", "of type bool", 1, 44),
        ("message M { optional string x = 1 [default = a]; }", "of type string", 1, 46),
        (
            "message M { repeated int32 x = 1 [default = 1]; }",
            "only a single scalar or enum",
            1,
            45,
        ),
        ("message M { optional M x = 1 [default = 1]; }", "only a single scalar or enum", 1, 41),
    ],
)
def test_error(text: str, message: str, line: int, column: int) -> None:
    with pytest.raises(ProtoFileError) as caught:
        read_proto(text, "own.proto")
    error = caught.value
    assert message in error.message
    assert (error.line, error.column) == (line, column)
    assert str(error) == f"own.proto:{line}:{column}: {error.message}"

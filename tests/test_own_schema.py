"""--schema: texts are read by a caffe.proto of one's own, and by nothing else."""

from __future__ import annotations

import os

import pytest
from command import protolint

from protolint import check as protolint_check
from protolint import own_schema, pipeline
from protolint.config.finder import Configurations
from protolint.schema import bvlc

with open(os.path.join(os.path.dirname(bvlc.__file__), "bvlc.proto"), encoding="utf-8") as _file:
    BVLC = _file.read()

OWN = (
    BVLC
    + """
message Empty {}
message MyPoolParameter {
  // The side of a window
  optional uint32 side = 1 [default = 2];
  optional Empty empty = 2;
  enum Method { FIRST = 0; LAST = 1; }
  optional Method method = 3 [default = LAST];
}
"""
)
OWN = (
    OWN.replace(
        "message LayerParameter {",
        """message LayerParameter {
  optional MyPoolParameter my_pool_param = 900;
  extensions 1000 to max;
""",
        1,
    )
    + "extend LayerParameter { optional float heat = 1000; }\n"
)

DATA = """\
layer {
  name: "data" type: "Input" top: "data"
  input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } }
}
"""


@pytest.fixture(autouse=True)
def there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def write(path, text):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())


def check(net, proto=OWN, **options):
    write("caffe.proto", proto)
    write("net.prototxt", DATA + net)
    asked = pipeline.Options(schema="caffe.proto", **options)
    outcome = pipeline.check_paths(["net.prototxt"], asked)
    assert not outcome.faults, outcome.faults[0]
    return outcome


def told(net, proto=OWN):
    return [(d.code, d.message) for d in check(net, proto).diagnostics]


def layer(body, type_="MyPool"):
    return f'layer {{ name: "own" type: "{type_}" bottom: "data" top: "own" {body} }}'


def test_bvlcs_own_file_changes_nothing():
    assert told(layer("", "ReLU"), BVLC) == []
    plain = pipeline.check_paths(["net.prototxt"], pipeline.Options(dialect="bvlc"))
    assert plain.diagnostics == ()


def test_what_the_schema_adds_may_be_written():
    assert told(layer("my_pool_param { side: 3 empty { } method: FIRST } [caffe.heat]: 1")) == []


@pytest.mark.parametrize(
    ("body", "code", "help_"),
    [
        ("my_pool_param { sid: 3 }", "SCH001", "did you mean `side`?"),
        ("my_pool_param { method: LASR }", "SCH005", "did you mean `LAST`?"),
        ("my_pool_prm { }", "SCH001", "did you mean `my_pool_param`?"),
    ],
)
def test_what_it_lacks_is_an_error_with_what_was_meant(body, code, help_):
    found = check(layer(body)).diagnostics
    assert [(d.code, d.severity, d.help) for d in found] == [(code, "error", help_)]


def test_it_takes_the_place_of_what_bvlc_has():
    strict = OWN.replace("optional PowerParameter power_param", "optional PowerParameter pow_param")
    (found,) = check(layer("power_param { }", "Power"), strict).diagnostics
    assert (found.code, found.help) == ("SCH001", "did you mean `pow_param`?")
    required = OWN.replace("optional uint32 side = 1 [default = 2]", "required uint32 side = 1")
    (found,) = check(layer("my_pool_param { }"), required).diagnostics
    assert "side" in found.message


def test_a_field_that_it_declares_otherwise_is_read_so():
    many = OWN.replace(
        "optional float negative_slope = 1 [default = 0.0]", "repeated float negative_slope = 1"
    )
    assert many != OWN
    assert told(layer("relu_param { negative_slope: 1 negative_slope: 2 }", "ReLU"), many) == []
    text = OWN.replace(
        "optional float negative_slope = 1 [default = 0.0]", "optional string negative_slope = 1"
    )
    assert told(layer('relu_param { negative_slope: "a" }', "ReLU"), text) == []


def test_solvers_are_read_by_it():
    own = OWN.replace(
        "message SolverParameter {", "message SolverParameter {\n optional float heat = 900;"
    )
    write("caffe.proto", own)
    write(
        "solver.prototxt",
        'net: "net.prototxt" base_lr: 0.1 lr_policy: "fixed" heat: 1 max_iter: 9\n',
    )
    write("net.prototxt", DATA + layer("my_pool_param { side: 1 }"))
    asked = pipeline.Options(schema="caffe.proto", select=("SCH", "SHP"))
    assert pipeline.check_paths(["solver.prototxt"], asked).diagnostics == ()


def test_a_policy_may_be_its_own():
    write("caffe.proto", OWN)
    write("solver.prototxt", 'base_lr: 0.1 lr_policy: "warm" max_iter: 9\n')
    asked = pipeline.Options(schema="caffe.proto", select=("LRS",))
    assert pipeline.check_paths(["solver.prototxt"], asked).diagnostics == ()


def test_a_type_that_only_the_caffe_can_know_is_no_noise():
    follow = """layer {
        name: "fc" type: "InnerProduct" bottom: "own" top: "fc"
        inner_product_param { num_output: 1 }
    }"""
    assert told(layer("my_pool_param { side: 3 }") + follow) == []
    assert told(layer("", "Zwölfeck") + follow) == []
    assert told(layer("", "UnPooling") + follow) == []
    for slip in ("Poling", "Relu", "Convolutoin"):
        assert [code for code, _ in told(layer("", slip) + follow)] == ["SHP001"]
    own = OWN.replace("my_pool_param", "poling_param")
    assert told(layer("poling_param { }", "Poling") + follow, own) == []
    assert told(layer("", "MYPOOL") + follow) == []


def test_old_types_of_the_schema_are_known():
    own = OWN.replace("enum LayerType {", "enum LayerType {\n MY_POOL = 900;", 1)
    assert own != OWN
    net = 'layers { name: "own" type: MY_POOL bottom: "data" top: "own" }'
    write("caffe.proto", own)
    write(
        "net.prototxt", 'input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8\n' + net
    )
    asked = pipeline.Options(schema="caffe.proto", ignore=("SCH010",))
    outcome = pipeline.check_paths(["net.prototxt"], asked)
    assert not outcome.faults, outcome.faults[0]
    assert [d for d in outcome.diagnostics if d.severity == "error"] == []


BROKEN = [
    ("message M {\n  optional Foo x = 1;\n}", "type Foo is not declared in this file", (2, 12, 15)),
    (OWN.replace("= 900;", "= 1;", 1), "the number 1 is already used on line", None),
    ("message M {\n  repeated group G = 1 {\n} }", "groups are not supported", (2, 3, 25)),
    ("message M {", "unexpected end of the file", (1, 12, 12)),
    ('syntax = "proto3";', 'syntax "proto3" is not supported', (1, 10, 18)),
    ("message NetParameter {}", "this declares no message SolverParameter", (1, 1, 1)),
    ("", "this declares no message NetParameter", (1, 1, 1)),
    (b"\xff\xfem\0", "this is text in UTF-16", (1, 1, 1)),
    (bytes(range(32)) * 9, "this is not text", (1, 1, 1)),
    (b" " * (9 << 20), "9 MiB is too large", (1, 1, 1)),
    ("message A { " * 500, "unexpected end of the file", None),
    ("option x = " + "{" * 3000 + "}" * 3000 + ";", "this declares no message", None),
]


@pytest.mark.parametrize(("proto", "message", "place"), BROKEN)
def test_a_broken_schema_is_told_at_its_place_and_nothing_checked(proto, message, place):
    for _ in range(2):  # read, and as it is kept
        outcome = check(layer("nonsense: 1"), proto)
        (found,) = outcome.diagnostics
        assert (found.code, found.path) == ("FIL020", "caffe.proto")
        assert message in found.message
        (line, start), (last, end) = found.range
        assert line == last
        if place is not None:
            assert (line, start, end) == place
        assert pipeline.exit_code(outcome) == 2
        assert outcome.files == 0


def test_a_file_that_is_not_there():
    write("net.prototxt", DATA)
    outcome = pipeline.check_paths(["net.prototxt"], pipeline.Options(schema="gone.proto"))
    (found,) = outcome.diagnostics
    assert (found.code, found.path) == ("FIL020", "gone.proto")
    assert "no such file" in found.message


def test_odd_bytes_in_comments_are_read_over():
    found = own_schema.read(_written(OWN.encode() + b"// \xb0\xa1 \xff\n"))
    assert not isinstance(found, own_schema.Broken)


def _written(data):
    write("caffe.proto", data)
    return "caffe.proto"


def test_what_is_kept_is_read_again_when_the_file_changes():
    assert told(layer("my_pool_param { side: 1 }")) == []
    assert (
        len(told(layer("my_pool_param { side: 1 }"), OWN.replace("uint32 side", "uint32 sides")))
        == 1
    )


def test_configured_by_path():
    write("own/caffe.proto", OWN)
    write("protolint.toml", '[schemas]\n"new/*" = "own/caffe.proto"\n')
    for path in ("new/net.prototxt", "old/net.prototxt"):
        write(path, DATA + layer("my_pool_param { side: 3 }", "ReLU"))
    found = pipeline.check_paths(
        ["new", "old"], Configurations(pipeline.Options(select=("SCH",)))
    ).diagnostics
    assert [(d.path, d.code) for d in found] == [("old/net.prototxt", "SCH001")]


def test_a_shape_may_name_its_fields():
    write("caffe.proto", OWN)
    write(
        "protolint.toml",
        'schema = "caffe.proto"\n[layers.MyPool]\nshape = "[layer.my_pool_param.side]"\n',
    )
    pool = (
        layer("my_pool_param { }")
        + """
        layer { name: "s" type: "Softmax" bottom: "own" top: "s" softmax_param { axis: 7 } }
    """
    )
    write("net.prototxt", DATA + pool)
    (found,) = pipeline.check_paths(["net.prototxt"], Configurations()).diagnostics
    assert "shape 2 " in found.message


def test_the_command(there):
    write("caffe.proto", OWN)
    write("net.prototxt", DATA + layer("my_pool_param { sid: 3 }"))
    found = protolint("check", "--schema", "caffe.proto", "net.prototxt", cwd=there)
    assert found.code == 1
    assert "did you mean `side`?" in found.out
    both = protolint("check", "--schema", "x", "--dialect", "bvlc", "net.prototxt", cwd=there)
    assert both.code == 2
    assert "exclude each other" in both.err
    write("caffe.proto", "message M {\n  optional Foo x = 1;\n}\n")
    broken = protolint("check", "--schema", "caffe.proto", "net.prototxt", cwd=there)
    assert broken.code == 2
    assert "  --> caffe.proto:2:12\n" in broken.out
    assert "  |            ^^^ \n".strip() in broken.out


def test_net_and_lr_read_by_it(there):
    own = OWN.replace(
        "message SolverParameter {", "message SolverParameter {\n optional int32 warmup_iter = 900;"
    )
    write("caffe.proto", own)
    write("net.prototxt", DATA + layer("my_pool_param { side: 3 }"))
    write(
        "solver.prototxt",
        'net: "net.prototxt" base_lr: 0.1 lr_policy: "fixed" max_iter: 9 warmup_iter: 3',
    )
    for command, path in (
        ("net", "net.prototxt"),
        ("net", "solver.prototxt"),
        ("lr", "solver.prototxt"),
    ):
        shown = protolint(command, "--schema", "caffe.proto", path, cwd=there)
        assert (shown.code, "Traceback" in shown.err) == (0, False), shown.err
    write("caffe.proto", "message M {\n  optional Foo x = 1;\n}\n")
    for command, path in (("net", "net.prototxt"), ("lr", "solver.prototxt")):
        shown = protolint(command, "--schema", "caffe.proto", path, cwd=there)
        assert shown.code == 2
        assert "caffe.proto:2:12: " in shown.err


def test_the_python_function(there):
    write("caffe.proto", OWN)
    write("protolint.toml", 'dialect = "bvlc"\n')
    write("net.prototxt", DATA + layer("my_pool_param { sid: 3 }"))
    found = protolint_check("net.prototxt", schema=there / "caffe.proto", config=True)
    assert [(d.code, d.help) for d in found] == [("SCH001", "did you mean `side`?")]


def test_a_dialect_on_the_command_line_comes_before_a_schema_that_is_set(there):
    write("caffe.proto", OWN)
    write("protolint.toml", 'schema = "caffe.proto"\n')
    write("net.prototxt", DATA + layer("my_pool_param { side: 3 }"))
    assert protolint("check", "net.prototxt", cwd=there).code == 0
    assert protolint("check", "--dialect", "bvlc", "net.prototxt", cwd=there).code == 1


def test_a_schema_that_is_set_and_is_not_there(there):
    write("protolint.toml", 'schema = "gone.proto"\n[schemas]\n"*" = "lost.proto"\n')
    write("net.prototxt", DATA)
    found = pipeline.check_paths(["net.prototxt"], Configurations()).diagnostics
    assert [d.message for d in found] == ['no file "gone.proto"', 'no file "lost.proto"']


def test_the_name_of_the_file_need_not_be_utf_8(there):
    folder = os.fsdecode(b"caf\xe9")
    write(os.path.join(folder, "caffe.proto"), OWN.encode())
    write("net.prototxt", DATA.encode())
    for _ in range(2):  # compiled, and from the cache
        ended = protolint("check", "net.prototxt", "--schema", f"{folder}/caffe.proto", cwd=there)
        assert (ended.code, ended.err) == (0, "")

"""Dialects: their files, and the schemas made of them."""

from __future__ import annotations

import os

import pytest

from protolint.layers import LAYER_TYPES
from protolint.schema import dialect_file
from protolint.schema.bvlc import load_bvlc
from protolint.schema.dialects import dialect_schema, dialect_types, dialects, variants
from protolint.values import Unknown

ALL = dialects()


def _schema(*names):
    return dialect_schema(frozenset(names))


def _field(names, message, name):
    return _schema(*names).messages[message].fields[name]


def test_bvlc_is_the_first_of_37_and_its_types_are_described():
    assert len(ALL) == 37
    assert next(iter(ALL)) == "bvlc"
    assert ALL["bvlc"].types == set(LAYER_TYPES)
    assert len({dialect.rank for dialect in ALL.values()}) == 37


@pytest.mark.parametrize("name", ALL)
def test_a_dialect_says_where_it_is_from(name):
    dialect = ALL[name]
    assert dialect.repository.count("/") == 1
    assert len(dialect.commit) == 40
    assert not dialect.types & ALL["bvlc"].types or name == "bvlc"


@pytest.mark.parametrize("name", [*ALL, "all"])
def test_a_schema_holds_what_bvlc_has_with_the_types_that_rules_read(name):
    schema, base = _schema(*(ALL if name == "all" else [name])), load_bvlc()
    for message in base.messages.values():
        for field in message.fields.values():
            mine = schema.messages[message.name].fields[field.name]
            assert mine.label == field.label
            assert mine.kind == field.kind or mine.kind in ("int64", "float")
            assert mine.type_name == field.type_name
    for enum in base.enums.values():
        assert enum.values.items() <= schema.enums[enum.name].values.items()


@pytest.mark.parametrize("name", [*ALL, "all"])
def test_types_of_fields_are_declared(name):
    schema = _schema(*(ALL if name == "all" else [name]))
    for message in schema.messages.values():
        for field in message.fields.values():
            kinds = {"message": schema.messages, "enum": schema.enums}.get(field.kind)
            assert field.type_name == "" if kinds is None else field.type_name in kinds


def test_the_schema_of_bvlc_is_its_own():
    assert _schema("bvlc") is load_bvlc()
    assert _schema() is load_bvlc()


def test_the_page_names_every_field_that_a_fork_redefines():
    path = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "dialects.md")
    with open(path, encoding="utf-8") as file:
        rows = [line for line in file if line.startswith("| `")]
    for dialect in ALL.values():
        for message, fields in dialect.fields.items():
            of_bvlc = load_bvlc().messages.get(message)
            for name in fields if of_bvlc else ():
                if name in of_bvlc.fields and fields[name][:7] != of_bvlc.fields[name][:7]:
                    assert any(f"`{message}." in row and f".{name}`" in row for row in rows), name


def test_a_dialect_adds_messages_fields_enum_values_and_types():
    assert _field(["ssd"], "PriorBoxParameter", "min_size").label == "repeated"
    assert "MKLDNN" in _schema("intel").enums["ConvolutionParameter.Engine"].values
    assert "PriorBox" in dialect_types(frozenset({"ssd"}))
    assert "PriorBox" not in dialect_types(frozenset({"bvlc"}))


def test_a_list_of_bvlc_stays_one_and_one_value_stays_one():
    assert _field(["tsn"], "ConvolutionParameter", "dilation").label == "repeated"
    device = _field(["tsn"], "SolverParameter", "device_id")
    assert device.label == "optional"
    assert device.many
    assert isinstance(device.default, Unknown)


def test_a_default_that_is_not_the_same_everywhere_is_unknown():
    name = "BatchNormParameter", "moving_average_fraction"
    assert _field(["ssd"], *name).default == pytest.approx(0.999)
    assert isinstance(_field(["caffe-windows"], *name).default, Unknown)
    clip = "PriorBoxParameter", "clip"
    assert _field(["ssd"], *clip).default is False
    assert _field(["yolo9000"], *clip).default is True
    assert isinstance(_field(["ssd", "yolo9000"], *clip).default, Unknown)


def test_kinds_widen():
    assert _field(["jolibrain"], "Datum", "label").kind == "float"
    found = {f.kind for f in variants(ALL.values(), "ReorgParameter", "stride")}
    assert found == {"int32", "uint32"}
    assert _field(ALL, "ReorgParameter", "stride").kind == "int64"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[fields.LayerParameter]\nx = 'optional uint33 = 3'", "no type uint33"),
        ("[fields.LayerParameter]\nx = 'uint32 = 3'", "not as 'optional uint32"),
        ("[fields.LayerParameter]\nx = 'optional uint32 = 3 [default = -1]'", "-1 is no uint32"),
        ("[absent]\nLayerParameter = ['x']", "has no x that could be absent"),
        ("[absent_values]\nPhase = ['x']", "has no x that could be absent"),
        ("[field]", "unknown keys ['field']"),
    ],
)
def test_a_mistake_in_a_file_is_told(text, reason, tmp_path):
    path = tmp_path / "x.toml"
    head = 'name="x"\nkind="fork"\nrank=9\nabout=""\nrepository="a/b"\ncommit=""\ntypes=[]\n'
    path.write_text(head + text)
    with pytest.raises(ValueError, match=r"x\.toml") as error:
        dialect_file.read(str(path))
    assert reason in str(error.value)

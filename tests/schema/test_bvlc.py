"""The shipped schema is Caffe's, to the last default, and says something about every field."""

from __future__ import annotations

import json
import os
import re

import pytest

from protolint.compiled import pack, pack_for_wheel, unpack
from protolint.schema.bvlc import load_bvlc
from protolint.schema.types import Schema

SCHEMA = load_bvlc()

# Taken from Caffe's own descriptors: the values of absent floats are in single precision there.
FACTS = os.path.join(os.path.dirname(__file__), os.pardir, "facts", "schema_bvlc.json")
with open(FACTS, encoding="utf-8") as file:
    TABLE = json.load(file)

DOCS = [
    *((m.name, m.doc) for m in SCHEMA.messages.values()),
    *((e.name, e.doc) for e in SCHEMA.enums.values()),
    *((f"{m.name}.{f.name}", f.doc) for m in SCHEMA.messages.values() for f in m.fields.values()),
]


def test_sizes() -> None:
    assert (len(TABLE["messages"]), len(TABLE["enums"])) == (63, 26)
    assert sum(map(len, TABLE["messages"].values())) == 423
    assert SCHEMA.package == "caffe"
    assert SCHEMA.messages.keys() == TABLE["messages"].keys()


@pytest.mark.parametrize("name", TABLE["messages"])
def test_messages_are_those_of_caffe(name: str) -> None:
    fields = SCHEMA.messages[name].fields
    assert list(fields) == [field.name for field in fields.values()]
    assert [
        [
            field.name,
            field.number,
            field.label,
            field.type_name or field.kind,
            field.explicit_default,
            repr(field.default),
            field.packed,
            field.deprecated,
        ]
        for field in fields.values()
    ] == [
        [name, number, label, kind, default is not None, repr(unset), packed, deprecated]
        for name, number, label, kind, default, unset, packed, deprecated in TABLE["messages"][name]
    ]


def test_kinds_agree_with_type_names() -> None:
    for message in SCHEMA.messages.values():
        for field in message.fields.values():
            assert (field.kind == "enum") == (field.type_name in SCHEMA.enums)
            assert (field.kind == "message") == (field.type_name in SCHEMA.messages)


def test_enums_are_those_of_caffe() -> None:
    assert {name: list(enum.values.items()) for name, enum in SCHEMA.enums.items()} == {
        name: list(values.items()) for name, values in TABLE["enums"].items()
    }


def test_every_doc_is_one_plain_line_that_says_more_than_the_name() -> None:
    assert len(DOCS) == 63 + 26 + 423
    for name, doc in DOCS:
        assert 0 < len(doc) <= 110, name
        assert "\n" not in doc, name
        assert not doc.endswith("."), name
        letters = re.sub(r"[\W_]", "", doc).lower()
        assert letters != re.sub(r"[\W_]", "", name.rpartition(".")[2]).lower(), name


def test_lines_of_the_file_fit_an_editor() -> None:
    path = os.path.join(os.path.dirname(load_bvlc.__code__.co_filename), "bvlc.proto")
    with open(path, encoding="utf-8") as file:
        assert max(len(line.rstrip("\n")) for line in file) <= 120


def test_a_schema_is_the_same_after_packing() -> None:
    assert Schema.from_rows(unpack(pack(SCHEMA.to_rows()))) == SCHEMA
    assert Schema.from_rows(unpack(pack_for_wheel(SCHEMA.to_rows()))) == SCHEMA


def test_second_load_reads_no_proto(monkeypatch: pytest.MonkeyPatch) -> None:
    load_bvlc()
    monkeypatch.setattr(
        "protolint.schema.bvlc.compile_schema", lambda: pytest.fail("compiled again")
    )
    assert load_bvlc() == SCHEMA

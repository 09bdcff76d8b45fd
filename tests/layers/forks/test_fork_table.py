"""The tables as a whole: types are registered by some fork, and fields that are read exist."""

from __future__ import annotations

import ast
import os
from importlib import import_module

import pytest
from fork_nets import layer, made, source

import protolint.layers.forks
from protolint.layers import LAYER_TYPES, convolution, normalise, pooling, variants
from protolint.layers.forks import FAMILIES, detection
from protolint.schema.dialects import dialect_schema, dialects

FOLDER = os.path.dirname(protolint.layers.forks.__file__)
SCHEMA = dialect_schema(frozenset(dialects()))
FIELDS = {name for message in SCHEMA.messages.values() for name in message.fields}
KINDS = {
    kind.name: kind
    for family in FAMILIES
    for kind in import_module(f"protolint.layers.forks.{family}").TYPES
}
READERS = ("flag", "given", "integer", "integers", "length", "many", "section", "sections", "word")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_module_describes_what_the_table_says(family) -> None:
    kinds = import_module(f"protolint.layers.forks.{family}").TYPES
    assert sorted(kind.name for kind in kinds) == sorted(FAMILIES[family].split())


def test_every_type_is_registered_by_a_fork() -> None:
    registered = {name for dialect in dialects().values() for name in dialect.types}
    assert set(KINDS) <= registered
    assert not set(KINDS) & set(LAYER_TYPES)


def test_what_is_read_exists_in_the_schema_of_a_fork() -> None:
    layer = SCHEMA.messages["LayerParameter"].fields
    assert {read for kind in KINDS.values() for read in kind.reads} <= layer.keys()


def test_fields_that_are_read_exist() -> None:
    """A name that no schema has would be unknown for ever, and no test of shapes need see it."""
    found = 0
    for name in sorted(os.listdir(FOLDER)):
        if not name.endswith(".py"):
            continue
        with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
            tree = ast.parse(file.read())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in READERS:
                field = node.args[1]
                if isinstance(field, ast.Constant):
                    assert field.value in FIELDS, (name, field.value)
                    found += 1
    assert found > 50


def test_fields_that_change_bvlcs_types_exist() -> None:
    listed = (
        convolution._OF_FORKS,
        pooling._OF_FORKS,
        normalise._SCALED,
        detection._OTHER_PRIORS,
        detection._OTHER_BOXES,
        *(fields for kind in variants._VARIED.values() for _, fields in kind),
    )
    for fields in listed:
        assert set(fields) <= FIELDS


def test_no_type_is_known_to_a_net_that_is_read_as_bvlcs() -> None:
    found = made(source("x", 1, 2, 3, 4) + layer("Permute", "x"), "bvlc")
    assert [problem.rule for problem in found.problems] == ["unknown-layer-type"]

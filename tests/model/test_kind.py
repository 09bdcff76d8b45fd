from __future__ import annotations

import pytest

from protolint.model import kind
from protolint.model.kind import document_kind
from protolint.schema.bvlc import load_bvlc
from protolint.syntax.parser import parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('net: "a.prototxt" base_lr: 0.1', "solver"),
        ('layer { name: "x" } base_lr: 0.1 max_iter: 3', "net"),
        ('layers { name: "x" type: RELU }', "net"),
        ('name: "x" input: "data"', "net"),
        ('item { name: "cat" label: 1 display_name: "cat" }', "label map"),
        ('item { name: "cat" colour: 1 }', "other"),
        ("", "empty"),
        ("# only a comment\n", "empty"),
        ("<!DOCTYPE html>", "other"),
        ("base_lrr: 0.1 train_param { a: 1 } max_iter: 10", "solver"),
        ("base_lrr: 0.1", "solver"),
        ('layr { name: "x" type: "ReLU" bottom: "d" }', "net"),
        ("net_param { layer { } } debug_info: true", "solver"),
        ("debug_info: true", "other"),
        ("frobnicate: 1", "other"),
        ('name: "x" net: "y" base_lr: 0.1', "solver"),
    ],
)
def test_kinds(text: str, expected: str) -> None:
    assert document_kind(parse(text)) == expected


def test_the_field_names_are_the_schema_s() -> None:
    messages = load_bvlc().messages
    solver, net = set(messages["SolverParameter"].fields), set(messages["NetParameter"].fields)
    assert solver - net == kind._SOLVER
    assert net - solver == kind._NET

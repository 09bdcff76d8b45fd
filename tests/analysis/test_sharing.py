from __future__ import annotations

import pytest
from faults import DATA, Told, dense, told

from protolint.analysis.sharing import sharing_problems

BOTH = ("TRAIN", "TEST")
OWNER = ('name: "w"',)


def two(first: str, second: str) -> str:
    """Return two layers with one ``param`` each."""
    return (
        DATA
        + dense("a", "data", "x", f"param {{ {first} }}")
        + dense("b", "x", "y", f"param {{ {second} }}")
    )


def found(text: str, *, named: bool = False) -> list[Told]:
    faults = told(text, sharing_problems)
    return faults if named else [fault for fault in faults if fault.rule != "shared-param"]


def test_parameters_of_one_name_are_shared() -> None:
    assert found(two('name: "w"', 'name: "w"'), named=True) == [
        Told("shared-param", 'name: "w"', OWNER, BOTH)
    ]
    assert found(two('name: "w"', 'name: "v"'), named=True) == []
    assert found(two("", ""), named=True) == []


@pytest.mark.parametrize(
    ("mode", "outputs", "refused"),
    [
        ("", 3, False),
        ("", 9, True),
        ("share_mode: PERMISSIVE", 9, True),
        ("share_mode: STRICT", 3, False),
    ],
)
def test_shapes_must_agree(mode: str, outputs: int, refused: bool) -> None:
    text = two('name: "w"', f'name: "w" {mode}')
    head, tail = text.rsplit("num_output: 3", 1)
    expected = [Told("shared-param-shape", 'name: "w"', OWNER, BOTH)]
    assert found(f"{head}num_output: {outputs}{tail}") == (expected if refused else [])


def test_a_permissive_layer_wants_the_same_number_of_elements() -> None:
    first = 'layer { name: "a" type: "InnerProduct" bottom: "data" top: "x" param { name: "w" } '
    text = DATA + first + "inner_product_param { num_output: 2 } }\n"
    text += 'layer { name: "b" type: "InnerProduct" bottom: "x" top: "y" param { name: "w" %s } '
    text += "inner_product_param { num_output: 3 } }\n"
    assert [fault.rule for fault in found(text % "")] == ["shared-param-shape"]
    assert found(text % "share_mode: PERMISSIVE") == []


@pytest.mark.parametrize("field", ["lr_mult", "decay_mult"])
def test_rates_that_are_stated_twice_must_agree(field: str) -> None:
    text = two(f'name: "w" {field}: 1', f'name: "w" {field}: 2')
    assert found(text) == [Told("shared-param-rate", f"{field}: 2", OWNER, BOTH)]
    assert found(two(f'name: "w" {field}: 2', f'name: "w" {field}: 2')) == []
    assert found(two(f'name: "w" {field}: 2', 'name: "w"')) == []


def test_a_rate_that_only_the_later_layer_states() -> None:
    text = two('name: "w"', 'name: "w" lr_mult: 0')
    assert found(text) == [Told("shared-param-rate-below", "lr_mult: 0", OWNER, BOTH)]
    assert found(two('name: "w"', 'name: "w" lr_mult: 1')) == []


def test_the_share_mode_of_the_owner() -> None:
    text = two('name: "w" share_mode: PERMISSIVE', 'name: "w"')
    assert found(text) == [Told("share-mode-of-owner", "share_mode: PERMISSIVE", OWNER, BOTH)]
    both = two('name: "w" share_mode: PERMISSIVE', 'name: "w" share_mode: PERMISSIVE')
    assert found(both) == []
    assert found(two('name: "w" share_mode: PERMISSIVE', "")) == []


def test_the_filler_of_a_later_layer() -> None:
    text = two('name: "w"', 'name: "w"')
    head, tail = text.rsplit("num_output: 3", 1)
    filler = 'num_output: 3 weight_filler { type: "xavier" }'
    assert found(head + filler + tail) == [
        Told("shared-param-filler", "weight_filler", OWNER, BOTH)
    ]
    assert found(text.replace("num_output: 3", filler)) == []
    # The bias is not shared.
    assert found(head + filler.replace("weight", "bias") + tail) == []


def test_what_the_phases_build_counts() -> None:
    text = two('name: "w" lr_mult: 1', 'name: "w" lr_mult: 2')
    train = text.replace('name: "b"', 'name: "b" include { phase: TRAIN }')
    assert [fault.phases for fault in found(train)] == [("TRAIN",)]

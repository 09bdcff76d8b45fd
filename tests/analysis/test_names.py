from __future__ import annotations

from faults import DATA, Told, dense, one, told

from protolint.analysis.names import name_problems

BOTH = ("TRAIN", "TEST")


def test_a_name_used_twice() -> None:
    text = DATA + one("a", "ReLU", "data", "x") + one("a", "ReLU", "x", "y")
    expected = [Told("duplicate-layer-name", 'name: "a"', ('name: "a"',), BOTH)]
    assert told(text, name_problems) == expected
    assert told(text.replace('name: "a"', 'name: "b"', 1), name_problems) == []


def test_a_name_used_once_a_phase() -> None:
    text = DATA + "".join(
        dense("a", "data", "x", f"include {{ phase: {phase} }}") for phase in BOTH
    )
    assert told(text, name_problems) == []


def test_a_name_of_weights_used_twice() -> None:
    relu = one("a", "ReLU", "data", "r")
    text = DATA + relu + dense("a", "data", "x") + dense("a", "x", "y", "include { phase: TEST }")
    first, second = told(text, name_problems)
    assert first == Told("duplicate-layer-name", 'name: "a"', ('name: "a"',), BOTH)
    assert second == Told("repeated-name-of-weights", 'name: "a"', ('name: "a"',), ("TEST",))


def test_layers_without_a_name() -> None:
    text = DATA + 2 * 'layer { type: "Silence" bottom: "data" }\n'
    assert told(text, name_problems) == [Told("unnamed-layer", 'type: "Silence"', (), BOTH)]
    weights = DATA + (dense("a", "data", "x") + dense("b", "x", "y")).replace(
        'name: "a"', ""
    ).replace('name: "b"', "")
    assert [fault.rule for fault in told(weights, name_problems)] == [
        "unnamed-layer",
        "repeated-name-of-weights",
    ]

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from protolint.model.serve import states
from protolint.model.state import NetState, file_state, solver_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from protolint.model.net import Net
    from protolint.model.solver import Solver

    Nets = Callable[[str], Net]

TRAIN, TEST = NetState("TRAIN"), NetState("TEST")
A, AB = NetState("TEST", 0, ("a",)), NetState("TEST", 0, ("a", "b"))


@pytest.mark.parametrize(
    ("rules", "built_in", "not_built_in"),
    [
        ("", [TRAIN, TEST, A], []),
        ("include { }", [TRAIN, TEST, A], []),
        ("exclude { }", [], [TRAIN, TEST, A]),
        ("phase: TRAIN", [TRAIN, TEST], []),
        ("include { phase: TRAIN }", [TRAIN], [TEST]),
        ("exclude { phase: TRAIN }", [TEST], [TRAIN]),
        ('include { phase: TRAIN } include { stage: "a" }', [TRAIN, A], [TEST]),
        ('include { phase: TRAIN stage: "a" }', [NetState("TRAIN", 0, ("a",))], [TRAIN, A]),
        ('include { stage: "a" stage: "b" }', [AB], [A, TEST]),
        ('include { not_stage: "a" }', [TEST], [A, AB]),
        ('include { stage: "a" not_stage: "a" }', [], [TEST, A]),
        ("include { min_level: 1 }", [NetState("TEST", 1)], [TEST, NetState("TEST", -1)]),
        ("include { max_level: -1 }", [NetState("TEST", -1)], [TEST]),
        ("include { min_level: 2 max_level: 1 }", [], [TEST, NetState("TEST", 2)]),
        ("exclude { min_level: 2 max_level: 1 }", [TEST, NetState("TEST", 2)], []),
        ('include { phase: "TRAIN" }', [TEST, TRAIN], []),
        ("inclde { phase: TRAIN }", [TEST, TRAIN], []),
        ('exclude { phase: "TRAIN" }', [TEST, TRAIN], []),
    ],
)
def test_rules(
    rules: str, built_in: list[NetState], not_built_in: list[NetState], net_of: Nets
) -> None:
    net = net_of(f'layer {{ name: "r" type: "ReLU" {rules} }}')
    assert [state for state in built_in if not net.for_state(state)] == []
    assert [state for state in not_built_in if net.for_state(state)] == []


def test_include_and_exclude(net_of: Nets) -> None:
    text = 'layer { name: "r" exclude { phase: TEST } include { phase: TRAIN } }'
    (fault,) = net_of(text).problems
    assert (fault.rule, text[fault.start : fault.end]) == ("include-and-exclude", "include")
    assert (fault.layer, [text[m.start : m.end] for m in fault.marks]) == ("r", ["exclude"])


def test_states_with_the_same_layers_share_a_list(net_of: Nets) -> None:
    net = net_of('layer { name: "a" } layer { name: "b" include { stage: "x" } }')
    assert net.for_state(TRAIN) is net.for_state(TEST)
    assert net.for_state(NetState("TEST", 0, ("x",))) is net.layers
    assert [layer.name for layer in net.for_state(TEST)] == ["a"]


def test_the_state_of_a_file_and_of_a_solver(
    net_of: Nets, solver_of: Callable[[str], Solver]
) -> None:
    own = net_of('state { phase: TEST level: 3 stage: "f" }').state
    assert file_state(own, "TRAIN", 0, ("s",)) == NetState("TRAIN", 0, ("f", "s"))
    over = solver_of('train_state { level: 5 stage: "t" }').message.values["train_state"]
    assert solver_state("TRAIN", own, over) == NetState("TEST", 5, ("f", "t"))
    assert solver_state("TRAIN", None, None) == TRAIN


def test_a_v0_net_has_no_state(net_of: Nets) -> None:
    assert net_of('state { level: 1 } layers { layer { type: "relu" } }').state is None


DATA = 'layer {{ name: "d" type: "Data" top: "x" top: "l" {} }}\n'
BODY = 'layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" }\n'
LOSS = 'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "y" bottom: "l" top: "loss" }\n'
INPUT = 'input: "x" input_shape { dim: 1 }\n'
FOR = "include {{ phase: {} }}".format


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DATA.format("") + BODY + LOSS, ["TRAIN", "TEST"]),
        (DATA.format(FOR("TRAIN")) + DATA.format(FOR("TEST")) + BODY + LOSS, ["TRAIN", "TEST"]),
        # made for one phase
        (DATA.format(FOR("TRAIN")) + BODY + LOSS, ["TRAIN"]),
        (DATA.format("exclude { phase: TEST }") + BODY + LOSS, ["TRAIN"]),
        (DATA.format(FOR("TEST")) + BODY, ["TEST"]),
        (
            DATA.format(FOR("TRAIN"))
            + 'layer { name: "n" type: "DummyData" top: "noise" }\n'
            + BODY
            + LOSS,
            ["TRAIN"],
        ),
        # deploy files
        (INPUT + BODY, ["TEST"]),
        (INPUT + BODY + LOSS, ["TEST"]),
        (INPUT + 'input: "l" input_shape { dim: 1 }\n' + BODY + LOSS, ["TRAIN", "TEST"]),
        (
            INPUT + BODY + DATA.format(FOR("TRAIN")).replace('top: "x" ', "") + LOSS,
            ["TRAIN"],
        ),
        # nothing to go by
        (BODY, ["TRAIN", "TEST"]),
        ("", ["TRAIN", "TEST"]),
        # stages
        (DATA.format('include { stage: "s" }') + BODY, ["TRAIN, stage s", "TEST, stage s"]),
        (
            DATA.format(FOR("TRAIN"))
            + DATA.format('include { phase: TEST stage: "p" }')
            + DATA.format('include { phase: TEST stage: "q" }')
            + BODY
            + LOSS,
            ["TRAIN", "TEST, stage p", "TEST, stage q"],
        ),
        (
            DATA.format('exclude { stage: "deploy" }')
            + 'layer { name: "i" type: "Input" top: "x" include { stage: "deploy" } }\n'
            + BODY
            + LOSS.replace("}", 'exclude { stage: "deploy" } }'),
            ["TRAIN", "TEST", "TEST, stage deploy"],
        ),
        (
            DATA.format("")
            + BODY
            + 'layer { name: "e" type: "ReLU" bottom: "y" top: "e" include { not_stage: "o" } }',
            ["TRAIN", "TRAIN, stage o", "TEST", "TEST, stage o"],
        ),
        (
            DATA.format("")
            + BODY
            + 'layer { name: "e" type: "ReLU" bottom: "y" top: "e" include { stage: "o" } }\n'
            + 'layer { name: "f" type: "ReLU" bottom: "e" top: "f" include { stage: "o2" } }',
            ["TRAIN", "TRAIN, stage o", "TEST", "TEST, stage o"],
        ),
    ],
)
def test_which_states_a_file_serves(text: str, expected: list[str], net_of: Nets) -> None:
    serving = states(net_of(text))
    assert [str(state) for state in serving.states] == expected
    assert all(reason for _, reason in serving.unserved)


def test_a_missing_layer_is_blamed_on_a_file_that_names_both_phases(net_of: Nets) -> None:
    text = (
        DATA.format(FOR("TRAIN"))
        + DATA.format(FOR("TEST"))
        + BODY.replace(" }", FOR("TRAIN") + "}")
    )
    assert [str(state) for state in states(net_of(text + LOSS)).states] == ["TRAIN", "TEST"]


def test_pinned_states_are_exact(net_of: Nets) -> None:
    net = net_of('state { stage: "f" }' + DATA.format(FOR("TRAIN")) + BODY + LOSS)
    assert states(net, phase="TEST", level=2, stages=("s",)).states == [
        NetState("TEST", 2, ("f", "s"))
    ]
    pinned = states(net, stages=("s",))
    assert pinned.states == [NetState("TRAIN", 0, ("f", "s"))]
    assert [(str(state), why) for state, why in pinned.unserved] == [
        ("TEST, stage f, stage s", "its data layers are only for TRAIN, stage f, stage s")
    ]

from __future__ import annotations

from typing import TYPE_CHECKING

from protolint.model.state import NetState

if TYPE_CHECKING:
    from collections.abc import Callable

    from protolint.model.solver import Solver

    Solvers = Callable[[str], Solver]


def uses(solver: Solver) -> list[tuple[str, int, NetState]]:
    return [
        (use.reference.field, use.reference.number, use.net_state(None)) for use in solver.uses()
    ]


def test_the_nets_in_the_order_of_the_text(solver_of: Solvers) -> None:
    text = 'test_net: "b" train_net: "a" test_net: "c" test_net_param { name: "d" }'
    nets = solver_of(text).nets()
    assert [(ref.field, ref.number) for ref in nets] == [
        ("test_net", 0),
        ("train_net", 0),
        ("test_net", 1),
        ("test_net_param", 0),
    ]
    assert [ref.source for ref in nets[:3]] == ["b", "a", "c"]
    assert text[nets[2].node.start : nets[2].node.end] == 'test_net: "c"'


def test_the_nets_that_caffe_builds(solver_of: Solvers) -> None:
    solver = solver_of(
        'net: "n" test_net: "a" test_net_param { } test_iter: [1, 2, 3, 4] '
        'train_state { stage: "t" } test_state { level: 1 } test_state { } test_state { } '
        'test_state { phase: TRAIN stage: "z" }'
    )
    assert uses(solver) == [
        ("net", 0, NetState("TRAIN", 0, ("t",))),
        ("test_net_param", 0, NetState("TEST", 1)),
        ("test_net", 0, NetState("TEST")),
        ("net", 0, NetState("TEST")),
        ("net", 0, NetState("TRAIN", 0, ("z",))),
    ]


def test_without_test_iter_the_generic_net_does_not_test(solver_of: Solvers) -> None:
    assert uses(solver_of('net: "n" test_interval: 5')) == [("net", 0, NetState("TRAIN"))]
    assert uses(solver_of("base_lr: 1")) == []

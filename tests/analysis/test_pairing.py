from __future__ import annotations

import pytest
from faults import BINDER, DATA, LOSS, dense, net_of

from protolint.analysis.pairing import (
    layer_names,
    net_problems,
    pairing_problems,
    repeated_names,
)
from protolint.model.solver import Solver
from protolint.syntax.parser import parse
from protolint.values import Unknown

NET = DATA + dense("ip", "data", "ip") + LOSS % ""
ONE = 'net: "net.prototxt"\ntest_iter: 1\ntest_interval: 1\n'
TWO = 'train_net: "a.prototxt"\ntest_net: "b.prototxt"\ntest_iter: 1\ntest_interval: 1\n'


def solver_of(text: str, *nets: str | None) -> Solver:
    """Return a solver whose nets, in the order it uses them, have the given texts."""
    solver = Solver(BINDER.bind(parse(text), "SolverParameter", []))
    made = [None if net is None else net_of(net) for net in nets]
    solver.facts["nets"] = list(zip(solver.uses(), made, strict=True))
    return solver


def found(text: str, *nets: str | None) -> list[tuple[str, str]]:
    problems = pairing_problems(solver_of(text, *nets))
    return [(problem.rule, text[problem.start : problem.end]) for problem in problems]


def test_one_net_for_both_phases_agrees_with_itself() -> None:
    assert found(ONE, NET, NET) == []


def test_weights_that_differ_between_the_phases_of_one_net() -> None:
    phased = DATA + "".join(
        dense("ip", "data", "ip", f"include {{ phase: {phase} }}").replace("3 }", f"{size} }}")
        for phase, size in (("TRAIN", 3), ("TEST", 2))
    )
    phased += LOSS % ""
    assert found(ONE, phased, phased) == [("test-weights-differ", 'net: "net.prototxt"')]


def test_weights_that_differ_between_two_nets() -> None:
    other = NET.replace("num_output: 3", "num_output: 4")
    assert found(TWO, NET, other) == [("test-weights-differ", 'test_net: "b.prototxt"')]
    assert found(TWO, NET, other.replace('"ip" type', '"ip2" type')) == []
    assert found(TWO, NET, None) == []
    assert found(TWO, None, other) == []


def test_a_training_net_that_nothing_fills() -> None:
    fed = NET.replace(
        DATA,
        'layer { name: "in" type: "Input" top: "data" top: "label" input_param { '
        "shape { dim: 4 dim: 3 } shape { dim: 4 } } }\n",
    )
    assert found(TWO, fed, NET) == [("input-never-filled", 'train_net: "a.prototxt"')]
    assert found(TWO, NET, fed) == []


def test_a_training_net_without_loss() -> None:
    text = DATA + dense("ip", "data", "ip")
    assert found(TWO, text, NET) == [("training-without-loss", 'train_net: "a.prototxt"')]
    assert found(TWO, NET, text) == []
    # Where the net's own text says that it is for training, it is told there.
    assert found(TWO, text.replace("dummy", "include { phase: TRAIN } dummy", 1), NET) == []


@pytest.mark.parametrize(
    ("net", "names", "repeated"),
    [
        (NET, ["data", "ip", "loss"], []),
        (NET.replace('name: "loss"', 'name: "ip"'), ["data", "ip", "ip"], ["ip"]),
        (NET.replace('name: "loss"', ""), ["data", "ip", ""], [""]),
    ],
)
def test_names_of_the_training_net(net: str, names: list[str], repeated: list[str]) -> None:
    solver = solver_of(ONE, net, net)
    assert layer_names(solver) == names
    assert repeated_names(solver) == repeated


def test_names_of_a_net_that_was_not_read() -> None:
    solver = solver_of(ONE, None, None)
    assert isinstance(layer_names(solver), Unknown)
    assert isinstance(repeated_names(solver), Unknown)


def test_two_nets_that_share_weights_by_name() -> None:
    net, other = net_of(NET), net_of(NET.replace("num_output: 3", "num_output: 4"))
    (problem,) = net_problems(net, other)
    assert (problem.rule, NET[problem.start : problem.end]) == ("pair-weights-differ", 'name: "ip"')
    assert list(net_problems(net, net_of(NET))) == []

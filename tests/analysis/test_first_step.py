"""The factors of the first step, and what is usual."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from faults import DATA, LOSS, net_of
from published_nets import dims

from protolint import pipeline
from protolint.analysis.first_step import FirstStep, factors, first_step
from protolint.analysis.usual_steps import ADAPTIVE, NORMALISED, PLAIN, TUNED
from protolint.load import load
from protolint.model.solver import Solver
from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.values import Interval

if TYPE_CHECKING:
    from protolint.analysis.usual_steps import Usual

BINDER = Binder(load_bvlc())
SGD = 'net: "n" base_lr: 0.01 momentum: 0.9 lr_policy: "fixed" max_iter: 100 '
FILLED = 'weight_filler { type: "xavier" }'
IP = (
    'layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" %s '
    "inner_product_param { num_output: 3 " + FILLED + " } }\n"
)
NET = DATA + IP % "" + LOSS % ""


def found(solver: str, net: str | None = NET) -> FirstStep:
    message = load("s", BINDER, lambda _: solver.encode()).message
    assert message is not None
    made = Solver(message, "s")
    made.facts["nets"] = [(use, None if net is None else net_of(net)) for use in made.uses()]
    step = first_step(made)
    assert isinstance(step, FirstStep)
    return step


def size(solver: str, net: str | None = NET) -> float:
    step = found(solver, net)
    assert not isinstance(step.size, Interval)
    return step.size


def score_map(loss: str, side: int = 500, batch: int = 2) -> str:
    """Return a net that scores each position of a map."""
    shapes = f"shape {{ {dims(batch, 3, side, side)} }} shape {{ {dims(batch, 1, side, side)} }}"
    return (
        'layer { name: "d" type: "DummyData" top: "x" top: "y" '
        f"dummy_data_param {{ {shapes} }} }}\n"
        'layer { name: "score" type: "Convolution" bottom: "x" top: "score" '
        f"convolution_param {{ num_output: 5 kernel_size: 1 {FILLED} }} }}\n"
        'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "y" top: "loss" '
        f"{loss} }}\n"
    )


def test_momentum_and_multiplier_count_for_sgd_and_not_for_adam() -> None:
    assert size(SGD) == pytest.approx(0.1)
    assert size(SGD, NET.replace('top: "ip"  inner', 'top: "ip" param { lr_mult: 10 } inner')) == (
        pytest.approx(1.0)
    )
    assert size(SGD + 'type: "Adam"') == pytest.approx(0.01)


def test_the_largest_rate_of_the_schedule_counts() -> None:
    text = 'net: "n" base_lr: 0.01 momentum: 0.9 lr_policy: "exp" gamma: 1.1 max_iter: 50'
    step = found(text)
    assert step.least == pytest.approx(0.01 * 1.1**50 * 10, rel=1e-4)
    assert "iteration 50" in step.factors[0].text


@pytest.mark.parametrize(
    ("loss", "terms"),
    [
        ("", 1),
        ("loss_param { normalize: true }", 1),
        ("loss_param { normalize: false }", 250_000),
        ("loss_param { normalization: BATCH_SIZE }", 250_000),
        ("loss_param { normalization: FULL }", 1),
        ("loss_param { normalization: NONE }", 500_000),
        ("loss_weight: 3", 3),
        ("loss_weight: -3 loss_param { normalization: NONE }", 1_500_000),
    ],
)
def test_the_terms_of_a_loss(loss: str, terms: float) -> None:
    assert size(SGD, score_map(loss)) == pytest.approx(0.1 * terms)


def test_losses_add_up_and_are_clipped() -> None:
    second = 'layer { name: "b" type: "HingeLoss" bottom: "ip" bottom: "label" loss_weight: 4 }\n'
    net = DATA + IP % "" + LOSS % "" + second
    assert size(SGD, net) == pytest.approx(0.5)
    assert size(SGD + "clip_gradients: 2", net) == pytest.approx(0.2)
    assert size(SGD + "clip_gradients: 35", net) == pytest.approx(0.5)
    assert size(SGD + "clip_gradients: 2 iter_size: 4", net) == pytest.approx(0.05)


def test_a_map_of_unknown_size_leaves_it_open_from_one_position_on() -> None:
    net = score_map("loss_param { normalize: false }")
    data = (
        'layer { name: "d" type: "Data" top: "x" top: "y" data_param { batch_size: 2 } '
        "transform_param { mean_value: 115 } }\n"
    )
    step = found(SGD, data + net[net.index("\n") + 1 :])
    assert isinstance(step.size, Interval)
    assert step.least == pytest.approx(0.1)
    bounded = found(SGD + "clip_gradients: 7", data + net[net.index("\n") + 1 :])
    assert isinstance(bounded.size, Interval)
    assert bounded.size.hi == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("transform", "factor"),
    [("mean_value: 115", 1), ("", 2.16), ("scale: 0.0039", 1), ("mean_value: 115 scale: 4", 4)],
)
def test_pixels_count_by_their_size(transform: str, factor: float) -> None:
    net = (
        'layer { name: "d" type: "ImageData" top: "data" top: "label" '
        f"image_data_param {{ batch_size: 4 new_height: 8 new_width: 8 }} "
        f"transform_param {{ {transform} }} }}\n"
    )
    assert size(SGD, net + IP % "" + LOSS % "") == pytest.approx(0.1 * factor, rel=1e-2)


NORM = 'layer { name: "bn" type: "BatchNorm" bottom: "data" top: "bn" }\n'


@pytest.mark.parametrize(
    ("solver", "net", "usual"),
    [
        (SGD, NET, PLAIN),
        (SGD, DATA + NORM + IP % "" + LOSS % "", NORMALISED),
        (SGD, NET.replace(FILLED, ""), TUNED),
        (SGD + 'type: "Adam"', NET, ADAPTIVE["Adam"]),
        (SGD, None, NORMALISED),
    ],
)
def test_what_is_usual(solver: str, net: str | None, usual: Usual) -> None:
    assert found(solver, net).usual == usual


def test_a_large_batch_allows_as_much_more() -> None:
    small, large = found(SGD, score_map("", 1, 256)), found(SGD, score_map("", 1, 1024))
    assert large.limit == pytest.approx(4 * small.limit)
    assert found(SGD + "iter_size: 2", score_map("", 1, 1024)).limit == pytest.approx(
        8 * small.limit
    )


def test_fcn_is_silent_and_its_usual_mistake_is_not(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Summed over the map FCN trains with a rate of 1e-10; that of a mean does not do."""
    monkeypatch.chdir(str(tmp_path))
    with open("n", "w", encoding="utf-8") as file:
        file.write(score_map("loss_param { normalize: false }", batch=1))
    for rate, expected in (("1e-10", []), ("1e-2", ["risky-base-lr"])):
        text = f'net: "n" base_lr: {rate} momentum: 0.99 lr_policy: "fixed" max_iter: 9 '
        with open("solver.prototxt", "w", encoding="utf-8") as file:
            file.write(text)
        options = pipeline.Options(select=("risky-base-lr",))
        told = pipeline.check_paths(["solver.prototxt"], options).diagnostics
        assert [d.name for d in told] == expected
        assert all('250000 (loss "loss", summed over the positions' in d.label for d in told)


def test_rates_that_a_fork_sets_by_layer_leave_it_open(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))
    with open("solver.prototxt", "w", encoding="utf-8") as file:
        file.write(SGD.replace("0.01", "1e5") + 'larc: true larc_policy: "clip" ')
    out = pipeline.check_paths(["solver.prototxt"], pipeline.Options(select=("SLV023",)))
    assert not out.faults
    assert out.diagnostics == ()
    (open_,) = out.undecided
    assert "`larc` sets the rates of layers" in open_.notes


def test_factors_are_named() -> None:
    message = load("s", BINDER, lambda _: SGD.encode()).message
    assert message is not None
    assert factors(Solver(message, "s")) == "0.01 (base_lr) × 10 (momentum 0.9)"


def test_the_documentation_has_the_table() -> None:
    path = os.path.join(os.path.dirname(__file__), "../../docs/first-step.md")
    with open(path, encoding="utf-8") as file:
        lines = set(file.read().splitlines())
    for one in (PLAIN, NORMALISED, TUNED, *ADAPTIVE.values()):
        assert f"| {one.of} | {one.step:g} | {one.source} |" in lines

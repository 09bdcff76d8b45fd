"""Each obligation proved, refuted and undecided, on the smallest net or solver that does it."""

from __future__ import annotations

import pytest
from faults import BINDER, DATA, LOSS, TRAIN, dense, net_of, one

from protolint.analysis.obligations import of_net, of_solver
from protolint.analysis.obligations.obligation import Obligation, Told, settle
from protolint.dialect import Dialects
from protolint.load import load
from protolint.model.net import Net
from protolint.model.solver import Solver

IP = dense("ip", "data", "ip")
SOUND = DATA + IP + LOSS % ""
IMAGES = (
    'layer { name: "data" type: "Data" top: "data" top: "label" data_param { batch_size: 2 } '
    "transform_param { crop_size: %d } }\n"
)
POOL = one("p", "Pooling", "data", "p", "pooling_param { pool: %s kernel_size: 1 stride: 3 }")
MEAN = one("m", "Reduction", "ip", "m", "loss_weight: %s")


def judged(net: str, key: str) -> Obligation:
    (found,) = [o for o in of_net.obligations(net_of(net), TRAIN, []) if o.key == key]
    return found


@pytest.mark.parametrize(
    ("key", "net", "verdict", "words"),
    [
        ("net-builds", SOUND, "proved", "3 layers"),
        ("net-builds", IMAGES % 6, "undecided", 'the records of layer "data": --datum'),
        ("first-pass-runs", SOUND, "proved", ""),
        (
            "first-pass-runs",
            IMAGES % 6 + POOL % "STOCHASTIC",
            "undecided",
            'layer "p" pools stochastically',
        ),
        ("in-place", SOUND, "proved", "no layer is in place"),
        ("in-place", SOUND + one("r", "ReLU", "ip", "ip"), "proved", "1 layer in place"),
        ("in-place", SOUND + one("x", "Concat", "ip", "ip"), "undecided", "of type Concat"),
        ("in-place", DATA + dense("x", "data", "data"), "refuted", "spoils its values"),
        ("pool-windows", SOUND, "proved", "no layer pools"),
        ("pool-windows", IMAGES % 7 + POOL % "AVE", "proved", "1 pooling layer"),
        ("pool-windows", IMAGES % 6 + POOL % "AVE", "refuted", "row 2 and column 2 reads nothing"),
        ("pool-windows", IMAGES % 6 + POOL % "MAX", "refuted", "gives -FLT_MAX"),
        ("pool-windows", IMAGES % 0 + POOL % "AVE", "undecided", "the size of blob 'data'"),
        ("denominators", IMAGES % 6 + POOL % "AVE", "refuted", "size of a window, which is empty"),
        ("denominators", IMAGES % 6 + POOL % "MAX", "proved", ""),
        ("denominators", DATA + one("x", "Mine", "data", "x"), "undecided", "of type Mine"),
        ("functions", IMAGES % 6 + one("x", "Log", "data", "x"), "undecided", "[0, 255]"),
        (
            "functions",
            IMAGES % 6 + one("x", "Log", "data", "x", "log_param { shift: 1 }"),
            "proved",
            "",
        ),
        (
            "functions",
            IMAGES % 6 + one("x", "Log", "data", "x", "log_param { scale: -1 shift: -1 }"),
            "refuted",
            "which is 0 or negative",
        ),
        ("finite-at-start", SOUND, "proved", "blobs"),
        ("finite-at-start", IMAGES % 6 + POOL % "AVE", "refuted", 'blob "p" of layer "p"'),
        ("stays-finite", SOUND, "proved", "blobs"),
        ("stays-finite", SOUND + one("x", "Exp", "ip", "x"), "undecided", "exceed 88.72"),
        ("losses-bounded", SOUND, "proved", "1 loss"),
        ("losses-bounded", SOUND + MEAN % "1", "undecided", 'a lower bound of loss "m"'),
        ("gradients-reach", SOUND, "proved", "1 layer with weights"),
        (
            "gradients-reach",
            SOUND + dense("x", "data", "x"),
            "refuted",
            'layer "x" has learnable weights',
        ),
        (
            "gradients-reach",
            SOUND + dense("x", "data", "x") + one("y", "Mine", "x", "y"),
            "undecided",
            "of type Mine passes down",
        ),
    ],
)
def test_of_net(key: str, net: str, verdict: str, words: str) -> None:
    found = judged(net, key)
    told = [found.because, *found.needs, *(witness.text for witness in found.witnesses)]
    assert found.verdict == verdict
    assert any(words in text for text in told), told


@pytest.mark.parametrize(
    "layer",
    [
        'type: "BatchNorm" batch_norm_param { eps: abc }',
        'type: "Normalize" norm_param { eps: abc }',
        'type: "Normalize" normalize_param { normalize_type: "L2" }',
        'type: "SmoothL1Loss" bottom: "data"',
    ],
)
def test_nothing_is_proved_of_what_is_not_known(layer: str) -> None:
    text = DATA + f'layer {{ name: "x" bottom: "data" top: "x" {layer} }}\n'
    loaded = Dialects(lambda _: text.encode()).load("net", "auto")
    assert loaded.message is not None
    found = {o.key: o for o in of_net.obligations(Net(loaded.message, "net"), TRAIN, [])}
    for key in ("denominators", "functions"):
        assert found[key].verdict == "undecided"
        assert "'x'" in found[key].needs[0]


def test_a_net_without_a_loss_is_not_asked_for_gradients() -> None:
    keys = [o.key for o in of_net.obligations(net_of(DATA + IP), TRAIN, [])]
    assert "gradients-reach" not in keys
    assert "losses-bounded" not in keys


SGD = 'net: "n" base_lr: 0.01 lr_policy: "%s" max_iter: 100 '


@pytest.mark.parametrize(
    ("key", "solver", "verdict", "words"),
    [
        ("rate-finite", SGD % "fixed", "proved", "it stays at 0.01"),
        ("rate-finite", SGD % "exp" + "gamma: 0.5", "proved", "and 0.01"),
        ("rate-finite", SGD % "exp" + "gamma: 1e30", "refuted", "inf at iteration 2"),
        ("rate-finite", SGD % "step", "refuted", "Caffe stops at the update of iteration 0"),
        ("update-finite", SGD % "fixed", "proved", "SGD divides by nothing"),
        ("update-finite", SGD % "fixed" + 'type: "AdaGrad"', "proved", "adds delta"),
        (
            "update-finite",
            SGD % "fixed" + 'type: "Adam" delta: 0',
            "undecided",
            "whether a gradient is exactly 0",
        ),
        ("solver-accepted", SGD % "fixed", "proved", ""),
    ],
)
def test_of_solver(key: str, solver: str, verdict: str, words: str) -> None:
    message = load("s", BINDER, lambda _: solver.encode()).message
    assert message is not None
    (found,) = [o for o in of_solver.obligations(Solver(message, "s"), []) if o.key == key]
    told = [found.because, *found.needs, *(witness.text for witness in found.witnesses)]
    assert found.verdict == verdict
    assert any(words in text for text in told), told


def test_what_is_told_refutes_or_leaves_open() -> None:
    error = Told("SHP001", "x", "abort", "it aborts", 3, layer="a")
    open_ = error._replace(reasons=("the size of blob 'x' is not known",))
    assert settle("k", "c", "b", told=[error, open_]).verdict == "refuted"
    found = settle("k", "c", "b", told=[open_])
    assert (found.verdict, found.needs) == ("undecided", ("the size of blob 'x'",))
    assert settle("k", "c", "b").verdict == "proved"

"""Layers of forks in the analyses of training: losses, gradients, parameters that are unread."""

from __future__ import annotations

from fork_nets import conv, layer, net, source, ssd300

from protolint.analysis.backward import backward, backward_problems, losses
from protolint.analysis.footprint import footprint
from protolint.analysis.layer_facts import InState, foreign_params, ignored, is_trained
from protolint.analysis.losses import loss_problems
from protolint.analysis.shapes import shapes
from protolint.analysis.training import training_problems
from protolint.model.state import NetState

TRAIN = NetState("TRAIN")


def test_ssd_trains_all_its_weights() -> None:
    found = net(ssd300(), "ssd")
    assert is_trained(found)
    assert list(losses(found, TRAIN)) == [len(found.layers) - 1]
    for problems in (backward_problems, training_problems, loss_problems):
        assert problems(found, [TRAIN]) == []
    passes = backward(found, TRAIN)
    learning = [at for at, learns in enumerate(passes.learnable) if learns]
    assert len(learning) == 13 + 2 + 8 + 1 + 12
    assert all(passes.layers[at] for at in learning)


def test_ssds_loss_gives_prior_boxes_no_gradient() -> None:
    text, _, _ = ssd300().partition("propagate_down")
    problems = backward_problems(net(f"{text} }}", "ssd"), [TRAIN])
    assert [(problem.rule, problem.args["index"]) for problem in problems] == [
        ("gradient-refused", 2)
    ]


def test_ssd300_has_26_million_parameters() -> None:
    cost = footprint(shapes(net(ssd300(), "ssd", datum=(3, 300, 300)), TRAIN))
    assert cost.parameters.exact == 26_285_486


def test_losses_that_are_not_called_so() -> None:
    text = source("x", 2, 3) + source("label", 2)
    text += layer("InnerProduct", "x", "inner_product_param { num_output: 4 }", "ip")
    found = net(text + layer("SoftmaxWithLossOHEM", "ip label", "", "loss"), "intel")
    assert is_trained(found)
    assert training_problems(found, [TRAIN]) == []


def test_messages_of_forks_are_left_alone() -> None:
    text = source("x", 1, 4, 8, 8)
    text += layer("Permute", "x", "permute_param { order: 1 } relu_param { } norm_param { }")
    text += layer("ReLU", "x", "norm_param { } power_param { }", "z")
    found = net(text, "ssd")
    read = {step.name: foreign_params(InState(found, step, TRAIN)) for step in found.layers[1:]}
    assert read == {"y": ["relu_param"], "z": ["power_param"]}


def test_a_loss_of_a_fork_may_read_loss_param() -> None:
    text = source("x", 1, 4) + source("t", 1, 4)
    text += layer("SmoothL1Loss", "x t", "loss_param { normalize: true } transform_param { }")
    found = net(text, "r-fcn")
    assert ignored(InState(found, found.layers[-1], TRAIN)) == ["transform_param"]


def test_a_batch_of_records_that_many_devices_share_is_not_too_large() -> None:
    text = source("x", 8192, 3, 224, 224) + conv("conv", "x", 96, 11, stride=4)
    assert [p.rule for p in shapes(net(text, "bvlc"), TRAIN).problems] == ["blob-too-large"]
    assert shapes(net(text, "nvidia"), TRAIN).problems == []

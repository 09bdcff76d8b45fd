from __future__ import annotations

from faults import DATA, LOSS, TEST, TRAIN, Told, dense, net_of, one, told

from protolint.analysis.training import lacks_loss, training_problems

IP = DATA + dense("ip", "data", "ip")
NET = IP + LOSS % ""
FROZEN = "param { lr_mult: 0 } param { lr_mult: 0 }"


def found(text: str) -> list[Told]:
    return told(text, training_problems)


def test_only_training_counts() -> None:
    text = NET + dense("extra", "ip", "extra")
    assert [fault.phases for fault in found(text)] == [("TRAIN",)]
    assert told(text, training_problems, (TEST,)) == []


def test_a_branch_that_leads_to_no_loss_is_told_at_its_last_weights() -> None:
    branch = dense("a", "ip", "a") + dense("b", "a", "b") + one("r", "ReLU", "b", "b")
    assert found(NET + branch) == [
        Told("layer-not-trained", 'name: "b"', ('name: "r"',), ("TRAIN",))
    ]
    assert found(NET + branch + 'layer { type: "Silence" bottom: "b" }') == []
    assert found(NET + branch + 'layer { type: "MyLoss" bottom: "b" }') == []
    assert found(NET + dense("a", "ip", "a", FROZEN)) == []
    # The statistics of a BatchNorm are not trained anyway.
    assert found(NET + one("bn", "BatchNorm", "ip", "bn")) == []


def test_accuracy_and_labels_are_no_dead_ends() -> None:
    accuracy = 'layer { name: "a" type: "Accuracy" bottom: "ip" bottom: "label" top: "a" }\n'
    assert found(NET + accuracy + one("p", "Softmax", "ip", "p")) == []


def test_a_net_without_loss_that_is_for_training() -> None:
    data = DATA.replace("dummy", "include { phase: TRAIN } dummy", 1)
    text = data + dense("ip", "data", "ip")
    marks = ('name: "data"',)
    assert found(text) == [Told("training-without-loss", 'name: "ip"', marks, ("TRAIN",))]
    assert found(IP) == []
    assert found(text.replace("num_output: 3", "num_output: 3") + LOSS % "") == []
    assert found(text + 'layer { type: "MyLoss" bottom: "ip" }') == []


def test_whether_a_loss_is_lacking() -> None:
    assert lacks_loss(net_of(IP), TRAIN)
    assert not lacks_loss(net_of(DATA), TRAIN)
    assert not lacks_loss(net_of(NET), TRAIN)
    assert lacks_loss(net_of(IP + LOSS % "loss_weight: 0"), TRAIN)
    assert not lacks_loss(net_of(IP + 'layer { type: "MyLoss" bottom: "ip" }'), TRAIN)


def test_all_weights_frozen() -> None:
    text = DATA + dense("ip", "data", "ip", FROZEN) + LOSS % ""
    assert found(text) == [Told("nothing-to-train", "param", (), ("TRAIN",))]


def test_propagate_down_that_cuts() -> None:
    text = DATA + dense("a", "data", "a") + dense("ip", "a", "ip", "propagate_down: false")
    text += LOSS % ""
    expected = [Told("propagate-down-cuts", "propagate_down: false", ('name: "a"',), ("TRAIN",))]
    assert found(text) == expected
    relu = text.replace(
        'name: "ip" type: "InnerProduct" bottom: "a"', 'name: "ip" type: "InnerProduct" bottom: "r"'
    )
    relu = relu.replace('layer { name: "ip"', one("r", "ReLU", "a", "r") + 'layer { name: "ip"')
    assert found(relu) == expected
    # Another way to the loss trains the layer all the same.
    other = one("l", "Reduction", "a", "l", "loss_weight: 1")
    assert found(text + other) == []
    assert found(DATA + dense("ip", "data", "ip", "propagate_down: false") + LOSS % "") == []


def test_propagate_down_without_effect() -> None:
    text = DATA + one("s", "Sigmoid", "data", "s", "propagate_down: true")
    text += one("l", "Reduction", "s", "l", "loss_weight: 1")
    assert found(text) == [Told("propagate-down-ignored", "propagate_down: true", (), ("TRAIN",))]
    assert found(text.replace('"data" top: "s"', '"ip" top: "s"').replace(DATA, IP)) == []


def test_a_bias_that_is_left_to_train() -> None:
    one_param = "param { lr_mult: 0 }"
    text = DATA + dense("ip", "data", "ip", one_param) + LOSS % ""
    assert found(text) == [Told("bias-not-frozen", "lr_mult: 0", (), ("TRAIN",))]
    assert found(text.replace("num_output: 3", "num_output: 3 bias_term: false")) == [
        Told("nothing-to-train", "param", (), ("TRAIN",))
    ]


def test_force_backward_reaches_frozen_layers() -> None:
    text = "force_backward: true\n" + DATA + dense("ip", "data", "ip", FROZEN) + LOSS % ""
    expected = Told("force-backward-on-frozen", "force_backward: true", ("param",), ("TRAIN",))
    assert found(text) == [expected]
    assert found(text.replace("lr_mult: 0", "lr_mult: 1")) == []


def test_a_batch_norm_that_makes_gradients_necessary() -> None:
    text = DATA + one("bn", "BatchNorm", "data", "bn", "%s") + dense("ip", "bn", "ip") + LOSS % ""
    expected = [Told("batch-norm-needs-gradient", 'type: "BatchNorm"', (), ("TRAIN",))]
    assert found(text % "") == expected
    assert found(text % "param { lr_mult: 0 } param { lr_mult: 0 } param { lr_mult: 0 }") == []
    behind = IP + one("bn", "BatchNorm", "ip", "ip") + LOSS % ""
    assert found(behind) == []

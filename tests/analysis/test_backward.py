from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

import pytest
from faults import DATA, LOSS, TEST, TRAIN, Told, dense, net_of, one, told
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from protolint.analysis.backward import backward, backward_problems, losses
from protolint.analysis.graph import graph
from protolint.analysis.problems import build_problems, run_problems
from protolint.engine import catalogue
from protolint.model import serve

with open(
    os.path.join(os.path.dirname(__file__), "gradient_cases.jsonl"), encoding="utf-8"
) as lines:
    CASES = [json.loads(line) for line in lines]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_what_caffe_was_seen_to_do(case: dict[str, Any]) -> None:
    net = net_of(case["text"])
    states = serve.states(net).states
    rules = catalogue.load().rules
    found = {
        problem.rule
        for problem in (*build_problems(net, states), *run_problems(net, states, pinned=False))
    }
    assert found >= set(case["rules"])
    aborts = {rule for rule in found if rules[rule].effect == "abort"}
    assert bool(aborts) == case["observed"].startswith("abort")


class Plain(NamedTuple):
    """A layer for the naive model of Caffe below."""

    kind: str
    bottoms: list[str]
    tops: list[str]
    weights: list[int] | None
    flags: list[bool] | None
    learns: bool

    def text(self, name: str) -> str:
        fields = [f'bottom: "{blob}"' for blob in self.bottoms]
        fields += [f'top: "{blob}"' for blob in self.tops]
        fields += [f"loss_weight: {weight}" for weight in self.weights or ()]
        fields += [f"propagate_down: {str(flag).lower()}" for flag in self.flags or ()]
        if self.learns:
            fields.append("blobs { shape { dim: 1 } data: 1 }")
        return f'layer {{ name: "{name}" type: "{self.kind}" {" ".join(fields)} }}\n'


def with_splits(layers: list[Plain]) -> list[Plain]:
    """Give each reader of a blob a copy of its own, where it has several; a loss is a reader."""
    last: dict[str, tuple[int, int]] = {}
    sources: dict[tuple[int, int], tuple[int, int]] = {}
    uses: dict[tuple[int, int], int] = {}
    for at, layer in enumerate(layers):
        for index, blob in enumerate(layer.bottoms):
            sources[at, index] = last[blob]
            uses[last[blob]] += 1
        for index, blob in enumerate(layer.tops):
            last[blob] = at, index
            uses[at, index] = int(bool(layer.weights and layer.weights[index]))
    given_out: dict[tuple[int, int], int] = {}
    result = []
    for at, layer in enumerate(layers):
        bottoms = []
        for index, blob in enumerate(layer.bottoms):
            source = sources[at, index]
            if uses[source] > 1:
                bottoms.append(f"{blob} {source} {given_out[source]}")
                given_out[source] += 1
            else:
                bottoms.append(blob)
        splits = []
        for index, blob in enumerate(layer.tops):
            count = uses[at, index]
            weight = layer.weights[index] if layer.weights else 0
            given_out[at, index] = int(weight != 0)
            if count > 1:
                copies = [f"{blob} {(at, index)} {copy}" for copy in range(count)]
                weights = [weight] + [0] * (count - 1) if weight else None
                splits.append(Plain("Split", [blob], copies, weights, None, learns=False))
        cleared = any(split.weights for split in splits)
        result += [layer._replace(bottoms=bottoms, weights=None if cleared else layer.weights)]
        result += splits
    return result


def naive(layers: list[Plain]) -> list[tuple[bool, list[bool]]]:
    """Return what is back-propagated, by sets of names, for all but the splits."""
    needed: dict[str, bool] = {}
    needs, bottoms = [], []
    layers = with_splits(layers)
    for layer in layers:
        blobs = [needed[blob] for blob in layer.bottoms]
        need = layer.learns or any(blobs)
        needed.update(dict.fromkeys(layer.tops, need))
        needs.append(need)
        bottoms.append(list(layer.flags) if layer.flags else blobs)
    under_loss, skipped = set(), set()
    for at in reversed(range(len(layers))):
        layer = layers[at]
        tops = layer.tops
        if layer.kind == "EuclideanLoss" and not tops:
            tops = ["(automatic)"]
        weights = layer.weights
        if weights is None:
            weights = [int(layer.kind == "EuclideanLoss" and i == 0) for i in range(len(tops))]
        contributes = any(weights) or not under_loss.isdisjoint(tops)
        if needs[at] and skipped.issuperset(tops):
            needs[at], bottoms[at] = False, [False] * len(layer.bottoms)
        if not contributes:
            needs[at], bottoms[at] = False, [False] * len(layer.bottoms)
        for blob, need in zip(layer.bottoms, bottoms[at], strict=True):
            if contributes:
                under_loss.add(blob)
            if not need:
                skipped.add(blob)
    return [
        (need, flags)
        for layer, need, flags in zip(layers, needs, bottoms, strict=True)
        if layer.kind != "Split"
    ]


@st.composite
def plain_layers(draw: st.DrawFn) -> list[Plain]:
    """Draw layers of which each reads only what is made above it."""
    layers: list[Plain] = []
    made = ["a"]
    for blob in draw(st.lists(st.sampled_from("abcdef"), max_size=9)):
        kind = draw(st.sampled_from(("ReLU", "ReLU", "Python", "EuclideanLoss", "Silence")))
        few = {"ReLU": (1, 1), "EuclideanLoss": (2, 2), "Silence": (1, 2), "Python": (0, 2)}[kind]
        bottoms = draw(st.lists(st.sampled_from(made), min_size=few[0], max_size=few[1]))
        tops = [] if kind == "Silence" else [blob]
        if kind == "EuclideanLoss":
            tops = draw(st.sampled_from(([blob], [])))
        if kind == "Python":
            tops = draw(st.sampled_from(([blob], [blob, blob + blob])))
        count = 1 if kind == "EuclideanLoss" else len(tops)
        weights = st.lists(st.integers(0, 2), min_size=count, max_size=count)
        flags = st.lists(st.booleans(), min_size=len(bottoms), max_size=len(bottoms))
        layers.append(
            Plain(
                kind,
                bottoms,
                tops,
                draw(st.none() | weights) or None,
                draw(st.none() | st.none() | flags) or None,
                learns=kind == "ReLU" and draw(st.booleans()),
            )
        )
        made += tops
    return [Plain("Python", [], ["a"], None, None, learns=False), *layers]


@settings(max_examples=600, deadline=None)
@given(plain_layers())
def test_a_naive_model_of_caffe_passes_back_the_same(layers: list[Plain]) -> None:
    net = net_of("".join(layer.text(f"l{at}") for at, layer in enumerate(layers)))
    assume(not graph(net, TRAIN).problems)
    found = backward(net, TRAIN)
    assert list(zip(found.layers, found.bottoms, strict=True)) == naive(layers)


def passes(text: str) -> str:
    """Return the layers that are back-propagated, by name."""
    net = net_of(text)
    order = graph(net, TRAIN).order
    needs = backward(net, TRAIN).layers
    return " ".join(step.layer.name for step, need in zip(order, needs, strict=True) if need)


def test_a_loss_without_a_top_is_a_loss() -> None:
    loss = LOSS.replace('top: "loss"', "")
    assert passes(DATA + dense("ip", "data", "ip") + loss % "") == "ip loss"
    assert passes(DATA + dense("ip", "data", "ip") + loss % "loss_weight: 0") == ""


def test_frozen_layers_and_what_is_above_them() -> None:
    frozen = "param { lr_mult: 0 } param { lr_mult: 0 }"
    weights = "param { lr_mult: 0 }"
    text = DATA + dense("a", "data", "x", frozen) + dense("b", "x", "ip", weights)
    assert passes(text + LOSS % "") == "b loss"


def test_a_weight_that_a_split_takes_over_is_cleared_for_the_other_tops() -> None:
    # The second top counts in the loss only while the first one is not read.
    two = 'layer { name: "p" type: "Python" bottom: "ip" top: "u" top: "v" %s }\n'
    text = DATA + dense("ip", "data", "ip") + two % "loss_weight: 1 loss_weight: 1"
    assert losses(net_of(text), TRAIN) == {2: [0, 1]}
    assert losses(net_of(text + one("r", "ReLU", "u", "w")), TRAIN) == {2: [0]}


def test_force_backward_reaches_all() -> None:
    text = "force_backward: true\n" + DATA + one("r", "ReLU", "data", "r")
    net = net_of(text)
    assert backward(net, TEST).layers == [True, True]
    assert backward(net, TEST).bottoms == [[], [True]]


def test_what_lists_are_computed_once_a_net() -> None:
    net = net_of(DATA)
    assert backward(net, TRAIN) is backward(net, TEST)
    assert losses(net, TRAIN) is losses(net, TEST)


def test_a_layer_without_a_backward_pass() -> None:
    text = DATA + dense("ip", "data", "ip") + one("t", "Threshold", "ip", "t")
    text += one("l", "Reduction", "t", "l", "loss_weight: 1")
    found = [Told("no-backward-pass", 'type: "Threshold"', (), ("TRAIN",))]
    assert told(text, backward_problems) == found
    assert told(text, backward_problems, (TEST,)) == []
    assert told(text.replace("loss_weight: 1", ""), backward_problems) == []


def test_a_bottom_that_gets_no_gradient() -> None:
    text = DATA + dense("ip", "data", "ip") + dense("other", "data", "other")
    loss = (LOSS % "").replace("SoftmaxWithLoss", "SigmoidCrossEntropyLoss")
    found = [Told("gradient-refused", 'bottom: "other"', (), ("TRAIN",))]
    assert told(text + loss.replace('"label"', '"other"'), backward_problems) == found
    both = LOSS % "propagate_down: true propagate_down: true"
    assert [fault.text for fault in told(text + both, backward_problems)] == ['bottom: "label"']
    fine = LOSS % "propagate_down: true propagate_down: false"
    assert told(text + fine, backward_problems) == []

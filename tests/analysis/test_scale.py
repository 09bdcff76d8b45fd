"""Predicted moments against those of random nets in NumPy, and the findings on known designs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from faults import BINDER, TRAIN, net_of, told
from published_nets import dims

from protolint.analysis.scale import scale_problems
from protolint.analysis.scale.walk import Scale, scales
from protolint.analysis.shapes import shapes
from protolint.model.net import Net
from protolint.syntax.parser import parse

_BATCH, _SEEDS = 48, 6


class _Choice:
    """Choices that depend on a seed."""

    def __init__(self, seed: int) -> None:
        self.noise = np.random.default_rng(1000 + seed)

    def of(self, things: Any) -> Any:
        return list(things)[self.noise.integers(len(things))]


class _Chain:
    """A net written layer by layer, that is run in NumPy for some seeds at the same time."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.lines: list[str] = []
        filler = 'data_filler { type: "gaussian" std: 1 }'
        shaped = f"shape {{ {dims(_BATCH, *shape)} }}"
        self._layer("DummyData", "", f"dummy_data_param {{ {shaped} {filler} }}")
        self.noise = [np.random.default_rng(seed) for seed in range(_SEEDS)]
        self.values = [noise.standard_normal((_BATCH, *shape)) for noise in self.noise]

    def _layer(self, kind: str, bottom: str, more: str) -> None:
        name = f"x{len(self.lines)}"
        bottoms = f'bottom: "{bottom}" ' if bottom else ""
        self.lines.append(
            f'layer {{ name: "{name}" type: "{kind}" {bottoms}top: "{name}" {more} }}'
        )

    @property
    def last(self) -> str:
        return f"x{len(self.lines) - 1}"

    def dense(self, outputs: int, filler: str, deviation: Any, bias: float) -> None:
        text = f'weight_filler {{ {filler} }} bias_filler {{ type: "constant" value: {bias} }}'
        param = f"num_output: {outputs} {text}"
        self._layer("InnerProduct", self.last, f"inner_product_param {{ {param} }}")
        for i, noise in enumerate(self.noise):
            x = self.values[i].reshape(_BATCH, -1)
            weights = deviation(noise, (outputs, x.shape[1]), x.shape[1])
            self.values[i] = x @ weights.T + bias

    def conv(self, outputs: int, filler: str, deviation: Any, bias: float) -> None:
        text = f'weight_filler {{ {filler} }} bias_filler {{ type: "constant" value: {bias} }}'
        param = f"num_output: {outputs} kernel_size: 3 pad: 1 {text}"
        self._layer("Convolution", self.last, f"convolution_param {{ {param} }}")
        for i, noise in enumerate(self.noise):
            x = np.pad(self.values[i], ((0, 0), (0, 0), (1, 1), (1, 1)))
            windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))
            weights = deviation(noise, (outputs, x.shape[1], 3, 3), x.shape[1] * 9)
            self.values[i] = np.einsum("nchwij,ocij->nohw", windows, weights) + bias

    def point(self, kind: str, function: Any, more: str = "") -> None:
        self._layer(kind, self.last, more)
        self.values = [function(x) for x in self.values]

    def pool(self) -> None:
        self._layer("Pooling", self.last, "pooling_param { kernel_size: 2 stride: 2 }")
        self.values = [
            x.reshape(*x.shape[:2], x.shape[2] // 2, 2, x.shape[3] // 2, 2).max(axis=(3, 5))
            for x in self.values
        ]

    def measured(self) -> tuple[float, float]:
        """Return the root mean square and the deviation over inputs, both over all seeds."""
        square = np.mean([np.mean(x**2) for x in self.values])
        signal = np.mean([np.mean(np.var(x, axis=0)) for x in self.values])
        return math.sqrt(square), math.sqrt(signal)

    def predicted(self) -> tuple[float, float]:
        net = net_of("\n".join(self.lines))
        scale = scales(net, TRAIN)[-1]
        assert isinstance(scale, Scale), scale
        found = scale.moments
        return math.sqrt(found.square + found.signal), math.sqrt(found.signal)


def _uniform(bound: float) -> Any:
    return lambda noise, shape, _: noise.uniform(-bound, bound, shape)


_FILLERS = {
    'type: "gaussian" std: 0.05': lambda n, shape, _: n.normal(0, 0.05, shape),
    'type: "gaussian" std: 0.2': lambda n, shape, _: n.normal(0, 0.2, shape),
    'type: "xavier"': lambda n, shape, fan_in: n.uniform(-1, 1, shape) * math.sqrt(3 / fan_in),
    'type: "msra"': lambda n, shape, fan_in: n.normal(0, math.sqrt(2 / fan_in), shape),
    'type: "uniform" min: -0.1 max: 0.1': _uniform(0.1),
}


def _normalised(x: Any) -> Any:
    axes = (0, *range(2, x.ndim))
    mean, variance = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-5)


_POINTS = {
    "ReLU": (lambda x: np.maximum(x, 0), ""),
    "PReLU": (lambda x: np.where(x > 0, x, 0.25 * x), ""),
    "ELU": (lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), ""),
    "TanH": (np.tanh, ""),
    "Sigmoid": (lambda x: 1 / (1 + np.exp(-x)), ""),
    "AbsVal": (np.abs, ""),
    "BNLL": (lambda x: np.logaddexp(0, x), ""),
    "Clip": (lambda x: np.clip(x, -0.5, 2), "clip_param { min: -0.5 max: 2 }"),
    "Power": (lambda x: 0.5 + 2 * x, "power_param { scale: 2 shift: 0.5 }"),
    "BatchNorm": (_normalised, ""),
}


def _near(chain: _Chain, factor: float) -> None:
    for predicted, measured in zip(chain.predicted(), chain.measured(), strict=True):
        assert measured / factor <= predicted <= measured * factor, "\n".join(chain.lines)


@pytest.mark.parametrize("seed", range(16))
def test_dense_nets_are_predicted_within_a_quarter(seed: int) -> None:
    choose = _Choice(seed)
    chain = _Chain((100,))
    for _ in range(choose.of(range(1, 7))):
        filler = choose.of(_FILLERS)
        chain.dense(choose.of((80, 120, 200)), filler, _FILLERS[filler], choose.of((0, 0, 1)))
        kind = choose.of(_POINTS)
        function, more = _POINTS[kind]
        chain.point(kind, function, more)
    _near(chain, 1.25)


@pytest.mark.parametrize("seed", range(6))
def test_convolutions_and_pooling_are_predicted_within_a_factor_of_two_and_a_half(
    seed: int,
) -> None:
    """Noise is the worst case of pooling: its neighbours are independent."""
    choose = _Choice(seed)
    chain = _Chain((8, 16, 16))
    for size in (16, 16, 24):
        filler = choose.of(_FILLERS)
        chain.conv(size, filler, _FILLERS[filler], choose.of((0, 0.5)))
        chain.point("ReLU", *_POINTS["ReLU"])
        if choose.of((True, True, False)):
            chain.pool()
    filler = choose.of(_FILLERS)
    chain.dense(50, filler, _FILLERS[filler], 0)
    _near(chain, 2.5)


def test_padding_takes_taps_away() -> None:
    """A 3x3 kernel on a map of one value sees one of its nine taps."""
    chain = _Chain((64, 1, 1))
    filler = 'type: "xavier"'
    chain.conv(64, filler, _FILLERS[filler], 0)
    _near(chain, 1.1)


def _deep(filler: str, layers: int, data: str, more: str = "", kind: str = "ReLU") -> str:
    lines = [
        data,
        'layer { name: "l" type: "Input" top: "label" input_param { shape { dim: 4 } } }',
    ]
    last = "data"
    for i in range(layers):
        fill = f"weight_filler {{ {filler} }}"
        lines.append(
            f'layer {{ name: "ip{i}" type: "InnerProduct" bottom: "{last}" top: "ip{i}" {more} '
            f"inner_product_param {{ num_output: 256 {fill if filler else ''} }} }}"
        )
        lines.append(f'layer {{ name: "act{i}" type: "{kind}" bottom: "ip{i}" top: "ip{i}" }}')
        last = f"ip{i}"
    lines.append(
        f'layer {{ name: "loss" type: "SoftmaxWithLoss" bottom: "{last}" bottom: "label" '
        'top: "loss" }'
    )
    return "\n".join(lines)


_DATA = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 4 dim: 256 } } }'


def _rules(text: str) -> list[str]:
    return [fault.rule for fault in told(text, scale_problems)]


def test_what_vanishes_and_what_explodes() -> None:
    assert _rules(_deep('type: "gaussian" std: 0.01', 9, _DATA)) == ["activations-vanish"]
    assert _rules(_deep('type: "gaussian" std: 1', 5, _DATA)) == ["activations-explode"]
    assert _rules(_deep('type: "msra"', 40, _DATA)) == []
    assert _rules(_deep('type: "xavier"', 40, _DATA)) == ["activations-vanish"]


def test_few_layers_and_saturation_are_left_alone() -> None:
    assert _rules(_deep('type: "gaussian" std: 0.01', 2, _DATA)) == []
    # A bounded function takes the scale away, so that large weights do not add up.
    assert _rules(_deep('type: "gaussian" std: 1', 9, _DATA, kind="TanH")) == []


@pytest.mark.parametrize("more", ["param { lr_mult: 0 }", ""])
def test_nothing_is_said_of_weights_from_a_file(more: str) -> None:
    filler = 'type: "gaussian" std: 0.01' if more else ""
    text = _deep(filler, 9, _DATA, more)
    assert _rules(text) == []
    net = net_of(text)
    (reason,) = scales(net, TRAIN)[-2].reasons  # type: ignore[union-attr]  # it is unknown
    assert "taken from a file" in reason
    assert "ip0" in reason


@pytest.mark.parametrize(("filler", "anew"), [("msra", True), ("gaussian", False)])
def test_batch_norm_begins_anew_unless_its_eps_outweighs_the_signal(
    filler: str, anew: bool
) -> None:
    text = _deep(f'type: "{filler}" std: 0.01', 4, _DATA)
    norm = 'layer { name: "bn" type: "BatchNorm" bottom: "ip3" top: "bn" }\nlayer { name: "loss"'
    text = text.replace('bottom: "ip3" bottom', 'bottom: "bn" bottom')
    net = net_of(text.replace('layer { name: "loss"', norm))
    names = shapes(net, TRAIN).graph.names
    scale = scales(net, TRAIN)[names.index("bn")]
    assert isinstance(scale, Scale)
    assert names[scale.origin] == ("bn" if anew else "data")
    assert (scale.moments.signal == 1) == anew


def test_a_field_that_cannot_be_read_leaves_it_open() -> None:
    text = _deep('type: "gaussian" std: 0.01', 9, _DATA)
    act = 'bottom: "ip3" top: "ip3"'
    text = text.replace(f"{act} }}", f"{act} relu_param {{ negative_slope: x }} }}")
    net = Net(BINDER.bind(parse(text), "NetParameter", []))
    assert scale_problems(net, [TRAIN]) == []
    assert not isinstance(scales(net, TRAIN)[-2], Scale)

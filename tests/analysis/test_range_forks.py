"""Layers of forks, computed in NumPy on inputs of told ranges: every number lies in its range."""

from __future__ import annotations

import numpy as np
import pytest

from protolint.analysis.ranges import ranges
from protolint.analysis.ranges.forks import FUNCTIONS
from protolint.dialect import Dialects
from protolint.layers.forks import FAMILIES
from protolint.model.net import Net
from protolint.model.state import NetState

F = np.float32
TRAIN = NetState("TRAIN")
SHAPE = (2, 4, 5, 5)
DIMS = " ".join(f"dim: {size}" for size in SHAPE)
INPUT = (
    'layer { name: "i" type: "Input" top: "x" top: "y" top: "a" top: "rois" input_param { '
    f"shape {{ {DIMS} }} shape {{ {DIMS} }} shape {{ dim: 2 dim: 4 }} "
    "shape { dim: 3 dim: 5 } } }\n"
)


def net_of(layer, told=None):
    loaded = Dialects(lambda _: (INPUT + layer).encode()).load("net", "auto")
    assert not loaded.problems
    return Net(loaded.message, "net", ranges=told)


def relu6(x, _y, _a):
    return np.minimum(np.maximum(x, F(0)), F(6))


def concatenated_relu(x, _y, _a):
    return np.concatenate([np.maximum(x, F(0)), np.maximum(-x, F(0))], 1)


def interp(x, _y, _a):
    at = np.linspace(0, 4, 9).astype(F)
    low = np.minimum(at.astype(int), 3)
    share = (at - low.astype(F)).astype(F)
    rows = (F(1) - share)[:, None] * x[:, :, low] + share[:, None] * x[:, :, low + 1]
    return (F(1) - share) * rows[..., low] + share * rows[..., low + 1]


def axpy(x, y, a):
    return a[:, :, None, None] * x + y


def normalize(x, _y, _a):
    length = np.sqrt((x * x).sum(1, keepdims=True, dtype=F) + F(1e-10))
    return x / length * F(20)


def pooled(x, _y, _a):
    return np.array([x[0, :, :3, :3].max((1, 2)), x[1, :, 4:, 4:].max((1, 2)), np.zeros(4)], F)


def position_sensitive(x, _y, _a):
    return np.array([x[0, :, :3, :3].mean((1, 2), dtype=F), np.zeros(4)], F)


def twice(x, _y, _a):
    return x.repeat(2, 2).repeat(2, 3)


def per_channel(x, _y, _a):
    return sum(
        F(0.5) * x[:, :, r : r + 3, c : c + 3] for r in range(3) for c in range(3)
    )  # as in the filler


def smooth(x, y, _a):
    off = np.abs(x - y)
    return np.where(off < 1, F(0.5) * off * off, off - F(0.5)).sum(dtype=F) / F(2)


LAYERS = {
    "ReLU6": (relu6, 'bottom: "x"'),
    "CReLU": (concatenated_relu, 'bottom: "x"'),
    "Interp": (interp, 'bottom: "x" interp_param { height: 9 width: 9 }'),
    "Axpy": (axpy, 'bottom: "a" bottom: "x" bottom: "y"'),
    "Normalize": (
        normalize,
        (
            'bottom: "x" norm_param { across_spatial: false '
            'scale_filler { type: "constant" value: 20 } }'
        ),
    ),
    "ROIPooling": (
        pooled,
        'bottom: "x" bottom: "rois" roi_pooling_param { pooled_h: 1 pooled_w: 1 }',
    ),
    "PSROIPooling": (
        position_sensitive,
        (
            'bottom: "x" bottom: "rois" '
            "psroi_pooling_param { spatial_scale: 1 output_dim: 1 group_size: 2 }"
        ),
    ),
    "Upsample": (twice, 'bottom: "x" upsample_param { scale: 2 }'),
    "DepthwiseConvolution": (
        per_channel,
        (
            'bottom: "x" convolution_param { num_output: 4 group: 4 kernel_size: 3 '
            'weight_filler { type: "constant" value: 0.5 } }'
        ),
    ),
    "SmoothL1Loss": (smooth, 'bottom: "x" bottom: "y"'),
}


def drawn(shape, ends, rng):
    """Return numbers between two, which are often the ends themselves, all alike or 0."""
    low, high = map(F, ends)
    x = np.clip(rng.uniform(low, high, shape).astype(F), low, high)
    if rng.random() < 0.5:
        x = np.where(rng.random(shape) < 0.5, rng.choice(np.array([low, high])), x)
    if rng.random() < 0.3:
        x = np.full(shape, x.flat[0])
    if low <= 0 <= high and rng.random() < 0.3:
        x = x * (rng.random(shape) < 0.5)
    return x.astype(F)


@pytest.mark.parametrize("kind", LAYERS)
def test_numbers_lie_in_their_range(kind):
    compute, fields = LAYERS[kind]
    layer = f'layer {{ name: "l" type: "{kind}" top: "top" {fields} }}\n'
    rng = np.random.default_rng(len(kind))
    for _ in range(60):
        size = 10.0 ** rng.uniform(-12, 12)
        told = {
            name: tuple(sorted(map(float, rng.choice((-1, 0, 0.3, 1), 2) * F(size))))
            for name in "xya"
        }
        value = ranges(net_of(layer, told), TRAIN, "initial").of_blob("top")
        x, y = drawn(SHAPE, told["x"], rng), drawn(SHAPE, told["y"], rng)
        with np.errstate(all="ignore"):
            top = compute(x, y, drawn(SHAPE[:2], told["a"], rng))
        assert value.nan or not np.isnan(top).any()
        assert value.lo <= np.nanmin(top)
        assert np.nanmax(top) <= value.hi


@pytest.mark.parametrize(
    ("layer", "told", "ends"),
    [
        ('type: "ReLU6" bottom: "x"', (-3, 8), (0, 6)),
        ('type: "ReLU6" bottom: "x"', (1, 2), (1, 2)),
        ('type: "Permute" bottom: "x" permute_param { order: 0 order: 2 }', (-3, 8), (-3, 8)),
        ('type: "ShuffleChannel" bottom: "x" shuffle_channel_param { group: 2 }', (1, 2), (1, 2)),
        (('type: "ROIPooling" bottom: "x" bottom: "rois" roi_pooling_param { pooled_h: 1 '
         "pooled_w: 1 }"), (1, 2), (0, 2)),
        ('type: "CReLU" bottom: "x"', (-3, 2), (0, 3)),
    ],
)  # fmt: skip
def test_ranges_are_no_wider_than_they_must_be(layer, told, ends):
    net = net_of(f'layer {{ name: "l" top: "top" {layer} }}\n', {"x": told})
    value = ranges(net, TRAIN, "initial").of_blob("top")
    assert (value.lo, value.hi, value.nan) == (*ends, False)


@pytest.mark.parametrize(
    ("told", "kinds"),
    [((0, 1), [(False, True)]), ((0.5, 1), []), ((0, 0), [(True, True)])],
)
def test_normalize_without_eps_divides_by_a_length_of_0(told, kinds):
    layer = 'layer { name: "l" type: "Normalize" bottom: "x" top: "t" norm_param { eps: 0 } }\n'
    found = ranges(net_of(layer, {"x": told}), TRAIN, "ordinary").hazards.values()
    assert [(h.sure, h.reached) for of in found for h in of] == kinds


def test_a_loss_of_boxes_is_bounded_below_unless_its_weights_are_negative():
    text = (
        'layer {{ name: "l" type: "SmoothL1Loss" bottom: "x" bottom: "y" bottom: "w" bottom: "w" '
        'top: "t" }}\nlayer {{ name: "w" type: "DummyData" top: "w" dummy_data_param {{ '
        "shape {{ {} }} data_filler {{ value: {} }} }} }}\n"
    )
    for weight, low in ((1, 0.0), (-1, -np.inf)):
        first, second = text.format(DIMS, weight).splitlines()
        value = ranges(net_of(second + first), TRAIN, "any").of_blob("t")
        assert value.lo == low


def test_every_function_is_of_a_type_that_is_described():
    assert set(" ".join(FAMILIES.values()).split()).issuperset(FUNCTIONS)

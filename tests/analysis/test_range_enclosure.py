"""Random small nets, computed in NumPy and single precision: every number lies in its range."""

from __future__ import annotations

import random

import numpy as np
import pytest
from faults import net_of
from single_layers import LAYERS, F

from protolint.analysis.ranges import ORDINARY, ranges
from protolint.analysis.shapes import shapes
from protolint.model.state import NetState

TRAIN = NetState("TRAIN")
NETS, RUNS = 150, 4


class Writer:
    """Writes a net layer by layer, and knows the shapes of what it has written."""

    def __init__(self, seed):
        self.random = random.Random(seed)  # noqa: S311  (repeatable, not secret)
        self.text = ""
        self.blobs = {}
        self.count = 0

    def add(self, kind, bottoms, param="", tops=1):
        self.count += 1
        names = [f"b{self.count}_{index}" for index in range(tops)]
        fields = [f'bottom: "{name}"' for name in bottoms] + [f'top: "{name}"' for name in names]
        layer = f'layer {{ name: "l{self.count}" type: "{kind}" {" ".join(fields)} {param} }}\n'
        net = net_of(self.text + layer)
        found = shapes(net, TRAIN)
        if found.problems or any(shape is None for shape in found.blobs):
            return False
        self.text += layer
        self.blobs |= dict(zip(found.graph.names, found.blobs, strict=True))
        return True

    def filler(self):
        r = self.random
        return r.choice(
            (
                'type: "xavier"',
                'type: "xavier" variance_norm: FAN_OUT',
                'type: "msra"',
                f'type: "gaussian" std: {r.choice((0.01, 1, 30))} mean: {r.choice((0, 2))}',
                f'type: "uniform" min: {r.choice((-1, 0, 2))} max: {r.choice((2, 5))}',
                f'type: "constant" value: {r.choice((0, 1, -3, 1e10))}',
                'type: "positive_unitball"',
            )
        )

    def step(self):
        r = self.random
        x = r.choice(list(self.blobs)[-3:])
        shape = self.blobs[x]
        kinds = [*POINTWISE, "Eltwise", "Reduction", "Softmax", "InnerProduct", "Scale", "Loss"]
        kinds += ["Bias", "Embed", "ArgMax"]
        if len(shape) == 4 and min(shape[2:]) > 2:  # a kernel may be as large
            kinds += ["Convolution", "Deconvolution", "Pooling", "LRN", "BatchNorm", "MVN"] * 2
            kinds += ["Concat", "Slice", "Tile", "Flatten", "PReLU"]
        kind = r.choice(kinds)
        if kind in POINTWISE:
            return self.add(kind, [x], POINTWISE[kind](r))
        if kind in ("InnerProduct", "Convolution", "Deconvolution"):
            bias = r.choice(("true", "false"))
            param = f"num_output: {r.choice((2, 4))} bias_term: {bias}"
            param += f" weight_filler {{ {self.filler()} }} bias_filler {{ {self.filler()} }}"
            if kind == "InnerProduct":
                return self.add(kind, [x], f"inner_product_param {{ {param} }}")
            param += f" kernel_size: {r.choice((1, 2, 3))} stride: {r.choice((1, 2))}"
            if kind == "Convolution":
                param += f" pad: {r.choice((0, 1))} group: {r.choice((1, 1, 2))}"
            return self.add(kind, [x], f"convolution_param {{ {param} }}")
        if kind == "Eltwise":
            others = [name for name, size in self.blobs.items() if size == shape]
            picked = [x, *(r.choice(others) for _ in range(r.choice((1, 2))))]
            operation = r.choice(("SUM", "PROD", "MAX"))
            coeffs = "".join(f"coeff: {r.choice((1, -1, 0.5))} " for _ in picked)
            param = f"operation: {operation} {coeffs if operation == 'SUM' else ''}"
            return self.add(kind, picked, f"eltwise_param {{ {param} }}")
        if kind == "Concat":
            others = [
                name
                for name, size in self.blobs.items()
                if len(size) == 4 and (size[0], *size[2:]) == (shape[0], *shape[2:])
            ]
            return self.add(kind, [x, r.choice(others)])
        if kind == "Scale" and r.random() < 0.5:
            others = [name for name, size in self.blobs.items() if size == shape]
            param = 'axis: 0 bias_term: true bias_filler { type: "constant" value: -5 }'
            return self.add(kind, [x, r.choice(others)], f"scale_param {{ {param} }}")
        if kind == "Bias":
            return self.add(kind, [x], f"bias_param {{ filler {{ {self.filler()} }} }}")
        if kind == "Embed":
            param = f"num_output: 4 input_dim: 9 weight_filler {{ {self.filler()} }}"
            return self.add(kind, ["label"], f"embed_param {{ {param} }}")
        if kind == "Loss":
            return self.loss(x, shape)
        return self.add(kind, [x], PARAMS.get(kind, lambda _: "")(r), 2 if kind == "Slice" else 1)

    def loss(self, x, shape):
        r = self.random
        kind = r.choice(
            ("EuclideanLoss", "SigmoidCrossEntropyLoss", "HingeLoss", "SoftmaxWithLoss")
        )
        if kind in ("EuclideanLoss", "SigmoidCrossEntropyLoss"):
            others = [name for name, size in self.blobs.items() if size == shape]
            return self.add(kind, [x, r.choice(others)])
        if kind == "HingeLoss":
            norm = r.choice(("L1", "L2"))
            return self.add(kind, [x, "label"], f"hinge_loss_param {{ norm: {norm} }}")
        if len(shape) != 2:
            return False
        mode = r.choice(("VALID", "NONE", "BATCH_SIZE"))
        return self.add(kind, [x, "label"], f"loss_param {{ normalization: {mode} }}")


POINTWISE = {
    "AbsVal": lambda _: "",
    "BNLL": lambda _: "",
    "Clip": lambda r: f"clip_param {{ min: {r.choice((-1, 0, 1e-6))} max: {r.choice((0.5, 6))} }}",
    "Dropout": lambda r: f"dropout_param {{ dropout_ratio: {r.choice((0, 0.2, 0.5))} }}",
    "ELU": lambda r: f"elu_param {{ alpha: {r.choice((1, 0.1, 0, -1))} }}",
    "Exp": lambda r: (
        f"exp_param {{ base: {r.choice((-1, 2, 0.5))} scale: {r.choice((1, -1, 0.01))}"
        f" shift: {r.choice((0, 3, -90, 80))} }}"
    ),
    "Log": lambda r: (
        f"log_param {{ base: {r.choice((-1, 10, 0.5))} scale: {r.choice((1, -1, 0.5))}"
        f" shift: {r.choice((0, 1, 1e-5))} }}"
    ),
    "Power": lambda r: (
        f"power_param {{ power: {r.choice((1, 2, 3, -1, -2, 0.5, -0.5, 0, 7, -3))}"
        f" scale: {r.choice((1, -1, 0.1, 0, 100))} shift: {r.choice((0, 1, -2, 1e-3))} }}"
    ),
    "ReLU": lambda r: f"relu_param {{ negative_slope: {r.choice((0, 0.1, -0.5, 2))} }}",
    "Sigmoid": lambda _: "",
    "Swish": lambda r: f"swish_param {{ beta: {r.choice((1, 2, -1, 0, 0.1))} }}",
    "TanH": lambda _: "",
    "Threshold": lambda r: f"threshold_param {{ threshold: {r.choice((0, 0.5, -1))} }}",
}

PARAMS = {
    "BatchNorm": lambda r: (
        f"batch_norm_param {{ eps: {r.choice((1e-5, 1e-5, 0, 1e-2))} use_global_stats: false }}"
    ),
    "LRN": lambda r: (
        f"lrn_param {{ local_size: {r.choice((1, 3))} alpha: {r.choice((1, 1e-4, -0.1))}"
        f" beta: {r.choice((0.75, 1))} k: {r.choice((1, 2, 0, -1))}"
        f" norm_region: {r.choice(('ACROSS_CHANNELS', 'WITHIN_CHANNEL'))} }}"
    ),
    "MVN": lambda r: (
        f"mvn_param {{ eps: {r.choice((1e-9, 0))} across_channels: {r.choice(('true', 'false'))}"
        f" normalize_variance: {r.choice(('true', 'false'))} }}"
    ),
    "PReLU": lambda _: 'prelu_param { filler { type: "uniform" min: -1 max: 2 } }',
    "Pooling": lambda r: (
        f"pooling_param {{ pool: {r.choice(('MAX', 'AVE'))} kernel_size: {r.choice((1, 2, 3))}"
        f" stride: {r.choice((1, 2, 3, 5))} {r.choice(('', 'pad: 0'))} }}"
    ),
    "Reduction": lambda r: (
        f"reduction_param {{ operation: {r.choice(('SUM', 'ASUM', 'SUMSQ', 'MEAN'))} axis: 1"
        f" coeff: {r.choice((1, -1, 0.5))} }}"
    ),
    "Scale": lambda r: (
        f"scale_param {{ bias_term: {r.choice(('true', 'false'))}"
        ' filler { type: "gaussian" mean: 1 } bias_filler { type: "constant" value: 2 } }'
    ),
    "Tile": lambda _: "tile_param { tiles: 2 }",
}


def written(seed):
    """Return the text of a random net on pixels, labels and numbers from outside."""
    writer = Writer(seed)
    r = writer.random
    side = r.choice((4, 5))
    scaled = r.choice(("", "scale: 0.00390625", "mean_value: 120", "mean_value: 5 scale: 0.01"))
    writer.text += (
        'layer { name: "d" type: "ImageData" top: "pixels" top: "label" '
        f'transform_param {{ {scaled} }} image_data_param {{ source: "x" batch_size: 2 '
        f"new_height: {side} new_width: {side} }} }}\n"
        'layer { name: "i" type: "Input" top: "outside" '
        f"input_param {{ shape {{ dim: 2 dim: 3 dim: {side} dim: {side} }} }} }}\n"
        'layer { name: "u" type: "DummyData" top: "dummy" dummy_data_param '
        f"{{ shape {{ dim: 2 dim: 3 dim: {side} dim: {side} }} "
        f"data_filler {{ {writer.filler()} }} }} }}\n"
    )
    size = (2, 3, side, side)
    writer.blobs = {"pixels": size, "outside": size, "dummy": size}
    for _ in range(12):
        writer.step()
    return writer.text


def draw(filler, shape, rng):
    """Return a blob as its filler fills it, its extremes more often than Caffe does."""
    kind = filler.read("type")
    if kind == "constant":
        return np.full(shape, filler.read("value"), F)
    if kind == "gaussian":
        return (rng.standard_normal(shape) * filler.read("std") + filler.read("mean")).astype(F)
    if kind == "positive_unitball":
        x = rng.random(shape).astype(F).reshape(shape[0], -1)
        return (x / x.sum(1, keepdims=True)).reshape(shape)
    if kind == "uniform":
        low, high = filler.read("min"), filler.read("max")
    else:
        count = np.prod(shape)
        fan_in, fan_out = count / shape[0], count / shape[1] if len(shape) > 1 else count
        n = fan_out if filler.read("variance_norm") == "FAN_OUT" else fan_in
        if kind == "msra":
            return (rng.standard_normal(shape) * np.sqrt(2 / n)).astype(F)
        high = np.sqrt(F(3) / F(n))
        low = -high
    if rng.random() < 0.3:
        return rng.choice(np.array([low, high], F), shape)
    return np.clip(rng.uniform(low, high, shape).astype(F), F(low), F(high))


def outside(shape, rng):
    """Return numbers of any size that is ordinary, often all alike or with zeros among them."""
    scale = 10.0 ** rng.uniform(-3, 3)
    x = (rng.standard_normal(shape) * scale).astype(F)
    if rng.random() < 0.3:
        x[:] = x.flat[0]
    if rng.random() < 0.3:
        x[rng.random(shape) < 0.5] = 0
    return x


FILLED = {
    "Convolution": "convolution_param",
    "Deconvolution": "convolution_param",
    "InnerProduct": "inner_product_param",
    "LSTM": "recurrent_param",
    "RNN": "recurrent_param",
    "Embed": "embed_param",
}


def weights_of(layer, built, kind, rng):
    if layer.type == "BatchNorm":
        return []  # statistics, which a batch replaces
    if kind != "initial":
        if layer.type == "PReLU" and kind == "ordinary":
            return [rng.random(built.params[0]).astype(F)]
        scale = 10.0 ** rng.uniform(-2, 2 if kind == "ordinary" else 30)
        return [(rng.standard_normal(shape) * scale).astype(F) for shape in built.params]
    if layer.type in FILLED:
        param = layer.read(FILLED[layer.type])
        names = ["bias_filler" if len(shape) == 1 else "weight_filler" for shape in built.params]
    else:
        param = layer.read(layer.type.lower() + "_param")
        names = ["filler", "bias_filler"][len(layer.bottoms) - 1 :]
    return [
        draw(param.read(name), shape, rng) for name, shape in zip(names, built.params, strict=False)
    ]


def computed(net, kind, rng):
    """Return the numbers of every version of the net's blobs."""
    found = shapes(net, TRAIN)
    blobs = []
    for at, (layer, bottoms, tops) in enumerate(found.graph.order):
        if layer.type == "ImageData":
            shape = found.blobs[tops[0]]
            few = rng.choice(np.array([0, 255, 7]), shape)
            pixels = few if rng.random() < 0.3 else rng.integers(0, 256, shape)
            param = layer.read("transform_param")
            mean = F((param.read("mean_value") or [0.0])[0])
            data = (pixels.astype(F) - mean) * F(param.read("scale"))
            blobs += [data, rng.integers(0, 9, found.blobs[tops[1]]).astype(F)]
        elif layer.type == "Input":
            blobs += [outside(found.blobs[top], rng) for top in tops]
            if layer.tops[-1] == "cont":
                blobs[-1] = (rng.random(blobs[-1].shape) < 0.7).astype(F)
        elif layer.type == "DummyData":
            fillers = layer.read("dummy_data_param").read("data_filler")
            blobs += [draw(fillers[0], found.blobs[top], rng) for top in tops]
        else:
            built = found.built[at]
            weights = weights_of(layer, built, kind, rng) if built.params else []
            made = LAYERS[layer.type](layer, [blobs[b] for b in bottoms], weights, rng)
            blobs += [np.asarray(blob, F) for blob in made]
            assert [blob.shape for blob in blobs[tops[0] :]] == [found.blobs[top] for top in tops]
    return blobs


LEARNED = ("Bias", "Convolution", "Deconvolution", "Embed", "InnerProduct", "Scale")


def is_ordinary(found, blobs):
    """Return whether what is assumed of ordinary weights holds here."""
    return all(
        np.isfinite(blobs[top]).all() and np.abs(blobs[top]).max(initial=0) <= ORDINARY
        for layer, _, tops in found.graph.order
        if layer.type in LEARNED
        for top in tops
    )


def held(value, blob):
    """Return what of a value is not true of a blob, as text; nothing where all is."""
    nan = np.isnan(blob)
    if nan.any() and not value.nan:
        return "NaN"
    rest = blob[~nan].astype(float)
    if rest.size and not (value.lo <= rest.min() and rest.max() <= value.hi):
        return f"[{rest.min()!r}, {rest.max()!r}]"
    if value.never_finite and np.isfinite(blob).any():
        return "a finite number"
    if value.some and np.isfinite(blob).all():
        return "finite numbers only"
    return ""


@pytest.mark.parametrize("kind", ["initial", "any", "ordinary"])
@pytest.mark.parametrize("seed", range(NETS))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_every_number_lies_in_its_range(seed, kind):
    text = written(seed)
    net = net_of(text)
    found = ranges(net, TRAIN, kind)
    rng = np.random.default_rng(seed)
    for _ in range(RUNS):
        blobs = computed(net, kind, rng)
        if kind == "ordinary" and not is_ordinary(found, blobs):
            continue
        for version, (value, blob) in enumerate(zip(found.values, blobs, strict=True)):
            wrong = held(value, blob)
            assert not wrong, f"{wrong} not in {found.story(version)}\n{value!r}\n{text}"


@pytest.mark.parametrize("kind", ["initial", "any", "ordinary"])
@pytest.mark.parametrize("type_", ["LSTM", "RNN"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_recurrent_outputs_lie_in_their_range(type_, kind):
    net = net_of(
        'layer { name: "i" type: "Input" top: "x" top: "cont" '
        "input_param { shape { dim: 5 dim: 2 dim: 3 } shape { dim: 5 dim: 2 } } }\n"
        f'layer {{ name: "r" type: "{type_}" bottom: "x" bottom: "cont" top: "h" recurrent_param '
        '{ num_output: 4 weight_filler { type: "xavier" } bias_filler { type: "constant" } } }\n'
    )
    found = ranges(net, TRAIN, kind)
    rng = np.random.default_rng(1)
    for _ in range(20):
        for value, blob in zip(found.values, computed(net, kind, rng), strict=True):
            assert not held(value, blob)


def test_the_nets_hold_every_type_of_the_reference():
    texts = "".join(written(seed) for seed in range(NETS))
    missing = {kind for kind in LAYERS if f'type: "{kind}"' not in texts}
    assert missing == {"LSTM", "RNN"}, "which have a test of their own"

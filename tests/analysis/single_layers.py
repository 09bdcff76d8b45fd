"""What layers compute, in NumPy and single precision, for tests that hold ranges against numbers.

Each function takes the layer's message as ``Options`` reads it, the bottoms and the weights, and
returns the tops. Written after the formulas of the layers, not after their ranges.
"""

from __future__ import annotations

import numpy as np

F = np.float32


class Options:
    """A layer's parameter message: fields by name, defaults included."""

    def __init__(self, layer, name):
        self.message = layer.read(name)

    def __getattr__(self, name):
        value = self.message.read(name)
        return F(value) if isinstance(value, float) else value

    def has(self, name):
        return self.message.has(name)


def _windows(x, kernel, stride, pad, fill, dilation=1):
    """Return the windows of [N, C, H, W] as [N, C, oh, ow, k, k], with a fill behind the edge."""
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=fill)
    extent = dilation * (kernel - 1) + 1
    rows = range(0, padded.shape[2] - extent + 1, stride)
    columns = range(0, padded.shape[3] - extent + 1, stride)
    cells = [
        [padded[:, :, r : r + extent : dilation, c : c + extent : dilation] for c in columns]
        for r in rows
    ]
    return np.array(cells, F).transpose(2, 3, 0, 1, 4, 5)


def convolution(layer, bottoms, weights, _):
    o = Options(layer, "convolution_param")
    kernel = o.kernel_size[0]
    stride = o.stride[0] if o.stride else 1
    pad = o.pad[0] if o.pad else 0
    x = bottoms[0]
    windows = _windows(x, kernel, stride, pad, 0)
    n, _, oh, ow = windows.shape[:4]
    outs = []
    for part, w in zip(
        np.split(windows, o.group, 1), np.split(weights[0], o.group, 0), strict=True
    ):
        columns = part.transpose(0, 2, 3, 1, 4, 5).reshape(n * oh * ow, -1)
        outs.append(columns @ w.reshape(w.shape[0], -1).T)
    y = np.concatenate(outs, 1)
    if o.bias_term:
        y = y + weights[1]
    return [y.reshape(n, oh, ow, -1).transpose(0, 3, 1, 2)]


def deconvolution(layer, bottoms, weights, _):
    o = Options(layer, "convolution_param")
    kernel, stride = o.kernel_size[0], o.stride[0] if o.stride else 1
    x, w = bottoms[0], weights[0]
    n, _, h, wide = x.shape
    y = np.zeros((n, w.shape[1], stride * (h - 1) + kernel, stride * (wide - 1) + kernel), F)
    for r in range(h):
        for q in range(wide):
            part = np.tensordot(x[:, :, r, q], w, 1)
            y[:, :, r * stride : r * stride + kernel, q * stride : q * stride + kernel] += part
    return [y + weights[1].reshape(1, -1, 1, 1)] if o.bias_term else [y]


def inner_product(layer, bottoms, weights, _):
    o = Options(layer, "inner_product_param")
    x = bottoms[0].reshape(bottoms[0].shape[0], -1)
    y = x @ (weights[0] if o.transpose else weights[0].T)
    return [y + weights[1]] if o.bias_term else [y]


def embed(layer, bottoms, weights, _):
    o = Options(layer, "embed_param")
    rows = weights[0][bottoms[0].astype(int) % weights[0].shape[0]]
    return [rows + weights[1]] if o.bias_term else [rows]


def relu(layer, bottoms, _, __):
    slope = Options(layer, "relu_param").negative_slope
    x = bottoms[0]
    return [np.maximum(x, F(0)) + slope * np.minimum(x, F(0))]


def prelu(layer, bottoms, weights, _):
    x = bottoms[0]
    slope = weights[0].reshape(1, -1, *[1] * (x.ndim - 2)) if weights[0].ndim else weights[0]
    return [np.maximum(x, F(0)) + slope * np.minimum(x, F(0))]


def elu(layer, bottoms, _, __):
    alpha = Options(layer, "elu_param").alpha
    x = bottoms[0]
    return [np.maximum(x, F(0)) + alpha * (np.exp(np.minimum(x, F(0))) - F(1))]


def abs_val(_, bottoms, __, ___):
    return [np.abs(bottoms[0])]


def _half_tanh(x):
    return (0.5 * np.tanh(0.5 * x.astype(float)) + 0.5).astype(F)


def sigmoid(_, bottoms, __, ___):
    return [_half_tanh(bottoms[0])]


def tanh(_, bottoms, __, ___):
    return [np.tanh(bottoms[0])]


def bnll(_, bottoms, __, ___):
    x = bottoms[0]
    return [np.where(x > 0, x + np.log(F(1) + np.exp(-x)), np.log(F(1) + np.exp(x))).astype(F)]


def swish(layer, bottoms, _, __):
    x = bottoms[0]
    return [x * _half_tanh(Options(layer, "swish_param").beta * x)]


def threshold(layer, bottoms, _, __):
    return [(bottoms[0] > Options(layer, "threshold_param").threshold).astype(F)]


def clip(layer, bottoms, _, __):
    o = Options(layer, "clip_param")
    return [np.maximum(o.min, np.minimum(bottoms[0], o.max))]


def power(layer, bottoms, _, __):
    o = Options(layer, "power_param")
    x = bottoms[0]
    if o.power * o.scale == 0:
        return [np.full_like(x, 1 if o.power == 0 else np.power(o.shift, o.power))]
    y = x * o.scale + o.shift
    return [y if o.power == 1 else np.power(y, o.power)]


def exponential(layer, bottoms, _, __):
    o = Options(layer, "exp_param")
    log_base = F(1) if o.base == -1 else np.log(o.base)
    outer = np.exp(o.shift) if o.base == -1 else np.power(o.base, o.shift)
    y = np.exp(log_base * o.scale * bottoms[0])
    return [y if outer == 1 else y * outer]


def logarithm(layer, bottoms, _, __):
    o = Options(layer, "log_param")
    y = np.log(bottoms[0] * o.scale + o.shift)
    return [y if o.base == -1 else y * (F(1) / np.log(o.base))]


def dropout(layer, bottoms, _, random):
    ratio = Options(layer, "dropout_param").dropout_ratio
    mask = (random.random(bottoms[0].shape) >= ratio).astype(F)
    return [bottoms[0] * mask * (F(1) / (F(1) - ratio))]


def scale(layer, bottoms, weights, _):
    o = Options(layer, "scale_param")
    weights = list(weights)
    x = bottoms[0]
    factor = bottoms[1] if len(bottoms) > 1 else weights.pop(0)
    y = x * _along(factor, x)
    return [y + _along(weights[0], x)] if o.bias_term else [y]


def bias(_, bottoms, weights, __):
    x = bottoms[0]
    return [x + _along(bottoms[1] if len(bottoms) > 1 else weights[0], x)]


def _along(factor, x):
    if factor.shape == x.shape:
        return factor
    return factor.reshape(1, -1, *[1] * (x.ndim - 2))


def batch_norm(layer, bottoms, weights, _):
    eps = Options(layer, "batch_norm_param").eps
    x = bottoms[0]
    axes = (0, *range(2, x.ndim))
    d = x - x.mean(axes, dtype=F, keepdims=True)
    return [d / np.sqrt((d * d).mean(axes, dtype=F, keepdims=True) + eps)]


def mvn(layer, bottoms, _, __):
    o = Options(layer, "mvn_param")
    x = bottoms[0]
    x = x.reshape(*x.shape, *[1] * (4 - x.ndim))
    axes = (1, 2, 3) if o.across_channels else (2, 3)
    d = x - x.mean(axes, dtype=F, keepdims=True)
    if not o.normalize_variance:
        return [d]
    return [d / (np.sqrt((d * d).mean(axes, dtype=F, keepdims=True)) + o.eps)]


def lrn(layer, bottoms, _, __):
    o = Options(layer, "lrn_param")
    x, half = bottoms[0], o.local_size // 2
    squares = x * x
    if o.norm_region == "ACROSS_CHANNELS":
        padded = np.pad(squares, ((0, 0), (half, half), (0, 0), (0, 0)))
        sums = sum(padded[:, i : i + x.shape[1]] for i in range(o.local_size))
        base = o.k + o.alpha / F(o.local_size) * sums
    else:
        means = _windows(squares, o.local_size, 1, half, 0).mean((4, 5), dtype=F)
        base = F(1) + o.alpha * means
    return [x * np.power(base, -o.beta)]


def softmax(_, bottoms, __, ___):
    x = bottoms[0]
    e = np.exp(x - x.max(1, keepdims=True))
    return [e / e.sum(1, keepdims=True, dtype=F)]


def pooling(layer, bottoms, _, __):
    o = Options(layer, "pooling_param")
    x = bottoms[0]
    n, c, h, w = x.shape
    k, s, p = (h, 1, 0) if o.global_pooling else (o.kernel_size, o.stride, o.pad)
    oh, ow = (int(np.ceil((d + 2 * p - k) / s)) + 1 for d in (h, w))
    if p:
        oh, ow = oh - ((oh - 1) * s >= h + p), ow - ((ow - 1) * s >= w + p)
    y = np.zeros((n, c, oh, ow), F)
    for r in range(oh):
        for q in range(ow):
            top, left = r * s - p, q * s - p
            bottom, right = min(top + k, h + p), min(left + k, w + p)
            size = (bottom - top) * (right - left)
            cell = x[:, :, max(top, 0) : min(bottom, h), max(left, 0) : min(right, w)]
            if o.pool == "MAX":
                known = np.where(np.isnan(cell), F(-3.4028235e38), cell).reshape(n, c, -1)
                y[:, :, r, q] = known.max(2, initial=F(-3.4028235e38))
            else:
                y[:, :, r, q] = cell.sum((2, 3), dtype=F) / F(size)
    return [y]


def eltwise(layer, bottoms, _, __):
    o = Options(layer, "eltwise_param")
    if o.operation == "PROD":
        y = bottoms[0] * bottoms[1]
        for x in bottoms[2:]:
            y = y * x
        return [y]
    if o.operation == "MAX":
        y = np.where(bottoms[0] > bottoms[1], bottoms[0], bottoms[1])
        for x in bottoms[2:]:
            y = np.where(y > x, y, x)
        return [y]
    y = np.zeros_like(bottoms[0])
    for x, coeff in zip(bottoms, o.coeff or [1.0] * len(bottoms), strict=True):
        y = y + F(coeff) * x
    return [y]


def concat(_, bottoms, __, ___):
    return [np.concatenate(bottoms, 1)]


def slice_(layer, bottoms, _, __):
    return np.split(bottoms[0], len(layer.tops), 1)


def flatten(_, bottoms, __, ___):
    return [bottoms[0].reshape(bottoms[0].shape[0], -1)]


def tile(layer, bottoms, _, __):
    return [np.repeat(bottoms[0], Options(layer, "tile_param").tiles, 1)]


def reduction(layer, bottoms, _, __):
    o = Options(layer, "reduction_param")
    x = bottoms[0]
    x = x.reshape(*x.shape[: o.axis], -1)
    if o.operation == "MEAN":
        return [x.sum(-1, dtype=F) * (o.coeff / F(x.shape[-1]))]
    x = {"SUM": x, "ASUM": np.abs(x), "SUMSQ": x * x}[o.operation]
    return [x.sum(-1, dtype=F) * o.coeff]


def argmax(layer, bottoms, _, __):
    x = bottoms[0].reshape(bottoms[0].shape[0], -1)
    axes = max(bottoms[0].ndim, 3)
    return [np.nan_to_num(x).argmax(1).astype(F).reshape(-1, *[1] * (axes - 1))]


def euclidean(_, bottoms, __, ___):
    d = (bottoms[0] - bottoms[1]).reshape(-1)
    return [np.asarray(d @ d / F(bottoms[0].shape[0]) / F(2), F)]


def softmax_loss(layer, bottoms, _, random):
    shares = softmax(layer, bottoms, None, random)[0]
    labels = bottoms[1].astype(int).reshape(-1) % shares.shape[1]
    picked = shares.reshape(shares.shape[0], shares.shape[1], -1).transpose(0, 2, 1)
    picked = picked.reshape(-1, shares.shape[1])
    chosen = np.resize(labels, picked.shape[0])
    each = -np.log(np.fmax(picked[np.arange(len(chosen)), chosen], F(1.17549435e-38)))
    each = np.where(np.isnan(picked).any(1), F(np.nan), each)
    divisor = {"NONE": 1, "BATCH_SIZE": shares.shape[0]}
    o = Options(layer, "loss_param")
    return [np.asarray(each.sum(dtype=F) / F(divisor.get(o.normalization, len(each))), F)]


def sigmoid_loss(layer, bottoms, _, __):
    x, t = bottoms[0], bottoms[1].reshape(bottoms[0].shape)
    positive = (x >= 0).astype(F)
    each = x * (t - positive) - np.log(F(1) + np.exp(x - F(2) * x * positive))
    return [np.asarray(-each.sum(dtype=F) / F(x.shape[0]), F)]


def hinge(layer, bottoms, _, __):
    x = bottoms[0].reshape(bottoms[0].shape[0], -1)
    sign = np.ones_like(x)
    sign[np.arange(len(x)), bottoms[1].astype(int).reshape(-1) % x.shape[1]] = -1
    margins = np.maximum(F(0), F(1) + sign * x)
    if Options(layer, "hinge_loss_param").norm == "L2":
        margins = margins * margins
    return [np.asarray(margins.sum(dtype=F) / F(len(x)), F)]


def recurrent(layer, bottoms, weights, _):
    """Return the outputs of an LSTM or a RNN over [T, N, K], the sequences cut nowhere."""
    x, cont = bottoms
    size = layer.read("recurrent_param").read("num_output")
    h = np.zeros((x.shape[1], size), F)
    c, outs = h, []
    for t in range(x.shape[0]):
        going = cont[t][:, None]
        if layer.type == "RNN":
            h = np.tanh(x[t] @ weights[0].T + weights[1] + (going * h) @ weights[2].T)
            outs.append(np.tanh(h @ weights[3].T + weights[4]))
            continue
        gates = x[t] @ weights[0].T + weights[1] + (going * h) @ weights[2].T
        i, f, o = (_half_tanh(part) for part in np.split(gates, 4, 1)[:3])
        c = going * (f * c) + i * np.tanh(np.split(gates, 4, 1)[3])
        h = o * np.tanh(c)
        outs.append(h)
    return [np.array(outs, F)]


LAYERS = {
    "AbsVal": abs_val,
    "ArgMax": argmax,
    "BNLL": bnll,
    "BatchNorm": batch_norm,
    "Bias": bias,
    "Clip": clip,
    "Concat": concat,
    "Convolution": convolution,
    "Deconvolution": deconvolution,
    "Dropout": dropout,
    "ELU": elu,
    "Eltwise": eltwise,
    "Embed": embed,
    "EuclideanLoss": euclidean,
    "Exp": exponential,
    "Flatten": flatten,
    "HingeLoss": hinge,
    "InnerProduct": inner_product,
    "LRN": lrn,
    "LSTM": recurrent,
    "Log": logarithm,
    "MVN": mvn,
    "PReLU": prelu,
    "Pooling": pooling,
    "Power": power,
    "RNN": recurrent,
    "ReLU": relu,
    "Reduction": reduction,
    "Scale": scale,
    "Sigmoid": sigmoid,
    "SigmoidCrossEntropyLoss": sigmoid_loss,
    "Slice": slice_,
    "Softmax": softmax,
    "SoftmaxWithLoss": softmax_loss,
    "Swish": swish,
    "TanH": tanh,
    "Threshold": threshold,
    "Tile": tile,
}

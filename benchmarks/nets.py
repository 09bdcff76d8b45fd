"""Nets to measure with, in the manner of residual networks and of small classifiers.

The same arguments give the same text always. The nets train and test, so that both phases are
checked. Nothing in them is wrong; all shapes are known but for the channels of the images.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LINES = {"small": 6_800, "large": 100_000}
"""Lines of the two sizes that goals are set for; the small one is about ResNet-152."""

_SOURCE = """
layer {{
  name: "data"
  type: "Data"
  top: "data"
  top: "label"
  include {{
    phase: {phase}
  }}
  transform_param {{
    crop_size: 224
    mirror: {mirror}
  }}
  data_param {{
    source: "{phase}_lmdb"
    backend: LMDB
    batch_size: {batch}
  }}
}}
"""

_HEAD = _SOURCE.format(phase="TRAIN", mirror="true", batch=32)
_HEAD += _SOURCE.format(phase="TEST", mirror="false", batch=8)

_CONVOLUTION = """
layer {{
  bottom: "{bottom}"
  top: "{name}"
  name: "{name}"
  type: "Convolution"
  convolution_param {{
    num_output: {outputs}
    kernel_size: {kernel}
    pad: {pad}
    stride: {stride}
    weight_filler {{ type: "msra" }}
    bias_term: false
  }}
}}

layer {{
  bottom: "{name}"
  top: "{name}"
  name: "bn_{name}"
  type: "BatchNorm"
  batch_norm_param {{
    moving_average_fraction: 0.95
  }}
}}

layer {{
  bottom: "{name}"
  top: "{name}"
  name: "scale_{name}"
  type: "Scale"
  scale_param {{
    bias_term: true
  }}
}}
"""

_RELU = """
layer {{
  bottom: "{blob}"
  top: "{blob}"
  name: "{blob}_relu"
  type: "ReLU"
}}
"""

_SUM = """
layer {{
  bottom: "{shortcut}"
  bottom: "{branch}"
  top: "{name}"
  name: "{name}"
  type: "Eltwise"
}}
"""

_POOL = """
layer {{
  bottom: "{bottom}"
  top: "{top}"
  name: "{top}"
  type: "Pooling"
  pooling_param {{
    kernel_size: {kernel}
    stride: {stride}
    pool: {method}
  }}
}}
"""

_TAIL = """
layer {{
  bottom: "{bottom}"
  top: "fc"
  name: "fc"
  type: "InnerProduct"
  inner_product_param {{
    num_output: 1000
  }}
}}

layer {{
  bottom: "fc"
  bottom: "label"
  top: "loss"
  name: "loss"
  type: "SoftmaxWithLoss"
}}

layer {{
  bottom: "fc"
  bottom: "label"
  top: "accuracy"
  name: "accuracy"
  type: "Accuracy"
  include {{
    phase: TEST
  }}
}}
"""

_SOLVER = """\
net: "{net}"
type: "SGD"
base_lr: 0.01
momentum: 0.9
weight_decay: 0.0005
lr_policy: "step"
gamma: 0.1
stepsize: {stepsize}
max_iter: {max_iter}
display: 20
snapshot: 1000
snapshot_prefix: "snapshots/model"
"""

_STAGES = ((64, 0.06), (128, 0.22), (256, 0.94), (512, 1.0))
"""Width of the bottleneck, and up to which part of the net; as in ResNet-152."""


def residual(lines: int) -> str:
    """Return a residual net of about ``lines`` lines, at least one unit in each stage."""
    pieces = [_HEAD, _convolution("data", "conv1", 64, 7, 2), _RELU.format(blob="conv1")]
    pieces.append(_POOL.format(bottom="conv1", top="pool1", kernel=3, stride=2, method="MAX"))
    written = sum(piece.count("\n") for piece in (*pieces, _POOL, _TAIL))
    blob, unit = "pool1", 0
    for stage, (width, part) in enumerate(_STAGES, 2):
        first = True
        while first or written + 64 < part * lines:  # a unit is 128 lines
            name = f"res{stage}_{unit}"
            stride = 2 if first and stage > 2 else 1
            piece = "".join(_bottleneck(blob, name, width, stride, project=first))
            pieces.append(piece)
            written += piece.count("\n")
            blob, unit, first = name, unit + 1, False
    pieces.append(_POOL.format(bottom=blob, top="pool5", kernel=7, stride=1, method="AVE"))
    return "".join((*pieces, _TAIL.format(bottom="pool5")))


def classifier(units: int) -> str:
    """Return a small net of ``units`` convolutions, each with its pooling."""
    pieces = [_HEAD]
    blob = "data"
    for unit in range(units):
        name, pool = f"conv{unit}", f"pool{unit}"
        pieces.append(_convolution(blob, name, 16 << min(unit, 4), 3, 1))
        pieces.append(_RELU.format(blob=name))
        pieces.append(_POOL.format(bottom=name, top=pool, kernel=2, stride=2, method="MAX"))
        blob = pool
    return "".join((*pieces, _TAIL.format(bottom=blob)))


def write_folder(folder: str, files: int) -> list[str]:
    """Write small nets into a folder, every fifth file a solver of the net before it.

    Returns the paths.
    """
    os.makedirs(folder, exist_ok=True)
    paths: list[str] = []
    for number in range(files):
        path = os.path.join(folder, f"{number:05}.prototxt")
        if number % 5 == 4:
            net = os.path.basename(paths[-1])
            text = _SOLVER.format(net=net, stepsize=100 + number, max_iter=1000 + 2 * number)
        else:
            text = classifier(1 + number % 4)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        paths.append(path)
    return paths


def _convolution(bottom: str, name: str, outputs: int, kernel: int, stride: int) -> str:
    return _CONVOLUTION.format(
        bottom=bottom, name=name, outputs=outputs, kernel=kernel, pad=kernel // 2, stride=stride
    )


def _bottleneck(bottom: str, name: str, width: int, stride: int, *, project: bool) -> Iterator[str]:
    shortcut = bottom
    if project:
        shortcut = f"{name}_branch1"
        yield _convolution(bottom, shortcut, 4 * width, 1, stride)
    branch = bottom
    for part, kernel in (("a", 1), ("b", 3), ("c", 1)):
        conv = f"{name}_branch2{part}"
        outputs = 4 * width if part == "c" else width
        yield _convolution(branch, conv, outputs, kernel, stride if part == "a" else 1)
        if part != "c":
            yield _RELU.format(blob=conv)
        branch = conv
    yield _SUM.format(shortcut=shortcut, branch=branch, name=name)
    yield _RELU.format(blob=name)

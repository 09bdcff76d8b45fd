"""Losses that single forks add for sequences and for classes of very different frequency."""

from __future__ import annotations

from protolint.layers.loss import scalar
from protolint.layers.specification import LayerType


def _loss(name: str, *reads: str) -> LayerType:
    reads = (*reads, "loss_param", "softmax_param")
    return LayerType(name, (2, None), (1, None), scalar, reads, auto_top=True, loss=True)


TYPES = (_loss("CtcLoss", "ctc_loss_param"), _loss("FocalLoss", "focal_loss_param"))

"""Losses that single forks add for sequences and for classes of very different frequency."""

from __future__ import annotations

from protolint.layers.specification import Built, LayerType, Setup


def loss(setup: Setup) -> Built:
    """``[]``; further tops are not described."""
    return Built(((), *(None,) * setup.tops)[: setup.tops])


def _loss(name: str, *reads: str) -> LayerType:
    reads = (*reads, "loss_param", "softmax_param")
    return LayerType(name, (2, None), (1, None), loss, reads, auto_top=True, loss=True)


TYPES = (_loss("CtcLoss", "ctc_loss_param"), _loss("FocalLoss", "focal_loss_param"))

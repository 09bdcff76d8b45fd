"""How large the activations of a net are at iteration 0, predicted from its fillers.

Variance propagation: a blob is described by a few moments, and each layer type is a function of the
moments of its bottoms (Glorot and Bengio 2010; He et al. 2015; Poole et al. 2016 for the split into
mean and signal). What the text does not fix, such as weights that come from a file, is ``Unknown``.

``moments`` has the moments and what pointwise functions make of them, ``fillers`` those of the
weights, ``transfer`` the layer types, ``walk`` goes through a net, and ``findings`` judges it.
"""

from __future__ import annotations

from protolint.analysis.graph import graph, merge
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.model.net import Net
    from protolint.model.state import NetState
    from protolint.problem import Problem

WEIGHTS = ("Convolution", "Deconvolution", "InnerProduct")
"""Types that multiply the scale by what their weight_filler says."""

PIXEL_MEAN, PIXEL_DEVIATION = 115.0, 60.0
"""Of the pixels of photographs, in 0..255: ImageNet's channels have means of 104 to 124 and
deviations of 57 to 59."""

_FEWEST = 3
"""Layers with weights that it takes; with fewer a rate that fits the scale can be found."""


def scale_problems(net: Net, states: list[NetState]) -> list[Problem]:
    """Return where the predicted scale leaves the band on the way to a loss, in training."""
    return merge((state, list(_problems(net, state))) for state in states if state.phase == "TRAIN")


def _problems(net: Net, state: NetState) -> Iterator[Problem]:
    if _has_plain_chain(net, state):
        from protolint.analysis.scale import findings  # noqa: PLC0415  (few nets need it)

        yield from findings.problems(net, state)


def _has_plain_chain(net: Net, state: NetState) -> bool:
    """Return, cheaply, whether there are enough layers with weights and without normalisation."""
    types = graph(net, state).types
    weights = sum(len(types.get(type_, ())) for type_ in WEIGHTS)
    return weights - len(types.get("BatchNorm", ())) >= _FEWEST

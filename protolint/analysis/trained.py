"""What a solver's nets are made of, as the facts that rules about solvers ask for."""

from __future__ import annotations

from protolint.analysis.shapes import shapes
from protolint.layers.fields import flag, section, word
from protolint.schema.message import Message
from protolint.typing import TYPE_CHECKING
from protolint.values import Unknown, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from protolint.model.layer import Layer
    from protolint.model.net import Net
    from protolint.model.solver import NetUse, Solver


def layers_that(test: Callable[[Layer], bool]) -> Callable[[Solver], list[str] | Unknown]:
    """Return the fact that is the names of the training net's layers that pass a test."""

    def fact(solver: Solver) -> list[str] | Unknown:
        for use, net in _read(solver, "TRAIN"):
            layers = net.for_state(use.net_state(net.state))
            return [layer.name for layer in layers if test(layer)]
        return unknown("the training net was not read")

    return fact


def normalises_by_batch(layer: Layer) -> bool:
    """Return whether the layer is a BatchNorm that trains on the statistics of each batch.

    BN is that of several forks, with two ways to freeze it.
    """
    if layer.type == "BN":
        bn = section(layer.message, "bn_param")
        return not flag(bn, "frozen") and word(bn, "bn_mode") != "INFERENCE"
    param = layer.message.values.get("batch_norm_param")
    fixed = isinstance(param, Message) and param.values.get("use_global_stats", False)
    return layer.type == "BatchNorm" and not fixed


def shuffles_hdf5(layer: Layer) -> bool:
    """Return whether the layer reads HDF5 files in an order of its own."""
    param = layer.message.values.get("hdf5_data_param")
    return layer.type == "HDF5Data" and isinstance(param, Message) and param.read("shuffle") is True


def is_recurrent(layer: Layer) -> bool:
    """Return whether the layer is unrolled over time, so that gradients multiply along it."""
    return layer.type in ("LSTM", "RNN")


def untrained_layers(solver: Solver) -> list[str] | Unknown:
    """Return the layers of test nets whose weights no layer of the training net has by name."""
    tests = _read(solver, "TEST")
    for use, net in _read(solver, "TRAIN"):
        trained = {layer.name for layer in net.for_state(use.net_state(net.state))}
        found = [name for test in tests for name in _with_weights(*test) if name not in trained]
        return list(dict.fromkeys(found))
    return unknown("the training net was not read")


def _read(solver: Solver, phase: str) -> list[tuple[NetUse, Net]]:
    """Return the nets of a phase that could be read in full."""
    return [
        (use, net)
        for use, net in solver.facts.get("nets", ())
        if use.phase == phase and net is not None and not net.message.lost
    ]


def _with_weights(use: NetUse, net: Net) -> list[str]:
    found = shapes(net, use.net_state(net.state))
    return [
        step.layer.name
        for step, built in zip(found.graph.order, found.built, strict=True)
        if built is not None and built.params
    ]

"""LSTM, RNN and LSTMUnit. T time steps, N streams, D = num_output."""

from __future__ import annotations

from protolint.layers.fields import flag, integer, section
from protolint.layers.parameters import fill
from protolint.layers.shapes import blob, differs, dim, known, not_empty, product, same, shape_text
from protolint.layers.specification import (
    Built,
    Counts,
    Dim,
    LayerType,
    Path,
    Setup,
    Shape,
    refuse,
    refuse_if,
)
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.schema.message import Message

_PARAM = "recurrent_param"


def lstm(setup: Setup) -> Built:
    """``[T, N, D]``; with ``expose_hidden`` also h and c at the end, ``[1, N, D]`` each.

    Weights ``[4D, K]``, bias ``[4D]``, for a static input ``[4D, S]``, then ``[4D, D]``.
    """
    return _recurrent(setup, "LSTM", states=2, gates=4)


def rnn(setup: Setup) -> Built:
    """``[T, N, D]``; with ``expose_hidden`` also h at the end, ``[1, N, D]``.

    Weights ``[D, K]``, bias ``[D]``, for a static input ``[D, S]``, then ``[D, D]``; for the
    output ``[D, D]`` and bias ``[D]``.
    """
    return _recurrent(setup, "RNN", states=1, gates=1)


def _recurrent(setup: Setup, kind: str, *, states: int, gates: int) -> Built:
    param = section(setup.layer, _PARAM)
    exposed = flag(param, "expose_hidden")
    x, cont = setup.bottoms[:2]
    _check_sequence(x, cont)
    steps, streams = dim(x, 0), dim(x, 1)
    hidden = None if exposed is None else states if exposed else 0
    has_static = None if hidden is None else len(setup.bottoms) > 2 + hidden
    static = setup.bottoms[2] if has_static else None
    if static is not None:
        at = ("bottom", 2)
        refuse_if(not static, "recurrent-static-axes", at, shape=shape_text(static))
        wrong = differs(static[0], streams)
        refuse_if(wrong, "recurrent-static-differs", at, static=static[0], streams=streams)
    d = integer(param, "num_output")
    few = known(lambda n: n <= 0, d)
    refuse_if(few, "recurrent-num-output-missing", (_PARAM, "num_output"), type=kind)
    if x is not None and len(x) < 3:
        refuse("recurrent-input-axes", ("bottom", 0), shape=shape_text(x))
    not_empty(x, "the input", ("bottom", 0))
    if static is not None and len(static) < 2:
        refuse("recurrent-static-axes", ("bottom", 2), shape=shape_text(static))
    not_empty(static, "the static input", ("bottom", 2))

    rows = known(lambda n: gates * n, d)
    k = None if x is None else product(x[2:])
    weights: list[Shape] = [(rows, k), (rows,)]
    weights += [(rows, None if static is None else product(static[1:]))] if has_static else []
    weights += [(rows, d)] if kind == "LSTM" else [(d, d), (d, d), (d,)]
    for weight in weights:
        field = "bias_filler" if len(weight or ()) == 1 else "weight_filler"
        at_filler: Path = (_PARAM, field)
        blob(weight, "a parameter blob", (_PARAM,))
        fill(section(param, field), weight, "a parameter blob", at_filler)
    blob((steps, streams, rows), "the gates of all time steps", (_PARAM,))
    top = (steps, streams, d)
    state = (1, streams, d)
    if exposed:
        for index in range(len(setup.bottoms) - states, len(setup.bottoms)):
            refuse_if(
                same(setup.bottoms[index], state) is False,
                "recurrent-state-differs",
                ("bottom", index),
                index=index,
                expected=shape_text(state),
                found=shape_text(setup.bottoms[index]),
            )
    tops = (top, *(state,) * (setup.tops - 1))
    if has_static is None:
        return Built(tops, None, None)
    macs = _macs(steps, streams, weights, static_index=2 if has_static else None)
    return Built(tops, tuple(weights), macs)


def _check_sequence(x: Shape, cont: Shape) -> None:
    if x is not None and len(x) < 2:
        refuse("recurrent-input-axes", ("bottom", 0), shape=shape_text(x))
    at = ("bottom", 1)
    if cont is not None and len(cont) != 2:
        refuse("recurrent-cont-axes", at, shape=shape_text(cont))
    if x is not None and cont is not None:
        wrong = same(x[:2], cont) is False
        refuse_if(wrong, "recurrent-cont-differs", at, cont=shape_text(cont), shape=shape_text(x))


def _macs(steps: Dim, streams: Dim, weights: list[Shape], static_index: int | None) -> Dim:
    """Return the multiply-adds: a matrix works per step and stream, the static one per stream."""
    total: Dim = 0
    for index, weight in enumerate(weights):
        if weight is None or len(weight) == 2:
            times = 1 if index == static_index else steps
            more = None if weight is None else product((times, streams, *weight))
            total = known(lambda a, b: a + b, total, more)
    return total


def lstm_unit(setup: Setup) -> Built:
    """``[1, N, D]`` twice, as bottom 0; the gates are ``[1, N, 4D]``, cont ``[1, N]``."""
    streams: Dim = None
    for index, (shape, axes) in enumerate(zip(setup.bottoms, (3, 3, 2), strict=True)):
        if shape is None:
            continue
        at = ("bottom", index)
        text = shape_text(shape)
        if len(shape) != axes:
            refuse("lstm-unit-axes", at, index=index, expected=axes, axes=len(shape), shape=text)
        refuse_if(differs(shape[0], 1), "lstm-unit-time", at, index=index, steps=shape[0])
        streams = shape[1] if index == 0 else streams
        wrong = differs(shape[1], streams)
        refuse_if(wrong, "lstm-unit-streams", at, index=index, found=shape[1], streams=streams)
    hidden, found = dim(setup.bottoms[0], 2), dim(setup.bottoms[1], 2)
    wrong = known(lambda d, g: g != 4 * d, hidden, found)
    refuse_if(wrong, "lstm-unit-gates", ("bottom", 1), found=found, hidden=hidden)
    return Built((setup.bottoms[0],) * 2)


def _counts(layer: Message, states: int) -> tuple[Counts, Counts]:
    exposed = flag(section(layer, _PARAM), "expose_hidden")
    if exposed is None:
        return (2, 3 + states), (1, 1 + states)
    more = states if exposed else 0
    return (2 + more, 3 + more), (1 + more, 1 + more)


TYPES = (
    LayerType(
        "LSTM",
        lambda layer: _counts(layer, 2)[0],
        lambda layer: _counts(layer, 2)[1],
        lstm,
        (_PARAM,),
    ),
    LayerType(
        "RNN",
        lambda layer: _counts(layer, 1)[0],
        lambda layer: _counts(layer, 1)[1],
        rnn,
        (_PARAM,),
    ),
    LayerType("LSTMUnit", (3, 3), (2, 2), lstm_unit),
)

"""What rules about nets can ask beyond the fields as written: a table for each kind of record.

A fact is computed in ``analysis`` or read off the model here in a line or two; it is computed when
a rule first asks, and once. To give rules something new to ask, add a line to a table.
"""

from __future__ import annotations

from protolint.analysis import gradient_facts, layer_facts, pooling
from protolint.engine.expression.types import BOOL, INT, STRING, List, Method
from protolint.engine.expression.types import Record as RecordType
from protolint.engine.records import Fact, Record
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from protolint.analysis.layer_facts import InState
    from protolint.model.net import Net


RECORDS = {
    "Net": RecordType("Net", "NetParameter"),
    "Layer": RecordType("Layer", "LayerParameter"),
    "Pool": RecordType("Pool"),
    "Conv": RecordType("Conv"),
}

_NET: dict[str, Fact] = {
    # Whose Caffe the net is for: the names of dialects, the best known first.
    "dialects": Fact(List(STRING), lambda net: list(net.message.schema.dialects)),
    "has_layer": Fact(
        Method((STRING,), BOOL), lambda net, kind: any(layer.type == kind for layer in net.layers)
    ),
    "has_recurrent": Fact(BOOL, layer_facts.has_recurrent),
    # Whether there is a loss where the net is built for training.
    "is_trained": Fact(BOOL, layer_facts.is_trained),
}

# Facts of a layer are asked of the layer as part of a net in a state (``InState``).

_POOL: dict[str, Fact] = {
    "kernel_h": Fact(INT, pooling.option("kernel", 0)),
    "kernel_w": Fact(INT, pooling.option("kernel", 1)),
    "stride_h": Fact(INT, pooling.option("stride", 0)),
    "stride_w": Fact(INT, pooling.option("stride", 1)),
    "pad_h": Fact(INT, pooling.option("pad", 0)),
    "pad_w": Fact(INT, pooling.option("pad", 1)),
    # Whether some window reads no input, and whether an average over one is 0/0.
    "has_empty_window": Fact(BOOL, pooling.has_empty_window, phased=True),
    "has_nan_window": Fact(BOOL, pooling.has_nan_window, phased=True),
    # Which output cells that are, in words, and where the first such window starts.
    "empty_cells": Fact(STRING, pooling.empty_cells, phased=True),
    "empty_start": Fact(INT, pooling.empty_start, phased=True),
    "bottom_text": Fact(STRING, pooling.bottom_text, phased=True),
}

_CONV: dict[str, Fact] = {
    f"{name}_{side}": Fact(INT, layer_facts.conv_option(name, axis))
    for name in ("kernel", "stride", "pad", "dilation")
    for axis, side in enumerate("hw")
}


def _of_ranges(name: str) -> Callable[..., Any]:
    """Return a fact of the value ranges, which are imported by the few nets that ask for one."""

    def fact(place: InState, *arguments: str) -> Any:
        from protolint.analysis import range_facts  # noqa: PLC0415  (slow to import)

        return getattr(range_facts, name)(place, *arguments)

    return fact


_LAYER: dict[str, Fact] = {
    # Kernel, stride and windows of a Pooling layer.
    "pool": Fact(RECORDS["Pool"], lambda place: Record(_POOL, place)),
    # Whether the layer is built for training, be the file meant for it or not.
    "trains": Fact(BOOL, layer_facts.trains, written=True),
    # How many bottoms and tops are written.
    "bottom_count": Fact(INT, lambda place: len(place.layer.bottoms), written=True),
    "top_count": Fact(INT, lambda place: len(place.layer.tops), written=True),
    # The type of the layer that makes each bottom, Split, Reshape and the like looked through.
    "bottom_types": Fact(List(STRING), layer_facts.bottom_types, phased=True),
    # The parameter messages that are written and that the layer's type does not read.
    "foreign_params": Fact(List(STRING), layer_facts.foreign_params, written=True),
    # The transformations that are written in data_param, where only an old format has them.
    "old_transform": Fact(List(STRING), layer_facts.old_transform, written=True),
    # The fields that are written as inf or nan.
    "nonfinite": Fact(List(STRING), layer_facts.nonfinite, written=True),
    # Which of transform_param and loss_param are written and not read by the layer's type.
    "ignored": Fact(List(STRING), layer_facts.ignored, written=True),
    # Whether the net computes a loss in training, and the layer is part of it there.
    "in_training": Fact(BOOL, layer_facts.in_training, written=True),
    # The window of a convolution over height and width.
    "conv": Fact(
        RECORDS["Conv"],
        lambda place: Record(_CONV, layer_facts.conv_window(place)),
        written=True,
    ),
    # The types of weight_filler and bias_filler, "" where not written, and the message they are in.
    "filler_param": Fact(STRING, layer_facts.filler_param, written=True),
    "weight_filler": Fact(STRING, layer_facts.filler_type("weight_filler"), written=True),
    "bias_filler": Fact(STRING, layer_facts.filler_type("bias_filler"), written=True),
    # The phase that the net is built for.
    "built_for": Fact(STRING, layer_facts.built_for, phased=True, shaped=True),
    # The sizes of bottoms and tops; how many values a bottom has a sample (from axis 1 on), and at
    # how many positions (from axis 2 on).
    "bottom_shapes": Fact(List(List(INT)), layer_facts.bottom_shapes, phased=True, shaped=True),
    "top_shapes": Fact(List(List(INT)), layer_facts.top_shapes, phased=True, shaped=True),
    "values": Fact(List(INT), layer_facts.values_from(1), phased=True, shaped=True),
    "positions": Fact(List(INT), layer_facts.values_from(2), phased=True, shaped=True),
    # Whether a 2-D kernel is larger than its padded input, and Caffe builds the layer all the same.
    "exceeds_input": Fact(BOOL, layer_facts.exceeds_input, phased=True, shaped=True),
    # The types of the layers that read the first top.
    "reader_types": Fact(List(STRING), layer_facts.reader_types, phased=True),
    # Whether a BatchNorm has a scale and shift of its own, or may have, as in some forks.
    "scales_itself": Fact(BOOL, layer_facts.scales_itself, written=True),
    # Whether a fork's BN has an eps of 0 or less.
    "without_eps": Fact(BOOL, layer_facts.without_eps, written=True),
    # The labels that losses on the same label blob ignore.
    "labels_ignored": Fact(List(INT), layer_facts.labels_ignored, phased=True),
    # An operation of the layer that is not finite on some numbers, by its kinds ("log", "exp"):
    # whether that is proved ("always", "at iteration 0" or ""), or a risk for ordinary numbers;
    # what the operation is done on, and by which layers that comes; whether its scale is learned.
    "proved": Fact(Method((STRING,), STRING), _of_ranges("proved"), phased=True),
    "risk": Fact(Method((STRING,), BOOL), _of_ranges("risk"), phased=True),
    "argument": Fact(Method((STRING,), STRING), _of_ranges("argument"), phased=True),
    "story": Fact(Method((STRING,), STRING), _of_ranges("story"), phased=True),
    "of_scores": Fact(Method((STRING,), BOOL), _of_ranges("of_scores"), phased=True),
    # Whether the first bottom lies between 0 and 1, and whether that is known; its range, and by
    # which layers that comes.
    "shares": Fact(BOOL, _of_ranges("shares"), phased=True),
    "squashed": Fact(BOOL, _of_ranges("squashed"), phased=True),
    "bottom_range": Fact(STRING, _of_ranges("bottom_range"), phased=True),
    "bottom_story": Fact(STRING, _of_ranges("bottom_story"), phased=True),
    # Whether an InfogainLoss is of a Caffe where it has no softmax of its own.
    "takes_probabilities": Fact(BOOL, _of_ranges("takes_probabilities"), phased=True),
    # Whether the first top is added up and the sum divided by, or its logarithm taken.
    "sums_to_divide": Fact(BOOL, _of_ranges("sums_to_divide"), phased=True),
    # What becomes of a layer in place: "ok", "forward" (the gradient is wrong), "bad" (the values
    # are wrong too), "abort", or "" where it is not in place.
    "in_place": Fact(STRING, gradient_facts.in_place_result, written=True),
}

FACTS: dict[str, dict[str, Fact]] = {
    "Net": _NET,
    "Layer": _LAYER,
    "Pool": _POOL,
    "Conv": _CONV,
}


def net_record(net: Net) -> Record:
    """Return a net as rules see it."""
    return Record(_NET, net, net.message)


def layer_record(place: InState) -> Record:
    """Return a layer, built for a state, as rules see it."""
    return Record(_LAYER, place, place.layer.message)

"""What rules about nets can ask beyond the fields as written: a table for each kind of record.

A fact is computed in ``analysis`` or read off the model here in a line or two; it is computed when
a rule first asks, and once. To give rules something new to ask, add a line to a table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from protolint.analysis import layer_facts, pooling
from protolint.engine.expression.types import BOOL, INT, STRING, List, Method
from protolint.engine.expression.types import Record as RecordType
from protolint.engine.records import Fact, Record

if TYPE_CHECKING:
    from protolint.analysis.layer_facts import InState
    from protolint.model.net import Net


RECORDS = {
    "Net": RecordType("Net", "NetParameter"),
    "Layer": RecordType("Layer", "LayerParameter"),
    "Pool": RecordType("Pool"),
}

_NET: dict[str, Fact] = {
    "has_layer": Fact(
        Method((STRING,), BOOL), lambda net, kind: any(layer.type == kind for layer in net.layers)
    ),
}

# Facts of a layer are asked of the layer as part of a net in a state (``InState``).

_POOL: dict[str, Fact] = {
    "kernel_h": Fact(INT, pooling.option("kernel", 0)),
    "kernel_w": Fact(INT, pooling.option("kernel", 1)),
    "stride_h": Fact(INT, pooling.option("stride", 0)),
    "stride_w": Fact(INT, pooling.option("stride", 1)),
    # Whether some window reads no input, and whether an average over one is 0/0.
    "has_empty_window": Fact(BOOL, pooling.has_empty_window, phased=True),
    "has_nan_window": Fact(BOOL, pooling.has_nan_window, phased=True),
    # Which output cells that are, in words, and where the first such window starts.
    "empty_cells": Fact(STRING, pooling.empty_cells, phased=True),
    "empty_start": Fact(INT, pooling.empty_start, phased=True),
    "bottom_text": Fact(STRING, pooling.bottom_text, phased=True),
}

_LAYER: dict[str, Fact] = {
    # Kernel, stride and windows of a Pooling layer.
    "pool": Fact(RECORDS["Pool"], lambda place: Record(_POOL, place)),
    # Whether the layer is built for training, be the file meant for it or not.
    "trains": Fact(BOOL, layer_facts.trains, written=True),
    # The type of the layer that makes each bottom, Split, Reshape and the like looked through.
    "bottom_types": Fact(List(STRING), layer_facts.bottom_types, phased=True),
    # The parameter messages that are written and that the layer's type does not read.
    "foreign_params": Fact(List(STRING), layer_facts.foreign_params, written=True),
    # The transformations that are written in data_param, where only an old format has them.
    "old_transform": Fact(List(STRING), layer_facts.old_transform, written=True),
}

FACTS: dict[str, dict[str, Fact]] = {
    "Net": _NET,
    "Layer": _LAYER,
    "Pool": _POOL,
}


def net_record(net: Net) -> Record:
    """Return a net as rules see it."""
    return Record(_NET, net, net.message)


def layer_record(place: InState) -> Record:
    """Return a layer, built for a state, as rules see it."""
    return Record(_LAYER, place, place.layer.message)

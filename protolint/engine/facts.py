"""What rules can ask beyond the fields as written: a table of facts for each kind of record.

A fact is computed in ``analysis`` or read off the model here in a line or two; it is computed when
a rule first asks, and once. To give rules something new to ask, add a line to a table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from protolint.analysis import layer_facts, optimizer, pairing, pooling
from protolint.analysis import learning_rate as rate
from protolint.engine.expression.types import BOOL, DOUBLE, INT, STRING, List, Method
from protolint.engine.expression.types import Record as RecordType
from protolint.engine.records import Fact, Record
from protolint.values import unknown

if TYPE_CHECKING:
    from protolint.analysis.layer_facts import InState
    from protolint.model.net import Net
    from protolint.model.solver import Solver


RECORDS = {
    "Solver": RecordType("Solver", "SolverParameter"),
    "Lr": RecordType("Lr"),
    "Net": RecordType("Net", "NetParameter"),
    "Layer": RecordType("Layer", "LayerParameter"),
    "Pool": RecordType("Pool"),
}

_SOLVER: dict[str, Fact] = {
    # How many of net, net_param, train_net and train_net_param are given.
    "train_nets": Fact(INT, optimizer.train_nets),
    # How many test nets are named: test_net and test_net_param, not net or net_param.
    "test_nets": Fact(INT, rate.count("test_net", "test_net_param")),
    # How many test nets Caffe builds: one a test_iter.
    "test_instances": Fact(INT, rate.count("test_iter")),
    # The solver's type, the old solver_type included.
    "optimizer": Fact(STRING, lambda solver: solver.read("type")),
    # What the first gradients are multiplied by in the long run, and how much of that is usual.
    "step_scale": Fact(DOUBLE, optimizer.step_scale),
    "usual_step": Fact(DOUBLE, optimizer.usual_step),
    # The names of the training net's layers, and those that several of them have ("" for none).
    "layer_names": Fact(List(STRING), pairing.layer_names),
    "repeated_names": Fact(List(STRING), pairing.repeated_names),
    # The fields that are written as inf or nan.
    "nonfinite_fields": Fact(List(STRING), optimizer.nonfinite_fields),
    # The fields of other solver types that are written and that this one does not read.
    "unread": Fact(List(STRING), optimizer.unread),
}

_LR: dict[str, Fact] = {
    # Whether every rate of iterations 0..max_iter is finite.
    "finite": Fact(BOOL, rate.finite),
    "max": Fact(DOUBLE, rate.of("max")),
    "min": Fact(DOUBLE, rate.of("min")),
    "final": Fact(DOUBLE, rate.of("final")),
    # Iterations; -1 where there is none.
    "max_at": Fact(INT, rate.first("max_at")),
    "first_nonfinite": Fact(INT, rate.first("first_nonfinite")),
    "first_zero": Fact(INT, rate.first("first_zero")),
    "first_denormal": Fact(INT, rate.first("first_denormal")),
    "first_negative": Fact(INT, rate.first("first_negative")),
    # The number of drops of step, multistep and multifixed.
    "drops": Fact(INT, rate.of("drops")),
    # The fraction of iterations whose rate is below x times the first.
    "share_below": Fact(Method((DOUBLE,), DOUBLE), rate.share_below),
    # The first such iteration, -1 if there is none; known of schedules that never rise.
    "first_below": Fact(Method((DOUBLE,), INT), rate.first_below),
    "percent_below": Fact(Method((DOUBLE,), INT), rate.percent_below),
    # The rate at an iteration, as single precision has it.
    "at": Fact(Method((INT,), DOUBLE), rate.at),
    # Whether each stepvalue is larger than the one before it.
    "stepvalue_rises": Fact(BOOL, rate.stepvalue_rises),
    # Whether Caffe ends at an update because of the schedule, and which field is to blame.
    "aborts": Fact(BOOL, rate.aborts),
    "known": Fact(BOOL, rate.known),
    "dialects": Fact(List(STRING), rate.dialects),
    # The schedule's fields that are written and that the policy does not read.
    "ignored": Fact(List(STRING), rate.ignored),
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
    "trains": Fact(BOOL, layer_facts.trains),
    # The type of the layer that makes each bottom, Split, Reshape and the like looked through.
    "bottom_types": Fact(List(STRING), layer_facts.bottom_types, phased=True),
    # The parameter messages that are written and that the layer's type does not read.
    "foreign_params": Fact(List(STRING), layer_facts.foreign_params),
    # The transformations that are written in data_param, where only an old format has them.
    "old_transform": Fact(List(STRING), layer_facts.old_transform),
}

FACTS: dict[str, dict[str, Fact]] = {
    "Solver": _SOLVER,
    "Lr": _LR,
    "Net": _NET,
    "Layer": _LAYER,
    "Pool": _POOL,
}


def solver_record(solver: Solver) -> Record:
    """Return a solver as rules see it."""
    return Record(_SOLVER, solver, solver.message)


def lr_record(solver: Solver) -> Record:
    """Return a solver's learning-rate schedule as rules see it."""
    return Record(_LR, rate.Schedule(solver))


def no_lr_record() -> Record:
    """Return the schedule of a net that is checked without a solver: nothing is known of it."""
    reason = unknown("no solver is given")
    facts = {name: fact._replace(compute=lambda *_: reason) for name, fact in _LR.items()}
    return Record(facts, None)


def net_record(net: Net) -> Record:
    """Return a net as rules see it."""
    return Record(_NET, net, net.message)


def layer_record(place: InState) -> Record:
    """Return a layer, built for a state, as rules see it."""
    return Record(_LAYER, place, place.layer.message)

"""What rules about solvers can ask beyond the fields as written, as ``facts`` has it for nets.

Apart from these because most nets are checked without a solver, and schedules are slow to import.
"""

from __future__ import annotations

from protolint.analysis import first_step, optimizer, pairing, trained
from protolint.analysis import learning_rate as rate
from protolint.engine.expression.types import BOOL, DOUBLE, INT, STRING, List, Method
from protolint.engine.expression.types import Record as RecordType
from protolint.engine.records import Fact, Record
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.model.solver import Solver

RECORDS = {
    "Solver": RecordType("Solver", "SolverParameter"),
    "Lr": RecordType("Lr"),
}

_SOLVER: dict[str, Fact] = {
    # Whose Caffe the solver is for: the names of dialects, the best known first.
    "dialects": Fact(List(STRING), lambda solver: list(solver.message.schema.dialects)),
    # How many of net, net_param, train_net and train_net_param are given.
    "train_nets": Fact(INT, optimizer.train_nets),
    # How many test nets are named: test_net and test_net_param, not net or net_param.
    "test_nets": Fact(INT, rate.count("test_net", "test_net_param")),
    # How many test nets Caffe builds: one a test_iter.
    "test_instances": Fact(INT, rate.count("test_iter")),
    # The solver's type, the old solver_type included.
    "optimizer": Fact(STRING, lambda solver: solver.read("type")),
    # What the first updates multiply a gradient by, in the layer where that is largest for its
    # kind; the most that is left alone; and in words the least that it is, its factors, what is
    # usual, the layer, and how sure it is that this is too much.
    "step_size": Fact(DOUBLE, first_step.size),
    "step_limit": Fact(DOUBLE, first_step.limit),
    "step_least": Fact(STRING, first_step.least),
    "step_factors": Fact(STRING, first_step.factors),
    "step_usual": Fact(STRING, first_step.usual),
    "step_place": Fact(STRING, first_step.place),
    "step_sure": Fact(STRING, first_step.sure),
    # The names of the training net's layers, and those that several of them have ("" for none).
    "layer_names": Fact(List(STRING), pairing.layer_names),
    "repeated_names": Fact(List(STRING), pairing.repeated_names),
    # Of the training net's layers the names of those that are recurrent, that normalise by the
    # statistics of the batch, and that shuffle HDF5 files.
    "recurrent_layers": Fact(List(STRING), trained.layers_that(trained.is_recurrent)),
    "batch_norms": Fact(List(STRING), trained.layers_that(trained.normalises_by_batch)),
    "hdf5_shuffles": Fact(List(STRING), trained.layers_that(trained.shuffles_hdf5)),
    # Whether NVIDIA's field is given that saves the weights after each of the last epochs.
    "saves_last_epochs": Fact(BOOL, optimizer.saves_last_epochs),
    # The layers of test nets with weights that no layer of the training net gives them.
    "untrained_layers": Fact(List(STRING), trained.untrained_layers),
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

FACTS: dict[str, dict[str, Fact]] = {"Solver": _SOLVER, "Lr": _LR}


def solver_record(solver: Solver) -> Record:
    """Return a solver as rules see it."""
    return Record(_SOLVER, solver, solver.message)


def lr_record(solver: Solver) -> Record:
    """Return a solver's learning-rate schedule as rules see it."""
    return Record(_LR, rate.Schedule(solver))

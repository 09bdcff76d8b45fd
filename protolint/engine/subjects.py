"""What a rule can be about, and what its expressions may name there."""

from __future__ import annotations

from functools import cache

from protolint.engine import facts, solver_facts
from protolint.engine.expression.types import Environment, Message, Type
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.schema.types import Schema

FACTS = {**solver_facts.FACTS, **facts.FACTS}
RECORDS = {**solver_facts.RECORDS, **facts.RECORDS}

SUBJECTS: dict[str, dict[str, Type]] = {
    "solver": {"solver": RECORDS["Solver"], "lr": RECORDS["Lr"]},
    "net": {"net": RECORDS["Net"], "lr": RECORDS["Lr"]},
    "layer": {"layer": RECORDS["Layer"], "net": RECORDS["Net"], "lr": RECORDS["Lr"]},
    "filler": {
        "filler": Message("FillerParameter"),
        "layer": RECORDS["Layer"],
        "net": RECORDS["Net"],
        "lr": RECORDS["Lr"],
    },
    "param": {
        "param": Message("ParamSpec"),
        "layer": RECORDS["Layer"],
        "net": RECORDS["Net"],
        "lr": RECORDS["Lr"],
    },
}
"""The variables of each subject. A rule is evaluated once for each solver, net, layer, filler of a
layer (``weight_filler``, ``bias_filler``, …) or ``param`` block of a layer. In a net ``lr`` is the
schedule of the solver that names it, and unknown where it is checked alone."""


def environment(subject: str, schema: Schema) -> Environment:
    """Return what an expression about the subject is checked in."""
    members = {
        record: {name: fact.type for name, fact in table.items()} for record, table in FACTS.items()
    }
    return Environment(SUBJECTS[subject], schema, members)


@cache
def _phased_names() -> frozenset[str]:
    return frozenset(
        name for table in FACTS.values() for name, fact in table.items() if fact.phased
    )


def is_phased(path: tuple[str, ...]) -> bool:
    """Return whether a path reads a fact that depends on the phase the net is built for."""
    return any(name in _phased_names() for name in path[1:])

"""Nets and solvers from texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from protolint.model.net import Net
from protolint.model.solver import Solver
from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.syntax.parser import parse

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def net_of() -> Callable[[str], Net]:
    binder = Binder(load_bvlc())

    def make(text: str) -> Net:
        return Net(binder.bind(parse(text), "NetParameter", []))

    return make


@pytest.fixture(scope="session")
def solver_of() -> Callable[[str], Solver]:
    binder = Binder(load_bvlc())

    def make(text: str) -> Solver:
        return Solver(binder.bind(parse(text), "SolverParameter", []))

    return make

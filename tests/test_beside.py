"""``--solvers``: the solvers that lie beside nets and name them."""

from __future__ import annotations

import os

import pytest
from command import SOUND_NET, SOUND_SOLVER, protolint, write

from protolint import files
from protolint.beside import solvers

OTHER = SOUND_SOLVER.replace('"net.prototxt"', '"other.prototxt"')


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, net=SOUND_NET, solver=SOUND_SOLVER, other_solver=OTHER)
    return tmp_path


def test_only_what_names_a_net_is_found(folder):
    write(folder, broken='net: "net.prototxt\nlayer {', note='# "net.prototxt"', deploy=SOUND_NET)
    os.mkdir("folder.prototxt")
    assert solvers(["net.prototxt"], files.read) == ["solver.prototxt"]
    assert solvers(["net.prototxt", "solver.prototxt"], files.read) == []
    assert solvers(["other_solver.prototxt"], files.read) == []
    assert solvers(["none/net.prototxt"], files.read) == []


def test_a_path_is_resolved_as_it_is_for_the_solver(folder):
    os.mkdir("models")
    named = SOUND_SOLVER.replace('"net.prototxt"', '"models/net.prototxt"')
    write(folder / "models", net=SOUND_NET, train=named, test=SOUND_SOLVER)
    found = solvers([os.path.join("models", "net.prototxt")], files.read)
    assert found == [os.path.join("models", "train.prototxt")]
    assert solvers(["net.prototxt"], files.read) == ["solver.prototxt"]


def test_the_solver_of_a_net_is_checked_and_not_fixed(folder):
    (folder / "solver.prototxt").write_text(SOUND_SOLVER + "momentm: 0.9\n")
    ended = protolint("check", "net.prototxt", cwd=folder)
    assert ended.code == 0
    ended = protolint("check", "net.prototxt", "--solvers", "--fix", cwd=folder)
    assert ended.code == 1
    assert "SolverParameter has no field `momentm`" in ended.out
    assert "solver.prototxt: not fixed, as it is not among the paths" in ended.out
    assert (folder / "solver.prototxt").read_text().endswith("momentm: 0.9\n")

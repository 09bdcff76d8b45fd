"""Which documents are checked together, and when something is worked out anew."""

from __future__ import annotations

import os

import pytest
from marked import NET

from protolint import files
from protolint.server.diagnostics import check
from protolint.server.documents import Change
from protolint.server.workspace import Workspace

SOLVER = 'net: "{}"\nbase_lr: 0.1\nlr_policy: "fixed"\nmax_iter: 10\nsnapshot_prefix: "s"\n'


@pytest.fixture
def space(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    for name in ("a", "b"):
        (tmp_path / f"{name}.prototxt").write_text(NET)
    (tmp_path / "solver.prototxt").write_text(SOLVER.format("a.prototxt"))
    made = Workspace()
    made.root = tmp_path
    return made


def opened(space, name, text=NET):
    space.documents.open((space.root / f"{name}.prototxt").as_uri(), 1, text)


def group(space, name):
    """Return the names of the roots in their order, and of all files that belong to them."""
    found = space.group(str(space.root / f"{name}.prototxt"))
    names = {os.path.basename(path).removesuffix(".prototxt") for path in found.paths.values()}
    return [os.path.basename(path).removesuffix(".prototxt") for path in found.roots], names


def test_a_net_alone(space):
    opened(space, "a")
    opened(space, "b")
    assert group(space, "a") == (["a"], {"a"})


def test_a_solver_comes_before_the_net_that_it_names(space):
    opened(space, "a")
    opened(space, "b")
    opened(space, "solver", SOLVER.format("a.prototxt"))
    assert group(space, "a") == (["solver", "a"], {"solver", "a"})
    assert group(space, "b") == (["b"], {"b"})


def test_a_net_on_disk_belongs_to_its_open_solver(space):
    opened(space, "solver", SOLVER.format("a.prototxt"))
    assert group(space, "a") == (["solver"], {"solver", "a"})
    assert group(space, "solver") == (["solver"], {"solver", "a"})


def test_a_net_that_is_no_longer_named_is_checked_once_more(space):
    opened(space, "a")
    opened(space, "solver", SOLVER.format("a.prototxt"))
    group(space, "solver")
    uri = (space.root / "solver.prototxt").as_uri()
    space.documents.change(uri, 2, [Change(SOLVER.format("b.prototxt"))])
    assert group(space, "solver") == (["solver", "a"], {"solver", "a", "b"})
    assert group(space, "a") == (["a"], {"a"})


def test_a_net_belongs_to_a_solver_that_is_closed_for_the_last_time(space):
    opened(space, "solver", SOLVER.format("a.prototxt"))
    group(space, "solver")
    space.documents.close((space.root / "solver.prototxt").as_uri())
    assert group(space, "solver") == ([], {"solver", "a"})
    assert group(space, "solver") == ([], {"solver"})


def test_two_solvers_of_one_net_belong_together(space):
    opened(space, "a")
    opened(space, "solver", SOLVER.format("a.prototxt"))
    opened(space, "second", SOLVER.format("a.prototxt"))
    assert group(space, "second") == (["second", "solver", "a"], {"second", "solver", "a"})


def test_all_files_of_a_group_have_an_answer(space):
    opened(space, "solver", SOLVER.format("a.prototxt"))
    found = space.group(str(space.root / "solver.prototxt"))
    checked = check(found, space.documents.frozen(), space.configurations)
    assert {os.path.basename(path) for path in checked.paths.values()} == {
        "solver.prototxt",
        "a.prototxt",
    }
    assert checked.faults == ()


def test_a_snapshot_is_kept_until_its_text_changes(space):
    path = str(space.root / "a.prototxt")
    first = space.snapshot(path)
    assert space.snapshot(path) is first
    opened(space, "a", "name: 'new'")
    assert space.snapshot(path).text == "name: 'new'"
    space.documents.close((space.root / "a.prototxt").as_uri())
    (space.root / "a.prototxt").write_text("on disk")
    assert space.snapshot(path).text == "on disk"


def test_what_cannot_be_read_has_no_snapshot(space):
    assert space.snapshot(str(space.root / "none.prototxt")) is None
    assert space.snapshot(str(space.root)) is None


def test_a_configuration_is_read_again(space):
    path = str(space.root / "a.prototxt")
    opened(space, "a")
    assert space.snapshot(path).options.datum is None
    (space.root / "protolint.toml").write_text("datum = [3, 8, 8]\n")
    space.reload()
    assert space.snapshot(path).options.datum == (3, 8, 8)


def test_the_files_of_the_workspace(space):
    space.folders = [str(space.root)]
    opened(space, "new")
    names = [os.path.basename(path) for path in space.prototxts()]
    assert sorted(names) == ["a.prototxt", "b.prototxt", "new.prototxt", "solver.prototxt"]
    assert len({files.identity(path) for path in space.prototxts()}) == len(names)

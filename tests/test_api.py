"""``protolint.check`` as a library, and what is imported for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from command import BROKEN_NET, SOUND_NET, SOUND_SOLVER, environment, write

import protolint
from protolint import dialect


@pytest.fixture
def there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(".", net=BROKEN_NET, solver=SOUND_SOLVER)
    return tmp_path


def test_diagnostics_are_frozen_and_comparable(there):
    found = protolint.check("solver.prototxt")
    assert isinstance(found, tuple)
    assert [(d.code, d.name, d.path) for d in found] == [
        ("GRF001", "unknown-bottom", "net.prototxt")
    ]
    with pytest.raises(AttributeError):
        found[0].code = "X"
    assert found == protolint.check("solver.prototxt")
    assert len({*found, *protolint.check("net.prototxt")}) == 1


def test_options(there):
    assert protolint.check("solver.prototxt", follow=False) == ()
    assert protolint.check("net.prototxt", ignore=["GRF"]) == ()
    assert protolint.check("net.prototxt", select=["SLV"]) == ()
    assert len(protolint.check("net.prototxt", select=["unknown-bottom"], phase="TEST")) == 1


def test_any_number_of_paths_of_any_kind(there):
    assert protolint.check() == ()
    assert len(protolint.check(Path("net.prototxt"), there, "none")) == 2


@pytest.mark.parametrize(
    "wrong", [{"select": ["XYZ"]}, {"ignore": ["x-y"]}, {"dialect": "none"}, {"phase": "train"}]
)
def test_wrong_option_raises(there, wrong):
    with pytest.raises(ValueError, match=r"^no "):
        protolint.check("net.prototxt", **wrong)


def test_fault_raises(there, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(dialect, "load", fail)
    with pytest.raises(RuntimeError, match="planted"):
        protolint.check("net.prototxt")


# Start-up: what is imported costs before anything is done.

SLOW = ["lark", "google.protobuf", "difflib", "subprocess", "tempfile", "random", "tomllib"]


def _imported(code, folder):
    """Return the modules that are imported once the code has run."""
    code += "\nimport sys; print('\\n', *sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ended.stdout.rsplit("\n ", 1)[1].split())


def test_import_alone_brings_in_nothing(there):
    modules = _imported("import protolint", there)
    assert {name for name in modules if name.startswith("protolint")} == {"protolint"}
    assert not modules & {*SLOW, "click", "json", "dataclasses", "re", "typing"}


def test_check_of_a_sound_net_brings_in_nothing_slow(there):
    write(there, net=SOUND_NET)
    code = "import protolint; assert protolint.check('net.prototxt') == ()"
    _imported(code, there)  # fills the caches
    modules = _imported(code, there)
    assert "protolint.pipeline" in modules
    assert not modules & {*SLOW, "click", "typing"}


def test_command_brings_in_no_more_than_click(there):
    write(there, net=SOUND_NET)
    code = (
        "from protolint import cli\n"
        "try: cli.main(['check', 'net.prototxt'])\n"
        "except SystemExit as end: assert end.code == 0"
    )
    _imported(code, there)
    by_click = _imported("import click", there)
    modules = _imported(code, there)
    assert not (modules - by_click) & {*SLOW}
    assert not modules & {"lark", "google.protobuf", "subprocess", "tomllib"}

"""What is installed: a wheel that holds all data, and a cache where there is no wheel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

import pytest
from command import ROOT, SOUND_NET, environment, protolint, write

import protolint as package
from protolint import artefacts, cache_folder, compiled
from protolint.engine import catalogue

EXAMPLES = [os.path.join(ROOT, "examples", name) for name in ("solver.prototxt", "net.prototxt")]
REPORT = ("check", *EXAMPLES, "--output-format", "json", "--undecided")
NAMES = ["dialects", "prototxt", "rules", "schema-bvlc"]
BUILT = [*NAMES, "sources.txt"]


# The wheel.


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    pytest.importorskip("pip")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", ROOT, "--no-deps", "-q", "-w", str(folder)]
    if find_spec("hatchling"):  # else pip fetches it
        command.append("--no-build-isolation")
    built = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert built.returncode == 0, built.stderr
    (name,) = os.listdir(folder)
    return folder / name


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Return a folder with the wheel unpacked, and the environment to run what is in it."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    home = tmp_path_factory.mktemp("home")
    env = environment(PYTHONPATH=str(folder), HOME=str(home), XDG_CACHE_HOME=str(home / "cache"))
    return folder, env


@pytest.mark.slow
def test_wheel_holds_grammars_rules_and_what_is_compiled_from_them(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entries = next(name for name in names if name.endswith("entry_points.txt"))
        assert b"protolint = protolint.__main__:main" in archive.read(entries)
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        assert f"\nVersion: {package.__version__}\n" in archive.read(metadata).decode()
    rules = {f"protolint/{os.path.relpath(path, ROOT)}" for path in catalogue.rule_paths()}
    assert rules <= names
    assert "protolint/grammars/prototxt.lark" in names
    assert "protolint/schema/bvlc.proto" in names
    assert "protolint/py.typed" in names
    assert {f"protolint/_compiled/{name}" for name in BUILT} <= names
    assert not [name for name in names if name.startswith("tests") or ".pyc" in name]


@pytest.mark.slow
def test_installed_finds_what_the_checkout_finds(installed, tmp_path):
    folder, env = installed
    where = "import protolint; print(protolint.__file__)"
    shown = subprocess.run(
        [sys.executable, "-c", where], env=env, cwd=tmp_path, capture_output=True, check=True
    )
    assert shown.stdout.decode().startswith(str(folder))
    ended = protolint(*REPORT, cwd=tmp_path, env=env)
    assert ended == protolint(*REPORT, cwd=tmp_path)
    assert (ended.code, len(json.loads(ended.out)) >= 5) == (1, True)
    assert protolint("rule", "--all", cwd=tmp_path, env=env).out.count("\n") > 100
    kept = os.listdir(os.path.join(env["XDG_CACHE_HOME"], "protolint"))
    assert kept == ["runs"], "a wheel is compiled, and caches nothing but reports"


@pytest.mark.slow
def test_installed_never_imports_lark_or_protobuf(installed, tmp_path):
    _, env = installed
    write(tmp_path, net=SOUND_NET)
    code = (
        "import sys, protolint; assert protolint.check('net.prototxt') == ()\n"
        "assert not {'lark', 'google.protobuf', 'tomllib'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], env=env, cwd=tmp_path, check=True)


def test_everything_that_is_loaded_compiled_is_built(tmp_path):
    paths = artefacts.write(str(tmp_path))
    assert sorted(os.path.basename(path) for path in paths) == BUILT
    *rows, sources = paths
    for path in rows:
        with open(path, "rb") as file:
            assert compiled.unpack(file.read())
    with open(sources, encoding="utf-8") as file:
        assert len(file.read()) == 32
    assert sorted(os.listdir(tmp_path)) == BUILT


# The cache of a checkout.

CACHED = compiled.data_folder("rules") == os.path.join(ROOT, "rules")
needs_checkout = pytest.mark.skipif(not CACHED, reason="the wheel is tested, which has no cache")


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def run(cache):
    return protolint(*REPORT, cwd=ROOT, env=environment(XDG_CACHE_HOME=str(cache)))


def entries(cache):
    folder = cache / "protolint"
    return {name: (folder / name).stat().st_mtime_ns for name in sorted(os.listdir(folder))}


@needs_checkout
def test_cache_is_written_once(cache):
    first = run(cache)
    written = entries(cache)
    assert [name.rpartition("-")[0] for name in written] == NAMES
    assert run(cache) == first
    assert entries(cache) == written
    assert (first.code, first.err) == (1, "")


@needs_checkout
@pytest.mark.parametrize(
    "damage", [b"", b"{", b"null", b"[1, 2]", b'["", {}]', b"\xff\xfe\0", b"[" * 100_000]
)
def test_damaged_cache_is_made_again(cache, damage):
    first = run(cache)
    for name in entries(cache):
        (cache / "protolint" / name).write_bytes(damage)
    assert run(cache) == first
    for name in entries(cache):
        assert (cache / "protolint" / name).read_bytes() != damage


@needs_checkout
def test_cache_that_cannot_be_used_costs_nothing_but_time(cache, tmp_path):
    first = run(cache)
    (tmp_path / "file").write_text("")
    assert run(tmp_path / "file") == first
    assert run("/proc/none") == first
    names = list(entries(cache))
    for name in names:
        os.remove(cache / "protolint" / name)
        os.mkdir(cache / "protolint" / name)
    assert run(cache) == first
    assert list(entries(cache)) == names, "nothing is left behind"


@needs_checkout
def test_several_at_once(cache):
    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(run, [cache] * 8))
    assert len(set(ended)) == 1
    assert (ended[0].code, ended[0].err) == (1, "")
    assert [name.rpartition("-")[0] for name in entries(cache)] == NAMES


def test_changed_source_is_compiled_again(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    source = tmp_path / "source"
    built = []

    def load():
        return compiled.load("x", [str(source)], lambda: built.append(1) or source.read_text())

    source.write_text("one")
    assert [load(), load(), len(built)] == ["one", "one", 1]
    source.write_text("other")
    assert [load(), load(), len(built)] == ["other", "other", 2]
    os.utime(source, ns=(1, 1))
    assert [load(), len(built)] == ["other", 3]
    assert len(os.listdir(cache / "protolint")) == 1, "a new state replaces the old one"


@pytest.mark.skipif(sys.platform == "win32", reason="other variables there")
@pytest.mark.parametrize(
    ("cache_home", "home", "expected"),
    [
        ("/c", "/h", "/c/protolint"),
        (None, "/h", "/h/.cache/protolint"),
        ("", "/h", "/h/.cache/protolint"),
        ("relative", "/h", "/h/.cache/protolint"),
        (None, None, None),
        (None, "relative", None),
    ],
)
def test_cache_folder(monkeypatch, cache_home, home, expected):
    """Never a relative folder: that would litter wherever protolint is run."""
    for name, value in (("XDG_CACHE_HOME", cache_home), ("HOME", home)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    if home is None:  # and a user that the system does not know
        monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert cache_folder.path() == expected

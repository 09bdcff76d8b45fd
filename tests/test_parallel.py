"""Files shared among processes: the outcome is that of one process."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from functools import partial

import pytest
from command import BROKEN_NET, ROOT, SOUND_NET, SOUND_SOLVER, environment, protolint
from installed import install

from protolint import parallel, pipeline

FORK = 'layer { name: "n" type: "Normalize" bottom: "data" top: "n" norm_param { eps: 1 } }\n'


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Return a folder in which files depend on each other in all the ways there are."""
    monkeypatch.chdir(tmp_path)
    texts = {
        "a/solver.prototxt": SOUND_SOLVER.replace("net.proto", "late.proto"),
        "a/late.prototxt": BROKEN_NET + FORK,  # named before its turn
        "b/early.prototxt": SOUND_NET + FORK,  # checked before it is named
        "b/solver.prototxt": SOUND_SOLVER.replace("net.proto", "early.proto"),
        "c/one.prototxt": SOUND_SOLVER.replace("net.prototxt", "shared.txt"),
        "c/two.prototxt": SOUND_SOLVER.replace("net.prototxt", "shared.txt"),
        "c/shared.txt": BROKEN_NET,  # which no path names
        "d/solver.prototxt": SOUND_SOLVER.replace('"net', '"solver'),  # itself
        "e/broken.prototxt": "layer { name: ",
        "e/protolint.toml": "select = 1\n",
        "e/excluded.prototxt": BROKEN_NET,
        "f/missing.prototxt": SOUND_SOLVER,
        "f/protolint.toml": 'exclude = ["out*"]\nfail-on = "warning"\npairs = {"n*" = "m"}\n',
        "f/net.prototxt": SOUND_NET.replace("data", "dat"),
        "f/out.prototxt": BROKEN_NET,
        "f/m": BROKEN_NET + FORK,
        "g/label.prototxt": 'item { name: "a" label: 0 display_name: "a" }\n',
        "g/own.prototxt": SOUND_NET,
        "g/own2.prototxt": SOUND_NET,
        "g/protolint.toml": 'schema = "own.proto"\n',
        "g/own.proto": "message {",
    }
    for path, text in texts.items():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    os.symlink("../a/late.prototxt", "b/link.prototxt")
    with open("h.prototxt", "wb") as file:
        file.write(bytes(range(256)))
    for number in range(20):
        shutil.copytree("a", f"i/{number}")
    return tmp_path


@pytest.mark.parametrize("jobs", [2, 3])
@pytest.mark.parametrize("options", [{}, {"follow": False}, {"solvers": True}, {"select": ("",)}])
def test_outcome_is_that_of_one_process(tree, jobs, options):
    def outcome(check_all=None):
        found = pipeline.Configurations(pipeline.Options(**options), options)
        told = []
        return pipeline.check_paths(
            ["."], found, progress=lambda *done: told.append(done), check_all=check_all
        )

    one = outcome()
    assert len(one.diagnostics) > 20
    assert one.misconfigured
    assert any("dialect: " in note for note in one.notes)
    shared = outcome(partial(parallel.check_all, jobs=jobs))
    for ours, theirs in zip(shared, one, strict=True):
        assert ours == theirs
    assert list(shared.sources) == list(one.sources)


@pytest.mark.slow
@pytest.mark.skipif(
    not os.environ.get("PROTOLINT_CORPUS"), reason="PROTOLINT_CORPUS does not name the corpus"
)
def test_corpus():
    folder = os.path.join(os.environ["PROTOLINT_CORPUS"], "files")
    ran = [protolint("check", folder, "--jobs", jobs, cwd=ROOT) for jobs in ("1", "2")]
    assert ran[0] == ran[1]


def test_files_that_are_bound_stay_together(tree):
    checker = pipeline.Checker(pipeline.Configurations(), pipeline.files.read)
    paths = sorted(os.path.join(f, n) for f in "abcdf" for n in os.listdir(f) if "." in n)
    found = [parallel._File(place, path, True) for place, path in enumerate(paths)]
    groups = [[file.path for file in group] for group in parallel._bound(found, checker)]
    assert ["a/late.prototxt", "a/solver.prototxt", "b/link.prototxt"] in groups
    assert ["b/early.prototxt", "b/solver.prototxt"] in groups
    assert ["c/one.prototxt", "c/shared.txt", "c/two.prototxt"] in groups
    assert ["d/solver.prototxt"] in groups
    assert sorted(path for group in groups for path in group) == paths
    shares = parallel._shares(parallel._bound(found, checker), 3)
    assert sorted(file for share in shares for file in share) == found
    assert all(share == sorted(share) for share in shares)


def test_more_processes_than_files(tree):
    ran = [protolint("check", "a", "b", "--jobs", jobs, cwd=tree) for jobs in ("1", "50")]
    assert ran[0] == ran[1]


def die(*_):
    os._exit(3)


def test_process_that_dies_is_a_fault(tree, monkeypatch):
    monkeypatch.setattr(parallel, "_work", die)
    outcome = pipeline.check_paths(["a", "b"], check_all=partial(parallel.check_all, jobs=2))
    assert len(outcome.faults) == 2
    assert all("ended with 3, and these files were not" in fault for fault in outcome.faults)
    assert "  a/late.prototxt\n" in "".join(outcome.faults)
    assert pipeline.exit_code(outcome) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize("wait", [0.05, 0.15, 0.3, 0.6])
def test_interrupt_ends_all_processes(tree, wait):
    many = tree / "many"
    many.mkdir()
    for number in range(4000):  # enough that nothing is printed yet
        (many / f"{number}.prototxt").write_text(BROKEN_NET)
    command = [sys.executable, "-m", "protolint", "check", "many", "--jobs", "2"]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(
        command, cwd=tree, env=environment(), start_new_session=True, **streams
    ) as run:
        time.sleep(0.1 + wait)
        os.killpg(run.pid, signal.SIGINT)  # as a terminal does
        out, err = run.communicate(timeout=20)
    assert (run.returncode, out, err) == (130, b"", b"")
    for _ in range(100):  # a busy machine takes its time to end the others
        time.sleep(0.2)
        try:
            os.killpg(run.pid, 0)
        except ProcessLookupError:
            return
    pytest.fail("a process is left")


def test_what_processes_look_at_is_recorded(tree, tmp_path_factory):
    env = install(tmp_path_factory.mktemp("installed"))
    shutil.rmtree("e")  # whose configuration is at fault
    shutil.rmtree("g")
    first = protolint("check", ".", "--jobs", "2", cwd=tree, env=env)
    (entry,) = os.scandir(os.path.join(env["XDG_CACHE_HOME"], "protolint", "runs"))
    for path in ("a/late.prototxt", "c/shared.txt", "f/m", "b/protolint.toml"):
        with open(entry.path, "rb") as file:
            assert path.encode() in file.read()
    assert protolint("check", ".", "--jobs", "2", cwd=tree, env=env) == first
    with open("c/shared.txt", "a", encoding="utf-8") as file:
        file.write("# more\nlayer { }\n")
    assert protolint("check", ".", "--jobs", "2", cwd=tree, env=env) != first

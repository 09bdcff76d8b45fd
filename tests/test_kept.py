"""Reports that are kept: printed again while nothing has changed, and never after."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from command import BROKEN_NET, SOUND_NET, SOUND_SOLVER, protolint
from installed import install

from protolint import cache_folder, kept, seen

MARK = "kept and not made anew"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    return install(tmp_path_factory.mktemp("installed"))


@pytest.fixture
def env(installed, tmp_path):
    return installed | {"XDG_CACHE_HOME": str(tmp_path / "cache")}


@pytest.fixture
def work(tmp_path):
    """Return a repository whose solver in ``a/b`` names the net beside it."""
    folder = tmp_path / "work" / "a" / "b"
    folder.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", tmp_path / "work"], check=True)
    (folder / "net.prototxt").write_text(SOUND_NET)
    (folder / "solver.prototxt").write_text(SOUND_SOLVER)
    return folder


def entries(env):
    folder = os.path.join(env["XDG_CACHE_HOME"], "protolint", "runs")
    return [os.path.join(folder, name) for name in os.listdir(folder)]


def mark(env):
    """Write into every entry that it was kept, with a digest that fits."""
    for path in entries(env):
        with open(path, "rb") as file:
            rest = file.read().partition(b"\0")[2]
        with open(path, "wb") as file:
            file.write(entry(rest + MARK.encode()))


def entry(*parts):
    """Return an entry with a digest that fits."""
    rest = b"\0".join(parts)
    return seen.digest(rest).encode() + b"\0" + rest


def check(*words, cwd, env):
    return protolint("check", *words, cwd=cwd, env=env)


def is_kept(*words, cwd, env):
    """Return whether a run prints what was kept of the one before."""
    return MARK in check(*words, cwd=cwd, env=env).out


@pytest.mark.parametrize(
    "words",
    [
        ["solver.prototxt"],
        ["."],
        ["solver.prototxt", "--output-format", "json", "--undecided"],
        ["net.prototxt", "--solvers"],
        ["no-such-folder/../solver.prototxt"],
    ],
)
def test_unchanged_run_prints_the_same_with_the_same_code(work, env, words):
    (work / "net.prototxt").write_text(BROKEN_NET)
    first = check(*words, cwd=work, env=env)
    again = check(*words, cwd=work, env=env)
    assert first == again
    assert first.code == 1
    assert first == check(*words, "--no-cache", cwd=work, env=env)


def edit(path, text):
    def change(work, _env):
        (work / path).parent.mkdir(exist_ok=True)
        (work / path).write_text(text)

    return change


def hide_git(work, _env):
    shutil.move(work.parent.parent / ".git", work.parent.parent / "git")


CHANGES = {
    "the file is edited": edit("solver.prototxt", SOUND_SOLVER + "# more\n"),
    "the net that it names is edited": edit("net.prototxt", BROKEN_NET),
    "the net is gone": lambda work, _: (work / "net.prototxt").unlink(),
    "the net becomes a link": lambda work, _: (
        (work / "net.prototxt").rename(work / "other"),
        (work / "net.prototxt").symlink_to("other"),
    ),
    "a configuration appears beside it": edit("protolint.toml", 'ignore = ["SLV"]\n'),
    "a configuration appears above it": edit("../protolint.toml", 'ignore = ["SLV"]\n'),
    "a pyproject.toml appears at the root": edit("../../pyproject.toml", "[tool.x]\n"),
    "the repository is none any more": hide_git,
}


@pytest.mark.parametrize("change", CHANGES)
def test_change_is_seen(work, env, change):
    check("solver.prototxt", cwd=work, env=env)
    mark(env)
    assert is_kept("solver.prototxt", cwd=work, env=env)
    CHANGES[change](work, env)
    assert not is_kept("solver.prototxt", cwd=work, env=env)


def test_missing_net_appears(work, env):
    (work / "net.prototxt").rename(work / "away")
    missing = check("solver.prototxt", cwd=work, env=env)
    mark(env)
    assert is_kept("solver.prototxt", cwd=work, env=env)
    (work.parent / "train").mkdir()
    (work.parent / "net.prototxt").write_text(SOUND_NET)  # a folder further up is tried, too
    found = check("solver.prototxt", cwd=work, env=env)
    assert MARK not in found.out
    assert found.out != missing.out


def test_file_appears_in_a_folder(work, env):
    check(".", cwd=work, env=env)
    mark(env)
    assert is_kept(".", cwd=work, env=env)
    (work / "more.prototxt").write_text(SOUND_NET)
    assert not is_kept(".", cwd=work, env=env)


def test_rule_files(work, env):
    rule = (
        'id = "own-rule"\ncode = "OWN001"\nseverity = "warning"\neffect = "none"\n'
        'subject = "solver"\nsince = "1"\nsummary = "x"\n'
        'require = "solver.base_lr > 1.0"\nat = "solver.base_lr"\n'
        'message = "own"\n[[bad]]\nsolver = "base_lr: 1  # warning"\n'
        '[[good]]\nsolver = "base_lr: 2"\n'
    )
    (work / "rules").mkdir()
    (work / "rules" / "own-rule.toml").write_text(rule)
    (work / "protolint.toml").write_text('rule-paths = ["rules"]\n')
    first = check("solver.prototxt", cwd=work, env=env)
    if first.code == 2:
        pytest.fail(first.out)
    mark(env)
    assert is_kept("solver.prototxt", cwd=work, env=env)
    (work / "rules" / "own-rule.toml").write_text(rule.replace('"own"', '"ours"'))
    assert not is_kept("solver.prototxt", cwd=work, env=env)
    mark(env)
    (work / "rules" / "more.toml").write_text(rule.replace("OWN001", "OWN002"))
    assert not is_kept("solver.prototxt", cwd=work, env=env)


def test_content_counts_and_not_the_time(work, env):
    check("solver.prototxt", cwd=work, env=env)
    mark(env)
    for name in ("solver.prototxt", "net.prototxt"):
        os.utime(work / name, ns=(1, 1))
    assert is_kept("solver.prototxt", cwd=work, env=env)
    before = os.stat(work / "net.prototxt")
    (work / "net.prototxt").write_text(SOUND_NET.replace("relu", "rule"))
    os.utime(work / "net.prototxt", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not is_kept("solver.prototxt", cwd=work, env=env)


def test_what_else_is_asked_for(work, env):
    check("solver.prototxt", cwd=work, env=env)
    mark(env)
    assert not is_kept("solver.prototxt", "--no-follow", cwd=work, env=env)
    assert not is_kept("solver.prototxt", cwd=work, env=env | {"PYTHONIOENCODING": "latin-1"})
    assert not is_kept("b/solver.prototxt", cwd=work.parent, env=env)
    assert not is_kept("solver.prototxt", cwd=work, env=env | {"PROTOLINT_NO_CACHE": "1"})
    assert not is_kept("--no-cache", "solver.prototxt", cwd=work, env=env)
    assert is_kept("solver.prototxt", cwd=work, env=env)


@pytest.mark.parametrize(
    "words",
    [
        ["-"],
        ["solver.prototxt", "--output-file", "out"],
        ["solver.prototxt", "--write-baseline", "out"],
        ["solver.prototxt", "--fix"],
        ["solver.prototxt", "--diff"],
        ["solver.prototxt", "--add-ignores"],
        ["a\udcff.prototxt"],  # not there
        ["solver.prototxt", "--select", "nothing"],
    ],
)
def test_only_plain_reports_are_kept(work, env, words):
    check(*words, cwd=work, env=env)
    assert not os.path.exists(os.path.join(env["XDG_CACHE_HOME"], "protolint", "runs"))


def test_setting(work, env):
    (work / "protolint.toml").write_text("cache = false\n")
    check("solver.prototxt", cwd=work, env=env)
    assert not os.path.exists(os.path.join(env["XDG_CACHE_HOME"], "protolint", "runs"))


def test_other_version_has_entries_of_its_own(work, env, tmp_path):
    other = install(tmp_path / "other")
    check("solver.prototxt", cwd=work, env=env)
    with open(tmp_path / "other" / "protolint" / "_compiled" / "sources.txt", "a") as file:
        file.write("other")
    mark(env)
    other |= {"XDG_CACHE_HOME": env["XDG_CACHE_HOME"]}
    assert not is_kept("solver.prototxt", cwd=work, env=other)


def test_checkout_keeps_nothing(work, tmp_path):
    from command import environment

    env = environment(XDG_CACHE_HOME=str(tmp_path / "cache"))
    check("solver.prototxt", cwd=work, env=env)
    assert not os.path.exists(tmp_path / "cache" / "protolint" / "runs")


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"real", b"rael"),
        lambda data: b"\xff\0" + data,
        lambda _: entry(b"1", b"2", b"x"),
        lambda _: entry(b"0", b"1", b"eval", b"x", b"True", b"report"),
    ],
)
def test_damaged_entry_counts_as_none(work, env, damage):
    first = check("solver.prototxt", cwd=work, env=env)
    (path,) = entries(env)
    with open(path, "rb") as file:
        data = file.read()
    with open(path, "wb") as file:
        file.write(damage(data))
    assert check("solver.prototxt", cwd=work, env=env) == first
    with open(path, "rb") as file:
        assert file.read() == data


def test_concurrent_runs(work, env):
    """Runs that write the same entry while others read it all print the same."""
    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(lambda _: check("solver.prototxt", cwd=work, env=env), range(12)))
    assert len(found) == 1
    assert len(entries(env)) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions")
@pytest.mark.parametrize("state", ["read-only", "a file in its place"])
def test_folder_that_cannot_be_written_to(work, env, state):
    cache = os.path.join(env["XDG_CACHE_HOME"], "protolint")
    os.makedirs(cache)
    first = check("solver.prototxt", "--no-cache", cwd=work, env=env)
    if state == "read-only":
        os.chmod(cache, stat.S_IRUSR | stat.S_IXUSR)
    else:
        with open(os.path.join(cache, "runs"), "w"):
            pass
    assert check("solver.prototxt", cwd=work, env=env) == first
    assert check("solver.prototxt", cwd=work, env=env) == first
    os.chmod(cache, stat.S_IRWXU)


def test_oldest_entries_go(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "MOST_ENTRIES", 4)
    for number in range(5):
        path = str(tmp_path / str(number))
        cache_folder.write_whole(path, b"x")
        os.utime(path, ns=(number, number))
        kept._prune(str(tmp_path))
    assert sorted(os.listdir(tmp_path)) == ["3", "4"]
    monkeypatch.setattr(kept, "MOST_BYTES", 3)
    cache_folder.write_whole(str(tmp_path / "5"), b"xxx")
    kept._prune(str(tmp_path))
    assert os.listdir(tmp_path) == []


WATCH = """\
import json, os, sys
from protolint import seen
from protolint.commands import checking, check
from protolint import cli
asked = []
def watch(name):
    ask = getattr(os, name)
    def watched(path=".", *args, **kwargs):
        asked.append((name, path))
        return ask(path, *args, **kwargs)
    setattr(os, name, watched)
for name in ("stat", "lstat", "listdir", "scandir", "readlink", "access"):
    watch(name)
sys.addaudithook(lambda event, args: asked.append((event, args[0])) if event == "open" else None)
seen.record()
try:
    cli.main(prog_name="protolint", args=["check", *sys.argv[1:]])
except SystemExit as ended:
    code = ended.code
answers = seen.recorded()
here = os.getcwd()
found = [[n, os.path.abspath(p)] for n, p in asked if isinstance(p, str)]
print("\\n" + json.dumps([code, [[k, os.path.abspath(p)] for k, p in answers], found]))
"""


@pytest.mark.parametrize(
    "words",
    [
        ["a/b/solver.prototxt"],
        ["."],
        ["a/b/net.prototxt", "--solvers"],
        ["a/b/solver.prototxt", "--output-format", "sarif"],
        ["a/b/solver.prototxt", "--undecided", "--pair", "a/b/net.prototxt"],
    ],
)
@pytest.mark.parametrize("configured", [False, True])
def test_all_that_a_run_looks_at_is_recorded(work, env, words, configured):
    """Python itself is watched: what is opened, and of what the state is asked."""
    root = work.parent.parent
    (work / "more.prototxt").write_text(SOUND_SOLVER.replace("net.proto", "missing.proto"))
    (root / "a" / "pyproject.toml").write_text("[tool.ruff]")
    if configured:
        (root / "own.proto").write_text(OWN_PROTO)
        (root / "rules").mkdir()
        (root / "protolint.toml").write_text(CONFIGURED)
    done = subprocess.run(
        [sys.executable, "-c", WATCH, *words],
        cwd=root,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    code, answers, asked = json.loads(done.stdout.splitlines()[-1])
    assert code in (0, 1)
    contents = {path for kind, path in answers if kind == "content"}
    folders = tuple(f"{path}/" for kind, path in answers if kind in ("prototxts", "rules"))
    known = {path for _, path in answers}
    prefixes = [f"{path}/" for kind, path in answers if kind == "real"]
    for name, path in asked:
        if not f"{path}/".startswith(f"{root}/"):
            continue
        if name == "open":
            assert path in contents
            continue
        is_above = any(prefix.startswith(f"{path}/") for prefix in prefixes)
        is_walked = os.path.lexists(path) and f"{path}/".startswith(folders)
        assert path in known or is_above or is_walked, (name, path)
    assert any(name == "open" for name, _ in asked)


CONFIGURED = """\
rule-paths = ["rules"]
[schemas]
"**/solver.prototxt" = "own.proto"
[layers]
Own = { shape = "bottom[0]" }
"""
OWN_PROTO = """\
syntax = "proto2";
package caffe;
message LayerParameter { optional string name = 1; optional string type = 2; }
message NetParameter { optional string name = 1; repeated LayerParameter layer = 100; }
message SolverParameter {
  optional string net = 24;
  optional float base_lr = 5;
  optional string lr_policy = 8;
  optional int32 max_iter = 7;
  optional string snapshot_prefix = 15;
}
"""

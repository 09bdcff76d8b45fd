"""Which files are found in folders, and where the nets of solvers are looked for."""

from __future__ import annotations

import os
import subprocess

import pytest
from command import BROKEN_NET, SOUND_NET, SOUND_SOLVER, environment, protolint, write

from protolint import files, pipeline

GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


def git(folder, *args):
    subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *args],
        cwd=folder,
        env=environment(**GIT),
        check=True,
        capture_output=True,
    )


def touch(folder, *names):
    for name in names:
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(SOUND_NET)


@pytest.fixture
def there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def repository(there):
    git(there, "init", "-q")
    return there


def found(*paths):
    return [path.replace(os.sep, "/") for path in files.find(paths)]


# Folders.


def test_git_decides_what_is_found(repository):
    touch(repository, "a.prototxt", "sub/b.prototxt", "out/c.prototxt", "kept/d.prototxt", "e.txt")
    touch(repository, "sub/out/f.prototxt", ".hidden/g.prototxt", "gone.prototxt")
    (repository / ".gitignore").write_text("out/\nkept/\n")
    git(repository, "add", ".")
    git(repository, "add", "-f", "kept/d.prototxt")
    os.remove("gone.prototxt")
    touch(repository, "untracked.prototxt")
    tracked = [".hidden/g.prototxt", "a.prototxt", "kept/d.prototxt", "sub/b.prototxt"]
    assert found(".") == [*tracked, "untracked.prototxt"]
    assert found("sub") == ["sub/b.prototxt"]
    assert found(str(repository)) == [f"{repository}/{name}" for name in found(".")]


def test_ignored_folder_is_walked_when_it_is_named(repository):
    touch(repository, "out/c.prototxt", "out/sub/d.prototxt")
    (repository / ".gitignore").write_text("out/\n")
    assert found(".") == []
    assert found("out") == ["out/c.prototxt", "out/sub/d.prototxt"]


def test_repositories_within_count(repository):
    other = repository / "other"
    touch(repository, "a.prototxt", "other/b.prototxt", "other/out/c.prototxt")
    git(other, "init", "-q")
    (other / ".gitignore").write_text("out/\n")
    git(other, "add", ".")
    git(other, "commit", "-qm", "x")
    assert found(".") == ["a.prototxt", "other/b.prototxt"]
    git(repository, "submodule", "add", "-q", str(other), "module")
    assert found(".") == ["a.prototxt", "module/b.prototxt", "other/b.prototxt"]
    git(repository, "submodule", "deinit", "-f", "module")
    assert found(".") == ["a.prototxt", "other/b.prototxt"]


def test_git_hook_environment_does_not_mislead(repository, monkeypatch):
    touch(repository, "sub/a.prototxt")
    elsewhere = repository / "sub"
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    assert found(str(elsewhere)) == [f"{elsewhere}/a.prototxt"]


@pytest.mark.parametrize("git_there", [True, False])
def test_without_a_repository_hidden_folders_are_left_out(there, monkeypatch, git_there):
    touch(there, "a.prototxt", "sub/b.prototxt", ".venv/c.prototxt", "d.txt", "x.prototxt/e.txt")
    if not git_there:
        monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(there.parent))
    assert found(".") == ["./a.prototxt", "./sub/b.prototxt"]


ODD = [
    b"a b.prototxt",
    b"new\nline.prototxt",
    b"-dash.prototxt",
    b"q\"u'o.prototxt",
    b"\xff.prototxt",
]


@pytest.mark.parametrize("tracked", [True, False])
def test_odd_names_are_found_and_shown(there, tracked):
    if tracked:
        git(there, "init", "-q")
    for name in ODD:
        with open(os.path.join(os.fsencode(there), name), "w", encoding="utf-8") as file:
            file.write(BROKEN_NET)
    assert sorted(os.path.basename(os.fsencode(p)) for p in files.find(["."])) == sorted(ODD)
    for layout in ("full", "concise", "json"):
        ended = protolint("check", ".", "--output-format", layout, cwd=there)
        assert (ended.code, ended.err) == (1, "")
        assert ended.out.count("GRF001") == len(ODD)
        assert ("\\\\xff" if layout == "json" else "\\xff") in ended.out
        assert "new\nline" not in ended.out


@pytest.mark.parametrize("tracked", [True, False])
def test_links(there, tracked):
    if tracked:
        git(there, "init", "-q")
    touch(there, "sub/a.prototxt")
    os.symlink("..", "sub/up")
    os.symlink("sub", "again")
    os.symlink("sub", "folder.prototxt")
    os.symlink("sub/a.prototxt", "b.prototxt")
    os.symlink("loop.prototxt", "loop.prototxt")
    os.symlink("nowhere", "lost.prototxt")
    names = [os.path.basename(path) for path in found(".")]
    assert sorted(names) in (
        ["a.prototxt", "loop.prototxt", "lost.prototxt"],
        ["b.prototxt", "loop.prototxt", "lost.prototxt"],
    )
    ended = protolint("check", ".", cwd=there)
    assert (ended.code, ended.out.count("error[FIL001]"), ended.err) == (1, 2, "")


def test_file_is_found_once_however_often_it_is_named(there):
    touch(there, "sub/a.prototxt")
    assert found("sub/a.prototxt", "./sub/../sub/a.prototxt", "sub", ".") == ["sub/a.prototxt"]
    assert found("a.txt", "none", "") == ["a.txt", "none", ""]


# Nets of solvers.


def resolved(named, origin):
    return files.resolve(named, origin)


def test_working_directory_comes_first_then_the_solver_then_its_parents(there):
    touch(there, "net.prototxt", "zoo/net.prototxt", "zoo/deep/net.prototxt", "zoo/only.prototxt")
    touch(there, "zoo/deep/inner/s.prototxt", "zoo/deep/inner/near.prototxt")
    solver = "zoo/deep/inner/s.prototxt"
    assert resolved("net.prototxt", solver) == ("net.prototxt", "")
    assert resolved("near.prototxt", solver) == ("zoo/deep/inner/near.prototxt", "zoo/deep/inner")
    assert resolved("only.prototxt", solver) == (None, "")
    assert resolved("deep/net.prototxt", solver) == ("zoo/deep/net.prototxt", "zoo")
    assert resolved(f"{there}/net.prototxt", solver) == (f"{there}/net.prototxt", "")
    assert resolved("/no/net.prototxt", solver) == (None, "")


def test_bare_name_is_looked_for_above_only_within_a_repository(there):
    touch(there, "zoo/.git/x", "zoo/only.prototxt", "zoo/deep/s.prototxt", "net.prototxt")
    assert resolved("only.prototxt", "zoo/deep/s.prototxt") == ("zoo/only.prototxt", "zoo")
    os.rename("zoo/.git", "zoo/git")
    assert resolved("only.prototxt", "zoo/deep/s.prototxt") == (None, "")


@pytest.mark.parametrize("mark", ["folder", "file"])
def test_search_ends_at_the_root_of_the_repository(there, mark):
    touch(there, "work/repo/sub/s.prototxt", "work/net.prototxt", "work/repo/in.prototxt")
    if mark == "folder":
        os.mkdir("work/repo/.git")
    else:  # as in a worktree or submodule
        (there / "work/repo/.git").write_text("gitdir: elsewhere\n")
    solver = "work/repo/sub/s.prototxt"
    assert resolved("in.prototxt", solver) == ("work/repo/in.prototxt", "work/repo")
    assert resolved("net.prototxt", solver) == (None, "")


@pytest.mark.parametrize("named", ["", "\0", "\udcff\ud800", "a" * 5000, "../" * 2000 + "x"])
def test_impossible_names_are_not_found(there, named):
    touch(there, "s.prototxt")
    assert resolved(named, "s.prototxt") == (None, "")


def test_run_from_another_folder_finds_the_net_and_says_where(there):
    os.makedirs("repo/models/m")
    os.makedirs("repo/.git")
    os.mkdir("away")
    write("repo/models/m", net=BROKEN_NET)
    write("repo/models/m", solver=SOUND_SOLVER.replace("net.", "models/m/net."))
    for cwd, place in (("repo", None), ("repo/models", ".."), ("away", "../repo")):
        solver = os.path.relpath("repo/models/m/solver.prototxt", cwd)
        ended = protolint("check", solver, cwd=cwd)
        assert (ended.code, ended.out.count("GRF001")) == (1, 1)
        assert (f"was found from {place}\n" in ended.out) is (place is not None)


# Bytes.


def test_file_of_the_largest_size_is_read(monkeypatch, there):
    touch(there, "a.prototxt")
    size = os.path.getsize("a.prototxt")
    monkeypatch.setattr(files, "LARGEST", size)
    assert files.read("a.prototxt") == SOUND_NET.encode()
    monkeypatch.setattr(files, "LARGEST", size - 1)
    with pytest.raises(files.Unreadable) as told:
        files.read("a.prototxt")
    assert told.value.rule == "file-too-large"


@pytest.mark.skipif(not os.path.exists("/proc/self/maps"), reason="needs Linux's /proc")
def test_limit_holds_for_a_file_whose_size_is_told_as_0(monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 100)
    with pytest.raises(files.Unreadable) as told:
        files.read("/proc/self/maps")
    assert told.value.rule == "file-too-large"


def test_fault_in_a_name_is_a_diagnostic(there):
    outcome = pipeline.check_paths(["a\0b", "", "\ud800"])
    assert [d.code for d in outcome.diagnostics] == ["FIL001"] * 3
    assert not outcome.faults

"""What is read: what is named, nothing outside the root, and nothing but what is given."""

from __future__ import annotations

import json
import os

import pytest
from command import BROKEN_NET, SOUND_NET, SOUND_SOLVER, protolint

from protolint import files, pipeline
from protolint.pipeline import Options

SECRET = BROKEN_NET.replace("dta", "secret")


@pytest.fixture
def there(tmp_path, monkeypatch):
    """Make ``in``, which is the root, with files that name and link to some in ``out``."""
    for folder in ("in/sub", "out"):
        os.makedirs(tmp_path / folder)
    (tmp_path / "out" / "net.prototxt").write_text(SECRET)
    (tmp_path / "in" / "net.prototxt").write_text(SOUND_NET)
    os.symlink("../out/net.prototxt", tmp_path / "in" / "link.prototxt")
    os.symlink("../out", tmp_path / "in" / "folder")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def solver(there, named, at="in/solver.prototxt"):
    (there / at).write_text(SOUND_SOLVER.replace("net.prototxt", named))
    return at


def reading(paths, options):
    """Check, and return the findings and the files that were opened."""
    opened = []

    def read(path):
        opened.append(os.path.realpath(path))
        return files.read(path)

    outcome = pipeline.check_paths(paths, options, read=read)
    assert outcome.faults == ()
    return outcome, opened


NAMES = [
    "../out/net.prototxt",
    "link.prototxt",
    "folder/net.prototxt",
    "/ABSOLUTE/out/net.prototxt",
    "../out/none.prototxt",
    "/etc/passwd",
    "/dev/zero",
]


@pytest.mark.parametrize("named", NAMES)
def test_a_net_outside_the_root_is_not_read(there, named):
    path = solver(there, named.replace("/ABSOLUTE", str(there)))
    for options in (Options(root="in"), Options(root="in", dialect="bvlc")):
        outcome, opened = reading([path], options)
        assert [d.code for d in outcome.diagnostics] == ["FIL030"]
        assert outcome.diagnostics[0].severity == "warning"
        assert opened == [str(there / path)]
        assert not any("secret" in d.message for d in outcome.diagnostics)


@pytest.mark.parametrize("named", ["in/link.prototxt", "in/../out/net.prototxt"])
def test_a_name_that_leads_out_from_the_working_directory_is_not_found(there, named):
    path = solver(there, named)
    outcome, opened = reading([path], Options(root="in", select=("FIL",)))
    assert [d.code for d in outcome.diagnostics] == ["FIL009"]
    assert opened == [str(there / path)]


def test_what_is_there_and_what_is_not_look_alike(there):
    told = []
    for named in ("../out/net.prototxt", "../out/none.prototxt"):
        outcome, _ = reading([solver(there, named)], Options(root="in"))
        (found,) = outcome.diagnostics
        told.append((found.message.replace(named, "X"), outcome.notes))
    assert told[0] == told[1]


@pytest.mark.parametrize("named", ["net.prototxt", "in/net.prototxt", "sub/../net.prototxt"])
def test_a_net_within_the_root_is_read(there, named):
    outcome, opened = reading([solver(there, named)], Options(root="in"))
    assert outcome.diagnostics == ()
    assert str(there / "in" / "net.prototxt") in opened


def test_without_a_root_every_net_is_followed(there):
    _, opened = reading([solver(there, "../out/net.prototxt")], Options())
    assert str(there / "out" / "net.prototxt") in opened


def test_given_files_and_links_outside_are_left_out(there):
    (there / "out" / "other.prototxt").write_text(SECRET)
    outcome, opened = reading(["in", "out/other.prototxt"], Options(root="in"))
    assert opened == [str(there / "in" / "net.prototxt")]
    assert [(d.code, d.path) for d in outcome.diagnostics] == [
        ("FIL030", "in/link.prototxt"),
        ("FIL030", "out/other.prototxt"),
    ]


def test_a_folder_beside_the_root_with_a_longer_name_is_outside(there):
    assert files.within("in/sub", "in")
    assert files.within("in", "in")
    os.mkdir("in2")
    assert not files.within("in2", "in")
    assert not files.within("in/../out", "in")
    assert files.within("out", "/")
    assert not files.within("a\0b", "in")


def test_no_follow_reads_the_given_files_only(there):
    path = solver(there, "net.prototxt")
    outcome, opened = reading([path], Options(follow=False))
    assert opened == [str(there / path)]
    assert outcome.files == 1


def test_the_pair_of_a_net_is_within_the_root(there):
    outcome, opened = reading(["in/net.prototxt"], Options(root="in", pair=("out/net.prototxt",)))
    assert opened == [str(there / "in" / "net.prototxt")]
    assert not outcome.diagnostics


# The setting, and the option of each command.


def test_setting_counts_from_the_folder_of_its_file(there):
    (there / "in" / "protolint.toml").write_text('root = "."\n')
    solver(there, "../out/net.prototxt")
    ended = protolint("check", "in", "--output-format", "json", cwd=there)
    found = [(d["code"], d["path"]) for d in json.loads(ended.out)]
    assert found == [("FIL030", "in/link.prototxt"), ("FIL030", "in/solver.prototxt")]
    assert "secret" not in ended.out


def test_the_command_line_is_wider_or_narrower_than_the_setting(there):
    (there / "in" / "protolint.toml").write_text('root = ".."\n')
    ended = protolint("check", "--root", "in", "in", "--output-format", "json", cwd=there)
    assert [d["code"] for d in json.loads(ended.out)] == ["FIL030"]


@pytest.mark.parametrize(
    "text", ['rule-paths = ["../out"]\n', 'schema = "../out/net.prototxt"\n', "link"]
)
def test_a_configuration_that_is_found_names_nothing_outside(there, text):
    if text == "link":
        (there / "out" / "x.toml").write_text("secret secret")
        os.symlink("../out/x.toml", there / "in" / "protolint.toml")
    else:
        (there / "in" / "protolint.toml").write_text(text)
    ended = protolint("check", "--root", "in", "in/net.prototxt", cwd=there)
    assert ended.code == (0 if text == "link" else 2), ended.out
    assert "secret" not in ended.out


@pytest.mark.parametrize(
    "command",
    [("check",), ("check", "--solvers"), ("net",), ("prove",), ("format", "--diff"), ("upgrade",)],
    ids=" ".join,
)
def test_every_command_keeps_within_the_root(there, command):
    before = (there / "out" / "net.prototxt").read_text()
    solver(there, "../out/net.prototxt")
    named = ("in/solver.prototxt", "in/link.prototxt")
    for name in named:
        ended = protolint(*command, "--root", "in", name, cwd=there)
        assert "secret" not in ended.out + ended.err
        assert "internal fault" not in ended.err
    assert (there / "out" / "net.prototxt").read_text() == before


@pytest.mark.parametrize("command", [("check", "--fix"), ("format",), ("check", "--add-ignores")])
def test_nothing_outside_is_written(there, command):
    text = "momentm: 1\nlayer{name:'x'}\n"
    (there / "out" / "net.prototxt").write_text(text)
    protolint(*command, "--root", "in", "in", cwd=there)
    assert (there / "out" / "net.prototxt").read_text() == text


def test_root_that_is_no_folder(there):
    ended = protolint("check", "--root", "none", "in", cwd=there)
    assert ended.code == 2
    assert "--root" in ended.err


# A FIFO that takes the place of a file between the look at it and the opening.


def test_a_pipe_that_came_meanwhile_is_not_waited_for(tmp_path, monkeypatch):
    path = tmp_path / "net.prototxt"
    path.write_text(SOUND_NET)
    before = os.stat(path)
    os.remove(path)
    os.mkfifo(path)
    monkeypatch.setattr(os, "stat", lambda _: before)
    assert files.read(str(path)) == b"", "no writer: it is empty, and nothing hangs"

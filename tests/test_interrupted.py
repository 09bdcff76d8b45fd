"""Ctrl-C, SIGTERM, a closed pipe, a full disk: files stay whole, and the exit is clean.

A limit on the size of files stands for the full disk where a process of its own is looked at: the
kernel refuses to write beyond it, as it does without space.
"""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys

import pytest
from command import SOUND_NET, SOUND_SOLVER, environment, protolint, signalled, write

from protolint import compiled, files

WRONG = SOUND_SOLVER.replace("net.prototxt", "n") + "momentm: 0.9\n" + "# a long file\n" * 500
UGLY = 'layer{name:"a"\n' + "#c\n" * 3000 + 'type:"ReLU" bottom:"b" top:"c"}\n'
OLD = 'layers { name: "a" type: RELU bottom: "b" top: "b" }\n' + "# c\n" * 2000


def full_disk():
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


WRITING = {
    "check --fix": WRONG,
    "check --add-ignores": WRONG,
    "format": UGLY,
    "upgrade": OLD,
}


@pytest.mark.parametrize("command", WRITING)
def test_full_disk_leaves_the_file_as_it_was(tmp_path, command):
    (path,) = write(tmp_path, x=WRITING[command])
    ended = protolint(*command.split(), "x.prototxt", cwd=tmp_path, preexec=full_disk)
    assert (ended.code, "Traceback" in ended.err) == (2, False)
    assert "cannot write x.prototxt: file too large" in ended.err
    with open(path, encoding="utf-8") as file:
        assert file.read() == WRITING[command]
    assert os.listdir(tmp_path) == ["x.prototxt"]
    assert protolint(*command.split(), "x.prototxt", cwd=tmp_path).code != 2
    with open(path, encoding="utf-8") as file:
        assert file.read() != WRITING[command], "or this test tests nothing"


@pytest.mark.parametrize("option", ["--output-file", "--write-baseline"])
def test_full_disk_leaves_a_report_as_it_was(tmp_path, option):
    write(tmp_path, x=SOUND_SOLVER + "".join(f"no_field_{n}: 1\n" for n in range(100)))
    (tmp_path / "report").write_text("old")
    ended = protolint("check", "x.prototxt", option, "report", cwd=tmp_path, preexec=full_disk)
    assert (ended.code, "Traceback" in ended.err) == (2, False)
    assert (tmp_path / "report").read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["report", "x.prototxt"]


def test_full_disk_costs_the_cache_and_nothing_else(tmp_path):
    write(tmp_path, x=SOUND_NET)
    env = environment(XDG_CACHE_HOME=str(tmp_path / "cache"))
    ended = protolint("check", "x.prototxt", cwd=tmp_path, env=env, preexec=full_disk)
    assert (ended.code, ended.err) == (0, "")
    left = [name for _, _, names in os.walk(tmp_path / "cache") for name in names]
    assert left == []


@pytest.mark.parametrize("command", [("check",), ("net",), ("rule", "--all"), ("lr",), ("prove",)])
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_full_standard_output(tmp_path, command):
    write(tmp_path, net=SOUND_NET, solver=SOUND_SOLVER)
    words = command if command[0] == "rule" else (*command, "solver.prototxt")
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "protolint", *words],
            cwd=tmp_path,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert ended.returncode == 2, ended.stderr
    assert b"Traceback" not in ended.stderr
    assert b"no space left" in ended.stderr.lower()


@pytest.mark.parametrize("failing", ["write", "fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_whatever_fails_the_old_content_stays(tmp_path, monkeypatch, failing, number):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(*_):
        raise OSError(number, os.strerror(number))

    if failing == "write":

        class Failing:
            def __init__(self, name, mode):
                self.file = open(name, mode)  # noqa: SIM115  (closed below)

            def __enter__(self):
                return self

            def __exit__(self, *_):
                self.file.close()

            write = fail

        monkeypatch.setattr(files, "open", Failing, raising=False)
    else:
        monkeypatch.setattr(os, failing, fail)
    with pytest.raises(OSError, match=os.strerror(number)):
        files.write_whole(str(path), b"new")
    assert os.listdir(tmp_path) == ["file"]
    assert path.read_bytes() == b"old"


def test_what_fails_while_caching_is_no_fault(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", fail)
    assert compiled.load("test", [__file__], lambda: [1]) == [1]
    assert [name for _, _, names in os.walk(tmp_path) for name in names] == []


# Signals.

SLOW_WRITE = """
import os, time
from protolint.__main__ import main
def slowly(*_):
    print("writing", flush=True)
    time.sleep(60)
os.{function} = slowly
main()
"""


@pytest.mark.parametrize("function", ["fsync", "replace"])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["check --fix", "format"])
def test_a_signal_while_a_file_is_written(tmp_path, command, sent, function):
    write(tmp_path, x=WRITING[command])
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            SLOW_WRITE.format(function=function),
            *command.split(),
            "x.prototxt",
        ],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline() == b"writing\n"
        process.send_signal(sent)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (128 + sent, b"")
    assert os.listdir(tmp_path) == ["x.prototxt"]
    assert (tmp_path / "x.prototxt").read_text() == WRITING[command]


def test_sigterm_while_checking(tmp_path):
    os.mkdir(tmp_path / "nets")
    for number in range(300):
        write(tmp_path / "nets", **{f"n{number}": SOUND_NET * 100})
    words = ("-m", "protolint", "check", "nets")
    ended = signalled(*words, cwd=tmp_path, after=1, number=signal.SIGTERM)
    assert ended == (143, b"", b"")


# A reader that has seen enough.


@pytest.mark.parametrize(
    "words",
    [
        "check x.prototxt",
        "check x.prototxt --output-format json",
        "rule --all",
        "net x.prototxt",
        "config --schema",
        "format --diff x.prototxt",
    ],
)
def test_closed_pipe_is_no_fault(tmp_path, words):
    write(tmp_path, x="layer{name:'a' type:'X' top:'a' no_such_field:1}\n" * 3000)
    command = f"{sys.executable} -m protolint {words} | head -c 1 >head; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, env=environment(), capture_output=True, check=False
    )
    assert b"Traceback" not in ended.stderr
    assert b"fault" not in ended.stderr
    assert int(ended.stdout) in (0, 1)
    assert os.path.getsize(tmp_path / "head") == 1

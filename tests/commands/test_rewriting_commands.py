"""``protolint format`` and ``protolint upgrade`` as a user runs them."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest
from command import environment, protolint, write

UGLY = 'layer{name:"a"}\n'
NEAT = 'layer { name: "a" }\n'
OLD = "layers {\n  type: RELU\n}\n"
NEW = 'layer {\n  type: "ReLU"\n}\n'
BROKEN = "layer {\n  name: \n}\n"


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, ugly=UGLY, neat=NEAT, old=OLD)
    return tmp_path


def content(folder, name):
    return (folder / f"{name}.prototxt").read_bytes().decode("utf-8", "surrogateescape")


def test_format_writes_what_changes(folder):
    before = os.stat(folder / "neat.prototxt")
    os.chmod(folder / "ugly.prototxt", 0o640)
    code, out, err = protolint("format", ".", cwd=folder)
    assert (code, out, err) == (0, "1 file reformatted, 2 files left unchanged\n", "")
    assert content(folder, "ugly") == NEAT
    assert stat.S_IMODE(os.stat(folder / "ugly.prototxt").st_mode) == 0o640
    after = os.stat(folder / "neat.prototxt")
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    code, out, err = protolint("format", ".", "--check", cwd=folder)
    assert (code, out, err) == (0, "3 files left unchanged\n", "")


@pytest.mark.parametrize(
    ("command", "verb", "done", "rest"),
    [
        ("format", "reformat", "reformatted", "left unchanged"),
        ("upgrade", "upgrade", "upgraded", "up to date"),
    ],
)
def test_check_writes_nothing(folder, command, verb, done, rest):
    name = "ugly" if command == "format" else "old"
    code, out, err = protolint(command, "--check", ".", cwd=folder)
    assert (code, err) == (1, "")
    lines = [f"would {verb}: ./{name}.prototxt", f"1 file would be {done}, 2 files {rest}"]
    assert out.splitlines() == lines
    assert (content(folder, "ugly"), content(folder, "old")) == (UGLY, OLD)


def test_diff_can_be_applied(folder):
    write(folder, end="a:1", crlf="a:1\r\nb : 2\r\n", strange="a:'\x0b\u2028'\n")
    code, out, err = protolint("format", "--diff", ".", cwd=folder)
    assert code == 1
    assert "--- " in out
    assert err == "4 files would be reformatted, 2 files left unchanged\n"
    assert content(folder, "ugly") == UGLY
    subprocess.run(["patch", "-p0", "--binary"], input=out.encode(), cwd=folder, check=True)
    assert content(folder, "end") == "a: 1\n"
    assert content(folder, "crlf") == "a: 1\r\nb: 2\r\n"
    code, out, err = protolint("format", "--diff", ".", cwd=folder)
    assert (code, out) == (0, "")


def test_standard_input_goes_to_standard_output(folder):
    assert protolint("format", "-", cwd=folder, text=UGLY) == (0, NEAT, "")
    assert protolint("format", "-", cwd=folder, text=NEAT) == (0, NEAT, "")
    assert protolint("upgrade", "-", cwd=folder, text=OLD) == (0, NEW, "")
    code, out, err = protolint("format", "-", "--check", cwd=folder, text=UGLY)
    assert (code, out.splitlines()[0], err) == (1, "would reformat: <stdin>", "")
    code, out, err = protolint("format", "-", "--stdin-filename", "x", cwd=folder, text=BROKEN)
    assert (code, out) == (2, "")
    assert "--> x:" in err
    text = '\ufeffa: "é\u2028"'.encode()
    ended = subprocess.run(
        [sys.executable, "-m", "protolint", "format", "-"],
        input=text,
        capture_output=True,
        cwd=folder,
        env=environment(PYTHONIOENCODING="ascii"),
        check=False,
    )
    assert ended.stdout == text[3:] + b"\n"


def test_what_cannot_be_formatted_is_left_and_told(folder):
    write(folder, broken=BROKEN, latin=b'a:"\xe9"\n', wide="a:1\n".encode("utf-16"))
    code, out, err = protolint("format", ".", cwd=folder)
    assert code == 2
    assert (
        out
        == "1 file reformatted, 2 files left unchanged, 3 files not reformatted, as told above\n"
    )
    assert "broken.prototxt:3:1" in err
    assert "byte 0xe9 at 1:4 is not UTF-8" in err
    assert "FIL011" in err
    assert content(folder, "broken") == BROKEN
    assert (folder / "latin.prototxt").read_bytes() == b'a:"\xe9"\n'
    code, out, err = protolint("format", "missing.prototxt", cwd=folder)
    assert (code, "FIL001" in err) == (2, True)


def test_excluded_files_are_left(folder):
    (folder / "protolint.toml").write_text('exclude = ["ugly.prototxt"]\n')
    code, out, err = protolint("format", ".", cwd=folder)
    assert (code, out, err) == (0, "2 files left unchanged\n", "")
    code, out, err = protolint("format", "ugly.prototxt", cwd=folder)
    assert (code, out) == (0, "no file to reformat\n")
    assert "excludes it" in err
    code, out, err = protolint("format", "--isolated", "ugly.prototxt", cwd=folder)
    assert (code, out) == (0, "1 file reformatted\n")
    args = ("format", "-", "--stdin-filename", "ugly.prototxt")
    assert protolint(*args, cwd=folder, text=UGLY)[:2] == (0, UGLY)
    (folder / "protolint.toml").write_text("exclud = 1\n")
    code, out, err = protolint("format", ".", cwd=folder)
    assert (code, "did you mean" in err) == (2, True)


def test_upgrade_writes_in_place(folder):
    code, out, err = protolint("upgrade", ".", cwd=folder)
    assert (code, out, err) == (0, "1 file upgraded, 2 files up to date\n", "")
    assert (content(folder, "old"), content(folder, "ugly")) == (NEW, UGLY)


def test_upgrade_to_another_file(folder):
    args = ("upgrade", "old.prototxt", "--output")
    assert protolint(*args, "new.prototxt", cwd=folder) == (0, "", "")
    assert (content(folder, "old"), content(folder, "new")) == (OLD, NEW)
    assert protolint(*args, "-", cwd=folder) == (0, NEW, "")
    code, _, err = protolint("upgrade", ".", "-o", "new.prototxt", cwd=folder)
    assert (code, "--output takes one file" in err) == (2, True)


def test_upgrade_can_format(folder):
    write(folder, old="layers {type: RELU}\n", ugly=UGLY)
    assert protolint("upgrade", "--format", ".", cwd=folder).code == 0
    assert content(folder, "old") == 'layer { type: "ReLU" }\n'
    assert content(folder, "ugly") == UGLY


def test_upgrade_keeps_bytes_that_are_not_utf_8(folder):
    write(folder, old=b"\xef\xbb\xbflayers { } # \xe9\n")
    assert protolint("upgrade", "old.prototxt", cwd=folder).code == 0
    assert (folder / "old.prototxt").read_bytes() == b"\xef\xbb\xbflayer { } # \xe9\n"


def test_upgrade_tells_what_is_refused_and_dropped(folder):
    write(
        folder,
        mixed='layer { name: "a" }\nlayers { }\n',
        v0="layers { layer { pad: 1 } }\ndebug_info: true\n",
    )
    code, out, err = protolint("upgrade", ".", cwd=folder)
    assert code == 2
    assert out == "2 files upgraded, 2 files up to date, 1 file not upgraded, as told above\n"
    assert "error[NET001]" in err
    assert "warning[NET007]" in err
    assert content(folder, "mixed").endswith("layers { }\n")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "name at least one file"),
        (("-", "ugly.prototxt"), "stands alone"),
        (("ugly.prototxt", "--stdin-filename", "x"), "needs the path `-`"),
        (("ugly.prototxt", "--config", "c", "--isolated"), "exclude each other"),
    ],
)
def test_wrong_commands(folder, args, said):
    code, out, err = protolint("format", *args, cwd=folder)
    assert (code, out) == (2, "")
    assert said in err

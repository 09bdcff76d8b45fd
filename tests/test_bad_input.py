"""Input that is no solver and no net: one clear diagnostic, no traceback, bounded memory."""

from __future__ import annotations

import json
import os
import resource
import stat

import pytest
from command import SOUND_NET, SOUND_SOLVER, protolint, write
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from protolint import files, pipeline, report
from protolint.report.run import Run

MEMORY = 1 << 30
"""Bytes of address space that a check of the input in this module may take."""


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def check(folder, *args):
    """Check in a process of limited memory; return the exit code and what was found."""
    ended = protolint("check", *args, "--output-format", "json", cwd=folder, preexec=limited)
    assert ended.err == ""
    assert protolint("check", *args, cwd=folder, preexec=limited).code == ended.code
    return ended.code, json.loads(ended.out)


UTF16 = SOUND_NET.encode("utf-16-le")
MODEL = b"\n\x07CaffeNet\xa2\x06\x96\x01\n\x04data\x12\x04Data" + bytes(range(256)) * 20

# name: content, exit code, code of the one finding (None: nothing is wrong with it)
ONE_FINDING = {
    "empty": (b"", 0, None),
    "blank": (b" \n\t\r\n", 0, None),
    "comment": (b"# nothing", 0, None),
    "mark": (b"\xef\xbb\xbf" + SOUND_NET.encode(), 0, None),
    "crlf": (SOUND_NET.replace("\n", "\r\n").encode(), 0, None),
    "no_newline": (SOUND_NET.rstrip("\n").encode(), 0, None),
    "latin_comment": (b"# caf\xe9 \xff\n" + SOUND_NET.encode(), 0, None),
    "latin_string": (b'name: "caf\xe9\xff"\n' + SOUND_NET.encode(), 0, None),
    "nul_in_comment": (b"# a\0b\n" + SOUND_NET.encode(), 1, "SYN"),
    "nul": (SOUND_NET.encode() + b"\0", 1, "SYN"),
    "nul_in_string": (b'name: "a\0b"\n' + SOUND_NET.encode(), 1, "SYN"),
    "nuls": (bytes(100_000), 1, "FIL003"),
    "lone_quote": (b'"', 1, "SYN"),
    "lone_apostrophe": (b"'\n", 1, "SYN"),
    "open_string": (SOUND_NET.encode() + b'name: "x', 1, "SYN"),
    "braces": (b"{" * 100_000, 1, "SYN"),
    "brackets": (b"[" * 100_000, 1, "SYN"),
    "closes": (b"}" * 100_000, 1, "SYN"),
    "latin": (SOUND_NET.encode() + b"\xe9", 1, "SYN"),
    "caffemodel": (MODEL, 1, "FIL003"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(2000), 1, "FIL003"),
    "utf16": (b"\xff\xfe" + UTF16, 1, "FIL011"),
    "utf16_big": (("\ufeff" + SOUND_NET).encode("utf-16-be"), 1, "FIL011"),
    "utf16_bare": (UTF16, 1, "FIL003"),
    "html": (b"<!DOCTYPE html>\n<html><body>layer { }</body></html>\n", 1, "FIL004"),
    "conflict": (
        b"<<<<<<< ours\n" + SOUND_NET.encode() + b"=======\nname: 1\n>>>>>>> theirs\n",
        1,
        "FIL005",
    ),
    "template": (SOUND_SOLVER.replace("100", "${MAX}").encode(), 1, "FIL006"),
    "old_template": (SOUND_SOLVER.replace("100", "$#MAX#$").encode(), 1, "FIL006"),
    "labels": (b'item { name: "cat" label: 1 display_name: "Cat" }\n', 0, "FIL007"),
    "other": (b'model_config { batch: 3 }\nbackend: "x"\n', 0, "FIL008"),
}


@pytest.mark.parametrize("name", ONE_FINDING)
def test_one_clear_diagnostic(tmp_path, name):
    content, code, expected = ONE_FINDING[name]
    write(tmp_path, bad=content, net=SOUND_NET)
    ended, found = check(
        tmp_path, "bad.prototxt", "--select", "FIL,SYN,SCH,GRF0", "--ignore", "GRF03"
    )
    assert ended == code, found
    codes = [entry["code"] for entry in found]
    assert len(codes) == (expected is not None), codes
    assert all(seen.startswith(expected) for seen in codes)


DEEP = {
    "blocks": b"a{" * 100_000,
    "closed_blocks": b"a{" * 100_000 + b"}" * 100_000,
    "layers": b"layer{" * 100_000,
    "closed_layers": b"layer{" * 100_000 + b"}" * 100_000,
    "nets": b"net_param{" * 100_000 + b"}" * 100_000,
    "lines": b"layer {\n" * 100_000,
    "angles": b"layer<" * 100_000,
    "lists": b"base_lr:" + b"[" * 100_000,
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_nesting_is_told_in_few_words(tmp_path, name):
    write(tmp_path, deep=DEEP[name])
    code, found = check(tmp_path, "deep.prototxt", "--select", "FIL,SYN,SCH")
    assert 1 <= len(found) <= 3
    assert code == int(any(entry["severity"] == "error" for entry in found))


def test_file_with_very_many_errors(tmp_path):
    solver = SOUND_SOLVER + "no_such_field: 1\n" * 100_000 + "momentum: 7 7\n"
    write(tmp_path, many=solver)
    code, found = check(tmp_path, "many.prototxt", "--no-follow")
    assert (code, len(found)) == (1, pipeline.MOST_FINDINGS + 1)
    cut = [entry for entry in found if entry["code"] == "FIL012"]
    assert len(cut) == 1
    assert cut[0]["message"].startswith("10000")
    _, found = check(tmp_path, "many.prototxt", "--no-follow", "--select", "SYN")
    assert found, "what is selected is not crowded out"
    assert {entry["code"][:3] for entry in found} == {"SYN"}


def test_file_of_100_megabytes(tmp_path):
    with open(tmp_path / "large.prototxt", "wb") as file:
        file.truncate(100 << 20)
    code, found = check(tmp_path, "large.prototxt")
    assert (code, [entry["code"] for entry in found]) == (0, ["FIL002"])
    assert found[0]["message"] == "not checked: 100 MiB is more than the limit of 8 MiB"


# What is no regular file.


def test_directory_named_like_a_net(tmp_path):
    os.mkdir(tmp_path / "x.prototxt")
    write(tmp_path / "x.prototxt", inner=SOUND_NET)
    write(tmp_path, solver=SOUND_SOLVER.replace("net.", "x."))
    assert check(tmp_path, "x.prototxt") == (0, [])
    code, found = check(tmp_path, "solver.prototxt")
    assert (code, [entry["code"] for entry in found]) == (1, ["FIL001"])
    assert "directory" in found[0]["message"]


def test_special_files_are_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.prototxt")
    os.symlink("nowhere", tmp_path / "lost.prototxt")
    names = ["pipe.prototxt", "/dev/zero", "lost.prototxt", "none.prototxt", "none/of.prototxt"]
    for name in names:
        code, found = check(tmp_path, name)
        assert (code, [entry["code"] for entry in found]) == (1, ["FIL001"])
    for name in names[:2]:
        write(tmp_path, solver=SOUND_SOLVER.replace("net.prototxt", name))
        code, found = check(tmp_path, "solver.prototxt")
        assert (code, [entry["code"] for entry in found]) == (1, ["FIL001"])
        assert "regular" in found[0]["message"]


def test_too_long_a_name(tmp_path):
    code, found = check(tmp_path, "x" * 5000)
    assert (code, [entry["code"] for entry in found]) == (1, ["FIL001"])


def test_unreadable_file(tmp_path):
    """Root may read everything, hence the refusal is made up."""
    (path,) = write(tmp_path, net=SOUND_NET)

    def refuse(_):
        raise files.unreadable(PermissionError(13, "Permission denied"))

    outcome = pipeline.check_paths([path], read=refuse)
    assert [d.message for d in outcome.diagnostics] == ["cannot be read: permission denied"]
    assert (pipeline.exit_code(outcome, "error"), outcome.faults) == (1, ())
    os.chmod(path, 0)
    if not os.access(path, os.R_OK):
        found = pipeline.check_paths([path]).diagnostics
        assert [d.message for d in found] == ["cannot be read: permission denied"]
    os.chmod(path, stat.S_IRUSR)


def test_file_that_vanishes_between_find_and_read(tmp_path):
    paths = write(tmp_path, a=SOUND_NET, b=SOUND_NET)

    def read(path):
        if path == paths[0]:
            os.remove(paths[1])
        return files.read(path)

    outcome = pipeline.check_paths([str(tmp_path)], read=read)
    assert [(d.code, d.path) for d in outcome.diagnostics] == [("FIL001", paths[1])]
    assert outcome.faults == ()


# What the terminal must not obey.


def test_controls_in_names_and_content_are_shown_not_sent(tmp_path):
    evil = "\x1b[2J\x1b]0;title\x07\u202e\r"
    name = f"net{evil}.prototxt"
    with open(tmp_path / name, "w", encoding="utf-8", newline="") as file:
        file.write(f'layer {{ name: "x{evil}" type: "ReLU" bottom: "b{evil}" top: "t" }}\n{evil}\n')
    write(tmp_path, solver=SOUND_SOLVER.replace("net.prototxt", f"none{evil}"))
    for layout in ("full", "concise", "json"):
        args = ("solver.prototxt", name, "--output-format", layout, "--undecided")
        ended = protolint("check", *args, cwd=tmp_path)
        assert (ended.code, ended.err) == (1, "")
        assert not [c for c in ended.out if c != "\n" and not c.isprintable()]


# Whatever the bytes.

ALPHABET = st.sampled_from(
    [
        *(b"layer", b"{", b"}", b"<", b">", b"[", b"]", b":", b",", b";", b'"', b"'", b"#", b"\\"),
        *(b"name", b"type", b"top", b"bottom", b"net", b"base_lr", b"lr_policy", b"pooling_param"),
        *(b"kernel_size", b"include", b"phase", b"TRAIN", b'"Pooling"', b'"x"', b"1", b"-", b"0.5"),
        *(b"inf", b"1e999", b"010", b"0x", b" ", b"\n", b"\r\n", b"\0", b"\xff", b"\xe2\x80\xa8"),
        *(b"<<<<<<< a\n", b"${X}", b"\xef\xbb\xbf", b"input_dim", b"layers", b"item", b"\x1b"),
    ]
)
BYTES = st.binary(max_size=200) | st.lists(ALPHABET, max_size=60).map(b"".join)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(BYTES)
@example(MODEL)
@example(b"layer{name:\xff")
@example(b"\xef\xbb\xbf\xef\xbb\xbf")
def test_any_bytes_give_diagnostics_within_the_text(data):
    outcome = pipeline.check_paths(
        ["any.prototxt"], pipeline.Options(select=("",), follow=False), read=lambda _: data
    )
    assert outcome.faults == ()
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    lengths = [len(line) for line in text.split("\n")]
    for found in outcome.diagnostics + outcome.undecided:
        for start, end in (found.range, *(label.range for label in found.secondary)):
            assert (1, 1) <= start <= end
            for place in (start, end):
                assert place.line <= len(lengths)
                assert place.column <= lengths[place.line - 1] + 1
    run = Run(outcome.diagnostics + outcome.undecided, outcome.sources, outcome.notes, 1)
    assert len(json.loads(report.render("json", run))) == len(run.diagnostics)
    for layout in ("full", "concise"):
        shown = report.render(layout, run)
        assert not [c for c in shown if c != "\n" and not c.isprintable()]

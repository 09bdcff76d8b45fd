"""Baselines: what is known stays quiet, what is new is told, what is gone is said to be stale."""

from __future__ import annotations

import json
import os

import pytest
from command import SOUND_NET, protolint, write

from protolint import baseline
from protolint.diagnostic import Diagnostic, Position, Range

ONE = SOUND_NET.replace('top: "out"', 'top: "out" phase: TEST')
TWO = ONE + 'layer { name: "b" type: "ReLU" bottom: "out" top: "b" phase: TEST }\n'


@pytest.fixture
def there(tmp_path):
    write(tmp_path, net=ONE, other=TWO)
    ended = protolint("check", ".", "--write-baseline", "known.json", cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert "note: known.json: written, and knows 3 findings" in ended.out
    return tmp_path


def check(folder, *args, known="known.json"):
    fail = ("--fail-on", "warning", "--output-format", "grouped")
    return protolint("check", *(args or (".",)), "--baseline", known, *fail, cwd=folder)


def test_what_is_known_is_not_told_and_does_not_fail(there):
    ended = check(there)
    assert (ended.code, "LAY006" in ended.out) == (0, False)
    assert "note: known.json: 3 findings are known and not told" in ended.out
    assert "Found nothing new in 2 files" in ended.out
    assert "stale" not in ended.out


def test_the_file_is_sorted_and_relative(there):
    table = json.loads((there / "known.json").read_text())
    assert table["version"] == 1
    entries = [(e["path"], e["code"], e["fingerprint"], e["count"]) for e in table["findings"]]
    assert entries == sorted(entries)
    assert [e[:2] + e[3:] for e in entries] == [
        ("net.prototxt", "LAY006", 1),
        ("other.prototxt", "LAY006", 1),
        ("other.prototxt", "LAY006", 1),
    ]
    before = (there / "known.json").read_bytes()
    protolint("check", "other.prototxt", ".", "--write-baseline", "known.json", cwd=there)
    assert (there / "known.json").read_bytes() == before


def test_moved_lines_are_known(there):
    write(there, other='name: "n"\n\n' + TWO.replace("layer {", "   layer {"))
    assert check(there).code == 0


def test_new_findings_are_told_and_fail(there):
    write(there, net=TWO)
    ended = check(there)
    assert ended.code == 1
    assert [line.split()[:2] for line in ended.out.split("\n") if "LAY006" in line] == [
        ["3:55", "warning[LAY006]"]
    ]


def test_as_many_as_are_known_are_held_back(tmp_path):
    line = "layer { type: 'ReLU' bottom: 'data' top: 'data' phase: TEST }\n"
    write(tmp_path, net=SOUND_NET + 2 * line)
    protolint("check", ".", "--write-baseline", "known.json", "--select", "LAY006", cwd=tmp_path)
    (entry,) = json.loads((tmp_path / "known.json").read_text())["findings"]
    assert entry["count"] == 2
    write(tmp_path, net=SOUND_NET + 3 * line)
    ended = check(tmp_path, ".", "--select", "LAY006")
    assert (ended.code, ended.out.count("LAY006")) == (1, 1)
    write(tmp_path, net=SOUND_NET + line)
    assert check(tmp_path, ".", "--select", "LAY006").code == 0


def test_stale_entries_are_counted(there):
    write(there, other=ONE.replace(" phase: TEST", ""))
    assert "known.json: 2 entries are stale" in check(there).out
    assert "stale" not in check(there, "net.prototxt").out
    assert "stale" not in check(there, ".", "--select", "GRF").out
    os.remove(there / "other.prototxt")
    assert "known.json: 2 entries are stale" in check(there, "net.prototxt").out


def test_paths_are_relative_to_the_folder_of_the_baseline(there):
    os.mkdir(there / "sub")
    assert check(there / "sub", "..", known="../known.json").code == 0
    assert check(there / "sub", str(there), known=str(there / "known.json")).code == 0
    os.rename(there / "known.json", there / "sub" / "known.json")
    assert check(there, known="sub/known.json").code == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "no such file or directory"),
        (b"\xff", "not UTF-8"),
        (b"{", "not a baseline"),
        (b"[]", "no version"),
        (b'{"version": 2}', "a baseline of version 2"),
        (b'{"version": 1}', "'findings' is no list"),
        (b'{"version": 1, "findings": [{"path": "a"}]}', "finding 1"),
        (
            b'{"version":1,"findings":[{"path":"","code":"","fingerprint":"","count":"1"}]}',
            "finding 1",
        ),
    ],
)
def test_what_is_no_baseline_is_a_mistake_of_the_command(tmp_path, text, reason):
    write(tmp_path, net=SOUND_NET)
    if text is not None:
        (tmp_path / "known.json").write_bytes(text)
    ended = check(tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("protolint: known.json: ")
    assert reason in ended.err


def test_unwritable_baseline(tmp_path):
    write(tmp_path, net=ONE)
    ended = protolint("check", ".", "--write-baseline", "none/known.json", cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "cannot write none/known.json: no such file or directory" in ended.err


def test_odd_paths_and_texts_survive_the_file(tmp_path):
    place = Range(Position(1, 1), Position(1, 2))
    found = [Diagnostic("AAA001", "a", "error", "none", "m", f"{tmp_path}/é\udcff", place)] * 2
    sources = {found[0].path: "\udcfe: 1"}
    text = baseline.render(found, sources, str(tmp_path))
    assert text.isascii()
    known = baseline.parse(text)
    assert [(e.path, n) for e, n in known.items()] == [("é\udcff", 2)]
    assert baseline.compare(known, found, sources, str(tmp_path), ()).held == 2
    assert baseline.parse(baseline.render([], {}, "")) == {}


# --output-file


def test_output_file_holds_the_report(tmp_path):
    write(tmp_path, net=ONE)
    args = ("check", ".", "--fail-on", "warning", "--output-format", "sarif")
    shown = protolint(*args, cwd=tmp_path)
    ended = protolint(*args, "--output-file", "report.sarif", cwd=tmp_path)
    assert ended == (1, "", "")
    assert (tmp_path / "report.sarif").read_text() == shown.out
    assert sorted(os.listdir(tmp_path)) == ["net.prototxt", "report.sarif"]


def test_output_file_that_cannot_be_written(tmp_path):
    write(tmp_path, net=ONE)
    ended = protolint("check", ".", "--output-file", "none/report", cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "protolint: cannot write none/report: no such file or directory\n"

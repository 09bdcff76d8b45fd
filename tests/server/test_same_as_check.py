"""What an editor shows is what `protolint check` finds in the same texts by the same settings."""

from __future__ import annotations

import json
import os
import shutil

import pytest
from command import ROOT, protolint

pytest.importorskip("pygls")

from pipe import Pipe

CAPABILITIES = {"general": {"positionEncodings": ["utf-32"]}}
"""Characters counted as `check` counts columns."""


def by_check(folder, *names):
    ended = protolint("check", "--output-format", "json", *names, cwd=folder)
    found = json.loads(ended.out)
    return {
        name: sorted(_row(d) for d in found if os.path.basename(d["path"]) == name)
        for name in os.listdir(folder)
    }


def _row(d):
    start, end = d["range"]["start"], d["range"]["end"]
    return (
        (start["line"], start["column"], end["line"], end["column"]),
        d["code"],
        d["severity"],
        d["message"],
    )


def by_server(folder, texts):
    """Open texts over files that hold something else, and return what is published of them."""
    with Pipe(folder) as pipe:
        pipe.initialize(folder, CAPABILITIES, {"delay": 0})
        found = {}
        for name, text in texts.items():
            pipe.open((folder / name).as_uri(), text)
        for name in texts:
            asked = {"textDocument": {"uri": (folder / name).as_uri()}}
            report = pipe.request("textDocument/diagnostic", asked)["result"]["items"]
            found[name] = sorted(_shown(d) for d in report)
        assert pipe.end() == 0
    return found


def _shown(d):
    start, end = d["range"]["start"], d["range"]["end"]
    at = start["line"] + 1, start["character"] + 1, end["line"] + 1, end["character"] + 1
    severity = ("error", "warning", "info")[d["severity"] - 1]
    return at, d["code"], severity, d["message"].split("\n")[0]


def compare(tmp_path, texts, config="", order=None):
    """Hold a server, under which the disk holds other texts, against a check of these."""
    folders = tmp_path / "disk", tmp_path / "open"
    for folder in folders:
        folder.mkdir()
        (folder / ".git").mkdir()
        if config:
            (folder / "protolint.toml").write_text(config)
    for name, text in texts.items():
        (folders[0] / name).write_text(text, encoding="utf-8", newline="")
        (folders[1] / name).write_text("name: 'other'\n")
    expected = by_check(folders[0], *(order or texts))
    found = by_server(folders[1], texts)
    shutil.rmtree(folders[1])
    assert found == {name: expected[name] for name in texts}
    return found


def read(*path):
    with open(os.path.join(*path), encoding="utf-8", newline="") as file:
        return file.read()


def test_the_examples(tmp_path):
    names = ("net.prototxt", "solver.prototxt")
    texts = {name: read(ROOT, "examples", name).replace("examples/", "") for name in names}
    found = compare(tmp_path, texts, order=names[::-1])
    assert all(found.values())


def test_by_a_configuration(tmp_path):
    texts = {"net.prototxt": read(ROOT, "examples", "net.prototxt")}
    config = 'ignore = ["GRF001"]\n[severity]\nNUM = "info"\nLAY001 = "error"\n'
    found = compare(tmp_path, texts, config)
    assert [row[1:3] for row in found["net.prototxt"]] == [("LAY001", "error")]


def test_with_comments_that_suppress(tmp_path):
    text = read(ROOT, "examples", "net.prototxt")
    text = text.replace("stride: 5", "stride: 5  # protolint: ignore[LAY001, DAT001] is meant")
    found = compare(tmp_path, {"net.prototxt": text})
    assert "LAY001" not in [row[1] for row in found["net.prototxt"]]


def test_texts_that_are_no_prototxt(tmp_path):
    compare(
        tmp_path,
        {
            "a.prototxt": "",
            "b.prototxt": "<!DOCTYPE html><html></html>",
            "c.prototxt": "\0\1\2",
            "d.prototxt": 'item { name: "a" id: 1 display_name: "b" }',
            "e.prototxt": "layer {\r\n name: 'ä😀' \f type 3\r\n",
            "f.prototxt": "hello world",
        },
    )


def test_fixtures(tmp_path):
    with open(
        os.path.join(ROOT, "tests", "facts", "check_fixtures.jsonl"), encoding="utf-8"
    ) as file:
        rows = [json.loads(line) for line in file]
    drawn = rows[:: len(rows) // 60]
    compare(tmp_path, {f"{number}.prototxt": row["text"] for number, row in enumerate(drawn)})


def test_real_files(tmp_path):
    root = os.environ.get("PROTOLINT_CORPUS")
    if not root:
        pytest.skip("PROTOLINT_CORPUS is not set")
    folder = os.path.join(root, "files")
    texts = {}
    for name in sorted(os.listdir(folder))[::14]:
        try:
            texts[name] = read(folder, name)
        except UnicodeDecodeError:
            continue  # what an editor makes of such a file is another text
    compare(tmp_path, texts)

"""Old nets of the corpus, upgraded: they hold what the model makes of them, and Caffe's blobs."""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from protolint.commands.net import Asked, show
from protolint.model.kind import document_kind
from protolint.model.upgrade import upgrade_layers, upgrade_solver
from protolint.pipeline import Configurations
from protolint.report.net import as_json
from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.schema.message import Message
from protolint.syntax.parser import parse
from protolint.syntax.source import decode
from protolint.upgrade import upgrade

if TYPE_CHECKING:
    from pathlib import Path

CORPUS = os.environ.get("PROTOLINT_CORPUS", "")
pytestmark = pytest.mark.skipif(not CORPUS, reason="PROTOLINT_CORPUS is not set")


def texts() -> dict[str, str]:
    folder = os.path.join(CORPUS, "files")
    found = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            found[name.removesuffix(".prototxt")] = decode(file.read())
    return found


def plain(value: Any) -> Any:
    if isinstance(value, Message):
        return {name: plain(item) for name, item in value.values.items()}
    return [plain(item) for item in value] if isinstance(value, list) else repr(value)


def comments(text: str) -> Counter[str]:
    return Counter(text[c.start : c.end].rstrip() for c in parse(text).comments)


def test_files_of_the_corpus() -> None:
    binder = Binder(load_bvlc())
    seen: Counter[str] = Counter()
    for name, text in texts().items():
        after = upgrade(text).text
        assert upgrade(after).text == after, name
        assert comments(after) == comments(text), name
        document, new = parse(text), parse(after)
        assert new.problems == [], name
        if document_kind(document) == "solver":
            old = upgrade_solver(binder.bind(document, "SolverParameter", []), [])
            expected = plain(old)
            expected.pop("solver_type", None)
            assert plain(binder.bind(new, "SolverParameter", [])) == expected, name
            seen["solver, changed" if after != text else "solver"] += 1
        else:
            layers = upgrade_layers(binder.bind(document, "NetParameter", []), [])
            found = binder.bind(new, "NetParameter", []).values.get("layer", [])
            assert plain(found) == plain(layers), name
            seen["net, changed" if after != text else "net"] += 1
    assert seen == {"net": 238, "net, changed": 130, "solver": 187, "solver, changed": 13}


def test_upgraded_nets_have_the_blobs_and_parameters_that_caffe_built(tmp_path: Path) -> None:
    every = texts()
    with open(os.path.join(CORPUS, "caffe.jsonl"), encoding="utf-8") as file:
        rows = [row for row in map(json.loads, file) if row["what"] == "net" and row["ok"]]
    seen = 0
    for row in rows:
        text = every[row["file"]]
        after = upgrade(text).text
        if after == text:
            continue
        path = tmp_path / f"{row['file']}.prototxt"
        path.write_bytes(after.encode("utf-8", "surrogateescape"))
        configurations = Configurations(isolated=True)
        asked = Asked(row["phase"], None, None, {}, (3, 256, 256), configurations)
        (view,) = show([str(path)], asked).views
        net = json.loads(as_json.render(view))
        if not any("batch axis" in guess for guess in row.get("guessed_shapes", ())):
            assert net["blobs"] == row["blobs"], row["file"]
            assert net["parameters"] == row["total_params"], row["file"]
            params = {layer["name"]: layer["params"] for layer in net["layers"] if layer["params"]}
            assert params == row["params"], row["file"]
            seen += 1
    assert seen == 151

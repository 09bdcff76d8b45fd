"""Nets of the corpus: what ``protolint net`` shows is what Caffe built, or why it did not."""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from protolint.commands.net import Asked, show
from protolint.pipeline import Configurations
from protolint.report.net import as_json

if TYPE_CHECKING:
    from protolint.commands.net import Shown

CORPUS = os.environ.get("PROTOLINT_CORPUS", "")
pytestmark = pytest.mark.skipif(not CORPUS, reason="PROTOLINT_CORPUS is not set")

DATUM = (3, 256, 256)
"""The records that stood in for the data when Caffe built the nets."""

OPEN = "everything but the batch axis"
"""How the rows call a stand-in that is not a record of images: its shape tells nothing."""


def rows(*, ok: bool) -> list[dict[str, Any]]:
    with open(os.path.join(CORPUS, "caffe.jsonl"), encoding="utf-8") as file:
        every = [json.loads(line) for line in file]
    return [row for row in every if row["what"] == "net" and row["ok"] is ok]


def shown(row: dict[str, Any]) -> Shown:
    path = os.path.join(CORPUS, "files", row["file"] + ".prototxt")
    isolated = Configurations(isolated=True)
    return show([path], Asked(row["phase"], None, None, {}, DATUM, isolated, "bvlc"))


def aborts(found: Shown) -> list[str]:
    return [d.message for d in found.diagnostics if d.effect == "abort"] + [
        f"{d.layer}: {d.message}" for view in found.views for d in view.aborts()
    ]


def agrees(shape: list[int | None] | None, expected: list[int], *, exact: bool) -> bool:
    if exact or (shape is not None and None not in shape):
        return shape == expected
    return shape is None or (
        len(shape) == len(expected)
        and all(p is None or p == q for p, q in zip(shape, expected, strict=True))
    )


def test_nets_that_caffe_builds() -> None:
    """Blobs and parameters are equal, name for name and number for number; nothing aborts."""
    seen: Counter[str] = Counter()
    for row in rows(ok=True):
        where = (row["file"], row["phase"])
        found = shown(row)
        assert aborts(found) == [], where
        assert not found.faults
        assert not found.unreadable
        (view,) = found.views
        net = json.loads(as_json.render(view))
        exact = not any(OPEN in guess for guess in row.get("guessed_shapes", ()))
        assert set(net["blobs"]) == set(row["blobs"]), where
        for name, shape in net["blobs"].items():
            assert agrees(shape, row["blobs"][name], exact=exact), (*where, name)
            seen["blobs"] += 1
        params = {layer["name"]: layer["params"] for layer in net["layers"] if layer["params"]}
        assert set(params) == set(row["params"]), where
        for name, shapes in params.items():
            assert len(shapes) == len(row["params"][name])
            for shape, expected in zip(shapes, row["params"][name], strict=True):
                assert agrees(shape, expected, exact=exact), (*where, name)
                seen["params"] += 1
        if exact:
            # No net of the corpus shares parameters, which Caffe's row would count twice.
            assert net["parameters"] == row["total_params"], where
            assert None not in (net["memory_bytes"], net["macs"]), where
            seen["totals"] += 1
        seen["nets"] += 1
    assert seen == {"nets": 329, "blobs": 19273, "params": 60346, "totals": 323}


def test_nets_that_caffe_refuses() -> None:
    """An abort is found for each, and first the one at the layer in which Caffe died."""
    seen: Counter[str] = Counter()
    for row in rows(ok=False):
        where = (row["file"], row["phase"])
        found = shown(row)
        assert aborts(found), where
        if row["stage"] == "init:splits":
            (view,) = found.views
            first = view.aborts()[0]
            assert f"(layer '{first.layer}'" in row["fatal"], where
            seen["splits"] += 1
        elif row["stage"] == "init:layer":
            (view,) = found.views
            assert view.aborts()[0].layer == row["layer"], where
            seen["layer"] += 1
        else:
            assert any(found.effect == "abort" for found in found.diagnostics), where
            seen["read"] += 1
    assert seen == {"read": 320, "splits": 7, "layer": 3}

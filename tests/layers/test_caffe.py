"""Whatever Caffe did with the fixtures of the facts and with the corpus, the descriptions say."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from runner import OutOfScopeError, run

from protolint.engine import catalogue
from protolint.engine.expression.template import render
from protolint.layers import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = os.path.dirname(__file__)
FACTS = os.path.join(HERE, "..", "facts")
CORPUS = os.environ.get("PROTOLINT_CORPUS", "")
DATUM = (3, 256, 256)

# What these files are about is no layer's doing: the graph, shared parameters, upgrades, a file
# that is missing, memory read past its end.
ELSEWHERE = {
    "g_inplace_after_consumer/net/TEST",
    "g_same_bottom_twice_inplace/net/TEST",
    "g_share_lr/net/TEST",
    "g_autosplit_name_clash/net/TEST",
    "g_include_exclude/net/TEST",
    "input_nodim/net/TEST",
    "input_1dim/net/TEST",
    "data_nosource_leveldb/net/TRAIN",
    "v1_string_ok/net/TEST",
    "v1_no_type/net/TEST",
    "upgrade.v0_drops_v2_layers",
    "upgrade.v0_v1_mixed",
    "upgrade.v0_type_unknown",
    "upgrade.v0_param_wrong_type",
    "upgrade.v0_padding_consumer_bottoms",
    "upgrade.v0_padding_bottoms",
    "upgrade.input_dim_too_few",
    "upgrade.input_without_shape",
    "upgrade.batchnorm_three_params",
    "param.share.mode_of_owner_ignored",
    "param.share.lr_mult",
    "net.inplace.other_consumer_before",
}


def _rows(name: str) -> list[dict[str, Any]]:
    with open(os.path.join(FACTS, name), encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [row for row in rows if row["id"] not in ELSEWHERE]


PROBES = [row for row in _rows("probes.jsonl") if row["stage"] != "read"]
FIXTURES = [row for row in _rows("shape_fixtures.jsonl") if not row["id"].startswith("parse.")]


def _lists(shapes: dict[str, Any]) -> dict[str, Any]:
    return {
        name: None if value is None else [list(v) if isinstance(v, tuple) else v for v in value]
        for name, value in shapes.items()
    }


@pytest.mark.parametrize("row", PROBES, ids=lambda row: row["id"])
def test_probe(row: dict[str, Any]) -> None:
    got = run(row["text"], row["phase"], row.get("level", 0), tuple(row.get("stages", ())), DATUM)
    if row["stage"].startswith("init"):
        assert got.stopped is not None, row["died"]
        if row["stage"] == "init:layer" and row["id"] != "g_propdown/net/TEST":
            # The number of propagate_down is looked at before Caffe says which layer it builds.
            assert got.stopped[0] == row["layer"]
        return
    assert got.stopped is None
    if "blobs" in row:
        assert _lists(got.blobs) == row["blobs"]
        assert _lists(got.params) == row["params"]
    elif row.get("values"):
        assert set(got.blobs) == set(row["values"])


@pytest.mark.parametrize("row", FIXTURES, ids=lambda row: row["id"])
def test_fixture(row: dict[str, Any]) -> None:
    stopped = _stopped(row)
    if row["ok"] or row["when"] in ("forward", "step"):
        assert not stopped
    else:
        assert stopped, row["died"]


def _stopped(row: dict[str, Any]) -> list[tuple[str, Fault | str]]:
    """Return where the net stops, in the phases in which it does."""
    phases = [row["phase"]] if "phase" in row else ["TRAIN", "TEST"]
    level, stages = row.get("level", 0), tuple(row.get("stages", ()))
    runs = [run(row["text"], phase, level, stages) for phase in phases]
    return [one.stopped for one in runs if one.stopped is not None]


def _worded(fault: Fault) -> str:
    args = {"layer": "…", "type": "…", **fault.args}
    return render(catalogue.load().rules[fault.rule].wording.message, args)


def test_reasons(golden: Callable[[str, str], None]) -> None:
    """The reason given is the one for which Caffe stopped, whose source place stands beside it."""
    lines = []
    for row in FIXTURES + PROBES:
        for _, fault in _stopped(row)[:1]:
            if isinstance(fault, Fault):
                message = _worded(fault)
                path = ".".join(map(str, fault.path)) or "type"
                lines.append(f"{row['id']} [{row['died']}] {fault.rule} at {path}: {message}")
    golden("golden/reasons.txt", "\n".join(lines) + "\n")


def test_enough_is_tested() -> None:
    assert len(PROBES) >= 145
    assert len(FIXTURES) >= 205


def _corpus() -> list[dict[str, Any]]:
    if not CORPUS:
        return []
    with open(os.path.join(CORPUS, "caffe.jsonl"), encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [row for row in rows if row["what"] == "net" and row["ok"]]


@pytest.mark.skipif(not CORPUS, reason="PROTOLINT_CORPUS is not set")
def test_corpus() -> None:
    """Blobs and parameters of every net that Caffe builds are equal, stand-ins left out."""
    nets = blobs = params = 0
    for row in _corpus():
        path = os.path.join(CORPUS, "files", row["file"] + ".prototxt")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        try:
            got = run(text, row["phase"], datum=DATUM)
        except OutOfScopeError:
            continue
        assert got.stopped is None, (row["file"], row["phase"])
        nets += 1
        guessed = set(row.get("guessed_shapes", ()))
        for name, shape in row["blobs"].items():
            if name not in guessed:
                assert _agrees(got.blobs[name], shape, exact=not guessed), (row["file"], name)
                blobs += 1
        for layer, shapes in row["params"].items():
            found = got.params[layer]
            assert len(found) == len(shapes)
            for shape, expected in zip(found, shapes, strict=True):
                assert _agrees(shape, expected, exact=not guessed), (row["file"], layer)
                params += 1
    assert (nets, blobs, params) >= (320, 19000, 15000)


def _agrees(shape: Any, expected: list[int], *, exact: bool) -> bool:
    if exact:
        return shape is not None and list(shape) == expected
    return shape is None or (
        len(shape) == len(expected)
        and all(p is None or p == q for p, q in zip(shape, expected, strict=True))
    )

"""The simulator against what Caffe computed: exact rates, or the field that it refused."""

from __future__ import annotations

import json
import math
import os
import re
from typing import Any

import pytest

from protolint.analysis.schedule import Abort, Settings, make, rate_at, rates

FACTS = os.path.join(os.path.dirname(__file__), "..", "..", "facts", "lr_caffe.jsonl")
CORPUS = os.environ.get("PROTOLINT_CORPUS", "")

FLOATS = ("base_lr", "gamma", "power")
INTEGERS = ("stepsize", "max_iter")


def load(path: str) -> list[dict[str, Any]]:
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def read(text: str) -> Settings:
    """Read the fields of a plain solver text, one field a line or several."""
    text = re.sub(r"#.*", "", text)
    fields: dict[str, Any] = {"stepvalue": []}
    for name, value in re.findall(r"\b(\w+)\s*:\s*(\"[^\"]*\"|'[^']*'|[^\s;,\"']+)", text):
        if name in FLOATS:
            fields[name] = float(value.rstrip("fF"))
        elif name in INTEGERS:
            fields[name] = int(value)
        elif name == "stepvalue":
            fields["stepvalue"].append(int(value))
        elif name == "lr_policy":
            fields["lr_policy"] = value.strip("\"'")
    return make("bvlc", **fields)


def mismatches(settings: Settings, pairs: list[list[Any]]) -> list[tuple[int, str, object]]:
    """Return what differs in (iteration, hex float); NaN has no sign here."""
    wrong: list[tuple[int, str, object]] = []
    found = rates(settings, [iteration for iteration, _ in pairs])
    for (iteration, text), rate in zip(pairs, found, strict=True):
        expected = float.fromhex(text.replace("-nan", "nan"))
        if not (rate == expected or (math.isnan(expected) and repr(rate) == "nan")):
            wrong.append((iteration, text, rate))
    return wrong


@pytest.mark.parametrize("row", load(FACTS), ids=lambda row: row["solver"].replace("\n", " "))
def test_fact(row: dict[str, Any]) -> None:
    settings = read(row["solver"])
    if "abort" in row:
        found = rate_at(settings, 0)
        assert isinstance(found, Abort)
        assert found.field == row["abort"]
    else:
        assert mismatches(settings, row["lr"]) == []


def test_facts_are_all_there() -> None:
    rows = load(FACTS)
    assert len(rows) == 352
    assert sum(len(row.get("lr", ())) for row in rows) > 7000


@pytest.mark.skipif(not CORPUS, reason="PROTOLINT_CORPUS is not set")
def test_corpus() -> None:
    rows = [row for row in load(os.path.join(CORPUS, "caffe.jsonl")) if row["what"] == "lr"]
    wrong = []
    compared = 0
    for row in rows:
        if "lr" not in row and "learning rate policy" not in row["fatal"]:
            continue  # the file does not parse
        path = os.path.join(CORPUS, "files", row["file"] + ".prototxt")
        with open(path, encoding="utf-8", errors="replace") as file:
            settings = read(file.read())
        if "lr" in row:
            compared += len(row["lr"])
            wrong += [(row["file"], *pair) for pair in mismatches(settings, row["lr"])]
        elif not isinstance(rate_at(settings, 0), Abort):
            wrong.append((row["file"], 0, "abort", rate_at(settings, 0)))
    assert compared > 1000
    assert wrong == []

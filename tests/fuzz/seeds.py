"""Small texts to start from: the examples of the rules, and the planted faults of the README."""

from __future__ import annotations

import os
import tomllib
from functools import cache

from protolint.engine import catalogue

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, os.pardir)


@cache
def prototxts() -> dict[str, list[str]]:
    """Return texts by the message they are of, each once."""
    found: dict[str, dict[str, None]] = {"NetParameter": {}, "SolverParameter": {}}
    for path in catalogue.rule_paths():
        with open(path, "rb") as file:
            rule = tomllib.load(file)
        for example in (*rule.get("bad", ()), *rule.get("good", ())):
            for kind, text in example.items():
                message = "SolverParameter" if kind == "solver" else "NetParameter"
                found[message].setdefault(text)
    for name in os.listdir(os.path.join(ROOT, "examples")):
        message = "SolverParameter" if "solver" in name else "NetParameter"
        with open(os.path.join(ROOT, "examples", name), encoding="utf-8") as file:
            found[message].setdefault(file.read())
    return {message: list(texts) for message, texts in found.items()}


def rules() -> list[str]:
    """Return the texts of all rule files."""
    texts = []
    for path in catalogue.rule_paths():
        with open(path, encoding="utf-8") as file:
            texts.append(file.read())
    return texts


def protos() -> list[str]:
    """Return pieces of the schema file, which is too long to be read thousands of times."""
    path = os.path.join(ROOT, "protolint", "schema", "bvlc.proto")
    with open(path, encoding="utf-8") as file:
        pieces = file.read().split("\n}\n")
    return [piece + "\n}\n" for piece in pieces]


OWN = """\
syntax = "proto2";
package caffe;
enum Phase { TRAIN = 0; TEST = 1; }
message NetParameter { optional string name = 1; repeated LayerParameter layer = 100; }
message SolverParameter { optional string net = 24; optional float base_lr = 5 [default = 0.01]; }
message LayerParameter {
  optional string name = 1;
  optional string type = 2;
  repeated string bottom = 3;
  optional Phase phase = 10 [default = TEST];
  optional RoiPoolingParameter roi_pooling_param = 8266711;
  optional bool share = 7 [deprecated = true];
}
message RoiPoolingParameter { optional uint32 pooled_h = 1 [default = 0]; }
"""

SETTINGS = """\
{"protolint": {"inlayHints": {"shapes": true, "parameters": false}, "delay": 250,
  "configuration": "protolint.toml"}}
"""


def of(target: str) -> list[str]:
    """Return the texts that the target starts from."""
    if target == "rule":
        return rules()
    if target == "messages":
        return [SETTINGS, *rules()[::10]]
    if target == "session":
        from tests.fuzz import sessions  # which imports what atheris has to see imported

        return sessions.seeds([t for texts in prototxts().values() for t in texts], rules())
    if target == "own":
        return [OWN, *(OWN + piece for piece in protos())]
    if target == "proto":
        return protos()
    return [text for texts in prototxts().values() for text in texts]

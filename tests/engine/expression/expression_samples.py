"""A small schema, objects to read, and the environment of the page docs/expressions.md."""

from __future__ import annotations

import re
import struct
from typing import Any

from protolint.engine.expression.check import check
from protolint.engine.expression.evaluate import compile_node
from protolint.engine.expression.parse import parse
from protolint.engine.expression.types import (
    BOOL,
    DOUBLE,
    INT,
    STRING,
    Enum,
    Environment,
    List,
    Message,
    Method,
    Record,
)
from protolint.schema.types import EnumType, FieldType, Label, MessageType, Schema
from protolint.values import Interval, Unknown, unknown

POOL = "PoolingParameter.PoolMethod"

_FIELDS: dict[str, list[tuple[str, Label, str, str, Any]]] = {
    "SolverParameter": [
        ("base_lr", "optional", "float", "", 0.0),
        ("momentum", "optional", "float", "", 0.0),
        ("lr_policy", "optional", "string", "", ""),
        ("stepvalue", "repeated", "int32", "", None),
        ("max_iter", "optional", "int32", "", 0),
        ("snapshot_after_train", "optional", "bool", "", True),
    ],
    "LayerParameter": [
        ("name", "optional", "string", "", ""),
        ("type", "optional", "string", "", ""),
        ("bottom", "repeated", "string", "", None),
        ("top", "repeated", "string", "", None),
        ("loss_weight", "repeated", "float", "", None),
        ("pooling_param", "optional", "message", "PoolingParameter", None),
        ("convolution_param", "optional", "message", "ConvolutionParameter", None),
    ],
    "PoolingParameter": [
        ("pool", "optional", "enum", POOL, "MAX"),
        ("pad", "optional", "uint32", "", 0),
        ("kernel_size", "optional", "uint32", "", 0),
        ("stride", "optional", "uint32", "", 1),
    ],
    "ConvolutionParameter": [
        ("kernel_size", "repeated", "uint32", "", None),
        ("weight_filler", "optional", "message", "FillerParameter", None),
    ],
    "FillerParameter": [("type", "optional", "string", "", "constant")],
}

SCHEMA = Schema(
    "caffe",
    {
        message: MessageType(
            message,
            {
                name: FieldType(
                    name, number, label, kind, enum, default, default is not None, False, False, ""
                )
                for number, (name, label, kind, enum, default) in enumerate(fields, 1)
            },
            "",
        )
        for message, fields in _FIELDS.items()
    },
    {POOL: EnumType(POOL, {"MAX": 0, "AVE": 1, "STOCHASTIC": 2}, "")},
)

ENVIRONMENT = Environment(
    {
        "solver": Message("SolverParameter"),
        "layer": Record("Layer", base="LayerParameter"),
        "lr": Record("Lr"),
        "width": INT,
        "scale": DOUBLE,
        "names": List(STRING),
    },
    SCHEMA,
    {
        "Layer": {
            "index": INT,
            "methods": List(Enum(POOL)),
            "uses": Method((Enum(POOL),), BOOL),
            "top": STRING,
        },
        "Lr": {"max": DOUBLE, "at": Method((INT,), DOUBLE), "scaled": Method((DOUBLE,), DOUBLE)},
    },
)


class Bound:
    """A message with the given values, read as Caffe reads it."""

    def __init__(self, message: str, values: dict[str, Any]) -> None:
        self.fields = SCHEMA.messages[message].fields
        self.values = values

    def read(self, name: str) -> Any:
        field = self.fields[name]
        if name in self.values:
            return self.values[name]
        if field.label == "repeated":
            return []
        return Bound(field.type_name, {}) if field.kind == "message" else field.default

    def has(self, name: str) -> bool | Unknown:
        return name in self.values


class Facts:
    """A record with facts and the methods of ``lr``."""

    def __init__(self, values: dict[str, Any], calls: list[Any] | None = None) -> None:
        self.values = values
        self.calls = [] if calls is None else calls

    def read(self, name: str) -> Any:
        return self.values[name]

    def has(self, name: str) -> bool | Unknown:
        raise AssertionError(name)

    def call(self, name: str, arguments: tuple[Any, ...]) -> Any:
        self.calls.append((name, arguments))
        return {"at": {0: 0.01, 1000: 0.001}}[name][arguments[0]]


def read_message(message: str, text: str) -> Bound:
    """Read the few forms of prototxt that the tests use."""
    tokens = re.findall(r'"[^"]*"|[{}]|[^\s:{}]+', text)
    return Bound(message, _read_fields(message, iter(tokens)))


def _read_fields(message: str, words: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in words:
        if name == "}":
            break
        field = SCHEMA.messages[message].fields[name]
        word = next(words)
        value: Any
        if word == "{":
            value = Bound(field.type_name, _read_fields(field.type_name, words))
        elif field.kind == "float":
            value = struct.unpack("f", struct.pack("f", float(word)))[0]
        else:
            value = int(word) if word[0].isdigit() else word.strip('"')
        if field.label == "repeated":
            values.setdefault(name, []).append(value)
        else:
            values[name] = value
    return values


def scope(**values: Any) -> dict[str, Any]:
    """Return the values of the page's variables, with some replaced."""
    return {
        "solver": Bound("SolverParameter", {}),
        "layer": Bound("LayerParameter", {}),
        "lr": Facts({"max": 0.01}),
        "width": unknown("blob 'data' has no shape"),
        "scale": Interval(1.0, 3.0, frozenset({"scale is learned"})),
        "names": [],
        **values,
    }


def value_of(text: str, env: Environment = ENVIRONMENT, **values: Any) -> Any:
    """Parse, check and evaluate an expression."""
    node = parse(text)
    check(node, env)
    return compile_node(node)(scope(**values))

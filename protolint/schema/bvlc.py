"""The schema of BVLC Caffe, compiled once from ``bvlc.proto``."""

from __future__ import annotations

import os
from functools import cache

from protolint.compiled import data_folder, load
from protolint.schema.types import Schema
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_PROTO = os.path.join(_FOLDER, "bvlc.proto")
_READER = ("file", "syntax", "numbers", "docs")
"""What reads a schema file: the modules ``proto_…`` of this folder."""


def load_bvlc() -> Schema:
    """Return the messages and enums of BVLC Caffe (master of February 2020) with their docs."""
    return _loaded()


@cache
def _loaded() -> Schema:
    return Schema.from_rows(load("schema-bvlc", [_PROTO, *reader_files()], compile_schema))


def reader_files() -> list[str]:
    """Return the files that say how a schema file is read."""
    return [
        *(os.path.join(_FOLDER, f"proto_{part}.py") for part in _READER),
        os.path.join(data_folder("grammars"), "proto.lark"),
    ]


def compile_schema() -> Any:
    """Read ``bvlc.proto`` and return the schema as JSON data."""
    from protolint.schema.proto_file import read_proto  # noqa: PLC0415  # brings in lark

    with open(_PROTO, encoding="utf-8") as file:
        return read_proto(file.read(), "bvlc.proto").to_rows()

"""Every setting, once: what it takes, as JSON Schema, and what it is for.

From this table a configuration is checked, and schema.json is made. ``x-word`` says that a string
names something else than itself: ``rules`` a code, a prefix of codes or a name, ``dialects`` names
of dialects joined by commas, or ``auto``.
"""

from __future__ import annotations

from protolint.config.options import PHASES
from protolint.report import RENDERERS
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

_WORD = {"type": "string", "x-word": "rules"}
_WORDS = {"type": "array", "items": _WORD}
_DIALECT = {"type": "string", "x-word": "dialects"}
_SIZES = {"type": "array", "items": {"type": "integer", "minimum": 0}}
_COUNT = {"type": "integer", "minimum": 0}
_COUNTS = {
    "anyOf": [
        _COUNT,
        {"type": "array", "items": _COUNT, "minItems": 1, "maxItems": 2, "x-items": "sizes"},
    ],
    "x-takes": "a count, or [fewest, most], or [fewest]",
}
_SHAPES = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
    "x-takes": "an expression, or a list of one for each top",
}
_SEVERITIES = ["error", "warning", "info", "off"]

KEYS: dict[str, dict[str, Any]] = {
    "select": _WORDS
    | {
        "description": "Only these rules: codes, prefixes of codes, or names.",
        "default": [],
    },
    "ignore": _WORDS | {"description": "Not these rules.", "default": []},
    "extend-select": _WORDS
    | {
        "description": "These rules too, which `select` leaves out or which are info.",
        "default": [],
    },
    "extend-ignore": _WORDS | {"description": "Not these rules either.", "default": []},
    "severity": {
        "type": "object",
        "propertyNames": _WORD,
        "additionalProperties": {"type": "string", "enum": _SEVERITIES},
        "description": "The severity of rules, in place of their own; `off` for none at all.",
        "default": {},
    },
    "per-file-ignores": {
        "type": "object",
        "additionalProperties": _WORDS,
        "description": "Rules that are ignored in the files that a glob matches.",
        "default": {},
    },
    "exclude": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Globs of files and folders that are not checked, even if they are named.",
        "default": [],
    },
    "dialect": _DIALECT
    | {
        "description": "Whose Caffe the files are for: names joined by commas, or `auto`.",
        "default": "auto",
        "examples": ["auto", "bvlc", "ssd", "ssd,nvidia"],
    },
    "dialects": {
        "type": "object",
        "additionalProperties": _DIALECT,
        "description": "The dialect of the files that a glob matches; the last that does counts.",
        "default": {},
    },
    "schema": {
        "type": "string",
        "description": "The caffe.proto of an own Caffe, by which files are read; no dialect then.",
    },
    "schemas": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "The schema of the files that a glob matches; the last that does counts.",
        "default": {},
    },
    "pairs": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "For the nets that a glob matches, the net file whose weights they take.",
        "default": {},
    },
    "root": {
        "type": "string",
        "description": "Nothing outside this folder is read; from the folder of the configuration.",
    },
    "inputs": {
        "type": "object",
        "additionalProperties": _SIZES,
        "description": "The shapes of Input layers' tops, and of blobs whose shape is not known.",
        "default": {},
    },
    "input-ranges": {
        "type": "object",
        "additionalProperties": {
            "type": "array",
            "items": {"type": "number"},
            "minItems": 2,
            "maxItems": 2,
            "x-items": "the least and the greatest",
        },
        "description": "Between which two numbers the values of data are, by blob.",
        "default": {},
    },
    "datum": _SIZES
    | {
        "minItems": 3,
        "maxItems": 3,
        "x-items": "channels, height, width",
        "description": "Channels, height and width of a record of the data.",
    },
    "layers": {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "properties": {
                "bottoms": _COUNTS | {"default": 1},
                "tops": _COUNTS | {"default": 1},
                "shape": _SHAPES,
            },
            "additionalProperties": False,
        },
        "description": "Layer types of an own Caffe: the blobs they take and make, and shapes.",
        "default": {},
    },
    "rule-paths": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Files and folders of own rules, from the folder of the configuration.",
        "default": [],
    },
    "phase": {
        "type": "string",
        "enum": list(PHASES),
        "description": "Check nets for this phase only, exactly as Caffe builds them.",
    },
    "fail-on": {
        "type": "string",
        "enum": ["error", "warning"],
        "description": "Exit with 1 on a finding of this severity or worse.",
        "default": "error",
    },
    "fixable": _WORDS
    | {
        "description": "The rules whose findings may be fixed; without any these are all.",
        "default": [],
    },
    "unfixable": _WORDS | {"description": "Rules whose findings are not fixed.", "default": []},
    "unsafe-fixes": {
        "type": "boolean",
        "description": "Whether fixes count that change what Caffe does, or guess.",
        "default": False,
    },
    "cache": {
        "type": "boolean",
        "description": "Whether the report of a run is kept, and printed when nothing has changed.",
        "default": True,
    },
    "output-format": {
        "type": "string",
        "enum": list(RENDERERS),
        "description": "The format of the report, taken from the configuration of the first path.",
        "default": "full",
    },
}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of protolint.toml, and of ``[tool.protolint]``."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "protolint",
        "description": "Settings in protolint.toml, or in [tool.protolint] of pyproject.toml.",
        "type": "object",
        "properties": KEYS,
        "additionalProperties": False,
    }

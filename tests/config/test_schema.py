"""One table of settings: schema, checks and page say the same."""

from __future__ import annotations

import json
import os
import re
import tomllib

import pytest
from command import ROOT, protolint
from hypothesis import given
from hypothesis import strategies as st

from protolint.commands.config import schema_text
from protolint.config.keys import KEYS, schema
from protolint.config.misfit import misfits, unknown_words
from protolint.engine import catalogue

jsonschema = pytest.importorskip("jsonschema")

_PAGE = os.path.join(ROOT, "docs", "configuration.md")


def _page():
    with open(_PAGE, encoding="utf-8") as file:
        return file.read()


def test_shipped_schema_is_that_of_the_table(tmp_path):
    with open(os.path.join(ROOT, "protolint", "config", "schema.json"), encoding="utf-8") as file:
        shipped = file.read()
    assert shipped == schema_text(), "protolint config --schema > protolint/config/schema.json"
    assert protolint("config", "--schema", cwd=tmp_path) == (0, shipped, "")


def test_schema_is_sound_and_every_default_is_by_it():
    validator = jsonschema.Draft7Validator
    validator.check_schema(schema())
    defaults = {key: kind["default"] for key, kind in KEYS.items() if "default" in kind}
    assert not list(validator(schema()).iter_errors(defaults))
    assert not list(misfits(defaults))


_WORDS = st.sampled_from(["SLV003", "error", "off", "TRAIN", "bvlc", "full", "x"])
_VALUES = st.recursive(
    _WORDS | st.integers(-1, 3) | st.booleans() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS, inner, max_size=2),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*KEYS, "selct"]), _VALUES, max_size=3))
def test_what_the_schema_refuses_is_a_misfit(table):
    # JSON takes 1.0 for an integer; TOML has both, and so has protolint.
    errors = list(_Validator(schema()).iter_errors(table))
    assert bool(list(misfits(table))) == bool(errors)


_Validator = jsonschema.validators.extend(
    jsonschema.Draft7Validator,
    type_checker=jsonschema.Draft7Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)


def _documents():
    return [json.loads(json.dumps(tomllib.loads(text))) for text in _blocks()]


def _blocks():
    return re.findall(r"```toml\n(.*?)```", _page(), re.DOTALL)


def test_examples_of_the_page_are_sound():
    known = [(rule.name, rule.code) for rule in catalogue.load().rules.values()]
    assert len(_documents()) >= 2
    for table in _documents():
        assert not list(jsonschema.Draft7Validator(schema()).iter_errors(table))
        assert not list(misfits(table))
        assert not list(unknown_words(table, known))


def test_page_has_every_setting_and_no_other():
    rows = dict(re.findall(r"^\| `([a-z-]+)` \|.*\| ([^|]+) \|$", _page(), re.MULTILINE))
    assert rows == {key: kind["description"] for key, kind in KEYS.items()}
    for key, kind in KEYS.items():
        if "default" in kind:
            row = next(line for line in _page().split("\n") if line.startswith(f"| `{key}` |"))
            assert f"`{json.dumps(kind['default'])}`" in row

"""The pages of the rules are what docs/generate.py makes of the rule files."""

from __future__ import annotations

import importlib.util
import os

_DOCS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "docs")


def _generator():
    spec = importlib.util.spec_from_file_location("generate", os.path.join(_DOCS, "generate.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_of_the_rules_are_up_to_date():
    for name, text in _generator().pages().items():
        with open(os.path.join(_DOCS, name), encoding="utf-8") as file:
            assert file.read() == text, f"{name}: run `python docs/generate.py`"


def test_no_page_of_a_rule_that_is_gone():
    made = _generator().pages()
    assert {f"rules/{name}" for name in os.listdir(os.path.join(_DOCS, "rules"))} <= set(made)

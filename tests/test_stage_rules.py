"""What a stage can report has a rule that words it, and a rule that words a stage is reported."""

from __future__ import annotations

import ast
import os
from fnmatch import fnmatchcase as fnmatch

import protolint
from protolint.engine import catalogue
from protolint.engine.rule import STAGES

_REPORTERS = {"Problem", "problem", "Fault", "refuse", "refuse_if", "crash_if", "Unreadable"}
_PACKAGE = os.path.dirname(protolint.__file__)


def _words(path):
    """Return every string in a module that could be the name of a rule."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    words = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (getattr(part, "value", None) for part in node.values)
            words.add("".join(p if isinstance(p, str) else "*" for p in parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.add(node.value)
    return words


def _reported(path):
    """Return the constant rule names that a module passes to what makes a problem."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    names = set()
    for node in ast.walk(tree):
        called = getattr(node, "func", None)
        if isinstance(called, ast.Name) and called.id in _REPORTERS:
            position = 1 if called.id in ("refuse_if", "crash_if") else 0
            argument = node.args[position] if len(node.args) > position else None
            if isinstance(argument, ast.Constant):
                names.add(argument.value)
    return names


def _modules():
    for folder, _, names in os.walk(_PACKAGE):
        for name in names:
            if name.endswith(".py"):
                yield os.path.join(folder, name)


def test_everything_reported_has_a_rule():
    rules = catalogue.load().rules
    reported = set().union(*map(_reported, _modules()))
    assert len(reported) > 50, "the scan finds what the stages report"
    assert reported - set(rules) == set()


def test_every_stage_rule_is_reported():
    words = set().union(*map(_words, _modules()))
    staged = {rule.name for rule in catalogue.load().rules.values() if rule.subject in STAGES}
    made = [word for word in words if "*" in word.strip("*")]
    unsaid = {name for name in staged - words if not any(fnmatch(name, word) for word in made)}
    assert unsaid == set()

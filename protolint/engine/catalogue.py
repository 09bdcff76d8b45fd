"""All rules, compiled once from ``rules/`` and indexed by what they are about."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from protolint import compiled
from protolint.engine.expression.evaluate import compile_node
from protolint.engine.expression.nodes import paths
from protolint.engine.facts import FACTS
from protolint.engine.rule import STAGES, Rule
from protolint.schema.bvlc import load_bvlc

Evaluator = Callable[[Any], Any]
Entry = tuple[Rule, Evaluator, Evaluator]
"""A rule with its ``when`` and ``require``."""


class Concerning(NamedTuple):
    """The rules about a subject.

    Those ``of_text`` decide alike on layers that are alike; of the others the ``phased`` ones
    depend on the phase.
    """

    of_text: list[Entry]
    steady: list[Entry]
    phased: list[Entry]

    def all(self) -> list[Entry]:
        """Return all of them."""
        return [*self.of_text, *self.steady, *self.phased]


class Catalogue:
    """The rules of one run, by name and by subject; conditions become functions on first use."""

    def __init__(self, rules: list[Rule]) -> None:
        self.rules = {rule.name: rule for rule in rules}
        self._by_subject: dict[tuple[str, str], Concerning] = {}
        self._compiled: dict[str, Entry] = {}

    def concerning(self, subject: str, layer_type: str = "") -> Concerning:
        """Return the rules about a subject, for layers those about the type."""
        found = self._by_subject.get((subject, layer_type))
        if found is None:
            found = self._by_subject[subject, layer_type] = Concerning([], [], [])
            for rule in self.rules.values():
                if rule.subject == subject and (not rule.types or layer_type in rule.types):
                    rules = found.phased if rule.phased else found.steady
                    (found.of_text if _is_of_text(rule) else rules).append(self._compile(rule))
        return found

    def _compile(self, rule: Rule) -> Entry:
        entry = self._compiled.get(rule.name)
        if entry is None:
            when = compile_node(rule.when) if rule.when else _true
            require = compile_node(rule.require) if rule.require else _false
            entry = self._compiled[rule.name] = (rule, when, require)
        return entry


def _is_of_text(rule: Rule) -> bool:
    """Return whether a rule asks for nothing but what is written in a layer, its names apart."""
    asked = {path[:2] for node in (rule.when, rule.require) if node for path in paths(node)}
    return all(
        variable in ("filler", "param") or (variable == "layer" and _is_written(*names))
        for variable, *names in asked
    )


def _is_written(name: str = "") -> bool:
    fact = FACTS["Layer"].get(name)
    return name not in ("", "name", "bottom", "top") if fact is None else fact.written


def _true(_: Any) -> bool:
    return True


def _false(_: Any) -> bool:
    return False


def rule_paths() -> list[str]:
    """Return the rule files that come with protolint, sorted by path."""
    return _files(compiled.data_folder("rules"), ".toml")


def _files(folder: str, ending: str) -> list[str]:
    """Return the files below a folder whose names end so, sorted."""
    return sorted(
        os.path.join(parent, name)
        for parent, _, names in os.walk(folder)
        for name in names
        if name.endswith(ending)
    )


@cache
def load() -> Catalogue:
    """Return the rules that come with protolint."""
    code = _files(os.path.dirname(os.path.abspath(__file__)), ".py")
    grammar = os.path.join(compiled.data_folder("grammars"), "expression.lark")
    rows = compiled.load("rules", [*rule_paths(), *code, grammar], compile_rules)
    return Catalogue([Rule.from_json(row) for row in rows])


def compile_rules() -> Any:
    """Read all rule files and return the rules as JSON data."""
    return [list(rule) for rule in build(rule_paths())]


def build(paths: list[str]) -> list[Rule]:
    """Read rule files. Raises ``RuleFileError``; ``ValueError`` when two rules share a code."""
    from protolint.engine.rule_file import read  # noqa: PLC0415  (only without compiled rules)

    schema = load_bvlc()
    rules: list[Rule] = []
    codes: dict[str, str] = {}
    for path in paths:
        with open(path, encoding="utf-8", newline="") as file:
            rule = read(file.read(), path, schema).rule
        if rule.code in codes:
            raise ValueError(f"{rule.name} and {codes[rule.code]} share the code {rule.code}")
        codes[rule.code] = rule.name
        rules.append(rule)
    return rules


def is_stage(rule: Rule) -> bool:
    """Return whether a rule words what a stage finds, and has no condition of its own."""
    return rule.subject in STAGES

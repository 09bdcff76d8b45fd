"""All rules, compiled once from ``rules/`` and indexed by what they are about."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

from protolint import compiled
from protolint.engine.expression.evaluate import compile_node
from protolint.engine.rule import STAGES, Rule
from protolint.schema.bvlc import load_bvlc

Evaluator = Callable[[Any], Any]
Entry = tuple[Rule, Evaluator, Evaluator]
"""A rule with its ``when`` and ``require``."""


class Catalogue:
    """The rules of one run, by name and by subject; conditions become functions on first use."""

    def __init__(self, rules: list[Rule]) -> None:
        self.rules = {rule.name: rule for rule in rules}
        self._by_subject: dict[str, list[Entry]] = {}
        self._by_type: dict[str, tuple[list[Entry], list[Entry]]] = {}
        self._compiled: dict[str, Entry] = {}

    def concerning(self, subject: str) -> list[Entry]:
        """Return the rules about a subject other than layers."""
        found = self._by_subject.get(subject)
        if found is None:
            found = self._by_subject[subject] = [
                self._compile(rule) for rule in self.rules.values() if rule.subject == subject
            ]
        return found

    def of_layer(self, layer_type: str) -> tuple[list[Entry], list[Entry]]:
        """Return the rules about layers of a type: those that hold in any phase, and the others."""
        found = self._by_type.get(layer_type)
        if found is None:
            rules = [
                rule
                for rule in self.rules.values()
                if rule.subject == "layer" and (not rule.types or layer_type in rule.types)
            ]
            found = self._by_type[layer_type] = (
                [self._compile(rule) for rule in rules if not rule.phased],
                [self._compile(rule) for rule in rules if rule.phased],
            )
        return found

    def _compile(self, rule: Rule) -> Entry:
        entry = self._compiled.get(rule.name)
        if entry is None:
            when = compile_node(rule.when) if rule.when else _true
            require = compile_node(rule.require) if rule.require else _false
            entry = self._compiled[rule.name] = (rule, when, require)
        return entry


def _true(_: Any) -> bool:
    return True


def _false(_: Any) -> bool:
    return False


def rule_paths() -> list[str]:
    """Return the rule files that come with protolint, sorted by path."""
    return sorted(
        os.path.join(folder, name)
        for folder, _, names in os.walk(compiled.data_folder("rules"))
        for name in names
        if name.endswith(".toml")
    )


@cache
def load() -> Catalogue:
    """Return the rules that come with protolint."""
    folder = os.path.dirname(__file__)
    code = [os.path.join(folder, name) for name in ("rule_file.py", "facts.py", "subjects.py")]
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

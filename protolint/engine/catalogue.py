"""All rules, compiled once from ``rules/`` and indexed by what they are about."""

from __future__ import annotations

import os
from functools import cache

from protolint import compiled, seen
from protolint.engine.expression.evaluate import compile_node
from protolint.engine.rule import STAGES, Rule
from protolint.schema.bvlc import load_bvlc
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from typing import Any, TypeAlias

    from protolint.engine.expression.nodes import Node

Evaluator: TypeAlias = "Callable[[Any], Any]"
Entry: TypeAlias = "tuple[Rule, Evaluator, Evaluator]"
"""A rule with its ``when`` and ``require``."""


class Concerning(NamedTuple):
    """The rules about a subject, by their ``Rule.group``."""

    of_text: list[Entry]
    shaped: list[Entry]
    steady: list[Entry]
    phased: list[Entry]

    def all(self) -> list[Entry]:
        """Return all of them."""
        return [*self.of_text, *self.shaped, *self.steady, *self.phased]


class Catalogue:
    """The rules of one run, by name and by subject; conditions become functions on first use."""

    def __init__(self, rules: list[Rule]) -> None:
        self.rules = {rule.name: rule for rule in rules}
        self._about: dict[str, list[Rule]] = {}
        for rule in rules:
            self._about.setdefault(rule.subject, []).append(rule)
        self._by_subject: dict[tuple[str, str], Concerning] = {}
        self._compiled: dict[str, Entry] = {}
        self._narrowed: dict[Hashable, Catalogue] = {}

    def concerning(self, subject: str, layer_type: str = "") -> Concerning:
        """Return the rules about a subject, for layers those about the type."""
        found = self._by_subject.get((subject, layer_type))
        if found is None:
            found = self._by_subject[subject, layer_type] = Concerning([], [], [], [])
            for rule in self._about.get(subject, ()):
                if not rule.types or layer_type in rule.types:
                    getattr(found, rule.group).append(self._compile(rule))
        return found

    def narrowed(self, wants: Callable[[Rule], bool], key: Hashable) -> Catalogue:
        """Return the rules that are wanted, and all that word what a stage finds.

        Made once for each ``key``, which is equal where the same rules are wanted.
        """
        found = self._narrowed.get(key)
        if found is None:
            rules = self.rules.values()
            wanted = [rule for rule in rules if rule.subject in STAGES or wants(rule)]
            found = self._narrowed[key] = Catalogue(wanted)
        return found

    def _compile(self, rule: Rule) -> Entry:
        entry = self._compiled.get(rule.name)
        if entry is None:
            when, require = rule.conditions
            entry = self._compiled[rule.name] = (
                rule,
                compile_node(when) if when else _true,
                _when_asked(require) if require else _false,
            )
        return entry


def _when_asked(node: Node) -> Evaluator:
    """Return what evaluates a node, and becomes a function then: of few rules it is asked."""
    run: Evaluator | None = None

    def evaluate(scope: Any) -> Any:
        nonlocal run
        run = run or compile_node(node)
        return run(scope)

    return evaluate


def _true(_: Any) -> bool:
    return True


def _false(_: Any) -> bool:
    return False


def rule_paths() -> list[str]:
    """Return the rule files that come with protolint, sorted by path."""
    return rule_files(compiled.data_folder("rules"))


def rule_files(folder: str) -> list[str]:
    """Return the rule files below a folder, sorted by path."""
    return _files(folder, ".toml")


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
    rows = compiled.load("rules", _sources(), compile_rules)
    return Catalogue([Rule.from_row(row) for row in rows])


def _sources() -> Iterator[str]:
    """Yield what the compiled rules depend on, found only where it is asked for."""
    yield from rule_paths()
    yield from sources_of_expressions()


def sources_of_expressions() -> list[str]:
    """Return what a compiled rule, or expression, depends on besides its own file."""
    code = _files(os.path.dirname(os.path.abspath(__file__)), ".py")
    return [*code, os.path.join(compiled.data_folder("grammars"), "expression.lark")]


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


class BrokenRule(NamedTuple):
    """A rule file that cannot be used: its text, what is wrong with it, and offsets."""

    path: str
    text: str
    message: str
    start: int
    end: int


def with_own(paths: list[str]) -> tuple[Catalogue, list[BrokenRule]]:
    """Return the rules that come with protolint and those in files, and the files that are none.

    An own rule has a condition, and a code and a name that no other rule has.
    """
    if not paths:
        return load(), []
    known = dict(load().rules)
    taken = {word: rule.name for rule in known.values() for word in (rule.code, rule.name)}
    broken = []
    for path, row in zip(paths, _compiled_own(paths), strict=True):
        found = _as_own(path, row, taken)
        if isinstance(found, BrokenRule):
            broken.append(found)
        else:
            known[found.name] = found
            taken |= {found.code: found.name, found.name: found.name}
    return Catalogue(list(known.values())), broken


def _as_own(path: str, row: dict[str, Any], taken: dict[str, str]) -> Rule | BrokenRule:
    """Return the rule in a compiled file; one whose code or name is taken is broken."""
    if "rule" in row:
        rule = Rule.from_row(row["rule"])
        if rule.code not in taken and rule.name not in taken:
            return rule
        row = _compile_own(path, taken)  # which says where it stands
    return BrokenRule(path, *row["broken"])


def _compiled_own(paths: list[str]) -> Any:
    names = os.fsencode("\n".join(map(os.path.abspath, paths)))
    sources = [*filter(seen.exists, paths), *sources_of_expressions()]
    return compiled.load(
        compiled.name_for("own-rules", names),
        sources,
        lambda: [_compile_own(path, {}) for path in paths],
    )


def _compile_own(path: str, taken: dict[str, str]) -> dict[str, Any]:
    """Return the rule in a file, or what is wrong with it, as JSON data."""
    from protolint.engine.rule_file import RuleFileError, read  # noqa: PLC0415  (not if compiled)

    text = ""
    if os.path.exists(path) and not os.path.isfile(path):  # opening a FIFO would wait for a writer
        return {"broken": ["", "cannot be read: it is not a regular file", 0, 0]}
    try:
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
        return {"rule": list(read(text, path, load_bvlc(), taken).rule)}
    except RuleFileError as error:
        return {"broken": [text, error.message, error.start, error.end]}
    except OSError as error:
        reason = error.strerror or str(error)
        return {"broken": ["", f"cannot be read: {reason.lower()}", 0, 0]}
    except UnicodeDecodeError:
        return {"broken": ["", "cannot be read: it is not UTF-8", 0, 0]}

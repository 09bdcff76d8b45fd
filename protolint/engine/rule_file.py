"""A rule file: TOML to a ``Rule``, with every mistake told where it stands.

tomllib gives no positions for values, hence two house rules that are checked here: a file holds one
rule, and an expression stands on one line in single quotes, so that its columns are the file's.
"""

from __future__ import annotations

import os
import re

from protolint.compiled import pack
from protolint.diagnostic import SEVERITIES
from protolint.engine.dependence import group, is_of_text
from protolint.engine.expression.check import check, check_condition, check_template
from protolint.engine.expression.errors import ExpressionError, did_you_mean
from protolint.engine.expression.parse import parse, parse_path
from protolint.engine.expression.template import Part, parse_template
from protolint.engine.fix_reader import FixReader
from protolint.engine.rule import STAGES, Path, Rule, RuleFix, Wording
from protolint.engine.subjects import SUBJECTS, environment
from protolint.syntax.toml import TomlError, loads
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    from protolint.engine.expression.nodes import Node
    from protolint.engine.expression.types import Environment
    from protolint.schema.types import Schema

    T = TypeVar("T")

EFFECTS = ("abort", "nonfinite", "ignored", "surprise", "none")
REQUIRED = ("id", "code", "summary", "severity", "effect", "subject", "message", "since")
_TEXTS = ("label", "caffe", "help", "why", "reference")
KEYS = (*REQUIRED, *_TEXTS, "when", "require", "at", "also", "fix", "bad", "good")
_CODE = re.compile(r"[A-Z]{3}\d{3}")


class RuleFileError(Exception):
    """A mistake in a rule file: offsets into its text, and what is wrong."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end


class RuleFile(NamedTuple):
    """A rule with what only people and tests need of its file."""

    rule: Rule
    path: str
    summary: str
    why: str
    reference: str
    since: str
    bad: list[dict[str, str]]
    good: list[dict[str, str]]


def read(text: str, path: str, schema: Schema, taken: Mapping[str, str] | None = None) -> RuleFile:
    """Return the rule in a file's text. Raises ``RuleFileError`` at the first mistake.

    An own rule of a user is read with the codes and names that are ``taken``, and by which rule;
    it words no stage.
    """
    try:
        table = loads(text)
    except TomlError as error:
        raise RuleFileError(error.message, error.start, error.end) from error
    reader = _Reader(text, table, path, schema)
    found = reader.read()
    if taken is not None:
        reader.own(taken)
    return found


class _Reader:
    """Reads one file; holds its text to find the places of keys."""

    def __init__(self, text: str, table: dict[str, Any], path: str, schema: Schema) -> None:
        self.text, self.table, self.path, self.schema = text, table, path, schema

    def read(self) -> RuleFile:
        for key in self.table:
            if key not in KEYS:
                raise self.error(key, f"no key '{key}' in a rule{did_you_mean(key, KEYS)}")
        for key in REQUIRED:
            if not self.string(key):
                raise RuleFileError(f"the rule lacks its key '{key}'", 0, 0)
        stem = os.path.basename(self.path).removesuffix(".toml")
        if self.string("id") != stem:
            raise self.error("id", f"the file of rule '{self.string('id')}' is named '{stem}.toml'")
        if not _CODE.fullmatch(self.string("code")):
            raise self.error("code", "a code is three capitals and three digits, e.g. SLV003")
        self.choice("severity", SEVERITIES)
        self.choice("effect", EFFECTS)
        subject, types = self.subject()
        env = environment(subject, self.schema) if subject in SUBJECTS else None
        if env is None and ("when" in self.table or "require" in self.table or "at" in self.table):
            raise self.error("subject", f"a rule of the stage '{subject}' has no condition")
        if env is not None and "when" not in self.table and "require" not in self.table:
            raise self.error("subject", "a rule needs 'when' or 'require'")
        when, require = self.condition("when", env), self.condition("require", env)
        templates = {key: self.template(key, env) for key in ("message", "label", "caffe", "help")}
        texts = [part for parts in templates.values() for part in parts]
        rule = Rule(
            name=self.string("id"),
            code=self.string("code"),
            severity=self.table["severity"],
            effect=self.table["effect"],
            subject=subject,
            types=types,
            group=group((when, require), texts),
            begins_with_text=is_of_text(when),
            packed_conditions=pack([when, require]),
            packed_wording=pack(
                Wording(
                    at=self.places(env),
                    also=self.also(env),
                    fix=self.fix(env),
                    **templates,
                )
            ),
        )
        return RuleFile(
            rule,
            self.path,
            self.string("summary"),
            self.string("why"),
            self.string("reference"),
            self.string("since"),
            self.examples("bad"),
            self.examples("good"),
        )

    def own(self, taken: Mapping[str, str]) -> None:
        """Refuse what only a rule that comes with protolint may be."""
        subject = self.string("subject")
        if subject in STAGES:
            choices = ", ".join(SUBJECTS)
            raise self.error("subject", f"an own rule is about one of {choices}, not '{subject}'")
        for key in ("code", "id"):
            value = self.string(key)
            if value in taken:
                raise self.error(key, f"the {key} '{value}' is that of the rule '{taken[value]}'")

    def string(self, key: str) -> str:
        value = self.table.get(key, "")
        if not isinstance(value, str):
            raise self.error(key, f"'{key}' is a string")
        return value

    def choice(self, key: str, values: tuple[str, ...]) -> None:
        value = self.string(key)
        if value not in values:
            raise self.error(
                key, f"'{key}' is one of {', '.join(values)}{did_you_mean(value, values)}"
            )

    def subject(self) -> tuple[str, tuple[str, ...]]:
        """Split ``layer:Pooling,Convolution`` into the subject and the layer types."""
        name, _, types = self.string("subject").partition(":")
        known = (*SUBJECTS, *STAGES)
        if name not in known:
            raise self.error("subject", f"no subject '{name}'{did_you_mean(name, known)}")
        if types and name != "layer":
            raise self.error("subject", "only a layer has a type")
        return name, tuple(part.strip() for part in types.split(",")) if types else ()

    def condition(self, key: str, env: Environment | None) -> Node | None:
        source = self.string(key)
        if not source or env is None:
            return None

        def build() -> Node:
            node = parse(source)
            check_condition(node, env)
            return node

        return self.located(key, source, build)

    def template(self, key: str, env: Environment | None) -> list[Part]:
        return self.template_of(key, self.string(key), env)

    def template_of(self, key: str, source: str, env: Environment | None) -> list[Part]:
        def build() -> list[Part]:
            parts = parse_template(source)
            if env is not None:
                check_template(parts, env)
            for part in parts:
                if env is None and not isinstance(part, str) and part[0] != "name":
                    message = "a stage's rule may only name the values that the stage gives"
                    raise ExpressionError(message, part[1], part[2])
            return parts

        return self.located(key, source, build)

    def places(self, env: Environment | None) -> tuple[list[Part], ...]:
        """Read ``at``: a path, or a path with placeholders, or a list of these."""
        value = self.table.get("at", [])
        sources = [value] if isinstance(value, str) else value
        if not isinstance(sources, list) or not all(isinstance(one, str) for one in sources):
            raise self.error("at", "'at' is a path such as 'solver.max_iter', or a list of paths")
        if env is None:
            return ()
        return tuple(
            self.template_of("at", source, env)
            if "{" in source
            else [".".join(self.path_of("at", source, env))]
            for source in sources
        )

    def also(self, env: Environment | None) -> tuple[tuple[Path, list[Part]], ...]:
        if env is None:
            return ()
        marks = []
        entries = self.table.get("also", [])
        for entry in entries if isinstance(entries, list) else [entries]:
            if (
                not isinstance(entry, dict)
                or set(entry) != {"at", "text"}
                or not all(isinstance(value, str) for value in entry.values())
            ):
                raise self.error("also", "each entry of 'also' is { at = '…', text = '…' }")
            path = self.path_of("also", entry["at"], env)
            marks.append((path, self.template_of("also", entry["text"], env)))
        return tuple(marks)

    def fix(self, env: Environment | None) -> RuleFix | None:
        if "fix" not in self.table:
            return None
        return FixReader(self, self.table["fix"], env).read()

    def path_of(self, key: str, source: str, env: Environment) -> Path:
        def build() -> Path:
            check(parse(source), env)
            return parse_path(source)

        return self.located(key, source, build)

    def examples(self, key: str) -> list[dict[str, str]]:
        entries = self.table.get(key, [])
        if not isinstance(entries, list) or (not entries and self.table["subject"] != "file"):
            raise RuleFileError(f"a rule has at least one [[{key}]] example", 0, 0)
        for entry in entries:
            if not isinstance(entry, dict) or not set(entry) <= {"solver", "net", "file", "other"}:
                raise self.error(key, f"[[{key}]] holds 'solver', 'net', 'file' or 'other'")
            if not all(isinstance(text, str) for text in entry.values()):
                raise self.error(key, f"[[{key}]] holds texts")
        return entries

    def located(self, key: str, source: str, build: Callable[[], T]) -> T:
        """Run ``build``, moving an ``ExpressionError`` to where the expression stands."""
        try:
            return build()
        except ExpressionError as error:
            base = self.text.find(source, self.key_start(key))
            if base < 0:  # it is not written as it reads, e.g. with escapes
                raise self.error(key, error.message) from error
            raise RuleFileError(error.message, base + error.start, base + error.end) from error

    def error(self, key: str, message: str) -> RuleFileError:
        start = self.key_start(key)
        return RuleFileError(message, start, start + len(key))

    def key_start(self, key: str) -> int:
        found = re.search(
            rf"^{re.escape(key)}\s*=|^\[\[?{re.escape(key)}\]", self.text, re.MULTILINE
        )
        return found.start() if found else 0

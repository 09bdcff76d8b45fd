"""The ``[fix]`` table of a rule file, checked like the rest of the file."""

from __future__ import annotations

from protolint.engine.expression.check import check
from protolint.engine.expression.errors import did_you_mean
from protolint.engine.expression.parse import parse, parse_path
from protolint.engine.expression.types import List, Message, Record, Scalar, Type
from protolint.engine.rule import RuleFix
from protolint.schema.bind import Binder
from protolint.syntax.parser import parse as parse_text
from protolint.typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from typing import Any

    from protolint.engine.expression.template import Part
    from protolint.engine.expression.types import Environment
    from protolint.engine.rule_file import RuleFileError
    from protolint.problem import Problem

_VERBS = {
    "remove": (),
    "replace": ("with",),
    "rewrite": ("with",),
    "insert": ("after",),
    "sort": (),
    "choose": ("among",),
}
"""What a fix does, and the keys that it needs besides."""

_OF_STAGES = ("remove", "replace", "choose")
_KEYS = ("title", "safe", *_VERBS, "with", "after", "among")


class Reader(Protocol):
    """What reads the rest of the file."""

    schema: Any

    def error(self, key: str, message: str) -> RuleFileError:
        """Return what to raise for a mistake in the value of a key."""

    def template_of(self, key: str, source: str, env: Environment | None) -> list[Part]:
        """Return a template. Raises ``RuleFileError``."""

    def located(self, key: str, source: str, build: Any) -> Any:
        """Run ``build``, moving an ``ExpressionError`` to where the expression stands."""


class FixReader:
    """Reads one ``[fix]`` table; ``env`` is ``None`` in the rule of a stage."""

    def __init__(self, file: Reader, table: Any, env: Environment | None) -> None:
        self.file, self.table, self.env = file, table, env

    def read(self) -> RuleFix:
        """Return the fix. Raises ``RuleFileError`` at the first mistake."""
        verb = self._verb()
        places = self._places("after" if verb == "insert" else verb) if verb else []
        if self.env is not None and verb not in ("remove", "insert") and len(places) > 1:
            raise self._wrong(f"'{verb}' takes one place")
        written = {"insert": "insert", "replace": "with", "rewrite": "with"}.get(verb)
        text = self.file.template_of("fix", self._string(written), self.env) if written else []
        choices = self.table.get("among", [])
        if not isinstance(choices, list) or not all(isinstance(one, str) for one in choices):
            raise self._wrong("'among' is a list of strings")
        for place in places if self.env is not None else ():
            self._fits(verb, place, text)
        title = self._string("title") if "title" in self.table or not verb else ""
        return RuleFix(
            self.file.template_of("fix", title, self.env),
            self.table["safe"],
            verb,
            tuple(places),
            text,
            tuple(choices),
        )

    def _verb(self) -> str:
        """Return the verb, empty where a stage brings the edits, once the keys are found right."""
        if not isinstance(self.table, dict):
            raise self._wrong("'fix' is a table: [fix]")
        for key in self.table:
            if key not in _KEYS:
                raise self._wrong(f"no key '{key}' in a fix{did_you_mean(key, _KEYS)}")
        if not isinstance(self.table.get("safe"), bool):
            raise self._wrong("a fix says whether it is safe: safe = true or safe = false")
        verbs = [verb for verb in _VERBS if verb in self.table]
        if len(verbs) > 1 or (not verbs and self.env is not None):
            raise self._wrong(f"a fix does one of {', '.join(_VERBS)}")
        verb = verbs[0] if verbs else ""
        if verb and self.env is None and verb not in _OF_STAGES:
            raise self._wrong(f"a fix of a stage's rule does one of {', '.join(_OF_STAGES)}")
        needed = _VERBS.get(verb, ())
        for key in ("with", "after", "among"):
            if (key in self.table) != (key in needed):
                need = "needs" if key in needed else "has no"
                raise self._wrong(f"a fix that does '{verb}' {need} '{key}'")
        return verb

    def _places(self, key: str) -> list[list[Part]]:
        value = self.table[key]
        sources = [value] if isinstance(value, str) else value
        if not isinstance(sources, list) or not all(isinstance(one, str) for one in sources):
            raise self._wrong(f"'{key}' is a path such as 'solver.max_iter', or a list of paths")
        if self.env is None:
            return [[source] for source in sources]
        return [self._place(source) for source in sources]

    def _place(self, source: str) -> list[Part]:
        env = self.env
        if "{" in source:
            return self.file.template_of("fix", source, env)

        def build() -> list[Part]:
            if env is not None:
                check(parse(source), env)
            return [".".join(parse_path(source))]

        found: list[Part] = self.file.located("fix", source, build)
        return found

    def _fits(self, verb: str, place: list[Part], text: list[Part]) -> None:
        """Raise an error where the text cannot be what the verb would write at the place.

        Nothing is known of a place, or of a text, before its placeholders are filled in.
        """
        if self.env is None or not isinstance(path := place[0], str) or len(place) > 1:
            return
        owner, name = self._owner(path)
        kind = check(parse(path), self.env)
        if verb in ("replace", "choose") and not isinstance(kind, Scalar) and not _is_enum(kind):
            raise self._wrong(f"'{verb}' takes a field with a single value, unlike {path}")
        if verb == "sort" and not isinstance(kind, List):
            raise self._wrong(f"'sort' takes a repeated field, unlike {path}")
        if all(isinstance(part, str) for part in text) and text:
            written = str(text[0])
            field = self.file.schema.messages[owner].fields[name]
            if verb == "replace" and field.kind in ("string", "bytes"):
                return
            written = f"{name}: {written}" if verb == "replace" else written
            if found := _misfits(written, owner, self.file.schema):
                raise self._wrong(f"`{written}` cannot stand in {owner}: {found[0].rule}")

    def _owner(self, path: str) -> tuple[str, str]:
        """Return the message type that a path's last field is in, and the field's name."""
        before, _, name = path.rpartition(".")
        owner = check(parse(before), self.env) if before and self.env is not None else None
        message = owner.base if isinstance(owner, Record) else getattr(owner, "name", "")
        if not isinstance(owner, Record | Message) or name not in (
            self.file.schema.messages[message].fields if message else ()
        ):
            raise self._wrong(f"{path} is no field that is written in the text")
        return str(message), name

    def _string(self, key: str) -> str:
        value = self.table.get(key)
        if not isinstance(value, str) or not value:
            raise self._wrong(f"'{key}' is a string")
        return value

    def _wrong(self, message: str) -> RuleFileError:
        return self.file.error("fix", message)


def _is_enum(kind: Type) -> bool:
    return not isinstance(kind, Scalar | List | Message | Record)


def _misfits(text: str, message: str, schema: Any) -> list[Problem]:
    """Return what is wrong with a text as part of a message; what is missing there is not told."""
    document = parse_text(text)
    problems = list(document.problems)
    Binder(schema).bind(document, message, problems)
    return [problem for problem in problems if problem.rule != "missing-required-field"]

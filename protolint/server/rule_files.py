"""Rule files as a second language: what is wrong with one, and what its expressions may name."""

from __future__ import annotations

import os
import re

from protolint.diagnostic import SEVERITIES
from protolint.engine import catalogue
from protolint.engine.diagnose import from_problem
from protolint.engine.expression.check import FUNCTIONS, STRING_METHODS, check
from protolint.engine.expression.errors import ExpressionError
from protolint.engine.expression.parse import MACROS, parse
from protolint.engine.expression.types import (
    STRING,
    Enum,
    Environment,
    List,
    Message,
    Method,
    Record,
    Type,
    field_type,
)
from protolint.engine.rule_file import EFFECTS, KEYS, RuleFileError, read
from protolint.engine.subjects import SUBJECTS, environment
from protolint.layers import LAYER_TYPES
from protolint.problem import Problem
from protolint.schema.bvlc import load_bvlc
from protolint.server.completion import Item
from protolint.server.described import field_page
from protolint.server.hover import Hover
from protolint.syntax.source import LineIndex
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.config.finder import Configurations
    from protolint.diagnostic import Diagnostic

_KEY_LINE = re.compile(r"^(?P<key>[\w-]*)$")
_VALUE_LINE = re.compile(r"^(?P<key>[\w-]+)[ \t]*=[ \t]*(?P<value>.*)$", re.DOTALL)
_SUBJECT = re.compile(r"^subject\s*=\s*[\"'](\w+)(?::([\w, ]*))?", re.MULTILINE)
_OF_A_RULE = re.compile(r"^(?:code|subject|effect)\s*=|^id\s*=\s*[\"']", re.MULTILINE)
_EXPRESSIONS = ("when", "require", "at")
_TEMPLATES = ("message", "label", "caffe", "help")

_CHAIN = r"[A-Za-z_]\w*(?:\.\w+(?:\([^()]*\))?|\[[^\[\]]*\])*"
_MEMBER = re.compile(rf"(?P<owner>{_CHAIN})\.(?P<word>\w*)$")
_WORD = re.compile(r"(?P<word>[A-Za-z_]?\w*)$")
_COMPARED = re.compile(
    rf"(?P<left>{_CHAIN})\s*(?:==|!=|in\s*\[(?:[^\[\]]*,)?)\s*[\"'](?P<word>[\w]*)$"
)
_MACRO = re.compile(rf"(?P<owner>{_CHAIN})\.(?:{'|'.join(MACROS)})\(\s*(?P<variable>\w+)\s*,")


def is_rule_file(path: str, text: str, configurations: Configurations) -> bool:
    """Return whether a file is a rule: named by its configuration, or one in a folder ``rules``.

    Rules of other programs may stand in such a folder too: one of ours has a key that they lack.
    """
    full = os.path.abspath(path)
    if not full.endswith(".toml"):
        return False
    if "rules" in full.split(os.sep)[:-1] and _OF_A_RULE.search(text):
        return True
    found = configurations.of(path)
    if found is None:
        return False
    paths = found.settings.get("rule-paths", ())
    named = [os.path.normpath(os.path.join(found.folder, path)) for path in paths]
    return any(full == one or full.startswith(one + os.sep) for one in named)


def diagnostics(text: str, path: str) -> list[Diagnostic]:
    """Return what is wrong with a rule file, the first mistake alone."""
    own = os.path.realpath(path) not in map(os.path.realpath, catalogue.rule_paths())
    rules = catalogue.load().rules
    taken = {word: rule.name for rule in rules.values() for word in (rule.code, rule.name)}
    try:
        read(text, path, load_bvlc(), taken if own else None)
    except RuleFileError as error:
        problem = Problem("invalid-rule", error.start, error.end, {"what": error.message})
        return [from_problem(problem, rules[problem.rule], path, LineIndex(text))]
    return []


def completion(text: str, offset: int) -> list[Item]:
    """Return what may be written at an offset of a rule file."""
    before = text[text.rfind("\n", 0, offset) + 1 : offset]
    key = _KEY_LINE.match(before)
    if key is not None:
        there = set(re.findall(r"^([\w-]+)\s*=", text, re.MULTILINE))
        start = offset - len(before)
        return [
            Item(name, "field", f"{name} = ", start, offset)
            for name in KEYS
            if name not in there and name not in ("bad", "good")
        ]
    value = _VALUE_LINE.match(before)
    if value is None:
        return []
    if value["key"] in _CHOICES:
        return _choices(value["key"], value["value"], offset)
    source = _expression(value["key"], value["value"])
    return [] if source is None else list(_expressions(text, source, offset))


def hover(text: str, offset: int) -> Hover | None:
    """Return the type of the member that a path of an expression ends in at an offset."""
    start = text.rfind("\n", 0, offset) + 1
    value = _VALUE_LINE.match(text[start : (text + "\n").index("\n", offset)])
    env = _environment(text)
    if value is None or env is None or value["key"] not in (*_EXPRESSIONS, *_TEMPLATES):
        return None
    for found in re.finditer(r"[A-Za-z_]\w*(?:\.\w+)*", value["value"]):
        begin = start + value.start("value") + found.start()
        if not begin <= offset <= begin + len(found[0]):
            continue
        words = found[0].split(".")
        end = begin
        for number, word in enumerate(words, 1):
            end = begin + len(".".join(words[:number]))
            if offset <= end:
                page = _member_page(words[:number], env)
                return Hover((end - len(word), end), page) if page else None
    return None


# Where the cursor is.

_CHOICES = {
    "severity": SEVERITIES,
    "effect": EFFECTS,
    "subject": (*SUBJECTS, *(f"layer:{name}" for name in LAYER_TYPES)),
}


def _choices(key: str, value: str, offset: int) -> list[Item]:
    quoted = value[:1] in ("'", '"')
    if quoted and value[:1] in value[1:]:
        return []
    written = value[1:] if quoted else value
    return [
        Item(word, "value", word if quoted else f'"{word}"', offset - len(written), offset)
        for word in _CHOICES[key]
    ]


def _expression(key: str, value: str) -> str | None:
    """Return an expression up to the cursor, ``None`` where there is none."""
    if value[:1] not in ("'", '"', "["):
        return None
    if key in _EXPRESSIONS:
        return re.split("['\"]", value)[-1] if value[0] == "[" else value[1:]
    if key in _TEMPLATES:
        before, brace, inside = value.replace("{{", "  ").rpartition("{")
        return value[len(before) + 1 :] if brace and "}" not in inside else None
    return None


def _environment(text: str) -> Environment | None:
    found = _SUBJECT.search(text)
    if found is None or found[1] not in SUBJECTS:
        return None
    return environment(found[1], load_bvlc())


def _with_variables(env: Environment, source: str) -> Environment:
    """Return an environment with the variables of the macros that are open in an expression."""
    for macro in _MACRO.finditer(source):
        owner = _type(macro["owner"], env)
        if isinstance(owner, List):
            env = env._replace(variables={**env.variables, macro["variable"]: owner.of})
    return env


def _type(source: str, env: Environment) -> Type | None:
    try:
        return check(parse(source), env)
    except ExpressionError:
        return None


# What there is.


def _expressions(text: str, source: str, offset: int) -> Iterator[Item]:
    env = _environment(text)
    if env is None:
        return
    env = _with_variables(env, source)
    compared = _COMPARED.search(source)
    if compared is not None:
        for word in _values(compared["left"], env):
            yield Item(word, "enum", word, offset - len(compared["word"]), offset)
        return
    member = _MEMBER.search(source)
    if member is not None:
        owner = _type(member["owner"], env)
        start = offset - len(member["word"])
        for name, (kind, doc) in _members(owner, env).items():
            call = isinstance(kind, Method | str)
            yield Item(
                name,
                "value" if call else "field",
                f"{name}($0)" if call else name,
                start,
                offset,
                snippet=call,
                detail=_shown(kind),
                doc=doc,
            )
        return
    name_begun = _WORD.search(source)
    start = offset - len(name_begun["word"] if name_begun else "")
    for name, type_ in env.variables.items():
        yield Item(name, "name", name, start, offset, detail=str(type_), order=3)
    for name in ("true", "false"):
        yield Item(name, "value", name, start, offset)
    for name in ("has", *FUNCTIONS):
        yield Item(name, "value", f"{name}($0)", start, offset, snippet=True)


def _values(left: str, env: Environment) -> list[str]:
    """Return the strings that a path may be compared with."""
    type_ = _type(left, env)
    if isinstance(type_, List):
        type_ = type_.of
    if isinstance(type_, Enum):
        return list(env.schema.enums[type_.name].values)
    return list(LAYER_TYPES) if type_ == STRING and left == "layer.type" else []


def _members(owner: Type | None, env: Environment) -> dict[str, tuple[Type | Method | str, str]]:
    """Return the members of a type, each with its type and what there is to say of it.

    What is written with an argument that no type describes has a string for a type.
    """
    found: dict[str, tuple[Type | Method | str, str]] = {}
    message = owner.name if isinstance(owner, Message) else None
    if isinstance(owner, Record):
        message = owner.base
        found |= {name: (kind, "") for name, kind in env.records[owner.name].items()}
    if message is not None:
        type_ = env.schema.messages[message]
        for name, field in type_.fields.items():
            found.setdefault(name, (field_type(field), field_page(type_, field, env.schema)))
    if owner == STRING:
        found |= dict.fromkeys((*STRING_METHODS, "matches"), ("a string", ""))
    if isinstance(owner, List):
        found |= dict.fromkeys(MACROS, ("variable, expression", ""))
    return found


def _member_page(words: list[str], env: Environment) -> str:
    """Return what there is to say of the last word of a path."""
    if len(words) == 1:
        type_ = env.variables.get(words[0])
        return f"`{words[0]}`: {type_}" if type_ is not None else ""
    found = _members(_type(".".join(words[:-1]), env), env).get(words[-1])
    if found is None:
        return ""
    kind, doc = found
    return f"`{words[-1]}`: {_shown(kind)}" + (f"\n\n{doc}" if doc else "")


def _shown(kind: Type | Method | str) -> str:
    if isinstance(kind, Method):
        return f"({', '.join(map(str, kind.params))}) → {kind.result}"
    return f"({kind})" if isinstance(kind, str) else str(kind)

"""A rule in words, for the person who met its code."""

from __future__ import annotations

import os
import re
import textwrap
import tomllib

from protolint.engine.catalogue import rule_paths
from protolint.report.run import RuleText
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any


_FIRES = {"when": "where `when` holds", "require": "where `require` does not hold"}

_FIXES = {
    True: "--fix fixes it, where what was meant is certain.",
    False: "--fix --unsafe-fixes fixes it, where there is something to edit.",
}
"""What is said of a rule's fix, by whether that is safe."""


def all_rules(own: Iterable[str] = ()) -> str:
    """Return a line for each rule: code, severity, name and summary.

    ``own`` are the paths of sound files of own rules, here and below.
    """
    rules = sorted(map(_load, [*rule_paths(), *own]), key=lambda rule: str(rule["code"]))
    width = max(len(rule["id"]) for rule in rules)
    return "".join(
        f"{rule['code']}  {rule['severity']:7}  {rule['id']:{width}}  {rule['summary']}\n"
        for rule in rules
    )


def find(word: str, own: Iterable[str] = ()) -> str | None:
    """Return the explanation of the rule of that code or name, in capitals or not."""
    for rule in map(_load, [*rule_paths(), *own]):
        if word.lower() in (rule["id"], rule["code"].lower()):
            return explain(rule)
    return None


def texts(wanted: Iterable[str]) -> dict[str, RuleText]:
    """Return what there is to say of the rules of these names; of own rules nothing."""
    named = set(wanted)
    paths = [path for path in rule_paths() if os.path.basename(path)[: -len(".toml")] in named]
    rules = map(_load, paths)
    return {rule["id"]: RuleText(_sentence(rule["summary"]), explain(rule)) for rule in rules}


def names(own: Iterable[str] = ()) -> list[str]:
    """Return the codes and names of all rules."""
    return [rule[key] for rule in map(_load, [*rule_paths(), *own]) for key in ("code", "id")]


def explain(rule: dict[str, Any]) -> str:
    """Return a rule's file as a page of text."""
    return "\n\n".join(_paragraphs(rule)) + "\n"


def _paragraphs(rule: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{rule['code']} {rule['id']}\n"
        f"{rule['severity']}, effect: {rule['effect']}, since {rule['since']}"
    )
    yield _wrapped(_sentence(rule["summary"]))
    if "why" in rule:
        yield _wrapped(rule["why"])
    if _says_something(rule.get("caffe", "")):
        yield _wrapped(f"Caffe {_plain(rule['caffe'])}.")
    if _says_something(rule.get("help", "")):
        yield _wrapped(f"Instead: {_plain(rule['help'])}.")
    if "fix" in rule:
        yield _FIXES[rule["fix"]["safe"]]
    conditions = [key for key in ("when", "require") if key in rule]
    if conditions:
        fires = " and ".join(_FIRES[key] for key in conditions)
        lines = (f"    {key:8} {rule[key]}" for key in conditions)
        yield "\n".join([f"The rule fires {fires}:", *lines])
    for key, title in (("bad", "Wrong"), ("good", "Right")):
        for example in rule.get(key, ())[:1]:
            text = "\n".join(example.values())
            yield f"{title}:\n{textwrap.indent(text.rstrip(), '    ')}"


def _sentence(summary: str) -> str:
    is_field = "_" in summary.partition(" ")[0]  # a name that is written just so
    return f"{summary if is_field else summary[0].upper() + summary[1:]}."


def _says_something(text: str) -> bool:
    """Return whether a text is more than what one finding fills in."""
    return re.sub(r"\{[^{}]*\}", "", text).strip() != ""


def _plain(text: str) -> str:
    """Return a template as it reads before it is filled in; `{{` stands for a brace."""
    return text.replace("{{", "{").replace("}}", "}")


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 80)


def _load(path: str) -> dict[str, Any]:
    with open(path, "rb") as file:
        return tomllib.load(file)

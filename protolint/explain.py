"""A rule in words, for the person who met its code."""

from __future__ import annotations

import os
import textwrap
import tomllib
from typing import TYPE_CHECKING, Any

from protolint.engine.catalogue import rule_paths

if TYPE_CHECKING:
    from collections.abc import Iterator


def all_rules() -> str:
    """Return a line for each rule: code, severity, name and summary."""
    rules = sorted(map(_load, rule_paths()), key=lambda rule: str(rule["code"]))
    width = max(len(rule["id"]) for rule in rules)
    return "\n".join(
        f"{rule['code']}  {rule['severity']:7}  {rule['id']:{width}}  {rule['summary']}"
        for rule in rules
    )


def find(word: str) -> str | None:
    """Return the explanation of the rule of that code or name."""
    for path in rule_paths():
        if os.path.basename(path) == f"{word}.toml":
            return explain(_load(path))
        rule = _load(path)
        if rule["code"] == word.upper():
            return explain(rule)
    return None


def names() -> list[str]:
    """Return the codes and names of all rules."""
    return [rule[key] for rule in map(_load, rule_paths()) for key in ("code", "id")]


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
    if "caffe" in rule:
        yield _wrapped(f"Caffe {rule['caffe']}.")
    if rule.get("help", "").strip("{}").isidentifier() is False and "help" in rule:
        yield _wrapped(f"Instead: {rule['help']}.".replace("{{", "{").replace("}}", "}"))
    conditions = [f"{key:8} {rule[key]}" for key in ("when", "require") if key in rule]
    if conditions:
        yield "The rule fires where `when` holds and `require` does not:\n" + "\n".join(
            f"    {line}" for line in conditions
        )
    for key, title in (("bad", "Wrong"), ("good", "Right")):
        for example in rule.get(key, ())[:1]:
            text = "\n".join(example.values())
            yield f"{title}:\n{textwrap.indent(text.rstrip(), '    ')}"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 80)


def _load(path: str) -> dict[str, Any]:
    with open(path, "rb") as file:
        return tomllib.load(file)

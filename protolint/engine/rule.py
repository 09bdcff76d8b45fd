"""A rule as the engine uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from protolint.diagnostic import Effect, Severity
    from protolint.engine.expression.nodes import Node
    from protolint.engine.expression.template import Part

Path = tuple[str, ...]


class RuleFix(NamedTuple):
    """What a rule file says of the cure; see docs/fixes.md for what each ``verb`` does.

    ``places`` are paths as in ``at``; in the rule of a stage, which brings the edits itself or the
    field at fault, they are names of that field. ``text`` is what is written, ``choices`` are what
    may be meant. Without a verb the stage's edits are the fix; with one the ``title`` may be empty,
    for one that says what is done.
    """

    title: list[Part]
    safe: bool
    verb: str
    places: tuple[list[Part], ...]
    text: list[Part]
    choices: tuple[str, ...]


class Rule(NamedTuple):
    """What a rule file says, parsed; see docs/rules for what each key means to an author.

    A rule whose ``subject`` is a stage (``STAGES``) words what that stage finds and has no
    condition. Any other rule is evaluated once for each of its subjects and fires where ``when``
    is true and ``require`` is false. ``at`` are the places to point at, each a path of names once
    its placeholders are filled in; the first that is written in the text counts. ``also`` are
    further places with a few words each. ``phased`` rules depend on the phase the net is built for.
    ``fix`` is the cure of what it finds, if it has one.
    """

    name: str
    code: str
    severity: Severity
    effect: Effect
    subject: str
    types: tuple[str, ...]
    when: Node | None
    require: Node | None
    at: tuple[list[Part], ...]
    also: tuple[tuple[Path, list[Part]], ...]
    message: list[Part]
    label: list[Part]
    caffe: list[Part]
    help: list[Part]
    phased: bool
    fix: RuleFix | None

    @staticmethod
    def from_json(row: list[Any]) -> Rule:
        """Return the rule that was kept as JSON."""
        rule = Rule(*row)
        return rule._replace(
            types=tuple(rule.types),
            at=tuple(rule.at),
            also=tuple((tuple(path), parts) for path, parts in rule.also),
            fix=_fix(rule.fix),
        )


def _fix(row: Any) -> RuleFix | None:
    if row is None:
        return None
    fix = RuleFix(*row)
    return fix._replace(places=tuple(fix.places), choices=tuple(fix.choices))


STAGES = ("file", "syntax", "schema", "model", "graph", "shape")
"""The stages before the rules, which report what they find by the name of a rule."""

"""A rule as the engine uses it."""

from __future__ import annotations

from functools import cache

from protolint.compiled import unpack
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any, Literal, TypeAlias

    from protolint.diagnostic import Effect, Severity
    from protolint.engine.expression.nodes import Node
    from protolint.engine.expression.template import Part

Path = tuple[str, ...]
Group: TypeAlias = 'Literal["of_text", "shaped", "steady", "phased"]'


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


class Wording(NamedTuple):
    """What is told where a rule fires.

    ``at`` are the places to point at, each a path of names once its placeholders are filled in; the
    first that is written in the text counts. ``also`` are further places with a few words each.
    ``fix`` is the cure of what the rule finds, if it has one.
    """

    at: tuple[list[Part], ...]
    also: tuple[tuple[Path, list[Part]], ...]
    message: list[Part]
    label: list[Part]
    caffe: list[Part]
    help: list[Part]
    fix: RuleFix | None


class Rule(NamedTuple):
    """What a rule file says, parsed; see docs/rules for what each key means to an author.

    A rule whose ``subject`` is a stage (``STAGES``) words what that stage finds and has no
    condition. Any other rule is evaluated once for each of its subjects and fires where ``when``
    is true and ``require`` is false.

    ``group`` says on what the outcome depends: on what is written in a layer, its names apart
    (``of_text``), on the phase and the shapes of the bottoms besides (``shaped``), or on more, the
    phase among it (``phased``) or not (``steady``). ``begins_with_text`` is whether ``when`` alone
    is of the first kind.

    Of some hundred rules a run evaluates a part and words a few, so conditions and wording stay
    packed until they are asked for.
    """

    name: str
    code: str
    severity: Severity
    effect: Effect
    subject: str
    types: tuple[str, ...]
    group: Group
    begins_with_text: bool
    packed_conditions: str | bytes
    packed_wording: str | bytes

    @staticmethod
    def from_row(row: list[Any]) -> Rule:
        """Return the rule whose fields were kept as a list."""
        row[5] = tuple(row[5])
        return Rule(*row)

    @property
    def conditions(self) -> tuple[Node | None, Node | None]:
        """``when`` and ``require``."""
        when, require = unpack(self.packed_conditions)
        return when, require

    @property
    def wording(self) -> Wording:
        """What is told where the rule fires."""
        return _wording(self.packed_wording)


@cache
def _wording(packed: str | bytes) -> Wording:
    at, also, message, label, caffe, help_, fix = unpack(packed)
    also = tuple((tuple(path), parts) for path, parts in also)
    return Wording(tuple(at), also, message, label, caffe, help_, _fix(fix))


def _fix(row: Any) -> RuleFix | None:
    if row is None:
        return None
    fix = RuleFix(*row)
    return fix._replace(places=tuple(fix.places), choices=tuple(fix.choices))


STAGES = ("file", "syntax", "schema", "model", "graph", "shape")
"""The stages before the rules, which report what they find by the name of a rule."""

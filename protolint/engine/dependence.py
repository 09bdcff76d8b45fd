"""What the condition of a rule depends on, found out when the rule is compiled.

By it a run knows where the rule need not be evaluated again.
"""

from __future__ import annotations

from protolint.engine.expression.nodes import paths
from protolint.engine.facts import FACTS
from protolint.engine.subjects import is_phased
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protolint.engine.expression.nodes import Node
    from protolint.engine.expression.template import Part
    from protolint.engine.rule import Group


def group(conditions: Iterable[Node | None], words: Iterable[Part]) -> Group:
    """Return the group of a rule by its conditions, and the phase of which ``words`` may tell."""
    nodes = [node for node in conditions if node]
    kinds = _kinds(nodes)
    if kinds <= {"text"}:
        return "of_text"
    asked = [*nodes, *(part for part in words if isinstance(part, list))]
    if any(is_phased(path) for node in asked for path in paths(node)):
        return "shaped" if kinds <= {"text", "shapes"} else "phased"
    return "steady"


def is_of_text(condition: Node | None) -> bool:
    """Return whether a condition decides alike on layers that are alike."""
    return condition is None or _kinds([condition]) <= {"text"}


def _kinds(nodes: Iterable[Node]) -> set[str]:
    return {_depends_on(*path[:2]) for node in nodes for path in paths(node)}


def _depends_on(variable: str, name: str = "") -> str:
    """Say what a member is decided by.

    ``text`` is what is written in a layer, its names apart; ``shapes`` the phase and the shapes of
    the bottoms besides; all else is ``more``.
    """
    if variable in ("filler", "param"):
        return "text"
    if variable != "layer" or name in ("", "name", "bottom", "top"):
        return "more"
    fact = FACTS["Layer"].get(name)
    if fact is None or fact.written:
        return "text"
    return "shapes" if fact.shaped else "more"

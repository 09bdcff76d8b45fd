"""What a stage before the rules found wrong in a text."""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from protolint.diagnostic import Edit
    from protolint.syntax.tree import Field


class Mark(NamedTuple):
    """A further place that helps to understand a problem, with a few words about it."""

    start: int
    end: int
    text: str


class Problem(NamedTuple):
    """A fault in a text, told as the rule it breaks and the values its message names.

    ``rule`` is the name of a rule file, which holds code, severity and wording; ``start`` and
    ``end`` are offsets into the text; ``label`` stands beside the caret. ``layer`` is the name of
    the layer it is about, and ``phases`` the phases in which it holds (empty: whenever the file is
    read). ``field`` is the field it points at, where it is one. ``edits`` cure it, which the rule
    words as a fix; where they are not ``sure`` the fix is unsafe whatever the rule says.
    """

    rule: str
    start: int
    end: int
    args: Mapping[str, object]
    label: str = ""
    marks: tuple[Mark, ...] = ()
    layer: str | None = None
    phases: tuple[str, ...] = ()
    field: Field | None = None
    edits: tuple[Edit, ...] = ()
    sure: bool = True

"""What every stage reports and every report renders: one list of diagnostics."""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Literal, TypeAlias

Severity: TypeAlias = 'Literal["error", "warning", "info"]'
Effect: TypeAlias = 'Literal["abort", "nonfinite", "ignored", "surprise", "none"]'
Phase: TypeAlias = 'Literal["TRAIN", "TEST"]'

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


class Position(NamedTuple):
    """A place in a text: ``line`` and ``column`` count from 1, columns in Unicode code points."""

    line: int
    column: int


class Range(NamedTuple):
    """A stretch of text from ``start`` up to but not including ``end``."""

    start: Position
    end: Position


class Label(NamedTuple):
    """A marked stretch of text with a few words about it; ``path`` may be another file."""

    path: str
    range: Range
    text: str = ""


class Edit(NamedTuple):
    """Text in place of ``start`` up to but not including ``end``.

    Both are offsets in code points into the file's text as ``syntax.source.decode`` gives it:
    without a byte-order mark, and with line ends as they are.
    """

    start: int
    end: int
    text: str


class Fix(NamedTuple):
    """What cures a finding: edits of the finding's own file, which do not overlap.

    A ``safe`` fix writes what was certainly meant; any other changes what Caffe does, or guesses.
    """

    title: str
    edits: tuple[Edit, ...]
    safe: bool


class Diagnostic(NamedTuple):
    """One finding, complete enough to be rendered without asking anyone else.

    ``message`` stands alone; ``label`` is what the marked text is told beside its caret;
    ``notes`` say why (``caffe`` lines say what Caffe does) and ``help`` what to write instead.
    ``undecided`` findings are rules that could not be decided, with the reasons in ``notes``.
    ``fix`` is the cure, where there is one that can be written down. ``trail`` are the layers that
    lead to what was found, the source of the data first.
    """

    code: str
    name: str
    severity: Severity
    effect: Effect
    message: str
    path: str
    range: Range
    label: str = ""
    secondary: tuple[Label, ...] = ()
    caffe: str = ""
    help: str = ""
    notes: tuple[str, ...] = ()
    phases: tuple[Phase, ...] = ()
    layer: str | None = None
    undecided: bool = False
    fix: Fix | None = None
    trail: tuple[Label, ...] = ()

"""What a run is asked for, and which rules are wanted by it."""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protolint.diagnostic import Diagnostic, Phase, Severity
    from protolint.engine.catalogue import Catalogue
    from protolint.engine.rule import Rule
    from protolint.layers import LayerType, Shape

PHASES = ("TRAIN", "TEST")


class Selection(NamedTuple):
    """Words that name rules: codes, prefixes of codes, names; "" is the prefix of every code.

    With ``select`` only those are wanted, ``extend`` are wanted as well, and ``ignore`` are not.
    Of two words that disagree the closer one counts: a code or name beats a prefix, and a longer
    prefix a shorter one; of two alike ``ignore`` counts.
    """

    select: tuple[str, ...] = ()
    extend: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def decide(self, rule: Rule | Diagnostic, before: bool) -> bool:
        """Return whether a rule is wanted that was wanted, or not, ``before``."""
        chosen = closeness((*self.select, *self.extend), rule)
        wanted = chosen >= 0 or (before and not self.select)
        ignored = closeness(self.ignore, rule)
        return wanted and (ignored < 0 or ignored < chosen)


_ALL = Selection()


class Options(NamedTuple):
    """What a run is asked for, or what it is asked for about one file.

    ``select``, ``extend_select`` and ``ignore`` are the command line's, a ``Selection``; those
    ``configured`` come before them, and ``never`` after them. Findings of severity info are told
    only where they are selected. ``catalogue`` holds the rules, where they are not just those that
    come with protolint. ``level`` and ``stages`` pin the state of nets as ``phase`` does; ``pair``
    are the nets that a net is held against, of which it takes the weights. ``dialect`` is names of
    dialects joined by commas, or ``auto`` for those that a file is written in. ``fixable`` are the
    rules whose findings may be fixed, also by an unsafe fix with ``unsafe_fixes``. With ``solvers``
    those count too that lie beside a net and name it. ``layers`` are layer types that are declared,
    by name; ``schema`` is the path of a caffe.proto by which is read, in place of any dialect.
    ``input_ranges`` are between which numbers data are, by blob.
    """

    dialect: str = "auto"
    phase: Phase | None = None
    follow: bool = True
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    datum: Shape = None
    inputs: tuple[tuple[str, Shape], ...] = ()
    extend_select: tuple[str, ...] = ()
    configured: Selection = _ALL
    never: tuple[str, ...] = ()
    fail_on: Severity = "error"
    level: int | None = None
    stages: tuple[str, ...] | None = None
    pair: tuple[str, ...] = ()
    catalogue: Catalogue | None = None
    fixable: Selection = _ALL
    unsafe_fixes: bool = False
    solvers: bool = False
    layers: tuple[tuple[str, LayerType], ...] = ()
    schema: str | None = None
    input_ranges: tuple[tuple[str, tuple[float, float]], ...] = ()
    root: str | None = None

    @property
    def words(self) -> tuple[Selection, Selection, tuple[str, ...]]:
        """All that says which rules are wanted."""
        asked = Selection(self.select, self.extend_select, self.ignore)
        return asked, self.configured, self.never

    def wants(self, rule: Rule | Diagnostic) -> bool:
        """Return whether findings of a rule are wanted."""
        if self.configured is _ALL and not (
            self.select or self.extend_select or self.ignore or self.never
        ):
            return rule.severity != "info"
        asked = Selection(self.select, self.extend_select, self.ignore)
        wanted = self.configured.decide(rule, rule.severity != "info")
        return asked.decide(rule, wanted) and closeness(self.never, rule) < 0

    def may_fix(self, found: Diagnostic) -> bool:
        """Return whether the fix of a finding, if it has one, may be told and applied."""
        return self.fixable is _ALL or self.fixable.decide(found, before=True)


def closeness(words: Iterable[str], rule: Rule | Diagnostic) -> int:
    """Return how closely the closest of some words names a rule, -1 where none does."""
    return max((_closeness(word, rule) for word in words), default=-1)


def _closeness(word: str, rule: Rule | Diagnostic) -> int:
    if word == rule.name:
        return len(rule.code)
    return len(word) if rule.code.startswith(word) else -1

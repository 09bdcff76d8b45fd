"""What every report is made from."""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from protolint.diagnostic import Diagnostic


class RuleText(NamedTuple):
    """What the file of a rule says of it: in a line, and in full."""

    summary: str
    help: str


class Run(NamedTuple):
    """One run over some files; diagnostics are reported in the order given.

    ``sources`` maps paths to the texts that excerpts are taken from; where a path is missing there
    is no excerpt. ``notes`` are lines about the run itself, such as which net was followed from
    where. ``files`` counts the files checked, ``undecided`` the undecided rules that are not among
    the diagnostics, ``fixable`` are those that --fix would fix, ``unsafe`` counts those that
    it would fix only with --unsafe-fixes, ``fixed`` those that it has fixed, and ``held`` those
    that a baseline holds back. ``version`` is protolint's; ``rules`` describes rules by their
    names, for the ``RULE_FORMATS``.
    """

    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, str]
    notes: tuple[str, ...] = ()
    files: int = 0
    dialect: str = "bvlc"
    undecided: int = 0
    fixable: AbstractSet[Diagnostic] = frozenset()
    unsafe: int = 0
    fixed: int = 0
    held: int = 0
    version: str = ""
    rules: Mapping[str, RuleText] = {}

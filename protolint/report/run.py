"""What every report is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from protolint.diagnostic import Diagnostic


class Run(NamedTuple):
    """One run over some files; diagnostics are reported in the order given.

    ``sources`` maps paths to the texts that excerpts are taken from; where a path is missing there
    is no excerpt. ``notes`` are lines about the run itself, such as which net was followed from
    where. ``files`` counts the files checked, ``undecided`` the undecided rules that are not among
    the diagnostics, ``fixable`` the findings that can be fixed.
    """

    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, str]
    notes: tuple[str, ...] = ()
    files: int = 0
    dialect: str = "bvlc"
    undecided: int = 0
    fixable: int = 0

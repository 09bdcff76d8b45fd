"""Fixes as other programs take them: a range of the text, and what to write there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protolint.syntax.source import LineIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from protolint.diagnostic import Diagnostic, Range

    Replacements = Callable[[Diagnostic], list[tuple[Range, str]]]


def replacements(sources: Mapping[str, str]) -> Replacements:
    """Return a function that gives the edits of a finding's fix, none where the text is missing."""
    lines: dict[str, LineIndex] = {}

    def of(found: Diagnostic) -> list[tuple[Range, str]]:
        if found.fix is None or found.path not in sources:
            return []
        if found.path not in lines:
            lines[found.path] = LineIndex(sources[found.path])
        index = lines[found.path]
        return [(index.range(start, end), text) for start, end, text in found.fix.edits]

    return of

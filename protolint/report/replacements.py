"""Fixes as other programs take them: a range of the text, and what to write there."""

from __future__ import annotations

from protolint.report.visible import without_surrogates
from protolint.syntax.source import LineIndex
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from protolint.diagnostic import Diagnostic, Range

    Replacements = Callable[[Diagnostic], list[tuple[Range, str]]]


def replacements(sources: Mapping[str, str]) -> Replacements:
    """Return a function that gives the edits of a finding's fix.

    There are none where the text is missing, or where bytes that are not UTF-8 would be written,
    which no such format can hold.
    """
    lines: dict[str, LineIndex] = {}

    def of(found: Diagnostic) -> list[tuple[Range, str]]:
        if found.fix is None or found.path not in sources:
            return []
        if any(without_surrogates(text) != text for _, _, text in found.fix.edits):
            return []
        if found.path not in lines:
            lines[found.path] = LineIndex(sources[found.path])
        index = lines[found.path]
        return [(index.range(start, end), text) for start, end, text in found.fix.edits]

    return of

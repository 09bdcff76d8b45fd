"""``protolint check --add-ignores``: comments for all that is found."""

from __future__ import annotations

from protolint import files, pipeline, suppress
from protolint.syntax.source import decode
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from protolint.diagnostic import Diagnostic

_NOT_ABOUT_A_LINE = ("too-many-findings", *suppress.ABOUT_COMMENTS)


def add_ignores(
    paths: Sequence[str],
    configurations: pipeline.Configurations,
    progress: pipeline.Progress | None = None,
) -> tuple[pipeline.Outcome, dict[str, bytes]]:
    """Return what is left once comments are added for what is found in the files of ``paths``.

    Also returns the content of the files to write; nothing is written here. A file in which a
    finding cannot be suppressed at its line stays as it is, and the notes say so. A net that is
    checked only because a solver names it is left alone.
    """
    given = {files.identity(path): path for path in files.find(paths)}
    texts: dict[str, bytes] = {}
    counts: dict[str, int] = {}
    refused: set[str] = set()

    def read(path: str) -> bytes:
        key = files.identity(path)
        return texts[key] if key in texts else files.read(path)

    while True:
        outcome = pipeline.check_paths(paths, configurations, read, progress)
        left = {
            key: found
            for key, found in _by_file(outcome.diagnostics).items()
            if key in given and key not in refused
        }
        if not left:
            break
        for key, found in left.items():
            data = None if _unreadable(found) else _with_comments(read(given[key]), found)
            if data is None:
                refused.add(key)
                texts.pop(key, None)
            else:
                texts[key] = data
                counts[key] = counts.get(key, 0) + len(found)
    notes = [f"{given[key]}: {counts[key]} found, and suppressed by new comments" for key in texts]
    notes += [
        f"{given[key]}: unchanged, as something was found at a line that takes no comment"
        for key in sorted(refused)
    ]
    outcome = outcome._replace(notes=(*outcome.notes, *notes))
    return outcome, {given[key]: data for key, data in texts.items()}


def _by_file(found: Iterable[Diagnostic]) -> dict[str, list[Diagnostic]]:
    groups: dict[str, list[Diagnostic]] = {}
    for diagnostic in found:
        if diagnostic.name not in _NOT_ABOUT_A_LINE:
            groups.setdefault(files.identity(diagnostic.path), []).append(diagnostic)
    return groups


def _unreadable(found: list[Diagnostic]) -> bool:
    return any(diagnostic.name in ("unreadable-file", "file-too-large") for diagnostic in found)


def _with_comments(data: bytes, found: list[Diagnostic]) -> bytes | None:
    """Return a file with comments added, ``None`` where that does not go or changes nothing."""
    text = decode(data)
    changed = suppress.add(text, found)
    if changed is None or changed == text:
        return None
    mark = data[: len(data) - len(text.encode("utf-8", "surrogateescape"))]  # a byte-order mark
    return mark + changed.encode("utf-8", "surrogateescape")

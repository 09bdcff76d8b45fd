"""One line a finding, below the name of its file."""

from __future__ import annotations

from protolint.report.summary import closing, mark
from protolint.report.visible import visible
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.diagnostic import Diagnostic
    from protolint.report.run import Run


def render(run: Run) -> str:
    """Return for each file its path and its findings in columns, then the notes and a summary.

    Files stand in the order in which they are first told of.
    """
    files: dict[str, list[Diagnostic]] = {}
    for found in run.diagnostics:
        files.setdefault(found.path, []).append(found)
    blocks = ["\n".join(_of_file(run, path, group)) for path, group in files.items()]
    if run.notes:
        blocks.append("\n".join(f"note: {visible(note)}" for note in run.notes))
    return "\n\n".join([*blocks, closing(run)]) + "\n"


def _of_file(run: Run, path: str, group: list[Diagnostic]) -> Iterator[str]:
    places = [f"{found.range.start.line}:{found.range.start.column}" for found in group]
    kinds = [
        f"{'undecided' if found.undecided else found.severity}[{found.code}]" for found in group
    ]
    left, middle = max(map(len, places)), max(map(len, kinds))
    yield visible(path)
    for found, place, kind in zip(group, places, kinds, strict=True):
        yield f"  {place:>{left}}  {kind:{middle}}  {mark(run, found)}{visible(found.message)}"

"""The report for people: each finding with the source it is about."""

from __future__ import annotations

from protolint.report.excerpt import Mark, excerpt
from protolint.report.style import painter
from protolint.report.summary import mark, plural, summary
from protolint.report.visible import visible, wrap
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from protolint.diagnostic import Diagnostic
    from protolint.report.run import Run
    from protolint.report.style import Paint

LINE_LIMIT = 200  # longer source lines are cut
NARROWEST = 40  # no terminal is taken to be narrower
GUTTER = 2  # the least width of line numbers


def render(run: Run, *, colour: bool, width: int | None = None) -> str:
    """Return every finding with excerpts, then the notes on the run and the summary.

    ``width`` in columns cuts source lines and wraps explanations; without it source lines are
    cut at ``LINE_LIMIT`` and nothing is wrapped. ``colour`` adds ANSI codes.
    """
    return "\n\n".join([*blocks(run, colour=colour, width=width), summary(run)]) + "\n"


def blocks(run: Run, *, colour: bool, width: int | None = None) -> list[str]:
    """Return the findings, and the notes on the run as one more block if there are any."""
    paint = painter(colour=colour)
    if width is not None:
        width = max(width, NARROWEST)
    lines: dict[str, list[str]] = {}

    def lines_of(path: str) -> list[str]:
        """Return the lines of a file, none when its text is not known."""
        if path not in lines:
            lines[path] = run.sources[path].split("\n") if path in run.sources else []
        return lines[path]

    found = [
        "\n".join(_finding(one, mark(run, one), lines_of, paint, width)) for one in run.diagnostics
    ]
    notes = [f"{paint('note', 'strong')}: {visible(note)}" for note in run.notes]
    if run.undecided:
        one = run.undecided == 1
        words = f"{plural(run.undecided, 'more rule')} {'is' if one else 'are'} undecided here"
        hint = f"run with --undecided to see what would decide {'it' if one else 'them'}"
        notes.append(f"{paint('note', 'strong')}: {words}: {hint}")
    if notes:
        found.append("\n".join(notes))
    return found


def _finding(
    found: Diagnostic,
    sign: str,
    lines_of: Callable[[str], list[str]],
    paint: Paint,
    width: int | None,
) -> Iterator[str]:
    kind = "undecided" if found.undecided else found.severity
    message = paint(f": {sign}{visible(found.message)}", "strong")
    yield paint(f"{kind}[{found.code}]", kind) + message

    marks: dict[str, list[Mark]] = {found.path: [Mark(found.range, found.label, "^", kind)]}
    for label in found.secondary:
        mark = Mark(label.range, label.text, "-", "secondary")
        marks.setdefault(label.path, []).append(mark)
    last_line = max(mark.range.start.line for group in marks.values() for mark in group)
    gutter = max(GUTTER, len(str(last_line)))
    bar = paint(" " * gutter + " |", "gutter")
    limit = LINE_LIMIT if width is None else width - gutter - len(" | ")

    drawn = False  # is an excerpt just above?
    for path, group in marks.items():
        if drawn:
            yield bar
        lines = lines_of(path)
        drawn = all(1 <= mark.range.start.line <= len(lines) for mark in group)
        if drawn:
            yield _place(path, group[0], gutter, paint)
            yield from excerpt(lines, group, gutter, limit, paint)
        else:
            for mark in group:
                words = f": {visible(mark.text)}" if mark.text else ""
                yield _place(path, mark, gutter, paint) + words

    told = list(_told(found))
    if told and drawn:
        yield bar
    for key, text in told:
        margin = gutter + len(f" = {key}: ")
        room = None if width is None else width - margin
        rows = [row for part in text.split("\n") for row in wrap(visible(part), room)]
        yield f"{paint(' ' * gutter + ' =', 'gutter')} {paint(key, 'strong')}: {rows[0]}"
        yield from (" " * margin + row for row in rows[1:])


def _place(path: str, mark: Mark, gutter: int, paint: Paint) -> str:
    """Return the line that says where an excerpt is from; ``:::`` begins a secondary place."""
    arrow = "-->" if mark.sign == "^" else ":::"
    line, column = mark.range.start
    return f"{' ' * gutter}{paint(arrow, 'gutter')} {visible(path)}:{line}:{column}"


def _told(found: Diagnostic) -> Iterator[tuple[str, str]]:
    """Yield the explanations below the excerpt as key and text."""
    if found.caffe:
        yield "caffe", found.caffe
    if found.help:
        yield "help", found.help
    for note in found.notes:
        yield "note", note
    if found.layer is not None and f'"{found.layer}"' not in found.message:
        yield "layer", found.layer
    if len(found.phases) == 1:
        yield "phase", f"{found.phases[0]} only"

"""Proofs for people: a line for each obligation, and under it why, or what would decide it."""

from __future__ import annotations

from protolint.report.prove.view import counts, dialects
from protolint.report.style import painter
from protolint.report.visible import visible, wrap
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from protolint.analysis.obligations.obligation import Obligation, Witness
    from protolint.report.prove.view import View
    from protolint.report.style import Paint

_INDENT = 13
_THINGS = ("a ", "the ", "what ", "whether ")
_STYLES = {"refuted": "error", "undecided": "undecided", "proved": "strong"}


def render(views: Sequence[View], *, colour: bool = False, width: int | None = None) -> str:
    """Return the proofs as text, broken into lines of at most ``width`` columns."""
    lines = list(_lines(views, painter(colour=colour), width))
    found = ", ".join(f"{count} {verdict}" for verdict, count in counts(views).items())
    return "\n".join([*lines, f"{found} (dialect: {visible(dialects(views))})."]) + "\n"


def _lines(views: Sequence[View], paint: Paint, width: int | None) -> Iterator[str]:
    for view in views:
        yield paint(_title(view), "strong")
        for one in view.obligations:
            yield from _obligation(one, paint, width)
        yield ""


def undecided(views: Sequence[View], width: int | None) -> str:
    """Return the obligations that are undecided, to stand below the findings; may be empty."""
    lines: list[str] = []
    for view in views:
        open_ = [one for one in view.obligations if one.verdict == "undecided"]
        if open_:
            lines += ["", f"Not proved of {_title(view)}:"]
        for one in open_:
            lines += _wrapped(f"  {one.claim}", width)
            for under in obligation_lines(one):
                lines += [f"      {part}" for part in _wrapped(under, width)]
    return "".join(f"{line}\n" for line in lines)


def obligation_lines(one: Obligation) -> Iterator[str]:
    """Yield what stands under an obligation: its witnesses, or what would decide it, or why."""
    for witness in one.witnesses:
        yield _witness(witness)
    for need in one.needs:
        yield f"needs {need}" if need.startswith(_THINGS) else need
    if one.because:
        yield one.because


def _title(view: View) -> str:
    return visible(view.path if view.subject == "text" else f"{view.path} ({view.subject})")


def _obligation(one: Obligation, paint: Paint, width: int | None) -> Iterator[str]:
    verdict = paint(f"{one.verdict:<{_INDENT - 4}}", _STYLES[one.verdict])
    first, *rest = _wrapped(one.claim, width)
    yield f"  {verdict}  {first}"
    under = [part for line in obligation_lines(one) for part in _wrapped(line, width)]
    for line in (*rest, *under):
        yield f"{'':{_INDENT}}{line}"


def _wrapped(text: str, width: int | None) -> list[str]:
    return wrap(visible(text), None if width is None else max(width - _INDENT, 40))


def _witness(witness: Witness) -> str:
    place = [f"line {witness.line}"] if witness.line else []
    place += [witness.code] if witness.code else []
    return witness.text + (f" ({', '.join(place)})" if place else "")

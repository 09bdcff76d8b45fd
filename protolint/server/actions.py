"""What to do about findings: fix them, or say that they are meant."""

from __future__ import annotations

import re

from protolint import suppress
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from protolint.diagnostic import Diagnostic
    from protolint.server.positions import Lines
    from protolint.server.spans import Span

_MEANT = re.compile(r"did you mean (?P<quote>[`\"'])(?P<word>[^`\"'\n]+)(?P=quote)\?")
_STRING = re.compile(r""""[^"\n]*"|'[^'\n]*'""")
_ABOUT_A_FILE = ("unreadable-file", "file-too-large", "too-many-findings", *suppress.ABOUT_COMMENTS)


class Edit(NamedTuple):
    """A text in place of a stretch."""

    start: int
    end: int
    text: str


class Action(NamedTuple):
    """Edits that answer a finding; a ``preferred`` one is what the finding is cured by."""

    title: str
    edits: tuple[Edit, ...]
    diagnostic: Diagnostic
    preferred: bool = False


def actions(lines: Lines, found: Iterable[Diagnostic], span: Span) -> list[Action]:
    """Return what can be done about the findings in a text that touch a span."""
    touched = [d for d in found if _touches(lines.span_of(d.range), span)]
    once: dict[tuple[Edit, ...], Action] = {}  # findings of one rule are ignored alike
    for offered in (_cures, _ignores):
        for diagnostic in touched:
            for action in offered(lines, diagnostic):
                once.setdefault(action.edits, action)
    return list(once.values())


def difference(old: str, new: str) -> tuple[Edit, ...]:
    """Return the one edit that makes a text another one, none for the same."""
    if old == new:
        return ()
    start = _common(old, new)
    back = _common(old[start:][::-1], new[start:][::-1])
    return (Edit(start, len(old) - back, new[start : len(new) - back]),)


def _common(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _touches(one: Span, other: Span) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _cures(lines: Lines, diagnostic: Diagnostic) -> Iterator[Action]:
    fix = diagnostic.fix
    if fix is not None:
        edits = tuple(Edit(*edit) for edit in fix.edits)
        title = fix.title[0].upper() + fix.title[1:]
        yield Action(title, edits, diagnostic, preferred=fix.safe)
        return
    meant = _MEANT.search(f"{diagnostic.label}\n{diagnostic.help}")
    if meant is None:
        return
    start, end = lines.span_of(diagnostic.range)
    word = meant["word"]
    if meant["quote"] != "`":
        strings = list(_STRING.finditer(lines.text, start, end))
        if not strings:
            return
        start, end = strings[-1].start() + 1, strings[-1].end() - 1
    elif not lines.text[start:end].isidentifier():
        return
    yield Action(f"Change to `{word}`", (Edit(start, end, word),), diagnostic, preferred=True)


def _ignores(lines: Lines, diagnostic: Diagnostic) -> Iterator[Action]:
    """Yield comments that suppress a finding, at its line and for the whole file."""
    if diagnostic.name in _ABOUT_A_FILE:
        return
    text, code = lines.text, diagnostic.code
    changed = suppress.add(text, [diagnostic])
    if changed is not None and changed != text:
        title = f"Ignore {code} ({diagnostic.name}) here"
        yield Action(title, difference(text, changed), diagnostic)
    comment = f"# protolint: ignore-file[{code}]\n"
    title = f"Ignore {code} ({diagnostic.name}) in this file"
    yield Action(title, (Edit(0, 0, comment),), diagnostic)

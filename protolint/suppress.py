"""Suppressions: comments that say which findings are meant to stay.

base_lr: 10  # protolint: ignore[SLV023] the launcher warms up
# protolint: ignore[POL002, pool-window-empty] for the whole field or block that follows
# protolint: ignore-file[LAY006] above the first field, for the whole file
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from protolint.diagnostic import Edit, Position, Range
from protolint.edit import removal
from protolint.problem import Problem
from protolint.schema.misfit import nearest, slip
from protolint.syntax.parser import parse
from protolint.syntax.source import LineIndex
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from protolint.diagnostic import Diagnostic
    from protolint.engine.rule import Rule
    from protolint.syntax.tree import Comment, Document, Field

ABOUT_COMMENTS = ("unused-suppression", "unknown-suppression")
"""The rules about suppressions, which no comment suppresses."""

_DIRECTIVE = re.compile(r"#\s*protolint:[ \t]*([\w-]*)[ \t]*(\[[^\]]*\])?")
_VERBS = ("ignore", "ignore-file")
_OF_THE_FORMATTER = ("format-off", "format-on")
_WORD = re.compile(r"[^\s,\[\]]+")


class Suppression(NamedTuple):
    """One rule that a comment names: ``word`` at ``start``..``end``, for findings in ``covers``."""

    rule: str
    word: str
    start: int
    end: int
    covers: Range


def apply(
    document: Document,
    rules: Mapping[str, Rule],
    problems: Iterable[Problem],
    found: Iterable[Diagnostic],
    *,
    judge: bool,
) -> tuple[list[Problem], list[Diagnostic]]:
    """Return the problems and findings about a document that its comments do not suppress.

    What is wrong with the comments is added to the problems. A finding is suppressed when its
    primary span begins in what a comment covers; one that is undecided counts too. With ``judge``
    comments that suppress nothing are told, unless an error is left, which may hide what they are
    for.
    """
    lines = LineIndex(document.text)
    suppressions, wrong = read(document, lines, rules)
    covered = _covered(suppressions)
    places: dict[str, list[Position]] = {}

    def stays(rule: str, at: Position) -> bool:
        places.setdefault(rule, []).append(at)
        starts, ends = covered.get(rule, ([], []))
        index = bisect_right(starts, at) - 1
        return index < 0 or ends[index] <= at

    left = [p for p in problems if stays(p.rule, lines.position(p.start))]
    told = [d for d in found if stays(d.name, d.range.start)]
    for of_rule in places.values():
        of_rule.sort()
    if judge and all(rules[p.rule].severity != "error" for p in left):
        wrong += [
            Problem(
                "unused-suppression",
                s.start,
                s.end,
                {"code": s.word},
                edits=(_without(document.text, s),),
            )
            for s in suppressions
            if not _holds(s.covers, places.get(s.rule, []))
        ]
    return left + wrong, told


def _covered(
    suppressions: Iterable[Suppression],
) -> dict[str, tuple[list[Position], list[Position]]]:
    """Return for each rule the starts and ends of what is covered, in order and apart."""
    covered: dict[str, tuple[list[Position], list[Position]]] = {}
    for suppression in sorted(suppressions, key=lambda s: s.covers.start):
        starts, ends = covered.setdefault(suppression.rule, ([], []))
        start, end = suppression.covers
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)
    return covered


def _holds(covers: Range, places: list[Position]) -> bool:
    """Return whether one of the places, which are in order, is in a range."""
    return bisect_left(places, covers.start) < bisect_left(places, covers.end)


def _without(text: str, suppression: Suppression) -> Edit:
    """Return the edit that takes a word out of its comment, and the last one with the comment."""
    start, end = suppression.start, suppression.end
    if comma := re.compile(r"\s*,\s*").match(text, end):
        return Edit(start, comma.end(), "")
    before = text[:start].rstrip()
    if before.endswith(","):
        return Edit(len(before) - 1, end, "")
    line_end = text.find("\n", end)
    return removal(text, text.rfind("#", 0, start), len(text) if line_end < 0 else line_end)


def read(
    document: Document, lines: LineIndex, rules: Mapping[str, Rule]
) -> tuple[list[Suppression], list[Problem]]:
    """Return the suppressions in a document's comments, and what is wrong with them."""
    named = {word: rule.name for rule in rules.values() for word in (rule.code, rule.name)}
    suppressions: list[Suppression] = []
    wrong: list[Problem] = []
    for comment in document.comments:
        for directive in _DIRECTIVE.finditer(document.text, comment.start, comment.end):
            if directive[1] in _OF_THE_FORMATTER:
                continue
            covers = _covers(document, comment, directive, lines)
            if isinstance(covers, Problem):
                wrong.append(covers)
                continue
            for word in _WORD.finditer(document.text, *directive.span(2)):
                if word[0] in named:
                    rule = named[word[0]]
                    suppressions.append(Suppression(rule, word[0], *word.span(), covers))
                else:
                    wrong.append(_unknown(word, rules, named))
    return suppressions, wrong


def _unknown(word: re.Match[str], rules: Mapping[str, Rule], named: Mapping[str, str]) -> Problem:
    """Return the problem of a word that names no rule; a wrong digit in a code tells nothing."""
    code = word[0].upper()
    sure = code if code in named else slip(word[0], rules)
    near = sure or next(iter(nearest(word[0], rules)), "")
    advice = "write a code or a name in full; `protolint rule --all` lists them"
    if near:
        advice = f"did you mean {near}?"
    problem = _wrong(*word.span(), f'no rule "{word[0]}"', advice)
    edits = (Edit(*word.span(), sure),) if sure else ()
    return problem._replace(args={**problem.args, "near": near}, edits=edits)


def _covers(
    document: Document, comment: Comment, directive: re.Match[str], lines: LineIndex
) -> Range | Problem:
    """Return where a directive suppresses, or what is wrong with it."""
    verb, listed = directive[1], directive[2]
    start, end = directive.end() if not verb else directive.start(1), directive.end()
    if verb not in _VERBS:
        what = f'no directive "{verb}"' if verb else "no directive"
        return _wrong(start, end, what, "write ignore[CODE] or ignore-file[CODE]")
    if listed is None or not _WORD.search(listed):
        advice = f"write {verb}[CODE]: there is no form that suppresses everything"
        return _wrong(start, end, f'"{verb}" names no rule', advice)
    if verb == "ignore-file":
        if document.fields and document.fields[0].start < comment.start:
            advice = "move it above the first field, or write ignore[CODE]"
            return _wrong(start, end, "ignore-file stands behind the first field", advice)
        return lines.range(0, len(document.text) + 1)
    if not _is_alone(document.text, comment):
        line = lines.position(comment.start).line
        return Range(Position(line, 1), Position(line + 1, 1))
    field = _following(document.fields, comment.end)
    if field is None:
        advice = "write it above a field, or at the end of its line"
        return _wrong(start, end, "no field follows that this comment could be for", advice)
    return lines.range(field.start, field.end)


def _wrong(start: int, end: int, what: str, advice: str) -> Problem:
    args = {"what": what, "advice": advice, "near": ""}
    return Problem("unknown-suppression", start, end, args)


def _is_alone(text: str, comment: Comment) -> bool:
    begin = text.rfind("\n", 0, comment.start) + 1
    return not text[begin : comment.start].strip()


def _following(fields: Sequence[Field], offset: int) -> Field | None:
    """Return the field that begins first behind an offset, in the block that the offset is in."""
    at = bisect_right(fields, offset, key=lambda field: field.end)
    if at == len(fields):
        return None
    field = fields[at]
    if field.start >= offset:
        return field
    inner = field.value
    return _following(inner, offset) if isinstance(inner, (list, tuple)) else None


# Writing them.


def add(text: str, found: Iterable[Diagnostic]) -> str | None:
    """Return the text with a comment at the end of each line in which a finding begins.

    A comment that is there already gets the new codes. Returns ``None`` when a line takes no
    comment, as within a string that is not closed or where nothing stands.
    """
    codes: dict[int, set[str]] = {}
    for diagnostic in found:
        codes.setdefault(diagnostic.range.start.line, set()).add(diagnostic.code)
    lines = text.split("\n")
    listed = {number: words for number, _, words in _on_lines(text)}
    places = {number: at for number, at, _ in _on_lines(text)}
    for number, wanted in codes.items():
        if number > len(lines):
            return None
        new = ", ".join(sorted(wanted - listed.get(number, set())))
        line = lines[number - 1]
        if number in places:
            at = places[number]
            comma = ", " if listed[number] and new else ""
            lines[number - 1] = f"{line[:at]}{comma}{new}{line[at:]}"
        else:
            at = len(line.rstrip())
            lines[number - 1] = f"{line[:at]}  # protolint: ignore[{new}]{line[at:]}"
    changed = "\n".join(lines)
    written = {number: words for number, _, words in _on_lines(changed)}
    if any(not wanted <= written.get(number, set()) for number, wanted in codes.items()):
        return None
    return changed


def _on_lines(text: str) -> Iterator[tuple[int, int, set[str]]]:
    """Yield for each line that ends in an ``ignore[…]`` its number, the column of ``]``, the words.

    Columns count from 0.
    """
    document = parse(text)
    lines = LineIndex(text)
    for comment in document.comments:
        if _is_alone(text, comment):
            continue
        for directive in _DIRECTIVE.finditer(text, comment.start, comment.end):
            if directive[1] == "ignore" and directive[2]:
                line, column = lines.position(directive.end() - 1)
                yield line, column - 1, set(_WORD.findall(directive[2]))

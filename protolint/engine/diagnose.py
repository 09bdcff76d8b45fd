"""Problems of the stages and findings of the rules, worded as diagnostics."""

from __future__ import annotations

from protolint.diagnostic import Diagnostic, Label
from protolint.engine.expression.template import render
from protolint.engine.records import message_of
from protolint.syntax.tree import Field
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from protolint.diagnostic import Fix
    from protolint.engine.expression.nodes import Node
    from protolint.engine.rule import Path, Rule, RuleFix, Wording
    from protolint.problem import Problem
    from protolint.syntax.source import LineIndex

Span = tuple[int, int]


def from_problem(problem: Problem, rule: Rule, path: str, lines: LineIndex) -> Diagnostic:
    """Word a stage's problem by the rule it names."""
    args, told = problem.args, rule.wording
    marks = tuple(
        Label(path, lines.range(mark.start, mark.end), mark.text) for mark in problem.marks
    )
    return Diagnostic(
        code=rule.code,
        name=rule.name,
        severity=rule.severity,
        effect=rule.effect,
        message=render(told.message, args),
        path=path,
        range=lines.range(problem.start, problem.end),
        label=problem.label or render(told.label, args),
        secondary=marks,
        caffe=render(told.caffe, args),
        help=render(told.help, args),
        phases=problem.phases,  # type: ignore[arg-type]  # phases are TRAIN and TEST everywhere
        layer=problem.layer,
        fix=_cured(told.fix, problem, lines),
    )


def from_rule(
    rule: Rule,
    scope: Mapping[str, Any],
    anchor: Span,
    path: str,
    lines: LineIndex,
    *,
    layer: str | None = None,
    phases: tuple[Any, ...] = (),
    reasons: tuple[str, ...] = (),
) -> Diagnostic:
    """Word a rule that fired, or that is undecided for ``reasons``, in the scope it had.

    ``anchor`` is where to point when nothing that the rule's ``at`` names is written.
    """
    told = rule.wording
    places = [tuple(render(parts, scope).split(".")) for parts in told.at]
    written = next((found for place in places if (found := locate(scope, place))), None)
    start, end = written or _nearest(scope, places, anchor)
    also = tuple(
        Label(path, lines.range(*found), render(parts, scope))
        for place, parts in told.also
        if (found := locate(scope, place))
    )
    return Diagnostic(
        code=rule.code,
        name=rule.name,
        severity=rule.severity,
        effect=rule.effect,
        message=render(told.message, scope),
        path=path,
        range=lines.range(start, end),
        label=render(told.label, scope),
        secondary=also,
        caffe=render(told.caffe, scope),
        help=render(told.help, scope),
        notes=reasons,
        phases=phases,
        layer=layer,
        undecided=bool(reasons),
        fix=None if reasons else _cure(told.fix, scope, lines),
        trail=_trail(rule, scope, path, lines),
    )


_STORIES = ("story", "bottom_story")
"""The methods that tell of the layers before a layer."""


def _trail(rule: Rule, scope: Mapping[str, Any], path: str, lines: LineIndex) -> tuple[Label, ...]:
    """Return the places of the layers that the rule's wording tells the story of."""
    if rule.subject != "layer" or not _has_story(rule.wording):
        return ()
    from protolint.analysis.range_facts import trail  # noqa: PLC0415  (few findings have one)

    return tuple(
        Label(path, lines.range(*span(layer.name_node())), text)
        for layer, text in trail(scope["layer"].subject)
        if layer.name_node().start >= 0
    )


def _has_story(told: Wording) -> bool:
    texts = (told.message, told.label, told.caffe, told.help, *(text for _, text in told.also))
    return any(_tells_story(part) for text in texts for part in text if isinstance(part, list))


def _tells_story(node: Node) -> bool:
    return (node[0] == "method" and node[4] in _STORIES) or any(map(_tells_story, node[3]))


def _cured(fix: RuleFix | None, problem: Problem, lines: LineIndex) -> Fix | None:
    if fix is None:
        return None
    from protolint.engine import cure  # noqa: PLC0415  (only for what can be fixed)

    return _placed(cure.of_problem(fix, problem, lines.text), lines)


def _cure(fix: RuleFix | None, scope: Mapping[str, Any], lines: LineIndex) -> Fix | None:
    if fix is None:
        return None
    from protolint.engine import cure  # noqa: PLC0415  (only for what can be fixed)

    return _placed(cure.of_rule(fix, scope, lines.text), lines)


def _placed(fix: Fix | None, lines: LineIndex) -> Fix | None:
    """Return a fix with offsets into the file, ``None`` where it does not stand in one piece."""
    if fix is None:
        return None
    edits = []
    for edit in fix.edits:
        place = lines.written(edit.start, edit.end)
        if place is None:
            return None
        edits.append(edit._replace(start=place[0], end=place[1]))
    return fix._replace(edits=tuple(edits))


def locate(scope: Mapping[str, Any], place: Path) -> Span | None:
    """Return where the field that a path names is written, or ``None`` where it is not."""
    node: Any = None
    value: Any = scope[place[0]]
    for name in place[1:]:
        message = message_of(value)
        if message is None or name not in message.nodes:
            return None
        node, value = message.nodes[name], message.values.get(name)
        if isinstance(node, list):
            if not node:
                return None
            node = node[0]
            value = value[0] if value else None
    return span(node) if isinstance(node, Field) else _own_span(value)


def span(node: Field) -> Span:
    """Return what to underline of a field: all of a scalar, of a block only its name."""
    if isinstance(node.value, list):
        named = node.value_start > node.start  # an item of a short list has no name of its own
        return node.start, node.start + (len(node.name) if named else 1)
    return node.start, node.end


def _nearest(scope: Mapping[str, Any], places: list[Path], anchor: Span) -> Span:
    """Return the innermost written block around the first place, else the anchor."""
    for place in places[:1]:
        for size in range(len(place) - 1, 1, -1):
            if found := locate(scope, place[:size]):
                return found
    return anchor


def _own_span(value: Any) -> Span | None:
    message = message_of(value)
    if message is None or message.node.start < 0 or not message.node.name:
        return None
    return span(message.node)

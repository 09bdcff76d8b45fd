"""What there is to say of the thing at an offset, in Markdown."""

from __future__ import annotations

import os
import re

from protolint.analysis import schedule
from protolint.analysis.footprint import footprint
from protolint.analysis.graph import UNKNOWN
from protolint.analysis.learning_rate import settings
from protolint.analysis.schedule import DIALECTS, READS
from protolint.analysis.shapes import shapes
from protolint.layers.shapes import shape_text
from protolint.load import BVLC
from protolint.model.v1 import TYPES as V1_TYPES
from protolint.report.lr import text as lr_text
from protolint.report.lr.view import View
from protolint.server import links, names
from protolint.server.described import field_page, layer_page, values_of
from protolint.server.forks import owners_of_field, owners_of_type
from protolint.server.spans import Span, Typed, around, on_name, string, word_span
from protolint.typing import TYPE_CHECKING, NamedTuple
from protolint.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.analysis.ranges import Ranges
    from protolint.layers import Shape
    from protolint.model.net import Net
    from protolint.model.state import NetState
    from protolint.server.names import Name
    from protolint.server.snapshot import Snapshot

_CODE = re.compile(r"[A-Z]{3}\d{3}|[a-z0-9]+(?:-[a-z0-9]+)+")
_WIDTH = 60
_LR_FIELDS = frozenset(name for fields in READS.values() for name in fields) | {"lr_policy"}
_MOST_READERS = 8
_WITHOUT_MAX_ITER = 10  # iterations shown of a solver that has no max_iter, as `protolint lr` does


class Hover(NamedTuple):
    """A page of Markdown about a stretch of the text."""

    span: Span
    text: str


def hover(snapshot: Snapshot, offset: int) -> Hover | None:
    """Return what there is to say at an offset, ``None`` for nothing."""
    comment = next((c for c in snapshot.document.comments if c.start <= offset <= c.end), None)
    if comment is not None:
        return _rule(snapshot, offset, comment.start, comment.end)
    name = names.at(snapshot, offset)
    if name is not None:
        return Hover(name.span, _named(snapshot, name))
    path = around(snapshot.document.fields, snapshot.roots[0], snapshot.schema, offset)
    if not path or path[-1].kind is None:
        return None
    typed = path[-1]
    if on_name(typed.field, offset):
        span = (typed.field.start, typed.field.start + len(typed.field.name))
        return Hover(span, _field(snapshot, typed))
    if isinstance(typed.field.value, str):
        text = _value(snapshot, typed, offset) or _field(snapshot, typed)
        return Hover(word_span(typed.field, snapshot.text), text)
    return None


def _field(snapshot: Snapshot, typed: Typed) -> str:
    if typed.owner is None or typed.kind is None:
        return ""
    page = field_page(typed.owner, typed.kind, snapshot.schema)
    if snapshot.dialects - BVLC and (who := owners_of_field(typed.owner.name, typed.kind.name)):
        page = f"{page}\n\nOnly in {who}"
    if typed.owner.name == "SolverParameter" and typed.kind.name in _LR_FIELDS:
        page = f"{page}\n\n{_schedule(snapshot, typed.kind.name)}"
    return page


def _value(snapshot: Snapshot, typed: Typed, offset: int) -> str:
    field, kind, owner = typed.field, typed.kind, typed.owner
    if kind is None or owner is None:
        return ""
    word = snapshot.text[slice(*word_span(field, snapshot.text))]
    if kind.name == "type" and owner.name in ("LayerParameter", "V1LayerParameter"):
        name = V1_TYPES.get(word) or snapshot.schema.old_types.get(word, word)
        layer, who = snapshot.layer_type(name), owners_of_type(name)
        pages = [
            layer_page(layer) if layer else f"**{name}** layer" if who else "",
            f"Only in {who}" if who and name not in dict(snapshot.options.layers) else "",
        ]
        return "\n\n".join(page for page in pages if page)
    if owner.name == "SolverParameter" and kind.name in _LR_FIELDS:
        return _schedule(snapshot, kind.name)
    if kind.kind == "enum":
        return f"`{word}`: {values_of(snapshot.schema.enums[kind.type_name])}"
    for link in links.links(snapshot):
        if link.span[0] <= offset <= link.span[1]:
            return f"`{os.path.relpath(link.path)}`"
    return ""


def _rule(snapshot: Snapshot, offset: int, start: int, end: int) -> Hover | None:
    """Return the page of the rule that a comment names at an offset."""
    from protolint import explain  # noqa: PLC0415  (reads all rule files, only when asked)

    for found in _CODE.finditer(snapshot.text, start, end):
        if found.start() <= offset <= found.end():
            rule = next(
                (r for r in snapshot.catalogue.rules.values() if found[0] in (r.code, r.name)), None
            )
            if rule is None:
                return None
            page = explain.find(rule.name)
            text = (
                f"```text\n{page}```" if page else f"**{rule.code} {rule.name}**: {rule.severity}"
            )
            return Hover(found.span(), text)
    return None


# The learning rate.


def _schedule(snapshot: Snapshot, name: str) -> str:
    """Return the curve of the learning rate and what is proved of it."""
    if snapshot.solver is None:
        return ""
    chosen = settings(snapshot.solver)
    policy = chosen.lr_policy
    if isinstance(policy, Unknown):
        return f"The schedule is not known: {'; '.join(sorted(policy.reasons))}"
    dialect = None if isinstance(chosen.dialect, Unknown) else DIALECTS.get(chosen.dialect)
    read = READS.get(policy, ())
    unread = name not in (*read, "lr_policy", *(dialect.prefix if dialect else ()))
    notes = f'`lr_policy: "{policy}"` does not read `{name}`\n\n' if read and unread else ""
    ends = chosen.max_iter
    without_end = not isinstance(ends, Unknown) and ends <= 0
    proof = schedule.prove(chosen, _WITHOUT_MAX_ITER if without_end else None)
    view = View(os.path.basename(snapshot.path), chosen, proof, ())
    return f"{notes}```text\n{lr_text.render(view, _WIDTH)}```"


# Blobs, layers, parameters.


def _named(snapshot: Snapshot, name: Name) -> str:
    if name.what == "param":
        users = [names.name_of(n.layer) for n in names.same(snapshot, name) if n.layer]
        shown = ", ".join(dict.fromkeys(f"`{string(f)}`" for f in users if f is not None))
        return f"parameter `{name.name}`, of the layers {shown}"
    parts = [f"{name.what} `{name.name}`"]
    describe = _layer if name.what == "layer" else _blob
    said: dict[str, list[str]] = {}
    for written in snapshot.nets:
        for state in snapshot.states(written.net):
            for line in describe(written.net, state, name):
                said.setdefault(line, []).append(str(state))
    parts += [f"{'; '.join(dict.fromkeys(states))}: {line}" for line, states in said.items()]
    return "\n\n".join(parts)


def _blob(net: Net, state: NetState, name: Name) -> Iterator[str]:
    """Say of one state what a blob is where it is named: shape, numbers, maker and readers."""
    from protolint.analysis.ranges import ranges  # noqa: PLC0415  (slow to import)

    numbers = ranges(net, state, "ordinary")
    found = numbers.shapes
    for at, step in enumerate(found.graph.order):
        for index, version in enumerate(step.bottoms):
            if step.layer.bottom_node(index) == name.field:
                yield _version(numbers, version, found.bottoms[at][index])
        for index, version in enumerate(step.tops):
            if step.layer.top_node(index) == name.field:
                yield _version(numbers, version, found.blobs[version])


def _version(found: Ranges, version: int, shape: Shape) -> str:
    if version == UNKNOWN:
        return "no layer above makes it"
    blobs = found.graph
    maker = blobs.order[blobs.producers[version]].layer
    readers = [blobs.order[at].layer.name for at in blobs.readers[version]]
    shown = ", ".join(f"`{name}`" for name in dict.fromkeys(readers[:_MOST_READERS]))
    more = f" and {len(readers) - _MOST_READERS} more" if len(readers) > _MOST_READERS else ""
    place = ", in place" if blobs.in_place[version] != UNKNOWN else ""
    made = f"made by `{maker.name}` ({maker.type}{place})"
    used = f"read by {shown}{more}" if shown else "an output"
    value = str(found.values[version])
    held = "" if value == "any number" else f", with ordinary weights {value}"
    return f"**{shape_text(shape)}**{held}, {made}, {used}"


def _layer(net: Net, state: NetState, name: Name) -> Iterator[str]:
    """Say of one state what a layer makes of what, and what it costs."""
    found = shapes(net, state)
    for at, step in enumerate(found.graph.order):
        if step.layer.name_node() != name.field:
            continue
        tops = [found.blobs[version] for version in step.tops]
        taken = ", ".join(map(shape_text, found.bottoms[at]))
        made = ", ".join(map(shape_text, tops))
        flow = f"{taken} → {made}" if taken else made
        cost = footprint(found).layers[at]
        costs = [
            f"{amount:,} {what}"
            for amount, what in ((cost.parameters, "parameters"), (cost.macs, "multiply-adds"))
            if amount
        ]
        yield ", ".join([f"{step.layer.type} {flow}".strip(), *costs])

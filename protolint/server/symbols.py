"""The layers of a net, and the parts of a solver, as an outline."""

from __future__ import annotations

from protolint.server import names
from protolint.server.spans import Span, string, word_span
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Literal

    from protolint.server.snapshot import Snapshot
    from protolint.syntax.tree import Field


class Symbol(NamedTuple):
    """A part of a document: ``span`` is all of it, ``at`` what names it."""

    name: str
    detail: str
    kind: Literal["layer", "field", "block"]
    span: Span
    at: Span
    inner: tuple[Symbol, ...] = ()


def symbols(snapshot: Snapshot) -> list[Symbol]:
    """Return the outline: layers with their blocks, and other fields that stand beside them."""
    return list(_symbols(snapshot, snapshot.document.fields, top=True))


def layers(snapshot: Snapshot) -> Iterator[Symbol]:
    """Yield the layers of all nets in a document."""
    for block in names.layers(snapshot):
        yield _layer(snapshot, block)


def matches(query: str, name: str) -> bool:
    """Return whether the letters of a query stand in a name in their order, case aside."""
    rest = iter(name.lower())
    return all(char in rest for char in query.lower())


def _symbols(snapshot: Snapshot, fields: Sequence[Field], *, top: bool) -> Iterator[Symbol]:
    for field in fields:
        if field.name in ("layer", "layers") and names.blocks(field):
            for block in names.blocks(field):
                yield _layer(snapshot, block)
        elif isinstance(field.value, list):
            inner = tuple(_symbols(snapshot, field.value, top=False))
            yield Symbol(field.name, "", "block", (field.start, field.end), _head(field), inner)
        elif top and field.name:
            shown = field.value if isinstance(field.value, str) else ""
            yield Symbol(field.name, shown, "field", (field.start, field.end), _head(field))


def _layer(snapshot: Snapshot, block: Field) -> Symbol:
    named = names.name_of(block)
    name = string(named) if named is not None else ""
    at = word_span(named, snapshot.text) if named is not None and name else _head(block)
    kind = names.type_of(block)
    inner: Sequence[Field] = block.value if isinstance(block.value, list) else ()
    return Symbol(
        name or kind or block.name,
        kind,
        "layer",
        (block.start, block.end),
        at,
        tuple(_symbols(snapshot, inner, top=False)),
    )


def _head(field: Field) -> Span:
    return field.start, min(field.start + max(len(field.name), 1), field.end)

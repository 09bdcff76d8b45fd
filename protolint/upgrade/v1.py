"""Rewrites a `layers { … }` of 2014 as a `layer { … }`, leaving what may stay as it is."""

from __future__ import annotations

from protolint.model.v1 import PARAMS, TRANSFORMED, TRANSFORMS, TYPES
from protolint.typing import TYPE_CHECKING
from protolint.upgrade.changes import Change, deletion, dropping, insertion, laid
from protolint.upgrade.parts import Moved, Part, block, inside, joined, moved, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.schema.message import Message
    from protolint.syntax.tree import Document


def v1_changes(document: Document, layer: Message) -> Iterator[Change]:
    """Yield what turns the inside of a V1 layer into today's."""
    field = layer.node
    own = inside(document, field)
    separator = "\n" if "\n" in document.text[field.start : field.end] else " "
    if "type" in layer.values:
        node = layer.nodes["type"]
        yield Change(node.value_start, node.end, f'"{TYPES[layer.values["type"]]}"')
    old = [part for part in own if part.field.name in PARAMS]
    if old:
        yield from _params(document, old, separator)
    source = TRANSFORMED.get(TYPES[layer.values["type"]], "") if "type" in layer.values else ""
    if source in layer.values:
        yield from _transforms(document, layer, own, source, separator)


def _param_blocks(columns: dict[str, list[Moved]], separator: str) -> list[str]:
    """Return the `param` blocks of which the i-th has the i-th value of each column, by field."""
    count = max(map(len, columns.values()))
    return [
        block(
            "param",
            [values[i].named(name) for name, values in columns.items() if i < len(values)],
            separator,
        )
        for i in range(count)
    ]


def _params(document: Document, old: list[Part], separator: str) -> Iterator[Change]:
    """Put `param` blocks where the first of the old fields stands; its comments stay above it."""
    columns: dict[str, list[Moved]] = {name: [] for name in PARAMS.values()}
    first = next((part for part in old if part.field.value != ()), None)
    for part in old:
        moving = part._replace(above=()) if part is first else part
        columns[PARAMS[part.field.name]] += moved(document, moving)
        if part.field.value == ():
            yield dropping(document, part, words(document, part.field.start, part.end))
        elif part is not first:
            yield deletion(part.start, part.end)
    if first is not None:
        blocks = joined(_param_blocks(columns, separator), separator)
        yield laid(first.field.start, first.end, blocks)


def _transforms(
    document: Document, layer: Message, own: list[Part], source: str, separator: str
) -> Iterator[Change]:
    """Move fields of the data's message to `transform_param`, over what is there."""
    written = layer.nodes[source]
    data = next(part for part in own if part.field is written)
    moving = [part for part in inside(document, written) if part.field.name in TRANSFORMS]
    if not moving:
        return
    there = layer.values.get("transform_param")
    new: list[str] = []
    for part in moving:
        yield deletion(part.start, part.end)
        name = part.field.name
        (value,) = moved(document, part)
        if there is not None and name in there.values:
            before = there.nodes[name]
            yield laid(before.start, before.end, value.named(name))
        else:
            new.append(value.named(name))
    if there is None:
        yield laid(data.end, data.end, separator + block("transform_param", new, separator))
    elif new:
        yield insertion(document.text, there.node, new)

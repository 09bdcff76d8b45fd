"""The names in a document that stand for the same thing: blobs, layers, shared parameters.

Read off the tree, so that they are found in a broken text and in any format of layers.
"""

from __future__ import annotations

from protolint.server.spans import Span, string, word_span
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Literal, TypeAlias

    from protolint.server.snapshot import Snapshot
    from protolint.syntax.tree import Field

What: TypeAlias = 'Literal["blob", "layer", "param"]'

_LAYERS = ("layer", "layers")
_NETS = ("net_param", "train_net_param", "test_net_param")


class Name(NamedTuple):
    """A name as it stands in a string.

    ``defines`` says that a blob is made there, that a layer is called so, or that a parameter is
    named for the first time. ``layer`` is the block around it, ``None`` for an input of the net;
    ``net`` counts the nets of the document. ``field`` is the whole field.
    """

    what: What
    name: str
    span: Span
    defines: bool
    layer: Field | None
    net: int
    field: Field


def names(snapshot: Snapshot) -> list[Name]:
    """Return all names, in the order of the text; found once."""
    found: list[Name] | None = snapshot.facts.get("names")
    if found is not None:
        return found
    found = snapshot.facts["names"] = []
    for number, fields in enumerate(nets(snapshot)):
        owned: set[str] = set()
        for field in fields:
            if field.name == "input":
                found += _strings(field, "blob", None, number, snapshot.text, defines=True)
            elif field.name in _LAYERS:
                for block in blocks(field):
                    found += _of_layer(block, number, snapshot.text, owned)
    return found


def nets(snapshot: Snapshot) -> Iterator[Sequence[Field]]:
    """Yield the fields of each net in the document: of the file, or of blocks in a solver."""
    fields = snapshot.document.fields
    if snapshot.roots[0] == "NetParameter" or any(f.name in _LAYERS for f in fields):
        yield fields
        return
    for field in fields:
        if field.name in _NETS:
            for block in blocks(field):
                if isinstance(block.value, list):
                    yield block.value


def layers(snapshot: Snapshot) -> Iterator[Field]:
    """Yield the blocks of layers of all nets."""
    for fields in nets(snapshot):
        for field in fields:
            if field.name in _LAYERS:
                yield from blocks(field)


def blocks(field: Field) -> list[Field]:
    """Return the blocks that a field stands for: itself, or the items of a short list."""
    items = field.value if isinstance(field.value, tuple) else (field,)
    return [item for item in items if isinstance(item.value, list)]


def name_of(layer: Field) -> Field | None:
    """Return the field in which a layer is named, also where the layer is V0."""
    for field in _own(layer):
        if field.name == "name":
            return field
    return None


def type_of(layer: Field) -> str:
    """Return what is written as a layer's type, without quotes."""
    for field in _own(layer):
        if field.name == "type" and isinstance(field.value, str):
            return string(field) or field.value
    return ""


def at(snapshot: Snapshot, offset: int) -> Name | None:
    """Return the name at an offset; both its ends count."""
    for found in names(snapshot):
        if found.span[0] <= offset <= found.span[1]:
            return found
    return None


def same(snapshot: Snapshot, name: Name) -> list[Name]:
    """Return the names that stand for the same thing in the same net, itself among them."""
    return [
        other
        for other in names(snapshot)
        if (other.what, other.name, other.net) == (name.what, name.name, name.net)
    ]


def _own(layer: Field) -> Iterator[Field]:
    for field in layer.value if isinstance(layer.value, list) else ():
        yield field
        if field.name == "layer" and isinstance(field.value, list):
            yield from _own(field)


def _of_layer(block: Field, net: int, text: str, owned: set[str]) -> Iterator[Name]:
    for field in _own(block):
        if field.name in ("bottom", "top"):
            yield from _strings(field, "blob", block, net, text, defines=field.name == "top")
        elif field.name == "name":
            yield from _strings(field, "layer", block, net, text, defines=True)
        elif field.name == "param":
            inner = [f for b in blocks(field) for f in _own(b) if f.name == "name"]
            for named in inner or [field]:
                for found in _strings(named, "param", block, net, text, defines=False):
                    yield found._replace(defines=found.name not in owned)
                    owned.add(found.name)


def _strings(
    field: Field, what: What, layer: Field | None, net: int, text: str, *, defines: bool
) -> Iterator[Name]:
    for item in field.value if isinstance(field.value, tuple) else (field,):
        value = string(item)
        if value:
            yield Name(what, value, word_span(item, text), defines, layer, net, item)

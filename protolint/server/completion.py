"""What may be written at the cursor."""

from __future__ import annotations

import os
import re

from protolint.analysis.schedule import DIALECTS, POLICIES, READS, STOCK
from protolint.engine.expression.template import show
from protolint.layers import LAYER_TYPES
from protolint.layers.parameters import FILLERS
from protolint.load import BVLC
from protolint.model.v1 import SOLVER_TYPES
from protolint.server.cursor import cursor, message_at
from protolint.server.described import field_page, layer_page
from protolint.server.forks import all_types, first_with, owners_of_field, owners_of_type
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Literal, TypeAlias

    from protolint.schema.types import FieldType, MessageType, Schema
    from protolint.server.cursor import Block, Cursor
    from protolint.server.snapshot import Snapshot

Kind: TypeAlias = (
    'Literal["field", "block", "enum", "value", "type", "blob", "file", "folder", "rule", "name"]'
)

_LAYERS = ("layer", "layers")
_DIRECTIVE = re.compile(r"#\s*protolint:\s*(?:(?:ignore|ignore-file)\[(?P<words>[^\]]*))?$")
_MOST_FILES = 500
_FOLDERS_IGNORED = ("__pycache__", "node_modules")

_FILES: dict[str, tuple[str, ...]] = {
    "net": (".prototxt", ".pt"),
    "train_net": (".prototxt", ".pt"),
    "test_net": (".prototxt", ".pt"),
    "source": (),
    "mean_file": (".binaryproto",),
    "mean_value_file": (),
    "root_folder": (),
    "snapshot_prefix": (),
    "weights": (".caffemodel", ".h5"),
    "label_map_file": (".prototxt",),
}
"""Fields that hold a path, with the endings of files that they are for; without, any file."""

_POLICY_VALUES = {
    "gamma": "0.1",
    "power": "1",
    "stepsize": "10000",
    "stepvalue": "10000",
    "max_iter": "100000",
    "base_lr": "0.01",
}
"""What a policy's parameters are set to until somebody writes over it."""


class Item(NamedTuple):
    """One thing that may be written.

    ``insert`` replaces ``start``..``end``; with ``snippet`` it holds places to fill in, as
    ``$0`` and ``${1:value}``. ``order`` sorts before the label, ``doc`` is Markdown. Editors hold
    what is written against ``filter``, by default the label.
    """

    label: str
    kind: Kind
    insert: str
    start: int
    end: int
    snippet: bool = False
    detail: str = ""
    doc: str = ""
    order: int = 5
    deprecated: bool = False
    filter: str = ""


def completion(snapshot: Snapshot, offset: int, *, snippets: bool = True) -> list[Item]:
    """Return what may be written at an offset, best first; without ``snippets`` as plain text."""
    at = cursor(snapshot.text, offset)
    if at.where == "comment":
        return _rules(snapshot, at)
    found: dict[str, Item] = {}
    schema = _schema(snapshot, at)
    for root in snapshot.roots:
        message = message_at(at, root, schema)
        if message is None:
            continue
        items = (
            _fields(snapshot, at, message, schema)
            if at.where == "name"
            else _values(snapshot, at, message.fields.get(at.field), message, schema)
        )
        # Behind `name:` a blank is still due.
        blank = at.where == "value" and snapshot.text[at.start - 1 : at.start] == ":"
        for item in items:
            made = item if snippets else _plain(item)
            found.setdefault(item.label, made._replace(insert=f" {made.insert}") if blank else made)
    return sorted(found.values(), key=lambda item: item.order)


def _schema(snapshot: Snapshot, at: Cursor) -> Schema:
    """Return the messages of the document, with those of a fork whose layer type was just typed."""
    layer = _layer(at)
    name = layer.value("type") if layer else ""
    if name in LAYER_TYPES or not name or not snapshot.may_change_dialect:
        return snapshot.schema
    from protolint.schema.dialects import dialect_schema  # noqa: PLC0415  (few texts need it)

    known = name in snapshot.schema.types
    return snapshot.schema if known else dialect_schema(snapshot.dialects | first_with(name))


def _plain(item: Item) -> Item:
    """Return an item without places to fill in."""
    if not item.snippet:
        return item
    text = re.sub(r"\$\{\d+:([^}]*)\}|\$\d+", lambda found: found[1] or "", item.insert)
    return item._replace(insert=text.replace("\\$", "$").replace("\\}", "}"), snippet=False)


# Fields.


def _fields(snapshot: Snapshot, at: Cursor, message: MessageType, schema: Schema) -> Iterator[Item]:
    block = at.blocks[-1]
    layer = _layer(at)
    read = _read_by(snapshot, layer) if message.name == "LayerParameter" else None
    if len(at.blocks) == 1 and "layer" in message.fields:
        yield _new_layer(at)
    for field in message.fields.values():
        there = field.name in block.values and field.name != at.prefix
        if field.label != "repeated" and there:
            continue
        order = 5 + 2 * field.deprecated
        if read is not None and field.name.endswith("_param"):
            order = 4 if field.name in read else 6
        if field.name in ("name", "type", "bottom", "top"):
            order = 3
        text, snippet = _field_text(field, snapshot, at)
        yield Item(
            field.name,
            "block" if field.kind == "message" else "field",
            text,
            at.start,
            _through_colon(snapshot.text, at.end, text),
            snippet,
            field.doc or _origin(message, field, schema),
            field_page(message, field, schema),
            order,
            field.deprecated,
        )


def _origin(message: MessageType, field: FieldType, schema: Schema) -> str:
    """Say of a field in the schema of forks which of them has it."""
    if schema.dialects in ((), ("bvlc",)):
        return ""
    who = owners_of_field(message.name, field.name)
    return f"only in {who}" if who else ""


def _through_colon(text: str, end: int, insert: str) -> int:
    """Return the end of a name, behind the colon where there is one and the new text brings one."""
    found = re.compile(r"[ \t]*:[ \t]?").match(text, end)
    return found.end() if found and ":" in insert.partition("\n")[0] else end


def _field_text(field: FieldType, snapshot: Snapshot, at: Cursor) -> tuple[str, bool]:
    """Return what to write for a field, and whether it has places to fill in."""
    behind = snapshot.text[at.end :].lstrip(" \t")[:1]
    if field.kind == "message":
        return (field.name, False) if behind in (":", "{") else (f"{field.name} {{\n  $0\n}}", True)
    if behind == ":":
        return field.name, False
    if field.kind in ("string", "bytes"):
        return f'{field.name}: "$0"', True
    return f"{field.name}: ", False


def _new_layer(at: Cursor) -> Item:
    bottom = at.tops[-1] if at.tops else "data"
    text = (
        'layer {\n  name: "${1:name}"\n  type: "${2:Convolution}"\n'
        f'  bottom: "${{3:{_escaped(bottom)}}}"\n  top: "${{1:name}}"\n  $0\n}}'
    )
    return Item("layer { … }", "block", text, at.start, at.end, True, "a new layer", "", 2)


def _layer(at: Cursor) -> Block | None:
    """Return the layer that the cursor is in."""
    return next((block for block in reversed(at.blocks) if block.name in _LAYERS), None)


def _read_by(snapshot: Snapshot, layer: Block | None) -> set[str] | None:
    """Return the parameter messages that a layer of its type reads, ``None`` if it has no type."""
    kind = snapshot.layer_type(layer.value("type")) if layer else None
    return None if kind is None else {name.partition(".")[0] for name in kind.reads}


# Values.


def _values(
    snapshot: Snapshot,
    at: Cursor,
    field: FieldType | None,
    message: MessageType,
    schema: Schema,
) -> Iterable[Item]:
    if field is None:
        return ()
    if field.kind == "enum":
        enum = schema.enums[field.type_name]
        return [
            _word(at, value, "enum", detail=enum.doc, order=4 + (value != field.default))
            for value in enum.values
        ]
    if field.kind == "bool":
        return [_word(at, value, "value") for value in ("true", "false")]
    if field.kind == "message":
        return ()
    if field.kind not in ("string", "bytes"):
        return (
            [_word(at, _number(field), "value", detail="the default")]
            if _has_default(field)
            else ()
        )
    return _strings(snapshot, at, field.name, message.name)


def _has_default(field: FieldType) -> bool:
    return field.explicit_default and field.label != "repeated"


def _number(field: FieldType) -> str:
    return show(field.default)


def _strings(snapshot: Snapshot, at: Cursor, name: str, message: str) -> Iterable[Item]:
    if name in _FILES:
        return _paths(snapshot, at, name)
    if (name, message) in _NAMED:
        return _NAMED[name, message](snapshot, at)
    if name in ("bottom", "top"):
        return _blobs(at, name)
    return ()


def _layer_types(snapshot: Snapshot, at: Cursor) -> Iterator[Item]:
    """Offer BVLC's types and those of the document's dialect, then those of other forks."""
    for kind in (*LAYER_TYPES.values(), *dict(snapshot.options.layers).values()):
        yield _quoted(at, kind.name, "type", doc=layer_page(kind))
    mine = snapshot.schema.types
    for name in all_types() if snapshot.dialects - BVLC or snapshot.may_change_dialect else ():
        if name in mine or snapshot.may_change_dialect:
            order = 5 if name in mine else 7
            yield _quoted(at, name, "type", detail=f"only in {owners_of_type(name)}", order=order)


def _solver_types(_: Snapshot, at: Cursor) -> Iterator[Item]:
    for number, kind in enumerate(SOLVER_TYPES.values()):
        yield _quoted(at, kind, "type", order=number)


def _fillers(_: Snapshot, at: Cursor) -> Iterator[Item]:
    for kind in FILLERS:
        yield _quoted(at, kind, "type")


def _regularizations(_: Snapshot, at: Cursor) -> Iterator[Item]:
    for kind in ("L2", "L1"):
        yield _quoted(at, kind, "type")


def _policies(snapshot: Snapshot, at: Cursor) -> Iterator[Item]:
    """Offer the policies of the dialect, each with the parameters that are not yet written."""
    written = at.blocks[-1].values
    mine = {p for name in snapshot.dialects for p in DIALECTS.get(name, STOCK).policies}
    for policy, who in POLICIES.items():
        is_mine = policy in mine or policy in STOCK.policies
        if not is_mine and not snapshot.may_change_dialect:
            continue
        # Behind the policy there is nothing but the end of the line, or more would follow it.
        alone = re.compile(r"[\"']?[ \t]*(?:\r?\n|$)").match(snapshot.text, at.end)
        missing = [name for name in READS[policy] if name not in written] if alone else []
        lines = [
            f"{name}: ${{{number}:{_POLICY_VALUES[name]}}}"
            for number, name in enumerate(missing, 1)
            if name in _POLICY_VALUES
        ]
        detail = f"reads {', '.join(READS[policy])}"
        if policy not in STOCK.policies:
            detail += f"; only in {', '.join(who)}"
        item = _quoted(at, policy, "type", detail=detail, order=5 if is_mine else 7)
        if not lines:
            yield item
        elif at.quoted:
            end = at.end + at.closed
            text = "\n".join([f"{_escaped(policy)}{snapshot.text[at.start - 1]}", *lines])
            yield item._replace(insert=text, end=end, snippet=True)
        else:
            yield item._replace(insert="\n".join([f'"{policy}"', *lines]), snippet=True)


def _parameter_names(snapshot: Snapshot, at: Cursor) -> Iterator[Item]:
    """Offer the names under which layers share parameters."""
    names = re.findall(r"""\bparam\s*:?\s*\{[^{}]*?\bname\s*:\s*["']([^"'\n]+)""", snapshot.text)
    own = snapshot.text[at.start : at.end]
    for name in dict.fromkeys(names):
        if name != own:
            yield _quoted(at, name, "name", detail="shares the parameter of this name")


_NAMED = {
    ("type", "LayerParameter"): _layer_types,
    ("type", "SolverParameter"): _solver_types,
    ("type", "FillerParameter"): _fillers,
    ("lr_policy", "SolverParameter"): _policies,
    ("regularization_type", "SolverParameter"): _regularizations,
    ("name", "ParamSpec"): _parameter_names,
}
"""Strings that are one of a list, by field and message."""


def _blobs(at: Cursor, name: str) -> Iterator[Item]:
    """Offer the blobs that layers above make, the nearest first; a top may be the layer's name."""
    layer = _layer(at)
    if name == "bottom":
        for number, blob in enumerate(dict.fromkeys(reversed(at.tops))):
            yield _quoted(at, blob, "blob", order=number)
        return
    if layer is not None and layer.value("name"):
        yield _quoted(at, layer.value("name"), "blob", detail="as the layer is named", order=0)
    for text in dict.fromkeys(layer.values.get("bottom", []) if layer else []):
        yield _quoted(at, text.strip("\"'"), "blob", detail="in place", order=1)


def _paths(snapshot: Snapshot, at: Cursor, name: str) -> Iterator[Item]:
    """Offer files and folders next to what is written, from where Caffe or the document is."""
    folder, _, last = at.prefix.rpartition("/")
    inside = f"{folder}/" if folder or at.prefix.startswith("/") else ""
    start = at.end if not at.quoted else at.start + len(inside)
    seen: set[str] = set()
    origins = dict.fromkeys((os.getcwd(), os.path.dirname(os.path.abspath(snapshot.path))))
    for origin in reversed(origins):
        try:
            with os.scandir(os.path.join(origin, inside)) as found:
                entries = sorted(found, key=lambda entry: entry.name)[:_MOST_FILES]
        except (OSError, ValueError):
            continue
        for entry in entries:
            hidden = entry.name.startswith(".") and not last.startswith(".")
            if entry.name in seen or hidden or entry.name in _FOLDERS_IGNORED:
                continue
            is_folder = entry.is_dir()
            if not is_folder and not entry.name.endswith(_FILES[name] or ("",)):
                continue
            seen.add(entry.name)
            text = entry.name + "/" * is_folder
            item = _quoted(at, text, "folder" if is_folder else "file", order=4 + is_folder)
            if at.quoted:
                item = item._replace(insert=_in_string(text), start=start)
            yield item


def _word(
    at: Cursor, word: str, kind: Kind, *, detail: str = "", doc: str = "", order: int = 5
) -> Item:
    """Return an item that is no string; quotes that stand there are written over."""
    item = Item(word, kind, word, at.start, at.end, detail=detail, doc=doc, order=order)
    if not at.quoted:
        return item
    return item._replace(start=at.start - 1, end=at.end + at.closed, filter=f'"{word}')


def _quoted(
    at: Cursor, word: str, kind: Kind, *, detail: str = "", doc: str = "", order: int = 5
) -> Item:
    """Return an item that is a string, with the quotes that are not there yet."""
    text = _in_string(word)
    insert = text if at.quoted else f'"{text}"'
    if at.quoted and not at.closed:
        insert += '"'
    return Item(word, kind, insert, at.start, at.end, detail=detail, doc=doc, order=order)


def _in_string(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"')


def _escaped(text: str) -> str:
    """Return a text as a snippet holds it."""
    return text.replace("\\", "\\\\").replace("$", "\\$").replace("}", "\\}")


# Comments.


def _rules(snapshot: Snapshot, at: Cursor) -> list[Item]:
    """Offer, in a comment that suppresses, the codes of rules."""
    found = _DIRECTIVE.search(at.prefix)
    if found is None:
        return []
    offset = at.start + len(at.prefix)
    if found["words"] is None:
        return [
            Item(verb, "value", f"{verb}[$0]", offset, offset, True, detail)
            for verb, detail in (
                ("ignore", "for this line, or for the field or block that follows"),
                ("ignore-file", "for the whole file, above its first field"),
            )
        ]
    start = offset - len(re.split(r"[\s,]", found["words"])[-1])
    return [
        Item(rule.code, "rule", rule.code, start, offset, detail=rule.name)
        for rule in sorted(snapshot.catalogue.rules.values(), key=lambda rule: rule.code)
    ]

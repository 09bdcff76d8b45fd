"""Read a proto2 file, such as the ``caffe.proto`` of any fork, into a ``Schema``.

The grammar is ``grammars/proto.lark``. What a schema has no place for is read, checked as protoc
does where a mistake would matter, and left out: services, reserved and extension numbers, options
other than ``default``, ``packed`` and ``deprecated``, and that the fields of a oneof exclude each
other. Imported files are not read, so a field of an imported type is an error.
"""

from __future__ import annotations

from lark import Tree

from protolint.schema.misfit import nearest
from protolint.schema.proto_docs import Comments, comments, doc
from protolint.schema.proto_numbers import MAX_FIELD_NUMBER, Numbers, numbers_of
from protolint.schema.proto_syntax import (
    ProtoFileError,
    error_at,
    of_kind,
    parse,
    unquote,
    whole,
    written,
)
from protolint.schema.types import EnumType, FieldType, Label, MessageType, Scalar, Schema
from protolint.single import single
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

_INTEGERS = {
    **dict.fromkeys(("int32", "sint32", "sfixed32"), (-(2**31), 2**31 - 1)),
    **dict.fromkeys(("int64", "sint64", "sfixed64"), (-(2**63), 2**63 - 1)),
    **dict.fromkeys(("uint32", "fixed32"), (0, 2**32 - 1)),
    **dict.fromkeys(("uint64", "fixed64"), (0, 2**64 - 1)),
}
_ZEROS: dict[str, Scalar] = {
    **dict.fromkeys(_INTEGERS, 0),
    **dict.fromkeys(("float", "double"), 0.0),
    **dict.fromkeys(("string", "bytes"), ""),
    "bool": False,
}
_NO_KEYS = ("float", "double", "bytes", "message", "enum")
"""What the key of a map cannot be."""

_FIELD_OPTIONS = (
    *("default", "packed", "deprecated", "ctype", "jstype", "json_name", "lazy", "unverified_lazy"),
    *("weak", "debug_redact", "retention", "targets", "features", "edition_defaults"),
    "feature_support",
)
"""What protobuf's descriptor.proto knows, up to 2025."""
_MOST_NESTED = 32
"""Messages in messages; protoc goes no deeper either."""

__all__ = ["ProtoFileError", "read_proto"]


def read_proto(text: str, name: str = "<proto>") -> Schema:
    """Return the schema that the proto2 file ``text`` declares; ``name`` is for error messages.

    A doc is the first paragraph of the comment behind a declaration on its line, else of the
    comment block directly above it. A map field becomes what it is on the wire: a repeated
    message with the fields ``key`` and ``value``. An extension is a field of the message that it
    extends, named as it is written in text: ``[package.name]``.

    Raises ``ProtoFileError`` for a syntax error, a type the file does not declare, a name or
    number used twice or reserved, a bad default, an unknown option of a field, and for groups,
    proto3 and editions.
    """
    try:
        return _schema(parse(text), comments(text))
    except ProtoFileError as error:
        error.file = name
        raise


def _schema(tree: Tree[Any], found: Comments) -> Schema:
    _refuse_unsupported(tree)
    packages = list(of_kind(tree, "package"))
    for again in packages[1:]:
        raise error_at("the file has a package already", again.meta)
    package = written(packages[0].children[0]) if packages else ""
    _refuse_repeats("name", _names(tree.children))
    declared = dict(_declarations(tree.children, ()))
    enums = {
        full: _enum(full, item, found) for full, item in declared.items() if item.data == "enum"
    }
    types = _Types(package, declared, enums, any(of_kind(tree, "import")))
    numbers = {
        full: numbers_of(item.children[1])
        for full, item in declared.items()
        if item.data == "message"
    }
    messages = {
        full: _entry(full, item, types)
        if item.data == "map"
        else _message(full, item, types, numbers[full], found)
        for full, item in declared.items()
        if item.data != "enum"
    }
    scopes = {full: declared[full].children[1] for full in numbers}
    for scope, items in {"": tree, **scopes}.items():
        for extend in of_kind(items, "extend"):
            _extend(extend, scope, types, numbers, messages, found)
    return Schema(package, messages, enums)


def _refuse_unsupported(tree: Tree[Any]) -> None:
    for item in of_kind(tree, "edition"):
        raise error_at("editions are not supported, only proto2", item.meta)
    for item in of_kind(tree, "syntax"):
        version = unquote(item.children[0]).decode("utf-8", "replace")
        if version != "proto2":
            place = item.children[0].meta
            raise error_at(f'syntax "{version}" is not supported, only proto2', place)
    for item in sorted(tree.find_data("group"), key=lambda group: group.meta.start_pos):
        what = "groups are not supported: write a message and a field of its type"
        raise error_at(what, item.meta)


# Names


def _declarations(items: Iterable[Any], scope: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Yield the dotted name and tree of each message, enum and map field, parents first."""
    for item in items:
        kind = item.data if isinstance(item, Tree) else ""
        if kind == "message":
            name, body = item.children
            if len(scope) == _MOST_NESTED:
                raise error_at(f"messages are nested more than {_MOST_NESTED} deep", name)
            yield ".".join((*scope, name)), item
            yield from _declarations(body.children, (*scope, name))
        elif kind == "enum":
            yield ".".join((*scope, item.children[0])), item
        elif kind == "map":
            yield ".".join((*scope, _entry_name(item.children[2]))), item


def _names(items: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Yield each name of one scope with its place; an enum's values stand beside the enum."""
    for item in items:
        kind = item.data if isinstance(item, Tree) else ""
        if kind in ("message", "enum", "oneof"):
            yield _named(item.children[0])
        if kind == "enum":
            yield from (_named(v.children[0]) for v in of_kind(item.children[1], "enum_value"))
        elif kind in ("oneof", "extend"):
            yield from _names(item.children[1:])
        elif kind in ("field", "map"):
            yield _named(item.children[2])
        if kind == "map":
            yield _entry_name(item.children[2]), item.children[2]


def _named(token: Any) -> tuple[str, Any]:
    return str(token), token


def _refuse_repeats(what: str, uses: Iterable[tuple[str | int, Any]]) -> None:
    """Refuse a second use of a name or number; ``uses`` pairs each with its place."""
    lines: dict[str | int, int] = {}
    for key, place in uses:
        if key in lines:
            raise error_at(f"the {what} {key} is already used on line {lines[key]}", place)
        lines[key] = place.line


def _entry_name(field: str) -> str:
    """Return the name of a map field's message, as protoc forms it."""
    return "".join(part[:1].upper() + part[1:] for part in field.split("_")) + "Entry"


class _Types(NamedTuple):
    """The types a file declares, by dotted name without the package."""

    package: str
    declared: Mapping[str, Any]
    enums: dict[str, EnumType]
    imports: bool


def _resolve(types: _Types, name: str, scope: str) -> str | None:
    """Return the full name of a type named in ``scope``, a message's full name, or ``None``.

    As protobuf does it: the innermost scope that knows the first part of the name decides.
    """
    if name.startswith("."):
        prefix = f".{types.package}." if types.package else "."
        full = name.removeprefix(prefix) if name.startswith(prefix) else ""
        return full if full in types.declared else None
    first = name.partition(".")[0]
    scopes = scope.split(".")
    for depth in range(len(scopes), -1, -1):
        inside = "".join(part + "." for part in scopes[:depth])
        if inside + first in types.declared:
            return inside + name if inside + name in types.declared else None
    package = types.package.split(".")
    for depth in range(len(package)):
        prefix = ".".join(package[depth:]) + "."
        if name.startswith(prefix) and name.removeprefix(prefix) in types.declared:
            return name.removeprefix(prefix)
    return None


# Declarations


def _enum(full: str, item: Any, found: Comments) -> EnumType:
    name, body = item.children
    values = [value.children for value in of_kind(body, "enum_value")]
    if not values:
        raise error_at(f"enum {name} has no values", name)
    reserved = numbers_of(body)
    for value, number, _ in values:
        if not -(2**31) <= whole(*number.children) < 2**31:
            raise error_at(f"{written(number)} has more than 32 bits", number.meta)
        reserved.refuse(value, whole(*number.children), value)
    options = [option.children[1:] for option in of_kind(body, "option")]
    if not any(written(k) == "allow_alias" and written(v) == "true" for k, v in options):
        numbers = ((whole(*number.children), number.meta) for _, number, _ in values)
        _refuse_repeats("number", numbers)
    return EnumType(
        full,
        {str(value): whole(*number.children) for value, number, _ in values},
        doc(found, item, body),
    )


def _message(full: str, item: Any, types: _Types, numbers: Numbers, found: Comments) -> MessageType:
    _, body = item.children
    _refuse_repeats("name", _names(body.children))
    members = list(_members(body.children))
    _refuse_repeats("number", ((whole(m.children[-2]), m.children[-2]) for m, _ in members))
    fields = [_field(field, label, full, types, found) for field, label in members]
    for field, (tree, _) in zip(fields, members, strict=True):
        numbers.refuse(field.name, field.number, tree.children[-3])
    return MessageType(full, {field.name: field for field in fields}, doc(found, item, body))


def _extend(
    item: Any,
    scope: str,
    types: _Types,
    numbers: Mapping[str, Numbers],
    messages: Mapping[str, MessageType],
    found: Comments,
) -> None:
    """Add the fields of an ``extend`` block to the message that it extends."""
    target = item.children[0]
    full = _resolve(types, written(target), scope)
    if full is None and types.imports:
        return  # of an imported file, e.g. own options
    if full is None or full not in numbers:
        raise error_at(f"{written(target)} is no message of this file", target.meta)
    known = messages[full].fields
    for tree, label in _members(item.children[1:]):
        field = _field(tree, label, scope, types, found)
        name, number = tree.children[2:4]
        if label == "required":
            raise error_at(f"the extension {name} cannot be required", name)
        if not numbers[full].for_extensions(field.number):
            raise error_at(f"{full} has no `extensions {number};`", number)
        for other in known.values():
            if other.number == field.number:
                raise error_at(f"the number {number} is already that of {other.name}", number)
        name = f"[{'.'.join(filter(None, (types.package, scope, str(name))))}]"
        known[name] = field._replace(name=name)


def _members(items: Iterable[Any]) -> Iterator[tuple[Any, Label]]:
    """Yield the fields of a message with their labels, those of its oneofs included."""
    for item in items:
        kind = item.data if isinstance(item, Tree) else ""
        if kind == "map":
            yield item, "repeated"
        elif kind == "field":
            label = item.children[0]
            if label is None:
                raise error_at("a field must be optional, required or repeated", item.meta)
            yield item, written(label)  # type: ignore[misc] # the grammar knows three labels
        elif kind == "oneof":
            if not any(of_kind(item, "field")):
                raise error_at(f"the oneof {item.children[0]} has no fields", item.children[0])
            for field in of_kind(item, "field"):
                if field.children[0] is not None:
                    raise error_at("a field of a oneof has no label", field.meta)
                yield field, "optional"


def _field(item: Any, label: Label, scope: str, types: _Types, found: Comments) -> FieldType:
    _, type_tree, name, number_token, options = item.children
    number = whole(number_token)
    if not 1 <= number <= MAX_FIELD_NUMBER:
        raise error_at(f"field number {number} is not in 1..{MAX_FIELD_NUMBER}", number_token)
    if item.data == "map":
        kind, type_name = "message", f"{scope}.{_entry_name(name)}"
    else:
        kind, type_name = _type(type_tree, scope, types)
    settings = _settings(options)
    if _is_true(settings.get("packed")) and (
        label != "repeated" or kind in ("string", "bytes", "message")
    ):
        raise error_at("only repeated numbers, bools and enums are packed", settings["packed"].meta)
    enum = types.enums.get(type_name)
    if "default" in settings:
        if label == "repeated" or kind == "message":
            raise error_at("only a single scalar or enum has a default", settings["default"].meta)
        default: Scalar | None = _default(settings["default"], kind, enum)
    else:
        default = None if label == "repeated" else _zero(kind, enum)
    return FieldType(
        name=str(name),
        number=number,
        label=label,
        kind=kind,
        type_name=type_name,
        default=default,
        explicit_default="default" in settings,
        packed=_is_true(settings.get("packed")),
        deprecated=_is_true(settings.get("deprecated")),
        doc=doc(found, item),
    )


def _settings(options: Any) -> dict[str, Any]:
    """Return the options of a field by name; custom ones, in parentheses, are anything."""
    settings: dict[str, Any] = {}
    for setting in options.children if options else ():
        name, value = written(setting.children[0]), setting.children[1]
        place = setting.children[0].meta
        if name in settings:
            raise error_at(f"the option {name} is given already", place)
        if name.isidentifier() and name not in _FIELD_OPTIONS:
            near = nearest(name, _FIELD_OPTIONS)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise error_at(f"a field has no option {name}{hint}", place)
        if name in ("packed", "deprecated") and written(value) not in ("true", "false"):
            raise error_at(f"{name} is true or false", value.meta)
        settings[name] = value
    return settings


def _entry(full: str, item: Any, types: _Types) -> MessageType:
    """Return the message a map field repeats."""
    scope = full.rpartition(".")[0]
    fields = {}
    for number, (name, tree) in enumerate(zip(("key", "value"), item.children, strict=False), 1):
        kind, type_name = _type(tree, scope, types)
        if name == "key" and kind in _NO_KEYS:
            raise error_at("the key of a map is an integer, a string or a bool", tree.meta)
        zero = _zero(kind, types.enums.get(type_name))
        fields[name] = FieldType(
            name,
            number,
            "optional",
            kind,
            type_name,
            zero,
            False,
            False,
            False,
            f"The {name} of an entry",
        )
    return MessageType(full, fields, f"An entry of {item.children[2]}")


def _type(tree: Any, scope: str, types: _Types) -> tuple[str, str]:
    """Return the kind and the type name of a field whose type is written as ``tree``."""
    name = written(tree)
    if name in _ZEROS:
        return name, ""
    full = _resolve(types, name, scope)
    if full is None:
        near = nearest(name, [*types.declared, *_ZEROS])
        hint = f"; did you mean {near[0]}?" if near else ""
        why = ", and imported files are not read" if types.imports else hint
        raise error_at(f"type {name} is not declared in this file{why}", tree.meta)
    return ("enum" if full in types.enums else "message"), full


def _zero(kind: str, enum: EnumType | None) -> Scalar | None:
    """Return what an absent field without default reads as; an enum's is its first value."""
    return next(iter(enum.values)) if enum else _ZEROS.get(kind)


# Constants


def _default(value: Any, kind: str, enum: EnumType | None) -> Scalar:
    """Return the default written as ``value``, which must suit the field's kind."""
    text = written(value)
    digits: Any = value.children[-1] if value.children else None
    if kind == "enum" and enum and text in enum.values:
        return text
    if kind == "bool" and text in ("true", "false"):
        return text == "true"
    if kind == "bytes" and value.data == "strings":
        return unquote(value).decode("latin-1")  # one character a byte
    if kind == "string" and value.data == "strings":
        try:
            return unquote(value).decode()
        except UnicodeDecodeError:
            raise error_at("the default of a string must be UTF-8", value.meta) from None
    if kind in _INTEGERS and value.data == "number" and digits.type == "INT":
        low, high = _INTEGERS[kind]
        if low <= whole(*value.children) <= high:
            return whole(*value.children)
    if kind in ("float", "double") and text.lstrip("+-") in ("inf", "nan"):
        return float(text)
    if kind in ("float", "double") and value.data == "number" and digits[0] in ".0123456789":
        other_base = digits.type == "INT" and digits[0] == "0"
        size = float(whole(digits) if other_base else text.lstrip("-"))
        number = -size if text[0] == "-" else size
        return single(number) if kind == "float" else number
    raise error_at(
        f"{text} is no default for a field of type {enum.name if enum else kind}", value.meta
    )


def _is_true(value: Any) -> bool:
    return value is not None and written(value) == "true"

"""Read a proto2 file, such as the ``caffe.proto`` of any fork, into a ``Schema``.

The grammar is ``grammars/proto.lark``. What a schema has no place for is read and left out:
services, extensions, reserved numbers, options other than ``default``, ``packed`` and
``deprecated``, and that the fields of a oneof exclude each other. Imported files are not read, so
a field of an imported type is an error.
"""

from __future__ import annotations

import functools
import math
import os
import re
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from lark import Lark, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from protolint.compiled import data_folder
from protolint.schema.types import EnumType, FieldType, Label, MessageType, Scalar, Schema

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

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
_MAX_FIELD_NUMBER = 2**29 - 1

_WORD_END = r"\b"  # how the grammar ends its keywords
_IN_WORDS = {
    "$END": "the end of the file",
    "FLOAT": "a number",
    "IDENT": "a name",
    "INT": "a whole number",
    "STRING": "a quoted string",
}


class ProtoFileError(Exception):
    """A file that is no valid proto2 schema; ``line`` and ``column`` count from 1."""

    file = "<proto>"

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message, line, column)
        self.message = message
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


def read_proto(text: str, name: str = "<proto>") -> Schema:
    """Return the schema that the proto2 file ``text`` declares; ``name`` is for error messages.

    A doc is the first paragraph of the comment behind a declaration on its line, else of the
    comment block directly above it. A map field becomes what it is on the wire: a repeated
    message with the fields ``key`` and ``value``.

    Raises ``ProtoFileError`` for a syntax error, a type the file does not declare, a name or
    number used twice, a bad default, and for groups, proto3 and editions.
    """
    try:
        return _schema(_parse(text), _comments(text))
    except ProtoFileError as error:
        error.file = name
        raise


def _schema(tree: Tree[Any], comments: _Comments) -> Schema:
    _refuse_unsupported(tree)
    package = next(("".join(p.children[0].children) for p in _of_kind(tree, "package")), "")
    _refuse_repeats("name", _names(tree.children))
    declared = dict(_declarations(tree.children, ""))
    enums = {
        full: _enum(full, item, comments) for full, item in declared.items() if item.data == "enum"
    }
    types = _Types(package, declared, enums)
    messages = {
        full: _entry(full, item, types)
        if item.data == "map"
        else _message(full, item, types, comments)
        for full, item in declared.items()
        if item.data != "enum"
    }
    return Schema(package, messages, enums)


# Syntax


@functools.cache
def _parser() -> Lark:
    with open(os.path.join(data_folder("grammars"), "proto.lark"), encoding="utf-8") as file:
        return Lark(file.read(), parser="lalr", propagate_positions=True)


def _parse(text: str) -> Tree[Any]:
    try:
        return _parser().parse(text)
    except UnexpectedToken as error:
        found = error.token
        line, column = found.line or 1, found.column or 1
        if found.type == "$END":
            line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
            message = "unexpected end of the file" + _wanted(error.expected)
        elif text.startswith("/*", found.start_pos):
            message = "this comment is not closed"
        else:
            message = f'unexpected "{found}"' + _wanted(error.expected)
    except UnexpectedCharacters as error:
        line, column = error.line, error.column
        if error.char in "\"'":
            message = "this string is not closed on its line"
        else:
            message = f'unexpected character "{error.char}"'
    raise ProtoFileError(message, line, column)


def _wanted(terminals: Iterable[str]) -> str:
    """Say what could have stood there, if that is little enough to be of help."""
    names = sorted(_in_words(name) for name in terminals)
    return f", expected {' or '.join(names)}" if len(names) <= 3 else ""


def _in_words(terminal: str) -> str:
    if terminal in _IN_WORDS:
        return _IN_WORDS[terminal]
    literal = _parser().get_terminal(terminal).pattern.value
    return f'"{literal.removesuffix(_WORD_END)}"'


def _refuse_unsupported(tree: Tree[Any]) -> None:
    for item in _of_kind(tree, "edition"):
        raise _error("editions are not supported, only proto2", item.meta)
    for item in _of_kind(tree, "syntax"):
        version = _unquote(item.children[0]).decode("utf-8", "replace")
        if version != "proto2":
            raise _error(f'syntax "{version}" is not supported, only proto2', item.children[0].meta)
    for item in sorted(tree.find_data("group"), key=lambda group: group.meta.start_pos):
        raise _error("groups are not supported: write a message and a field of its type", item.meta)


def _of_kind(tree: Tree[Any], kind: str) -> Iterator[Any]:
    return (item for item in tree.children if isinstance(item, Tree) and item.data == kind)


def _error(message: str, place: Any) -> ProtoFileError:
    """Return the error for the place of a token or of a tree's ``meta``."""
    return ProtoFileError(message, place.line, place.column)


# Names


def _declarations(items: Iterable[Any], scope: str) -> Iterator[tuple[str, Any]]:
    """Yield the dotted name and tree of each message, enum and map field, parents first."""
    for item in items:
        if not isinstance(item, Tree):
            continue
        children: list[Any] = item.children
        if item.data == "message":
            yield scope + children[0], item
            yield from _declarations(children[1].children, f"{scope}{children[0]}.")
        elif item.data == "enum":
            yield scope + children[0], item
        elif item.data == "map":
            yield scope + _entry_name(children[2]), item


def _names(items: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Yield each name of one scope with its place; an enum's values stand beside the enum."""
    for item in items:
        kind = item.data if isinstance(item, Tree) else ""
        if kind in ("message", "enum", "oneof"):
            yield _named(item.children[0])
        if kind == "enum":
            yield from (_named(v.children[0]) for v in _of_kind(item.children[1], "enum_value"))
        elif kind == "oneof":
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
            raise _error(f"the {what} {key} is already used on line {lines[key]}", place)
        lines[key] = place.line


def _entry_name(field: str) -> str:
    """Return the name of a map field's message, as protoc forms it."""
    return "".join(part[:1].upper() + part[1:] for part in field.split("_")) + "Entry"


class _Types(NamedTuple):
    """The types a file declares, by dotted name without the package."""

    package: str
    declared: Container[str]
    enums: dict[str, EnumType]


def _resolve(types: _Types, written: str, scope: str) -> str | None:
    """Return the full name of a type written in ``scope``, a message's full name, or ``None``.

    As protobuf does it: the innermost scope that knows the first part of the name decides.
    """
    if written.startswith("."):
        prefix = f".{types.package}." if types.package else "."
        full = written.removeprefix(prefix) if written.startswith(prefix) else ""
        return full if full in types.declared else None
    first = written.partition(".")[0]
    scopes = scope.split(".")
    for depth in range(len(scopes), -1, -1):
        inside = "".join(part + "." for part in scopes[:depth])
        if inside + first in types.declared:
            return inside + written if inside + written in types.declared else None
    package = types.package.split(".")
    for depth in range(len(package)):
        prefix = ".".join(package[depth:]) + "."
        if written.startswith(prefix) and written.removeprefix(prefix) in types.declared:
            return written.removeprefix(prefix)
    return None


# Declarations


def _enum(full: str, item: Any, comments: _Comments) -> EnumType:
    name, body = item.children
    values = [value.children for value in _of_kind(body, "enum_value")]
    if not values:
        raise _error(f"enum {name} has no values", name)
    options = [option.children[1:] for option in _of_kind(body, "option")]
    if not any(_written(k) == "allow_alias" and _written(v) == "true" for k, v in options):
        numbers = ((_whole(*number.children), number.meta) for _, number, _ in values)
        _refuse_repeats("number", numbers)
    return EnumType(
        full,
        {str(value): _whole(*number.children) for value, number, _ in values},
        _doc(comments, item, body),
    )


def _message(full: str, item: Any, types: _Types, comments: _Comments) -> MessageType:
    _, body = item.children
    _refuse_repeats("name", _names(body.children))
    members = list(_members(body.children))
    numbers = ((_whole(field.children[-2]), field.children[-2]) for field, _ in members)
    _refuse_repeats("number", numbers)
    fields = [_field(field, label, full, types, comments) for field, label in members]
    return MessageType(full, {field.name: field for field in fields}, _doc(comments, item, body))


def _members(items: Iterable[Any]) -> Iterator[tuple[Any, Label]]:
    """Yield the fields of a message with their labels, those of its oneofs included."""
    for item in items:
        kind = item.data if isinstance(item, Tree) else ""
        if kind == "map":
            yield item, "repeated"
        elif kind == "field":
            label = item.children[0]
            if label is None:
                raise _error("a field must be optional, required or repeated", item.meta)
            yield item, _written(label)  # type: ignore[misc] # the grammar knows three labels
        elif kind == "oneof":
            for field in _of_kind(item, "field"):
                if field.children[0] is not None:
                    raise _error("a field of a oneof has no label", field.meta)
                yield field, "optional"


def _field(item: Any, label: Label, scope: str, types: _Types, comments: _Comments) -> FieldType:
    _, type_tree, name, number_token, options = item.children
    number = _whole(number_token)
    if not 1 <= number <= _MAX_FIELD_NUMBER:
        raise _error(f"field number {number} is not in 1..{_MAX_FIELD_NUMBER}", number_token)
    if item.data == "map":
        kind, type_name = "message", f"{scope}.{_entry_name(name)}"
    else:
        kind, type_name = _type(type_tree, scope, types)
    settings: dict[str, Any] = {}
    for setting in options.children if options else ():
        settings[_written(setting.children[0])] = setting.children[1]
    enum = types.enums.get(type_name)
    if "default" in settings:
        if label == "repeated" or kind == "message":
            raise _error("only a single scalar or enum has a default", settings["default"].meta)
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
        doc=_doc(comments, item),
    )


def _entry(full: str, item: Any, types: _Types) -> MessageType:
    """Return the message a map field repeats."""
    scope = full.rpartition(".")[0]
    fields = {}
    for number, (name, tree) in enumerate(zip(("key", "value"), item.children, strict=False), 1):
        kind, type_name = _type(tree, scope, types)
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
    written = _written(tree)
    if written in _ZEROS:
        return written, ""
    full = _resolve(types, written, scope)
    if full is None:
        raise _error(f"type {written} is not declared in this file", tree.meta)
    return ("enum" if full in types.enums else "message"), full


def _zero(kind: str, enum: EnumType | None) -> Scalar | None:
    """Return what an absent field without default reads as; an enum's is its first value."""
    return next(iter(enum.values)) if enum else _ZEROS.get(kind)


# Constants


def _default(value: Any, kind: str, enum: EnumType | None) -> Scalar:
    """Return the default written as ``value``, which must suit the field's kind."""
    written = _written(value)
    digits: Any = value.children[-1] if value.children else None
    if kind == "enum" and enum and written in enum.values:
        return written
    if kind == "bool" and written in ("true", "false"):
        return written == "true"
    if kind == "bytes" and value.data == "strings":
        return _unquote(value).decode("latin-1")  # one character a byte
    if kind == "string" and value.data == "strings":
        try:
            return _unquote(value).decode()
        except UnicodeDecodeError:
            raise _error("the default of a string must be UTF-8", value.meta) from None
    if kind in _INTEGERS and value.data == "number" and digits.type == "INT":
        low, high = _INTEGERS[kind]
        if low <= _whole(*value.children) <= high:
            return _whole(*value.children)
    if kind in ("float", "double") and written.lstrip("+-") in ("inf", "nan"):
        return float(written)
    if kind in ("float", "double") and value.data == "number" and digits[0] in ".0123456789":
        other_base = digits.type == "INT" and digits[0] == "0"
        number = float(_whole(*value.children) if other_base else written)
        return _single(number) if kind == "float" else number
    raise _error(
        f"{written} is no default for a field of type {enum.name if enum else kind}", value.meta
    )


def _whole(*tokens: Any) -> int:
    """Return the integer of an optional sign and a decimal, hexadecimal or octal number."""
    digits = tokens[-1]
    if len(digits) > 23:  # those of 2**64 - 1 in octal; Python refuses very long ones
        raise _error(f"{digits} has more than 64 bits", digits)
    octal = len(digits) > 1 and digits.isdecimal() and digits[0] == "0"
    try:
        number = int(digits, 8 if octal else 0)
    except ValueError:
        raise _error(f"{digits} is no octal number", digits) from None
    return -number if tokens[0] == "-" else number


def _single(number: float) -> float:
    """Round to the nearest single-precision float, infinity beyond its range."""
    try:
        return float(struct.unpack("f", struct.pack("f", number))[0])
    except OverflowError:
        return math.copysign(math.inf, number)


_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_ESCAPED = dict(zip(b"abfnrtv", b"\a\b\f\n\r\t\v", strict=True))


def _unquote(strings: Any) -> bytes:
    """Return the bytes of adjacent string literals, joined."""

    def unescape(match: re.Match[bytes]) -> bytes:
        octal, hexadecimal, letter = match.groups()
        if letter:
            return bytes([_ESCAPED.get(letter[0], letter[0])])
        return bytes([int(octal, 8) & 0xFF if octal else int(hexadecimal, 16)])

    return b"".join(_ESCAPE.sub(unescape, token[1:-1].encode()) for token in strings.children)


def _is_true(value: Any) -> bool:
    return value is not None and _written(value) == "true"


def _written(tree: Any) -> str:
    """Return the text of a tree of tokens without the blanks between them."""
    return "".join(token if isinstance(token, str) else _written(token) for token in tree.children)


# Docs


class _Comments(NamedTuple):
    """The comments of a file, by what a declaration knows of its own place.

    ``behind`` is keyed by the offset at which the code before the comment ends; ``alone``, by the
    line on which a comment without code ends, holds its first line and its text.
    """

    behind: dict[int, str]
    alone: dict[int, tuple[int, str]]


_STRING_OR_COMMENT = re.compile(
    r""""(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|(//[^\n]*|/\*.*?\*/)""", re.DOTALL
)


def _comments(text: str) -> _Comments:
    """Find the comments of a file that parses."""
    comments = _Comments({}, {})
    for match in _STRING_OR_COMMENT.finditer(text):
        if match[1] is None:
            continue
        line_start = text.rfind("\n", 0, match.start()) + 1
        code = text[line_start : match.start()].rstrip()
        if code:
            comments.behind[line_start + len(code)] = _plain(match[1])
        else:
            first = text.count("\n", 0, line_start) + 1
            comments.alone[first + match[1].count("\n")] = first, _plain(match[1])
    return comments


def _plain(comment: str) -> str:
    """Take the comment marks off a comment, keeping its lines."""
    inside = comment[2:] if comment.startswith("//") else comment[2:-2]
    return "\n".join(line.strip().lstrip("/*!").strip() for line in inside.splitlines())


def _doc(comments: _Comments, item: Any, body: Any = None) -> str:
    """Return the doc of a declaration: behind its end or opening brace, else above it."""
    ends = [item.meta.end_pos] if item.meta.end_line == item.meta.line or body is None else []
    if body is not None:
        ends.append(body.meta.start_pos + 1)
    for end in ends:
        if end in comments.behind:
            return _one_line(comments.behind[end])
    block: list[str] = []
    line = item.meta.line
    while line - 1 in comments.alone:
        line, text = comments.alone[line - 1]
        block.insert(0, text)
    return _one_line("\n".join(block))


def _one_line(text: str) -> str:
    paragraph = re.split(r"\n[ \t]*\n", text.strip(), maxsplit=1)[0]
    return " ".join(paragraph.split()).removesuffix(".")

"""Protobuf descriptors and message classes of a ``Schema``; the only place that needs protobuf."""

from __future__ import annotations

import math

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from protolint.single import single
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from google.protobuf.message import Message

    from protolint.schema.types import FieldType, Schema

_FIELD = descriptor_pb2.FieldDescriptorProto


def file_descriptor(schema: Schema) -> descriptor_pb2.FileDescriptorProto:
    """Return the schema as the descriptor of one proto2 file, nested types inside their parents.

    It is what protoc makes of the file, but for what a schema does not keep: oneofs, reserved
    numbers, most options, and ranges for extensions beyond the numbers in use.
    """
    file = descriptor_pb2.FileDescriptorProto(name="protolint/schema.proto")
    if schema.package:
        file.package = schema.package
    messages: dict[str, Any] = {}
    for name, message in schema.messages.items():
        parent, _, last = name.rpartition(".")
        siblings = messages[parent].nested_type if parent else file.message_type
        messages[name] = siblings.add(name=last)
        for field in message.fields.values():
            if not field.name.startswith("["):
                _fill(messages[name].field.add(), field, schema.package)
    for name, message in schema.messages.items():
        for field in message.fields.values():
            if field.name.startswith("["):
                scope, _, last = _within(field.name[1:-1], schema.package).rpartition(".")
                messages[name].extension_range.add(start=field.number, end=field.number + 1)
                extension = (messages[scope] if scope else file).extension.add()
                _fill(extension, field._replace(name=last), schema.package)
                extension.extendee = _absolute(name, schema.package)
    for name, enum in schema.enums.items():
        parent, _, last = name.rpartition(".")
        proto = (messages[parent] if parent else file).enum_type.add(name=last)
        numbers = enum.values.values()
        if len(set(numbers)) < len(numbers):
            proto.options.allow_alias = True
        for value, number in enum.values.items():
            proto.value.add(name=value, number=number)
    return file


def message_class(schema: Schema, name: str) -> type[Message]:
    """Return a message class for the dotted type ``name``, in a descriptor pool of its own.

    Classes of two calls do not mix. Raises ``KeyError`` when the schema has no such message.
    """
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file_descriptor(schema))
    full_name = f"{schema.package}.{name}" if schema.package else name
    descriptor = pool.FindMessageTypeByName(full_name)
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    factory: Any = message_factory.MessageFactory()  # protobuf before 4.22
    prototype: type[Message] = factory.GetPrototype(descriptor)
    return prototype


def _absolute(name: str, package: str) -> str:
    return f".{package}.{name}" if package else f".{name}"


def _within(full_name: str, package: str) -> str:
    return full_name[len(package) + 1 :] if package else full_name


def _fill(proto: descriptor_pb2.FieldDescriptorProto, field: FieldType, package: str) -> None:
    proto.name = field.name
    proto.number = field.number
    proto.label = _FIELD.Label.Value(f"LABEL_{field.label.upper()}")
    proto.type = _FIELD.Type.Value(f"TYPE_{field.kind.upper()}")
    if field.type_name:
        proto.type_name = _absolute(field.type_name, package)
    if field.explicit_default:
        proto.default_value = _default_text(field)
    if field.packed:
        proto.options.packed = True
    if field.deprecated:
        proto.options.deprecated = True


def _default_text(field: FieldType) -> str:
    """Write a default as protoc does: bytes escaped as in C, numbers with the digits they need."""
    value = field.default
    if isinstance(value, bool):
        return "true" if value else "false"
    if field.kind == "bytes":
        return "".join(map(_escaped, str(value)))
    if isinstance(value, float):
        return _shortest(value, field.kind)
    return str(value)


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    return char if " " <= char <= "~" else f"\\{ord(char):03o}"


_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "'": "\\'", "\\": "\\\\"}


def _shortest(value: float, kind: str) -> str:
    """Write a number with 6 digits (a double: 15), or with 9 (17) if it is not read back so."""
    if not math.isfinite(value):
        return str(value)
    few, many = (6, 9) if kind == "float" else (15, 17)
    if kind == "float" and 0 < abs(value) < 2**-126:
        return f"{value:.{many}g}"  # which protoc takes for out of range when it reads it back
    text = f"{value:.{few}g}"
    read = single(float(text)) if kind == "float" else float(text)
    return text if read == value else f"{value:.{many}g}"

"""Protobuf descriptors and message classes of a ``Schema``; the only place that needs protobuf."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from protolint.schema.types import FieldType, Schema

_FIELD = descriptor_pb2.FieldDescriptorProto


def file_descriptor(schema: Schema) -> descriptor_pb2.FileDescriptorProto:
    """Return the schema as the descriptor of one proto2 file, nested types inside their parents."""
    file = descriptor_pb2.FileDescriptorProto(name="protolint/schema.proto", package=schema.package)
    messages: dict[str, Any] = {}
    for name, message in schema.messages.items():
        parent, _, last = name.rpartition(".")
        siblings = messages[parent].nested_type if parent else file.message_type
        messages[name] = siblings.add(name=last)
        for field in message.fields.values():
            _fill(messages[name].field.add(), field, schema.package)
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


def _fill(proto: descriptor_pb2.FieldDescriptorProto, field: FieldType, package: str) -> None:
    proto.name = field.name
    proto.number = field.number
    proto.label = _FIELD.Label.Value(f"LABEL_{field.label.upper()}")
    proto.type = _FIELD.Type.Value(f"TYPE_{field.kind.upper()}")
    if field.type_name:
        proto.type_name = f".{package}.{field.type_name}" if package else f".{field.type_name}"
    if field.explicit_default:
        proto.default_value = _default_text(field)
    if field.packed:
        proto.options.packed = True
    if field.deprecated:
        proto.options.deprecated = True


def _default_text(field: FieldType) -> str:
    """Write a default as descriptors hold it: bytes escaped, numbers in decimal."""
    value = field.default
    if isinstance(value, bool):
        return "true" if value else "false"
    if field.kind == "bytes":
        return "".join(
            c if " " <= c <= "~" and c not in "\\\"'" else f"\\{ord(c):03o}" for c in str(value)
        )
    # A float is written with all digits: protobuf before 4 does not round a default to single.
    return str(value)

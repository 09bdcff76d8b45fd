"""What protoc makes of a proto file, and its descriptors without what a schema does not keep."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from google.protobuf import descriptor_pb2
from grpc_tools import protoc

if TYPE_CHECKING:
    from collections.abc import Iterator


def compile_proto(text: str) -> descriptor_pb2.FileDescriptorProto | str:
    """Return the descriptor that protoc writes for a file, or its errors."""
    with tempfile.TemporaryDirectory() as folder:
        source, out, errors = (os.path.join(folder, name) for name in ("f.proto", "out", "errors"))
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
        includes = [f"-I{folder}", f"-I{os.path.join(os.path.dirname(protoc.__file__), '_proto')}"]
        with _stderr_into(errors):
            code = protoc.main(["protoc", *includes, f"--descriptor_set_out={out}", source])
        if code:
            with open(errors, encoding="utf-8", errors="replace") as file:
                return file.read()
        with open(out, "rb") as file:
            return descriptor_pb2.FileDescriptorSet.FromString(file.read()).file[0]


@contextmanager
def _stderr_into(path: str) -> Iterator[None]:
    """Send what C++ code writes to standard error into a file."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open(path, "wb") as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def comparable(file: descriptor_pb2.FileDescriptorProto) -> descriptor_pb2.FileDescriptorProto:
    """Return a descriptor without what a schema does not keep."""
    kept = descriptor_pb2.FileDescriptorProto()
    kept.CopyFrom(file)
    kept.ClearField("name")
    for part in ("service", "options", "syntax", "dependency", "public_dependency"):
        kept.ClearField(part)  # type: ignore[arg-type]  # all of them are names of fields
    kept.ClearField("weak_dependency")
    own = [one for one in kept.extension if not one.extendee.startswith(".google.")]
    del kept.extension[:]
    kept.extension.extend(own)
    _sort(kept.message_type)
    for enum in kept.enum_type:
        _strip_enum(enum)
    for field in kept.extension:
        _strip_field(field)
    for message in kept.message_type:
        _strip(message)
    return kept


def _strip(message: descriptor_pb2.DescriptorProto) -> None:
    for part in ("oneof_decl", "options", "extension_range", "reserved_range", "reserved_name"):
        message.ClearField(part)  # type: ignore[arg-type]  # all of them are names of fields
    _sort(message.nested_type)
    for enum in message.enum_type:
        _strip_enum(enum)
    for field in (*message.field, *message.extension):
        _strip_field(field)
    for nested in message.nested_type:
        _strip(nested)


def _sort(messages) -> None:  # the messages of map fields stand among the others elsewhere
    messages.sort(key=lambda message: message.name)


def _strip_field(field: descriptor_pb2.FieldDescriptorProto) -> None:
    for part in ("oneof_index", "json_name"):
        field.ClearField(part)  # type: ignore[arg-type]  # both are names of fields
    packed, deprecated = field.options.packed, field.options.deprecated
    field.ClearField("options")
    if packed:
        field.options.packed = True
    if deprecated:
        field.options.deprecated = True


def _strip_enum(enum: descriptor_pb2.EnumDescriptorProto) -> None:
    aliases = enum.options.allow_alias
    for part in ("options", "reserved_range", "reserved_name"):
        enum.ClearField(part)  # type: ignore[arg-type]  # all of them are names of fields
    if aliases:
        enum.options.allow_alias = True
    for value in enum.value:
        value.ClearField("options")

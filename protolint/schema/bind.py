"""Binds a tree to a schema: every field gets its type and value, every misfit is reported.

Binding never stops: a field that does not fit is reported and left out, and its name is remembered
as lost, so that no rule takes it for absent.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from protolint.problem import Mark, Problem
from protolint.schema import misfit
from protolint.schema.message import Message
from protolint.schema.types import EnumType, FieldType, MessageType, Schema
from protolint.syntax.literal import (
    Fault,
    is_quoted,
    is_word,
    read_bool,
    read_float,
    read_integer,
    read_string,
)
from protolint.syntax.tree import Document, Field

_MOST_CACHED = 1 << 16


class _Plan(NamedTuple):
    """How the fields of one message type are read, by name."""

    type: MessageType
    readers: dict[str, tuple[FieldType, bool, dict[str, Any] | None]]
    required: tuple[str, ...]


class Binder:
    """Binds trees to the messages of one schema.

    It remembers what a scalar's text is worth, since nets repeat the same few values.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._plans: dict[str, _Plan] = {}
        self._values: dict[str, dict[str, Any]] = {}

    def bind(self, document: Document, name: str, problems: list[Problem]) -> Message:
        """Return the fields of a whole text as the message ``name``; append what is wrong."""
        root = Field("", 0, document.fields, 0, len(document.text))
        return self._bind(root, self._plan(name), document.text, problems)

    def _plan(self, name: str) -> _Plan:
        plan = self._plans.get(name)
        if plan is None:
            message = self.schema.messages[name]
            plan = self._plans[name] = _Plan(
                message,
                {
                    field.name: (field, field.label == "repeated", self._cache(field))
                    for field in message.fields.values()
                },
                tuple(f.name for f in message.fields.values() if f.label == "required"),
            )
        return plan

    def _cache(self, field: FieldType) -> dict[str, Any] | None:
        if field.kind == "message":
            return None
        return self._values.setdefault(field.type_name or field.kind, {})

    def _bind(self, block: Field, plan: _Plan, source: str, problems: list[Problem]) -> Message:
        message = Message(plan.type, self.schema, block)
        values, nodes, readers = message.values, message.nodes, plan.readers
        for field in block.value:  # type: ignore[union-attr]  # only blocks are bound
            name = field.name
            text = field.value
            reader = readers.get(name)
            if reader is None:
                self._unknown(message, field, problems)
                continue
            kind, repeated, cache = reader
            if text is None:
                message.lose(name)
                continue
            if not repeated and name in nodes:
                problems.append(_duplicate(field, nodes[name]))
                continue
            if type(text) is tuple:
                self._bind_list(message, field, kind, source, problems)
                continue
            if cache is None:
                if type(text) is list:
                    value = self._bind(field, self._plan(kind.type_name), source, problems)
                else:
                    problems.append(misfit.scalar_for_message(field, kind))
                    message.lose(name)
                    continue
            elif type(text) is str:
                value = cache.get(text)
                if value is None:
                    value = self._read(text, kind, cache)
                if type(value) is Fault:
                    problems.append(self._fault(field, kind, value))
                    message.lose(name)
                    nodes.setdefault(name, [] if repeated else field)
                    continue
            else:
                problems.append(misfit.message_for_scalar(field, kind))
                message.lose(name)
                continue
            if repeated:
                if name in values:
                    values[name].append(value)
                    nodes[name].append(field)
                else:
                    values[name] = [value]
                    nodes[name] = [field]
            else:
                values[name] = value
                nodes[name] = field
        for name in plan.required:
            if name not in values and name not in message.lost:
                problems.append(misfit.missing_required(block, plan.type, name))
        return message

    def _bind_list(
        self,
        message: Message,
        field: Field,
        kind: FieldType,
        source: str,
        problems: list[Problem],
    ) -> None:
        """Bind a short list, ``name: [ … ]``, as that many fields of the name."""
        name, items = field.name, field.value
        if kind.label != "repeated":
            problems.append(misfit.list_for_single(field, kind))
            message.lose(name)
            return
        if kind.kind != "message" and ":" not in source[field.start : field.value_start]:
            problems.append(misfit.list_without_colon(field))
        values, nodes = message.values.setdefault(name, []), message.nodes.setdefault(name, [])
        for item in items:  # type: ignore[union-attr]  # a tuple
            value: Any
            if kind.kind == "message":
                if type(item.value) is not list:
                    problems.append(misfit.scalar_for_message(item, kind))
                    message.lose(name)
                    continue
                value = self._bind(item, self._plan(kind.type_name), source, problems)
            elif type(item.value) is str:
                value = self._read(item.value, kind, self._cache(kind) or {})
                if type(value) is Fault:
                    problems.append(self._fault(item, kind, value))
                    message.lose(name)
                    continue
            else:
                problems.append(misfit.message_for_scalar(item, kind))
                message.lose(name)
                continue
            values.append(value)
            nodes.append(item)
        if not values:
            del message.values[name], message.nodes[name]

    def _read(self, text: str, kind: FieldType, cache: dict[str, Any]) -> Any:
        if len(cache) > _MOST_CACHED:
            cache.clear()
        value = cache[text] = _read_scalar(text, kind, self.schema)
        return value

    def _fault(self, field: Field, kind: FieldType, fault: Fault) -> Problem:
        enum = self.schema.enums.get(kind.type_name)
        return misfit.bad_value(field, kind, fault, enum)

    def _unknown(self, message: Message, field: Field, problems: list[Problem]) -> None:
        problem, near = misfit.unknown_field(field, message.type, self.schema)
        if field.value is not None:
            problems.append(problem)
        for name in near:
            message.lose(name)


def _read_scalar(text: str, kind: FieldType, schema: Schema) -> Any:
    name = kind.kind
    if name == "float" or name == "double":
        return read_float(text, name)
    if name == "string" or name == "bytes":
        return read_string(text)
    if name == "bool":
        return read_bool(text)
    if name == "enum":
        return _read_enum(text, schema.enums[kind.type_name])
    return read_integer(text, name)


def _read_enum(text: str, enum: EnumType) -> str | Fault:
    if is_quoted(text):
        return Fault("quoted-enum", "")
    if is_word(text):
        return text if text in enum.values else Fault("unknown-enum-value", "")
    number = read_integer(text, "int32")
    if isinstance(number, Fault):
        return number
    for value, at in enum.values.items():
        if at == number:
            return value
    return Fault("unknown-enum-value", "")


def _duplicate(field: Field, first: Any) -> Problem:
    mark = Mark(first.start, first.end, "first given here")
    end = field.start + len(field.name)
    return Problem("duplicate-field", field.start, end, {"name": field.name}, marks=(mark,))

"""Binds a tree to a schema: every field gets its type and value, every misfit is reported.

Binding never stops: a field that does not fit is reported and left out, and its name is remembered
as lost, so that no rule takes it for absent.
"""

from __future__ import annotations

import re

from protolint.diagnostic import Edit
from protolint.schema import misfit
from protolint.schema.message import Message
from protolint.schema.misfit import Guess, guess
from protolint.syntax.literal import (
    Fault,
    is_quoted,
    is_word,
    read_bool,
    read_float,
    read_integer,
    read_string,
)
from protolint.syntax.tree import Field
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any

    from protolint.problem import Problem
    from protolint.schema.types import EnumType, FieldType, MessageType, Schema
    from protolint.syntax.tree import Document

_MOST_CACHED = 1 << 16
_MOST_GUESSES = 1000
"""Where more than this is wrong, no further misspelt name is guessed at: that takes time."""
_MOST_NAMES = 200
"""No message has as many fields: what has is not looked at more closely."""


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
        self._meant: dict[tuple[str, str], Guess] = {}
        self._counted: tuple[Any, dict[str, int]] = (None, {})

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
        fields: Any = block.value  # only blocks are bound
        for field in fields:
            name, content = field.name, field.value
            reader = readers.get(name)
            if reader is None:
                self._unknown(message, field, source, problems)
                continue
            if content is None:
                message.lose(name)
                continue
            kind, repeated, cache = reader
            if not repeated and name in nodes:
                if kind.many:
                    message.lose(name)
                    continue
                problems.append(misfit.duplicate(field, nodes[name], source))
                continue
            if type(content) is tuple:
                self._bind_list(message, field, kind, source, problems)
                continue
            value = cache.get(content) if cache and type(content) is str else None
            if value is None:
                value = self._value(field, kind, source, problems)
            if value is None:
                message.lose(name)
                if not repeated:
                    nodes[name] = field
            elif not repeated:
                values[name] = value
                nodes[name] = field
            elif name in values:
                values[name].append(value)
                nodes[name].append(field)
            else:
                values[name] = [value]
                nodes[name] = [field]
        if plan.required:
            missing = (n for n in plan.required if n not in values and n not in message.lost)
            problems += [misfit.missing_required(block, plan.type, name) for name in missing]
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
        name = field.name
        if kind.many:
            message.lose(name)
            return
        if kind.label != "repeated":
            problems.append(misfit.list_for_single(field, kind, source))
            message.lose(name)
            return
        if kind.kind != "message" and not _has_colon(field, source):
            problems.append(misfit.list_without_colon(field))
        items: Any = field.value
        for item in items:
            value = self._value(item, kind, source, problems)
            if value is None:
                message.lose(name)
            else:
                message.values.setdefault(name, []).append(value)
                message.nodes.setdefault(name, []).append(item)

    def _value(self, field: Field, kind: FieldType, source: str, problems: list[Problem]) -> Any:
        """Return the value of one field or item; ``None`` when it does not fit, which is told."""
        content = field.value
        if kind.kind == "message":
            if type(content) is list:
                return self._bind(field, self._plan(kind.type_name), source, problems)
            problems.append(misfit.scalar_for_message(field, kind))
            return None
        if type(content) is not str:
            problems.append(misfit.message_for_scalar(field, kind))
            return None
        value = read_scalar(content, kind, self.schema)
        if isinstance(value, Fault):
            enum = self.schema.enums.get(kind.type_name)
            problems.append(misfit.bad_value(field, kind, value, enum))
            return None
        cache = self._values[kind.type_name or kind.kind]
        if len(cache) > _MOST_CACHED:
            cache.clear()
        cache[content] = value
        return value

    def _unknown(
        self, message: Message, field: Field, source: str, problems: list[Problem]
    ) -> None:
        kind = message.type
        meant = self._meant.get((kind.name, field.name))
        if meant is None:
            few = len(problems) < _MOST_GUESSES
            meant = guess(field.name, kind.fields) if few else Guess("")
            self._meant[kind.name, field.name] = meant
        if field.value is not None:
            # What only resembles a name is a fork's, or means another.
            cure = self._renamed(message, field, meant.name, source) if meant.is_slip else ()
            problems.append(misfit.unknown_field(field, kind, meant, self.schema, cure))
        if meant.name:
            message.lose(meant.name)

    def _renamed(self, message: Message, field: Field, name: str, source: str) -> tuple[Edit, ...]:
        """Return the edits by which an unknown field stands under another name, with its value.

        There are none where the message has that field already, or two that may be meant for it.
        """
        fields, names = message.type.fields, self._names_in(message.node)
        if len(names) > _MOST_NAMES:
            return ()
        kind = fields[name]
        is_list = type(field.value) is tuple
        if kind.label != "repeated" and (name in names or names[field.name] > 1 or is_list):
            return ()
        if any(n != field.name and n not in fields and misfit.slip(n, [name]) for n in names):
            return ()
        wrong: list[Problem] = []
        items: Any = field.value if is_list else (field,)
        for item in items:
            self._value(item, kind, source, wrong)
        if not all(problem.edits and problem.sure for problem in wrong):
            return ()
        renamed = Edit(field.start, field.start + len(field.name), name)
        return (renamed, *(edit for problem in wrong for edit in problem.edits))

    def _names_in(self, block: Field) -> dict[str, int]:
        """Return how often each name stands in a block; counted once for all its misspelt ones."""
        if self._counted[0] is not block.value:
            counts: dict[str, int] = {}
            fields: Any = block.value
            for field in fields:
                counts[field.name] = counts.get(field.name, 0) + 1
            self._counted = fields, counts
        return self._counted[1]


def _has_colon(field: Field, source: str) -> bool:
    between = source[field.start + len(field.name) : field.value_start]
    return ":" in re.sub("#[^\n]*", "", between)


def read_scalar(text: str, kind: FieldType, schema: Schema) -> Any:
    """Return what a scalar's text is worth, a ``Fault`` where it is no value of the field."""
    name = kind.kind
    if name in ("float", "double"):
        return read_float(text, name)
    if name in ("string", "bytes"):
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

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
from protolint.schema.scalar import read_scalar
from protolint.syntax.literal import Fault
from protolint.syntax.tree import Field
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any

    from protolint.problem import Problem
    from protolint.schema.types import FieldType, MessageType, Schema
    from protolint.syntax.tree import Document

_MOST_CACHED = 1 << 16
_MOST_GUESSES = 1000
"""Where more than this is wrong, no further misspelt name is guessed at: that takes time."""
_MOST_NAMES = 200
"""No message has as many fields: what has is not looked at more closely."""
_LONGEST_KEPT = 400
"""The longest block, in characters, whose text is kept: a long one hardly comes again."""


_NAMED = frozenset(("bottom", "layer", "layers", "net", "train_net"))
"""Fields of the types with a name: a block of these is hardly written twice."""


class _Plan(NamedTuple):
    """How the fields of one message type are read, by name.

    ``bound`` has the values of blocks that are all right and hold scalars only, by their text:
    nets repeat these, too, but for those of a type with a name.
    """

    type: MessageType
    readers: dict[str, tuple[FieldType, bool, dict[str, Any] | None]]
    required: tuple[str, ...]
    repeats: bool
    bound: dict[str, dict[str, Any]]


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
                _NAMED.isdisjoint(message.fields),
                {},
            )
        return plan

    def _cache(self, field: FieldType) -> dict[str, Any] | None:
        if field.kind == "message":
            return None
        return self._values.setdefault(field.type_name or field.kind, {})

    def _bind(self, block: Field, plan: _Plan, source: str, problems: list[Problem]) -> Message:
        before = len(problems)
        text = ""  # that of a block whose values may be kept
        if plan.repeats and block.end - block.value_start <= _LONGEST_KEPT:
            text = source[block.value_start : block.end]
            known = plan.bound.get(text)
            if known is not None:
                return Message(plan.type, self.schema, block, known)
        values: dict[str, Any] = {}
        message = Message(plan.type, self.schema, block, values)
        readers = plan.readers
        first: dict[str, Field] = {}  # of singular fields whose value does not fit
        fields: Any = block.value  # only blocks are bound
        for field in fields:
            name, content = field.name, field.value
            reader = readers.get(name)
            if reader is None:
                self._unknown(message, field, source, problems)
                message.foreign += 1
                text = ""
                continue
            if content is None:
                message.lose(name)
                continue
            kind, repeated, cache = reader
            if not repeated and (name in values or name in first):
                if kind.many:
                    message.lose(name)
                    continue
                problems.append(misfit.duplicate(field, _first(first, fields, name), source))
                continue
            if type(content) is tuple:
                self._bind_list(message, field, kind, source, problems)
                text = ""
                continue
            value = cache.get(content) if cache and type(content) is str else None
            if value is None:
                value = self._value(field, kind, source, problems)
                if type(value) is Message:
                    text = ""
            if value is None:
                message.lose(name)
                if not repeated:
                    first[name] = field
            elif not repeated:
                values[name] = value
            elif name in values:
                values[name].append(value)
            else:
                values[name] = [value]
        if plan.required:
            missing = (n for n in plan.required if n not in values and n not in message.lost)
            problems += [misfit.missing_required(block, plan.type, name) for name in missing]
        if text and len(problems) == before and not message.lost:
            _keep(plan.bound, text, values)
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
        _keep(self._values[kind.type_name or kind.kind], content, value)
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


def _keep(cache: dict[str, Any], text: str, value: Any) -> None:
    """Remember what a text is worth; a full cache begins anew."""
    if len(cache) > _MOST_CACHED:
        cache.clear()
    cache[text] = value


def _first(known: dict[str, Field], fields: list[Field], name: str) -> Field:
    """Return the first field of a name with a value of its own; looked for once."""
    found = known.get(name)
    if found is None:
        found = known[name] = next(
            field
            for field in fields
            if field.name == name and field.value is not None and type(field.value) is not tuple
        )
    return found

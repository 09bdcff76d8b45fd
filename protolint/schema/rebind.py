"""Binds a text that is edited: what was bound of an untouched block is bound still."""

from __future__ import annotations

from protolint.schema.bind import Binder
from protolint.syntax.tree import Field
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from protolint.problem import Problem
    from protolint.schema.message import Message
    from protolint.schema.types import FieldType, Schema
    from protolint.syntax.tree import Document

_Bound: TypeAlias = "tuple[Field, Any, list[Problem]]"
"""A block, kept so that no other gets its id, with its message and what is wrong in it."""


class Rebinder(Binder):
    """Binds the blocks of a tree once, as long as they stay the same objects.

    See ``protolint.syntax.edit`` for trees of which that is true.
    """

    def __init__(self, schema: Schema) -> None:
        super().__init__(schema)
        self._bound: dict[int, _Bound] = {}

    def bind(self, document: Document, name: str, problems: list[Problem]) -> Message:
        """Return the fields of a whole text as the message ``name``; append what is wrong.

        Nearly all of them are blocks of a repeated field, `layer`, and nearly all of these known.
        """
        plan, source, known = self._plan(name), document.text, self._bound
        kinds = {
            field: kind
            for field, (kind, repeated, _) in plan.readers.items()
            if repeated and kind.kind == "message"
        }
        blocks: dict[str, list[Any]] = {field: [] for field in kinds}
        rest: list[Field] = []
        found: list[Problem] = []
        for field in document.fields:
            messages = blocks.get(field.name)
            if messages is None:
                rest.append(field)
            elif type(field.value) is not list:  # a short list: its place among the blocks counts
                return super().bind(document, name, problems)
            else:
                bound = known.get(id(field)) or self._bound_now(field, kinds[field.name], source)
                messages.append(bound[1])
                if bound[2]:
                    found += bound[2]
        problems += found
        message = self._bind(Field("", 0, rest, 0, len(source)), plan, source, problems)
        message.node = Field("", 0, document.fields, 0, len(source))
        message.values |= {field: found for field, found in blocks.items() if found}
        return message

    def _value(self, field: Field, kind: FieldType, source: str, problems: list[Problem]) -> Any:
        if type(field.value) is not list:
            return super()._value(field, kind, source, problems)
        bound = self._bound.get(id(field)) or self._bound_now(field, kind, source)
        problems += bound[2]
        return bound[1]

    def _bound_now(self, field: Field, kind: FieldType, source: str) -> _Bound:
        found: list[Problem] = []
        value = super()._value(field, kind, source, found)
        bound = self._bound[id(field)] = (field, value, found)
        return bound

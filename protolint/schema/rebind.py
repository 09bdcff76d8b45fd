"""Binds a text that is edited: what was bound of an untouched block is bound still."""

from __future__ import annotations

from protolint.schema.bind import Binder
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from protolint.problem import Problem
    from protolint.schema.types import FieldType, Schema
    from protolint.syntax.tree import Field


class Rebinder(Binder):
    """Binds the blocks of a tree once, as long as they stay the same objects.

    See ``protolint.syntax.edit`` for trees of which that is true.
    """

    def __init__(self, schema: Schema) -> None:
        super().__init__(schema)
        self._bound: dict[int, tuple[Field, Any, list[Problem]]] = {}

    def _value(self, field: Field, kind: FieldType, source: str, problems: list[Problem]) -> Any:
        if type(field.value) is not list:
            return super()._value(field, kind, source, problems)
        known = self._bound.get(id(field))
        if known is None:
            found: list[Problem] = []
            value = super()._value(field, kind, source, found)
            known = self._bound[id(field)] = (field, value, found)
        problems += known[2]
        return known[1]

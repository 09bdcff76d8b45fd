"""What a run needs of ``typing``, without its cost.

Importing ``typing``, and letting it make some 60 named tuples, takes a tenth of a short run. Type
checkers see the originals; what they alone need is imported from ``typing`` where ``TYPE_CHECKING``
holds.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers know it

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, NamedTuple, Protocol
else:
    from collections import _tuplegetter, namedtuple

    Protocol = object

    _FEW = 5
    """Of a class with no more than these it is not worth writing its ``__new__``."""
    _MADE: dict[type, int] = {}

    def _new(cls: type, /, *values: object, **named: object) -> tuple[object, ...]:
        """Make one of the first of a named tuple, or what makes all others."""
        kind = next(kind for kind in cls.__mro__ if "_fields" in vars(kind))
        _MADE[kind] = number = _MADE.get(kind, 0) + 1
        due = kind._fields[len(values) :]
        given = {**kind._field_defaults, **named}
        if number <= _FEW and given.keys() >= set(due) >= named.keys():
            made = tuple.__new__(cls, (*values, *[given[name] for name in due]))
            if len(made) == len(kind._fields):
                return made
        like = namedtuple(  # noqa: PYI024  (this is what typing makes of a class too)
            kind.__name__, kind._fields, defaults=kind._field_defaults.values()
        )
        kind.__new__ = like.__new__
        return kind.__new__(cls, *values, **named)

    def _make(cls: type, values: Iterable[object]) -> tuple[object, ...]:
        made = tuple.__new__(cls, values)
        if len(made) != len(cls._fields):
            raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
        return made

    def _replace(self: tuple[object, ...], /, **named: object) -> tuple[object, ...]:
        made = self._make(map(named.pop, self._fields, self))
        if named:
            raise TypeError(f"Got unexpected field names: {list(named)!r}")
        return made

    def _asdict(self: tuple[object, ...]) -> dict[str, object]:
        return dict(zip(self._fields, self, strict=True))

    def _as_tuple(self: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(self)

    def _shown(self: tuple[object, ...]) -> str:
        fields = ", ".join([f"{name}={value!r}" for name, value in self._asdict().items()])
        return f"{type(self).__name__}({fields})"

    _SHARED = {
        "__slots__": (),
        "__new__": _new,
        "__repr__": _shown,
        "__getnewargs__": _as_tuple,
        "_make": classmethod(_make),
        "_replace": _replace,
        "_asdict": _asdict,
    }

    class _Maker(type):
        def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, namespace)
            fields = tuple(namespace.get("__annotations__", ()))
            defaults = {field: namespace.pop(field) for field in fields if field in namespace}
            own = {"_fields": fields, "_field_defaults": defaults, "__match_args__": fields}
            read = {field: _tuplegetter(at, None) for at, field in enumerate(fields)}
            return type(name, (tuple,), {**_SHARED, **own, **read, **namespace})

    class NamedTuple(metaclass=_Maker):
        """As in ``typing``, but a class is finished once it is needed often: few are in a run."""


__all__ = ["TYPE_CHECKING", "NamedTuple", "Protocol"]

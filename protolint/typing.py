"""What a run needs of ``typing``, without its cost.

Importing ``typing``, and letting it look at the fields of some 60 named tuples, takes a tenth of a
short run. Type checkers see the originals; what they alone need is imported from ``typing`` where
``TYPE_CHECKING`` holds.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers know it

if TYPE_CHECKING:
    from typing import Any, NamedTuple, Protocol
else:
    from collections import namedtuple

    Protocol = object

    class _Maker(type):
        def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, namespace)
            fields = namespace.get("__annotations__", {})
            defaults = [namespace[field] for field in fields if field in namespace]
            made = namedtuple(  # noqa: PYI024  (this is what typing makes of a class too)
                name, fields, defaults=defaults, module=namespace["__module__"]
            )
            for key, value in namespace.items():
                if key not in fields:
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Maker):
        """As in ``typing``, but nobody looks at what the annotations say."""


__all__ = ["TYPE_CHECKING", "NamedTuple", "Protocol"]

"""The types an expression can have, and the environment it is checked in.

What stands for a value of each type when an expression is evaluated, apart from ``Unknown``:

=========== ===================================================================================
``BOOL``    ``bool``
``INT``     ``int`` of at most 64 bits, or an ``Interval``
``DOUBLE``  ``float`` (never ``int``, or ``/`` would truncate), or an ``Interval``
``STRING``  ``str``
``List``    ``list``, whose elements may be ``Unknown``
``Enum``    ``str``, the name of the value
``Message`` ``Readable``
``Record``  ``Readable``, with ``call(name, arguments)`` if it has methods
=========== ===================================================================================
"""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from protolint.schema.types import FieldType, Schema


class _Named:
    """What is told by its name: equal to one of the same class and name."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Named) and type(other) is type(self) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __str__(self) -> str:
        return self.name


class Scalar(_Named):
    """One of the four types below, or ``NOTHING``."""

    __slots__ = ()


BOOL = Scalar("bool")
INT = Scalar("int")
DOUBLE = Scalar("double")
STRING = Scalar("string")
NOTHING = Scalar("nothing")  # of the elements of []


class Enum(_Named):
    """An enum of the schema."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"enum {self.name}"


class Message(_Named):
    """A message type of the schema."""

    __slots__ = ()


class Record(_Named):
    """A set of facts declared in the environment.

    With ``base``, a message type of the schema, it has that message's fields too; a fact hides the
    field of its name.
    """

    __slots__ = ("base",)

    def __init__(self, name: str, base: str | None = None) -> None:
        super().__init__(name)
        self.base = base


class List(NamedTuple):
    """A list of elements of one type."""

    of: Type

    def __str__(self) -> str:
        return f"list of {self.of}"


Type: TypeAlias = Scalar | List | Enum | Message | Record


class Method(NamedTuple):
    """A member of a record that is called; ``INT`` is accepted for a ``DOUBLE`` parameter.

    It is called with concrete arguments only: with an ``Unknown`` or an ``Interval`` among them
    the result is ``Unknown`` without a call.
    """

    params: tuple[Type, ...]
    result: Type


class Environment(NamedTuple):
    """What an expression may name.

    ``records`` holds the declared members of each record type; every ``Message``, ``Enum`` and
    ``base`` must be in ``schema``.
    """

    variables: Mapping[str, Type]
    schema: Schema
    records: Mapping[str, Mapping[str, Type | Method]]


def field_type(field: FieldType) -> Type:
    """Return the type of a message's field."""
    if field.kind == "message":
        single: Type = Message(field.type_name)
    elif field.kind == "enum":
        single = Enum(field.type_name)
    else:
        single = _KINDS.get(field.kind, INT)
    return List(single) if field.label == "repeated" else single


_KINDS = {"bool": BOOL, "float": DOUBLE, "double": DOUBLE, "string": STRING, "bytes": STRING}

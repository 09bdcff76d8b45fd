"""Facts as an expression sees them: members that are computed when first asked for, and once."""

from __future__ import annotations

from protolint.schema.message import Message
from protolint.typing import TYPE_CHECKING, NamedTuple
from protolint.values import Unknown, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from protolint.engine.expression.types import Method, Type
    from protolint.values import Readable


class Fact(NamedTuple):
    """A member of a record: its type and the function that computes it from the record's subject.

    For a ``Method`` the function takes the subject and the arguments. A ``phased`` fact depends on
    the state the net is built for; a ``written`` one on nothing but what is written in a layer, its
    name and its blobs' names apart; a ``shaped`` one on that, the phase and the bottoms' shapes.
    """

    type: Type | Method
    compute: Any
    phased: bool = False
    shaped: bool = False
    written: bool = False


class Record:
    """An object of the model with its facts; a member that is no fact is read from ``base``."""

    __slots__ = ("_facts", "_known", "base", "subject")

    def __init__(
        self, facts: Mapping[str, Fact], subject: Any, base: Readable | None = None
    ) -> None:
        self._facts = facts
        self._known: dict[str, Any] = {}
        self.subject = subject
        self.base = base

    def read(self, name: str) -> Any:
        """Return a fact, or the field of that name."""
        if name in self._known:
            return self._known[name]
        fact = self._facts.get(name)
        if fact is None:
            return self._base().read(name)
        value = self._known[name] = fact.compute(self.subject)
        return value

    def has(self, name: str) -> bool | Unknown:
        """Return whether the field of that name is written, be it hidden by a fact or not."""
        return self._base().has(name)

    def call(self, name: str, arguments: tuple[Any, ...]) -> Any:
        """Return the result of a method."""
        return self._facts[name].compute(self.subject, *arguments)

    def _base(self) -> Readable:
        if self.base is None:
            raise KeyError("a record without a message has facts only")
        return self.base


class NoRecord:
    """Stands for a record that there is none of: nothing is known of it, for one reason."""

    __slots__ = ("_answer",)

    def __init__(self, reason: str) -> None:
        self._answer = unknown(reason)

    def read(self, _: str) -> Unknown:
        """Return ``Unknown`` for any member."""
        return self._answer

    has = read

    def call(self, _: str, __: tuple[Any, ...]) -> Unknown:
        """Return ``Unknown`` for any method."""
        return self._answer


def message_of(value: Any) -> Message | None:
    """Return the message that a value is or stands for, ``None`` where there is none."""
    while value is not None and not isinstance(value, Message):
        value = getattr(value, "base", None) or getattr(value, "message", None)
    return value

"""From a path to a bound message: read, decode, parse, bind."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from protolint import files
from protolint.model.kind import document_kind
from protolint.problem import Problem
from protolint.syntax import foreign
from protolint.syntax.parser import parse
from protolint.syntax.source import decode

if TYPE_CHECKING:
    from collections.abc import Callable

    from protolint.schema.bind import Binder
    from protolint.schema.message import Message

_NOT_PROTOTXT = ("html-page", "merge-conflict")


class Loaded(NamedTuple):
    """A file as the message that its content shows it to be, and what is wrong with its text.

    ``message`` is a ``SolverParameter`` or a ``NetParameter``, or ``None`` where the file is
    neither; ``text`` is empty where it cannot be read.
    """

    path: str
    text: str
    message: Message | None
    problems: list[Problem]

    @property
    def is_solver(self) -> bool:
        """Whether the file is a solver."""
        return self.message is not None and self.message.type.name == "SolverParameter"


def load(path: str, binder: Binder, read: Callable[[str], bytes] = files.read) -> Loaded:
    """Return the file at a path. ``read`` returns its bytes or raises ``files.Unreadable``."""
    try:
        text = decode(read(path))
    except files.Unreadable as reason:
        return Loaded(path, "", None, [Problem(reason.rule, 0, 0, reason.values)])
    if odd := foreign.binary(text):
        return Loaded(path, text, None, [odd])
    document = parse(text)
    problems = list(foreign.named(document))
    if problems and problems[0].rule in _NOT_PROTOTXT:
        return Loaded(path, text, None, problems)
    kind = document_kind(document)
    if kind in ("net", "empty", "solver"):
        name = "SolverParameter" if kind == "solver" else "NetParameter"
        return Loaded(path, text, binder.bind(document, name, problems), problems)
    rule = "label-map" if kind == "label map" else "unrecognised-file"
    return Loaded(path, text, None, [*problems, Problem(rule, 0, 0, {})])

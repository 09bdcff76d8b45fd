"""From a path to a bound message: read, decode, parse, bind."""

from __future__ import annotations

from protolint import files
from protolint.model.kind import document_kind
from protolint.model.today import with_types
from protolint.problem import Problem
from protolint.syntax import foreign
from protolint.syntax.parser import parse
from protolint.syntax.source import LineIndex, decode
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from protolint.edited import Edited
    from protolint.model.kind import Kind
    from protolint.own_schema import OwnBinder
    from protolint.schema.bind import Binder
    from protolint.schema.message import Message
    from protolint.schema.needs import Need
    from protolint.syntax.tree import Document

_NOT_PROTOTXT = ("html-page", "merge-conflict")

_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
"""The byte-order marks that begin a text in UTF-16."""


BVLC = frozenset({"bvlc"})


class Choice(NamedTuple):
    """The dialects that a file is read by.

    ``strict`` is whether they were asked for, so that what they lack is wrong. Otherwise they were
    inferred, ``because`` of the parts that BVLC lacks.
    """

    names: frozenset[str] = BVLC
    strict: bool = False
    because: tuple[Need, ...] = ()


class Loaded(NamedTuple):
    """A file as what its content shows it to be, and what is wrong with its text.

    ``kind`` is ``None`` for what is no prototxt; ``message`` is a ``SolverParameter`` or a
    ``NetParameter``, or ``None`` where the file is neither; ``text`` is empty where there is none;
    ``document`` is its tree, ``None`` where it is another language's. ``choice`` says by which
    dialects it is bound. ``edited`` is what is kept of a file for the next reading of it.
    """

    path: str
    text: str
    kind: Kind | None
    message: Message | None
    problems: list[Problem]
    document: Document | None = None
    choice: Choice = Choice()
    edited: Edited | None = None

    @property
    def lines(self) -> LineIndex:
        """Where the offsets of the tree and of the problems lie."""
        return LineIndex(self.text) if self.edited is None else self.edited.lines

    @property
    def is_solver(self) -> bool:
        """Whether the file is a solver."""
        return self.kind == "solver"

    @property
    def type_name(self) -> str:
        """The message type of the whole text."""
        return "SolverParameter" if self.kind == "solver" else "NetParameter"


def load(
    path: str,
    binder: Binder | OwnBinder,
    read: Callable[[str], bytes] = files.read,
    edited: Edited | None = None,
) -> Loaded:
    """Return the file at a path. ``read`` returns its bytes or raises ``files.Unreadable``.

    With ``edited`` only what has changed since the file was last read is read anew.
    """
    try:
        data = read(path)
    except files.Unreadable as reason:
        return Loaded(path, "", None, None, [Problem(reason.rule, 0, 0, reason.values)])
    if data.startswith(_UTF_16_MARKS):
        return Loaded(path, "", None, None, [Problem("utf-16-file", 0, 0, {})])
    text = decode(data)
    if odd := foreign.binary(text):
        return Loaded(path, "", None, None, [odd])
    if "protolint:" in text:  # suppressions are about lines
        edited = None
    document = parse(text) if edited is None else edited.read(text)
    problems = list(foreign.named(document))
    if problems and problems[0].rule in _NOT_PROTOTXT:
        return Loaded(path, text, None, None, problems, edited=edited)
    kind = document_kind(document)
    if kind in ("net", "empty", "solver"):
        return bind(Loaded(path, text, kind, None, problems, document, edited=edited), binder)
    if kind == "label map":
        problems.append(Problem("label-map", 0, 0, {}))
        return Loaded(path, text, kind, None, problems, document, edited=edited)
    # Of a text that is no prototxt at all, the first mistake shows as much as all of them.
    other = [Problem("unrecognised-file", 0, 0, {})] if document.fields else []
    return Loaded(path, text, kind, None, problems[:1] + other, document, edited=edited)


def bind(loaded: Loaded, binder: Binder | OwnBinder) -> Loaded:
    """Return a solver or net bound by a schema, in place of what it was bound by before."""
    document = loaded.document
    if document is None or loaded.kind not in ("net", "empty", "solver"):
        return loaded
    if loaded.edited is not None:
        binder = loaded.edited.binder(binder.schema)
    problems = list(foreign.named(document))
    message = binder.bind(document, loaded.type_name, problems)
    return loaded._replace(message=message, problems=with_types(problems))

"""A document as features see it: a text, and what it means as far as anybody has asked."""

from __future__ import annotations

import os
import re
from functools import cached_property

from protolint import files
from protolint.config.options import Options
from protolint.dialect import Dialects, asked, written_in
from protolint.engine import catalogue
from protolint.layers import LAYER_TYPES
from protolint.load import BVLC, Loaded
from protolint.model import serve
from protolint.model.kind import document_kind
from protolint.model.net import Net
from protolint.model.solver import Solver
from protolint.schema.message import Message
from protolint.syntax.parser import parse
from protolint.syntax.source import decode
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from protolint.engine.catalogue import Catalogue
    from protolint.layers import LayerType
    from protolint.model.kind import Kind
    from protolint.model.state import NetState
    from protolint.own_schema import OwnBinder
    from protolint.problem import Problem
    from protolint.schema.bind import Binder
    from protolint.schema.types import Schema
    from protolint.syntax.tree import Document, Field

_NAMES_A_NET = re.compile(r"net\s*:")
_ROOTS = ("SolverParameter", "NetParameter")


class Written(NamedTuple):
    """A net that stands in a document: as a whole file, or in a field of a solver.

    ``fields`` are those of the net in the tree, ``net`` is what Caffe makes of it.
    """

    fields: list[Field]
    net: Net


class Snapshot:
    """One version of one document; never changes, and works out each thing once.

    ``read`` is how other files are had, ``options`` what the document's configuration says.
    ``dialects`` are those by which the checker read the last version that it has seen; without
    them, the document alone tells. A dialect or schema that is asked for comes before both.
    ``binders`` keeps what binds texts, for other versions and documents.
    """

    def __init__(
        self,
        path: str,
        text: str,
        *,
        read: Callable[[str], bytes] = files.read,
        options: Options | None = None,
        binders: Dialects | None = None,
        dialects: frozenset[str] | None = None,
    ) -> None:
        self.path = path
        self.text = text
        self.read = read
        self.options = options or Options()
        self.facts: dict[str, Any] = {}  # what features found out, each under its own key
        self._binders = binders or Dialects()
        self._told = dialects

    @property
    def schema(self) -> Schema:
        """The messages that the document may hold."""
        if self._is_settled or self.message is None:
            return self._binder.schema
        return self.message.schema

    @property
    def dialects(self) -> frozenset[str]:
        """The dialects by which the document is read, none where it is by the user's schema."""
        return frozenset(self.schema.dialects)

    @property
    def may_change_dialect(self) -> bool:
        """Whether the dialect is that of what is written."""
        return self._asked is None and self.options.schema is None

    @property
    def _is_settled(self) -> bool:
        """Whether it is known how to read the document before it is looked at."""
        return self._told is not None or not self.may_change_dialect

    def layer_type(self, name: str) -> LayerType | None:
        """Return what is known of a layer type, be it the user's or of any Caffe."""
        found = LAYER_TYPES.get(name) or dict(self.options.layers).get(name)
        if found is None:
            from protolint.layers.forks import kind  # noqa: PLC0415  (few texts have such types)

            found = kind(name)
        return found

    def is_read_otherwise(self, dialects: frozenset[str]) -> bool:
        """Return whether the document was looked at and read by other dialects, or would be."""
        looked_at = "message" in vars(self) or self._told is not None
        return looked_at and self.may_change_dialect and self.dialects != dialects

    @cached_property
    def document(self) -> Document:
        """The tree."""
        return parse(self.text)

    @cached_property
    def kind(self) -> Kind:
        """What the document is, by its fields."""
        return document_kind(self.document)

    @cached_property
    def message(self) -> Message | None:
        """The solver or net as written, if it is one."""
        if self.kind not in ("solver", "net", "empty"):
            return None
        problems: list[Problem] = []
        loaded = Loaded(self.path, self.text, self.kind, None, problems, self.document)
        message = self._binder.bind(self.document, loaded.type_name, problems)
        if self._is_settled:
            return message
        names = written_in(loaded._replace(message=message))
        if names == BVLC:
            return message
        return self._binders.binder(names).bind(self.document, loaded.type_name, [])

    @cached_property
    def _asked(self) -> frozenset[str] | None:
        return asked(self.options.dialect)

    @cached_property
    def _binder(self) -> Binder | OwnBinder:
        """What binds the document by what is known beforehand, else by BVLC's schema."""
        own = self._binders.own(self.options.schema) if self.options.schema else None
        return own or self._binders.binder(self._asked or self._told or BVLC)

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The message types that the document may be: both where its fields do not tell."""
        if self.kind == "solver":
            return _ROOTS[:1]
        if self.kind == "net":
            return _ROOTS[1:]
        return _ROOTS if "solver" in os.path.basename(self.path).lower() else _ROOTS[::-1]

    @cached_property
    def solver(self) -> Solver | None:
        """The solver, if the document is one."""
        if self.kind != "solver" or self.message is None:
            return None
        return Solver(self.message, self.path)

    @cached_property
    def nets(self) -> list[Written]:
        """The nets that stand in the document, in the order of the text."""
        if self.message is None:
            return []
        if self.solver is None:
            return [Written(self.document.fields, self._net(self.message, upgrade=True))]
        inline = [r for r in self.solver.nets() if isinstance(r.source, Message)]
        return [
            Written(reference.node.value, self._net(reference.source, upgrade=False))
            for reference in inline
            if isinstance(reference.node.value, list) and isinstance(reference.source, Message)
        ]

    @property
    def catalogue(self) -> Catalogue:
        """The rules that hold for the document."""
        return self.options.catalogue or catalogue.load()

    def states(self, net: Net) -> list[NetState]:
        """Return the states that a net of this document is checked in."""
        asked = self.options
        return serve.states(net, phase=asked.phase, level=asked.level, stages=asked.stages).states

    def named(self) -> dict[str, str]:
        """Return the absolute paths of the nets that the solver names, by identity."""
        found: dict[str, str] = {}
        if not _NAMES_A_NET.search(self.text):  # which is sooner known than what the text is
            return found
        for reference in self.solver.nets() if self.solver else ():
            if isinstance(reference.source, str):
                file, _ = files.resolve(reference.source, self.path, self.options.root)
                if file is not None:
                    found[files.identity(file)] = os.path.abspath(file)
        return found

    def other(self, path: str) -> Snapshot:
        """Return another file. Raises ``files.Unreadable``."""
        return Snapshot(path, decode(self.read(path)), read=self.read, binders=self._binders)

    def _net(self, message: Message, *, upgrade: bool) -> Net:
        asked = self.options
        return Net(
            message,
            self.path,
            upgrade=upgrade,
            datum=asked.datum,
            inputs=dict(asked.inputs),
            ranges=dict(asked.input_ranges),
            declared=dict(asked.layers),
        )

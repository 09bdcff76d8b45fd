"""A document as features see it: a text, and what it means as far as anybody has asked."""

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from protolint import files
from protolint.config.options import Options
from protolint.engine import catalogue
from protolint.model import serve
from protolint.model.kind import document_kind
from protolint.model.net import Net
from protolint.model.solver import Solver
from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.schema.message import Message
from protolint.syntax.parser import parse
from protolint.syntax.source import decode

if TYPE_CHECKING:
    from collections.abc import Callable

    from protolint.engine.catalogue import Catalogue
    from protolint.model.kind import Kind
    from protolint.model.state import NetState
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
    """

    def __init__(
        self,
        path: str,
        text: str,
        *,
        read: Callable[[str], bytes] = files.read,
        options: Options | None = None,
        binder: Binder | None = None,
    ) -> None:
        self.path = path
        self.text = text
        self.read = read
        self.options = options or Options()
        self.facts: dict[str, Any] = {}  # what features found out, each under its own key
        self._binder = binder

    @property
    def schema(self) -> Schema:
        """The messages that the document may hold."""
        return load_bvlc()

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
        binder = self._binder or Binder(self.schema)
        name = "SolverParameter" if self.kind == "solver" else "NetParameter"
        return binder.bind(self.document, name, [])

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
        if self.message is None or self.kind != "solver":
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
                file, _ = files.resolve(reference.source, self.path)
                if file is not None:
                    found[files.identity(file)] = os.path.abspath(file)
        return found

    def other(self, path: str) -> Snapshot:
        """Return another file. Raises ``files.Unreadable``."""
        return Snapshot(path, decode(self.read(path)), read=self.read, binder=self._binder)

    def _net(self, message: Message, *, upgrade: bool) -> Net:
        asked = self.options
        return Net(
            message,
            self.path,
            upgrade=upgrade,
            datum=asked.datum,
            inputs=dict(asked.inputs),
            ranges=dict(asked.input_ranges),
        )

"""Files that are edited: what one check of them leaves for the next."""

from __future__ import annotations

from protolint.model.memory import Memory
from protolint.schema.rebind import Rebinder
from protolint.syntax.edit import EditedText
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

    from protolint.schema.types import Schema
    from protolint.syntax.source import LineIndex
    from protolint.syntax.tree import Document

_MOST_KEPT = 32


class Edited:
    """One file: its tree, the messages bound of it, and what was found out about its layers."""

    def __init__(self) -> None:
        self._text: EditedText | None = None
        self._binders: dict[int, Rebinder] = {}
        self._memories: dict[Hashable, Memory] = {}

    def read(self, text: str) -> Document:
        """Return the tree of the text as it is now."""
        edited = self._text
        if edited is None or not edited.edit(text) or not _may_move(edited.document):
            edited = self._text = EditedText(text)
            self._binders.clear()
            for memory in self._memories.values():
                memory.let_go()
        return edited.document

    @property
    def lines(self) -> LineIndex:
        """Where the offsets of the tree lie. Raises ``ValueError`` before there is one."""
        if self._text is None:
            raise ValueError("nothing was read yet")
        return self._text.lines

    def binder(self, schema: Schema) -> Rebinder:
        """Return what binds the tree by a schema, which is the same object whenever it is meant."""
        found = self._binders.get(id(schema))
        if found is None:
            found = self._binders[id(schema)] = Rebinder(schema)
        return found

    def memory(self, *about: Hashable) -> Memory:
        """Return what is known of the layers of a net that is read in one way, ``about``."""
        return self._memories.setdefault(about, Memory())


def _may_move(document: Document) -> bool:
    """Return whether nothing depends on the order of offsets, which edits upset.

    So it is in nets, unless layers of both formats have to be brought in order.
    """
    names = {field.name for field in document.fields}
    return names <= _OF_NETS or names <= _OF_OLD_NETS


_OLD_INPUTS = ("input", "input_dim", "input_shape")
_OF_NETS = frozenset(("name", "layer", "state", "force_backward", "debug_info", *_OLD_INPUTS))
_OF_OLD_NETS = _OF_NETS - {"layer"} | {"layers"}


class Session:
    """The files that are checked again and again, by identity; those checked last are kept."""

    def __init__(self) -> None:
        self._files: dict[str, Edited] = {}

    def file(self, identity: str) -> Edited:
        """Return what is kept of a file."""
        found = self._files.pop(identity, None) or Edited()
        self._files[identity] = found
        if len(self._files) > _MOST_KEPT:
            del self._files[next(iter(self._files))]
        return found

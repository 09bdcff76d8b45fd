"""Every file of the corpus is formatted without a change of meaning, and once is enough."""

from __future__ import annotations

import os
from typing import Any

import pytest

from protolint.format import format_text
from protolint.model.kind import document_kind
from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.schema.message import Message
from protolint.syntax.parser import parse
from protolint.syntax.source import decode

CORPUS = os.environ.get("PROTOLINT_CORPUS", "")
pytestmark = pytest.mark.skipif(not CORPUS, reason="PROTOLINT_CORPUS is not set")


def plain(value: Any) -> Any:
    if isinstance(value, Message):
        return {name: plain(item) for name, item in value.values.items()}
    return [plain(item) for item in value] if isinstance(value, list) else repr(value)


def test_files_of_the_corpus() -> None:
    binder = Binder(load_bvlc())
    folder = os.path.join(CORPUS, "files")
    names = sorted(os.listdir(folder))
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            text = decode(file.read())
        after = format_text(text)
        assert format_text(after) == after, name
        old, new = parse(text), parse(after)
        kind = "SolverParameter" if document_kind(old) == "solver" else "NetParameter"
        misfits: tuple[list[Any], list[Any]] = ([], [])
        before = plain(binder.bind(old, kind, misfits[0]))
        assert plain(binder.bind(new, kind, misfits[1])) == before, name
        assert [(p.rule, p.args) for p in misfits[0]] == [(p.rule, p.args) for p in misfits[1]]
        comments = [text[c.start : c.end].rstrip() for c in old.comments]
        assert [after[c.start : c.end].rstrip() for c in new.comments] == comments, name
        for line in after.splitlines():
            assert line == line.rstrip(), name
            assert not line[: len(line) - len(line.lstrip())].strip(" "), name
    assert len(names) == 568

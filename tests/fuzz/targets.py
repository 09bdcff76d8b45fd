"""What is fuzzed: each target takes bytes and raises where protolint is at fault."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from protolint import pipeline
from protolint.diagnostic import Position
from protolint.engine.rule_file import RuleFileError, read
from protolint.format import Unformattable, format_text
from protolint.report import RENDERERS, render
from protolint.report.run import Run
from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.schema.proto_file import ProtoFileError, read_proto
from protolint.syntax.edit import EditedText
from protolint.syntax.parser import parse
from protolint.syntax.source import decode
from protolint.upgrade import Refused, upgrade_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from protolint.syntax.tree import Field

_BINDER = Binder(load_bvlc())


def syntax(data: bytes) -> None:
    """Parse; every span lies within the text and within its parent's."""
    text = decode(data)
    document = parse(text)
    _nested(document.fields, 0, len(text))
    for problem in document.problems:
        assert 0 <= problem.start <= problem.end <= len(text)


def _nested(fields: list[Field] | tuple[Field, ...], start: int, end: int) -> None:
    for field in fields:
        assert start <= field.start <= field.value_start <= field.end <= end
        if isinstance(field.value, list | tuple):
            _nested(field.value, field.start, field.end)
        start = max(start, field.start)


def edit(data: bytes) -> None:
    """Read a text, and again as it is without a part from its middle; the trees are the same."""
    text = decode(data)
    edited = EditedText(text)
    half = len(text) // 2
    shorter = text[: max(half - 5, 0)] + text[half:]
    edited.edit(shorter)
    fresh = parse(shorter)
    assert len(edited.document.fields) == len(fresh.fields)
    for ours, theirs in zip(edited.document.fields, fresh.fields, strict=True):
        assert edited.lines.real(ours.start) == theirs.start
        assert edited.lines.real(ours.end) == theirs.end


def schema(data: bytes) -> None:
    """Bind as each of the two messages."""
    document = parse(decode(data))
    for name in ("NetParameter", "SolverParameter"):
        _BINDER.bind(document, name, [])


def check(data: bytes) -> None:
    """Check with every rule, and report it in every format."""
    options = pipeline.Options(follow=False, select=("",))
    outcome = pipeline.check_paths(["a.prototxt"], options, lambda _: data)
    assert not outcome.faults, outcome.faults[0]
    for found in outcome.diagnostics:
        assert Position(1, 1) <= found.range.start <= found.range.end, found
    run = Run(outcome.diagnostics + outcome.undecided, outcome.sources, outcome.notes)
    for name in RENDERERS:
        render(name, run).encode()


def rule(data: bytes) -> None:
    """Read a rule file."""
    with suppress(RuleFileError):
        read(data.decode("utf-8", "replace"), "a.toml", load_bvlc())


def proto(data: bytes) -> None:
    """Read a file of message types."""
    with suppress(ProtoFileError):
        read_proto(data.decode("utf-8", "replace"))


def rewriting(data: bytes) -> None:
    """Format, upgrade; what comes out stays as it is when that is done again."""
    text = decode(data)
    with suppress(Unformattable):
        formatted = format_text(text)
        assert format_text(formatted) == formatted
    with suppress(Refused):
        upgraded = upgrade_text(text)
        assert upgrade_text(upgraded) == upgraded


TARGETS: dict[str, Callable[[bytes], None]] = {
    "syntax": syntax,
    "edit": edit,
    "schema": schema,
    "check": check,
    "rule": rule,
    "proto": proto,
    "rewriting": rewriting,
}

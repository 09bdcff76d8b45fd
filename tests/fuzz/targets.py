"""What is fuzzed: each target takes bytes and raises where protolint is at fault."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from protolint import fixing, own_schema, pipeline
from protolint.config.finder import Configurations
from protolint.config.options import Options
from protolint.diagnostic import Position
from protolint.engine.rule_file import RuleFileError, read
from protolint.format import Unformattable, format_text
from protolint.report import RENDERERS, render
from protolint.report.run import Run
from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.schema.proto_file import ProtoFileError, read_proto
from protolint.schema.types import Schema
from protolint.server import actions, rule_files, settings
from protolint.server.documents import cleaned
from protolint.server.positions import Lines
from protolint.syntax.edit import EditedText
from protolint.syntax.parser import parse
from protolint.syntax.source import decode
from protolint.upgrade import Refused, upgrade_text
from tests.fuzz import seeds, sessions

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(__file__)), "server"))
from test_never_raises import everything

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


def fix(data: bytes) -> None:
    """Fix all that can be fixed; what comes out is what was checked, and no error is new."""
    asked = Configurations(Options(follow=False, select=("",), unsafe_fixes=True), isolated=True)
    before = pipeline.check_paths(["a.prototxt"], asked, lambda _: data)
    fixed = fixing.fix(["a.prototxt"], asked, lambda _: data)
    assert not fixed.outcome.faults, fixed.outcome.faults[0]
    after = fixed.changed.get("a.prototxt", data)
    again = pipeline.check_paths(["a.prototxt"], asked, lambda _: after)
    assert again.diagnostics == fixed.outcome.diagnostics
    if len(before.diagnostics) < pipeline.MOST_FINDINGS:
        new = _errors(again) - _errors(before)
        assert not new, new


def _errors(outcome: pipeline.Outcome) -> Counter[tuple[str, str]]:
    return Counter((d.code, d.message) for d in outcome.diagnostics if d.severity == "error")


def server(data: bytes) -> None:
    """Ask the language server's features everything at a place that the length of the text gives.

    Every span in an answer lies within the text.
    """
    text = cleaned(data.decode("utf-8", "replace"))
    everything(text, len(text) * 7919 % (len(text) + 1))
    found = pipeline.check_paths(["net.prototxt"], read=lambda _: text.encode()).diagnostics
    for action in actions.actions(Lines(text), found, (0, len(text))):
        for start, end, _ in action.edits:
            assert 0 <= start <= end <= len(text)


def messages(data: bytes) -> None:
    """Read what an editor sends as settings, and take a rule file for a document."""
    text = data.decode("utf-8", "replace")
    with suppress(ValueError, RecursionError):
        settings.read(json.loads(text))
    rule_files.completion(text, len(text) // 2)
    rule_files.hover(text, len(text) // 2)


def own(data: bytes) -> None:
    """Take a text for the schema of an own Caffe, and bind and check layer types by it."""
    row = own_schema._compiled(data.decode("utf-8", "replace"))
    if "broken" in row:
        return
    binder = own_schema.OwnBinder("own.proto", Schema.from_rows(row["schema"]))
    for name, texts in _SAMPLES.items():
        for text in texts:
            binder.bind(parse(text), name, [])
    for type_ in ("ReLU", "RoiPooling", ""):
        assert type_ in binder.schema.types or type_ in ("ReLU", "")


_SAMPLES = {name: texts[:3] for name, texts in seeds.prototxts().items()}


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
    "fix": fix,
    "server": server,
    "messages": messages,
    "session": sessions.run,
    "own": own,
}

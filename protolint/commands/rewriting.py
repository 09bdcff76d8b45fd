"""What the commands share that rewrite files: `format` and `upgrade`."""

from __future__ import annotations

import difflib
import re
import sys

import click

from protolint import files
from protolint.commands.options import configurations, from_configuration
from protolint.commands.stdin import with_stdin
from protolint.commands.terminal import end, write_whole
from protolint.engine import catalogue
from protolint.engine.diagnose import from_problem
from protolint.problem import Problem
from protolint.report import full
from protolint.report.run import Run
from protolint.report.summary import plural
from protolint.report.visible import visible
from protolint.syntax import foreign
from protolint.syntax.source import LineIndex, decode
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, NoReturn

    from protolint.config.finder import Configurations
    from protolint.diagnostic import Diagnostic

_LINE = re.compile("[^\n]*\n|[^\n]+")
_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Left(Exception):  # noqa: N818  (a state of a file, told to its author)
    """A file that is left as it is: for a ``reason``, or for these problems of its text."""

    def __init__(self, reason: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.problems = problems


class Job(NamedTuple):
    """What is done to each file, and how it is called.

    ``change`` returns the new text and what is to be told of it, or raises ``Left``. ``verb`` and
    ``done`` complete "would …" and "2 files …"; ``unchanged`` says the same of the others. With
    ``keeps_bytes`` a byte-order mark stays, and bytes that are not UTF-8 do; else a mark is dropped
    and such a file left as it is.
    """

    change: Callable[[str], tuple[str, Sequence[Problem]]]
    verb: str
    done: str
    unchanged: str
    keeps_bytes: bool


class _Outcome(NamedTuple):
    """``new`` has the content of the files that change, by path, behind the old one."""

    new: dict[str, tuple[bytes, bytes]]
    total: int
    failed: int
    told: list[str]


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the arguments and options of a command that rewrites files."""
    for decorate in (
        from_configuration,
        click.option("--stdin-filename", metavar="PATH", help="What to call standard input."),
        click.option("--diff", is_flag=True, help="Write nothing; print what would change."),
        click.option("--check", is_flag=True, help="Write nothing; name the files to change."),
        click.argument("paths", nargs=-1, type=click.Path()),
    ):
        command = decorate(command)
    return command


def run(
    job: Job,
    paths: Sequence[str],
    *,
    check: bool,
    diff: bool,
    stdin_filename: str | None,
    config: str | None,
    isolated: bool,
    output: str | None = None,
) -> NoReturn:
    """Rewrite files, or tell what would change, and exit.

    Standard input goes to standard output. With ``output`` the one file goes there instead. Exits
    with 2 where a file could not be rewritten, else with 1 where ``check`` or ``diff`` show that
    one would change, else with 0.
    """
    if not paths:
        raise click.UsageError("name at least one file or folder (`.` for this one, `-` for stdin)")
    if "-" in paths and len(paths) > 1:
        raise click.UsageError("`-` stands alone")
    named, read = with_stdin(paths, stdin_filename)
    found = configurations(config, isolated=isolated)
    streams = "-" in paths or output is not None
    listed = list(files.find(named))
    if output is not None and len(listed) != 1:
        raise click.UsageError("--output takes one file")
    read = found.bounded(read)
    outcome = _rewrite(job, listed, named, found, read)
    if outcome.told:
        sys.stderr.write("\n\n".join(outcome.told) + "\n\n")
    status = 2 if outcome.failed else int((check or diff) and bool(outcome.new))
    if diff:
        if not streams:
            sys.stderr.write(_summary(job, outcome, would=True))
        end("".join(_diff(path, *both) for path, both in outcome.new.items()), status)
    if check:
        lines = [f"would {job.verb}: {visible(path)}\n" for path in outcome.new]
        end("".join(lines) + _summary(job, outcome, would=True), status)
    if streams:
        if status == 0:
            _put(outcome, listed[0], read, output)
        end("", status)
    for path, (_, new) in outcome.new.items():
        write_whole(path, new)
    end(_summary(job, outcome, would=False), status)


def _put(outcome: _Outcome, path: str, read: Callable[[str], bytes], output: str | None) -> None:
    data = outcome.new[path][1] if path in outcome.new else read(path)
    if output is not None and output != "-":
        write_whole(output, data)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(data)


def _rewrite(
    job: Job,
    listed: Sequence[str],
    named: Sequence[str],
    found: Configurations,
    read: Callable[[str], bytes],
) -> _Outcome:
    new: dict[str, tuple[bytes, bytes]] = {}
    told: list[str] = []
    total = failed = 0
    for path in listed:
        if found.leaves_out(path):
            configuration = found.of(path)
            if path in named and configuration is not None and not configuration.faulty:
                why = f"left as it is, as {configuration.path} excludes it"
                told.append(f"note: {visible(path)}: {visible(why)}")
            continue
        total += 1
        try:
            data, after, problems, text = _changed(job, path, read)
        except _Failed as failure:
            failed += 1
            told += failure.told
            continue
        if problems:
            told += _blocks(path, text, problems)
        if after != data:
            new[path] = data, after
    for configuration in found.all():
        if configuration.diagnostics:
            failed += 1
            told += _shown(configuration.diagnostics, dict(configuration.sources))
    return _Outcome(new, total, failed, told)


class _Failed(Exception):  # noqa: N818  (as above)
    """What to tell of a file that could not be rewritten."""

    def __init__(self, told: list[str]) -> None:
        super().__init__()
        self.told = told


def _changed(
    job: Job, path: str, read: Callable[[str], bytes]
) -> tuple[bytes, bytes, Sequence[Problem], str]:
    """Return a file's content before and after, what is to be told of it, and its text."""
    try:
        data = read(path)
    except files.Unreadable as reason:
        raise _Failed(_blocks(path, "", [Problem(reason.rule, 0, 0, reason.values)])) from reason
    if data.startswith(_UTF_16_MARKS):
        raise _Failed(_blocks(path, "", [Problem("utf-16-file", 0, 0, {})]))
    text = decode(data)
    if odd := foreign.binary(text):
        raise _Failed(_blocks(path, "", [odd]))
    try:
        if not job.keeps_bytes:
            _check_encoding(text)
        changed, problems = job.change(text)
    except Left as left:
        if left.problems:
            raise _Failed(_blocks(path, text, left.problems)) from left
        raise _Failed([f"error: {visible(path)}: not {job.done}: {left.reason}"]) from left
    mark = _MARK if job.keeps_bytes and data.startswith(_MARK) else b""
    return data, mark + changed.encode("utf-8", "surrogateescape"), problems, text


def _check_encoding(text: str) -> None:
    """Raise ``Left`` for a text that was not all UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        line, column = LineIndex(text).position(error.start)
        byte = ord(text[error.start]) & 0xFF
        raise Left(f"byte 0x{byte:02x} at {line}:{column} is not UTF-8") from error


def _blocks(path: str, text: str, problems: Sequence[Problem]) -> list[str]:
    rules, lines = catalogue.load().rules, LineIndex(text)
    found = [from_problem(problem, rules[problem.rule], path, lines) for problem in problems]
    return _shown(found, {path: text} if text else {})


def _shown(found: Sequence[Diagnostic], sources: dict[str, str]) -> list[str]:
    return full.blocks(Run(tuple(found), sources), colour=False)


def _summary(job: Job, outcome: _Outcome, *, would: bool) -> str:
    changed = len(outcome.new)
    done = f"would be {job.done}" if would else job.done
    same = outcome.total - changed - outcome.failed
    parts = [
        f"{plural(count, 'file')} {words}"
        for count, words in (
            (changed, done),
            (same, job.unchanged),
            (outcome.failed, f"not {job.done}, as told above"),
        )
        if count > 0
    ]
    return (", ".join(parts) or f"no file to {job.verb}") + "\n"


def _diff(path: str, before: bytes, after: bytes) -> str:
    """Return a unified diff as git and patch read it."""
    old, new = (_LINE.findall(data.decode("utf-8", "surrogateescape")) for data in (before, after))
    lines = difflib.unified_diff(old, new, path, path)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )

"""The command line."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any, NoReturn, Self

import click

from protolint import __version__, files, pipeline, report
from protolint.report.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TextIO

FORMATS = click.Choice(list(report.RENDERERS))

_INTERRUPTED = 130  # what a shell reports of a command that Ctrl-C ended
_FAULT = "protolint: internal fault, please report it"


class _Group(click.Group):
    """Ends with 130 at Ctrl-C, where click would say "Aborted!", and with 2 at a fault."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            ctx.exit(_INTERRUPTED)
        except Exception:  # noqa: BLE001  (told in full; Python itself would end with 1)
            from traceback import format_exc  # noqa: PLC0415  (slow to import)

            click.echo(f"{_FAULT}\n{format_exc()}", err=True, nl=False)
            ctx.exit(2)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="protolint")
def main() -> None:
    """Say what Caffe would do with solver and net prototxt files, before it runs."""


@main.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--output-format", type=FORMATS, default="full", show_default=True)
@click.option("--dialect", type=click.Choice(pipeline.DIALECTS), default="bvlc", show_default=True)
@click.option(
    "--phase",
    type=click.Choice(pipeline.PHASES),
    help="Check nets for this phase only, exactly as Caffe builds it.",
)
@click.option("--no-follow", is_flag=True, help="Do not check the nets that solvers name.")
@click.option("--select", metavar="CODES", help="Only these codes, prefixes of codes, or names.")
@click.option("--ignore", metavar="CODES", help="All but these.")
@click.option("--undecided", is_flag=True, help="Show rules that the text does not decide.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning"]),
    default="error",
    show_default=True,
    help="Exit with 1 on a finding of this severity or worse.",
)
@click.option("--stdin-filename", metavar="PATH", help="What to call standard input.")
def check(
    paths: tuple[str, ...],
    output_format: str,
    dialect: str,
    phase: str | None,
    no_follow: bool,
    select: str | None,
    ignore: str | None,
    undecided: bool,
    exit_zero: bool,
    fail_on: str,
    stdin_filename: str | None,
) -> None:
    """Check solvers, nets, and folders of them; `-` is standard input.

    Exits with 0 when nothing is wrong, 1 when there are errors, 2 when the command is wrong or
    protolint is at fault.
    """
    if not paths:
        raise click.UsageError("name at least one file or folder (`.` for this one, `-` for stdin)")
    options = pipeline.Options(
        dialect=dialect,
        phase=phase,  # type: ignore[arg-type]  # one of the choices above
        follow=not no_follow,
        select=_codes(select),
        ignore=_codes(ignore),
    )
    named, read = _with_stdin(paths, stdin_filename)
    try:
        with _Progress() as progress:
            outcome = pipeline.check_paths(named, options, read, progress)
    except pipeline.UnknownRuleError as unknown:
        raise click.UsageError(str(unknown)) from unknown
    run = Run(
        diagnostics=outcome.diagnostics + (outcome.undecided if undecided else ()),
        sources=outcome.sources,
        notes=outcome.notes,
        files=outcome.files,
        dialect=dialect,
        undecided=0 if undecided else len({d.code for d in outcome.undecided}),
    )
    for fault in outcome.faults:
        click.echo(f"{_FAULT}\n{fault}", err=True, nl=False)
    code = pipeline.exit_code(outcome, fail_on)  # type: ignore[arg-type]  # one of the choices
    colour, width = _terminal()
    _end(
        report.render(output_format, run, colour=colour, width=width),
        0 if exit_zero and code == 1 else code,
    )


@main.command()
@click.argument("rule", required=False, metavar="[CODE|NAME]")
@click.option("--all", "list_all", is_flag=True, help="List every rule.")
def rule(rule: str | None, list_all: bool) -> None:
    """Explain a rule, or list all of them."""
    from protolint import explain  # noqa: PLC0415  (reads rule files, which a check does not)

    if list_all == (rule is not None):
        raise click.UsageError("give the code or name of one rule, or --all")
    text = explain.all_rules() if rule is None else explain.find(rule)
    if text is None:
        raise click.UsageError(pipeline.unknown_rule(str(rule), explain.names()))
    _end(text, 0)


def _codes(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())


def _with_stdin(
    paths: Sequence[str], filename: str | None
) -> tuple[list[str], Callable[[str], bytes]]:
    """Replace ``-`` by a name, and read that name from standard input."""
    if "-" not in paths:
        if filename is not None:
            raise click.UsageError("--stdin-filename needs the path `-`")
        return list(paths), files.read
    name = filename or "<stdin>"
    if os.path.isdir(name):
        raise click.UsageError(f"--stdin-filename: {name!r} is a folder")
    identity = files.identity(name)
    data = _stdin()

    def read(path: str) -> bytes:
        if files.identity(path) != identity:
            return files.read(path)
        if isinstance(data, files.Unreadable):
            raise data
        return files.within_limit(data)

    return [name if path == "-" else path for path in paths], read


def _stdin() -> bytes | files.Unreadable:
    if sys.stdin is None:
        return files.Unreadable("unreadable-file", reason="standard input is closed")
    try:
        return sys.stdin.buffer.read(files.LARGEST + 1)
    except OSError as error:  # it is a folder, or opened for writing
        return files.unreadable(error)


def _terminal() -> tuple[bool, int | None]:
    """Return whether to use colours, and how wide the terminal is if output goes to one."""
    if not _is_terminal(sys.stdout):
        return False, None
    colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return colour, os.get_terminal_size(sys.stdout.fileno()).columns or None


def _end(text: str, code: int) -> NoReturn:
    """Print a text, whatever the encoding can show of it, and exit.

    A reader that closes the pipe has seen enough: the exit code stays what it is.
    """
    try:
        if sys.stdout is not None:
            encoding = sys.stdout.encoding or "utf-8"
            sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
            sys.stdout.flush()
    except OSError as error:
        # Python flushes once more at its end, and must find somewhere to write to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            reason = (error.strerror or str(error)).lower()
            click.echo(f"protolint: cannot write the report: {reason}", err=True)
            code = 2
    sys.exit(code)


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


class _Progress:
    """A progress bar on a terminal, for a run that has lasted a second."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __call__(self, done: int, total: int) -> None:
        if self._bar is None:
            if done == total or time.monotonic() - self._begin < 1 or not _is_terminal(sys.stderr):
                return
            self._bar = click.progressbar(length=total, label="checking", file=sys.stderr)
            self._bar.__enter__()
        self._bar.update(done - self._bar.pos)

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.__exit__(*error)

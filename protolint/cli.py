"""The command line."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any, Self

import click

from protolint import explain, files, pipeline, report
from protolint.report.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FORMATS = click.Choice(list(report.RENDERERS))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="caffe-protolint", prog_name="protolint")
def main() -> None:
    """Say what Caffe would do with solver and net prototxt files, before it runs."""


@main.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--output-format", type=FORMATS, default="full", show_default=True)
@click.option("--dialect", type=click.Choice(["bvlc"]), default="bvlc", show_default=True)
@click.option(
    "--phase",
    type=click.Choice(["TRAIN", "TEST"]),
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
    with _Progress() as progress:
        outcome = pipeline.check_paths(named, options, read, progress)
    shown = outcome.diagnostics + (outcome.undecided if undecided else ())
    run = Run(
        diagnostics=shown,
        sources=outcome.sources,
        notes=outcome.notes,
        files=outcome.files,
        dialect=dialect,
        undecided=0 if undecided else len({d.code for d in outcome.undecided}),
    )
    terminal = sys.stdout.isatty()
    colour = terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    width = os.get_terminal_size().columns if terminal else None
    _write(report.render(output_format, run, colour=colour, width=width))
    for fault in outcome.faults:
        click.echo(f"protolint: internal fault, please report it\n{fault}", err=True)
    code = pipeline.exit_code(outcome, fail_on)  # type: ignore[arg-type]  # one of the choices
    sys.exit(0 if exit_zero and code == 1 else code)


@main.command()
@click.argument("rule", required=False, metavar="[CODE|NAME]")
@click.option("--all", "list_all", is_flag=True, help="List every rule.")
def rule(rule: str | None, list_all: bool) -> None:
    """Explain a rule, or list all of them."""
    if list_all == (rule is not None):
        raise click.UsageError("give the code or name of one rule, or --all")
    if rule is None:
        click.echo(explain.all_rules())
        return
    text = explain.find(rule)
    if text is None:
        from difflib import get_close_matches  # noqa: PLC0415  (only a misspelling pays for it)

        near = get_close_matches(rule, explain.names(), 1)
        raise click.UsageError(f"no rule {rule!r}" + (f"; did you mean {near[0]}?" if near else ""))
    click.echo(text, nl=False)


def _codes(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())


def _with_stdin(
    paths: Sequence[str], filename: str | None
) -> tuple[list[str], Callable[[str], bytes]]:
    """Replace ``-`` by a name, and read that name from standard input."""
    if "-" not in paths:
        return list(paths), files.read
    name = filename or "<stdin>"
    data = sys.stdin.buffer.read(files.LARGEST + 1)

    def read(path: str) -> bytes:
        return data if path == name else files.read(path)

    return [name if path == "-" else path for path in paths], read


def _write(text: str) -> None:
    """Print a report, whatever the terminal's encoding can show of it."""
    stream = sys.stdout
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


class _Progress:
    """A progress bar on a terminal, for a run that has lasted a second."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __call__(self, done: int, total: int) -> None:
        if self._bar is None:
            if done == total or time.monotonic() - self._begin < 1 or not sys.stderr.isatty():
                return
            self._bar = click.progressbar(length=total, label="checking", file=sys.stderr)
            self._bar.__enter__()
        self._bar.update(done - self._bar.pos)

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.__exit__(*error)

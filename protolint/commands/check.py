"""``protolint check``."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from protolint import files, pipeline, report
from protolint.commands import checking
from protolint.commands.options import (
    configurations,
    from_configuration,
    given_data,
    given_dialect,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from protolint.layers import Shape


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--output-format",
    type=click.Choice(list(report.RENDERERS)),
    help="The format of the report.  [default: full]",
)
@given_dialect
@click.option(
    "--phase",
    type=click.Choice(pipeline.PHASES),
    help="Check nets for this phase only, exactly as Caffe builds it.",
)
@click.option("--level", type=int, help="The level of the state that nets are checked in.")
@click.option("--stage", "stages", multiple=True, metavar="S", help="A stage that is on.")
@click.option("--pair", is_flag=True, help="Hold the weights of nets against those of the first.")
@click.option("--no-follow", is_flag=True, help="Do not check the nets that solvers name.")
@given_data
@click.option("--select", metavar="CODES", help="Only these codes, prefixes of codes, or names.")
@click.option("--ignore", metavar="CODES", help="All but these.")
@click.option("--extend-select", metavar="CODES", help="These too.")
@click.option("--output-file", metavar="FILE", help="Write the report to this file instead.")
@click.option("--undecided", is_flag=True, help="Show rules that the text does not decide.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning"]),
    help="Exit with 1 on a finding of this severity or worse.  [default: error]",
)
@click.option("--baseline", metavar="FILE", help="Tell only what this baseline does not know.")
@click.option(
    "--write-baseline", metavar="FILE", help="Write all that is found to this baseline, and pass."
)
@click.option(
    "--add-ignores", is_flag=True, help="Write comments into the files that suppress what is found."
)
@click.option("--stdin-filename", metavar="PATH", help="What to call standard input.")
@from_configuration
def check(
    paths: tuple[str, ...],
    output_format: str | None,
    dialect: str | None,
    schema: str | None,
    phase: str | None,
    level: int | None,
    stages: tuple[str, ...],
    pair: bool,
    no_follow: bool,
    datum: Shape,
    inputs: tuple[tuple[str, Shape], ...],
    select: str | None,
    ignore: str | None,
    extend_select: str | None,
    output_file: str | None,
    undecided: bool,
    exit_zero: bool,
    fail_on: str | None,
    baseline: str | None,
    write_baseline: str | None,
    add_ignores: bool,
    stdin_filename: str | None,
    config: str | None,
    isolated: bool,
) -> None:
    """Check solvers, nets, and folders of them; `-` is standard input.

    Exits with 0 when nothing is wrong, 1 when there are errors, 2 when the command is wrong or
    protolint is at fault.
    """
    if not paths:
        raise click.UsageError("name at least one file or folder (`.` for this one, `-` for stdin)")
    asked = {
        "dialect": dialect,
        "schema": schema,
        "phase": phase,
        "datum": datum,
        "fail_on": fail_on,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    options = pipeline.Options(
        follow=not no_follow,
        select=_codes(select),
        extend_select=_codes(extend_select),
        ignore=_codes(ignore),
        inputs=inputs,
        level=level,
        stages=stages or None,
        pair=tuple(paths[:1]) if pair else (),
        **given,  # type: ignore[arg-type]  # each is one of the choices above
    )
    if add_ignores and "-" in paths:
        raise click.UsageError("--add-ignores cannot write to standard input")
    named, read = _with_stdin(paths, stdin_filename)
    try:
        checking.run(
            named,
            configurations(config, isolated=isolated, options=options, given=given),
            read,
            output_format=output_format,
            undecided=undecided,
            exit_zero=exit_zero,
            output_file=output_file,
            baseline=baseline,
            write_baseline=write_baseline,
            add_ignores=add_ignores,
        )
    except pipeline.UnknownRuleError as unknown:
        raise click.UsageError(str(unknown)) from unknown


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

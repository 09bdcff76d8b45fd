"""``protolint check``."""

from __future__ import annotations

import click

from protolint import pipeline, report
from protolint.commands import checking
from protolint.commands.options import (
    configurations,
    from_configuration,
    given_data,
    given_dialect,
    given_ranges,
)
from protolint.commands.stdin import STDIN, with_stdin
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
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
@click.option("--solvers", is_flag=True, help="Check the solvers beside nets that name them, too.")
@given_data
@given_ranges
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
@click.option("--fix", is_flag=True, help="Fix what can be fixed, in the files that PATHS name.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option(
    "--unsafe-fixes/--no-unsafe-fixes",
    default=None,
    help="Count fixes too that change what Caffe does, or guess.",
)
@click.option("--stdin-filename", metavar="PATH", help="What to call standard input.")
@click.option(
    "--jobs",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="How many processes share the files; 0 for one, or with many files one for each CPU."
    "  [default: 0]",
)
@click.option("--no-cache", is_flag=True, help="Check anew though nothing has changed.")
@from_configuration
@click.pass_obj
def check(
    kept_at: str | None,
    paths: tuple[str, ...],
    output_format: str | None,
    dialect: str | None,
    schema: str | None,
    phase: str | None,
    level: int | None,
    stages: tuple[str, ...],
    pair: bool,
    no_follow: bool,
    solvers: bool,
    datum: Shape,
    inputs: tuple[tuple[str, Shape], ...],
    input_ranges: tuple[tuple[str, tuple[float, float]], ...],
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
    fix: bool,
    diff: bool,
    unsafe_fixes: bool | None,
    stdin_filename: str | None,
    jobs: int,
    no_cache: bool,  # noqa: ARG001  (seen to before anything is imported: protolint.kept)
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
        "unsafe_fixes": unsafe_fixes,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    options = pipeline.Options(
        follow=not no_follow,
        solvers=solvers,
        select=_codes(select),
        extend_select=_codes(extend_select),
        ignore=_codes(ignore),
        inputs=inputs,
        input_ranges=input_ranges,
        level=level,
        stages=stages or None,
        pair=tuple(paths[:1]) if pair else (),
        **given,  # type: ignore[arg-type]  # each is one of the choices above
    )
    if add_ignores and "-" in paths:
        raise click.UsageError("--add-ignores cannot write to standard input")
    if (fix or diff) and (add_ignores or write_baseline is not None):
        raise click.UsageError(
            "--fix and --diff go with neither --add-ignores nor --write-baseline"
        )
    named, read = with_stdin(paths, stdin_filename)
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
            fix=fix,
            diff=diff,
            stdin=(stdin_filename or STDIN) if "-" in paths else None,
            kept_at=kept_at,
            jobs=jobs,
        )
    except pipeline.UnknownRuleError as unknown:
        raise click.UsageError(str(unknown)) from unknown


def _codes(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())

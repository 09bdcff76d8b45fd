"""``protolint prove``: what must hold for solvers and nets, proved, refuted or undecided."""

from __future__ import annotations

import click

from protolint import files, pipeline, proving
from protolint.commands.options import (
    configurations,
    from_configuration,
    given_data,
    given_dialect,
    given_ranges,
)
from protolint.commands.terminal import end, terminal
from protolint.report.prove import as_json, text
from protolint.report.prove.view import counts
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.layers import Shape
    from protolint.model.state import Phase
    from protolint.report.prove.view import View


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(), metavar="SOLVER|NET…")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text")
@click.option(
    "--phase",
    type=click.Choice(pipeline.PHASES),
    help="Only this phase, of a net exactly as Caffe builds it.",
)
@click.option("--level", type=int, help="The level of the state of nets.")
@click.option("--stage", "stages", multiple=True, metavar="S", help="A stage that is on.")
@given_data
@given_ranges
@given_dialect
@from_configuration
def prove(
    paths: tuple[str, ...],
    output_format: str,
    phase: Phase | None,
    level: int | None,
    stages: tuple[str, ...],
    inputs: tuple[tuple[str, Shape], ...],
    input_ranges: tuple[tuple[str, tuple[float, float]], ...],
    datum: Shape,
    dialect: str | None,
    schema: str | None,
    config: str | None,
    isolated: bool,
) -> None:
    """Prove or refute what must hold for solvers, the nets that they name, and nets.

    Exits with 1 when something is refuted, 2 when a file cannot be read.
    """
    configured = configurations(config, isolated=isolated)
    known: set[tuple[str, str]] = set()
    views: list[View] = []
    for path in paths:
        try:
            files.read(path)
        except files.Unreadable as reason:
            raise click.UsageError(_why(path, reason)) from reason
        options = configured.options_for(path)
        given = proving.asked(options)._replace(
            phase=phase,
            level=level,
            stages=stages or None,
            inputs=dict(options.inputs) | dict(inputs),
            ranges=dict(options.input_ranges) | dict(input_ranges),
            datum=options.datum if datum is None else datum,
            dialect=dialect or options.dialect,
            schema=schema or (None if dialect else options.schema),
            follow=True,
        )
        try:
            views += proving.prove_file(path, given, known=known)
        except ValueError as error:
            raise click.UsageError(f"--schema: {error}") from error
    if output_format == "json":
        shown = as_json.render(views)
    else:
        colour, width = terminal()
        shown = text.render(views, colour=colour, width=width)
    end(shown, int(counts(views)["refuted"] > 0))


def _why(path: str, reason: files.Unreadable) -> str:
    return f"cannot read {path}: {reason.values.get('reason', reason.rule)}"

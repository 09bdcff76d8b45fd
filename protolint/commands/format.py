"""``protolint format``."""

from __future__ import annotations

import click

from protolint.commands import rewriting
from protolint.format import Unformattable, format_text
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.problem import Problem


@click.command()
@rewriting.options
def format(  # noqa: A001  (the name of the command)
    paths: tuple[str, ...],
    check: bool,
    diff: bool,
    stdin_filename: str | None,
    config: str | None,
    isolated: bool,
) -> None:
    """Format prototxt files, and those of folders; `-` is standard input.

    Values, order and comments stay. Exits with 1 when a file would change under --check or --diff,
    with 2 when one cannot be formatted, as with syntax errors; it is left as it is.
    """
    rewriting.run(
        rewriting.Job(_formatted, "reformat", "reformatted", "left unchanged", keeps_bytes=False),
        paths,
        check=check,
        diff=diff,
        stdin_filename=stdin_filename,
        config=config,
        isolated=isolated,
    )


def _formatted(text: str) -> tuple[str, list[Problem]]:
    try:
        return format_text(text), []
    except Unformattable as error:
        raise rewriting.Left(str(error), error.problems) from error

"""``protolint upgrade``."""

from __future__ import annotations

import click

from protolint import upgrade as upgrading
from protolint.commands import rewriting
from protolint.format import format_text
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from protolint.problem import Problem


@click.command()
@rewriting.options
@click.option("--output", "-o", metavar="FILE", help="Write there, and leave the one file alone.")
@click.option("--format", "formats", is_flag=True, help="Format the files that are upgraded.")
def upgrade(
    paths: tuple[str, ...],
    check: bool,
    diff: bool,
    stdin_filename: str | None,
    config: str | None,
    isolated: bool,
    output: str | None,
    formats: bool,
) -> None:
    """Rewrite nets and solvers of older formats in today's, as Caffe reads them.

    Files are changed in place; `-` is standard input, which goes to standard output. Exits with 1
    when a file would change under --check or --diff, with 2 when one cannot be upgraded.
    """

    def change(text: str) -> tuple[str, Sequence[Problem]]:
        try:
            new, dropped = upgrading.upgrade(text)
        except upgrading.Refused as refused:
            raise rewriting.Left("", refused.problems) from refused
        return (format_text(new) if formats and new != text else new), dropped

    rewriting.run(
        rewriting.Job(change, "upgrade", "upgraded", "up to date", keeps_bytes=True),
        paths,
        check=check,
        diff=diff,
        stdin_filename=stdin_filename,
        config=config,
        isolated=isolated,
        output=output,
    )

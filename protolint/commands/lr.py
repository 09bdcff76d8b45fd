"""``protolint lr``: the learning-rate schedule of solvers."""

from __future__ import annotations

import click

from protolint.analysis import schedule
from protolint.analysis.learning_rate import settings
from protolint.commands.options import given_dialect
from protolint.commands.terminal import end, terminal
from protolint.dialect import Dialects
from protolint.engine import catalogue
from protolint.engine.expression.template import render
from protolint.model.solver import Solver
from protolint.report.lr import as_json, text
from protolint.report.lr.view import View
from protolint.syntax.source import LineIndex
from protolint.typing import TYPE_CHECKING
from protolint.values import Unknown

if TYPE_CHECKING:
    from protolint.analysis.schedule import Proof, Settings


_WITHOUT_MAX_ITER = 10
"""The last iteration shown of a solver without max_iter, which a script may train all the same."""


@click.command()
@click.argument("solvers", nargs=-1, required=True, type=click.Path())
@click.option("--at", "at", metavar="N,N,…", help="Print the rate at these iterations.")
@click.option(
    "--until", type=click.IntRange(min=0), help="Look at 0..UNTIL instead of 0..max_iter."
)
@given_dialect
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text")
@click.option("--plot", metavar="FILE", type=click.Path(), help="Draw a picture (.svg, .png, …).")
def lr(
    solvers: tuple[str, ...],
    at: str | None,
    until: int | None,
    dialect: str | None,
    schema: str | None,
    output_format: str,
    plot: str | None,
) -> None:
    """Show the learning rate of solvers, and prove that it stays finite.

    Exits with 1 when it does not, or when Caffe would stop because of it.
    """
    asked = _iterations(at)
    reader = Dialects()
    solver_of = [_solver(path, reader, dialect or "auto", schema) for path in solvers]
    views = [_view(solver, asked, until) for solver in solver_of]
    if plot is not None:
        _save(views, plot)
    if output_format == "json":
        shown = "".join(map(as_json.render, views))
    else:
        _, width = terminal()
        shown = "\n".join(text.render(view, width or 80) for view in views)
    end(shown, int(any(view.proof.verdict == "refuted" for view in views)))


def _iterations(text_: str | None) -> list[int] | None:
    if text_ is None:
        return None
    try:
        return [int(word) for word in text_.split(",")]
    except ValueError as error:
        raise click.UsageError(
            f"--at takes iterations such as 0,100,1000, not {text_!r}"
        ) from error


def _view(solver: Solver, asked: list[int] | None, until: int | None) -> View:
    chosen = settings(solver)
    if until is None and not isinstance(chosen.max_iter, Unknown) and chosen.max_iter <= 0:
        until = _WITHOUT_MAX_ITER
    proof = schedule.prove(chosen, until)
    return View(solver.path, chosen, proof, _values(chosen, proof, asked))


def _values(
    chosen: Settings, proof: Proof, asked: list[int] | None
) -> tuple[tuple[int, float], ...]:
    """Return the rates asked for, else those at the ends of the pieces, where there are rates."""
    if asked is None:
        asked = sorted({n for piece in proof.pieces[:8] for n in (piece.first, piece.last)})
    pairs = [(iteration, schedule.rate_at(chosen, iteration)) for iteration in asked]
    return tuple((iteration, rate) for iteration, rate in pairs if isinstance(rate, float))


def _solver(path: str, reader: Dialects, dialect: str, schema: str | None) -> Solver:
    """Read a solver. Raises ``click.UsageError`` for a file that is none, and a broken schema."""
    loaded = reader.load(path, dialect, schema=schema)
    for broken in reader.broken:
        line, column = LineIndex(broken.text).position(broken.problem.start)
        what = broken.problem.args["what"]
        raise click.UsageError(f"--schema: {broken.path}:{line}:{column}: {what}")
    if loaded.is_solver and loaded.message is not None:
        return Solver(loaded.message, path)
    if loaded.message is not None:
        raise click.UsageError(f"{path} is a net, not a solver")
    problem = loaded.problems[-1]
    rule = catalogue.load().rules[problem.rule]
    raise click.UsageError(f"{path}: {render(rule.wording.message, problem.args)}")


def _save(views: list[View], path: str) -> None:
    from protolint.report.lr import plot  # noqa: PLC0415  (needs an extra)

    try:
        plot.save(views, path)
    except ImportError as error:
        raise click.UsageError(
            "--plot needs matplotlib: pip install 'caffe-protolint[plot]'"
        ) from error
    except (OSError, ValueError) as error:
        raise click.UsageError(f"cannot draw {path}: {error}") from error

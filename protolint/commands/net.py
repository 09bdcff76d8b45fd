"""``protolint net``: what Caffe would build of nets."""

from __future__ import annotations

import shutil
import subprocess

import click

from protolint import files
from protolint.analysis.footprint import footprint
from protolint.analysis.problems import build_problems
from protolint.analysis.receptive_field import receptive_fields
from protolint.analysis.shapes import shapes
from protolint.analysis.undecided import origins
from protolint.commands.options import (
    configurations,
    from_configuration,
    given_data,
    given_dialect,
)
from protolint.commands.terminal import FAULT, end, terminal, write_whole
from protolint.dialect import Dialects, told
from protolint.engine import catalogue as rules
from protolint.engine.diagnose import from_problem
from protolint.engine.run import Run
from protolint.layers.shapes import shape_text
from protolint.load import Loaded
from protolint.model import serve
from protolint.model.net import Net
from protolint.model.solver import Solver
from protolint.problem import Problem
from protolint.report import concise
from protolint.report.net import as_json, table
from protolint.report.net.view import View
from protolint.report.run import Run as ReportRun
from protolint.report.visible import visible
from protolint.syntax.source import LineIndex
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from protolint.config.finder import Configurations
    from protolint.diagnostic import Diagnostic
    from protolint.layers import Shape
    from protolint.model.solver import NetUse
    from protolint.model.state import NetState, Phase
    from protolint.schema.message import Message


class Asked(NamedTuple):
    """What the command line says about states and shapes, and who says what it does not."""

    phase: Phase | None
    level: int | None
    stages: tuple[str, ...] | None
    inputs: dict[str, Shape]
    datum: Shape
    configured: Configurations
    dialect: str | None = None
    schema: str | None = None

    def load(self, reader: Dialects, path: str) -> Loaded:
        """Return a file, read as the Caffe does that it is for."""
        if self.schema is not None or self.dialect is not None:
            return reader.load(path, self.dialect or "auto", schema=self.schema)
        options = self.configured.options_for(path)
        return reader.load(path, options.dialect, schema=options.schema)

    @property
    def pinned(self) -> bool:
        """Whether the state is given, at least in part."""
        return (self.phase, self.level, self.stages) != (None, None, None)


class Shown(NamedTuple):
    """What is shown: nets in their states, and what is wrong with the files themselves.

    ``notes`` say which states are left out; ``faults`` are tracebacks of rules that failed.
    """

    views: list[View]
    diagnostics: list[Diagnostic]
    notes: list[str]
    faults: list[str]
    unreadable: bool


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(), metavar="FILE…")
@click.option(
    "--phase",
    type=click.Choice(["TRAIN", "TEST"]),
    help="Only this phase, exactly as Caffe builds it. [default: those that the file serves]",
)
@click.option("--level", type=int, help="The level of the state.")
@click.option("--stage", "stages", multiple=True, metavar="S", help="A stage that is on.")
@given_data
@from_configuration
@given_dialect
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text")
@click.option("--dot", is_flag=True, help="Print the graph in the DOT language instead.")
@click.option(
    "--svg", metavar="FILE", type=click.Path(), help="Draw the graph with Graphviz into FILE too."
)
def net(
    paths: tuple[str, ...],
    phase: str | None,
    level: int | None,
    stages: tuple[str, ...],
    inputs: tuple[tuple[str, Shape], ...],
    datum: Shape,
    config: str | None,
    isolated: bool,
    dialect: str | None,
    schema: str | None,
    output_format: str,
    dot: bool,
    svg: str | None,
) -> None:
    """Show the layers, shapes, parameters and costs of nets, and of the nets that solvers name.

    Exits with 1 when Caffe would not build one, 2 when a file cannot be read.
    """
    asked = Asked(
        phase,  # type: ignore[arg-type]  # one of the choices above
        level,
        stages or None,
        dict(inputs),
        datum,
        configurations(config, isolated=isolated),
        dialect,
        schema,
    )
    program = _graphviz() if svg is not None else ""
    shown = show(paths, asked)
    if shown.diagnostics:
        run = ReportRun(tuple(dict.fromkeys(shown.diagnostics)), {}, files=len(paths))
        click.echo(concise.render(run), err=True, nl=False)
    for note in (*shown.notes, *_not_taken(asked.inputs, shown.views)):
        click.echo(visible(note), err=True)
    if dot or svg is not None:
        from protolint.report.net import dot as drawing  # noqa: PLC0415  (few runs draw)

        graph = drawing.render(shown.views)
        if svg is not None:
            _draw(program, graph, svg)
    for fault in shown.faults:
        click.echo(f"{FAULT}\n{fault}", err=True)
    if dot:
        text = graph
    elif output_format == "json":
        text = "".join(map(as_json.render, shown.views))
    else:
        _, width = terminal()
        text = "\n".join(table.render(view, width) for view in shown.views)
    end(text, exit_code(shown))


def exit_code(shown: Shown) -> int:
    """Return 2 where a file cannot be read, 1 where Caffe would not build a net, else 0."""
    if shown.unreadable or shown.faults:
        return 2
    refused = any(found.effect == "abort" for found in shown.diagnostics)
    return int(refused or any(view.aborts() for view in shown.views))


def show(paths: Iterable[str], asked: Asked) -> Shown:
    """Return the nets of files, and of the solvers among them."""
    shown = Shown([], [], [], [], unreadable=False)
    reader = Dialects(asked.configured.bounded(files.read))
    for path in paths:
        configuration = asked.configured.of(path)
        if configuration is not None and configuration.faulty:
            shown.diagnostics.extend(configuration.diagnostics)
            shown = shown._replace(unreadable=True)
            continue
        loaded = asked.load(reader, path)
        problems = loaded.problems
        if loaded.message is None:
            shown = shown._replace(unreadable=True)
        elif loaded.is_solver:
            solver = Solver(loaded.message, path)
            problems = problems + solver.problems
            shown = _show_solver(solver, loaded, reader, asked, shown)
        else:
            _show_net(_net(loaded.message, path, asked), None, loaded, asked, shown)
        shown.diagnostics.extend(_worded(problems, loaded))
    for broken in reader.broken:
        nothing = Loaded(broken.path, broken.text, None, None, [])
        shown.diagnostics.extend(_worded([broken.problem], nothing))
    return shown


def _net(message: Message, path: str, asked: Asked, *, upgrade: bool = True) -> Net:
    """Make a net, with the shapes that the command line tells before those of its settings."""
    options = asked.configured.options_for(path)
    return Net(
        message,
        path,
        upgrade=upgrade,
        datum=options.datum if asked.datum is None else asked.datum,
        inputs=dict(options.inputs) | asked.inputs,
        declared=dict(options.layers),
    )


def _show_solver(
    solver: Solver, loaded: Loaded, reader: Dialects, asked: Asked, shown: Shown
) -> Shown:
    """Show the nets that a solver builds, each in the states that the solver sets."""
    uses: dict[tuple[str, int], list[NetUse]] = {}
    for use in solver.uses():
        uses.setdefault(use.reference[:2], []).append(use)
    for group in uses.values():
        _, _, source, node = reference = group[0].reference
        if not isinstance(source, str):
            inline = _net(source, solver.path, asked, upgrade=False)
            _show_net(inline, group, loaded, asked, shown)
            continue
        file, _ = files.resolve(source, solver.path, asked.configured.root_of(solver.path))
        named = None if file is None else asked.load(reader, file)
        if named is None or named.message is None or named.is_solver:
            rule = "net-not-found" if named is None else "net-names-a-solver"
            args = {"name": reference.field, "path": source}
            problem = Problem(rule, node.start, node.end, args)
            if named is not None and named.message is None:
                shown.diagnostics.extend(_worded(named.problems, named))
            else:
                shown.diagnostics.extend(_worded([problem], loaded))
            shown = shown._replace(unreadable=True)
            continue
        _show_net(_net(named.message, named.path, asked), group, named, asked, shown)
        shown.diagnostics.extend(_worded(named.problems, named))
    return shown


def _show_net(
    found: Net, uses: list[NetUse] | None, loaded: Loaded, asked: Asked, shown: Shown
) -> None:
    """Show a net in the states asked for, else those that its solver sets or that it serves."""
    states: Iterable[NetState]
    if uses is None or asked.pinned:
        phase, level, stages = asked.phase, asked.level, asked.stages
        states, unserved = serve.states(found, phase=phase, level=level, stages=stages)
        shown.notes.extend(
            f"note: {found.path}: not shown for {state}, as {reason}" for state, reason in unserved
        )
    else:
        states = dict.fromkeys(use.net_state(found.state) for use in uses)
    lines = LineIndex(loaded.text)
    options = asked.configured.options_for(found.path)
    catalogue = (options.catalogue or rules.load()).narrowed(options.wants, options.words)
    known = rules.load().rules
    readable = not any(known[problem.rule].effect == "abort" for problem in loaded.problems)
    for state in states:
        run = Run(catalogue, found.path, lines)
        run.net(found, [state])
        shown.faults.extend(run.faults)
        problems = told(build_problems(found, [state]), loaded.choice)
        findings = [*_worded(problems, loaded, lines), *run.diagnostics]
        built = shapes(found, state)
        shown.views.append(
            View(
                path=found.path,
                state=state,
                shapes=built,
                cost=footprint(built),
                fields=receptive_fields(built),
                origins=origins(built),
                findings=tuple(finding for finding in findings if not finding.undecided),
                readable=readable,
                dialects=found.message.schema.dialects,
            )
        )


def _worded(
    problems: Iterable[Problem], loaded: Loaded, lines: LineIndex | None = None
) -> Iterator[Diagnostic]:
    known = rules.load().rules
    lines = lines or LineIndex(loaded.text)
    return (from_problem(p, known[p.rule], loaded.path, lines) for p in problems)


def _not_taken(inputs: dict[str, Shape], views: list[View]) -> Iterator[str]:
    """Yield a line for each given shape that no net has taken as it is."""
    for name, given in inputs.items():
        found: dict[Shape, None] = {}
        for view in views:
            built = view.shapes
            versions = [v for v, blob in enumerate(built.graph.names) if blob == name]
            found.update(dict.fromkeys(built.blobs[version] for version in versions))
            if not versions and any(name in step.layer.bottoms for step in built.graph.order):
                found[given] = None
        if not found:
            yield f"note: --input {name}: there is no blob of this name"
        elif given not in found:
            shapes_ = " or ".join(map(shape_text, found))
            yield f"note: --input {name}: by the text the shape is {shapes_}"


def _graphviz() -> str:
    program = shutil.which("dot")
    if program is None:
        raise click.UsageError(
            "--svg needs the program dot of Graphviz, which is not installed; "
            "--dot prints the graph without it"
        )
    return program


def _draw(program: str, graph: str, path: str) -> None:
    drawn = subprocess.run(  # noqa: S603  (the program found on the path, fixed arguments)
        [program, "-Tsvg"], input=graph.encode(), capture_output=True, check=False
    )
    if drawn.returncode:
        message = drawn.stderr.decode(errors="replace").strip()
        raise click.ClickException(f"dot could not draw the graph: {message}")
    write_whole(path, drawn.stdout)

"""Files in, obligations out: what is proved, refuted or undecided of solvers and nets.

The errors that rules report are taken from the rules themselves, whatever a configuration or a
comment in the file says of them: what is suppressed still holds.
"""

from __future__ import annotations

from protolint import files
from protolint.analysis.obligations import of_net, of_solver
from protolint.analysis.obligations.obligation import Told, Witness, settle
from protolint.analysis.pairing import pairing_problems
from protolint.analysis.problems import build_problems, run_problems
from protolint.dialect import Dialects, in_words
from protolint.dialect import told as of_dialect
from protolint.engine import catalogue
from protolint.engine.diagnose import from_problem
from protolint.engine.run import Run
from protolint.model import serve
from protolint.model.net import Net
from protolint.model.place import problem
from protolint.model.solver import Solver
from protolint.report.prove.view import View
from protolint.schema.message import Message
from protolint.syntax.source import LineIndex
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from protolint.config.options import Options
    from protolint.diagnostic import Diagnostic
    from protolint.layers import LayerType, Shape
    from protolint.load import Loaded
    from protolint.model.state import NetState, Phase
    from protolint.problem import Problem

_EFFECTS = ("abort", "nonfinite")


class Asked(NamedTuple):
    """What is pinned of the states of nets, and the shapes and ranges of data that no file tells.

    ``follow`` says whether the nets that solvers name are looked at. ``schema`` and ``layers`` are
    the user's own, and nothing is read outside the ``root``, as in ``config.Options``.
    """

    phase: Phase | None = None
    level: int | None = None
    stages: tuple[str, ...] | None = None
    inputs: Mapping[str, Shape] = {}
    datum: Shape = None
    dialect: str = "auto"
    follow: bool = True
    schema: str | None = None
    layers: tuple[tuple[str, LayerType], ...] = ()
    ranges: Mapping[str, tuple[float, float]] = {}
    root: str | None = None


def asked(options: Options) -> Asked:
    """Return what the options of a check pin and tell."""
    return Asked(
        options.phase,
        options.level,
        options.stages,
        dict(options.inputs),
        options.datum,
        options.dialect,
        options.follow,
        options.schema,
        options.layers,
        dict(options.input_ranges),
        options.root,
    )


def prove_file(
    path: str,
    given: Asked,
    read: Callable[[str], bytes] = files.read,
    known: set[tuple[str, str]] | None = None,
) -> list[View]:
    """Return what is proved of a file, and of the nets that it names if it is a solver.

    ``known`` are the paths and subjects that were looked at before, and are left out. Raises
    ``ValueError`` for a schema of the user's that cannot be read by.
    """
    prover = _Prover(given, read, set() if known is None else known)
    return [view for view in prover.file(path) if view.obligations]


class _Prover:
    """Carries what the steps of a proof share."""

    def __init__(
        self, given: Asked, read: Callable[[str], bytes], known: set[tuple[str, str]]
    ) -> None:
        self.asked = given
        self.reader = Dialects(files.bounded(read, lambda _: given.root))
        self.known = known
        self.rules = catalogue.load()

    def file(self, path: str) -> Iterator[View]:
        loaded = self._read(path)
        yield self._text(loaded)
        if loaded.message is None:
            return
        if loaded.is_solver:
            yield from self._solver(Solver(loaded.message, path), loaded)
        else:
            net = self._made(loaded.message, path)
            for state in serve.states(
                net, phase=self.asked.phase, level=self.asked.level, stages=self.asked.stages
            ).states:
                yield self._net(net, state, loaded, None)

    def _named(self, source: str, solver: Solver) -> str | None:
        if not self.asked.follow:
            return None
        return files.resolve(source, solver.path, self.asked.root)[0]

    def _read(self, path: str) -> Loaded:
        loaded = self.reader.load(path, self.asked.dialect, schema=self.asked.schema)
        for broken in self.reader.broken:
            line, column = LineIndex(broken.text).position(broken.problem.start)
            raise ValueError(f"{broken.path}:{line}:{column}: {broken.problem.args['what']}")
        return loaded

    def _made(self, message: Message, path: str, *, upgrade: bool = True) -> Net:
        return Net(
            message,
            path,
            upgrade=upgrade,
            datum=self.asked.datum,
            inputs=self.asked.inputs,
            ranges=self.asked.ranges,
            declared=dict(self.asked.layers),
        )

    def _first(self, path: str, subject: str) -> bool:
        key = files.identity(path), subject
        if key in self.known:
            return False
        self.known.add(key)
        return True

    def _text(self, loaded: Loaded) -> View:
        if not self._first(loaded.path, "text"):
            return View(loaded.path, "text", ())
        lines = LineIndex(loaded.text)
        told = self._told(self._worded(loaded.problems, loaded.path, lines))
        claim = "Caffe can read the file"
        found = settle("text-parses", claim, "every field is one of its schema's", told=told)
        if loaded.message is None and found.verdict == "proved":
            witness = Witness("it is neither a solver nor a net")
            found = settle("text-parses", claim, "", witnesses=[witness])
        return View(loaded.path, "text", (found,), in_words(loaded.choice.names))

    def _solver(self, solver: Solver, loaded: Loaded) -> Iterator[View]:
        nets: dict[tuple[str, int], tuple[Net, Loaded]] = {}
        unread, texts = [], []
        problems = list(solver.problems)
        for reference in solver.nets():
            source, key = reference.source, (reference.field, reference.number)
            if isinstance(source, Message):
                nets[key] = self._made(source, solver.path, upgrade=False), loaded
                continue
            file = self._named(source, solver)
            text = None if file is None else self._read(file)
            if text is None:
                unread.append(source)
            elif text.is_solver:
                args = {"name": reference.field, "path": source}
                problems.append(problem("net-names-a-solver", reference.node, args))
            else:
                texts.append(text)
                if text.message is not None:
                    nets[key] = self._made(text.message, text.path), text
        pairs = [
            (use, nets.get((use.reference.field, use.reference.number))) for use in solver.uses()
        ]
        solver.facts["nets"] = [(use, found and found[0]) for use, found in pairs]
        if self._first(solver.path, "solver"):
            lines = LineIndex(loaded.text)
            run = Run(self.rules, solver.path, lines)
            run.solver(solver)
            problems += pairing_problems(solver)
            told = self._told([*self._worded(problems, solver.path, lines), *run.diagnostics])
            obligations = of_solver.obligations(solver, told, unread)
            yield View(solver.path, "solver", tuple(obligations), in_words(loaded.choice.names))
        for text in texts:
            yield self._text(text)
        for use, found in pairs:
            if found is None:
                continue
            net, text = found
            state = use.net_state(net.state)
            if self.asked.phase in (None, state.phase):
                yield self._net(net, state, text, solver)

    def _net(self, net: Net, state: NetState, loaded: Loaded, solver: Solver | None) -> View:
        if not self._first(net.path, str(state)):
            return View(net.path, str(state), ())
        lines = LineIndex(loaded.text)
        run = Run(self.rules, net.path, lines)
        run.net(net, [state], solver)
        problems = [
            *build_problems(net, [state]),
            *run_problems(net, [state], pinned=self.asked.phase is not None),
        ]
        problems = of_dialect(problems, loaded.choice)
        told = self._told([*self._worded(problems, net.path, lines), *run.diagnostics])
        obligations = of_net.obligations(net, state, told)
        return View(net.path, str(state), tuple(obligations), in_words(loaded.choice.names))

    def _worded(self, problems: Iterable[Problem], path: str, lines: LineIndex) -> list[Diagnostic]:
        return [from_problem(p, self.rules.rules[p.rule], path, lines) for p in problems]

    def _told(self, found: Iterable[Diagnostic]) -> list[Told]:
        """Return the errors among findings that Caffe ends on or that are not finite."""
        return [
            Told(
                d.code,
                d.name,
                d.effect,
                d.message,
                d.range.start.line,
                d.layer,
                d.notes if d.undecided else (),
            )
            for d in found
            if d.severity == "error" and d.effect in _EFFECTS
        ]

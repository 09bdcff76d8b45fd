"""The one pipeline: files in, diagnostics out.

    bytes ─ decode ─ parse ─ bind ─ model ─ graph ─ rules ─ diagnostics

A stage that finds a text to be something else altogether (a binary file, an HTML page) ends it
there; otherwise each stage reports what it finds and the next one works with what is sound.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from protolint import files
from protolint.analysis.graph import graph_problems
from protolint.analysis.shapes import shape_problems
from protolint.engine import catalogue as rules
from protolint.engine.diagnose import from_problem
from protolint.engine.run import Run, merge_phases
from protolint.model import serve
from protolint.model.kind import document_kind
from protolint.model.net import Net
from protolint.model.solver import NetReference, Solver
from protolint.problem import Problem
from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.schema.message import Message
from protolint.syntax import foreign
from protolint.syntax.parser import parse
from protolint.syntax.source import LineIndex, decode

if TYPE_CHECKING:
    from protolint.diagnostic import Diagnostic, Phase, Severity
    from protolint.syntax.tree import Document


class Options(NamedTuple):
    """What a run is asked for. Codes are codes, prefixes of codes, or names of rules."""

    dialect: str = "bvlc"
    phase: Phase | None = None
    follow: bool = True
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


class Outcome(NamedTuple):
    """What a run found.

    ``undecided`` are the rules that could not be decided, as diagnostics whose notes say what
    would decide them; ``faults`` are tracebacks of rules that failed; ``notes`` say which net was
    read for which solver, and what was not read.
    """

    diagnostics: tuple[Diagnostic, ...]
    undecided: tuple[Diagnostic, ...]
    notes: tuple[str, ...]
    faults: tuple[str, ...]
    sources: dict[str, str]
    files: int


Reader = Callable[[str], bytes]
Progress = Callable[[int, int], None]


def check_paths(
    paths: Iterable[str],
    options: Options | None = None,
    read: Reader = files.read,
    progress: Progress | None = None,
) -> Outcome:
    """Check the files that ``paths`` name, folders walked, and the nets that solvers name.

    ``read`` returns a file's bytes or raises ``files.Unreadable``; ``progress`` is told how many
    files are done, and of how many.
    """
    checker = _Checker(options or Options(), read)
    collecting = gc.isenabled()
    gc.disable()  # a tree has no cycles, and scanning it while it grows doubles the time
    try:
        found = list(files.find(paths))
        for done, path in enumerate(found, 1):
            checker.check(path)
            if progress is not None:
                progress(done, len(found))
    finally:
        if collecting:
            gc.enable()
    return checker.outcome()


class _Checker:
    """Carries what a run shares between files: what was read, what was found."""

    def __init__(self, options: Options, read: Reader) -> None:
        self.options = options
        self.read = read
        self.catalogue = rules.load()
        self.binder = Binder(load_bvlc())
        self.done: set[str] = set()
        self.found: list[Diagnostic] = []
        self.notes: list[str] = []
        self.faults: list[str] = []
        self.sources: dict[str, str] = {}

    def outcome(self) -> Outcome:
        wanted = [d for d in self.found if self._wanted(d)]
        return Outcome(
            tuple(d for d in wanted if not d.undecided),
            tuple(d for d in wanted if d.undecided),
            tuple(dict.fromkeys(self.notes)),
            tuple(self.faults),
            self.sources,
            len(self.done),
        )

    def check(self, path: str) -> None:
        """Check one file as what its content shows it to be; once, however often it is named."""
        key = os.path.realpath(path)
        if key in self.done:
            return
        self.done.add(key)
        text = self._text(path)
        if text is None:
            return
        lines = LineIndex(text)
        if odd := foreign.binary(text):
            self._report([odd], path, lines)
            return
        document = parse(text)
        kind = document_kind(document)
        problems = foreign.named(document)
        if problems and problems[0].rule in ("html-page", "merge-conflict"):
            self._report(problems, path, lines)
        elif kind == "solver":
            self._solver(document, list(problems), path, lines)
        elif kind in ("net", "empty"):
            self._net(document, list(problems), path, lines)
        else:
            rule = "label-map" if kind == "label map" else "unrecognised-file"
            self._report([*problems, Problem(rule, 0, 0, {})], path, lines)

    def _solver(
        self, document: Document, problems: list[Problem], path: str, lines: LineIndex
    ) -> None:
        solver = Solver(self.binder.bind(document, "SolverParameter", problems), path)
        problems += solver.problems
        run = Run(self.catalogue, path, lines)
        run.solver(solver)
        files_to_follow = []
        for reference in solver.nets():
            if isinstance(reference.source, Message):
                self._run_net(Net(reference.source, path, upgrade=False), problems, run)
            elif self.options.follow:
                files_to_follow += self._follow(reference, reference.source, path, problems)
        self._report(problems, path, lines, run)
        for net in files_to_follow:
            self.check(net)

    def _follow(
        self, reference: NetReference, named: str, path: str, problems: list[Problem]
    ) -> list[str]:
        """Return the file that a solver's net is, if there is one; note where it was found."""
        node, args = reference.node, {"name": reference.field, "path": named}
        file, place = files.resolve(named, path)
        if file is None:
            problems.append(Problem("net-not-found", node.start, node.end, args))
            self.notes.append(f'{path}: {reference.field} "{named}" was not found, so not checked')
            return []
        if place:
            self.notes.append(f'{path}: {reference.field} "{named}" was found from {place}')
        if self._is_solver(file):
            problems.append(Problem("net-names-a-solver", node.start, node.end, args))
        return [file]

    def _is_solver(self, path: str) -> bool:
        try:
            return document_kind(parse(decode(self.read(path)))) == "solver"
        except files.Unreadable:
            return False

    def _net(
        self, document: Document, problems: list[Problem], path: str, lines: LineIndex
    ) -> None:
        net = Net(self.binder.bind(document, "NetParameter", problems), path)
        run = Run(self.catalogue, path, lines)
        self._run_net(net, problems, run)
        self._report(problems, path, lines, run)

    def _run_net(self, net: Net, problems: list[Problem], run: Run) -> None:
        problems += net.problems
        states = serve.states(net, phase=self.options.phase).states
        problems += graph_problems(net, states)
        problems += shape_problems(net, states)
        run.net(net, states)

    def _text(self, path: str) -> str | None:
        try:
            text = decode(self.read(path))
        except files.Unreadable as reason:
            problem = Problem(reason.rule, 0, 0, reason.values)
            self._report([problem], path, LineIndex(""))
            return None
        self.sources[path] = text
        return text

    def _report(
        self, problems: Sequence[Problem], path: str, lines: LineIndex, run: Run | None = None
    ) -> None:
        known = self.catalogue.rules
        found = [from_problem(p, known[p.rule], path, lines) for p in problems]
        if run is not None:
            found += merge_phases(run.diagnostics)
            self.faults += run.faults
        self.found += sorted(found, key=lambda d: (d.range, d.code))

    def _wanted(self, diagnostic: Diagnostic) -> bool:
        select, ignore = self.options.select, self.options.ignore
        if any(_names(word, diagnostic) for word in ignore):
            return False
        if select:
            return any(_names(word, diagnostic) for word in select)
        return diagnostic.severity != "info"


def _names(word: str, diagnostic: Diagnostic) -> bool:
    return diagnostic.name == word or diagnostic.code.startswith(word)


def exit_code(outcome: Outcome, fail_on: Severity) -> int:
    """Return 2 after an internal fault, 1 after a finding of ``fail_on`` or worse, else 0."""
    if outcome.faults:
        return 2
    failing = ("error",) if fail_on == "error" else ("error", "warning")
    return int(any(d.severity in failing for d in outcome.diagnostics))

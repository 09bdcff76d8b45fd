"""The one pipeline: files in, diagnostics out.

    bytes ─ decode ─ parse ─ bind ─ model ─ graph ─ rules ─ diagnostics

A stage that finds a text to be something else altogether (a binary file, an HTML page) ends it
there; otherwise each stage reports what it finds and the next one works with what is sound.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from protolint import files
from protolint.analysis.pairing import pairing_problems
from protolint.analysis.problems import build_problems, run_problems
from protolint.diagnostic import SEVERITIES
from protolint.engine import catalogue as rules
from protolint.engine.diagnose import from_problem
from protolint.engine.run import Run, merge_phases
from protolint.load import load
from protolint.model import serve
from protolint.model.net import Net
from protolint.model.solver import Solver
from protolint.problem import Problem
from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.schema.deprecated import deprecated_fields
from protolint.schema.message import Message
from protolint.schema.misfit import nearest
from protolint.syntax.source import LineIndex

if TYPE_CHECKING:
    from protolint.diagnostic import Diagnostic, Phase, Severity
    from protolint.engine.rule import Rule
    from protolint.layers import Shape
    from protolint.model.kind import Kind
    from protolint.model.solver import NetReference

DIALECTS = ("bvlc",)
PHASES = ("TRAIN", "TEST")

_MOST_KEPT = 64
"""Nets kept for the solvers that may still name them; one that is not kept is read again."""

MOST_FINDINGS = 1000
"""Of a file with more findings only the gravest are told, and that there are more."""


class Options(NamedTuple):
    """What a run is asked for.

    ``select`` and ``ignore`` hold codes, prefixes of codes, and names of rules; an empty string is
    the prefix of every code. Findings of severity info are told only where they are selected.
    """

    dialect: str = "bvlc"
    phase: Phase | None = None
    follow: bool = True
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    datum: Shape = None
    inputs: tuple[tuple[str, Shape], ...] = ()


class UnknownRuleError(ValueError):
    """A word in ``select`` or ``ignore`` that names no rule."""


class Outcome(NamedTuple):
    """What a run found.

    ``undecided`` are the rules that could not be decided, as diagnostics whose notes say what
    would decide them; ``faults`` are tracebacks of what failed within protolint; ``notes`` say
    which net was read for which solver, and what was not read. ``sources`` holds the text of each
    file of which something is told, ``files`` is the number of files looked at.
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
    files are done, and of how many. Raises ``ValueError`` for an option that means nothing,
    ``UnknownRuleError`` for a code or name that no rule has.
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
        _check_options(options, self.catalogue)
        self.binder = Binder(load_bvlc())
        self.done: set[str] = set()
        self.kinds: dict[str, Kind] = {}
        self.nets: dict[str, Net] = {}
        self.found: list[list[Diagnostic]] = []
        self.notes: list[str] = []
        self.faults: list[str] = []
        self.sources: dict[str, str] = {}

    def outcome(self) -> Outcome:
        found = [diagnostic for of_file in self.found for diagnostic in of_file]
        return Outcome(
            tuple(d for d in found if not d.undecided),
            tuple(d for d in found if d.undecided),
            tuple(dict.fromkeys(self.notes)),
            tuple(self.faults),
            self.sources,
            len(self.done),
        )

    def check(self, path: str, solver: Solver | None = None) -> Kind | None:
        """Check one file as what its content shows it to be; once, however often it is named.

        Returns what it is, ``None`` for what is no prototxt. With the ``solver`` that names it as
        its net, another solver is left alone.
        """
        key = files.identity(path)
        if key not in self.done and not (solver is not None and self.kinds.get(key) == "solver"):
            self.done.add(key)
            found: list[Diagnostic] = []
            self.found.append(found)
            try:
                found += self._check(path, key, solver)
            except Exception:  # noqa: BLE001  (told as a fault; it does not cost the other files)
                from traceback import format_exc  # noqa: PLC0415  (slow to import)

                self.faults.append(f"{path}:\n{format_exc()}")
            if not found:
                self.sources.pop(path, None)
        return self.kinds.get(key)

    def _check(self, path: str, key: str, solver: Solver | None) -> list[Diagnostic]:
        loaded = load(path, self.binder, self.read)
        if loaded.kind is not None:
            self.kinds[key] = loaded.kind
        if loaded.text:
            self.sources[path] = loaded.text
        if loaded.kind == "label map":
            self.notes.append(f"{path}: a label map, in which there is nothing to check")
        run = Run(self.catalogue, path, LineIndex(loaded.text))
        problems = loaded.problems
        if loaded.message is None:
            return self._worded(problems, run)
        if self._wanted(self.catalogue.rules["deprecated-field"]):
            problems += deprecated_fields(loaded.message)
        if not loaded.is_solver:
            net = self._made_net(loaded.message, path)
            self._keep(key, net)
            self._run_net(net, problems, run, solver)
        elif solver is None:
            self._solver(Solver(loaded.message, path), problems, run)
        else:
            self.done.discard(key)
            return []
        return self._worded(problems, run)

    def _solver(self, solver: Solver, problems: list[Problem], run: Run) -> None:
        problems += solver.problems
        nets: dict[tuple[str, int], Net | None] = {}
        for reference in solver.nets():
            net = None
            if isinstance(reference.source, Message):
                net = self._made_net(reference.source, solver.path, upgrade=False)
                self._run_net(net, problems, run, solver)
            elif self.options.follow:
                net = self._follow(reference, reference.source, solver, problems)
            nets[reference.field, reference.number] = net
        solver.facts["nets"] = [
            (use, nets[use.reference.field, use.reference.number]) for use in solver.uses()
        ]
        problems += pairing_problems(solver)
        run.solver(solver)

    def _follow(
        self, reference: NetReference, named: str, solver: Solver, problems: list[Problem]
    ) -> Net | None:
        """Check the file that a solver names as its net, and say where it was found."""
        path, node = solver.path, reference.node
        args = {"name": reference.field, "path": named}
        file, place = files.resolve(named, path)
        if file is None:
            self.notes.append(f'{path}: {reference.field} "{named}" was not found, so not checked')
            problems.append(Problem("net-not-found", node.start, node.end, args))
            return None
        if place:
            self.notes.append(f'{path}: {reference.field} "{named}" was found from {place}')
        if self.check(file, solver) == "solver":
            problems.append(Problem("net-names-a-solver", node.start, node.end, args))
            return None
        key = files.identity(file)
        if key not in self.nets and self.kinds.get(key) in ("net", "empty"):
            message = load(file, self.binder, self.read).message
            if message is not None:
                self._keep(key, self._made_net(message, file))
        return self.nets.get(key)

    def _keep(self, key: str, net: Net) -> None:
        """Keep a net for solvers that name it, and let go of the one that was kept longest."""
        self.nets[key] = net
        if len(self.nets) > _MOST_KEPT:
            del self.nets[next(iter(self.nets))]

    def _made_net(self, message: Message, path: str, *, upgrade: bool = True) -> Net:
        datum, inputs = self.options.datum, dict(self.options.inputs)
        return Net(message, path, upgrade=upgrade, datum=datum, inputs=inputs)

    def _run_net(self, net: Net, problems: list[Problem], run: Run, solver: Solver | None) -> None:
        states = serve.states(net, phase=self.options.phase).states
        problems += build_problems(net, states)
        problems += run_problems(net, states, pinned=self.options.phase is not None)
        run.net(net, states, solver)

    def _worded(self, problems: Iterable[Problem], run: Run) -> list[Diagnostic]:
        """Word what was found about a file and is wanted: of too much, the gravest and first."""
        known, path, lines = self.catalogue.rules, run.path, run.lines
        wanted = [p for p in problems if self._wanted(known[p.rule])]
        wanted.sort(key=lambda p: (SEVERITIES.index(known[p.rule].severity), p.start))
        found = [from_problem(p, known[p.rule], path, lines) for p in wanted[:MOST_FINDINGS]]
        by_rules = [d for d in merge_phases(run.diagnostics) if self._wanted(d)]
        undecided = [d for d in by_rules if d.undecided]
        found += [d for d in by_rules if not d.undecided]
        count = len(wanted) + len(by_rules) - len(undecided)
        self.faults += run.faults
        if count > MOST_FINDINGS:
            found.sort(key=lambda d: (SEVERITIES.index(d.severity), d.range))
            cut = Problem("too-many-findings", 0, 0, {"count": count, "limit": MOST_FINDINGS})
            found[MOST_FINDINGS:] = [from_problem(cut, known[cut.rule], path, lines)]
        return sorted(found + undecided, key=lambda d: (d.range, d.code))

    def _wanted(self, rule: Rule | Diagnostic) -> bool:
        select, ignore = self.options.select, self.options.ignore
        if any(_names(word, rule.name, rule.code) for word in ignore):
            return False
        if select:
            return any(_names(word, rule.name, rule.code) for word in select)
        return rule.severity != "info"


def _names(word: str, name: str, code: str) -> bool:
    return name == word or code.startswith(word)


def _check_options(options: Options, catalogue: rules.Catalogue) -> None:
    """Raise ``ValueError`` for a value that is none, with the one that was probably meant."""
    known = [(rule.name, rule.code) for rule in catalogue.rules.values()]
    for word in (*options.select, *options.ignore):
        if not any(_names(word, name, code) for name, code in known):
            raise UnknownRuleError(unknown_rule(word, [text for pair in known for text in pair]))
    if options.dialect not in DIALECTS:
        raise ValueError(f"no dialect '{options.dialect}', only {', '.join(DIALECTS)}")
    if options.phase not in (None, *PHASES):
        raise ValueError(f"no phase '{options.phase}', only {', '.join(PHASES)}")


def unknown_rule(word: str, known: Iterable[str]) -> str:
    """Say that no rule has this code or name, and which was probably meant."""
    near = nearest(word, known)
    return f"no rule '{word}'" + (f"; did you mean '{near[0]}'?" if near else "")


def exit_code(outcome: Outcome, fail_on: Severity) -> int:
    """Return 2 after an internal fault, 1 after a finding of ``fail_on`` or worse, else 0."""
    if outcome.faults:
        return 2
    failing = ("error",) if fail_on == "error" else ("error", "warning")
    return int(any(d.severity in failing for d in outcome.diagnostics))

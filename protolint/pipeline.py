"""The one pipeline: files in, diagnostics out.

    bytes ─ decode ─ parse ─ bind ─ model ─ graph ─ rules ─ suppressions ─ diagnostics

A stage that finds a text to be something else altogether (a binary file, an HTML page) ends it
there; otherwise each stage reports what it finds and the next one works with what is sound.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping

from protolint import files
from protolint.analysis.problems import build_problems, run_problems
from protolint.config.finder import Configurations
from protolint.config.options import PHASES, Options, closeness
from protolint.diagnostic import SEVERITIES
from protolint.dialect import Dialects, asked, in_words, named_nets, told
from protolint.engine import catalogue as rules
from protolint.engine.diagnose import from_problem
from protolint.engine.run import Run, merge_phases
from protolint.model import serve
from protolint.model.net import Net
from protolint.model.solver import Solver
from protolint.model.today import with_types
from protolint.problem import Problem
from protolint.schema.deprecated import deprecated_fields
from protolint.schema.message import Message
from protolint.schema.misfit import nearest
from protolint.syntax.source import LineIndex
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from protolint.diagnostic import Diagnostic, Severity
    from protolint.edited import Edited, Session
    from protolint.load import Choice, Loaded
    from protolint.model.kind import Kind
    from protolint.model.solver import NetReference
    from protolint.schema.needs import Need

__all__ = [
    "MOST_FINDINGS",
    "PHASES",
    "Configurations",
    "Options",
    "Outcome",
    "UnknownRuleError",
    "check_paths",
    "exit_code",
    "unknown_rule",
]

_MOST_KEPT = 64
"""Nets kept for the solvers that may still name them; one that is not kept is read again."""

MOST_FINDINGS = 1000
"""Of a file with more findings only the gravest are told, and that there are more."""


class UnknownRuleError(ValueError):
    """A word in ``select`` or ``ignore`` that names no rule."""


class Outcome(NamedTuple):
    """What a run found.

    ``undecided`` are the rules that could not be decided, as diagnostics whose notes say what
    would decide them; ``faults`` are tracebacks of what failed within protolint; ``notes`` say
    which net was read for which solver, and what was not read. ``sources`` holds the text of each
    file of which something is told, ``files`` is the number of files looked at, and ``checked`` has
    their identities, ``given`` those that the paths name. ``fail_on`` has the paths for which
    another severity than error fails; ``misconfigured`` is whether a configuration, or an own rule,
    is at fault, and ``dialect`` names the dialects that files were read by, for each path that was
    read by dialects in ``read_by``.
    """

    diagnostics: tuple[Diagnostic, ...]
    undecided: tuple[Diagnostic, ...]
    notes: tuple[str, ...]
    faults: tuple[str, ...]
    sources: dict[str, str]
    files: int
    checked: frozenset[str]
    given: frozenset[str]
    fail_on: Mapping[str, Severity]
    misconfigured: bool
    dialect: str = "bvlc"
    read_by: Mapping[str, frozenset[str]] = {}


Reader = Callable[[str], bytes]
Progress = Callable[[int, int], None]
CheckAll = Callable[["Checker", list[tuple[str, bool]], Progress | None], None]
"""Checks paths, each with whether the user has named it; ``protolint.parallel`` has another."""


def check_paths(
    paths: Iterable[str],
    options: Options | Configurations | None = None,
    read: Reader = files.read,
    progress: Progress | None = None,
    session: Session | None = None,
    check_all: CheckAll | None = None,
) -> Outcome:
    """Check the files that ``paths`` name, folders walked, and the nets that solvers name.

    With ``Configurations`` each file is checked by the one that holds for it, with ``Options`` all
    by these.

    ``read`` returns a file's bytes or raises ``files.Unreadable``; ``progress`` is told how many
    files are done, and of how many. With a ``session`` less is done for files that were checked in
    it before and have changed little, and what is undecided in a net is not told. Raises
    ``ValueError`` for an option that means nothing, ``UnknownRuleError`` for a code or name that no
    rule has.
    """
    if not isinstance(options, Configurations):
        options = Configurations(options, isolated=True)
    named = dict.fromkeys(paths)
    checker = Checker(options, read, session)
    collecting = gc.isenabled()
    gc.disable()  # a tree has no cycles, and scanning it while it grows doubles the time
    try:
        found = list(files.find(named))
        checker.given = frozenset(map(files.identity, found))
        if options.options.solvers:
            from protolint.beside import solvers  # noqa: PLC0415  (only where it is asked for)

            found = [*solvers(found, checker.read), *found]
        _check_options(options, found)
        (check_all or one_by_one)(checker, [(path, path in named) for path in found], progress)
    finally:
        if collecting:
            gc.enable()
    return checker.outcome()


def one_by_one(checker: Checker, paths: list[tuple[str, bool]], progress: Progress | None) -> None:
    """Check paths in this process."""
    for done, (path, named) in enumerate(paths, 1):
        checker.check(path, named=named)
        if progress is not None:
            progress(done, len(paths))


class Checker:
    """Carries what a run shares between files: what was read, what was found."""

    def __init__(
        self, configurations: Configurations, read: Reader, session: Session | None = None
    ) -> None:
        self.configurations = configurations
        self.read = configurations.bounded(read)
        self.reader = Dialects(self.read, session)
        self.dialects: dict[frozenset[str], dict[str, tuple[str, Choice]]] = {}
        self.given: frozenset[str] = frozenset()
        self.schemas: dict[str, None] = {}
        self.done: set[str] = set()
        self.kinds: dict[str, Kind] = {}
        self.nets: dict[str, Net] = {}
        self.found: list[list[Diagnostic]] = []
        self.notes: list[str] = []
        self.faults: list[str] = []
        self.sources: dict[str, str] = {}
        self.fail_on: dict[str, Severity] = {}

    def outcome(self) -> Outcome:
        found: list[Diagnostic] = []
        for configuration in self.configurations.all():
            found += configuration.diagnostics
            self.sources |= configuration.sources
        for schema in self.reader.broken:
            rule = rules.load().rules[schema.problem.rule]
            index = LineIndex(schema.text)
            found.append(from_problem(schema.problem, rule, schema.path, index))
            self.sources[schema.path] = schema.text
        misconfigured = bool(found)
        found += [diagnostic for of_file in self.found for diagnostic in of_file]
        return Outcome(
            tuple(d for d in found if not d.undecided),
            tuple(d for d in found if d.undecided),
            tuple(dict.fromkeys([*self._dialect_notes(), *self.notes])),
            tuple(self.faults),
            self.sources,
            len(self.done),
            frozenset(self.done),
            self.given,
            self.fail_on,
            misconfigured,
            self._dialect(),
            {path: names for names, of_files in self.dialects.items() for path in of_files},
        )

    def _dialect(self) -> str:
        """Return what files were read by: names of dialects, and paths of schemas."""
        by_dialects = [in_words(frozenset().union(*self.dialects))]
        return ", ".join(
            [*(by_dialects if self.dialects or not self.schemas else ()), *self.schemas]
        )

    def _dialect_notes(self) -> Iterator[str]:
        """Say which dialects were inferred, each once, and from what."""
        for names, files_ in self.dialects.items():
            path, choice = next(iter(files_.values()))
            if choice.because:
                of_one = path if len(files_) == 1 else f"{path} and {len(files_) - 1} more"
                yield f"{of_one}: dialect: {in_words(names)} (from {_reasons(choice.because)})"

    def check(self, path: str, solver: Solver | None = None, *, named: bool = False) -> Kind | None:
        """Check one file as what its content shows it to be; once, however often it is named.

        Returns what it is, ``None`` for what is no prototxt. With the ``solver`` that names it as
        its net, another solver is left alone. A file that its configuration excludes is not
        checked, and said not to be where the user has ``named`` it.
        """
        key = files.identity(path)
        if key in self.done or (solver is not None and self.kinds.get(key) == "solver"):
            return self.kinds.get(key)
        if self.configurations.leaves_out(path):
            self._leave(path, key, solver, named=named)
            return self.kinds.get(key)
        options = self.configurations.options_for(path)
        self.done.add(key)
        found: list[Diagnostic] = []
        self.found.append(found)
        try:
            found += self._check(path, key, options, solver)
        except Exception:  # noqa: BLE001  (told as a fault; it does not cost the other files)
            from traceback import format_exc  # noqa: PLC0415  (slow to import)

            self.faults.append(f"{path}:\n{format_exc()}")
        if not found:
            self.sources.pop(path, None)
        elif options.fail_on != "error":
            self.fail_on[path] = options.fail_on
        return self.kinds.get(key)

    def _leave(self, path: str, key: str, solver: Solver | None, *, named: bool) -> None:
        """Leave a file unchecked; as the net of a solver it is read all the same."""
        if solver is not None:
            kind = self.reader.kind(path)
            if kind is not None:
                self.kinds[key] = kind
        configuration = self.configurations.of(path)
        if named and configuration is not None and not configuration.faulty:
            self.notes.append(f"{path}: not checked, as {configuration.path} excludes it")

    def _check(
        self, path: str, key: str, options: Options, solver: Solver | None
    ) -> list[Diagnostic]:
        if options.schema is not None and self.reader.own(options.schema) is None:
            self.done.discard(key)
            return []
        loaded = self._read(path, options, solver)
        if loaded.kind is not None:
            self.kinds[key] = loaded.kind
        if loaded.text:
            self.sources[path] = loaded.text
        if loaded.kind == "label map":
            self.notes.append(f"{path}: a label map, in which there is nothing to check")
        suppresses = "protolint:" in loaded.text
        catalogue = options.catalogue or rules.load()
        if not suppresses:  # which comments are of use is told by all rules
            catalogue = catalogue.narrowed(options.wants, options.words)
        run = Run(catalogue, path, loaded.lines, undecided=loaded.edited is None)
        problems = loaded.problems
        if loaded.message is None:
            if suppresses:
                problems = _unsuppressed(loaded, problems, run, judge=False)
            return self._worded(problems, run, options)
        if options.wants(catalogue.rules["deprecated-field"]) or suppresses:
            problems += with_types(deprecated_fields(loaded.message))
        if not loaded.is_solver:
            net = _made_net(loaded.message, path, options, edited=loaded.edited)
            self._keep(key, net)
            problems += _run_net(net, run, options, loaded.choice, solver)
            for other in options.pair:
                problems += self._pair(net, other, options)
            whole = True
        elif solver is None:
            whole = self._solver(
                Solver(loaded.message, path), problems, run, options, loaded.choice
            )
        else:
            self.done.discard(key)
            return []
        if suppresses:
            judge = whole and options.phase is None and not run.faults
            problems = _unsuppressed(loaded, problems, run, judge=judge)
        return self._worded(problems, run, options)

    def _read(self, path: str, options: Options, solver: Solver | None = None) -> Loaded:
        """Read a file in its dialects, and remember why these are inferred.

        With the ``solver`` that names it as its net, its own nets are of no interest.
        """
        if options.schema is not None:
            self.schemas[options.schema] = None
        partners = self._partners if solver is None else _no_nets
        loaded = self.reader.load(path, options.dialect, partners, schema=options.schema)
        if loaded.message is not None and options.schema is None:
            of_names = self.dialects.setdefault(loaded.choice.names, {})
            of_names.setdefault(files.identity(path), (path, loaded.choice))
        return loaded

    def _partners(self, loaded: Loaded) -> list[str]:
        """Return the nets whose dialects are inferred together with their solver's."""
        if not self.configurations.options_for(loaded.path).follow:
            return []
        return [
            path
            for path in named_nets(loaded, self.configurations.root_of(loaded.path))
            if not self.configurations.leaves_out(path)
            and self.configurations.options_for(path).dialect == "auto"
            and self.configurations.options_for(path).schema is None
        ]

    def _solver(
        self,
        solver: Solver,
        problems: list[Problem],
        run: Run,
        options: Options,
        choice: Choice,
    ) -> bool:
        """Check a solver and the nets it names; return whether each of these could be looked at."""
        problems += solver.problems
        nets: dict[tuple[str, int], Net | None] = {}
        for reference in solver.nets():
            net = None
            if isinstance(reference.source, Message):
                net = _made_net(reference.source, solver.path, options, upgrade=False)
                problems += _run_net(net, run, options, choice, solver)
            elif options.follow:
                net = self._follow(reference, reference.source, solver, problems)
            nets[reference.field, reference.number] = net
        solver.facts["nets"] = [
            (use, nets[use.reference.field, use.reference.number]) for use in solver.uses()
        ]
        from protolint.analysis.pairing import pairing_problems  # noqa: PLC0415  (solvers only)

        problems += pairing_problems(solver)
        run.solver(solver)
        return None not in nets.values()

    def _follow(
        self,
        reference: NetReference,
        named: str,
        solver: Solver,
        problems: list[Problem],
    ) -> Net | None:
        """Check the file that a solver names as its net, and say where it was found."""
        path, node = solver.path, reference.node
        args = {"name": reference.field, "path": named}
        root = self.configurations.root_of(path)
        file, place = files.resolve(named, path, root)
        if file is None and files.leaves(named, path, root):
            outside = {"path": named, "root": root}
            problems.append(Problem("outside-root", node.start, node.end, outside))
            return None
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
            of_net = self.configurations.options_for(file)
            message = self._read(file, of_net).message
            if message is not None:
                self._keep(key, _made_net(message, file, of_net))
        return self.nets.get(key)

    def _pair(self, net: Net, path: str, options: Options) -> list[Problem]:
        """Return where a net's weights do not fit those of the net at a path."""
        if files.identity(path) == files.identity(net.path):
            return []
        loaded = self._read(path, options)
        if loaded.message is None or loaded.is_solver:
            self.notes.append(f"{net.path}: not held against {path}, which is no net")
            return []
        from protolint.analysis.pairing import net_problems  # noqa: PLC0415  (only with --pair)

        return list(net_problems(net, _made_net(loaded.message, path, options)))

    def _keep(self, key: str, net: Net) -> None:
        """Keep a net for solvers that name it, and let go of the one that was kept longest."""
        self.nets[key] = net
        if len(self.nets) > _MOST_KEPT:
            del self.nets[next(iter(self.nets))]

    def _worded(self, problems: Iterable[Problem], run: Run, options: Options) -> list[Diagnostic]:
        """Word what was found about a file and is wanted: of too much, the gravest and first."""
        known, path, lines = run.catalogue.rules, run.path, run.lines
        wanted = [p for p in problems if options.wants(known[p.rule])]
        wanted.sort(key=lambda p: (SEVERITIES.index(known[p.rule].severity), p.start))
        found = [from_problem(p, known[p.rule], path, lines) for p in wanted[:MOST_FINDINGS]]
        by_rules = [d for d in merge_phases(run.diagnostics) if options.wants(d)]
        undecided = [d for d in by_rules if d.undecided]
        found += [d for d in by_rules if not d.undecided]
        count = len(wanted) + len(by_rules) - len(undecided)
        found = [d if d.fix is None or options.may_fix(d) else d._replace(fix=None) for d in found]
        self.faults += run.faults
        if count > MOST_FINDINGS:
            found.sort(key=lambda d: (SEVERITIES.index(d.severity), d.range))
            cut = Problem("too-many-findings", 0, 0, {"count": count, "limit": MOST_FINDINGS})
            found[MOST_FINDINGS:] = [from_problem(cut, known[cut.rule], path, lines)]
        return sorted(found + undecided, key=lambda d: (d.range, d.code))


def _no_nets(_: Loaded) -> list[str]:
    return []


def _reasons(needs: tuple[Need, ...]) -> str:
    """Return what tells a dialect: layer types, where there are some, whose fields go without."""
    types = [need.shown for need in needs if need.kind == "type"]
    shown = list(dict.fromkeys(types or [need.shown for need in needs]))
    return ", ".join(shown[:3]) + (", …" if len(shown) > 3 else "")


def _unsuppressed(
    loaded: Loaded, problems: list[Problem], run: Run, *, judge: bool
) -> list[Problem]:
    """Return the problems that no comment suppresses, and leave such findings to the run."""
    if loaded.document is None:
        return problems
    from protolint import suppress  # noqa: PLC0415  (few files have such comments)

    known = run.catalogue.rules
    left, run.diagnostics = suppress.apply(
        loaded.document, known, problems, run.diagnostics, judge=judge
    )
    return left


def _made_net(
    message: Message,
    path: str,
    options: Options,
    *,
    upgrade: bool = True,
    edited: Edited | None = None,
) -> Net:
    about = message.schema.dialects, options.datum, options.input_ranges, options.layers
    return Net(
        message,
        path,
        upgrade=upgrade,
        datum=options.datum,
        inputs=dict(options.inputs),
        ranges=dict(options.input_ranges),
        declared=dict(options.layers),
        memory=None if edited is None else edited.memory(*about),
    )


def _run_net(
    net: Net, run: Run, options: Options, choice: Choice, solver: Solver | None
) -> list[Problem]:
    """Evaluate the rules about a net, and return its problems."""
    states = serve.states(
        net, phase=options.phase, level=options.level, stages=options.stages
    ).states
    problems = build_problems(net, states)
    problems += run_problems(net, states, pinned=options.phase is not None)
    run.net(net, states, solver)
    return told(problems, choice)


def _check_options(configurations: Configurations, paths: list[str]) -> None:
    """Raise ``ValueError`` for a value that is none, with the one that was probably meant.

    A word that names no rule of protolint may name an own rule of one of the files.
    """
    options = configurations.options
    known = rules.load().rules
    for word in (*options.select, *options.extend_select, *options.ignore):
        if any(closeness((word,), rule) >= 0 for rule in known.values()):
            continue
        of_files = [found for path in paths if (found := configurations.of(path)) is not None]
        if any(found.diagnostics for found in of_files):
            continue  # what is wrong there is told, and may be that rule
        own = {k: v for found in of_files for k, v in found.catalogue.rules.items()}
        if not any(closeness((word,), rule) >= 0 for rule in own.values()):
            all_ = [text for rule in (known | own).values() for text in (rule.name, rule.code)]
            raise UnknownRuleError(unknown_rule(word, all_))
    asked(options.dialect)
    if options.phase not in (None, *PHASES):
        raise ValueError(f"no phase '{options.phase}', only {', '.join(PHASES)}")


def unknown_rule(word: str, known: Iterable[str]) -> str:
    """Say that no rule has this code or name, and which was probably meant."""
    near = nearest(word, known)
    return f"no rule '{word}'" + (f"; did you mean '{near[0]}'?" if near else "")


def exit_code(outcome: Outcome, fail_on: Severity | None = None) -> int:
    """Return 2 where a configuration or protolint is at fault, else 1 after a finding that fails.

    A finding fails that is as grave as ``fail_on`` or worse, by default as its file's setting.
    """
    if outcome.faults or outcome.misconfigured:
        return 2

    def fails(found: Diagnostic) -> bool:
        least = fail_on or outcome.fail_on.get(found.path, "error")
        return SEVERITIES.index(found.severity) <= SEVERITIES.index(least)

    return int(any(map(fails, outcome.diagnostics)))

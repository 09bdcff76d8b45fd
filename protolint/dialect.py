"""In which dialects files are read: those asked for, or those that they are written in.

A file is read by BVLC's schema first, and only what that refuses is looked at further; for most
files nothing here is more than a few lines that do nothing.
"""

from __future__ import annotations

from protolint import files
from protolint.layers import LAYER_TYPES
from protolint.load import BVLC, Choice, Loaded, bind, load
from protolint.model.solver import Solver
from protolint.problem import Problem
from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from protolint.edited import Session
    from protolint.model.kind import Kind
    from protolint.own_schema import Broken, OwnBinder
    from protolint.schema.message import Message
    from protolint.schema.needs import Need

_MISFITS = frozenset(
    (
        "duplicate-field",
        "list-for-single-value",
        "message-for-scalar",
        "missing-required-field",
        "out-of-range",
        "quoted-enum",
        "scalar-for-message",
        "unknown-enum-value",
        "unknown-field",
        "unquoted-string",
        "wrong-type",
    )
)
"""Rules about what a schema refuses."""

_POLICIES = frozenset(("fixed", "step", "exp", "inv", "multistep", "poly", "sigmoid"))


def asked(text: str) -> frozenset[str] | None:
    """Return the dialects that a setting names, ``None`` for ``auto``, as ``dialects.named``."""
    if text in ("auto", "bvlc"):
        return None if text == "auto" else BVLC
    from protolint.schema.dialects import named  # noqa: PLC0415  (few ask for one)

    return named(text)


def in_words(names: frozenset[str]) -> str:
    """Return the names of dialects, the best known first; ``bvlc`` for none."""
    if names <= BVLC:
        return "bvlc"
    from protolint.schema.dialects import in_order  # noqa: PLC0415  (most texts are BVLC's)

    return ", ".join(dialect.name for dialect in in_order(names))


def named_nets(loaded: Loaded, root: str | None = None) -> list[str]:
    """Return the paths of the nets that a solver names, as far as they are found in a root."""
    if loaded.message is None or not loaded.is_solver:
        return []
    sources = [net.source for net in Solver(loaded.message, loaded.path).nets()]
    found = [files.resolve(each, loaded.path, root)[0] for each in sources if isinstance(each, str)]
    return [path for path in found if path is not None]


def written_in(loaded: Loaded) -> frozenset[str]:
    """Return the dialects that a file bound by BVLC's schema is written in, looked at alone."""
    if loaded.document is None or not _is_refused(loaded):
        return BVLC
    from protolint.schema.infer import infer  # noqa: PLC0415  (most texts are BVLC's)
    from protolint.schema.needs import needs  # noqa: PLC0415  (as above)

    return infer(needs(loaded.document, loaded.type_name)).names


class Dialects:
    """Reads files in their dialects; each file once, if need be before its turn.

    ``broken`` are the schemas of the user's that cannot be read by. With a ``session`` what an
    earlier reading of a file has left is made use of.
    """

    def __init__(
        self, read: Callable[[str], bytes] = files.read, session: Session | None = None
    ) -> None:
        self._read = read
        self._session = session
        self._binders = {BVLC: Binder(load_bvlc())}
        self._ahead: dict[str, Loaded] = {}
        self._choices: dict[str, Choice] = {}
        self._needs: dict[str, list[Need]] = {}
        self._mixed: dict[str, Problem] = {}
        self._own: dict[str, OwnBinder | None] = {}
        self.broken: list[Broken] = []

    def kind(self, path: str) -> Kind | None:
        """Return what the file at a path is, ``None`` for what is no prototxt."""
        return self._by_bvlc(path).kind

    def own(self, path: str) -> OwnBinder | None:
        """Return what binds by the user's schema at a path, ``None`` for one that is ``broken``."""
        if path not in self._own:
            from protolint import own_schema  # noqa: PLC0415  (few have a schema of their own)

            found = own_schema.read(path)
            if isinstance(found, own_schema.Broken):
                self.broken.append(found)
                self._own[path] = None
            else:
                self._own[path] = own_schema.OwnBinder(path, found)
        return self._own[path]

    def load(
        self,
        path: str,
        dialect: str,
        nets: Callable[[Loaded], Iterable[str]] = named_nets,
        *,
        schema: str | None = None,
    ) -> Loaded:
        """Return a file, bound by the schema of its dialects, or by the user's at a path.

        By a user's schema that is ``broken`` a file has no message and no problems.
        ``nets`` returns the paths of those nets whose dialects are inferred together with those of
        the solver that names them. Raises ``ValueError`` for a dialect that is none.
        """
        if schema is not None:
            binder = self.own(schema)
            nothing = Loaded(path, "", None, None, [])
            if binder is None:
                return nothing
            return load(path, binder, self._read)._replace(choice=Choice(strict=True))
        key = files.identity(path)
        ahead = self._ahead.pop(key, None)
        loaded = ahead._replace(path=path) if ahead is not None else self._by_bvlc(path)
        if loaded.message is None:
            return loaded
        names = asked(dialect)
        choice = self._inferred(loaded, key, nets) if names is None else Choice(names, strict=True)
        loaded = self._bound(loaded, choice)
        if names is None and key in self._mixed:
            loaded.problems.append(self._mixed[key])
        return loaded

    def _by_bvlc(self, path: str) -> Loaded:
        edited = None if self._session is None else self._session.file(files.identity(path))
        return load(path, self._binders[BVLC], self._read, edited)

    def _inferred(
        self, loaded: Loaded, key: str, nets: Callable[[Loaded], Iterable[str]]
    ) -> Choice:
        """Infer the dialects of a file; of a solver and its nets, those of them all."""
        if key in self._choices:
            return self._choices[key]
        group, needs = {key: loaded}, []
        for path in nets(loaded):
            of_net = files.identity(path)
            if of_net in self._choices:  # the net was read already, and keeps its dialects
                needs += self._needs.get(of_net, [])
            elif of_net not in group:
                net = self._ahead[of_net] = self._by_bvlc(path)
                if net.message is not None and not net.is_solver:
                    group[of_net] = net
        choice = Choice()
        if needs or any(map(_is_refused, group.values())):
            choice = self._infer(group, needs)
        self._choices |= dict.fromkeys(group, choice)
        return choice

    def _infer(self, group: dict[str, Loaded], needs: list[Need]) -> Choice:
        from protolint.schema.dialects import in_order, listed  # noqa: PLC0415  (as below)
        from protolint.schema.infer import infer  # noqa: PLC0415  (most texts are BVLC's)
        from protolint.schema.needs import needs as needs_of  # noqa: PLC0415  (as above)

        for key, loaded in group.items():
            if loaded.document is not None:
                self._needs[key] = needs_of(loaded.document, loaded.type_name)
                needs = needs + self._needs[key]
        found = infer(needs)
        if found.mixed is not None:
            best, lacked = found.mixed
            args = {
                "what": lacked.shown,
                "dialect": best,
                "who": listed(lacked.dialects),
                "both": ",".join(dialect.name for dialect in in_order(found.names)),
            }
            problem = Problem("mixed-dialects", lacked.start, lacked.end, args)
            self._mixed |= {key: problem for key in group if lacked in self._needs[key]}
        return Choice(found.names, because=found.reasons)

    def _bound(self, loaded: Loaded, choice: Choice) -> Loaded:
        """Bind a file again, if need be, and say of misfits which dialects have them."""
        if choice.names != BVLC:
            loaded = bind(loaded, self.binder(choice.names))
        problems = loaded.problems
        if any(problem.rule in _MISFITS for problem in problems):
            from protolint.schema.hints import hinted  # noqa: PLC0415  (only on errors)

            problems = [hinted(problem, strict=choice.strict) for problem in problems]
        if choice.strict and choice.names != BVLC and loaded.message is not None:
            from protolint.schema.hints import lacking  # noqa: PLC0415  (few ask for a dialect)

            problems += lacking(loaded.message, choice.names, loaded.lines.text)
        return loaded._replace(problems=problems, choice=choice)

    def binder(self, names: frozenset[str]) -> Binder:
        """Return what binds by the schema of some dialects."""
        if names not in self._binders:
            from protolint.schema.dialects import dialect_schema  # noqa: PLC0415  (as above)

            self._binders[names] = Binder(dialect_schema(names))
        return self._binders[names]


_NOT_IN = {"nvidia": ("blob-too-large",)}
"""Rules of BVLC's Caffe that need not hold in a fork: NVIDIA's divides a batch among its GPUs."""


def told(problems: list[Problem], choice: Choice) -> list[Problem]:
    """Return the problems of a net that hold in its dialects, and what these say of layer types.

    A type that no dialect has may be of a private one: unless the dialect was asked for, it is
    wrong only where there is another that may be meant. It is told once.
    """
    if not any(problem.rule in _BY_DIALECT for problem in problems):
        return problems
    spared = {rule for name in choice.names for rule in _NOT_IN.get(name, ())}
    left: dict[Any, Problem] = {}
    for problem in problems:
        if problem.rule in spared:
            continue
        found = _told_type(problem, choice) if problem.rule == "unknown-layer-type" else problem
        once = found.rule == "undeclared-layer-type"
        left.setdefault(found.args["type"] if once else len(left), found)
    return list(left.values())


_BY_DIALECT = frozenset(("unknown-layer-type", *(r for rules in _NOT_IN.values() for r in rules)))


def _told_type(problem: Problem, choice: Choice) -> Problem:
    from protolint.schema.hints import meant_type, type_owners  # noqa: PLC0415  (only on errors)

    name = str(problem.args["type"])
    if choice.strict or not name:
        owners = type_owners(name)
        edits = () if owners else problem.edits  # a fork's type is not misspelt
        return problem._replace(label=problem.label or owners, edits=edits)
    label, is_slip = meant_type(name, str(problem.args["declared"]))
    rule = problem.rule if is_slip else "undeclared-layer-type"
    return problem._replace(rule=rule, label=label)


def _is_refused(loaded: Loaded) -> bool:
    """Return whether BVLC's Caffe refuses a text, its layer types and policy included."""
    message = loaded.message
    if message is None:
        return False
    return any(problem.rule in _MISFITS for problem in loaded.problems) or _is_foreign(message)


def _is_foreign(message: Message) -> bool:
    values = message.values
    if message.type.name == "SolverParameter":
        nets = (value for name in _INLINE for value in _as_list(values.get(name, [])))
        return values.get("lr_policy", "fixed") not in _POLICIES or any(map(_is_foreign, nets))
    return not _TYPES.issuperset([layer.values.get("type") for layer in values.get("layer", ())])


_INLINE = ("net_param", "train_net_param", "test_net_param")
_TYPES = frozenset((*LAYER_TYPES, None))


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

"""A configuration file: read, checked, and with the rules that hold by it."""

from __future__ import annotations

import os
from math import inf

from protolint import files, seen
from protolint.config.globs import is_glob
from protolint.config.misfit import Misfit, misfits, unknown_words
from protolint.config.options import closeness
from protolint.engine import catalogue as rules
from protolint.engine.diagnose import from_problem
from protolint.problem import Problem
from protolint.syntax.source import LineIndex, decode
from protolint.syntax.toml import TomlError, loads, places
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from protolint.diagnostic import Diagnostic
    from protolint.engine.catalogue import BrokenRule, Catalogue
    from protolint.layers import LayerType
    from protolint.syntax.toml import Keys, Place

_TABLE = ("tool", "protolint")
"""Where the settings stand in pyproject.toml."""


class Configuration(NamedTuple):
    """A configuration file.

    ``folder`` is absolute, and what globs and rule paths are relative to. ``settings`` holds what
    is set, as TOML has it, and ``lines`` says in which line: of a setting by its name, of an entry
    of a table or a list by the keys that lead to it. ``catalogue`` has the rules by it, own ones
    and other severities included, and ``off`` the names of those that it sets off. ``layers`` are
    the layer types that it declares.

    ``diagnostics`` say what is wrong, in the texts that ``sources`` holds. A ``faulty`` file sets
    nothing; a broken own rule costs only itself.
    """

    path: str
    folder: str
    settings: Mapping[str, Any]
    lines: Mapping[Keys, int]
    catalogue: Catalogue
    off: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    sources: Mapping[str, str] = {}
    faulty: bool = False
    layers: Mapping[str, LayerType] = {}


def read(path: str, root: str | None = None) -> Configuration | None:
    """Return what a configuration file says; ``None`` for a pyproject.toml without settings.

    One within a ``root`` may name files there only.
    """
    path = _shown(path)
    try:
        data = files.read(path)
    except files.Unreadable as reason:
        return _faulty(path, "", [Problem(reason.rule, 0, 0, reason.values)])
    text = decode(data)
    try:
        table: Any = loads(text)
    except TomlError as error:
        return _faulty(path, text, [_problem(error.message, error.start, error.end)])
    within: Keys = ()
    if os.path.basename(path) == "pyproject.toml":
        within = _TABLE
        for key in _TABLE:
            table = table.get(key) if isinstance(table, dict) else None
        if table is None:
            return None
    if root is not None and not files.within(path, root):
        root = None
    return _checked(path, text, table, within, root)


def _checked(path: str, text: str, table: Any, within: Keys, root: str | None) -> Configuration:
    where = places(text)
    if not isinstance(table, dict):
        wrong = [Misfit((), "[tool.protolint] is a table")]
        return _faulty(path, text, [_located(misfit, where, within) for misfit in wrong])
    folder = os.path.dirname(os.path.abspath(path))
    layers: Mapping[str, LayerType] = {}
    wrong = list(misfits(table)) or [
        *_bad_globs(table),
        *_bad_paths(table, folder, root),
        *_bad_dialects(table),
        *_bad_ranges(table),
    ]
    if not wrong and "layers" in table:
        from protolint.config.layer_types import declared  # noqa: PLC0415  (brings in layers)

        schemas = [*table.get("schemas", {}).values(), *filter(None, [table.get("schema")])]
        paths = [os.path.join(folder, schema) for schema in schemas]
        layers, wrong = declared(table["layers"], paths)
    if wrong:
        return _faulty(path, text, [_located(misfit, where, within, text) for misfit in wrong])
    known, broken = rules.with_own(rule_files(table.get("rule-paths", ()), folder))
    if not broken:  # else a word may name what is broken
        pairs = [(rule.name, rule.code) for rule in known.rules.values()]
        wrong = list(unknown_words(table, pairs))
        if wrong:
            return _faulty(path, text, [_located(misfit, where, within) for misfit in wrong])
    lines = LineIndex(text)
    catalogue, off = _by_severity(known, table.get("severity", {}))
    return Configuration(
        path=path,
        folder=folder,
        settings=table,
        lines={
            keys[len(within) :]: lines.position(place.key[0]).line
            for keys, place in where.items()
            if keys[: len(within)] == within
        },
        catalogue=catalogue,
        off=off,
        layers=layers,
        diagnostics=tuple(map(broken_rule, broken)),
        sources={rule.path: rule.text for rule in broken if rule.text},
    )


def _bad_globs(table: Mapping[str, Any]) -> Iterator[Misfit]:
    for number, glob in enumerate(table.get("exclude", ())):
        if not is_glob(glob):
            yield Misfit(("exclude", number), f'"{glob}" is no glob')
    for key in ("per-file-ignores", "dialects", "schemas"):
        for glob in table.get(key, ()):
            if not is_glob(glob):
                yield Misfit((key, glob), f'"{glob}" is no glob', of_key=True)


def _bad_paths(table: Mapping[str, Any], folder: str, root: str | None) -> Iterator[Misfit]:
    for number, path in enumerate(table.get("rule-paths", ())):
        if not _exists(path, folder, root):
            yield Misfit(("rule-paths", number), f'no file or folder "{path}"')
    schemas: list[tuple[Keys, str]] = [
        (("schemas", glob), path) for glob, path in table.get("schemas", {}).items()
    ]
    if "schema" in table:
        schemas.append((("schema",), table["schema"]))
    for keys, path in schemas:
        if not _exists(path, folder, root):
            yield Misfit(keys, f'no file "{path}"')


def _exists(path: str, folder: str, root: str | None) -> bool:
    """Return whether a file or folder is there, and within the root if there is one."""
    full = os.path.join(folder, path)
    return "\0" not in path and (root is None or files.within(full, root)) and seen.exists(full)


def _bad_dialects(table: Mapping[str, Any]) -> Iterator[Misfit]:
    settings: dict[Keys, str] = {("dialect",): table.get("dialect", "auto")}
    settings |= {("dialects", glob): word for glob, word in table.get("dialects", {}).items()}
    for keys, dialect in settings.items():
        if dialect not in ("auto", "bvlc"):
            from protolint.schema.dialects import named  # noqa: PLC0415  (few settings name one)

            try:
                named(dialect)
            except ValueError as error:
                yield Misfit(keys, str(error))


def _bad_ranges(table: Mapping[str, Any]) -> Iterator[Misfit]:
    for blob, (least, greatest) in table.get("input-ranges", {}).items():
        if not -inf < least <= greatest < inf:
            message = f"`{blob}` in `input-ranges` takes two finite numbers, the lower one first"
            yield Misfit(("input-ranges", blob), message)


def rule_files(paths: Iterable[str], folder: str) -> list[str]:
    """Return the rule files that paths from a folder name, folders walked."""
    found: list[str] = []
    for path in paths:
        full = os.path.normpath(os.path.join(folder, path))
        if seen.is_dir(full):
            within = rules.rule_files(full)
            seen.note_paths("rules", full, within)
            found += within
        else:
            found.append(full)
    return [_shown(path) for path in dict.fromkeys(found)]


def _by_severity(
    known: Catalogue, severities: Mapping[str, str]
) -> tuple[Catalogue, tuple[str, ...]]:
    """Return the rules with the severities that are set, and the names of those set off."""
    if not severities:
        return known, ()
    changed, off = [], []
    for rule in known.rules.values():
        word = max(severities, key=lambda word: closeness((word,), rule))
        severity = severities[word] if closeness((word,), rule) >= 0 else rule.severity
        if severity == "off":
            off.append(rule.name)
            changed.append(rule)
        else:
            changed.append(rule._replace(severity=severity))  # type: ignore[arg-type]  # checked
    return rules.Catalogue(changed), tuple(off)


def broken_rule(broken: BrokenRule) -> Diagnostic:
    """Return the diagnostic of a file that is no rule."""
    problem = Problem("invalid-rule", broken.start, broken.end, {"what": broken.message})
    rule = rules.load().rules[problem.rule]
    return from_problem(problem, rule, broken.path, LineIndex(broken.text))


def _faulty(path: str, text: str, problems: list[Problem]) -> Configuration:
    known, lines = rules.load(), LineIndex(text)
    problems.sort(key=lambda problem: problem.start)
    found = tuple(from_problem(p, known.rules[p.rule], path, lines) for p in problems)
    sources = {path: text} if text else {}
    return Configuration(path, "", {}, {}, known, diagnostics=found, sources=sources, faulty=True)


def _located(misfit: Misfit, where: Mapping[Keys, Place], within: Keys, text: str = "") -> Problem:
    place = where[(*within, *misfit.keys)]
    if misfit.part is not None:
        source, start, end = misfit.part
        base = text.find(source, *place.value)
        if base >= 0:  # else it is not written as it reads, e.g. with escapes
            return _problem(misfit.message, base + start, base + end)
    return _problem(misfit.message, *(place.key if misfit.of_key else place.value))


def _problem(what: str, start: int, end: int) -> Problem:
    return Problem("invalid-configuration", start, end, {"what": what})


def _shown(path: str) -> str:
    """Return a path as people write it: from the working directory where it lies below."""
    full = os.path.abspath(path)
    below = os.path.join(os.getcwd(), "")
    return full.removeprefix(below)

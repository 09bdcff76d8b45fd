"""What `protolint check` finds in open documents and in the files they lead to.

The checker is called here and nowhere else in the server.
"""

from __future__ import annotations

import os

from protolint import files, pipeline
from protolint.config.finder import NAMES
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from protolint.config.finder import Configurations
    from protolint.diagnostic import Diagnostic
    from protolint.edited import Session
    from protolint.server.documents import Documents


class Group(NamedTuple):
    """Files that are checked together, by identity: a solver and its nets influence each other.

    ``roots`` are the paths to check, solvers first, so that nets are checked under their solver;
    ``paths`` are all files that belong to them, now or when they were last checked.
    """

    roots: list[str]
    paths: dict[str, str]


class Checked(NamedTuple):
    """What was found in each file of a group, by identity, and in configurations.

    ``paths`` leads from identities to paths, ``versions`` has those of the documents that were
    looked at; ``faults`` are tracebacks of what failed within protolint. ``dialects`` are those by
    which files were read, by identity.
    """

    found: dict[str, list[Diagnostic]]
    paths: dict[str, str]
    versions: dict[str, int]
    faults: tuple[str, ...]
    dialects: Mapping[str, frozenset[str]] = {}


def check(
    group: Group,
    documents: Documents,
    configurations: Configurations,
    session: Session | None = None,
) -> Checked:
    """Check a group over frozen ``documents``. Files in which nothing is found have no findings.

    With a ``session`` only what was edited since the last check in it is looked at anew.
    """
    outcome = pipeline.check_paths(group.roots, configurations, documents.read, session=session)
    found: dict[str, list[Diagnostic]] = {key: [] for key in (*group.paths, *outcome.checked)}
    paths = dict(group.paths) | {key: key for key in outcome.checked if key not in group.paths}
    for configuration in configurations.all():
        key = files.identity(configuration.path)
        found[key], paths[key] = [], os.path.abspath(configuration.path)
    for diagnostic in outcome.diagnostics:
        key = files.identity(diagnostic.path)
        if is_rule_open(diagnostic.path, documents):
            continue
        paths.setdefault(key, os.path.abspath(diagnostic.path))
        found.setdefault(key, []).append(diagnostic)
    versions = {files.identity(d.path): d.version for d in documents.all()}
    dialects = {files.identity(path): names for path, names in outcome.read_by.items()}
    return Checked(found, paths, versions, outcome.faults, dialects)


def is_rule_open(path: str, documents: Documents) -> bool:
    """Return whether a file is a rule that is open, and judged by what it is there."""
    is_rule = path.endswith(".toml") and os.path.basename(path) not in NAMES
    return is_rule and documents.get(path) is not None


def headline(diagnostic: Diagnostic) -> str:
    """Return what an editor shows of a finding: the message, why, and what to write instead."""
    lines = [diagnostic.message]
    if diagnostic.label and diagnostic.label not in diagnostic.message:
        lines.append(diagnostic.label)
    if diagnostic.caffe:
        lines.append(f"caffe: {diagnostic.caffe}")
    if diagnostic.help and diagnostic.help != diagnostic.label:
        lines.append(f"help: {diagnostic.help}")
    return "\n".join(lines)


def tags(diagnostic: Diagnostic) -> set[str]:
    """Return how an editor may draw the marked text: ``deprecated``, or ``unnecessary``."""
    if diagnostic.name == "deprecated-field":
        return {"deprecated"}
    if diagnostic.effect == "ignored" or diagnostic.name == "unused-suppression":
        return {"unnecessary"}
    return set()

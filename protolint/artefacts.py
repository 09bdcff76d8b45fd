"""Everything that is compiled from data files, in one place for the build of a wheel."""

from __future__ import annotations

import os

from protolint import cache_folder, compiled, seen
from protolint.engine import catalogue
from protolint.schema import bvlc, dialects
from protolint.syntax import tables
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any


def _rules() -> list[list[Any]]:
    """Return the rules with their parts packed as all else."""
    return [
        [*plain, *(compiled.pack_for_wheel(compiled.unpack(part)) for part in parts)]
        for *plain, parts in ([*row[:-2], row[-2:]] for row in catalogue.compile_rules())
    ]


_BUILDS = {
    "prototxt": tables.compile_grammar,
    "schema-bvlc": bvlc.compile_schema,
    "dialects": dialects.compile_dialects,
    "rules": _rules,
}
"""The name under which ``compiled.load`` is asked for each, and what makes it."""


def write(folder: str) -> list[str]:
    """Compile everything into ``folder`` and return the files."""
    paths = []
    for name, build in _BUILDS.items():
        paths.append(os.path.join(folder, name))
        cache_folder.write_whole(paths[-1], compiled.pack_for_wheel(build()))
    sources = os.path.join(folder, "sources.txt")
    with open(sources, "w", encoding="ascii") as file:
        file.write(_state())
    return [*paths, sources]


def _state() -> str:
    """Return a digest of all that the package is made of; see ``protolint.kept``."""
    package = os.path.dirname(os.path.abspath(__file__))
    folders = dict.fromkeys([package, *map(compiled.data_folder, ("rules", "grammars"))])
    digests = {}
    for folder in folders:
        for parent, _, names in os.walk(folder):
            for name in names:
                if name.endswith((".py", ".toml", ".lark", ".proto")):
                    path = os.path.join(parent, name)
                    with open(path, "rb") as file:
                        digests[os.path.relpath(path, folder)] = seen.digest(file.read())
    return seen.of_paths(f"{path} {found}" for path, found in sorted(digests.items()))

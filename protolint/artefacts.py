"""Everything that is compiled from data files, in one place for the build of a wheel."""

from __future__ import annotations

import os

from protolint import compiled
from protolint.engine import catalogue
from protolint.schema import bvlc, dialects
from protolint.syntax import tables

_BUILDS = {
    "prototxt": tables.compile_grammar,
    "schema-bvlc": bvlc.compile_schema,
    "dialects": dialects.compile_dialects,
    "rules": catalogue.compile_rules,
}
"""The name under which ``compiled.load`` is asked for each, and what makes it."""


def write(folder: str) -> list[str]:
    """Compile everything into ``folder`` and return the files."""
    paths = []
    for name, build in _BUILDS.items():
        compiled.write_built(name, folder, build())
        paths.append(os.path.join(folder, name + ".json"))
    return paths

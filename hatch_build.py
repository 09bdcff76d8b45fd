"""Compiles grammars, schema and rules into the wheel, so that an installation never has to."""

from __future__ import annotations

import os
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling leaves it open
    """Adds ``protolint/_compiled/*`` to a wheel; an editable install compiles as it runs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile what ``protolint.compiled.load`` would compile on first use."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from protolint import artefacts  # noqa: PLC0415  (found through the line above)

        folder = os.path.join(self.directory, "compiled")
        for path in artefacts.write(folder):
            build_data["force_include"][path] = f"protolint/_compiled/{os.path.basename(path)}"

"""Which configuration file holds for a path."""

from __future__ import annotations

import os
import re

from protolint import files, seen
from protolint.config.options import Options
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from protolint.config.reading import Configuration

NAMES = ("protolint.toml", "pyproject.toml")
"""The files looked for in a folder, the first first."""


_TABLE = (
    rb"""(?m)tool["']?[ \t]*\.[ \t]*["']?protolint|^[ \t]*(?:\[[ \t]*)?["']?tool["']?[ \t]*[\]=]"""
)
"""What a pyproject.toml has to hold for there to be settings in it: most are not read further."""


class Configurations:
    """The configurations of a run, each read once, under what the command line says.

    ``given`` names the fields of ``options`` that the command line gives, and that configuration
    does not change. With ``file`` that file holds for every path, with ``isolated`` none does.
    """

    def __init__(
        self,
        options: Options | None = None,
        given: Collection[str] = (),
        *,
        file: str | None = None,
        isolated: bool = False,
    ) -> None:
        self.options = options or Options()
        self.given = frozenset(given)
        self.file = file
        self.isolated = isolated
        self._of_folder: dict[str, Configuration | None] = {}
        self._of_file: dict[str, Configuration | None] = {}

    def anew(self) -> Configurations:
        """Return the same, of which none was read yet."""
        return Configurations(self.options, self.given, file=self.file, isolated=self.isolated)

    def of(self, path: str) -> Configuration | None:
        """Return the configuration for a file, or for a folder's files; ``None`` without one."""
        if self.isolated:
            return None
        if self.file is not None:
            return self._read(self.file)
        try:
            full = os.path.abspath(path)
        except OSError:  # the working directory is gone
            return None
        return self._above(full if seen.is_dir(full) else os.path.dirname(full))

    def leaves_out(self, path: str) -> bool:
        """Return whether a file is not to be checked.

        It is not where its configuration excludes it, or is itself at fault.
        """
        found = self.of(path)
        if found is None:
            return False
        from protolint.config import effective  # noqa: PLC0415  (only with a configuration)

        return found.faulty or effective.excluding(found, path) is not None

    def options_for(self, path: str) -> Options:
        """Return what is asked for about a file."""
        found = self.of(path)
        if found is None or found.faulty:
            return self.options
        from protolint.config import effective  # noqa: PLC0415  (only with a configuration)

        return effective.options(found, path, self.options, self.given)

    def root_of(self, path: str) -> str | None:
        """Return the folder outside of which nothing is read for a file, ``None`` if there is none.

        One that the command line gives holds for all.
        """
        return self.options.root if "root" in self.given else self.options_for(path).root

    def bounded(self, read: Callable[[str], bytes]) -> Callable[[str], bytes]:
        """Return a reader that raises ``files.Unreadable`` outside these roots."""
        return files.bounded(read, self.root_of)

    def all(self) -> list[Configuration]:
        """Return the configurations that were read, in the order in which they were needed."""
        return [found for found in self._of_file.values() if found is not None]

    def _above(self, folder: str) -> Configuration | None:
        """Return the nearest configuration, up to the root of the repository or file system."""
        passed: list[str] = []
        while folder not in self._of_folder:
            passed.append(folder)
            found, above = self._within(folder), os.path.dirname(folder)
            if found is not None or above == folder or _is_repository(folder):
                break
            folder = above
        else:
            found = self._of_folder[folder]
        self._of_folder.update(dict.fromkeys(passed, found))
        return found

    def _within(self, folder: str) -> Configuration | None:
        for name in NAMES:
            path = os.path.join(folder, name)
            if seen.is_file(path) and not self._leads_out(folder, path):
                found = self._read(path)
                if found is not None:
                    return found
        return None

    def _leads_out(self, folder: str, path: str) -> bool:
        """Return whether a file in a folder within the root is a link to one outside."""
        root = self.options.root
        return root is not None and files.within(folder, root) and not files.within(path, root)

    def _read(self, path: str) -> Configuration | None:
        if path not in self._of_file:
            # Whoever names a configuration means the paths in it as well.
            root = self.options.root if self.file is None else None
            self._of_file[path] = _read(path, root)
        return self._of_file[path]


def _read(path: str, root: str | None) -> Configuration | None:
    if os.path.basename(path) == "pyproject.toml" and not _may_hold_settings(path):
        return None
    from protolint.config import reading  # noqa: PLC0415  (only with a configuration)

    return reading.read(path, root)


def _may_hold_settings(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return True  # which reading it will tell
    seen.note_data(path, data)
    return re.search(_TABLE, data) is not None


def _is_repository(folder: str) -> bool:
    return seen.lexists(os.path.join(folder, ".git"))

"""When documents are checked: a while after the last edit, in a thread of its own, once a state.

Everything here runs in the event loop but the check itself.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from protolint import files
from protolint.config.finder import Configurations
from protolint.edited import Session
from protolint.server import rule_files
from protolint.server.diagnostics import Checked, check
from protolint.server.workspace import is_configuration, is_toml
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from protolint.diagnostic import Diagnostic
    from protolint.server.documents import Documents
    from protolint.server.workspace import Workspace


class Findings(NamedTuple):
    """What was found in a file, in the version of its document (``None`` for a file on disk)."""

    path: str
    version: int | None
    found: list[Diagnostic]


class Checks:
    """Keeps what is found in the files of a workspace up to date.

    ``tell`` is called with the findings of each file after it was checked, ``fault`` with what
    failed within protolint, ``done`` once nothing is left to check. ``delay`` is in seconds.
    """

    def __init__(
        self,
        space: Workspace,
        tell: Callable[[Findings], None],
        fault: Callable[[str], None],
        done: Callable[[], None],
    ) -> None:
        self.delay = 0.2
        self._space = space
        self._tell = tell
        self._fault = fault
        self._done = done
        self._configurations = Configurations()
        self._session = Session()  # the worker's, as the configurations are
        self._pending: dict[str, str] = {}  # changed, and not yet due
        self._due: dict[str, str] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self.worker = ThreadPoolExecutor(1, "protolint-check")
        self.findings: dict[str, Findings] = {}
        self.read_anew = False  # whether features read something otherwise than they did

    def reload(self) -> None:
        """Read the configurations again, and check all open documents by them."""
        self._configurations = self._space.read_configurations()
        for document in self._space.documents.all():
            self.changed(document.path)

    @property
    def configurations(self) -> Configurations:
        """The configurations that the worker looks at, and nobody else."""
        return self._configurations

    def changed(self, path: str) -> None:
        """Check a file, and what is bound to it, once nothing has changed for a while."""
        self._pending[files.identity(path)] = path
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(self.delay, self._begin)

    async def settled(self, path: str) -> Findings | None:
        """Return what is found in a document as it is now, without waiting for a while."""
        self._begin()
        while self._task is not None:
            await asyncio.shield(self._task)
            self._begin()  # with what was typed meanwhile
        return self.findings.get(files.identity(path))

    def stop(self) -> None:
        """Let go of what is not yet begun."""
        if self._timer is not None:
            self._timer.cancel()
        self.worker.shutdown(wait=False, cancel_futures=True)

    def _begin(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._due |= self._pending
        self._pending = {}
        if self._due and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._due:
                paths, self._due = self._due, {}
                await self._check(paths)
        except Exception:  # noqa: BLE001  (told as a fault; the next edit is checked all the same)
            from traceback import format_exc  # noqa: PLC0415  (slow to import)

            self._fault(format_exc())
        finally:
            self._task = None
        self._done()

    async def _check(self, paths: dict[str, str]) -> None:
        loop = asyncio.get_running_loop()
        done: set[str] = set()
        for key, path in paths.items():
            if key in done:
                continue
            documents = self._space.documents.frozen()
            if is_toml(path):
                done.add(key)
                checked = await loop.run_in_executor(
                    self.worker, _check_toml, path, documents, self._configurations
                )
            else:
                group = self._space.group(path)
                done |= group.paths.keys()
                checked = await loop.run_in_executor(
                    self.worker, check, group, documents, self._configurations, self._session
                )
            self._take(checked)

    def _take(self, checked: Checked) -> None:
        """Take over what was found in documents that have not changed since."""
        for fault in checked.faults:
            self._fault(fault)
        documents = self._space.documents
        self.read_anew |= self._space.read_by(checked.dialects)
        for key, found in checked.found.items():
            path = checked.paths[key]
            document = documents.get(path)
            version = document.version if document is not None else None
            if checked.versions.get(key) == version:
                self.findings[key] = Findings(path, version, found)
                self._tell(self.findings[key])


def _check_toml(path: str, documents: Documents, configurations: Configurations) -> Checked:
    """Return what is wrong with a rule file as it is open, or a configuration as it is on disk."""
    key = files.identity(path)
    document = documents.get(path)
    found: list[Diagnostic] = []
    if document is not None and rule_files.is_rule_file(path, document.text, configurations):
        found = rule_files.diagnostics(document.text, path)
    elif is_configuration(path):
        configuration = Configurations(file=path).of(path)
        if configuration is not None:
            found = [d for d in configuration.diagnostics if files.identity(d.path) == key]
    versions = {} if document is None else {key: document.version}
    return Checked({key: found}, {key: path}, versions, ())

"""Fixes applied to files, in rounds, until nothing is left that can be fixed.

A round checks all files, applies every fix that does not overlap with another, and checks again. A
fix after which there is an error that was not there before is refused: the fixes of the round are
halved until the ones at fault are alone.
"""

from __future__ import annotations

from collections import Counter

from protolint import edit, files, pipeline
from protolint.syntax.source import decode
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from protolint.diagnostic import Diagnostic

MOST_ROUNDS = 20
"""Fixes that still bring up others after so many rounds are left to the next run."""


MOST_TRIES = 100
"""Checks of a round that look for the fixes which do harm; those not found apart are refused."""


class Fixed(NamedTuple):
    """What came of fixing: the run over the fixed files, and their contents by path.

    ``fixes`` is the number of fixes applied, and ``notes`` say what was left alone and why. Nothing
    is written here.
    """

    outcome: pipeline.Outcome
    changed: dict[str, bytes]
    before: dict[str, bytes]
    fixes: int
    notes: list[str]


def fix(
    paths: Iterable[str],
    configurations: pipeline.Configurations,
    read: Callable[[str], bytes] = files.read,
    progress: pipeline.Progress | None = None,
) -> Fixed:
    """Fix what can be fixed in the files of ``paths``; nets that are only named are left alone.

    Unsafe fixes count where the options of a file say so. The notes say which fixes were refused,
    and which files were left alone.
    """
    return _Fixing(list(paths), configurations, read, progress).run()


class _Cure(NamedTuple):
    """A finding with a fix, and the file that it is in."""

    file: str
    finding: Diagnostic


class _Fixing:
    """Carries the contents of the files from round to round."""

    def __init__(
        self,
        paths: list[str],
        configurations: pipeline.Configurations,
        read: Callable[[str], bytes],
        progress: pipeline.Progress | None,
    ) -> None:
        self.paths = paths
        self.configurations = configurations
        self.read = read
        self.progress = progress
        self.before: dict[str, bytes] = {}
        self.names: dict[str, str] = {}
        self.contents: dict[str, bytes] = {}
        self.refused: dict[Diagnostic, str] = {}

    def run(self) -> Fixed:
        outcome = self._check(self.contents)
        count = 0
        notes: list[str] = []
        for _ in range(MOST_ROUNDS):
            cures = self._cures(outcome)
            self.refused.clear()
            accepted, outcome = self._accepted(cures, outcome)
            if not accepted:
                break
            self.contents, applied = self._applied(accepted)
            count += len(applied)
        else:
            if self._cures(outcome):
                notes.append(f"there is more to fix after {MOST_ROUNDS} rounds: run it again")
        notes += [
            f"{d.path}:{d.range.start.line}: not fixed, as a new error would come of it: {error}"
            for d, error in self.refused.items()
        ]
        notes += self._left(outcome)
        changed = {
            self.names[key]: data for key, data in self.contents.items() if data != self.before[key]
        }
        before = {self.names[key]: self.before[key] for key in self.contents}
        return Fixed(outcome, changed, before, count, notes)

    def _check(self, contents: Mapping[str, bytes]) -> pipeline.Outcome:
        """Check the files as if they had these contents."""

        def read(path: str) -> bytes:
            key = files.identity(path)
            return contents[key] if key in contents else self.read(path)

        return pipeline.check_paths(self.paths, self.configurations, read, self.progress)

    def _cures(self, outcome: pipeline.Outcome) -> list[_Cure]:
        """Return the findings of a run that may be fixed, in the order of files and places."""
        found = []
        for diagnostic in outcome.diagnostics:
            path = diagnostic.path
            key = files.identity(path)
            if key not in outcome.given or not self._allowed(diagnostic):
                continue
            if has_odd_bytes(outcome.sources[path]):
                continue
            if key not in self.before:
                self.before[key], self.names[key] = self.read(path), path
            found.append(_Cure(key, diagnostic))
        return found

    def _accepted(
        self, cures: Sequence[_Cure], outcome: pipeline.Outcome
    ) -> tuple[list[_Cure], pipeline.Outcome]:
        """Return those of the cures that bring no new error, and the run after they are applied."""
        errors = _errors(outcome)
        accepted: list[_Cure] = []
        pending = [list(cures)] if cures else []
        tries = 0
        while pending:
            tried = pending.pop()
            tries += 1
            if tries > MOST_TRIES:
                self.refused |= dict.fromkeys((c.finding for c in tried), "too many fixes do harm")
                continue
            after = self._check(self._applied([*accepted, *tried])[0])
            new = _errors(after) - errors
            if not new:
                accepted += tried
                outcome = after
            elif len(tried) == 1:
                code, message, _, _ = next(iter(new))
                self.refused[tried[0].finding] = f"{code} {message}"
            else:
                half = len(tried) // 2
                pending += [tried[half:], tried[:half]]
        return accepted, outcome

    def _applied(self, cures: Iterable[_Cure]) -> tuple[dict[str, bytes], list[Diagnostic]]:
        """Return the contents of files with the fixes that do not overlap, and which these are."""
        by_file: dict[str, list[Diagnostic]] = {}
        for file, finding in cures:
            by_file.setdefault(file, []).append(finding)
        contents, applied = dict(self.contents), []
        for file, findings in by_file.items():
            data = contents.get(file, self.before[file])
            text = decode(data)
            mark = data[: len(data) - len(text.encode())]  # a byte-order mark
            changed, taken = edit.apply(text, [d.fix for d in findings if d.fix is not None])
            applied += [d for d in findings if d.fix in taken]
            contents[file] = mark + changed.encode()
        return contents, applied

    def _left(self, outcome: pipeline.Outcome) -> list[str]:
        """Say which files hold something to fix and were left alone for it."""
        paths = dict.fromkeys(d.path for d in outcome.diagnostics if self._allowed(d))
        notes = []
        for path in paths:
            if files.identity(path) not in outcome.given:
                notes.append(f"{path}: not fixed, as it is not among the paths")
            elif has_odd_bytes(outcome.sources[path]):
                notes.append(f"{path}: not fixed, as it holds bytes that are not UTF-8")
        return notes

    def _allowed(self, found: Diagnostic) -> bool:
        options = self.configurations.options_for(found.path)
        return found.fix is not None and (found.fix.safe or options.unsafe_fixes)


def has_odd_bytes(text: str) -> bool:
    """Return whether a text holds bytes that are not UTF-8, which could not be written back."""
    return not text.isascii() and any("\udc80" <= char <= "\udcff" for char in text)


def _errors(outcome: pipeline.Outcome) -> Counter[tuple[str, str, str | None, str]]:
    """Return what tells one error from another, wherever it has moved to, and how often it is."""
    told = (
        (d.code, d.message, d.layer, d.path) for d in outcome.diagnostics if d.severity == "error"
    )
    faults = (("", fault, None, "") for fault in outcome.faults)
    return Counter([*told, *faults])

"""``protolint check`` once its options are read: files in, a report and an exit code out.

Without click, which takes longer to import than a net takes to check.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, NoReturn, Self

from protolint import files, pipeline, report
from protolint.commands.terminal import FAULT, end, is_terminal, terminal
from protolint.report.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from protolint.diagnostic import Severity


def run(
    paths: Sequence[str],
    options: pipeline.Options | None = None,
    read: Callable[[str], bytes] = files.read,
    *,
    output_format: str = "full",
    undecided: bool = False,
    exit_zero: bool = False,
    fail_on: Severity = "error",
) -> NoReturn:
    """Check, print the report and exit. Raises ``pipeline.UnknownRuleError``."""
    options = options or pipeline.Options()
    with _Progress() as progress:
        outcome = pipeline.check_paths(paths, options, read, progress)
    shown = Run(
        diagnostics=outcome.diagnostics + (outcome.undecided if undecided else ()),
        sources=outcome.sources,
        notes=outcome.notes,
        files=outcome.files,
        dialect=options.dialect,
        undecided=0 if undecided else len({d.code for d in outcome.undecided}),
    )
    for fault in outcome.faults:
        sys.stderr.write(f"{FAULT}\n{fault}")
    code = pipeline.exit_code(outcome, fail_on)
    colour, width = terminal()
    end(
        report.render(output_format, shown, colour=colour, width=width),
        0 if exit_zero and code == 1 else code,
    )


class _Progress:
    """A progress bar on a terminal, for a run that has lasted a second."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __call__(self, done: int, total: int) -> None:
        if self._bar is None:
            if done == total or time.monotonic() - self._begin < 1 or not is_terminal(sys.stderr):
                return
            import click  # noqa: PLC0415  (slow to import, and few runs last a second)

            self._bar = click.progressbar(length=total, label="checking", file=sys.stderr)
            self._bar.__enter__()
        self._bar.update(done - self._bar.pos)

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.__exit__(*error)

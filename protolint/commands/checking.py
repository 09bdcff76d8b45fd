"""``protolint check`` once its options are read: files in, a report and an exit code out.

Without click, which takes longer to import than a net takes to check.
"""

from __future__ import annotations

import os
import sys
import time

from protolint import __version__, files, pipeline, report
from protolint.commands.terminal import (
    FAULT,
    encoded,
    end,
    end_bytes,
    is_terminal,
    terminal,
    write_whole,
)
from protolint.report.run import Run
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, NoReturn, Self


def run(
    paths: Sequence[str],
    configurations: pipeline.Configurations | None = None,
    read: Callable[[str], bytes] = files.read,
    *,
    output_format: str | None = None,
    undecided: bool = False,
    exit_zero: bool = False,
    output_file: str | None = None,
    baseline: str | None = None,
    write_baseline: str | None = None,
    add_ignores: bool = False,
    fix: bool = False,
    diff: bool = False,
    stdin: str | None = None,
    kept_at: str | None = None,
    jobs: int = 0,
) -> NoReturn:
    """Check, print the report or write it to a file, and exit.

    ``baseline`` is the path of one that holds findings back, ``write_baseline`` of one to write;
    ``add_ignores`` writes comments into the files, ``fix`` what cures the findings; with ``diff``
    it is only shown what that would change. ``stdin`` is the name that standard input goes by,
    whose text is printed when it is fixed, and the report on standard error. ``kept_at`` is where
    a run that only reports is kept (``protolint.kept``); ``jobs`` is how many processes share the
    files, 0 for as many as it pays to have.

    Raises ``pipeline.UnknownRuleError``.
    """
    configurations = configurations or pipeline.Configurations()
    fixed = None
    with _Progress() as progress:
        if fix or diff:
            from protolint import fixing  # noqa: PLC0415  (few runs fix)

            fixed = fixing.fix(paths, configurations, read, progress)
            outcome = fixed.outcome._replace(notes=(*fixed.outcome.notes, *fixed.notes))
        elif add_ignores:
            from protolint.commands.ignoring import add_ignores as add  # noqa: PLC0415  (rare)

            outcome, changed = add(paths, configurations, progress)
            for path, data in changed.items():
                write_whole(path, data)
        else:
            sharing = _sharing(jobs if stdin is None else 1)
            outcome = pipeline.check_paths(paths, configurations, read, progress, check_all=sharing)
    text = None
    if fixed is not None:
        from protolint.commands import fixing as commands_fixing  # noqa: PLC0415  (as above)

        if diff:
            for fault in outcome.faults:
                sys.stderr.write(f"{FAULT}\n{fault}")
            commands_fixing.end_with_diff(fixed, pipeline.exit_code(outcome))
        text = commands_fixing.write(fixed, stdin, read)
    held = 0
    if baseline or write_baseline:
        from protolint.commands import baselines  # noqa: PLC0415  (only with a baseline)

        options = configurations.options
        outcome, held = baselines.hold_back(outcome, options, baseline, write_baseline)
    if output_format is None:
        of_first = configurations.of(paths[0])
        output_format = of_first.settings.get("output-format", "full") if of_first else "full"
    shown = Run(
        diagnostics=outcome.diagnostics + (outcome.undecided if undecided else ()),
        sources=outcome.sources,
        notes=outcome.notes,
        files=outcome.files,
        dialect=outcome.dialect,
        undecided=0 if undecided else len({d.code for d in outcome.undecided}),
        held=held,
        fixed=fixed.fixes if fixed else 0,
        version=__version__,
    )
    if any(found.fix for found in outcome.diagnostics):
        from protolint.commands.fixing import fixable  # noqa: PLC0415  (few findings have a fix)

        marked, unsafe = fixable(outcome, configurations)
        shown = shown._replace(fixable=marked, unsafe=unsafe)
    if output_format in report.RULE_FORMATS:
        from protolint import explain  # noqa: PLC0415  (slow to import)

        shown = shown._replace(rules=explain.texts(d.name for d in shown.diagnostics))
    for fault in outcome.faults:
        sys.stderr.write(f"{FAULT}\n{fault}")
    code = pipeline.exit_code(outcome)
    code = 0 if exit_zero and code == 1 else code
    if output_file is not None:
        write_whole(output_file, report.render(output_format, shown).encode())
        end_bytes(text or b"", code)
    if text is not None:
        sys.stderr.write(report.render(output_format, shown))
        end_bytes(text, code)
    colour, width = terminal()
    printed = report.render(output_format, shown, colour=colour, width=width)
    if undecided and output_format == "full" and not outcome.misconfigured:
        printed += _open_obligations(paths, configurations, read, width)
    is_report = not (fix or add_ignores or baseline or write_baseline or stdin)
    if kept_at is not None and is_report and code < 2 and _may_keep(configurations):
        from protolint import kept  # noqa: PLC0415  (only where it may be kept)

        kept.save(kept_at, encoded(printed), code)
    end(printed, code)


_MANY = 300
"""Files; with fewer, more processes cost more time than they save."""


def _sharing(jobs: int) -> pipeline.CheckAll:
    """Return what checks files in so many processes, for 0 in as many as pay."""

    def check_all(
        checker: pipeline.Checker, paths: list[tuple[str, bool]], progress: pipeline.Progress | None
    ) -> None:
        number = jobs or (_cpus() if len(paths) >= _MANY else 1)
        if min(number, len(paths)) <= 1:
            pipeline.one_by_one(checker, paths, progress)
        else:
            from protolint import parallel  # noqa: PLC0415  (slow to import)

            parallel.check_all(checker, paths, progress, number)

    return check_all


def _cpus() -> int:
    if hasattr(os, "sched_getaffinity"):  # those that this process may use
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _may_keep(configurations: pipeline.Configurations) -> bool:
    return all(found.settings.get("cache", True) for found in configurations.all())


def _open_obligations(
    paths: Sequence[str],
    configurations: pipeline.Configurations,
    read: Callable[[str], bytes],
    width: int | None,
) -> str:
    """Return what `protolint prove` leaves undecided of the files, with what would decide it."""
    from protolint import proving  # noqa: PLC0415  (slow to import, and rarely asked for)
    from protolint.report.prove.text import undecided  # noqa: PLC0415

    known: set[tuple[str, str]] = set()
    found = []
    for path in files.find(dict.fromkeys(paths)):
        if not configurations.leaves_out(path):
            options = configurations.options_for(path)
            found += proving.prove_file(path, proving.asked(options), read, known)
    return undecided(found, width)


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

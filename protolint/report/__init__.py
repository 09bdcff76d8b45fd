"""The output formats: each a module with one pure function ``render``.

A module is imported when its format is asked for. To add a format, add a module with
``render(run: Run) -> str`` and a line to ``RENDERERS``.
"""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.report.run import Run

RENDERERS: dict[str, str] = {
    "full": "protolint.report.full",
    "concise": "protolint.report.concise",
    "grouped": "protolint.report.grouped",
    "json": "protolint.report.as_json",
    "jsonl": "protolint.report.jsonl",
    "sarif": "protolint.report.sarif",
    "github": "protolint.report.github",
    "gitlab": "protolint.report.gitlab",
    "junit": "protolint.report.junit",
    "rdjson": "protolint.report.rdjson",
}
"""The module of each format, by the name that the user gives."""

RULE_FORMATS = frozenset({"sarif"})
"""The formats that tell of the rules too, by ``Run.rules``."""

TEXT_FORMATS = frozenset({"full", "concise", "grouped"})
"""The formats for people, which end up in the logs of CI servers."""

TERMINAL_FORMATS = frozenset({"full"})
"""The formats whose ``render`` also takes the keywords ``colour`` and ``width``."""


def render(format_name: str, run: Run, *, colour: bool = False, width: int | None = None) -> str:
    """Return the report of ``run`` in whole lines; it never holds a surrogate.

    ``width`` is that of the terminal in columns. Raises ``KeyError`` for an unknown format.
    """
    from importlib import import_module  # noqa: PLC0415 - costs nothing until a report is asked for

    module = import_module(RENDERERS[format_name])
    terminal = {"colour": colour, "width": width} if format_name in TERMINAL_FORMATS else {}
    text: str = module.render(run, **terminal)
    if format_name in TEXT_FORMATS:
        from protolint.report.visible import no_command  # noqa: PLC0415  (as above)

        return no_command(text)
    return text

"""``protolint config``: the settings that hold for a file, and where each is from."""

from __future__ import annotations

import json

import click

from protolint import report
from protolint.commands.options import configurations, from_configuration
from protolint.commands.terminal import end, terminal
from protolint.config import effective, keys
from protolint.report.run import Run
from protolint.report.visible import visible
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from protolint.config.reading import Configuration

_WIDEST = 60  # columns of a setting before what is said of it


@click.command()
@click.argument("path", default=".", type=click.Path())
@from_configuration
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the settings instead.")
def config(path: str, config: str | None, isolated: bool, output_format: str, schema: bool) -> None:
    """Show the settings that hold for a file, or for a folder's files, and where each is from.

    Exits with 2 when a configuration is at fault.
    """
    if schema:
        end(schema_text(), 0)
    found = configurations(config, isolated=isolated).of(path)
    if found is not None and found.diagnostics:
        colour, width = terminal()
        run = Run(found.diagnostics, found.sources)
        end(report.render("full", run, colour=colour, width=width), 2)
    end(_as_json(found, path) if output_format == "json" else _as_toml(found, path), 0)


def schema_text() -> str:
    """Return the JSON Schema as it is shipped in schema.json."""
    return json.dumps(keys.schema(), indent=2) + "\n"


def _as_toml(found: Configuration | None, path: str) -> str:
    lines = [f"# {visible(path)}: {visible(found.path) if found else 'no configuration'}"]
    line = None if found is None else effective.excluding(found, path)
    if found is not None and line is not None:
        lines.append(f"# excluded by {visible(found.path)}:{line}")
    settings = list(effective.settings(found, path))
    shown = [f"{setting.key} = {_toml(setting.value)}" for setting in settings]
    width = max(len(text) for text in shown if len(text) <= _WIDEST)
    for setting, text in zip(settings, shown, strict=True):
        origin = "default" if setting.line is None else _origin(found, setting.line)
        if setting.value is None:
            lines.append(f"# {setting.key} is not set")
        else:
            lines.append(f"{text:{width}}  # {origin}")
    return "\n".join(lines) + "\n"


def _origin(found: Configuration | None, line: int) -> str:
    return f"{visible(found.path)}:{line}" if found else ""


def _toml(value: Any) -> str:
    """Return a value as TOML, which writes strings and lists as JSON does."""
    if isinstance(value, dict):
        items = [f"{json.dumps(name)} = {_toml(item)}" for name, item in value.items()]
        return f"{{ {', '.join(items)} }}" if items else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return visible(json.dumps(value, ensure_ascii=False))


def _as_json(found: Configuration | None, path: str) -> str:
    table: dict[str, Any] = {
        "path": path,
        "configuration": None if found is None else found.path,
        "excluded": found is not None and effective.excluding(found, path) is not None,
        "settings": {
            setting.key: {"value": setting.value, "line": setting.line}
            for setting in effective.settings(found, path)
        },
    }
    return json.dumps(table) + "\n"

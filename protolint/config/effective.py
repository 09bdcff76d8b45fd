"""What comes of a configuration for one file."""

from __future__ import annotations

import os

from protolint.config.globs import matches
from protolint.config.keys import KEYS
from protolint.config.options import Options, Selection
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import Any

    from protolint.config.reading import Configuration

_DECIDED = ("dialects", "schemas", "exclude")
"""Settings of which only the outcome for a file is told."""


class Setting(NamedTuple):
    """A setting as it holds for a file; ``line`` is where it is set, ``None`` for a default."""

    key: str
    value: Any
    line: int | None


def excluding(configuration: Configuration, path: str) -> int | None:
    """Return the line of the glob that excludes a file, ``None`` where none does."""
    for number, glob in enumerate(configuration.settings.get("exclude", ())):
        if matches(glob, path, configuration.folder):
            return configuration.lines["exclude", number]
    return None


def options(
    configuration: Configuration, path: str, base: Options, given: Collection[str] = ()
) -> Options:
    """Return what is asked for about a file: ``base``, and what is set and not ``given``."""
    holding = {setting.key: setting.value for setting in settings(configuration, path)}
    inputs = {name: tuple(sizes) for name, sizes in holding["inputs"].items()}
    ranges = {name: tuple(ends) for name, ends in holding["input-ranges"].items()}
    set_: dict[str, Any] = {
        "dialect": holding["dialect"],
        "schema": _schema(configuration, holding["schema"], given),
        "phase": holding["phase"],
        "datum": holding["datum"] and tuple(holding["datum"]),
        "fail_on": holding["fail-on"],
        "unsafe_fixes": holding["unsafe-fixes"],
        "root": None if holding["root"] is None else _found(configuration, holding["root"]),
    }
    ignore = (*holding["ignore"], *holding["extend-ignore"], *configuration.off)
    return base._replace(
        **{name: value for name, value in set_.items() if name not in given},
        inputs=tuple((inputs | dict(base.inputs)).items()),
        input_ranges=tuple((ranges | dict(base.input_ranges)).items()),
        pair=(*base.pair, *(_found(configuration, name) for name in holding["pairs"].values())),
        configured=Selection(tuple(holding["select"]), tuple(holding["extend-select"]), ignore),
        never=tuple(word for words in holding["per-file-ignores"].values() for word in words),
        catalogue=configuration.catalogue,
        fixable=Selection(tuple(holding["fixable"]), ignore=tuple(holding["unfixable"])),
        layers=tuple(configuration.layers.items()),
    )


def _schema(configuration: Configuration, name: str | None, given: Collection[str]) -> str | None:
    """Return the path of the schema that is set; a dialect on the command line comes before it."""
    return None if name is None or "dialect" in given else _found(configuration, name)


def _found(configuration: Configuration, name: str) -> str:
    """Return the path of a file that is named from the folder of the configuration."""
    return os.path.relpath(os.path.join(configuration.folder, name))


def settings(configuration: Configuration | None, path: str) -> Iterator[Setting]:
    """Yield every setting as it holds for a file; tables by globs only where the globs match it."""
    for key, kind in KEYS.items():
        if key in _DECIDED:
            continue
        setting = Setting(key, kind.get("default"), None)
        if configuration is not None and key in configuration.settings:
            setting = Setting(key, configuration.settings[key], configuration.lines[(key,)])
        if configuration is not None and key in _BY_PATH:
            setting = _by_path(configuration, path, setting)
        if configuration is not None and key in ("per-file-ignores", "pairs"):
            holding = _holding(configuration, path, key)
            line = min((configuration.lines[key, glob] for glob in holding), default=None)
            setting = Setting(key, holding, line)
        yield setting


_BY_PATH = {"dialect": "dialects", "schema": "schemas"}
"""Settings that a table by globs has for some paths."""


def _by_path(configuration: Configuration, path: str, default: Setting) -> Setting:
    key = _BY_PATH[default.key]
    holding = list(_holding(configuration, path, key).items())
    if not holding:
        return default
    glob, value = holding[-1]
    return Setting(default.key, value, configuration.lines[key, glob])


def _holding(configuration: Configuration, path: str, key: str) -> dict[str, Any]:
    """Return the entries of a table by globs whose globs match a file."""
    entries = configuration.settings.get(key, {}).items()
    return {glob: value for glob, value in entries if matches(glob, path, configuration.folder)}

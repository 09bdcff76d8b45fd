"""What the user sets in the editor, under `protolint`."""

from __future__ import annotations

from protolint.dialect import asked
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any


class Settings(NamedTuple):
    """``shapes`` and ``parameters`` are inlay hints that are shown.

    ``delay`` is in seconds, from the last edit to the check; ``configuration`` is the path of a
    file that holds for all documents in place of those that are found, ``dialect`` what a document
    is read by that no configuration holds for.
    """

    shapes: bool = True
    parameters: bool = True
    delay: float = 0.2
    configuration: str | None = None
    dialect: str = "auto"


_LONGEST = 10_000  # milliseconds


def read(value: Any) -> tuple[Settings, list[str]]:
    """Return the settings in what an editor sends, and what is wrong there.

    They may stand under the key `protolint`, or by themselves; what is wrong counts for nothing.
    """
    if isinstance(value, dict) and isinstance(value.get("protolint"), dict):
        value = value["protolint"]
    if value is None:
        return Settings(), []
    if not isinstance(value, dict):
        return Settings(), ["the settings are no table"]
    found, wrong = Settings(), []
    for key, item in value.items():
        change = _change(key, item)
        if change is None:
            takes = _TAKES.get(key)
            wrong.append(
                f"protolint.{key} takes {takes}"
                if takes
                else f"there is no setting protolint.{key}"
            )
        else:
            found = found._replace(**change)
    return found, wrong


_TAKES = {
    "inlayHints": "a table of shapes and parameters, true or false",
    "delay": "a number of milliseconds, at most 10000",
    "configuration": "the path of a file",
    "dialect": "names of dialects joined by commas, or auto",
}


def _change(key: str, value: Any) -> dict[str, Any] | None:
    """Return the fields that a setting changes, ``None`` for what is none."""
    if key == "inlayHints" and isinstance(value, bool):
        return {"shapes": value, "parameters": value}
    if key == "inlayHints" and isinstance(value, dict):
        known = value.keys() <= {"shapes", "parameters"}
        return dict(value) if known and all(type(v) is bool for v in value.values()) else None
    if key == "delay" and type(value) in (int, float) and 0 <= value <= _LONGEST:
        return {"delay": value / 1000}
    if key == "configuration" and (value is None or isinstance(value, str)):
        return {"configuration": value or None}
    if key == "dialect" and isinstance(value, str) and _is_dialect(value):
        return {"dialect": value}
    return None


def _is_dialect(value: str) -> bool:
    try:
        asked(value)
    except ValueError:
        return False
    return True

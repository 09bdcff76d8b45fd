"""Reads the file of a dialect, which people write, into JSON data; only when data is compiled."""

from __future__ import annotations

import os
import re
import tomllib

from protolint.schema.bvlc import load_bvlc
from protolint.schema.types import FieldType
from protolint.syntax.literal import Fault, read_bool, read_float, read_integer
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

_TOLD = ("name", "kind", "rank", "about", "repository", "branch", "commit")
_KEYS = {*_TOLD, "types", "policies", "fields", "enums", "absent", "absent_values"}

_FIELD = re.compile(
    r"(?P<label>optional|repeated|required) (?P<type>[\w.]+) = (?P<number>\d+)"
    r"(?: \[(?:default = (?P<default>\"[^\"]*\"|[^],]+))?(?:, )?(?P<packed>packed = true)?\])?"
)
"""A field as in a .proto file, its name apart: ``optional uint32 = 3 [default = 0]``."""

_ZEROS: dict[str, Any] = {
    **dict.fromkeys(("int32", "uint32", "int64", "uint64"), 0),
    **dict.fromkeys(("float", "double"), 0.0),
    **dict.fromkeys(("string", "bytes"), ""),
    "bool": False,
}


def read(path: str) -> list[Any]:
    """Return the dialect in a file as JSON data, in the order of ``dialects.Dialect``.

    Raises ``ValueError`` where the file says what cannot be, as a field of an unknown type.
    """
    try:
        return _row(_written(path))
    except (ValueError, KeyError) as error:
        raise ValueError(f"{path}: {error}") from error


def _written(path: str) -> dict[str, Any]:
    """Return what is written in a file, on top of what its base has."""
    with open(path, "rb") as file:
        written = tomllib.load(file)
    base = written.pop("base", None)
    if base is None:
        return written
    below = _written(os.path.join(os.path.dirname(path), base + ".toml"))
    for key in ("types", "policies"):
        written[key] = [*below.get(key, ()), *written.get(key, ())]
    for key in ("fields", "enums"):
        mine = written.setdefault(key, {})
        for name, entries in below.get(key, {}).items():
            mine[name] = entries | mine.get(name, {})
    return {key: below.get(key, {}) for key in ("absent", "absent_values")} | written


def _row(written: dict[str, Any]) -> list[Any]:
    if odd := written.keys() - _KEYS:
        raise ValueError(f"unknown keys {sorted(odd)}")
    base = load_bvlc()
    enums = written.get("enums", {})
    fields = {
        message: [
            list(_field(name, text, written, f"{message}.{name}")) for name, text in of.items()
        ]
        for message, of in written.get("fields", {}).items()
    }
    absent, absent_values = written.get("absent", {}), written.get("absent_values", {})
    for message, names in absent.items():
        _known(names, base.messages[message].fields, message)
    for enum, names in absent_values.items():
        _known(names, base.enums[enum].values, enum)
    told = [written.get(key, "HEAD") if key == "branch" else written[key] for key in _TOLD]
    types, policies = sorted(written["types"]), sorted(written.get("policies", ()))
    return [*told, types, policies, fields, enums, absent, absent_values]


def _known(names: Iterable[str], known: Mapping[str, Any], of: str) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"BVLC's {of} has no {name} that could be absent")


def _field(name: str, text: str, written: dict[str, Any], place: str) -> FieldType:
    match = _FIELD.fullmatch(text)
    if match is None:
        raise ValueError(f"{place}: not as 'optional uint32 = 3 [default = 0]': {text}")
    kind = match["type"] if match["type"] in _ZEROS else _declared(match["type"], written, place)
    type_name = "" if kind in _ZEROS else match["type"]
    default = match["default"]
    return FieldType(
        name,
        int(match["number"]),
        match["label"],  # type: ignore[arg-type]  # the pattern has the three labels
        kind,
        type_name,
        None
        if match["label"] == "repeated"
        else _default(kind, type_name, default, written, place),
        default is not None,
        match["packed"] is not None,
        deprecated=False,
        doc="",
    )


def _declared(name: str, written: dict[str, Any], place: str) -> str:
    base = load_bvlc()
    if name in written.get("enums", ()) or name in base.enums:
        return "enum"
    if name in written.get("fields", ()) or name in base.messages:
        return "message"
    raise ValueError(f"{place}: no type {name}")


def _default(
    kind: str, type_name: str, text: str | None, written: dict[str, Any], place: str
) -> Any:
    """Return what is read where the field is absent; of an enum, the first value."""
    if kind == "message":
        return None
    if kind == "enum":
        base = load_bvlc().enums
        values = dict(base[type_name].values) if type_name in base else {}
        values |= written.get("enums", {}).get(type_name, {})
        if text is not None and text not in values:
            raise ValueError(f"{place}: {type_name} has no value {text}")
        return next(iter(values)) if text is None else text
    if text is None:
        return _ZEROS[kind]
    if kind in ("string", "bytes"):
        return text[1:-1]
    value: Any = (
        read_bool(text)
        if kind == "bool"
        else read_float(text, kind)
        if kind in ("float", "double")
        else read_integer(text, kind)
    )
    if isinstance(value, Fault):
        raise ValueError(f"{place}: {text} is no {kind}")  # noqa: TRY004  (a mistake in the file)
    return value

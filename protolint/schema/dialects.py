"""Dialects: the forks of Caffe, each as what it adds to BVLC's schema and what it lacks.

They are files in ``forks/``, which ``docs/dialects.md`` describes. Nothing here is needed for a
text that BVLC's schema accepts; what is compiled from the files is loaded by the first that it
refuses.

A reading schema is BVLC's with the additions of some dialects, so it always holds what BVLC's
does, and what a rule reads of BVLC's has the type it is written for:

* Of a field that BVLC has, too, the label stays BVLC's. A list that is one value in a fork
  (``dilation`` in tsn) is a list; one value that is a list in a fork (``device_id`` there) is one
  value, which is unknown where several are written.
* A kind that differs becomes one that holds both: ``int32`` and ``uint32`` are ``int64``, a whole
  number and a float are a float (``Datum.label`` in jolibrain). Of other kinds BVLC's stays.
* A default that differs from BVLC's, or among the dialects, makes an absent field unknown: what
  Caffe does with BVLC's value of it is all that rules know (``prefetch`` is 0 in nvidia, which
  there means as many as are needed).
* Values of an enum are added under their names. Numbers that collide are the first dialect's.
* Fields and values that a fork lacks are left in; ``misfits`` reports them.

Two forks that differ in a field that is not BVLC's are merged alike, except that a list wins over
one value. Numbers of fields may collide, which only the binary format would show.
"""

from __future__ import annotations

import os
from functools import cache

from protolint import compiled
from protolint.schema.bvlc import load_bvlc
from protolint.schema.misfit import nearest
from protolint.schema.types import EnumType, FieldType, MessageType, Schema
from protolint.typing import TYPE_CHECKING, NamedTuple
from protolint.values import unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, Literal

    from protolint.schema.types import Label
    from protolint.values import Unknown

BVLC = frozenset({"bvlc"})

_WHOLE = {"int32", "uint32", "int64", "uint64"}
_FLOATS = {"float", "double"}
_LABELS: tuple[Label, ...] = ("repeated", "optional", "required")
"""The one that takes most texts first."""


class Dialect(NamedTuple):
    """What one Caffe differs in from BVLC's.

    ``kind`` is ``"original"`` for BVLC Caffe itself, ``"fork"`` for one that trains and runs nets;
    of dialects that explain a text equally well the lowest ``rank`` is taken. ``types`` and
    ``policies`` are the layer types and learning-rate policies beyond BVLC's. ``fields`` are those
    of each message that BVLC lacks or has otherwise, ``enums`` the values of each enum that it
    lacks; ``absent`` and ``absent_values`` are names of BVLC's that the dialect lacks.
    """

    name: str
    kind: Literal["original", "fork"]
    rank: int
    about: str
    repository: str
    branch: str
    commit: str
    types: frozenset[str]
    policies: frozenset[str]
    fields: dict[str, dict[str, FieldType]]
    enums: dict[str, dict[str, int]]
    absent: dict[str, frozenset[str]]
    absent_values: dict[str, frozenset[str]]

    def field(self, message: str, name: str) -> FieldType | None:
        """Return the field of a message as this dialect declares it, ``None`` where it does not."""
        field = self.fields.get(message, {}).get(name)
        if field is not None or name in self.absent.get(message, ()):
            return field
        of_bvlc = load_bvlc().messages.get(message)
        return None if of_bvlc is None else of_bvlc.fields.get(name)


def paths() -> list[str]:
    """Return the files of dialects, sorted by path."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "forks")
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


@cache
def dialects() -> dict[str, Dialect]:
    """Return all dialects by name, the lowest rank, BVLC, first."""
    reader = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dialect_file.py")
    rows = compiled.load("dialects", [*paths(), reader], compile_dialects)
    return {row[0]: _from_row(row) for row in rows}


def compile_dialects() -> Any:
    """Read the files of dialects and return them as JSON data, by rank."""
    from protolint.schema.dialect_file import read  # noqa: PLC0415  (only without compiled ones)

    return sorted(map(read, paths()), key=lambda row: row[2])


def named(text: str) -> frozenset[str] | None:
    """Return the dialects that a setting names, joined by commas; ``None`` for ``auto``.

    Raises ``ValueError`` for a name that is none, with the one that was probably meant.
    """
    names = frozenset(word.strip() for word in text.split(","))
    if names == {"auto"}:
        return None
    if "auto" in names:
        raise ValueError("`auto` stands alone")
    known = ["auto", *dialects()]
    for name in sorted(names):
        if name not in known:
            near = nearest(name, known)
            hint = f"; did you mean '{near[0]}'?" if near else f", only {', '.join(known)}"
            raise ValueError(f"no dialect '{name}'{hint}")
    return names


def listed(names: Iterable[str]) -> str:
    """Return the names of dialects for a sentence: the three best known, and how many more."""
    known = [dialect.name for dialect in in_order(names)]
    more = len(known) - 3
    if more > 0:
        return f"{', '.join(known[:3])} and {more} more"
    return " and ".join([", ".join(known[:-1]), known[-1]] if known[1:] else known)


def in_order(names: Iterable[str]) -> list[Dialect]:
    """Return the dialects of these names by rank. Raises ``KeyError`` for a name that is none."""
    known = dialects()
    return sorted((known[name] for name in names), key=lambda dialect: dialect.rank)


@cache
def dialect_types(names: frozenset[str]) -> frozenset[str]:
    """Return the layer types that at least one of the dialects registers."""
    return dialects()["bvlc"].types.union(*(dialect.types for dialect in in_order(names)))


@cache
def dialect_schema(names: frozenset[str]) -> Schema:
    """Return the schema that texts of the dialects are read by: BVLC's and what they add."""
    base = load_bvlc()
    if names <= BVLC:
        return base
    return merged(in_order(names))


def merged(chosen: Sequence[Dialect]) -> Schema:
    """Return BVLC's schema with what some dialects add."""
    base = load_bvlc()
    messages = {name: dict(message.fields) for name, message in base.messages.items()}
    enums = {name: dict(enum.values) for name, enum in base.enums.items()}
    for dialect in chosen:
        for message in dialect.fields:
            messages.setdefault(message, {})
    added = dict.fromkeys((m, f) for d in chosen for m, of in d.fields.items() for f in of)
    for message, name in added:
        fields = messages[message]
        original = base.messages[message].fields.get(name) if message in base.messages else None
        fields[name] = _merged(original, variants(chosen, message, name))
    for dialect in chosen:
        for name, values in dialect.enums.items():
            enums[name] = values | enums.get(name, {})
    old = _old_types(chosen)
    types = frozenset().union(*(dialect.types for dialect in chosen), old.values())
    return Schema(
        base.package,
        {
            name: MessageType(name, fields, _doc(base.messages, name))
            for name, fields in messages.items()
        },
        {name: EnumType(name, values, _doc(base.enums, name)) for name, values in enums.items()},
        tuple(dialect.name for dialect in chosen),
        types - dialects()["bvlc"].types,
        old,
    )


def _old_types(chosen: Iterable[Dialect]) -> dict[str, str]:
    """Return the layer types that the new values of the old enum stand for.

    That is the type whose name has the same letters; of a dialect that has no other names for its
    types, the value itself.
    """
    found: dict[str, str] = {}
    for dialect in chosen:
        types = {name.lower(): name for name in (*dialects()["bvlc"].types, *dialect.types)}
        for value in dialect.enums.get("V1LayerParameter.LayerType", ()):
            found.setdefault(value, types.get(value.replace("_", "").lower(), value))
    return found


def variants(chosen: Iterable[Dialect], message: str, name: str) -> list[FieldType]:
    """Return a field as each of the dialects that have it declares it."""
    found = []
    for dialect in chosen:
        field = dialect.field(message, name)
        if field is not None:
            found.append(field)
    return found


def _merged(original: FieldType | None, found: list[FieldType]) -> FieldType:
    """Return the field that holds what all of these do, as the module says."""
    first = original or found[0]
    labels = {field.label for field in found}
    label = first.label
    if original is None:
        label = next(each for each in _LABELS if each in labels)
    defaults = {(type(field.default), field.default) for field in (first, *found)}
    same = len(defaults) == 1 and "repeated" not in labels
    default: Any = None
    if label != "repeated" and first.kind != "message":
        default = first.default if same else _defaults_differ(first.name)
    kind, type_name = _kind(first, found)
    return first._replace(
        label=label,
        kind=kind,
        type_name=type_name,
        default=default,
        explicit_default=same and all(field.explicit_default for field in found),
        many=label != "repeated" and "repeated" in labels,
    )


def _kind(first: FieldType, found: list[FieldType]) -> tuple[str, str]:
    """Return the kind, and type name, of a value that may be any of these."""
    kinds = {field.kind for field in (first, *found)}
    if len(kinds) > 1 and kinds <= _WHOLE:
        return "int64", ""
    if len(kinds) > 1 and kinds <= _WHOLE | _FLOATS:
        return ("double" if "double" in kinds else "float"), ""
    return first.kind, first.type_name


def _defaults_differ(name: str) -> Unknown:
    return unknown(f"the default of `{name}` depends on the fork")


def _doc(kinds: Any, name: str) -> str:
    return kinds[name].doc if name in kinds else ""


def _from_row(row: Any) -> Dialect:
    name, kind, rank, about, repository, branch, commit, *lists, fields, enums = row[:11]
    types, policies = lists
    absent, absent_values = row[11:]
    return Dialect(
        name,
        kind,
        rank,
        about,
        repository,
        branch,
        commit,
        frozenset(types),
        frozenset(policies),
        {message: {each[0]: FieldType(*each) for each in rows} for message, rows in fields.items()},
        enums,
        {message: frozenset(names) for message, names in absent.items()},
        {enum: frozenset(names) for enum, names in absent_values.items()},
    )

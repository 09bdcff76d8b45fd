"""The schema of an own Caffe, from its caffe.proto: read, checked, and texts bound by it."""

from __future__ import annotations

import os
from collections import Counter

from protolint import compiled, files
from protolint.layers import LAYER_TYPES
from protolint.problem import Problem
from protolint.schema import bvlc
from protolint.schema.bind import Binder
from protolint.schema.dialects import Dialect, dialects, merged
from protolint.schema.types import Schema
from protolint.syntax import foreign
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from protolint.schema.message import Message
    from protolint.syntax.tree import Document

_NEEDED = ("NetParameter", "SolverParameter", "LayerParameter")
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Broken(NamedTuple):
    """A schema file that cannot be read by: its text, and why."""

    path: str
    text: str
    problem: Problem


def read(path: str) -> Schema | Broken:
    """Return the schema in a file; what it declares is kept until the file changes."""
    try:
        data = files.read(path)
    except files.Unreadable as reason:
        return _broken(path, "", _reason(reason))
    if data.startswith(_UTF_16_MARKS):
        return _broken(path, "", "this is text in UTF-16; save it as UTF-8")
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    if odd := foreign.binary(text):
        return _broken(path, "", f"this is not text: {odd.args['likely']}")
    row = _load(path, text)
    if "broken" in row:
        return _broken(path, text, *row["broken"])
    return Schema.from_rows(row["schema"])


def _broken(path: str, text: str, what: str, start: int = 0, end: int = 0) -> Broken:
    line_end = text.find("\n", start)
    end = min(end, line_end) if line_end >= 0 else end  # of a long declaration, its first line
    return Broken(path, text, Problem("invalid-schema", start, end, {"what": what}))


def _reason(unreadable: files.Unreadable) -> str:
    values = unreadable.values
    if "size" in values:
        return f"{values['size']} is too large: {values['limit']} are read"
    return f"cannot be read: {values['reason']}"


def _load(path: str, text: str) -> Any:
    """Return the schema, or what is wrong with the file, as JSON data."""
    name = compiled.name_for("own-schema", os.fsencode(os.path.abspath(path)))
    return compiled.load(name, [path, *bvlc.reader_files()], lambda: _compiled(text))


def _compiled(text: str) -> Any:
    from protolint.schema.proto_file import ProtoFileError, read_proto  # noqa: PLC0415  (lark)

    try:
        schema = read_proto(text)
    except ProtoFileError as error:
        return {"broken": [error.message, error.start, error.end]}
    for name in _NEEDED:
        if name not in schema.messages:
            return {"broken": [f"this declares no message {name}, which Caffe reads", 0, 0]}
    return {"schema": schema.to_rows()}


class OwnBinder:
    """Binds texts by an own schema.

    It alone says what is wrong. What rules read is bound by BVLC's schema with what the own one
    adds, since rules are written for BVLC's.
    """

    def __init__(self, path: str, schema: Schema) -> None:
        self._strict = Binder(schema)
        self._reading = Binder(reading_schema(path, schema))
        self.schema = self._reading.schema

    def bind(self, document: Document, name: str, problems: list[Problem]) -> Message:
        """Return the fields of a whole text as the message ``name``; append what is wrong."""
        self._strict.bind(document, name, problems)
        return self._reading.bind(document, name, [])


def reading_schema(path: str, schema: Schema) -> Schema:
    """Return BVLC's schema with what an own one adds."""
    reading = merged([_as_dialect(path, schema)])
    return reading._replace(dialects=(), types=OwnTypes(schema))


class OwnTypes:
    """The layer types that an own Caffe may have beyond BVLC's.

    A schema does not say which it registers. So these are all, but for a slip in the name of one of
    BVLC's that the schema has no parameters for.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def __contains__(self, name: object) -> bool:
        return (
            isinstance(name, str)
            and name != ""
            and (
                is_plausible(name, self._schema) or not any(_is_slip(name, t) for t in LAYER_TYPES)
            )
        )


def _is_slip(name: str, type_: str) -> bool:
    """Return whether a name is a type's with letters swapped or of other case, or lacks one.

    ``Unpooling`` and ``ConvolutionDW`` are new types, where ``Poling`` and ``Relu`` are slips.
    """
    missing = Counter(type_.lower())
    missing.subtract(name.lower())
    return min(missing.values()) >= 0 and sum(missing.values()) <= 1


def with_all_dialects(paths: Iterable[str]) -> Schema:
    """Return what texts of any dialect, or by a schema in one of the files, may hold."""
    read_by = [(path, read(path)) for path in paths]
    own = [_as_dialect(path, found) for path, found in read_by if isinstance(found, Schema)]
    return merged([*own, *dialects().values()])


def is_plausible(type_: str, schema: Schema) -> bool:
    """Return whether a schema adds a layer type's parameters, or its name in the old enum.

    ``ROIPooling`` has its parameters in ``roi_pooling_param``.
    """
    added = _names_in_layers(schema) - _names_in_layers(bvlc.load_bvlc())
    letters = type_.replace("_", "").lower()
    return any(letters == name.replace("_", "").lower() for name in added)


def _names_in_layers(schema: Schema) -> set[str]:
    old = schema.enums.get("V1LayerParameter.LayerType")
    params = {name.removesuffix("_param") for name in schema.messages["LayerParameter"].fields}
    return params | set(old.values) if old else params


def _as_dialect(path: str, own: Schema) -> Dialect:
    """Return what an own schema has otherwise than BVLC's."""
    base = bvlc.load_bvlc()
    fields: dict[str, dict[str, Any]] = {}
    for name, message in own.messages.items():
        of_bvlc = base.messages[name].fields if name in base.messages else {}
        fields[name] = {
            field.name: field
            for field in message.fields.values()
            if field.name not in of_bvlc or _differs(field, of_bvlc[field.name])
        }
    enums = {
        name: {
            value: number
            for value, number in enum.values.items()
            if name not in base.enums or value not in base.enums[name].values
        }
        for name, enum in own.enums.items()
    }
    return Dialect(
        name=path,
        kind="fork",
        rank=0,
        about="",
        repository="",
        branch="",
        commit="",
        types=frozenset(),
        policies=frozenset(),
        fields=fields,
        enums=enums,
        absent={},
        absent_values={},
    )


def _differs(field: Any, other: Any) -> bool:
    """Return whether two fields are read in different ways."""
    return any(
        getattr(field, part) != getattr(other, part)
        for part in ("label", "kind", "type_name", "default")
    )

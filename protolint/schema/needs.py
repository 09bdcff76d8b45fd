"""What a text asks of the Caffe that reads it: for each of its parts, the dialects that have it.

A part is a field, a value, a list where others take one value, a layer type or a learning-rate
policy. Those that every dialect has are left out, and so are those that none has: these are
mistakes, and say nothing about the dialect.
"""

from __future__ import annotations

from functools import cache

from protolint.schema.bvlc import load_bvlc
from protolint.schema.dialects import dialects, variants
from protolint.schema.scalar import read_scalar
from protolint.schema.types import FieldType
from protolint.syntax.literal import Fault, is_word, read_integer, read_string
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Literal, TypeAlias

    from protolint.syntax.tree import Document, Field

Kind: TypeAlias = 'Literal["field", "value", "list", "absent", "type", "policy"]'
Types = tuple[tuple[str, frozenset[str]], ...]
"""The message types that a block has, each with the dialects in which it has it."""
Forms = tuple[tuple[FieldType, frozenset[str]], ...]
"""The forms of a field, likewise."""


class Need(NamedTuple):
    """A part of a text that not every dialect has.

    A ``list`` is a field that is given several times; what is ``absent`` is a field that some
    dialects require.

    ``name`` is the field's, or the layer type or policy; ``value`` is what is written for a value,
    and ``message`` the type of the message that the field stands in. ``start``..``end`` is where
    the part is first written.
    """

    kind: Kind
    message: str
    name: str
    value: str
    dialects: frozenset[str]
    start: int
    end: int

    @property
    def shown(self) -> str:
        """The part, as it is told."""
        return f"{self.name}: {self.value}" if self.kind == "value" else self.name


def needs(document: Document, name: str) -> list[Need]:
    """Return what a text asks of its reader as the message ``name``, each part once, in order."""
    found: dict[Any, Need] = {}
    _walk(document.fields, ((name, everyone()),), found)
    return [need for need in found.values() if need.dialects]


@cache
def everyone() -> frozenset[str]:
    """Return the names of all dialects."""
    return frozenset(dialects())


@cache
def having_type(name: str) -> frozenset[str]:
    """Return the dialects that register a layer type."""
    if name in dialects()["bvlc"].types:
        return everyone()
    return _those(name in dialect.types for dialect in dialects().values())


@cache
def having_policy(name: str) -> frozenset[str]:
    """Return the dialects that have a learning-rate policy."""
    if name in dialects()["bvlc"].policies:
        return everyone()
    return _those(name in dialect.policies for dialect in dialects().values())


@cache
def having_value(enum: str, value: str) -> frozenset[str]:
    """Return the dialects whose enum has a value, given by name or by number."""
    known = load_bvlc().enums
    of_bvlc = known[enum].values if enum in known else {}
    number = read_integer(value, "int32") if not is_word(value) else None

    def has(values: dict[str, int]) -> bool:
        return value in values if number is None else number in values.values()

    found = []
    for dialect in dialects().values():
        lacks = dialect.absent_values.get(enum, ())
        mine = {name: at for name, at in of_bvlc.items() if name not in lacks}
        found.append(has(mine | dialect.enums.get(enum, {})))
    return _those(found)


@cache
def having_field(message: str, name: str) -> Forms:
    """Return the forms that a field has, and which dialects have it so."""
    forms: dict[tuple[str, str, str], tuple[FieldType, set[str]]] = {}
    for dialect in dialects().values():
        for field in variants((dialect,), message, name):
            key = field.label, field.kind, field.type_name
            forms.setdefault(key, (field, set()))[1].add(dialect.name)
    return tuple((field, frozenset(names)) for field, names in forms.values())


def _those(answers: Iterable[bool]) -> frozenset[str]:
    return frozenset(name for name, answer in zip(dialects(), answers, strict=True) if answer)


def _walk(fields: list[Field], types: Types, found: dict[Any, Need]) -> None:
    """Look at the fields of a block."""
    here = _union(types)
    seen: set[str] = set()
    for field in fields:
        name, content = field.name, field.value
        forms = _forms(types, name)
        if content is None or not forms:
            seen.add(name)
            continue
        who = _union(forms)
        if who != here:
            _add(found, "field", types, field, who)
        if name in seen or type(content) is tuple:
            lists = _union((form, names) for form, names in forms if form.label == "repeated")
            if lists != who:
                _add(found, "list", types, field, lists)
        seen.add(name)
        items: Any = content if type(content) is tuple else (field,)
        for item in items:
            _item(item, types, forms, who, found)
    for name, who in _lenient(types):
        if name not in seen:
            _add(found, "absent", types, None, who, name)


def _item(
    item: Field, types: Types, forms: Forms, who: frozenset[str], found: dict[Any, Need]
) -> None:
    """Look at the value of a field, or at one item of a short list."""
    if type(item.value) is list:
        inner = _blocks(forms)
        takers = _union(inner)
        if inner:
            _walk(item.value, inner, found)
    else:
        takers = _taking(forms, str(item.value))
    if takers != who:
        _add(found, "value", types, item, takers)
    word = _WORDS.get((types[0][0], item.name))
    if word is not None:
        kind, having = word
        value = read_string(str(item.value))
        if isinstance(value, str) and having(value) != everyone():
            _add(found, kind, types, item, having(value), value)


_WORDS: dict[tuple[str, str], tuple[Kind, Any]] = {
    ("LayerParameter", "type"): ("type", having_type),
    ("SolverParameter", "lr_policy"): ("policy", having_policy),
}
"""Strings of which each dialect knows some: message and field, and what tells which."""


def _add(
    found: dict[Any, Need],
    kind: Kind,
    types: Types,
    field: Field | None,
    who: frozenset[str],
    name: str = "",
) -> None:
    message = types[0][0]
    name = name or (field.name if field else "")
    value = str(field.value) if field and kind == "value" and type(field.value) is str else ""
    start, end = (field.start, field.end) if field else (0, 0)
    found.setdefault(
        (kind, message, name, value), Need(kind, message, name, value, who, start, end)
    )


def _union(pairs: Iterable[tuple[Any, frozenset[str]]]) -> frozenset[str]:
    return frozenset().union(*(names for _, names in pairs))


@cache
def _forms(types: Types, name: str) -> Forms:
    """Return the forms of a field in a block of one of several types."""
    return tuple(
        (form, names & here)
        for message, here in types
        for form, names in having_field(message, name)
        if names & here
    )


@cache
def _blocks(forms: Forms) -> Types:
    """Return the types of a field's block."""
    found: dict[str, frozenset[str]] = {}
    for form, names in forms:
        if form.kind == "message":
            found[form.type_name] = found.get(form.type_name, frozenset()) | names
    return tuple(found.items())


@cache
def _taking(forms: Forms, text: str) -> frozenset[str]:
    """Return the dialects that take a text as the field's value."""
    return frozenset().union(
        *(
            names & having_value(form.type_name, text) if form.kind == "enum" else names
            for form, names in forms
            if form.kind == "enum" or (form.kind != "message" and _fits(form, text))
        )
    )


def _fits(form: FieldType, text: str) -> bool:
    return not isinstance(read_scalar(text, form, load_bvlc()), Fault)


@cache
def _lenient(types: Types) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the fields that some dialects require of a block, with those that do not."""
    here = _union(types)
    found: dict[str, frozenset[str]] = {}
    for message, names in types:
        for name in _required().get(message, ()):
            strict = _union(f for f in having_field(message, name) if f[0].label == "required")
            if not strict.isdisjoint(names):
                found[name] = found.get(name, here) - (strict & names)
    return tuple(found.items())


@cache
def _required() -> dict[str, dict[str, None]]:
    """Return for each message the fields that some dialect requires."""
    found: dict[str, dict[str, None]] = {}
    bvlc = {message.name: message.fields for message in load_bvlc().messages.values()}
    for messages in (bvlc, *(dialect.fields for dialect in dialects().values())):
        for message, fields in messages.items():
            for field in fields.values():
                if field.label == "required":
                    found.setdefault(message, {})[field.name] = None
    return found

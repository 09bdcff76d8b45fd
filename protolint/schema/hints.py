"""What dialects have to say about what does not fit a schema."""

from __future__ import annotations

from functools import cache

from protolint.schema import misfit
from protolint.schema.bvlc import load_bvlc
from protolint.schema.dialects import dialects, in_order, listed, variants
from protolint.schema.misfit import nearest
from protolint.schema.needs import having_field, having_type, having_value
from protolint.syntax.literal import Fault
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.problem import Problem
    from protolint.schema.dialects import Dialect
    from protolint.schema.message import Message
    from protolint.schema.types import FieldType


_SLIP = 0.85
"""From this likeness on, as difflib has it, a word is taken for a misspelling of another."""


def hinted(problem: Problem, *, strict: bool) -> Problem:
    """Return a misfit with the dialects that have the field or value, or one of a like name.

    Where the dialect was asked for, fields of others are only proposed if it has none.
    """
    args = problem.args
    name = str(args["name"]) if "name" in args else ""
    if problem.rule == "unknown-field":
        who = frozenset().union(*(names for _, names in having_field(str(args["message"]), name)))
        if not who and not (strict and args["near"]):
            return _with_near(problem, str(args["message"]), name)
    elif problem.rule == "unknown-enum-value":
        who = having_value(str(args["enum"]), str(args["value"]))
    else:
        return problem
    return _with_advice(problem, f"only a fork has it: {listed(who)}") if who else problem


def _with_near(problem: Problem, message: str, name: str) -> Problem:
    near = nearest(name, _fields(message))
    if not near or near[0] == problem.args["near"]:
        return problem
    who = frozenset().union(*(names for _, names in having_field(message, near[0])))
    return _with_advice(problem, f"did you mean `{near[0]}`, which a fork has ({listed(who)})?")


def _with_advice(problem: Problem, advice: str) -> Problem:
    """Return the problem with advice that speaks of a fork: then nothing is but misspelt."""
    return problem._replace(args={**problem.args, "advice": advice}, edits=())


@cache
def _fields(message: str) -> tuple[str, ...]:
    """Return the names of a message's fields in all dialects."""
    of_bvlc = load_bvlc().messages.get(message)
    added = (name for dialect in dialects().values() for name in dialect.fields.get(message, ()))
    return tuple(dict.fromkeys((*(of_bvlc.fields if of_bvlc else ()), *added)))


def type_owners(name: str) -> str:
    """Return what to say beside a layer type that only others have; empty where nobody has it."""
    who = having_type(name)
    return f"only a fork has it: {listed(who)}" if who else ""


def meant_type(name: str, declared: str) -> tuple[str, bool]:
    """Return what to ask beside a type that nobody has, and whether it is but a slip of the pen.

    A type of a like name that is ``declared`` by the user comes before those of known Caffes.
    A known type with something added to it is rather one that was derived from it.
    """
    every = dict.fromkeys(each for dialect in dialects().values() for each in dialect.types)
    found = [declared] if declared else nearest(name, every)
    if not found:
        return "", False
    who = having_type(found[0])
    fork = "" if declared or "bvlc" in who else f", of {listed(who)}"
    return f'did you mean "{found[0]}"{fork}?', _is_slip(name.lower(), found[0].lower())


def _is_slip(name: str, other: str) -> bool:
    from difflib import SequenceMatcher  # noqa: PLC0415  (slow to import)

    added = name.replace(other, "", 1)
    if other in name and (len(added) > 1 or added.isdigit()):
        return False
    return SequenceMatcher(None, name, other).ratio() >= _SLIP


def lacking(message: Message, names: frozenset[str], source: str) -> Iterator[Problem]:
    """Yield a problem for what is written and none of the dialects has, as BVLC does."""
    yield from _lacking(message, in_order(names), source)


def _lacking(message: Message, chosen: list[Dialect], source: str) -> Iterator[Problem]:
    for name, value in message.values.items():
        kind, node = message.type.fields[name], message.nodes[name]
        values, nodes = (value, node) if isinstance(value, list) else ([value], [node])
        forms = variants(chosen, message.type.name, name)
        if not forms:
            who = frozenset().union(*(n for _, n in having_field(message.type.name, name)))
            for each in nodes:
                unknown = misfit.unknown_field(each, message.type, misfit.Guess(""), message.schema)
                yield _with_advice(unknown, _lack(chosen, who))
            continue
        if len(nodes) > 1 and all(form.label != "repeated" for form in forms):
            yield misfit.duplicate(nodes[1], nodes[0], source)
        for inner, each in zip(values, nodes, strict=True):
            if kind.kind == "message":
                yield from _lacking(inner, chosen, source)
            elif kind.kind == "enum" and not _has_value(inner, kind, chosen):
                enum = message.schema.enums[kind.type_name]
                wrong = misfit.bad_value(each, kind, Fault("unknown-enum-value", ""), enum)
                yield _with_advice(wrong, _lack(chosen, having_value(enum.name, inner)))


def _has_value(value: str, kind: FieldType, chosen: list[Dialect]) -> bool:
    who = having_value(kind.type_name, value)
    return any(dialect.name in who for dialect in chosen)


def _lack(chosen: list[Dialect], who: frozenset[str]) -> str:
    lacks = "lacks" if len(chosen) == 1 else "lack"
    return f"{listed(dialect.name for dialect in chosen)} {lacks} it, but not {listed(who)}"

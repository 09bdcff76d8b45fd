"""We accept what libprotobuf's C++ parser accepts, small probes and real files."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import text_format

from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.schema.descriptors import message_class
from protolint.syntax.parser import parse
from protolint.syntax.source import decode
from tests.fuzz.differential import fill

if TYPE_CHECKING:
    from protolint.problem import Problem
    from protolint.schema.message import Message

    Readings = dict[tuple[str, str], tuple[str, list[str], Message, list[Problem]]]

SCHEMA = load_bvlc()
BINDER = Binder(SCHEMA)
CLASSES = {name: message_class(SCHEMA, name) for name in ("NetParameter", "SolverParameter")}

CASES = os.path.join(os.path.dirname(__file__), os.pardir, "facts", "parse_cases.jsonl")
with open(CASES, encoding="utf-8") as file:
    PROBES = [json.loads(line) for line in file]

# What C++ says of each kind of misfit that both of us place at the same token.
SAYINGS = {
    "unknown-field": "has no field named",
    "unknown-enum-value": "Unknown enumeration value",
    "quoted-enum": "Expected integer or identifier",
    "wrong-type": "Expected integer, got",
}


def _read(text: str, name: str) -> tuple[Message, list[Problem]]:
    document = parse(text)
    problems = list(document.problems)
    message = BINDER.bind(document, name, problems)
    return message, sorted(problems, key=lambda problem: problem.start)


def _cpp_place(text: str, offset: int) -> str:
    """Return an offset as C++ counts: columns in bytes, a tab up to the next multiple of 8."""
    line = text.rfind("\n", 0, offset) + 1
    before = text[line:offset].encode("utf-8", "surrogateescape")
    column = 0
    for byte in before:
        column += 8 - column % 8 if byte == 9 else 1
    return f"{text.count(chr(10), 0, offset) + 1}:{column + 1}"


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe["text"][:40])
def test_probes_are_accepted_or_refused_as_in_cpp(probe: dict[str, Any]) -> None:
    _, problems = _read(probe["text"], probe["message"])
    assert (problems == []) == probe["accepted"]


@pytest.fixture(scope="module")
def readings(corpus: Any) -> Readings:
    """Read each file as each message type that Caffe read it as; with what C++ found wrong."""
    verdicts: dict[tuple[str, str], list[str]] = {}
    for (name, what, _), row in corpus.rows.items():
        kind = "NetParameter" if what == "net" else "SolverParameter"
        verdicts[name, kind] = row.get("parse_error") or []
    found = {}
    for (name, kind), errors in verdicts.items():
        with open(corpus.path(name), "rb") as source:
            text = decode(source.read())
        found[name, kind] = text, errors, *_read(text, kind)
    return found


def test_files_are_accepted_or_refused_as_in_cpp(readings: Readings) -> None:
    assert len(readings) == 568
    assert sum(bool(errors) for _, errors, _, _ in readings.values()) == 181
    wrong = [
        (key, errors[:1], problems[:1])
        for key, (_, errors, _, problems) in readings.items()
        if bool(errors) != bool(problems)
    ]
    assert wrong == []


def test_the_first_error_stands_where_cpp_found_it(readings: Readings) -> None:
    compared = 0
    for key, (text, errors, _, problems) in readings.items():
        if not errors:
            continue
        problem = problems[0]
        place = re.search(r": (\d+:\d+): ", errors[0])
        assert place, errors[0]
        assert SAYINGS[problem.rule] in errors[0], (key, errors[0], problem)
        # C++ names a field that it does not know once it has read it, and an enum value so too.
        behind = problem.rule in ("unknown-field", "unknown-enum-value")
        at = _behind(text, problem) if behind else problem.start
        assert _cpp_place(text, at) == place[1], (key, errors[0], problem)
        compared += 1
    assert compared == 181


def _behind(text: str, problem: Problem) -> int:
    """Return the offset of the token behind a problem."""
    blank = re.compile(r"(?:\s|#[^\n]*)*").match(text, problem.end)
    assert blank
    return blank.end()


def test_values_are_those_of_protobuf(readings: Readings) -> None:
    compared = 0
    for (name, kind), (text, errors, message, _) in readings.items():
        if errors:
            continue
        expected = CLASSES[kind]()
        text_format.Parse(text.encode("utf-8", "surrogateescape"), expected)
        got = CLASSES[kind]()
        fill(got, message)
        assert got == expected, name
        compared += 1
    assert compared == 387

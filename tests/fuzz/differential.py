"""Holds parser and schema against libprotobuf's own C++ reader: python -m tests.fuzz.differential.

Each text is accepted by both with equal values, or refused by both; anything else is printed and
ends the run with 1. Needs g++ and libprotobuf's headers (Debian: libprotobuf-dev).
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any

import click

from protolint.schema.bind import Binder
from protolint.schema.bvlc import load_bvlc
from protolint.schema.descriptors import file_descriptor, message_class
from protolint.schema.message import Message
from protolint.syntax.parser import parse
from protolint.syntax.source import decode
from tests.fuzz import seeds
from tests.fuzz.mutate import mutated

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = load_bvlc()
CLASSES = {name: message_class(SCHEMA, name) for name in ("NetParameter", "SolverParameter")}
BATCH = 5000


@click.command()
@click.option("--count", default=20_000, help="How many texts to read.")
@click.option("--seed", default=0, help="Where the random numbers start.")
@click.option("--most", default=20, help="After how many differences to stop.")
def main(count: int, seed: int, most: int) -> None:
    """Compare the readings of COUNT mutated texts."""
    rnd, started = random.Random(seed), time.monotonic()
    different = accepted = done = incomparable = 0
    with tempfile.TemporaryDirectory() as folder:
        peer = build(folder)
        if peer is None:
            sys.exit("the peer cannot be compiled")
        while done < count and different < most:
            cases = list(texts(rnd, min(BATCH, count - done)))
            for (name, data), theirs in zip(cases, ask(peer, cases), strict=True):
                difference = compare(name, data, theirs)
                accepted += theirs is not None
                incomparable += difference == ""
                if difference:
                    different += 1
                    print(f"-- {name}: {difference}\n{data!r}")
            done += len(cases)
    print(
        f"{done} texts, {accepted} accepted, {different} read differently; of {incomparable} the "
        f"values are no UTF-8 and were not compared; {time.monotonic() - started:.0f} s"
    )
    sys.exit(bool(different))


def texts(rnd: random.Random, count: int) -> Iterator[tuple[str, bytes]]:
    """Return mutated texts, each with the message that it is read as."""
    known = seeds.prototxts()
    names = [*known, "NetParameter", "NetParameter"]
    for _ in range(count):
        name = rnd.choice(names)
        text = mutated(rnd.choice(known[name]), rnd, known[name])
        yield name, text.encode("utf-8", "surrogatepass")


def build(folder: str) -> list[str] | None:
    """Compile the peer and write what it needs; return the command, ``None`` if g++ fails."""
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer.cpp")
    binary, schema = os.path.join(folder, "peer"), os.path.join(folder, "schema.pb")
    command = ["g++", "-O2", source, "-o", binary, "-lprotobuf"]
    if subprocess.run(command, check=False).returncode:
        return None
    with open(schema, "wb") as out:
        out.write(file_descriptor(SCHEMA).SerializeToString())
    return [binary, schema]


def ask(peer: list[str], cases: list[tuple[str, bytes]]) -> Iterator[bytes | None]:
    """Return for each text the message that C++ reads, serialized; ``None`` where it refuses."""
    questions = b"".join(b"%s %d\n%s" % (name.encode(), len(data), data) for name, data in cases)
    answers = subprocess.run(peer, input=questions, stdout=subprocess.PIPE, check=True).stdout
    at = 0
    for _ in cases:
        end = answers.index(b"\n", at)
        verdict, _, rest = answers[at:end].partition(b" ")
        at = end + 1
        if verdict == b"accepted":
            yield answers[at : at + int(rest)]
            at += int(rest)
        else:
            yield None


def compare(name: str, data: bytes, theirs: bytes | None) -> str | None:
    """Say how a reading differs, ``None`` if it does not, ``""`` if that cannot be told."""
    document = parse(decode(data))
    problems = list(document.problems)
    message = Binder(SCHEMA).bind(document, name, problems)
    if theirs is None:
        return None if problems else "accepted here only"
    if problems:
        return f"refused here only, for {problems[0].rule}"
    ours = CLASSES[name]()
    try:
        fill(ours, message)
    except UnicodeEncodeError:
        return ""
    expected = CLASSES[name].FromString(theirs)
    if ours.SerializePartialToString(deterministic=True) == expected.SerializePartialToString(
        deterministic=True
    ):
        return None
    return f"the values differ:\n{ours}\n{expected}"


def fill(target: Any, message: Message) -> None:
    """Write the values of a bound message into a protobuf message."""
    for name, value in message.values.items():
        field = message.type.fields[name]
        for item in value if field.label == "repeated" else [value]:
            if isinstance(item, Message):
                many = field.label == "repeated"
                inner = getattr(target, name).add() if many else getattr(target, name)
                inner.SetInParent()
                fill(inner, item)
                continue
            plain = SCHEMA.enums[field.type_name].values[item] if field.kind == "enum" else item
            if field.label == "repeated":
                getattr(target, name).append(plain)
            else:
                setattr(target, name, plain)


if __name__ == "__main__":
    main()

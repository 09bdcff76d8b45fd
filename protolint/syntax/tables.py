"""``grammars/prototxt.lark`` compiled to tables: one token pattern and an LALR automaton.

lark compiles; the result is plain data that is cached, so lark is imported only when the grammar
has changed. ``protolint.syntax.parser`` drives the tables.
"""

from __future__ import annotations

import os
import re

from protolint import compiled
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any

END = 0
"""The kind of the end of the text; token kinds count from 1."""

BAD = -1
"""The kind of a text that is no token."""

APPEND = 1 << 30
"""The action that appends a plain field to the fields on the stack and stays in the state."""


class Rule(NamedTuple):
    """A production: what it makes (``origin``), of how many symbols, and which action reads it."""

    origin: str
    size: int
    action: str


class Tables(NamedTuple):
    """What the parser needs.

    ``pattern`` matches the next token behind any white space; its ``lastindex`` is the token's
    kind. ``actions[state][kind]`` is a state to shift to, ``~rule`` to reduce, or ``APPEND``;
    ``gotos[state][origin]`` the state after a reduction. ``bodies`` are the states in which a field
    may begin; the fields read so far then lie on top of the value stack. ``empty_bodies`` leads
    from a state behind an opening brace, and from the ``start``, to the body without a field yet.
    ``defaults[state]`` is the one reduction that is possible in a state, done before a token that
    cannot follow is called an error: it completes what is complete. ``starters``, ``openers`` and
    ``closers`` are the kinds that begin a field for certain, open a block, and close one.
    """

    pattern: re.Pattern[str]
    kinds: dict[str, int]
    rules: list[Rule]
    actions: list[dict[int, int]]
    gotos: list[dict[str, int]]
    bodies: frozenset[int]
    empty_bodies: dict[int, int]
    defaults: dict[int, int]
    starters: frozenset[int]
    openers: frozenset[int]
    closers: frozenset[int]
    start: int


def load() -> Tables:
    """Return the tables of the prototxt grammar."""
    data = compiled.load("prototxt", [_grammar(), __file__], compile_grammar)
    rules = [Rule(*rule) for rule in data["rules"]]
    gotos = [dict(row) for row in data["gotos"]]
    empty_bodies = {
        state: gotos[state]["fields"]
        for state, row in enumerate(data["actions"])
        if row and all(action < 0 and rules[~action].action == "no_field" for _, action in row)
    }
    kinds = {name: kind for kind, name in enumerate(["END", *data["terminals"]])}

    def of(*names: str) -> frozenset[int]:
        return frozenset(kinds[name] for name in names)

    return Tables(
        pattern=re.compile(data["pattern"], re.ASCII),
        kinds=kinds,
        rules=rules,
        actions=[dict(row) for row in data["actions"]],
        gotos=gotos,
        bodies=frozenset(empty_bodies.values()),
        empty_bodies=empty_bodies,
        defaults={
            state: reductions.pop()
            for state, row in enumerate(data["actions"])
            if len(reductions := {a for _, a in row if a < 0 and rules[~a].origin != "document"})
            == 1
        },
        starters=of("FIELD", "OPEN", "OPEN_ANGLE"),
        openers=of("OPEN", "OPEN_ANGLE", "BRACE", "ANGLE"),
        closers=of("CLOSE", "CLOSE_ANGLE"),
        start=data["start"],
    )


def compile_grammar() -> Any:
    """Compile the grammar with lark and return the tables as JSON data."""
    import lark  # noqa: PLC0415  (not needed once the tables are cached)
    from lark.grammar import Rule  # noqa: PLC0415
    from lark.lexer import TerminalDef  # noqa: PLC0415

    with open(_grammar(), encoding="utf-8") as file:
        grammar = file.read()
    parser = lark.Lark(
        grammar,
        parser="lalr",
        lexer="basic",
        start="document",
        maybe_placeholders=False,
        g_regex_flags=re.ASCII,
    )
    # What Lark.save() pickles.
    data, memo = parser.memo_serialize([TerminalDef, Rule])
    automaton = data["parser"]["parser"]
    ignored = "WHITESPACE"
    terminals = [
        entry
        for entry in memo.values()
        if entry["__type__"] == "TerminalDef" and entry["name"] != ignored
    ]
    terminals.sort(key=lambda entry: -entry["priority"])
    kinds = {entry["name"]: kind for kind, entry in enumerate(terminals, 1)} | {"$END": END}
    numbers = {key: number for number, key in enumerate(_rules(memo))}
    symbols = {int(key): name for key, name in automaton["tokens"].items()}
    actions: list[list[tuple[int, int]]] = []
    gotos: list[list[tuple[str, int]]] = []
    for state in range(len(automaton["states"])):
        row = automaton["states"][state]
        cells = [(symbols[int(key)], shifts, target) for key, (shifts, target) in row.items()]
        actions.append(
            [
                (kinds[symbol], ~numbers[target["@"]] if reduces else target)
                for symbol, reduces, target in cells
                if symbol in kinds
            ]
        )
        gotos.append([(symbol, target) for symbol, _, target in cells if symbol not in kinds])
    return {
        "pattern": r"[ \t\r\n\v\f]*+(?:" + "|".join(f"({_regex(t)})" for t in terminals) + ")",
        "terminals": [entry["name"] for entry in terminals],
        "rules": [_rule(memo[key]) for key in numbers],
        "actions": _with_appends(actions, kinds["FIELD"]),
        "gotos": gotos,
        "start": automaton["start_states"]["document"],
    }


def _grammar() -> str:
    return os.path.join(compiled.data_folder("grammars"), "prototxt.lark")


def _rules(memo: dict[Any, Any]) -> list[Any]:
    return [key for key, entry in memo.items() if entry["__type__"] == "Rule"]


def _rule(entry: dict[str, Any]) -> Rule:
    origin = entry["origin"]["name"]
    return Rule(origin, len(entry["expansion"]), entry["alias"] or origin)


def _regex(terminal: dict[str, Any]) -> str:
    pattern = terminal["pattern"]
    value: str = pattern["value"]
    return re.escape(value) if pattern["__type__"] == "PatternStr" else value


def _with_appends(actions: list[list[tuple[int, int]]], field: int) -> list[list[tuple[int, int]]]:
    """Replace "shift FIELD, then reduce ``fields: fields FIELD``" by the one action ``APPEND``.

    The grammar lets nothing follow within that production, so the reduction is certain and leads
    back to the state it came from: the automaton would only walk in a circle.
    """
    return [
        [(kind, APPEND if kind == field and action >= 0 else action) for kind, action in row]
        for row in actions
    ]

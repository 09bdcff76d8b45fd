r"""Patterns for ``matches()``: regular expressions without backtracking.

A pattern that comes with a rule file cannot make a run hang: a search takes time proportional to
the length of the text, and at most to the square of the pattern's, which is short. Supported are
characters, ``.``, ``[…]``, ``\d \w \s``, groups, ``|``, ``*``, ``+``, ``?``, and ``^`` and ``$``
around the whole. The method is Glushkov's: every character of the pattern is a state.
"""

from __future__ import annotations

import re
import warnings

from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LENGTH = 100

_ATOM = re.compile(r"\[\^?\]?(?:\\.|[^\\\]])*\]|\\.|[^\\()|*+?{}\[^$]", re.DOTALL)
_LETTER_ESCAPES = "dDwWsSnrt"


class PatternError(ValueError):
    """The pattern is malformed or uses what is not supported."""


class _Part(NamedTuple):
    """A part of a pattern: whether it matches "", and the states it can begin and end with."""

    empty: bool
    first: frozenset[int]
    last: frozenset[int]


class _Automaton:
    """The states of a pattern, built by recursive descent."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.tests: list[Callable[[str], object]] = []
        self.follow: list[set[int]] = []

    def alternatives(self) -> _Part:
        part = self.sequence()
        while self.accept("|"):
            other = self.sequence()
            part = _Part(
                part.empty or other.empty, part.first | other.first, part.last | other.last
            )
        return part

    def sequence(self) -> _Part:
        part = _Part(empty=True, first=frozenset(), last=frozenset())
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            following = self.repetition()
            self.join(part.last, following.first)
            part = _Part(
                part.empty and following.empty,
                part.first | following.first if part.empty else part.first,
                part.last | following.last if following.empty else following.last,
            )
        return part

    def repetition(self) -> _Part:
        part = self.single()
        sign = self.pattern[self.at : self.at + 1]
        if not sign or sign not in "*+?":
            return part
        self.at += 1
        if self.pattern[self.at : self.at + 1] in ("*", "+", "?"):
            # Elsewhere *? is lazy and *+ possessive, which decides nothing or too much here.
            raise PatternError(f"'{sign}' cannot be followed by another repetition in a pattern")
        if sign != "?":
            self.join(part.last, part.first)
        return part if sign == "+" else part._replace(empty=True)

    def single(self) -> _Part:
        if self.accept("("):
            if self.accept("?"):
                raise PatternError("groups that begin with (? are not supported in a pattern")
            part = self.alternatives()
            if not self.accept(")"):
                raise PatternError("a group of this pattern has no closing parenthesis")
            return part
        atom = _ATOM.match(self.pattern, self.at)
        if atom is None:
            raise PatternError(f"cannot use {self.pattern[self.at :][:1]!r} here in a pattern")
        self.at = atom.end()
        self.tests.append(_character_test(atom[0]))
        self.follow.append(set())
        state = frozenset({len(self.tests) - 1})
        return _Part(empty=False, first=state, last=state)

    def join(self, before: frozenset[int], after: frozenset[int]) -> None:
        for state in before:
            self.follow[state] |= after

    def accept(self, sign: str) -> bool:
        found = self.pattern.startswith(sign, self.at)
        self.at += found
        return found


def matcher(pattern: str) -> Callable[[str], bool]:
    """Return a function that tells whether the pattern matches anywhere in a text.

    Raises ``PatternError``.
    """
    if len(pattern) > MAX_LENGTH:
        raise PatternError(f"a pattern has at most {MAX_LENGTH} characters")
    at_start = pattern.startswith("^")
    backslashes = len(pattern[:-1]) - len(pattern[:-1].rstrip("\\"))
    at_end = pattern.endswith("$") and backslashes % 2 == 0
    automaton = _Automaton(pattern[at_start : len(pattern) - at_end])
    whole = automaton.sequence() if at_start or at_end else automaton.alternatives()
    rest = automaton.pattern[automaton.at :]
    if rest.startswith("|"):
        raise PatternError("put the alternatives beside ^ or $ in parentheses")
    if rest:
        raise PatternError("this pattern closes a group that it does not open")
    tests, follow = automaton.tests, automaton.follow

    def matches(text: str) -> bool:
        if whole.empty and not (at_start and at_end and text):
            return True
        states: set[int] = set()
        candidates = set(whole.first)
        for character in text:
            states = {state for state in candidates if tests[state](character)}
            if not at_end and not states.isdisjoint(whole.last):
                return True
            candidates = set().union(*(follow[state] for state in states))
            if not at_start:
                candidates |= whole.first
        return at_end and not states.isdisjoint(whole.last)

    return matches


def _character_test(atom: str) -> Callable[[str], object]:
    if len(atom) == 1 and atom != ".":
        return atom.__eq__
    if len(atom) == 2 and atom[0] == "\\" and atom[1] not in _LETTER_ESCAPES:
        if atom[1].isalnum():
            raise PatternError(f"unknown escape {atom} in a pattern")
        return atom[1].__eq__
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "error"
            )  # such as for [a&&b], which re may read otherwise one day
            return re.compile(atom).match
    except (re.error, FutureWarning) as error:
        raise PatternError(f"cannot use {atom} in a pattern: {error}") from None

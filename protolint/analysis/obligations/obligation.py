"""An obligation and its verdict."""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Literal, TypeAlias

Verdict: TypeAlias = 'Literal["proved", "refuted", "undecided"]'


class Witness(NamedTuple):
    """Where an obligation fails: ``text`` says it whole, the rest as far as it applies.

    ``value`` is what is there instead, ``nan`` or ``-FLT_MAX`` or a number; ``cell`` says which
    output cells hold it; ``line`` counts from 1; ``code`` is the rule that reports the same.
    """

    text: str
    layer: str | None = None
    blob: str | None = None
    cell: str | None = None
    iteration: int | None = None
    value: str | None = None
    line: int | None = None
    code: str | None = None


class Obligation(NamedTuple):
    """One thing that must hold.

    ``key`` is its name for programs. ``claim`` is what must hold, in words; ``because`` says why a
    proved one does; ``witnesses`` refute it; ``needs`` would decide it, each a thing to know, such
    as "the size of blob 'data'", or a sentence that says what is in doubt.
    """

    key: str
    claim: str
    verdict: Verdict
    because: str = ""
    witnesses: tuple[Witness, ...] = ()
    needs: tuple[str, ...] = ()


class Told(NamedTuple):
    """An error that a rule or stage reports, or cannot decide for ``reasons``."""

    code: str
    rule: str
    effect: str
    message: str
    line: int
    layer: str | None = None
    reasons: tuple[str, ...] = ()

    def witness(self) -> Witness:
        """Return it as a witness."""
        return Witness(self.message, layer=self.layer, line=self.line, code=self.code)


MOST = 5
"""Witnesses that are kept of one obligation, and reasons of one that is undecided."""


def settle(
    key: str,
    claim: str,
    because: str,
    *,
    witnesses: Iterable[Witness] = (),
    needs: Iterable[str] = (),
    told: Sequence[Told] = (),
) -> Obligation:
    """Return the obligation: refuted by any witness, else undecided while it needs anything.

    A witness of ``told`` is left out where an own one is about the same layer.
    """
    found = list(witnesses)
    known = {witness.layer for witness in found}
    found += [t.witness() for t in told if not t.reasons and t.layer not in known]
    if found:
        return Obligation(key, claim, "refuted", witnesses=tuple(dict.fromkeys(found))[:MOST])
    reasons = (*needs, *(reason for t in told for reason in t.reasons))
    if reasons:
        open_ = dict.fromkeys(map(_wanted, reasons))
        return Obligation(key, claim, "undecided", needs=tuple(open_)[:MOST])
    return Obligation(key, claim, "proved", because)


def counted(number: int, noun: str, nouns: str = "") -> str:
    """Return ``1 layer`` or ``2 layers``."""
    return f"{number} {noun if number == 1 else nouns or noun + 's'}"


def _wanted(reason: str) -> str:
    """Return what must be known, of a reason that says that it is not known."""
    for verb in (" is not known", " are not known", " is not read", " are not read"):
        thing, found, rest = reason.partition(verb)
        if found:
            return thing + rest
    return reason

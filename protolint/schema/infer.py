"""Which dialects a text, or a solver and its nets, are written in.

The smallest set of dialects is taken that has every part that BVLC lacks. Of several sets of that
size it is the one that lacks fewest of the parts that BVLC has, and of these the one whose
dialects are best known, by their ranks.
"""

from __future__ import annotations

from itertools import combinations

from protolint.schema.dialects import BVLC, dialects
from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from protolint.schema.needs import Need

_LARGEST = 3
"""The size up to which every set is tried; larger ones grow by the dialect that has most parts."""

_ORDER = ("type", "policy", "field", "value", "list", "absent")
"""Kinds of needs, the most telling first."""


class Choice(NamedTuple):
    """The dialects a text is written in, and why.

    ``reasons`` are the needs that BVLC lacks, the most telling first. Where no single dialect has
    every part, ``mixed`` is the dialect that lacks fewest, and one that it lacks.
    """

    names: frozenset[str]
    reasons: tuple[Need, ...] = ()
    mixed: tuple[str, Need] | None = None


BY_BVLC = Choice(BVLC)


def infer(found: Iterable[Need]) -> Choice:
    """Return the dialects that have what texts need."""
    every = list(found)
    new = [need for need in every if "bvlc" not in need.dialects]
    if not new:
        return BY_BVLC
    chosen = _cover(new, every)
    reasons = tuple(sorted(new, key=lambda need: _ORDER.index(need.kind)))
    return Choice(frozenset(chosen), reasons, _mix(reasons, every, chosen))


def _cover(new: Sequence[Need], every: Sequence[Need]) -> tuple[str, ...]:
    """Return the best set of dialects that has the ``new`` needs."""
    wanted = {need.dialects for need in new}
    candidates = [name for name in dialects() if any(name in who for who in wanted)]
    for size in range(1, _LARGEST + 1):
        sets = [s for s in combinations(candidates, size) if _has(s, wanted)]
        if sets:
            return min(sets, key=lambda names: _lacked(names, every))  # the first is best known
    names: tuple[str, ...] = ()
    while left := [who for who in wanted if who.isdisjoint(names)]:
        names += (max(candidates, key=lambda name: sum(name in who for who in left)),)
    return names


def _has(names: Iterable[str], wanted: Iterable[frozenset[str]]) -> bool:
    return not any(who.isdisjoint(names) for who in wanted)


def _lacked(names: Iterable[str], every: Sequence[Need]) -> int:
    return sum(need.dialects.isdisjoint(names) for need in every)


def _mix(
    reasons: Sequence[Need], every: Sequence[Need], chosen: Sequence[str]
) -> tuple[str, Need] | None:
    best = min(chosen, key=lambda name: _lacked((name,), every))
    lacked = next((need for need in (*reasons, *every) if best not in need.dialects), None)
    return None if lacked is None else (best, lacked)

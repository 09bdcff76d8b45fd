"""What is shown of proofs, in whatever form."""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protolint.analysis.obligations.obligation import Obligation

VERDICTS = ("refuted", "undecided", "proved")
"""From the gravest on."""


class View(NamedTuple):
    """The obligations of one file, or of a net in one state.

    ``subject`` is what they are about: ``text``, ``solver``, or the state such as ``TRAIN``;
    ``dialect`` names whose Caffe it is.
    """

    path: str
    subject: str
    obligations: tuple[Obligation, ...]
    dialect: str = "bvlc"


def counts(views: Iterable[View]) -> dict[str, int]:
    """Return how many obligations have each verdict."""
    verdicts: list[str] = [one.verdict for view in views for one in view.obligations]
    return {verdict: verdicts.count(verdict) for verdict in VERDICTS}


def dialects(views: Iterable[View]) -> str:
    """Return whose Caffe the files are for, in words."""
    return ", ".join(dict.fromkeys(view.dialect for view in views))

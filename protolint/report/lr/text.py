"""A schedule in the terminal: curve, pieces, verdict."""

from __future__ import annotations

from protolint.report.lr.curve import draw
from protolint.report.lr.numbers import decimal
from protolint.typing import TYPE_CHECKING
from protolint.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.report.lr.view import View

_MOST_PIECES = 20


def render(view: View, width: int = 80) -> str:
    """Return the schedule as text."""
    return "\n".join(_lines(view, width)) + "\n"


def _lines(view: View, width: int) -> Iterator[str]:
    settings, proof = view.settings, view.proof
    policy = f'lr_policy "{settings.lr_policy}" ({settings.dialect})'
    until = f", iterations 0..{proof.last}" if proof.last >= 0 else ""
    yield f"{view.path}: {policy}{until}"
    if _drawn(view) >= 0:
        yield ""
        yield from draw(view.rate, _drawn(view), width)
        yield ""
        yield from _pieces(view)
    if view.values:
        yield ""
        for iteration, rate in view.values:
            yield f"{iteration:>12}  {decimal(rate)}"
    yield ""
    yield from _verdict(view)


def _drawn(view: View) -> int:
    """Return the last iteration to draw: the one before an abort."""
    abort = view.proof.abort
    return view.proof.last if abort is None else min(view.proof.last, abort.iteration - 1)


def _pieces(view: View) -> Iterator[str]:
    pieces = view.proof.pieces
    if not pieces:
        return
    yield f"{'iterations':>24}  {'rate':<28} course"
    for piece in pieces[:_MOST_PIECES]:
        ends = decimal(piece.start)
        if piece.start != piece.end:
            ends += f" → {decimal(piece.end)}"
        course = f"{piece.kind}, every {piece.period}" if piece.period else piece.kind
        yield f"{f'{piece.first}..{piece.last}':>24}  {ends:<28} {course}"
    if len(pieces) > _MOST_PIECES:
        yield f"{'':>24}  … and {len(pieces) - _MOST_PIECES} more pieces"


def _verdict(view: View) -> Iterator[str]:
    proof = view.proof
    if proof.abort is not None:
        abort = proof.abort
        yield f"refuted: Caffe stops at the update of iteration {abort.iteration}: {abort.reason}"
        if abort.dialects:
            yield f"         dialects with this policy: {', '.join(abort.dialects)}"
    elif proof.verdict == "refuted" and proof.witness is not None:
        iteration, value = proof.witness
        yield f"refuted: the rate is {decimal(value)} at iteration {iteration}"
        yield "         Caffe multiplies the gradients by it; every weight is lost"
    elif proof.verdict == "undecided":
        yield f"undecided: {'; '.join(sorted(proof.reasons))}"
    else:
        yield f"proved: the rate is finite at every iteration 0..{proof.last}"
    max_iter = view.settings.max_iter
    if not isinstance(max_iter, Unknown) and max_iter <= 0:
        yield f"         max_iter is {max_iter}: `caffe train` runs no iteration at all"
    if proof.max_at is not None and proof.min_at is not None:
        yield (
            f"         largest {decimal(proof.max)} at {proof.max_at}, "
            f"smallest {decimal(proof.min)} at {proof.min_at}"
        )
    for name, words in (
        ("first_zero", "is 0"),
        ("first_denormal", "is denormal"),
        ("first_negative", "is negative"),
    ):
        iteration = getattr(proof, name)
        if iteration is not None:
            yield f"         {words} first at iteration {iteration}"
    share = proof.share_below(0.001)
    if isinstance(share, float) and share > 0:
        yield f"         below a thousandth of the first rate for {share:.1%} of the iterations"

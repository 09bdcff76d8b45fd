"""Schedules as a picture; needs the extra ``plot`` (matplotlib)."""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from protolint.report.lr.view import View

_POINTS = 1000


def save(views: Sequence[View], path: str) -> None:
    """Draw the schedules into one picture file; the ending of ``path`` chooses the format.

    Raises ``ImportError`` without matplotlib, ``ValueError`` for an unknown format, ``OSError``.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415  (an extra, and slow to import)

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    positive: list[float] = []
    for view in views:
        last = view.proof.last
        at = sorted({round(i * last / _POINTS) for i in range(_POINTS + 1)})
        rates = [view.rate(iteration) for iteration in at]
        positive += [rate for rate in rates if rate > 0]
        axes.plot(at, rates, label=f"{view.path}: {view.settings.lr_policy}")
    if positive and max(positive) > 100 * min(positive):
        axes.set_yscale("log")
    axes.set_xlabel("iteration")
    axes.set_ylabel("learning rate")
    axes.legend()
    figure.savefig(path)

"""A schedule as one line of JSON."""

from __future__ import annotations

import json
import math

from protolint.report.lr.numbers import decimal, hexadecimal
from protolint.typing import TYPE_CHECKING
from protolint.values import Interval

if TYPE_CHECKING:
    from typing import Any

    from protolint.report.lr.view import View

_NUMBERS = ("max", "min", "final")
_ITERATIONS = (
    "max_at",
    "min_at",
    "first_nonfinite",
    "first_zero",
    "first_denormal",
    "first_negative",
    "drops",
)


def render(view: View) -> str:
    """Return one JSON object and a newline; numbers that JSON lacks are strings."""
    proof = view.proof
    share = proof.share_below(0.001)
    shown = {
        "path": view.path,
        "dialect": view.settings.dialect,
        "policy": view.settings.lr_policy,
        "values": [[at, hexadecimal(rate), _number(rate)] for at, rate in view.values],
        "proof": {
            "verdict": proof.verdict,
            "reasons": sorted(proof.reasons),
            "last": proof.last,
            "finite": proof.finite,
            **{name: _number(getattr(proof, name)) for name in _NUMBERS},
            **{name: getattr(proof, name) for name in _ITERATIONS},
            "jumps": list(proof.jumps),
            "share_below_thousandth": share if isinstance(share, float) else None,
            "witness": proof.witness and [proof.witness[0], _number(proof.witness[1])],
            "abort": proof.abort
            and {
                "iteration": proof.abort.iteration,
                "field": proof.abort.field,
                "reason": proof.abort.reason,
            },
        },
        "pieces": [
            {
                "first": piece.first,
                "last": piece.last,
                "kind": piece.kind,
                "start": _number(piece.start),
                "end": _number(piece.end),
                "period": piece.period,
            }
            for piece in proof.pieces
        ],
    }
    return json.dumps(shown) + "\n"


def _number(value: float | Interval | None) -> Any:
    if isinstance(value, Interval):
        return [_number(value.lo), _number(value.hi)]
    if value is None:
        return None
    return float(decimal(value)) if math.isfinite(value) else str(value)

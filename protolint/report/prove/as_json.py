"""Proofs as one JSON object; docs/prove.md describes it."""

from __future__ import annotations

import json

from protolint.report.prove.view import counts
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from protolint.analysis.obligations.obligation import Obligation, Witness
    from protolint.report.prove.view import View

VERSION = 1


def render(views: Sequence[View]) -> str:
    """Return the object and a newline."""
    shown = {
        "version": VERSION,
        "summary": counts(views),
        "subjects": [
            {
                "path": view.path,
                "subject": view.subject,
                "dialect": view.dialect,
                "obligations": [_obligation(one) for one in view.obligations],
            }
            for view in views
        ],
    }
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def _obligation(one: Obligation) -> dict[str, Any]:
    return {
        "key": one.key,
        "claim": one.claim,
        "verdict": one.verdict,
        "because": one.because or None,
        "witnesses": [_witness(witness) for witness in one.witnesses],
        "needs": list(one.needs),
    }


def _witness(witness: Witness) -> dict[str, Any]:
    """Return what is known of a witness."""
    return {name: value for name, value in witness._asdict().items() if value is not None}

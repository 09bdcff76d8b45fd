"""The learning-rate schedule: each rate as Caffe computes it, and proofs about all of them."""

from __future__ import annotations

from protolint.analysis.schedule.pieces import Piece
from protolint.analysis.schedule.policies import Abort, rate_at, rates, reads
from protolint.analysis.schedule.prove import Proof, prove
from protolint.analysis.schedule.settings import DIALECTS, POLICIES, READS, STOCK, Settings, make

__all__ = [
    "DIALECTS",
    "POLICIES",
    "READS",
    "STOCK",
    "Abort",
    "Piece",
    "Proof",
    "Settings",
    "make",
    "prove",
    "rate_at",
    "rates",
    "reads",
]

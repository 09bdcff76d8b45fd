"""How a single-precision rate is written."""

from __future__ import annotations

import math

from protolint.engine.expression.template import show


def hexadecimal(value: float) -> str:
    """Return the value as C99 writes it with ``%a``, or ``nan``, ``inf``, ``-inf``."""
    if not math.isfinite(value):
        return str(value)
    mantissa, _, exponent = value.hex().partition("p")
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}p{exponent}"


def decimal(value: float) -> str:
    """Return the shortest decimal that single precision reads as the value."""
    return show(value)

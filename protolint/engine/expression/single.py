"""Single precision, in which Caffe keeps most of its numbers."""

from __future__ import annotations

import math
import struct

_SINGLE = struct.Struct("<f")


def single(value: float) -> float:
    """Return the single-precision number nearest to ``value``, infinite beyond the largest."""
    try:
        return float(_SINGLE.unpack(_SINGLE.pack(value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)

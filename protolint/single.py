"""Single precision, in which Caffe computes and most fields are stored."""

from __future__ import annotations

import math
import struct

_SINGLE = struct.Struct("f")
_pack, _unpack = _SINGLE.pack, _SINGLE.unpack


def single(value: float) -> float:
    """Return the nearest number of single precision, ties to even; too large becomes infinite."""
    try:
        rounded: float = _unpack(_pack(value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)
    return rounded

"""How the time to read a text grows with its size, for texts made to be slow to read.

Prints, for each shape, the time of 8n over the time of n. Quadratic work shows as a number near 64.
"""

from __future__ import annotations

import os
import sys
import time

from protolint.syntax.parser import parse

sys.path.insert(0, os.path.join(os.path.dirname(__file__), os.pardir, "tests", "syntax"))
from hostile_texts import SHAPES

SIZE = 5_000
ROUNDS = 3


def seconds(text: str) -> float:
    """Return the CPU time of reading a text, the best of a few rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        parse(text)
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    print(f"{'shape':40} {'n, ms':>8} {'8n, ms':>8} {'ratio':>6}")
    for shape, make in SHAPES.items():
        once, more = seconds(make(SIZE)), seconds(make(8 * SIZE))
        print(f"{shape:40} {once * 1e3:8.2f} {more * 1e3:8.2f} {more / once:6.1f}")


if __name__ == "__main__":
    main()

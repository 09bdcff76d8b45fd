"""How the time for a text grows with its size, for texts made to be slow.

Prints, for each shape and each of reading, checking, formatting and fixing, the time of n and the
time of 4n over it. Quadratic work shows as a number near 16. tests/test_hostile_nets.py counts the
instructions that are executed instead.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from protolint import fixing, pipeline
from protolint.config.finder import Configurations
from protolint.format import Unformattable, format_text
from protolint.pipeline import Options
from protolint.syntax.parser import parse

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "tests")
sys.path += [TESTS, os.path.join(TESTS, "syntax")]
from hostile_nets import SHAPES as NETS  # noqa: E402  (found by the line above)
from hostile_texts import SHAPES as TEXTS  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable


def check(text: str) -> None:
    pipeline.check_paths(["a.prototxt"], Options(select=("",)), read=lambda _: text.encode())


def rewrite(text: str) -> None:
    with suppress(Unformattable):
        format_text(text)


def fix(text: str) -> None:
    asked = Configurations(Options(unsafe_fixes=True), isolated=True)
    fixing.fix(["a.prototxt"], asked, read=lambda _: text.encode())


WORK: dict[str, Callable[[str], object]] = {
    "read": parse,
    "check": check,
    "format": rewrite,
    "fix": fix,
}


def seconds(work: Callable[[str], object], text: str) -> float:
    """Return the CPU time of a piece of work, the best of two rounds."""
    best = float("inf")
    for _ in range(2):
        start = time.process_time()
        work(text)
        best = min(best, time.process_time() - start)
    return best


@click.command()
@click.option("--size", default=1000, help="n")
@click.argument("names", nargs=-1)
def main(size: int, names: tuple[str, ...]) -> None:
    """Measure all shapes, or those of these NAMES."""
    print(f"{'shape':36}" + "".join(f"{name + ', ms':>12} {'ratio':>5}" for name in WORK))
    for shape, make in (TEXTS | NETS).items():
        if names and shape not in names:
            continue
        row = f"{shape:36}"
        for work in WORK.values():
            once, more = seconds(work, make(size)), seconds(work, make(4 * size))
            row += f"{once * 1e3:12.2f} {more / once:5.1f}"
        print(row, flush=True)


if __name__ == "__main__":
    main()

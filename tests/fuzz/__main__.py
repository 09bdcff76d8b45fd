"""Fuzzes one target: python -m tests.fuzz TARGET [--seconds N] [--seed N] [--atheris].

With --atheris the coverage of protolint's code leads the way (pip install atheris); without, texts
are changed at random. An input at fault is written to the working directory.
"""

from __future__ import annotations

import logging
import os
import random
import sys
import tempfile
import time
import traceback

import click

from tests.fuzz import seeds
from tests.fuzz.mutate import PIECES, mutated


@click.command()
@click.argument("target")
@click.option("--seconds", default=600, help="How long to go on.")
@click.option("--seed", default=0, help="Where the random numbers start.")
@click.option("--atheris", "guided", is_flag=True, help="Let coverage lead the way.")
def main(target: str, seconds: int, seed: int, *, guided: bool) -> None:
    """Fuzz TARGET."""
    logging.disable()  # pygls tells of each message that it cannot read
    if guided:
        guide(target, seconds, seed)
    from tests.fuzz.targets import TARGETS

    rnd, run, texts = random.Random(seed), TARGETS[target], seeds.of(target)
    end, count, slowest = time.monotonic() + seconds, 0, 0.0
    while (begun := time.monotonic()) < end:
        data = mutated(rnd.choice(texts), rnd, texts).encode("utf-8", "surrogatepass")
        try:
            run(data)
        except Exception:  # noqa: BLE001  (whatever it is, it is what is looked for)
            name = f"fault-{target}-{count}"
            with open(name, "wb") as out:
                out.write(data)
            print(f"{name}:\n{traceback.format_exc()}")
            sys.exit(1)
        slowest = max(slowest, time.monotonic() - begun)
        count += 1
    print(
        f"{target}: {count} inputs in {seconds} s without a fault; the slowest took {slowest:.2f} s"
    )


def guide(target: str, seconds: int, seed: int) -> None:
    """Let atheris fuzz the target; it ends the process."""
    import atheris

    with atheris.instrument_imports(include=["protolint"]):
        from tests.fuzz.targets import TARGETS
    folder = tempfile.mkdtemp()
    for number, text in enumerate(seeds.of(target)):
        with open(os.path.join(folder, str(number)), "w", encoding="utf-8") as out:
            out.write(text)
    words = os.path.join(folder, "dictionary")
    with open(words, "w", encoding="ascii") as out:
        for piece in PIECES:
            escaped = "".join(f"\\x{byte:02x}" for byte in piece.encode())
            out.write(f'"{escaped}"\n')
    arguments = [
        f"-max_total_time={seconds}",
        f"-seed={seed + 1}",
        f"-dict={words}",
        "-max_len=4096",
    ]
    atheris.Setup([sys.argv[0], *arguments, "-timeout=20", folder], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()

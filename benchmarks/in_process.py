"""Times stages of a check, and protobuf's parser on the same text, in one process.

Run by run.py: python in_process.py ROUNDS FILE, or FOLDER. Prints CPU seconds, medians of
interleaved rounds, as JSON. Garbage collection is off for both sides, as it is in a check.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import sys
import time
from typing import TYPE_CHECKING

from google.protobuf import text_format

from protolint import pipeline
from protolint.format import format_text
from protolint.schema.bvlc import load_bvlc
from protolint.schema.descriptors import message_class
from protolint.syntax.parser import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    Measures = dict[str, Callable[[], object]]


def of_file(path: str) -> Measures:
    """Return the stages of one file, by name."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    net = message_class(load_bvlc(), "NetParameter")
    return {
        "text_format": lambda: text_format.Parse(text, net()),
        "parse": lambda: parse(text),
        "check": lambda: pipeline.check_paths([path]),
        "format": lambda: format_text(text),
    }


def of_folder(folder: str) -> Measures:
    """Return the check of a folder in one run, and of its files in a run each."""
    paths = sorted(os.path.join(folder, name) for name in os.listdir(folder))
    options = pipeline.Options(follow=False)  # so that both read each file once
    return {
        "folder": lambda: pipeline.check_paths([folder], options),
        "files": lambda: [pipeline.check_paths([path], options) for path in paths],
    }


def seconds(run: Callable[[], object]) -> float:
    """Return the CPU time of one call; what it returns is freed after the clock has stopped."""
    begin = time.process_time()
    result = run()
    end = time.process_time()
    del result
    return end - begin


def main() -> None:
    rounds, path = int(sys.argv[1]), sys.argv[2]
    measures = of_folder(path) if os.path.isdir(path) else of_file(path)
    gc.disable()
    for run in measures.values():
        run()
    times: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, run in measures.items():
            times[name].append(seconds(run))
    json.dump({name: statistics.median(found) for name, found in times.items()}, sys.stdout)


if __name__ == "__main__":
    main()

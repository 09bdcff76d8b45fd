"""How often each rule fires on a corpus: ``python benchmarks/noise.py CORPUS``.

Prints for each rule its severity, on how many of 100 files it fires (of all that were run in
Caffe, and of those that Caffe accepts in some phase), and the first three places in accepted files.
``CORPUS`` holds ``files/<name>.prototxt`` and ``caffe.jsonl``, which says what Caffe did with each.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter, defaultdict

from protolint import pipeline
from protolint.engine import catalogue

PLACES = 3


def outcomes(corpus: str) -> dict[str, bool]:
    """Return the files that were run in Caffe, and whether it accepted each in some phase."""
    accepted: dict[str, bool] = {}
    with open(os.path.join(corpus, "caffe.jsonl"), encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            accepted[row["file"]] = accepted.get(row["file"], False) or row["ok"] is True
    return accepted


def main(corpus: str) -> None:
    accepted = outcomes(corpus)
    everything = pipeline.Options(follow=False, select=("",))
    fires: Counter[str] = Counter()
    fires_on_accepted: Counter[str] = Counter()
    places: defaultdict[str, list[str]] = defaultdict(list)
    for name, ok in accepted.items():
        path = os.path.join(corpus, "files", f"{name}.prototxt")
        found = pipeline.check_paths([path], everything).diagnostics
        fires.update({diagnostic.name for diagnostic in found})
        if not ok:
            continue
        fires_on_accepted.update({diagnostic.name for diagnostic in found})
        for diagnostic in found:
            line = diagnostic.range.start.line
            places[diagnostic.name].append(f"  {name}:{line}: {diagnostic.message}")
    sound = sum(accepted.values())
    print(f"{len(accepted)} files, {sound} accepted; of 100 files (of 100 accepted files):")
    rules = catalogue.load().rules
    for name, _ in sorted(fires.items(), key=lambda item: (-fires_on_accepted[item[0]], item[0])):
        share = 100 * fires[name] / len(accepted)
        share_accepted = 100 * fires_on_accepted[name] / sound
        rule = rules[name]
        print(f"{share:6.1f} ({share_accepted:5.1f})  {rule.code} {rule.severity:7} {name}")
        print(*places[name][:PLACES], sep="\n", end="\n" if places[name] else "")


if __name__ == "__main__":
    main(*sys.argv[1:])

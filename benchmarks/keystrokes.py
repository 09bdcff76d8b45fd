"""Typing into a large net, as the language server sees it: python benchmarks/keystrokes.py [N].

Replays N one-character edits all over the net of 6,800 lines, by which a name, a number or nothing
changes. After each the document is checked again and asked for hover, completion and hints, each
on a state that nobody has looked at. Prints medians and 95th percentiles of CPU time, and their
ratios to a check of the whole net in the same rounds; only ratios carry over to another machine.
"""

from __future__ import annotations

import gc
import os
import statistics
import sys
import tempfile
import time
from typing import TYPE_CHECKING, TypeVar

import nets

from protolint import pipeline
from protolint.edited import Session
from protolint.server.completion import completion
from protolint.server.diagnostics import check
from protolint.server.documents import Change
from protolint.server.hover import hover
from protolint.server.inlay import hints
from protolint.server.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from protolint.server.diagnostics import Checked
    from protolint.server.snapshot import Snapshot

    T = TypeVar("T")

_WHOLE = "check of the whole net"
_PARTS = ('"res', "kernel_size: ", "\n\nlayer {")
"""What edits are made behind, in turns: the begin of a name, of a number, and between layers."""


def edits(text: str, number: int) -> Iterator[tuple[int, str]]:
    """Yield offsets, and what is typed there: each digit is taken back by the next edit."""
    places = []
    for turn in range(number // 2 + 1):
        part = _PARTS[turn % len(_PARTS)]
        near = text.find(part, len(text) * (turn * 37 % 101) // 101)
        places.append((near if near >= 0 else text.find(part)) + len(part))
    for place in places:
        yield place, "1"
        yield place, ""


def main() -> None:
    number = int(sys.argv[1]) if sys.argv[1:] else 60
    with tempfile.TemporaryDirectory() as folder:
        times = replay(os.path.join(folder, "net.prototxt"), number)
    whole = statistics.median(times[_WHOLE])
    print(f"{'':28} {'median':>9} {'p95':>9}   ratio to a check of the whole: median, p95")
    for name, found in times.items():
        middle, late = statistics.median(found), statistics.quantiles(found, n=20)[-1]
        ratios = f"{middle / whole:6.2f} × {late / whole:6.2f} ×"
        print(f"{name:28} {middle * 1e3:6.1f} ms {late * 1e3:6.1f} ms   {ratios}")


def replay(path: str, number: int) -> dict[str, list[float]]:
    """Return the CPU seconds of each thing after each edit, by what was done."""
    text = nets.residual(nets.LINES["small"])
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    space = Workspace()
    uri = f"file://{path}"
    space.documents.open(uri, 0, text)
    times: dict[str, list[float]] = {}

    def timed(name: str, run: Callable[[], T]) -> T:
        begin = time.process_time()
        result = run()
        times.setdefault(name, []).append(time.process_time() - begin)
        return result

    def fresh() -> Snapshot:
        space.reload()
        space.read_by(told)  # as the server has it from the check before
        snapshot = space.snapshot(path)
        if snapshot is None:
            raise FileNotFoundError(path)
        return snapshot

    session = Session()
    told: Mapping[str, frozenset[str]] = recheck(space, path, session)().dialects
    gc.freeze()
    for version, (place, typed) in enumerate(edits(text, number), 1):
        now = text[:place] + typed + text[place:]
        space.documents.change(uri, version, [Change(now)])
        timed(_WHOLE, lambda: pipeline.check_paths([path], read=space.documents.read))
        told = timed("re-check in the server", recheck(space, path, session)).dialects
        timed("hover, a new state", lambda at=place: hover(fresh(), at))
        timed("completion, a new state", lambda at=place: completion(fresh(), at))
        timed("hints, a new state", lambda: hints(fresh(), 0, len(text)))
        snapshot = fresh()
        hover(snapshot, place)
        timed("hover, the same state", lambda s=snapshot, at=place: hover(s, at))
    return times


def recheck(space: Workspace, path: str, session: Session) -> Callable[[], Checked]:
    """Return what the server does once an edit has settled."""
    return lambda: check(space.group(path), space.documents.frozen(), space.configurations, session)


if __name__ == "__main__":
    main()

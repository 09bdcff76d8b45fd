"""All benchmarks: python benchmarks/run.py [--quick] [--check].

Compares CPU time with that of protobuf's own reader, text_format, on the same files in the same
run, and whole processes with other linters; prints medians, ratios and goals. Only ratios carry
over to another machine. With --check it exits with 1 when a goal is missed.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
from typing import NamedTuple

import nets
import peers
import processes

HERE = os.path.dirname(os.path.abspath(__file__))


class Row(NamedTuple):
    """One line of the table: ``value`` against ``peer``, both in ``unit``; ``goal`` is a ratio."""

    what: str
    value: float
    against: str = ""
    peer: float = 0
    goal: float | None = None
    unit: str = "ms"

    @property
    def ratio(self) -> float | None:
        """What is compared with the goal; ``None`` for a line that is there for scale."""
        return self.value / self.peer if self.peer else None

    @property
    def missed(self) -> bool:
        """Whether the line has a goal and misses it."""
        return self.goal is not None and self.ratio is not None and self.ratio > self.goal


def main() -> None:
    quick = "--quick" in sys.argv[1:]
    print(versions())
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(folder, quick=quick)
    print_table(rows)
    missed = [row for row in rows if row.missed]
    print(f"\n{len(missed)} of {sum(row.goal is not None for row in rows)} goals missed")
    if missed and "--check" in sys.argv[1:]:
        sys.exit(1)


def measure(folder: str, *, quick: bool) -> list[Row]:
    """Write the inputs into a folder and return all lines of the table."""
    paths = {}
    for size, lines in nets.LINES.items():
        paths[size] = os.path.join(folder, f"{size}.prototxt")
        with open(paths[size], "w", encoding="utf-8") as out:
            out.write(nets.residual(lines))
    nets.write_folder(os.path.join(folder, "many"), 100 if quick else 500)
    environment = _environment(folder, processes.install(os.path.join(folder, "installed")))
    processes.write_peer(folder, environment)
    inside = {
        size: in_process(path, rounds, environment)
        for (size, path), rounds in zip(paths.items(), (7, 3) if quick else (31, 9), strict=True)
    }
    many = in_process(os.path.join(folder, "many"), 3 if quick else 9, environment)
    rows = []
    for size, times in inside.items():
        peer = times["text_format"] * 1e3
        label, parse = f"{nets.LINES[size]:,} lines", "text_format.Parse"
        rows += [
            Row(f"text to tree, {label}", times["parse"] * 1e3, parse, peer, 0.25),
            Row(f"check in process, {label}", times["check"] * 1e3, parse, peer, 0.75),
            Row(f"format, {label}", times["format"] * 1e3, parse, peer, 0.75),
        ]
    rows += whole_processes(folder, paths, environment, quick=quick)
    small, large = (inside[size]["check"] / nets.LINES[size] * 1e6 for size in nets.LINES)
    rows.append(Row("check of a line of 100,000", large, "of 6,800", small, 1.3, "µs"))
    one, each = many["folder"] * 1e3, many["files"] * 1e3
    rows.append(Row("a folder in one run", one, "a run for each file", each, 1.2))
    rows.append(jobs(folder, environment, quick=quick))
    if sys.platform == "linux":
        rows.append(memory(paths["large"], environment))
    return rows


def in_process(path: str, rounds: int, environment: dict[str, str]) -> dict[str, float]:
    """Return the CPU seconds of the stages, by in_process.py in a process of its own."""
    script = os.path.join(HERE, "in_process.py")
    found = subprocess.run(
        [sys.executable, script, str(rounds), path],
        check=True,
        env=environment,
        stdout=subprocess.PIPE,
    )
    times: dict[str, float] = json.loads(found.stdout)
    return times


def whole_processes(
    folder: str, paths: dict[str, str], environment: dict[str, str], *, quick: bool
) -> list[Row]:
    """Return cold starts: a check, a reading by protobuf, and bare imports for scale."""
    scale = {
        "python -c pass": processes.python("pass"),
        "python -c 'import click'": processes.python("import click"),
        "python -c 'import lark'": processes.python("import lark"),
    }
    others = peers.commands(folder, nets.LINES["small"])
    scale |= {name: command for name, command in others.items() if command is not None}
    commands = dict(scale)
    commands["unchanged"] = processes.check(paths["small"])
    for size, path in paths.items():
        commands[f"check {size}"] = processes.anew(path)
        commands[f"peer {size}"] = processes.peer(folder, path)
    times = processes.medians(commands, 5 if quick else 21, environment)
    rows = [
        Row(
            f"whole process, {nets.LINES[size]:,} lines",
            times[f"check {size}"] * 1e3,
            "one that imports and parses",
            times[f"peer {size}"] * 1e3,
            0.8,
        )
        for size in paths
    ]
    bare, ours = times["python -c pass"] * 1e3, times["check small"] * 1e3
    unchanged = times["unchanged"] * 1e3
    rows.append(Row("whole process, nothing changed", unchanged, "python -c pass", bare, 2.0))
    for name, goal in (("yamllint", 0.12), ("cfn-lint", None), ("ruff", None)):
        if name in times:
            label, peer = f"whole process, {nets.LINES['small']:,} lines", times[name] * 1e3
            rows.append(Row(label, ours, f"{name} of as many lines", peer, goal))
        else:
            print(f"{name} is not installed, and left out: pip install -e .[bench]")
    return rows + [Row(name, times[name] * 1e3) for name in scale]


def jobs(folder: str, environment: dict[str, str], *, quick: bool) -> Row:
    """Return the check of many files by two processes against one, on the clock: the best times."""
    many = os.path.join(folder, "very many")
    nets.write_folder(many, 2000)
    commands = [processes.check(many, "--no-cache", "--jobs", number) for number in ("2", "1")]
    rounds = [
        [processes.wall(command, environment) for command in commands]
        for _ in range(1 if quick else 3)
    ]
    two, one = map(min, zip(*rounds, strict=True))
    return Row("2,000 files by two processes", two * 1e3, "by one, on the clock", one * 1e3, 0.75)


def memory(path: str, environment: dict[str, str]) -> Row:
    """Return the peak memory of a check over the bare interpreter's, a byte of input."""
    bare = processes.peak_memory(environment)
    environment = environment | {"PROTOLINT_NO_CACHE": "1"}
    peak = processes.peak_memory(environment, "protolint", "check", path)
    size = os.path.getsize(path)
    return Row("peak memory over python's", (peak - bare) / 1e6, "input", size / 1e6, 60, "MB")


def versions() -> str:
    """Return what was measured, and with what."""
    packages = ("caffe-protolint", "protobuf", "lark", "click")
    found = ", ".join(f"{name} {_version(name)}" for name in packages)
    return f"Python {platform.python_version()} on {platform.system()}; {found}"


def print_table(rows: list[Row]) -> None:
    width = max(len(row.what) for row in rows)
    for row in rows:
        line = f"{row.what:{width}}  {row.value:8.1f} {row.unit}"
        if row.ratio is not None:
            line += f"  {row.ratio:6.2f} × {row.against} ({row.peer:.1f} {row.unit})"
        if row.goal is not None:
            line += f", goal {row.goal:g}" + (", MISSED" if row.missed else "")
        print(line)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "from the checkout"


def _environment(folder: str, installed: str) -> dict[str, str]:
    """Return an environment with caches of its own, so that nothing else makes them cold.

    In it protolint is found where it is installed as from a wheel, also by a process that is
    started in the checkout.
    """
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment | {
        "PYTHONPATH": os.pathsep.join(filter(None, (installed, environment.get("PYTHONPATH")))),
        "PYTHONSAFEPATH": "1",
        "PYTHONPYCACHEPREFIX": os.path.join(folder, "bytecode"),
        "XDG_CACHE_HOME": os.path.join(folder, "cache"),
    }


if __name__ == "__main__":
    main()

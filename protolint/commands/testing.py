"""``protolint rule test``: the examples of rule files run, and what differs."""

from __future__ import annotations

import os

from protolint import examples
from protolint import report as reports
from protolint.commands.terminal import terminal
from protolint.config.reading import broken_rule
from protolint.engine import catalogue as rules
from protolint.report.run import Run
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from protolint.engine.catalogue import BrokenRule, Catalogue
    from protolint.examples import Place, Result


def report(paths: Sequence[str]) -> tuple[str, int]:
    """Run the examples in rule files and return what came of them, and the exit code."""
    ours = {os.path.realpath(path) for path in rules.rule_paths()}
    catalogue, broken = rules.with_own([p for p in paths if os.path.realpath(p) not in ours])
    at_fault = {one.path for one in broken}
    lines: list[str] = []
    failed = 0
    for path in paths:
        if path not in at_fault:
            told = list(_of_file(path, catalogue))
            failed += len(told) > 1
            lines += told
    sound = len(paths) - len(broken)
    counts = [f"{sound - failed} of {len(paths)} {'rule' if len(paths) == 1 else 'rules'} passed"]
    if broken:
        counts.append(f"{len(broken)} cannot be read")
    text = "".join(f"{line}\n" for line in [*lines, *([""] if lines else []), ", ".join(counts)])
    return _broken(broken) + text, int(failed > 0 or bool(broken))


def _broken(broken: Sequence[BrokenRule]) -> str:
    if not broken:
        return ""
    colour, width = terminal()
    sources = {one.path: one.text for one in broken if one.text}
    run = Run(tuple(map(broken_rule, broken)), sources, files=len(broken))
    text = reports.render("full", run, colour=colour, width=width)
    return text.rpartition("Found ")[0]  # the last line counts files that were checked


def _of_file(path: str, catalogue: Catalogue) -> Iterator[str]:
    """Yield a line for a rule, and lines for each of its examples that fails."""
    name = os.path.basename(path).removesuffix(".toml")
    results = [examples.run(name, one, catalogue) for one in examples.examples(path)]
    failed = [result for result in results if not result.passed]
    kinds = [result.example.kind for result in results]
    counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in ("bad", "good"))
    yield f"{'FAIL' if failed else 'ok  '}  {path}  ({counts})"
    for result in failed:
        yield from _differences(result)


def _differences(result: Result) -> Iterator[str]:
    """Yield the text of an example with what is marked and not found, and the other way round."""
    example, found = result.example, result.found
    yield f"      {example.kind} example {example.number}:"
    for why in result.unsound:
        yield from (f"        {line}" for line in why.rstrip().split("\n"))
    differing = result.marked ^ found.keys()
    for kind, text in example.files.items():
        places = sorted(place for place in differing if place[0] == kind)
        if not places:
            continue
        lines = text.split("\n")
        yield f"        {kind}"
        for place in places:
            _, line, _ = place
            sign = "-" if place in result.marked else "+"
            source = lines[line - 1].strip() if line <= len(lines) else ""
            yield f"        {sign} {line:4} | {source}"
            yield f"                 {_said(place, result)}"
    for reason in result.undecided if example.kind == "bad" else ():
        yield f"        undecided: {reason}"


def _said(place: Place, result: Result) -> str:
    _, _, severity = place
    if place in result.marked:
        return f"marked as {severity}, and not found"
    return f"found as {severity}, and not marked: {result.found[place]}"

"""Writes docs/rules.md and a page for each rule from the rule files, their output included.

Run it after a change to a rule: ``python docs/generate.py``. A test holds the pages up to date.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import textwrap
import tomllib
from typing import TYPE_CHECKING, Any

from protolint import pipeline, report
from protolint.engine.catalogue import rule_paths
from protolint.report.run import Run
from protolint.schema.dialects import dialects

if TYPE_CHECKING:
    from collections.abc import Iterator

_DOCS = os.path.dirname(os.path.abspath(__file__))

_FAMILIES = {
    "FIL": "Files",
    "SYN": "Syntax",
    "SCH": "Schema",
    "SLV": "Solver",
    "LRS": "Learning-rate schedule",
    "NET": "Net",
    "GRF": "Graph",
    "LAY": "Layers",
    "SHP": "Shapes and parameters",
    "NUM": "Numbers",
    "FLR": "Fillers",
}
_EFFECTS = {
    "abort": "Caffe aborts",
    "nonfinite": "numbers become NaN or infinite",
    "ignored": "Caffe ignores what is written",
    "surprise": "Caffe does something else than it seems",
    "none": "none",
}


def pages() -> dict[str, str]:
    """Return every generated page by its path below docs/."""
    rules = sorted(map(_load, rule_paths()), key=lambda rule: str(rule["code"]))
    made = {f"rules/{rule['code']}.md": "\n\n".join(_page(rule)) + "\n" for rule in rules}
    made["rules.md"] = "\n\n".join(_index(rules)) + "\n"
    made["dialects.md"] = _with_dialects()
    return made


def _with_dialects() -> str:
    """Return the page of the dialects with its table as the files in forks/ have it."""
    with open(os.path.join(_DOCS, "dialects.md"), encoding="utf-8") as file:
        before, begin, rest = file.read().partition("forks/ -->\n")
    _, end, after = rest.partition("<!-- end")
    lines = ["", "| name | what it is | from | at commit |", "|---|---|---|---|"]
    for dialect in dialects().values():
        branch = "" if dialect.branch == "HEAD" else f", branch {dialect.branch}"
        link = f"[{dialect.repository}](https://github.com/{dialect.repository}){branch}"
        lines.append(f"| `{dialect.name}` | {dialect.about} | {link} | `{dialect.commit[:12]}` |")
    return f"{before}{begin}{chr(10).join(lines)}{chr(10) * 2}{end}{after}"


def _index(rules: list[dict[str, Any]]) -> Iterator[str]:
    yield "# Rules"
    yield textwrap.fill(
        "An error means that Caffe aborts or that numbers become non-finite, and the text proves "
        "it. A warning is likely wrong, and says why. Info is off by default; `--select` turns "
        "it on. A [fix](fixes.md) is safe or not.",
        110,
    )
    for prefix, title in _FAMILIES.items():
        family = [rule for rule in rules if rule["code"].startswith(prefix)]
        yield f"## {title} ({prefix})"
        lines = ["| code | name | severity | fix | what it finds |", "|---|---|---|---|---|"]
        for rule in family:
            link = f"[{rule['code']}](rules/{rule['code']}.md)"
            named = f"| {link} | `{rule['id']}` | {rule['severity']} |"
            lines.append(f"{named} {_fix(rule)} | {rule['summary']} |")
        yield "\n".join(lines)


def _page(rule: dict[str, Any]) -> Iterator[str]:
    yield f"# {rule['code']} {rule['id']}"
    effect, fix = _EFFECTS[rule["effect"]], _fix(rule)
    cure = f" · fix: [{fix}](../fixes.md)" if fix else ""
    yield f"{rule['severity']} · effect: {effect}{cure} · since {rule['since']}"
    yield _wrapped(f"Finds {rule['summary']}.")
    if "why" in rule:
        yield _wrapped(rule["why"])
    if "caffe" in rule:
        yield _wrapped(f"What Caffe does: {rule['caffe']}.")
    for example in rule.get("bad", ())[:1]:
        yield "## Wrong"
        yield from _blocks(example)
        yield f"```text\n{_output(rule, example).rstrip()}\n```"
    for example in rule.get("good", ())[:1]:
        yield "## Right"
        yield from _blocks(example)
    conditions = [f"{key:8} {rule[key]}" for key in ("when", "require") if key in rule]
    if conditions:
        yield "## Condition"
        yield "The rule fires where `when` holds and `require` does not."
        yield "```text\n" + "\n".join(conditions) + "\n```"


def _fix(rule: dict[str, Any]) -> str:
    """Return what kind of fix a rule has, empty where it has none."""
    if "fix" not in rule:
        return ""
    return "safe" if rule["fix"]["safe"] else "unsafe"


def _blocks(example: dict[str, str]) -> Iterator[str]:
    for kind, text in example.items():
        name = "" if len(example) == 1 else f"{kind}.prototxt:\n\n"
        yield f"{name}```prototxt\n{text.rstrip()}\n```"


def _output(rule: dict[str, Any], example: dict[str, str]) -> str:
    """Return what protolint prints for an example, less its summary line."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for kind, text in example.items():
            with open(f"{kind}.prototxt", "w", encoding="utf-8") as file:
                file.write(text)
        first = next(kind for kind in ("solver", "net", "file") if kind in example)
        pair = ("other.prototxt",) if "other" in example else ()
        options = pipeline.Options(select=(rule["id"],), pair=pair)
        outcome = pipeline.check_paths([f"{first}.prototxt"], options)
    shown = Run(diagnostics=outcome.diagnostics, sources=outcome.sources, files=outcome.files)
    return report.render("full", shown).rpartition("\n\nFound")[0]


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 110)


def _load(path: str) -> dict[str, Any]:
    with open(path, "rb") as file:
        return tomllib.load(file)


def main() -> None:
    """Write the pages, and remove those of rules that are gone."""
    made = pages()
    folder = os.path.join(_DOCS, "rules")
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(folder):
        if f"rules/{name}" not in made:
            os.remove(os.path.join(folder, name))
    for name, text in made.items():
        with open(os.path.join(_DOCS, name), "w", encoding="utf-8") as file:
            file.write(text)
    sys.stdout.write(f"{len(made)} pages\n")


if __name__ == "__main__":
    main()

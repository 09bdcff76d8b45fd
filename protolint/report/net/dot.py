"""Nets as a graph in the DOT language: a cluster a state, layers as nodes, blobs on the edges.

A layer that works in place is told in the node of the layer whose blob it changes.
"""

from __future__ import annotations

from protolint.analysis.graph import UNKNOWN
from protolint.report.net import words
from protolint.report.visible import visible
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from protolint.diagnostic import Diagnostic
    from protolint.report.net.view import View

_COLOURS = {"error": "red", "warning": "orange", "info": "blue"}


def render(views: Sequence[View]) -> str:
    """Return one digraph of all views, ending in a newline."""
    lines = [
        "digraph nets {",
        '  node [shape=box, style="rounded,filled", fillcolor=white, fontname="sans-serif"];',
        '  edge [fontname="sans-serif", fontsize=10];',
    ]
    for number, view in enumerate(views):
        lines += (f"  {line}" for line in _cluster(view, number))
    return "\n".join([*lines, "}", ""])


def _cluster(view: View, number: int) -> Iterator[str]:
    graph = view.shapes.graph
    heads = _heads(view)
    members: dict[int, list[int]] = {}
    for at, head in enumerate(heads):
        members.setdefault(head, []).append(at)
    yield f"subgraph cluster_{number} {{"
    yield f"  label={_quoted(view.path, str(view.state))};"
    for head, steps in members.items():
        yield f"  l{number}_{head} [{_node(view, steps)}];"
    missing: dict[str, str] = {}
    for at, step in enumerate(graph.order):
        for name, version in zip(step.layer.bottoms, step.bottoms, strict=True):
            if version == UNKNOWN:
                source = missing.setdefault(name, f"m{number}_{len(missing)}")
                shape = words.shape(view.shapes.inputs.get(name))
            else:
                source = f"l{number}_{heads[graph.producers[version]]}"
                shape = words.shape(view.shapes.blobs[version])
            if source != f"l{number}_{heads[at]}":
                label = _quoted(name, shape)
                yield f"  {source} -> l{number}_{heads[at]} [label={label}];"
    for name, node in missing.items():
        yield f"  {node} [label={_quoted(name)}, shape=ellipse, color=red, style=dashed];"
    for version in graph.outputs:
        name, shape = graph.names[version], words.shape(view.shapes.blobs[version])
        yield f"  o{number}_{version} [label={_quoted(name, shape)}, shape=ellipse];"
        yield f"  l{number}_{heads[graph.producers[version]]} -> o{number}_{version};"
    yield "}"


def _heads(view: View) -> list[int]:
    """Return for each step the step in whose node it is told: itself, or whose blob it changes."""
    graph = view.shapes.graph
    heads: list[int] = []
    for at, (_, bottoms, tops) in enumerate(graph.order):
        alone = len(bottoms) == len(tops) == 1 and graph.in_place[tops[0]] == bottoms[0] != UNKNOWN
        heads.append(heads[graph.producers[bottoms[0]]] if alone else at)
    return heads


def _node(view: View, steps: list[int]) -> str:
    """Return the attributes of a node that tells of the given steps."""
    lines: list[str] = []
    findings: list[Diagnostic] = []
    for at in steps:
        layer = view.shapes.graph.order[at].layer
        cost = view.cost.layers[at].parameters
        lines.append(f"{layer.name}: {layer.type}" if layer.name else layer.type)
        if cost != 0:
            lines.append(f"{words.count(cost)} parameters")
        findings += view.findings_of(layer)
    codes = dict.fromkeys(finding.code for finding in findings)
    if codes:
        lines.append(", ".join(codes))
    attributes = f"label={_quoted(*lines)}"
    for severity, colour in _COLOURS.items():
        if any(finding.severity == severity for finding in findings):
            attributes += f", color={colour}, penwidth=2"
            attributes += f", tooltip={_quoted(*(finding.message for finding in findings))}"
            break
    return attributes


def _quoted(*lines: str) -> str:
    """Return lines of any text as one DOT string."""
    safe = (visible(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(safe) + '"'

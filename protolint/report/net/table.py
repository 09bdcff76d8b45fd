"""A net in one state as a table of layers with totals, for people."""

from __future__ import annotations

from protolint.analysis.footprint import BYTES, largest
from protolint.report.net import words
from protolint.report.summary import plural
from protolint.report.visible import columns, visible, wrap
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.model.layer import Layer
    from protolint.report.net.view import View

_HEAD = ("layer", "type", "output", "parameters", "blobs", "MACs", "sees")
_RIGHT = {3, 4, 5}
_SHRINK = {0: 12, 1: 8, 2: 14}
"""Columns that may be cut where the terminal is narrow, and to how many places."""
_DROP = (6, 5, 4)
"""Columns that are left out where even that is not enough, first to last."""
_GAP = "  "
_LARGEST = 3


def render(view: View, width: int | None = None) -> str:
    """Return the table and what is to be said of it, ending in a newline.

    ``width`` is that of the terminal in columns; without it nothing is cut.
    """
    lines = [f"{visible(view.path)} · {visible(str(view.state))}", ""]
    lines += _fitted([_HEAD, *_rows(view), _total(view)], width)
    lines.append("")
    for text in _remarks(view):
        indent = len(text) - len(text.lstrip())
        first, *rest = wrap(text.lstrip(), None if width is None else width - indent - 2)
        lines.append(" " * indent + first)
        lines += [" " * (indent + 2) + more for more in rest]
    return "\n".join(lines) + "\n"


def _rows(view: View) -> Iterator[tuple[str, ...]]:
    for at, step in enumerate(view.shapes.graph.order):
        cost = view.cost.layers[at]
        built = view.shapes.built[at]
        shapes = [words.shape(shape) for _, shape in view.tops(at)]
        fields = dict.fromkeys(words.field(view.fields[version]) for version in step.tops)
        fields.pop("", None)
        yield (
            visible(step.layer.name),
            visible(step.layer.type),
            "not built" if built is None and _is_refused(view, step.layer) else _listed(shapes),
            words.count(cost.parameters),
            words.scaled(cost.memory, "B"),
            words.scaled(cost.macs),
            ", ".join(fields),
        )


def _is_refused(view: View, layer: Layer) -> bool:
    """Return whether a layer is refused; of some that forks have not even the shapes are known."""
    return any(finding.effect == "abort" for finding in view.findings_of(layer))


def _listed(shapes: list[str]) -> str:
    """Return shapes in a row, equal ones counted: ``256×3×227×227, 256`` or ``4 of 1×8``."""
    if len(shapes) > 1 and len(set(shapes)) == 1:
        return f"{len(shapes)} of {shapes[0]}"
    return ", ".join(shapes)


def _total(view: View) -> tuple[str, ...]:
    cost = view.cost
    return (
        "total",
        plural(len(cost.layers), "layer"),
        "",
        words.total(cost.parameters, words.count(cost.parameters.known)),
        words.total(cost.blob_memory, words.scaled(cost.blob_memory.known, "B")),
        words.total(cost.macs, words.scaled(cost.macs.known)),
        "",
    )


def _fitted(rows: list[tuple[str, ...]], width: int | None) -> list[str]:
    """Return the rows in columns, cut and left out so that they are no wider than ``width``."""
    widths = {at: max(columns(row[at]) for row in rows) for at in range(len(_HEAD))}
    least = {at: min(size, _SHRINK.get(at, size)) for at, size in widths.items()}
    if width is not None:
        for at in _DROP:
            if _needed(least) > width:
                del widths[at], least[at]
        while _needed(widths) > width and any(widths[at] > least[at] for at in widths):
            widest = max((at for at in widths if widths[at] > least[at]), key=widths.__getitem__)
            widths[widest] -= 1
    lines = []
    for number, row in enumerate(rows):
        if number in (1, len(rows) - 1):
            lines.append(_GAP.join("-" * size for size in widths.values()))
        cells = [_cell(row[at], size, right=at in _RIGHT) for at, size in widths.items()]
        lines.append(_GAP.join(cells).rstrip())
    return lines


def _needed(widths: dict[int, int]) -> int:
    return sum(widths.values()) + len(_GAP) * (len(widths) - 1)


def _cell(text: str, width: int, *, right: bool) -> str:
    if columns(text) > width:
        while columns(text) >= width:
            text = text[:-1]
        text += "…"
    space = " " * (width - columns(text))
    return space + text if right else text + space


def _remarks(view: View) -> Iterator[str]:
    cost = view.cost
    weights = BYTES * cost.parameters.known
    yield (
        f"memory {words.total(cost.memory, words.scaled(cost.memory.known, 'B'))}: "
        f"blobs {words.total(cost.blob_memory, words.scaled(cost.blob_memory.known, 'B'))}, "
        f"weights {words.total(cost.parameters, words.scaled(weights, 'B'))} "
        "(forward pass, 4 bytes a value)"
    )
    names = view.shapes.graph.names
    sizes = [
        f"{visible(names[version])} {words.scaled(cost.blob_bytes[version], 'B')}"
        for version in largest(cost, _LARGEST)
    ]
    if sizes:
        yield f"largest blobs: {', '.join(sizes)}"
    if any(view.fields):
        yield "sees: size/stride+offset of what each cell sees of the input; MACs: multiply-adds"
    if view.origins:
        yield "unknown:"
        for found in view.origins:
            yield f"  {visible(words.origin(found))}"
    yield from _refusals(view)


def _refusals(view: View) -> Iterator[str]:
    """Yield why Caffe would not build the net: where it would stop, then what is wrong besides."""
    if not view.readable:
        yield "Caffe cannot read this file; shown is what can be read of it"
    types = {step.layer.name: step.layer.type for step in view.shapes.graph.order}
    stops = view.readable
    for found in view.aborts():
        message, where = found.message, ""
        if found.layer is not None:
            kind = types.get(found.layer)
            name = f'"{found.layer}"' if found.layer else "a layer without a name"
            where = f" at {name}" + (f" ({kind})" if kind else "")
            message = message.removeprefix(f'layer "{found.layer}": ')
        lead = "Caffe stops" if stops else "  also wrong"
        stops = False
        yield visible(f"{lead}{where}: {message} [{found.code}, line {found.range.start.line}]")

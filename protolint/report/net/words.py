"""Shapes, sizes and fields as a reader knows them."""

from __future__ import annotations

from protolint.layers.shapes import shape_text
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.analysis.footprint import Total
    from protolint.analysis.receptive_field import Field
    from protolint.analysis.undecided import Origin
    from protolint.layers import Dim, Shape

_PREFIXES = ("", "k", "M", "G", "T", "P", "E")
_SIDES = ("number", "channels", "height", "width")


def shape(sizes: Shape) -> str:
    """Return ``1×3×?×?``, or ``?`` where not even the number of axes is known."""
    return "?" if sizes is None else shape_text(sizes)


def count(number: Dim) -> str:
    """Return ``60,965,224``, nothing for none, ``?`` for what is not known."""
    return "?" if number is None else f"{number:,}" if number else ""


def scaled(number: Dim, unit: str = "") -> str:
    """Return three digits with a decimal prefix: ``1.06 GB``, ``724 M``, ``12 B``."""
    if not number:
        return count(number)
    power = min((len(str(abs(number))) - 1) // 3, len(_PREFIXES) - 1)
    value = number / 1000**power
    if round(value, 0) >= 1000 and power + 1 < len(_PREFIXES):
        power += 1
        value /= 1000
    digits = 0 if not power else max(0, 3 - len(str(int(value))))
    text = f"{value:.{digits}f}"
    return f"{text} {_PREFIXES[power]}{unit}".rstrip()


def total(sum_: Total, text: str) -> str:
    """Return the text of a sum's known part, with a ``?`` for the rest."""
    if not sum_.unknown:
        return text or "0"
    return f"{text} + ?" if text else "?"


def field(found: Field | None) -> str:
    """Return ``195/32-64``, size, stride and offset; height before width where they differ."""
    if found is None:
        return ""
    spans = found[:1] if found[0] == found[1] else found
    return " × ".join(f"{span.size}/{span.stride}{span.offset:+d}" for span in spans)


def origin(found: Origin) -> str:
    """Return what is not known of a blob, and what would tell it."""
    if found.layer is None:
        return f"{found.blob}: no layer makes it; give --input {found.blob}=…"
    what = _what(found.shape)
    kind = f"{found.layer.type} layer" if found.layer.type else "layer without a type"
    if found.remedy == "datum":
        reason = "its source is not read; give --datum CxHxW"
    elif found.remedy == "input":
        reason = f"only the {kind} knows; give --input {found.blob}=…"
    else:
        reason = f"the {kind}'s text does not tell"
    return f"{found.blob}: {shape(found.shape)}, {what} unknown: {reason}"


def _what(sizes: Shape) -> str:
    if sizes is None:
        return "shape"
    axes = [axis for axis, size in enumerate(sizes) if size is None]
    if len(sizes) == len(_SIDES):
        return ", ".join(_SIDES[axis] for axis in axes)
    return f"axis {', '.join(map(str, axes))}"

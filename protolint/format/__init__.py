"""The formatter: one style for prototxt; values, order and comments stay as they are."""

from __future__ import annotations

from protolint.format.edits import Edit, apply, format_range, format_text
from protolint.format.lines import Unformattable

__all__ = ["Edit", "Unformattable", "apply", "format_range", "format_text"]

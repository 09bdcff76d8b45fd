"""A finding in words, for formats that have one text for all of it."""

from __future__ import annotations

from protolint.report.visible import no_command, visible
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protolint.diagnostic import Diagnostic


def told(found: Diagnostic) -> list[str]:
    """Return the lines of the message, the label, and the explanations; each is safe to print."""
    lines = [found.message]
    if found.label:
        lines.append(found.label)
    lines += [
        f"{key}: {text}" for key, text in (("caffe", found.caffe), ("help", found.help)) if text
    ]
    lines += [f"note: {note}" for note in found.notes]
    if len(found.phases) == 1:
        lines.append(f"phase: {found.phases[0]} only")
    return [no_command(visible(line), r"\x3a") for text in lines for line in text.split("\n")]

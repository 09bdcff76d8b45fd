"""The colours of a terminal report, as ANSI codes by what is coloured."""

from __future__ import annotations

from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Paint = Callable[[str, str], str]

STYLES = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "undecided": "1;35",
    "secondary": "1;34",
    "gutter": "1;34",
    "strong": "1",
}


def painter(*, colour: bool) -> Paint:
    """Return the function that puts a text into a style; an unknown style is plain."""
    return _paint if colour else _plain


def _paint(text: str, style: str) -> str:
    code = STYLES.get(style)
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


def _plain(text: str, _style: str) -> str:
    return text

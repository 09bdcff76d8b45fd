"""Text made safe to show, and how many terminal columns it takes."""

from __future__ import annotations

TAB = " " * 4


def visible(text: str) -> str:
    r"""Return ``text`` with every character that does not print as an escape like ``\x1b``.

    That covers terminal controls, line ends, invisible and direction-changing characters. A
    surrogate that stands for an undecodable byte is shown as that byte, ``\xff``.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def no_command(text: str, colon: str = "./:") -> str:
    r"""Return a text for a log in which no line is a command to a CI server.

    GitHub obeys lines that begin with ``::``, and like Azure whatever follows ``##[`` or ``##vso[``
    anywhere. ``colon`` is written for the first one of such a line; by default the line is taken to
    begin with a path.
    """
    for mark in ("##[", "##vso["):
        if mark in text:
            text = text.replace(mark, f"#\\x23{mark[2:]}")
    if "::" in text:
        lines = text.split("\n")
        text = "\n".join(colon + line[1:] if line.startswith("::") else line for line in lines)
    return text


def without_surrogates(text: str) -> str:
    """Return ``text`` with surrogates escaped as ``visible`` does, and all else as it is."""
    if text.isascii():
        return text
    return "".join(_escape(char) if "\ud800" <= char <= "\udfff" else char for char in text)


def cell(char: str) -> str:
    """Return what is drawn for one character of a source line."""
    return TAB if char == "\t" else visible(char)


def columns(text: str) -> int:
    """Return how many terminal columns ``text``, which must be visible, takes."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width  # noqa: PLC0415 - few lines need it

    return sum(
        0 if category(char) in ("Mn", "Me") else 2 if east_asian_width(char) in "WF" else 1
        for char in text
    )


def wrap(text: str, width: int | None) -> list[str]:
    """Return ``text`` broken at spaces into lines of at most ``width`` columns, longer words whole.

    Without a width there is one line.
    """
    if width is None or columns(text) <= width:
        return [text]
    first, *rest = text.split(" ")
    lines = [first]
    for word in rest:
        longer = f"{lines[-1]} {word}"
        if columns(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _escape(char: str) -> str:
    if char in _NAMED:
        return _NAMED[char]
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # Python's surrogateescape keeps the byte in the low half
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


_NAMED = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}

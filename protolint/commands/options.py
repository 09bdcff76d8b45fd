"""Options that several commands have, and how their values are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from protolint.layers import Shape


def given_data(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--input`` and ``--datum``, which tell the shapes of data that no file tells."""
    command = click.option(
        "--input",
        "inputs",
        multiple=True,
        metavar="BLOB=1x3x224x224",
        callback=lambda _, __, values: tuple(map(_input, values)),
        help="The shape of a top of an Input layer, or of a blob whose shape is not known.",
    )(command)
    return click.option(
        "--datum",
        metavar="3x256x256",
        callback=lambda _, __, value: None if value is None else _sizes("--datum", value, 3),
        help="Channels, height and width of a record of the data.",
    )(command)


def _input(text: str) -> tuple[str, Shape]:
    name, equals, sizes = text.rpartition("=")
    if not equals or not name:
        raise click.UsageError(f"--input takes BLOB=1x3x224x224, not {text!r}")
    return name, _sizes("--input", sizes, None)


def _sizes(option: str, text: str, number: int | None) -> Shape:
    """Return the sizes in ``3x256x256``; an empty text is a scalar's where that is allowed."""
    words = text.replace("×", "x").split("x") if text or number is not None else []
    if not all(word.isascii() and word.isdigit() for word in words):
        raise click.UsageError(f"{option} takes sizes like 3x256x256, not {text!r}")
    if number is not None and len(words) != number:
        raise click.UsageError(f"{option} takes {number} sizes, channels x height x width")
    return tuple(map(int, words))

"""Options that several commands have, and how their values are read."""

from __future__ import annotations

import os
from math import inf

import click

from protolint.config.finder import Configurations
from protolint.config.options import Options
from protolint.dialect import asked
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

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


def given_ranges(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--input-range``, which tells between which numbers data are that no file tells."""
    return click.option(
        "--input-range",
        "input_ranges",
        multiple=True,
        metavar="BLOB=LO:HI",
        callback=lambda _, __, values: tuple(map(_range, values)),
        help="Between which numbers the values of data are, e.g. data=0:1.",
    )(command)


def given_dialect(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--dialect`` and ``--schema``, which say whose Caffe files are for.

    Both are ``None`` where they are not given; they exclude each other.
    """
    command = click.option(
        "--schema",
        metavar="FILE",
        type=click.Path(),
        callback=_schema,
        help="Read files by the caffe.proto of a Caffe of your own, in place of a dialect.",
    )(command)
    return click.option(
        "--dialect",
        metavar="NAMES",
        callback=_dialect,
        help="Whose Caffe files are for: bvlc, ssd, … or several by commas; auto looks what they"
        " are written in.  [default: auto]",
    )(command)


def _schema(context: click.Context, _parameter: object, path: str | None) -> str | None:
    return _one_of_two(context, path, "dialect")


def _one_of_two(context: click.Context, value: str | None, other: str) -> str | None:
    """Return a value; whichever of two options click reads last finds the other one."""
    if value is not None and context.params.get(other) is not None:
        raise click.UsageError("--schema and --dialect exclude each other")
    return value


def _dialect(context: click.Context, _parameter: object, text: str | None) -> str | None:
    if _one_of_two(context, text, "schema") is not None and text is not None:
        try:
            asked(text)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error
    return text


def from_configuration(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--config`` and ``--isolated``, which say where settings are from, and ``--root``.

    The root is no argument of the command: ``configurations`` takes it from the context.
    """
    command = click.option(
        "--root",
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False),
        expose_value=False,
        callback=_keep_root,
        help="Read nothing outside this folder, links followed.",
    )(command)
    command = click.option(
        "--isolated", is_flag=True, help="Take no settings from configuration files."
    )(command)
    return click.option(
        "--config",
        metavar="FILE",
        type=click.Path(),
        help="Take settings from this file, and from no other.",
    )(command)


_ROOT = "protolint.root"


def _keep_root(context: click.Context, _parameter: object, path: str | None) -> None:
    context.meta[_ROOT] = path


def configurations(
    config: str | None,
    *,
    isolated: bool,
    options: Options | None = None,
    given: Iterable[str] = (),
) -> Configurations:
    """Return where settings are from. Raises ``click.UsageError`` for a file that has none."""
    if config is not None and isolated:
        raise click.UsageError("--config and --isolated exclude each other")
    context = click.get_current_context(silent=True)
    root = context.meta.get(_ROOT) if context is not None else None
    if root is not None:
        options, given = (options or Options())._replace(root=root), (*given, "root")
    found = Configurations(options, tuple(given), file=config, isolated=isolated)
    if config is not None:
        if not os.path.exists(config):
            raise click.UsageError(f"--config: no file {config!r}")
        if found.of(config) is None:
            raise click.UsageError(f"--config: no [tool.protolint] in {config!r}")
    return found


def _input(text: str) -> tuple[str, Shape]:
    name, equals, sizes = text.rpartition("=")
    if not equals or not name:
        raise click.UsageError(f"--input takes BLOB=1x3x224x224, not {text!r}")
    return name, _sizes("--input", sizes, None)


def _range(text: str) -> tuple[str, tuple[float, float]]:
    name, _, ends = text.rpartition("=")
    least, _, greatest = ends.partition(":")
    try:
        found = float(least), float(greatest)
    except ValueError:
        found = inf, -inf
    if not name or not -inf < found[0] <= found[1] < inf:
        raise click.UsageError(f"--input-range takes BLOB=LO:HI, as data=0:1, not {text!r}")
    return name, found


def _sizes(option: str, text: str, number: int | None) -> Shape:
    """Return the sizes in ``3x256x256``; an empty text is a scalar's where that is allowed."""
    words = text.replace("×", "x").split("x") if text or number is not None else []
    if not all(word.isascii() and word.isdigit() for word in words):
        raise click.UsageError(f"{option} takes sizes like 3x256x256, not {text!r}")
    if number is not None and len(words) != number:
        raise click.UsageError(f"{option} takes {number} sizes, channels x height x width")
    return tuple(map(int, words))

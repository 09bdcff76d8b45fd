"""``protolint rule``: rules explained, and own ones begun and tested."""

from __future__ import annotations

import os
import re
import sys

import click

from protolint import explain as explained
from protolint import skeleton
from protolint.commands.options import configurations, from_configuration
from protolint.commands.terminal import end, write_whole
from protolint.config.reading import rule_files
from protolint.engine import catalogue
from protolint.schema.misfit import nearest
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from protolint.config.reading import Configuration

_FOLDER = "lint"
"""Where own rules begin in a project that has no folder for them yet."""

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LETTERS = re.compile(r"[A-Z]{3}")


class _Rule(click.Group):
    """Takes what is no command for a rule that is to be explained."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["explain", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Rule, subcommand_metavar="[CODE|NAME] | COMMAND …")
def rule() -> None:
    """Explain a rule, or list all of them; begin and test own rules."""


@rule.command()
@click.argument("rule", required=False, metavar="[CODE|NAME]")
@click.option("--all", "list_all", is_flag=True, help="List every rule.")
@from_configuration
def explain(rule: str | None, list_all: bool, config: str | None, isolated: bool) -> None:
    """Explain a rule, or list all of them, own ones included.

    `explain` may be left out.
    """
    if list_all == (rule is not None):
        raise click.UsageError("give the code or name of one rule, or --all")
    own = _own_files(configurations(config, isolated=isolated).of("."))
    text = explained.all_rules(own) if rule is None else explained.find(rule, own)
    if text is None:
        near = nearest(str(rule), explained.names(own))
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise click.UsageError(f"no rule '{rule}'{hint}")
    end(text, 0)


def _own_files(found: Configuration | None) -> list[str]:
    """Return the sound files of own rules; of what is broken the user is told."""
    if found is None:
        return []
    for broken in found.diagnostics:
        place = broken.range.start
        where = f"{broken.path}:{place.line}:{place.column}"
        sys.stderr.write(f"protolint: left out {where}: {broken.message}\n")
    at_fault = {broken.path for broken in found.diagnostics}
    paths = rule_files(found.settings.get("rule-paths", ()), found.folder)
    return [path for path in paths if path not in at_fault]


@rule.command()
@click.argument("name")
@click.option(
    "--family",
    default="OWN",
    show_default=True,
    metavar="ABC",
    help="The three capitals that the code begins with.",
)
@click.option(
    "--about",
    type=click.Choice(skeleton.ABOUT),
    default="layer",
    show_default=True,
    help="What the rule is about.",
)
@click.option("--into", metavar="FOLDER", type=click.Path(), help="Where to put the file.")
@from_configuration
def new(
    name: str, family: str, about: str, into: str | None, config: str | None, isolated: bool
) -> None:
    """Begin an own rule: a sound file to change, with examples that pass.

    It goes into the first folder of `rule-paths`, or into `lint` where the configuration has none.
    A file that is there is not touched.
    """
    if not _NAME.fullmatch(name):
        raise click.UsageError(f"a rule's name is lower-case words with hyphens, not '{name}'")
    found = configurations(config, isolated=isolated).of(".")
    if found is not None and found.faulty and into is None:
        raise click.UsageError(f"{found.path} has mistakes, which `protolint config` shows")
    folder, configured = _folder(found, into)
    path = os.path.join(folder, f"{name}.toml")
    code = _free_code(family.upper(), [*_own_files(found), *catalogue.rule_files(folder)])
    if name in catalogue.load().rules:
        raise click.UsageError(f"protolint has a rule '{name}' itself")
    if os.path.lexists(path):
        raise click.UsageError(f"{path} is there already")
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"cannot make {folder}: {str(error.strerror).lower()}") from error
    write_whole(path, skeleton.text(name, code, about).encode())
    lines = [f"{path}: begun as {code}", f"protolint rule test {path} runs its examples"]
    if not configured:
        lines.append(f'rule-paths = ["{folder}"] in protolint.toml puts it to use')
    end("\n".join(lines) + "\n", 0)


def _folder(found: Configuration | None, into: str | None) -> tuple[str, bool]:
    """Return the folder for a new rule, and whether the configuration reads rules from there."""
    paths = found.settings.get("rule-paths", ()) if found else ()
    folders = [os.path.relpath(os.path.join(found.folder, path)) for path in paths] if found else []
    folders = [folder for folder in folders if os.path.isdir(folder)]
    folder = os.path.normpath(into) if into is not None else (folders or [_FOLDER])[0]
    return folder, folder in folders


def _free_code(letters: str, paths: Sequence[str]) -> str:
    """Return a code that neither a rule of protolint nor one in a file has."""
    if not _LETTERS.fullmatch(letters):
        raise click.UsageError(f"--family takes three letters, not '{letters}'")
    known = [rule.code for rule in catalogue.load().rules.values()]
    if any(code.startswith(letters) for code in known):
        raise click.UsageError(f"{letters} is for protolint's own rules; choose other letters")
    own, _ = catalogue.with_own(list(dict.fromkeys(map(os.path.relpath, paths))))
    code = skeleton.free_code(letters, {rule.code for rule in own.rules.values()})
    if code is None:
        raise click.UsageError(f"no code is left that begins with {letters}")
    return code


@rule.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE…", type=click.Path())
def test(paths: Sequence[str]) -> None:
    """Run the examples in rule files, and in those of folders.

    Exits with 1 where a rule does not find what its examples mark, or a file is no rule.
    """
    from protolint.commands.testing import report  # noqa: PLC0415  (brings in the pipeline)

    files = list(dict.fromkeys(f for path in paths for f in rule_files([path], os.getcwd())))
    if not files:
        raise click.UsageError("there are no rule files: their names end in .toml")
    end(*report(files))

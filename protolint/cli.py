"""The command line: one module of ``protolint.commands`` for each command."""

from __future__ import annotations

from importlib import import_module

import click

from protolint import __version__
from protolint.commands.terminal import FAULT
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

COMMANDS = ("check", "config", "format", "lr", "net", "prove", "rule", "server", "upgrade")

_INTERRUPTED = 130  # what a shell reports of a command that Ctrl-C ended


class _Group(click.Group):
    """Imports a command when it is called for.

    Ends with 130 at Ctrl-C, where click would say "Aborted!", and with 2 at a fault.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"protolint.commands.{cmd_name}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            ctx.exit(_INTERRUPTED)
        except Exception:  # noqa: BLE001  (told in full; Python itself would end with 1)
            from traceback import format_exc  # noqa: PLC0415  (slow to import)

            click.echo(f"{FAULT}\n{format_exc()}", err=True, nl=False)
            ctx.exit(2)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="protolint")
def main() -> None:
    """Say what Caffe would do with solver and net prototxt files, before it runs."""

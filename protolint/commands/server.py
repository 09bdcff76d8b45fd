"""``protolint server``: the language server."""

from __future__ import annotations

import sys

import click


@click.command()
@click.option("--stdio", is_flag=True, help="Speak on standard input and output, as always.")
def server(stdio: bool) -> None:  # noqa: ARG001  (editors pass it)
    """Speak the Language Server Protocol with an editor, on standard input and output."""
    try:
        from protolint.server.server import serve  # noqa: PLC0415  (an extra, and slow to import)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise click.UsageError(
            "the server needs pygls: pip install 'caffe-protolint[lsp]'"
        ) from error
    sys.exit(serve())

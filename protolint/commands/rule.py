"""``protolint rule``."""

from __future__ import annotations

import click

from protolint import explain
from protolint.commands.terminal import end
from protolint.schema.misfit import nearest


@click.command()
@click.argument("rule", required=False, metavar="[CODE|NAME]")
@click.option("--all", "list_all", is_flag=True, help="List every rule.")
def rule(rule: str | None, list_all: bool) -> None:
    """Explain a rule, or list all of them."""
    if list_all == (rule is not None):
        raise click.UsageError("give the code or name of one rule, or --all")
    text = explain.all_rules() if rule is None else explain.find(rule)
    if text is None:
        near = nearest(str(rule), explain.names())
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise click.UsageError(f"no rule '{rule}'{hint}")
    end(text, 0)

"""``vmspec explain``: the page of a code."""

from __future__ import annotations

import click

from vmspec.cli.options import complete_code
from vmspec.cli.output.console import echo


@click.command("explain")
@click.argument("code", metavar="CODE", shell_complete=complete_code)
def command(code: str) -> None:
    """Take CODE from a finding, such as VMS231, or the name of a rule, such as hostname-in-capitals."""
    from vmspec.documents.hints import did_you_mean
    from vmspec.text import quote
    from vmspec.validation.pages import find_page, pages, plain_text

    page = find_page(code)
    if page is None:
        suggestion = did_you_mean(code, [known.name for known in pages().values()])
        hint = f"; did you mean {suggestion}?" if suggestion else "; vmspec rules lists all"
        raise click.BadParameter(f"unknown code or name {quote(code)}{hint}", param_hint="CODE")
    echo(plain_text(page))

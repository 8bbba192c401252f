"""``vmspec explain``: what a code means, and what to write instead."""

from __future__ import annotations

import click

from vmspec.cli.output.console import echo


@click.command("explain")
@click.argument("code", metavar="CODE")
def command(code: str) -> None:
    """Explain a code: what it means, why, an example, what to write instead.

    CODE is that of a finding, such as VMS231, or the name of a rule, such as hostname-in-capitals.
    """
    from vmspec.documents.messages import did_you_mean, quote
    from vmspec.validation.pages import find_page, pages, plain_text

    page = find_page(code)
    if page is None:
        meant = did_you_mean(code, [known.name for known in pages().values()])
        hint = f"; did you mean {meant}?" if meant else "; vmspec rules lists all"
        raise click.BadParameter(f"there is no code or name {quote(code)}{hint}", param_hint="CODE")
    for line in plain_text(page).split("\n"):
        echo(line)

"""``vmspec rules``: all codes, with name, severity and one line each."""

from __future__ import annotations

import click

from vmspec.cli.output.console import echo


@click.command("rules")
@click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How they are written to standard output.",
)
def command(output_format: str) -> None:
    """List all codes and rules, with severity and one line each.

    VMS0xx are about documents that are not read at all, VMS1xx about what the grammar does not allow,
    VMS2xx are rules, VMS3xx are about comments that suppress findings.
    """
    from vmspec.validation.pages import pages

    if output_format == "json":
        import json

        listed = [
            {
                "code": page.code,
                "name": page.name,
                "severity": str(page.severity),
                "since": page.since,
                "evidence": str(page.evidence),
                "summary": page.summary,
            }
            for page in pages().values()
        ]
        echo(json.dumps({"version": 1, "rules": listed}, indent=2))
        return
    width = max(len(page.name) for page in pages().values())
    for page in pages().values():
        echo(f"{page.code}  {page.name:{width}}  {page.severity:7}  {page.summary}")

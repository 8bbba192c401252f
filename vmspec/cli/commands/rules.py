"""``vmspec rules``: all codes, with name, severity and summary."""

from __future__ import annotations

import click

from vmspec.cli import options
from vmspec.cli.output.console import echo, write_data


@click.command("rules")
@options.output_format
def command(output_format: str) -> None:
    """Print each code with its name, severity and a summary.

    VMS0xx are documents that cannot be read, VMS1xx what the grammar does not allow, VMS2xx rules,
    VMS3xx comments that suppress findings, VMS4xx problems between specs.
    """
    from vmspec.validation.pages import pages

    if output_format == "json":
        from json import dumps

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
        write_data(dumps({"version": 1, "rules": listed}, indent=2), "\n")
        return
    width = max(len(page.name) for page in pages().values())
    for page in pages().values():
        echo(f"{page.code}  {page.name:{width}}  {page.severity:7}  {page.summary}")

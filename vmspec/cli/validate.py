"""``vmspec validate``: all findings of all documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vmspec.cli.exits import ExitCode
from vmspec.cli.reporting import REPORTERS, Tally, foreign_finding
from vmspec.cli.sources import Sources
from vmspec.cli.streams import talk
from vmspec.findings import Report
from vmspec.validation import validate

if TYPE_CHECKING:
    from vmspec.validation.schema import Engine


@click.command("validate")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--output-format",
    type=click.Choice([*REPORTERS]),
    default="text",
    show_default=True,
    help="How findings are written to standard output.",
)
@click.option(
    "--engine",
    type=click.Choice(["libxml2", "xmlschema"]),
    default="libxml2",
    show_default=True,
    help="What checks XML against the schema, beside the strict reader.",
)
@click.option("--skip-foreign", is_flag=True, help="Pass files by that are no specs, also those named.")
def command(paths: tuple[str, ...], output_format: str, engine: Engine, skip_foreign: bool) -> int:
    """Check specs: all mistakes of all files, with their places.

    PATH is an XML, JSON or YAML file, a folder, or - for standard input. Of a folder, all such files
    that are specs are checked, but no hidden ones and no symbolic links.
    """
    sources = Sources(paths, skip_foreign=skip_foreign)
    reporter, tally = REPORTERS[output_format](), Tally()
    for source in sources:
        report = (
            Report((foreign_finding(),)) if source.foreign else validate(source.data, source.format, engine)
        )
        reporter.add(source, report)
        tally.add(report)
    reporter.finish()
    talk(tally.sentence(sources))
    if sources.unreadable:
        return ExitCode.WRONG_USE
    return ExitCode.FINDINGS if tally.errors else ExitCode.FINE

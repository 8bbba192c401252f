"""``vmspec preflight``: would these builds work in this organization, now?"""

from __future__ import annotations

import os
from contextlib import closing

import click

from vmspec.cli import options
from vmspec.cli.api import reads_api
from vmspec.cli.commands.catalogue import unreadable_lines
from vmspec.cli.config import selection_for
from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.checking import CheckedFile, Checker, check_files, usable_processors
from vmspec.cli.inputs.paths import expand_paths
from vmspec.cli.inputs.sources import SkippedFiles
from vmspec.cli.output import OUTPUT_FORMATS, reporter_for
from vmspec.cli.output.console import echo_err
from vmspec.cli.output.text import Summary
from vmspec.cli.submission.connection import ConnectionOptions, connection_options
from vmspec.findings import Severity


@click.command("preflight")
@options.paths
@click.option(
    "--output-format",
    type=click.Choice(OUTPUT_FORMATS),
    help="Format of standard output; by default text, or github if GITHUB_ACTIONS=true.",
)
@options.selection
@options.skip_foreign
@connection_options
@reads_api
def command(
    paths: tuple[str, ...],
    output_format: str | None,
    select: list[str],
    ignore: list[str],
    fail_on: str,
    skip_foreign: bool,
    connection: ConnectionOptions,
) -> int:
    """Check each PATH as validate does, and what it refers to as the organization has it at this moment:
    entries that do not exist, hostnames and addresses that are taken, limits. Nothing is built.
    """
    default_format = "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text"
    reporter = reporter_for(output_format or default_format)
    selection, expanded = selection_for(select, ignore), list(expand_paths(paths))
    with connection.client(echo_err) as katapult:
        catalogue = katapult.current_catalogue()
    for line in unreadable_lines(catalogue):
        echo_err(line)
    checker = Checker(reporter, skip_foreign, "libxml2", selection, catalogue=catalogue)
    summary, skipped = Summary(), SkippedFiles(name="misspelt")
    with closing(check_files(checker, expanded, usable_processors())) as results:
        for result in results:
            if isinstance(result, CheckedFile):
                reporter.write(result.text)
                summary.add(result.severities)
            else:
                skipped.add(result)
    reporter.finish()
    echo_err(summary.text(skipped.summary()))
    if skipped.unreadable:
        return ExitCode.USAGE_ERROR
    return ExitCode.FINDINGS if summary.has_at_least(Severity(fail_on)) else ExitCode.OK

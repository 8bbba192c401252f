"""``vmspec validate``: all findings of all documents."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

import click

from vmspec.cli import options
from vmspec.cli.config import selection_for
from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.checking import Check, Outcome, WithFindings, outcomes, usable_processors
from vmspec.cli.inputs.paths import expand_paths
from vmspec.cli.inputs.sources import SkippedFiles
from vmspec.cli.output.console import echo_err
from vmspec.cli.output.progress_bar import bar_for
from vmspec.cli.output.text import OUTPUT_FORMATS, Reporter, Summary, reporter_for
from vmspec.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vmspec.cli.output.progress_bar import Bar
    from vmspec.validation.xsd import Engine


@click.command("validate")
@options.paths
@click.option(
    "--output-format",
    type=click.Choice(OUTPUT_FORMATS),
    help="How findings are written to standard output; text, or github where GITHUB_ACTIONS=true.",
)
@click.option("--select", metavar="CODE", multiple=True, help="Only these codes or names; may be repeated.")
@click.option("--ignore", metavar="CODE", multiple=True, help="Not these codes or names; may be repeated.")
@click.option(
    "--fail-on",
    type=click.Choice([str(severity) for severity in Severity]),
    default=str(Severity.ERROR),
    show_default=True,
    help="End with 1 where something of this severity, or of a higher one, is found.",
)
@click.option("--quiet", "-q", is_flag=True, help="Findings only: no summary and no progress.")
@click.option("--verbose", "-v", is_flag=True, help="Name the files, too, that are passed by as no specs.")
@click.option(
    "--engine",
    type=click.Choice(["libxml2", "xmlschema"]),
    default="libxml2",
    show_default=True,
    help="What checks XML against the schema, beside the strict reader.",
)
@click.option("--skip-foreign", is_flag=True, help="Pass files by that are no specs, also those named.")
@click.option(
    "--jobs",
    "-j",
    metavar="N",
    type=click.IntRange(min=1),
    help="At most N processes, for very many files; by default as many as processors.",
)
def command(
    paths: tuple[str, ...],
    output_format: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str,
    quiet: bool,
    verbose: bool,
    engine: Engine,
    skip_foreign: bool,
    jobs: int | None,
) -> int:
    """Check specs: all mistakes of all files, with their places.

    PATH is an XML, JSON or YAML file, a folder, a pattern such as 'specs/**/*.xml', or - for standard
    input. Of folders and patterns all files that are specs are checked, but no hidden ones, no symbolic
    links, and none that a .gitignore file leaves out.
    """
    check = Check(skip_foreign, engine, selection_for(_split(select), _split(ignore)))
    found = list(expand_paths(paths))
    bar = bar_for(len(found), quiet=quiet)
    left_out = SkippedFiles(name="all" if verbose else "none" if quiet else "misspelt")
    reporter = reporter_for(output_format or _usual_format())
    with closing(outcomes(check, found, jobs or usable_processors())) as all_outcomes:
        summary = _report(all_outcomes, reporter, left_out, bar)
    if not quiet:
        echo_err(summary.text(left_out.summary()))
    if left_out.unreadable:
        return ExitCode.USAGE_ERROR
    return ExitCode.FINDINGS if summary.has_at_least(Severity(fail_on)) else ExitCode.OK


def _split(codes: tuple[str, ...]) -> list[str]:
    """Codes may be given one by one or with commas between them."""
    return [code for part in codes for code in part.split(",")]


def _usual_format() -> str:
    return "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text"


def _report(found: Iterable[Outcome], reporter: Reporter, left_out: SkippedFiles, bar: Bar) -> Summary:
    """Says what was found as it comes."""
    summary = Summary()
    try:
        for outcome in found:
            bar.advance()
            if isinstance(outcome, str):
                reporter.report_ok(outcome)
                summary.add()
            elif isinstance(outcome, WithFindings):
                bar.hide()
                reporter.report(outcome.source, outcome.findings)
                summary.add(outcome.findings)
            else:
                bar.hide()
                left_out.add(outcome)
    finally:
        bar.hide()
    reporter.finish()
    return summary

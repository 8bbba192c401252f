"""``vmspec validate``: all findings of all documents."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import closing
from typing import TYPE_CHECKING

import click

from vmspec.cli import options
from vmspec.cli.config import selection_for
from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.catalogues import read_catalogue
from vmspec.cli.inputs.checking import CheckedFile, Checker, Result, check_files, usable_processors
from vmspec.cli.inputs.paths import expand_paths
from vmspec.cli.inputs.sources import SkippedFiles
from vmspec.cli.output import OUTPUT_FORMATS, reporter_for
from vmspec.cli.output.console import echo_err
from vmspec.cli.output.progress_bar import ProgressBar
from vmspec.cli.output.reporter import Reporter
from vmspec.cli.output.text import Summary
from vmspec.findings import Severity

if TYPE_CHECKING:
    from vmspec.validation.xsd import Engine


@click.command("validate")
@options.paths
@click.option(
    "--output-format",
    type=click.Choice(OUTPUT_FORMATS),
    help="Format of standard output; by default text, or github if GITHUB_ACTIONS=true.",
)
@options.selection
@click.option("--quiet", "-q", is_flag=True, help="Print findings only: no summary and no progress.")
@click.option("--verbose", "-v", is_flag=True, help="Name the skipped files too.")
@click.option(
    "--engine",
    type=click.Choice(["libxml2", "xmlschema"]),
    default="libxml2",
    show_default=True,
    help="XSD validator, which runs beside the strict reader.",
)
@options.skip_foreign
@options.text("--catalogue", "FILE", "Also check what the specs refer to, with the file of vmspec catalogue.")
@click.option(
    "--jobs",
    "-j",
    metavar="N",
    type=click.IntRange(min=1),
    help="Use at most N processes for very many files [default: number of processors].",
)
def command(
    paths: tuple[str, ...],
    output_format: str | None,
    select: list[str],
    ignore: list[str],
    fail_on: str,
    quiet: bool,
    verbose: bool,
    engine: Engine,
    skip_foreign: bool,
    catalogue: str | None,
    jobs: int | None,
) -> int:
    """Check each PATH: an XML, JSON or YAML file, a folder, a pattern, or - for standard input.

    Of folders and of patterns such as 'specs/**/*.xml', all files that are specs are checked, except
    hidden files, symbolic links, and files that .gitignore excludes.
    """
    reporter = reporter_for(output_format or _default_format())
    selection, known = selection_for(select, ignore), read_catalogue(catalogue)
    checker = Checker(reporter, skip_foreign, engine, selection, known)
    expanded = list(expand_paths(paths))
    skipped = SkippedFiles(name="all" if verbose else "none" if quiet else "misspelt")
    bar = ProgressBar.on_stderr(len(expanded), quiet=quiet)
    with closing(check_files(checker, expanded, jobs or usable_processors())) as results:
        summary = _report(results, reporter, skipped, bar)
    if not quiet:
        echo_err(summary.text(skipped.summary()))
    if skipped.unreadable:
        return ExitCode.USAGE_ERROR
    return ExitCode.FINDINGS if summary.has_at_least(Severity(fail_on)) else ExitCode.OK


def _default_format() -> str:
    return "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text"


def _report(
    results: Iterable[Result], reporter: Reporter, skipped: SkippedFiles, bar: ProgressBar
) -> Summary:
    """Print results as they come."""
    summary = Summary()
    try:
        for result in results:
            bar.advance()
            if isinstance(result, CheckedFile):
                if result.severities:
                    bar.hide()
                reporter.write(result.text)
                summary.add(result.severities)
            else:
                bar.hide()
                skipped.add(result)
    finally:
        bar.hide()
    reporter.finish()
    return summary

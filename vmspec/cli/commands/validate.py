"""``vmspec validate``: all findings of all documents."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

import click

from vmspec.cli import options
from vmspec.cli.config import selection_for
from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.catalogues import read_catalogue
from vmspec.cli.inputs.checking import CheckedFile, Checker, Result, check_files, usable_processors
from vmspec.cli.inputs.paths import InputPath, UnreadablePath, expand_paths
from vmspec.cli.inputs.sources import SkippedFiles
from vmspec.cli.output import OUTPUT_FORMATS, reporter_for
from vmspec.cli.output.console import echo_err, shown_path
from vmspec.cli.output.progress_bar import ProgressBar
from vmspec.cli.output.reporter import Reporter
from vmspec.cli.output.text import Summary, pluralize
from vmspec.cli.signals import interrupt_on_sigterm
from vmspec.findings import Severity
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.cli.inputs.baseline import Baseline
    from vmspec.cli.inputs.fixing import Fixer
    from vmspec.validation.xsd import Engine

Path = InputPath | UnreadablePath


def _shard(_: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """Return the number of a shard and the number of all shards."""
    if value is None:
        return None
    match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", value)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise click.BadParameter(
            f"{value!r} is not a shard such as 1/3: the first number is from 1 to the second.",
            param=parameter,
        )
    return int(match[1]), int(match[2])


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
@click.option("--fix", is_flag=True, help="Fix in place what certainly is a mistake; see --diff.")
@click.option("--unsafe-fixes", is_flag=True, help="Fix also what probably is one.")
@click.option(
    "--diff", is_flag=True, help="Write nothing; print what would be fixed, secrets masked, and fail."
)
@options.text("--baseline", "FILE", "Report only findings that are not in this file.")
@options.text("--write-baseline", "FILE", "Record all findings in this file instead of reporting them.")
@options.text("--stdin-filename", "NAME", "Name of standard input, for its format and for messages.")
@click.option(
    "--shard", metavar="I/N", callback=_shard, help="Check the Ith of N parts of the files, each file in one."
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
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    baseline: str | None,
    write_baseline: str | None,
    stdin_filename: str | None,
    shard: tuple[int, int] | None,
) -> int:
    """Check each PATH: an XML, JSON or YAML file, a folder, a pattern, or - for standard input.

    Of folders and of patterns such as 'specs/**/*.xml', all files that are specs are checked, except
    hidden files, symbolic links, and files that .gitignore excludes. With --fix, standard input is
    written to standard output.
    """
    expanded = _named_stdin(list(expand_paths(paths)), stdin_filename)
    if shard is not None:
        if write_baseline is not None:
            raise click.UsageError("--write-baseline is for all files; leave --shard out")
        expanded = expanded[shard[0] - 1 :: shard[1]]
    fixer = _fixer(fix=fix, unsafe=unsafe_fixes, diff=diff, quiet=quiet)
    reporter = reporter_for(_output_format(output_format, fixer, expanded))
    known = _baseline(baseline, everything=write_baseline is not None)
    selection, organization = selection_for(select, ignore), read_catalogue(catalogue)
    checker = Checker(reporter, skip_foreign, engine, selection, organization, known, fixer)
    skipped = SkippedFiles(name="all" if verbose else "none" if quiet else "misspelt")
    bar = ProgressBar.on_stderr(len(expanded), quiet=quiet)
    processes = (jobs or usable_processors()) if fixer is None else 1
    with interrupt_on_sigterm(), closing(check_files(checker, expanded, processes)) as results:
        summary = _report(results, reporter, skipped, bar)
    if known is not None:
        _finish_baseline(known, write_baseline, expanded, summary, quiet=quiet)
    if not quiet:
        echo_err(summary.text(skipped.summary()))
    if skipped.unreadable or (fixer is not None and fixer.failed):
        return ExitCode.USAGE_ERROR
    fails = summary.has_at_least(Severity(fail_on)) or (fixer is not None and fixer.differing)
    return ExitCode.FINDINGS if fails else ExitCode.OK


def _output_format(name: str | None, fixer: Fixer | None, paths: Sequence[Path]) -> str:
    """Return the output format; raise click.UsageError if standard output is needed for something else."""
    has_stdin = any(isinstance(path, InputPath) and path.is_stdin for path in paths)
    if fixer is None or not (fixer.diff or has_stdin):
        return name or ("github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text")
    if name not in (None, "text"):
        written = "a diff" if fixer.diff else "the fixed document"
        raise click.UsageError(f"standard output is for {written}; leave --output-format out")
    return "text"


def _fixer(*, fix: bool, unsafe: bool, diff: bool, quiet: bool) -> Fixer | None:
    if not (fix or unsafe or diff):
        return None
    from vmspec.cli.inputs.fixing import Fixer

    return Fixer(unsafe, diff, quiet)


def _named_stdin(paths: list[Path], name: str | None) -> list[Path]:
    """Return paths with the name that standard input has been given."""
    if name is None:
        return paths
    if not any(isinstance(path, InputPath) and path.is_stdin for path in paths):
        raise click.UsageError("--stdin-filename is for standard input; add the path -")
    return [
        path._replace(path=name) if isinstance(path, InputPath) and path.is_stdin else path for path in paths
    ]


def _baseline(path: str | None, *, everything: bool) -> Baseline | None:
    """Return the baseline of the options; None without one."""
    if path is None and not everything:
        return None
    from vmspec.cli.inputs.baseline import Baseline, read_baseline

    return read_baseline(path, everything=everything) if path is not None else Baseline(everything=True)


def _finish_baseline(
    baseline: Baseline, target: str | None, paths: Sequence[Path], summary: Summary, *, quiet: bool
) -> None:
    """Write a new baseline if there is a target, and name the known findings that are gone."""
    from vmspec.cli.inputs.baseline import write_baseline

    if not quiet:
        for gone in baseline.gone([path.path for path in paths], summary.known):
            echo_err(f"gone: {gone.file}: {gone.code} {printable(gone.message)}")
    if target is not None:
        write_baseline(target, summary.known)
        echo_err(f"{pluralize(len(summary.known), 'finding')} recorded in {shown_path(target)}")


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
                summary.add(result.severities, result.findings)
            else:
                bar.hide()
                skipped.add(result)
    finally:
        bar.hide()
    reporter.finish()
    return summary

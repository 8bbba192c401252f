"""``vmspec format``: documents in canonical form, in place."""

from __future__ import annotations

import sys
from collections import Counter
from enum import StrEnum
from pathlib import Path

import click
from attrs import frozen

from vmspec.cli import options
from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.paths import reason_of
from vmspec.cli.inputs.sources import Source, Sources, not_a_spec_finding
from vmspec.cli.output.console import echo, echo_err, print_error, supports_colour, write_document
from vmspec.cli.output.text import pluralize, print_findings
from vmspec.cli.signals import interrupt_on_sigterm
from vmspec.documents.files import replace_file
from vmspec.documents.formats import FormatName
from vmspec.documents.limits import to_utf8
from vmspec.errors import DocumentError
from vmspec.findings import Finding
from vmspec.validation.formatting import format_document


class Outcome(StrEnum):
    """Outcome for a file, as the summary prints it."""

    FORMATTED = "formatted"
    NOT_FORMATTED = "to be formatted"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    INVALID = "with errors"
    FAILED = "not written"


@frozen
class Formatter:
    """Formatter of documents; ``check`` and ``diff`` write nothing."""

    check: bool
    diff: bool

    def format(self, source: Source) -> Outcome:
        """Format a document, and print what happened."""
        if not source.is_recognized:
            return _invalid(source, (not_a_spec_finding(),))
        reason = _reason_to_skip(source)
        if reason is not None:
            echo_err(f"{source.name}: skipped, {reason}")
            return self._pass_through(source) if source.path is None else Outcome.SKIPPED
        try:
            text = format_document(source.data, source.format)
        except DocumentError as error:
            return _invalid(source, error.findings)
        if text is None:
            echo_err(f"{source.name}: skipped, formatting would change its findings")
            return self._pass_through(source) if source.path is None else Outcome.SKIPPED
        if self.check or self.diff:
            return self._compare(source, text)
        return _write(source, text)

    def _pass_through(self, source: Source) -> Outcome:
        """Write standard input unchanged, unless it is not valid text."""
        try:
            to_utf8(source.data)
        except DocumentError as error:
            return _invalid(source, error.findings)
        if not self.check and not self.diff:
            write_document(source.data.decode())
        return Outcome.SKIPPED

    def _compare(self, source: Source, text: str) -> Outcome:
        if text.encode() == source.data:
            return Outcome.UNCHANGED
        if self.diff:
            _print_diff(source.data.decode(), text, source.name, source.format)
        else:
            echo(f"{source.name}: not formatted")
        return Outcome.NOT_FORMATTED


def _reason_to_skip(source: Source) -> str | None:
    if source.path is not None and source.path.is_symlink():
        return "a symbolic link"
    if source.path is not None and not source.path.is_file():
        return "not a regular file"
    return None


def _invalid(source: Source, findings: tuple[Finding, ...]) -> Outcome:
    print_findings(source, findings)
    return Outcome.INVALID


def _write(source: Source, text: str) -> Outcome:
    if source.path is None:
        write_document(text)
    elif text.encode() != source.data:
        return _replace(source, source.path, text)
    return Outcome.UNCHANGED


def _replace(source: Source, path: Path, text: str) -> Outcome:
    try:
        replace_file(path, source.data, text.encode())
    except OSError as error:
        print_error(f"{source.name}: {reason_of(error)}")
        return Outcome.FAILED
    echo_err(f"{source.name}: formatted")
    return Outcome.FORMATTED


def _print_diff(before: str, after: str, name: str, format: FormatName) -> None:
    from vmspec.cli.output.text_diff import unified_diff

    colours = {"-": "red", "+": "green", "@": "cyan"} if supports_colour(sys.stdout) else {}
    for line in unified_diff(before, after, name, format):
        colour = colours.get(line[:1])
        echo(click.style(line, fg=colour) if colour else line)


@click.command("format")
@options.paths
@click.option("--check", is_flag=True, help="Write nothing; list the files that are not formatted, and fail.")
@click.option(
    "--diff", is_flag=True, help="Write nothing; print the changes, secrets and comments masked, and fail."
)
@options.skip_foreign
def command(paths: tuple[str, ...], check: bool, diff: bool, skip_foreign: bool) -> int:
    """Format each PATH: a file, a folder, or - for standard input, which is written to standard output.

    Comments are kept. Symbolic links and files with errors stay as they are.
    """
    sources = Sources(paths, skip_foreign=skip_foreign)
    formatter = Formatter(check, diff)
    with interrupt_on_sigterm():
        outcomes = Counter((source.path is None, formatter.format(source)) for source in sources)
    files = {outcome: outcomes[False, outcome] for outcome in Outcome if outcomes[False, outcome]}
    if files or not outcomes:
        counts = ", ".join(f"{pluralize(count, 'file')} {outcome}" for outcome, count in files.items())
        echo_err((counts or "nothing to format") + sources.summary())
    found = {outcome for _, outcome in outcomes}
    if sources.unreadable or Outcome.FAILED in found:
        return ExitCode.USAGE_ERROR
    return ExitCode.FINDINGS if found & {Outcome.INVALID, Outcome.NOT_FORMATTED} else ExitCode.OK

"""``vmspec journal``: checking, copying and pruning the record of submissions."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path

import click

from vmspec.cli import options
from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.output.console import echo, print_error
from vmspec.cli.output.text import pluralize
from vmspec.errors import ConfigurationError, JournalError
from vmspec.katapult import EntryFilter, check_location, open_journal
from vmspec.text import printable

MAX_LISTED = 5
"""Ids listed of submissions that could not be copied."""


def _check_location(_: click.Context, parameter: click.Parameter, value: str) -> str:
    try:
        check_location(value)
    except ConfigurationError as error:
        raise click.BadParameter(f"{error}.", param=parameter) from None
    return value


@click.group("journal", subcommand_metavar="check | copy FROM TO | prune --older-than AGE")
def command() -> None:
    """A journal is a file, or the postgresql:// address of a database that several machines share."""


@command.command("check", short_help="Check that the journal can be written and is whole.")
@options.journal
def _check(journal: str | None) -> int:
    """Open the journal, making it where there is none yet, and print what it holds."""
    try:
        with closing(open_journal(journal)) as store:
            counts = store.check()
    except JournalError as error:
        return _report(error)
    states = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in sorted(counts.items()))
    total = pluralize(sum(counts.values()), "submission")
    echo(f"{store.name}: {total}{f': {states}' if states else ''}")
    return ExitCode.OK


@command.command("copy", short_help="Copy all submissions into another journal.")
@click.argument("source", metavar="FROM", callback=_check_location)
@click.argument("target", metavar="TO", callback=_check_location)
def _copy(source: str, target: str) -> int:
    """Copy while no command uses FROM. What TO has already stays as it is, so a copy may be repeated.

    Of two submissions with the same id or key the one in TO stays; the exit code is then 1.
    """
    if "://" not in source and not Path(source).exists():
        raise click.BadParameter(f"{source} does not exist.", param_hint="FROM")
    left: list[str] = []
    total = 0
    try:
        with closing(open_journal(source, create=False)) as store, closing(open_journal(target)) as copy:
            for entry in store.entries(EntryFilter(states=["intent", "sending"])):
                if entry.owner is not None:
                    print_error(f"{entry.owner} is sending submission {entry.id}; copy when it has ended")
                    return ExitCode.NOT_SENT
            for page in store.pages():
                left += [entry.id for entry in copy.restore(page)]
                total += len(page)
    except JournalError as error:
        return _report(error)
    echo(f"{copy.name}: {total - len(left)} of {pluralize(total, 'submission')} copied")
    if not left:
        return ExitCode.OK
    more = f" and {len(left) - MAX_LISTED} more" if len(left) > MAX_LISTED else ""
    ids = printable(", ".join(left[:MAX_LISTED]))
    print_error(f"{copy.name} has other submissions with the same id or key: {ids}{more}")
    return ExitCode.FINDINGS


@command.command("prune", short_help="Delete old submissions whose outcome is known.")
@click.option(
    "--older-than",
    metavar="WHEN",
    required=True,
    callback=options.parse_moment,
    help="Age (90d, 12h), or a local time (2026-01-31), of the last change.",
)
@options.journal
def _prune(older_than: float, journal: str | None) -> int:
    """Submissions whose outcome is unknown are kept.

    A key whose submission is deleted counts as new: its machine is looked for in the organization before
    anything is sent.
    """
    try:
        with closing(open_journal(journal, create=False)) as store:
            deleted = store.prune(older_than)
            kept = Counter(
                entry.effective_state for entry in store.entries(EntryFilter(changed_before=older_than))
            )
    except JournalError as error:
        return _report(error)
    states = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in sorted(kept.items()))
    echo(f"{pluralize(deleted, 'submission')} deleted{f'; kept: {states}' if states else ''}")
    return ExitCode.OK


def _report(error: JournalError) -> int:
    print_error(str(error))
    return ExitCode.NOT_SENT

"""``vmspec submissions``: what the journal holds, and giving up what stays unknown."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vmspec.cli import options
from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.output.console import echo, echo_err, print_error
from vmspec.cli.output.json import JSONStream
from vmspec.cli.output.text import pluralize
from vmspec.cli.submission.connection import journal_path
from vmspec.cli.submission.journal_lookup import abandoned, entries_of, entry_of, shortened
from vmspec.cli.submission.outcomes import EXIT_CODES, Outcome
from vmspec.errors import JournalError, SubmissionError
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.katapult import Entry

RECENT_S = 7 * 24 * 3600
"""How long a submission that is settled is listed without being asked for."""
WIDEST = 60
"""Of a column but the last ones; longer cells are cut, and are whole as JSON."""


@click.group("submissions", invoke_without_command=True, subcommand_metavar="[abandon ID...]")
@click.option("--all", "every", is_flag=True, help="Also those that were settled more than a week ago.")
@options.journal
@options.output_format
@click.pass_context
def command(context: click.Context, every: bool, journal: str | None, output_format: str) -> int | None:
    """List the submissions on record, or give one up.

    Listed are the unknown ones and those of the last week, of any API and organization: id, state,
    hostname, key, when it was submitted (local time), machine or build, and where they are several the
    organization and API. No API key is needed.
    """
    context.obj = journal_path(journal)
    if context.invoked_subcommand is not None:
        return None
    try:
        entries = entries_of(context.obj)
    except JournalError as error:
        return _unusable(error)
    shown = [entry for entry in entries if every or _is_news(entry)]
    if output_format == "json":
        _tell_json(shown)
    else:
        _tell_lines(shown, shortened(entries))
    _talk_of(shown, len(entries) - len(shown))
    return ExitCode.OK


@command.command("abandon", short_help="Give submissions up, so that their keys are free.")
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@options.journal
@click.pass_obj
def _abandon(path: Path, ids: tuple[str, ...], journal: str | None) -> int:
    """Give up submissions that stay unknown, or whose build failed: their keys are free again.

    For a person who has made sure that there is no machine of theirs. ID may be a beginning that no
    other has.
    """
    path = path if journal is None else Path(journal)
    try:
        entries = entries_of(path)
        wanted = {text: entry_of(text, entries) for text in ids}
        for text, entry in wanted.items():
            if entry is None:
                raise SubmissionError(f"there is no submission {printable(text)} on record")
        for id in dict.fromkeys(entry.id for entry in wanted.values() if entry is not None):
            entry = abandoned(id, path)
            key = f"  its key {printable(entry.key)} is free" if entry.key is not None else ""
            echo(f"{entry.id}  abandoned  {printable(entry.hostname or '-')}{key}")
    except JournalError as error:
        return _unusable(error)
    except SubmissionError as error:
        print_error(str(error))
        return ExitCode.USAGE_ERROR
    return ExitCode.OK


def _unusable(error: JournalError) -> int:
    print_error(str(error))
    return EXIT_CODES[Outcome.NOT_SENT]


def _is_news(entry: Entry) -> bool:
    from vmspec.katapult.journal import PENDING

    return entry.state in PENDING or time.time() - entry.changed_at < RECENT_S


def _tell_json(entries: Sequence[Entry]) -> None:
    from attrs import asdict

    listing = JSONStream({"version": 1, "submissions": []})
    for entry in entries:
        listing.add(asdict(entry))
    listing.finish()


def _tell_lines(entries: Sequence[Entry], short: dict[str, str]) -> None:
    places = {(entry.api_url, entry.organization) for entry in entries}
    rows = [_row(entry, short[entry.id], with_place=len(places) > 1) for entry in entries]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        echo("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


def _row(entry: Entry, short: str, *, with_place: bool) -> list[str]:
    state = _state(entry)
    why = entry.reason or ("its process ended" if state != entry.state.replace("_", " ") else "-")
    found = entry.virtual_machine_id or entry.build_id or why
    begun = time.strftime("%Y-%m-%d %H:%M %z", time.localtime(entry.begun_at))
    place = [printable(f"{entry.organization} at {entry.api_url}")] if with_place else []
    cells = (short, state, entry.hostname or "-", entry.key or "-", begun)
    return [*(_cut(printable(cell)) for cell in cells), printable(found), *place]


def _cut(cell: str) -> str:
    return cell if len(cell) <= WIDEST else f"{cell[: WIDEST - 1]}…"


def _state(entry: Entry) -> str:
    """One word; what a process left behind when it died counts as what it comes to."""
    if entry.is_left_unsent:
        return "not sent"
    if entry.state == "sending" and entry.held_by is None:
        return "unknown"
    return entry.state.replace("_", " ")


def _talk_of(shown: Sequence[Entry], older: int) -> None:
    states = Counter(_state(entry) for entry in shown)
    if states["unknown"]:
        echo_err(f"{states['unknown']} unknown: vmspec reconcile looks for the machines")
    if older:
        echo_err(f"{pluralize(older, 'older submission')} not listed; --all lists every one")
    elif not shown:
        echo_err("no submissions on record")

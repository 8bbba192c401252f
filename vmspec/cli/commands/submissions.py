"""``vmspec submissions``: the submissions on record, and abandoning those that stay unknown."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime

import click

from vmspec.cli import options
from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.output.console import echo, echo_err, print_error
from vmspec.cli.output.json import JSONStream
from vmspec.cli.output.text import pluralize
from vmspec.cli.submission.journal_lookup import find_entry, has_key, read_entries, shorten_ids
from vmspec.errors import JournalError, SubmissionError
from vmspec.katapult import STATES, Entry, abandon, open_journal
from vmspec.text import printable

RECENT_S = 7 * 24 * 3600
"""Age up to which settled submissions are listed by default."""
MAX_CELL_WIDTH = 60
"""Width of all columns but the last ones, in characters; longer cells are cut, but not in JSON."""


_AGES = {"m": 60, "h": 3600, "d": 86400}


def _parse_since(_: click.Context, parameter: click.Parameter, text: str | None) -> float | None:
    """Return a Unix time."""
    if text is None:
        return None
    if (age := re.fullmatch(r"(\d{1,6})([mhd])", text)) is not None:
        return time.time() - int(age[1]) * _AGES[age[2]]
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        raise click.BadParameter(
            f"{text!r} is neither a time such as 2026-11-28T14:30 nor an age such as 12h.", param=parameter
        ) from None


@click.group("submissions", invoke_without_command=True, subcommand_metavar="[abandon ID...]")
@click.option("--all", "every", is_flag=True, help="Include those that were settled more than a week ago.")
@click.option(
    "--state",
    "states",
    type=click.Choice([*STATES]),
    multiple=True,
    help="List only submissions in this state; may be repeated.",
)
@click.option("--key", metavar="KEY", callback=options.not_empty, help="List only KEY and KEY/PATH.")
@click.option(
    "--since",
    metavar="WHEN",
    callback=_parse_since,
    help="List only what was submitted since a local time (2026-11-28, 2026-11-28T14:30) or within a time"
    " (90m, 12h, 7d).",
)
@options.journal
@options.output_format
@click.pass_context
def command(
    context: click.Context,
    every: bool,
    states: tuple[str, ...],
    key: str | None,
    since: float | None,
    journal: str | None,
    output_format: str,
) -> int | None:
    """Unknown submissions and those of the last week are listed, of any API and organization: id, state,
    hostname, key, time of submission (local), machine or build, and, if there are several, organization
    and API. With --state, --key or --since, all that match are listed. No API key is needed.
    """
    context.obj = journal
    if context.invoked_subcommand is not None:
        return None
    try:
        entries = read_entries(journal)
    except JournalError as error:
        return _report_unusable_journal(error)
    matching = [
        entry
        for entry in entries
        if (not states or entry.effective_state in states)
        and (key is None or has_key(entry, key))
        and (since is None or entry.begun_at >= since)
    ]
    every = every or bool(states or key or since is not None)
    listed = [entry for entry in matching if every or _is_recent(entry)]
    if output_format == "json":
        _write_json(listed)
    else:
        _write_lines(listed, shorten_ids(entries))
    _write_notes(listed, len(matching) - len(listed))
    return ExitCode.OK


@command.command("abandon", short_help="Abandon submissions, so that their keys are free again.")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option(
    "--key",
    metavar="KEY",
    callback=options.not_empty,
    help="Abandon all submissions with KEY or KEY/PATH that are unknown, failed or gone.",
)
@options.journal
@click.pass_obj
def _abandon(parent_journal: str | None, ids: tuple[str, ...], key: str | None, journal: str | None) -> int:
    """Abandon submissions that stay unknown, or whose build failed or machine is gone; this frees their keys.

    Make sure first that they have no machines. ID may be a unique prefix of an id.
    """
    if bool(ids) == (key is not None):
        raise click.UsageError("give the IDs of submissions, or --key.")
    location = journal or parent_journal
    try:
        entries = read_entries(location)
        found = [_find_recorded(id, entries) for id in ids] if key is None else _find_by_key(key, entries)
        with closing(open_journal(location)) as store:
            for id in dict.fromkeys(entry.id for entry in found):
                entry = abandon(store, id)
                released = f"  its key {printable(entry.key)} is free" if entry.key is not None else ""
                echo(f"{entry.id}  abandoned  {printable(entry.hostname or '-')}{released}")
    except JournalError as error:
        return _report_unusable_journal(error)
    except SubmissionError as error:
        print_error(str(error))
        return ExitCode.USAGE_ERROR
    return ExitCode.OK


def _find_by_key(key: str, entries: Sequence[Entry]) -> list[Entry]:
    matching = [entry for entry in entries if has_key(entry, key)]
    can_abandon = {"reconcile", "abandon"}
    found = [entry for entry in matching if entry.info.advice in can_abandon and entry.owner is None]
    places = {(entry.organization, entry.api_url) for entry in found}
    if len(places) > 1:
        names = ", ".join(sorted(printable(f"{organization} at {url}") for organization, url in places))
        raise SubmissionError(f"the key {printable(key)} is in use in {names}; abandon by ID")
    if not found:
        states = Counter(_state(entry) for entry in matching)
        counts = ", ".join(f"{count} {state}" for state, count in states.items())
        raise SubmissionError(
            f"nothing to abandon with the key {printable(key)}: {counts or 'no submissions'}"
        )
    return found


def _find_recorded(id_prefix: str, entries: Sequence[Entry]) -> Entry:
    entry = find_entry(id_prefix, entries)
    if entry is None:
        raise SubmissionError(f"no submission {printable(id_prefix)} is on record")
    return entry


def _report_unusable_journal(error: JournalError) -> int:
    print_error(str(error))
    return ExitCode.NOT_SENT


def _is_recent(entry: Entry) -> bool:
    return entry.info.is_pending or time.time() - entry.changed_at < RECENT_S


def _write_json(entries: Sequence[Entry]) -> None:
    from attrs import asdict

    listing = JSONStream({"version": 1, "submissions": []})
    for entry in entries:
        listing.add(asdict(entry))
    listing.finish()


def _write_lines(entries: Sequence[Entry], short_ids: dict[str, str]) -> None:
    places = {(entry.api_url, entry.organization) for entry in entries}
    rows = [_row(entry, short_ids[entry.id], with_place=len(places) > 1) for entry in entries]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        echo("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


def _row(entry: Entry, short_id: str, *, with_place: bool) -> list[str]:
    state = _state(entry)
    reason = entry.reason or ("its process ended" if entry.effective_state != entry.state else "-")
    result = entry.virtual_machine_id or entry.build_id or reason
    begun = time.strftime("%Y-%m-%d %H:%M %z", time.localtime(entry.begun_at))
    place = [printable(f"{entry.organization} at {entry.api_url}")] if with_place else []
    cells = (short_id, state, entry.hostname or "-", entry.key or "-", begun)
    return [*(_cut(printable(cell)) for cell in cells), printable(result), *place]


def _cut(cell: str) -> str:
    return cell if len(cell) <= MAX_CELL_WIDTH else f"{cell[: MAX_CELL_WIDTH - 1]}…"


def _state(entry: Entry) -> str:
    return entry.effective_state.replace("_", " ")


def _write_notes(listed: Sequence[Entry], older: int) -> None:
    states = Counter(_state(entry) for entry in listed)
    if states["unknown"]:
        echo_err(f"{states['unknown']} unknown: vmspec reconcile looks for the machines")
    if older:
        echo_err(f"{pluralize(older, 'older submission')} not listed; --all lists them too")
    elif not listed:
        echo_err("no submissions on record")

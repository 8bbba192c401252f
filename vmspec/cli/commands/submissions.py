"""``vmspec submissions``: the submissions on record, and abandoning those that stay unknown."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing

import click

from vmspec.cli import options
from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.output.console import echo, echo_err, print_error
from vmspec.cli.output.json import JSONStream
from vmspec.cli.submission.journal_lookup import PENDING, find_entry, shorten_ids
from vmspec.errors import JournalError, SubmissionError
from vmspec.katapult import STATES, Entry, EntryFilter, Journal, State, abandon, open_journal
from vmspec.text import printable

RECENT_S = 7 * 24 * 3600
"""Age up to which settled submissions are listed by default."""
MAX_CELL_WIDTH = 60
"""Width of all columns but the last ones, in characters; longer cells are cut, but not in JSON."""


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
    callback=options.parse_moment,
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
    wanted = EntryFilter(states=[one for one in STATES if one in states], key=key, begun_since=since)
    try:
        with closing(open_journal(journal, create=False)) as store:
            is_whole = every or states or key is not None or since is not None
            listed, is_cut = (store.entries(wanted), False) if is_whole else _recent(store)
    except JournalError as error:
        return _report_unusable_journal(error)
    if output_format == "json":
        _write_json(listed)
    else:
        _write_lines(listed, shorten_ids(listed))
    _write_notes(listed, is_cut=is_cut)
    return ExitCode.OK


def _recent(store: Journal) -> tuple[Sequence[Entry], bool]:
    """Return unknown submissions and those of the last week, and whether there are others."""
    week_ago = time.time() - RECENT_S
    found = [
        *store.entries(EntryFilter(states=PENDING)),
        *store.entries(EntryFilter(changed_since=week_ago)),
    ]
    settled: list[State] = [state for state in STATES if state not in PENDING]
    others = EntryFilter(states=settled, changed_before=week_ago, limit=1)
    recent = {entry.id: entry for entry in found}.values()
    return sorted(recent, key=lambda entry: entry.begun_at), bool(store.entries(others))


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
    try:
        with closing(open_journal(journal or parent_journal, create=False)) as store:
            found = [_find_recorded(id, store) for id in ids] if key is None else _find_by_key(key, store)
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


def _find_by_key(key: str, store: Journal) -> list[Entry]:
    matching = store.entries(EntryFilter(key=key))
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


def _find_recorded(id_prefix: str, store: Journal) -> Entry:
    entry = find_entry(id_prefix, store.entries)
    if entry is None:
        raise SubmissionError(f"no submission {printable(id_prefix)} is on record")
    return entry


def _report_unusable_journal(error: JournalError) -> int:
    print_error(str(error))
    return ExitCode.NOT_SENT


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


def _write_notes(listed: Sequence[Entry], *, is_cut: bool) -> None:
    states = Counter(_state(entry) for entry in listed)
    if states["unknown"]:
        echo_err(f"{states['unknown']} unknown: vmspec reconcile looks for the machines")
    if is_cut:
        echo_err("older submissions are not listed; --all lists them too")
    elif not listed:
        echo_err("no submissions on record")

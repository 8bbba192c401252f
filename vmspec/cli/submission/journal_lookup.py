"""What is on record: entries of the journal by the beginning of an id, by a key, and without a client."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vmspec.cli.submission.outcomes import Job, Outcome, Problem
from vmspec.errors import SubmissionError
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.katapult import Entry, Katapult

SHORTEST = 8
"""Characters of an id that are shown; more where that is not enough to tell it from all others."""


def entries_of(path: Path) -> Sequence[Entry]:
    """All entries of a journal; none where there is no file, which is not made for that."""
    from vmspec.katapult import SQLiteJournal

    if not path.exists():
        return ()
    journal = SQLiteJournal(path)
    try:
        return journal.entries()
    finally:
        journal.close()


def entry_of(text: str, entries: Sequence[Entry]) -> Entry | None:
    """The entry whose id begins so; None for a whole id that is not on record."""
    from vmspec.katapult.patterns import UUID

    wanted = text.strip().lower()
    found = [entry for entry in entries if wanted and entry.id.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        raise SubmissionError(f"several submissions begin with {printable(text)}: {_named(found)}")
    if UUID.fullmatch(wanted):
        return None
    raise SubmissionError(f"no submission on record begins with {printable(text)!r}")


def entry_of_key(katapult: Katapult, key: str) -> Entry | None:
    """The entry that has the key, of the API and organization of a client."""
    from vmspec.katapult.journal import RELEASED
    from vmspec.katapult.journal.ownership import current

    for entry in katapult.submissions():
        if entry.key == key and is_of(entry, katapult) and entry.state not in RELEASED:
            is_own = entry.state == "intent" and entry.held_by == current()
            return None if is_own or entry.is_left_unsent else entry
    return None


def abandoned(submission_id: str, path: Path) -> Entry:
    """Gives a submission up; SubmissionError where that cannot be."""
    from vmspec.katapult import SQLiteJournal
    from vmspec.katapult.submission.on_record import giving_up
    from vmspec.katapult.transport.driver import on_record

    journal = SQLiteJournal(path)
    try:
        return on_record(journal, giving_up(submission_id))
    finally:
        journal.close()


def job_of(entry: Entry) -> Job:
    """A job that stands as the journal says."""
    from vmspec.katapult.journal import RELEASED
    from vmspec.katapult.journal.ownership import describe

    job = Job(name=printable(entry.hostname or entry.id), is_document=False)
    job.key = entry.key if entry.state not in RELEASED else None
    job.recalled(entry)
    if entry.held_by is not None and entry.state in ("intent", "sending"):
        holder = describe(entry.held_by)
        job.outcome = Outcome.UNKNOWN
        job.problem = Problem(f"{holder} is sending it just now; look again when that has ended")
    return job


def job_of_id(submission_id: str) -> Job:
    """A job that is not on record here."""
    return Job(name=submission_id, is_document=False, outcome=Outcome.UNKNOWN, submission_id=submission_id)


def is_of(entry: Entry, katapult: Katapult) -> bool:
    """Whether it was submitted to the API and organization of a client."""
    return (entry.api_url, entry.organization) == (katapult.api_url, katapult.organization)


def entry_here(text: str, katapult: Katapult, entries: Sequence[Entry]) -> Entry | None:
    """As :func:`entry_of`, of a client's API and organization; SubmissionError for that of another."""
    entry = entry_of(text, entries)
    if entry is not None and not is_of(entry, katapult):
        raise SubmissionError(
            f"submission {entry.id} is of organization {printable(entry.organization)}"
            f" at {printable(entry.api_url)}; say so by --organization and --api-url"
        )
    return entry


def shortened(entries: Sequence[Entry]) -> dict[str, str]:
    """For each id a beginning that no other has."""
    ids = sorted(entry.id for entry in entries)
    shown: dict[str, str] = {}
    for before, id, after in zip(["", *ids], ids, [*ids[1:], ""], strict=False):
        length = SHORTEST
        while length < len(id) and id[:length] in (before[:length], after[:length]):
            length += 1
        shown[id] = id[:length]
    return shown


def _named(entries: Sequence[Entry]) -> str:
    more = f" and {len(entries) - 3} more" if len(entries) > 3 else ""
    return ", ".join(entry.id for entry in entries[:3]) + more

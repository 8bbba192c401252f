"""Submissions on record: entries of the journal by the prefix of an id, and jobs for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from vmspec.cli.submission.job import ErrorDetails, Job
from vmspec.errors import SubmissionError
from vmspec.katapult import STATES, Entry, EntryFilter, Outcome, State, is_submission_id
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.katapult import Katapult

BUILD_PREFIX = "vmbuild_"
"""Prefix of build ids, which no submission id has."""
SHORT_ID_LENGTH = 8
"""Characters of an id that are shown; more if needed to tell it from others that are shown."""
MAX_LISTED = 3
"""Ids listed of submissions that have the same prefix."""
PENDING: list[State] = [state for state, info in STATES.items() if info.is_pending]
"""States in which the outcome is not known."""
ReadEntries: TypeAlias = Callable[[EntryFilter], Sequence[Entry]]


def find_entry(id_prefix: str, read: ReadEntries) -> Entry | None:
    """Return the entry whose id starts so; None for a whole id that is not on record."""
    wanted = id_prefix.strip().lower()
    found = read(EntryFilter(id_prefix=wanted, limit=MAX_LISTED + 1)) if wanted else ()
    if len(found) == 1:
        return found[0]
    if found:
        raise SubmissionError(f"several submissions begin with {printable(id_prefix)}: {_list_ids(found)}")
    if is_submission_id(wanted):
        return None
    raise SubmissionError(f"no submission on record begins with {printable(id_prefix)!r}")


def has_key(entry: Entry, key: str) -> bool:
    """Return whether an entry has a key itself, or KEY/PATH."""
    return entry.key is not None and (entry.key == key or entry.key.startswith(f"{key}/"))


def belongs_to(entry: Entry, katapult: Katapult) -> bool:
    """Return whether an entry was submitted to the API and organization of a client."""
    return (entry.api_url, entry.organization) == (katapult.api_url, katapult.organization)


def named_jobs(ids: Sequence[str], katapult: Katapult) -> list[Job]:
    """Return one job for each submission or build, however often it is named."""
    jobs: dict[str, Job] = {}
    for text in ids:
        job = _job_of_build(text, katapult) or _job_of_submission(text, katapult)
        jobs.setdefault(job.submission_id or text, job)
    return [*jobs.values()]


def pending_jobs(katapult: Katapult) -> list[Job]:
    """Return a job for each submission to the API and organization of a client that is unknown."""
    entries = katapult.submissions(EntryFilter(states=PENDING))
    return [_job(entry) for entry in entries if belongs_to(entry, katapult)]


def shorten_ids(entries: Sequence[Entry]) -> dict[str, str]:
    """Return a prefix for each id that no other of these has."""
    ids = sorted(entry.id for entry in entries)
    prefixes: dict[str, str] = {}
    for before, id, after in zip(["", *ids], ids, [*ids[1:], ""], strict=False):
        length = SHORT_ID_LENGTH
        while length < len(id) and id[:length] in (before[:length], after[:length]):
            length += 1
        prefixes[id] = id[:length]
    return prefixes


def _job_of_build(build_id: str, katapult: Katapult) -> Job | None:
    if not build_id.startswith(BUILD_PREFIX):
        return None
    for entry in katapult.submissions(EntryFilter(build_id=build_id)):
        if belongs_to(entry, katapult):
            return _job(entry)
    return Job(name=printable(build_id), is_document=False, outcome=Outcome.BUILDING, build_id=build_id)


def _job_of_submission(id_prefix: str, katapult: Katapult) -> Job:
    entry = find_entry(id_prefix, katapult.submissions)
    if entry is None:
        id = id_prefix.strip().lower()
        return Job(name=id, is_document=False, outcome=Outcome.UNKNOWN, submission_id=id)
    if not belongs_to(entry, katapult):
        raise SubmissionError(
            f"submission {entry.id} belongs to organization {printable(entry.organization)}"
            f" at {printable(entry.api_url)}; give --organization and --api-url"
        )
    return _job(entry)


def _job(entry: Entry) -> Job:
    job = Job(name=printable(entry.hostname or entry.id), is_document=False)
    job.key = None if entry.info.releases_key else entry.key
    job.recall(entry)
    if entry.owner is not None:
        job.outcome = Outcome.UNKNOWN
        job.error = ErrorDetails(f"{entry.owner} is sending it now; try again when that has ended")
    return job


def _list_ids(entries: Sequence[Entry]) -> str:
    more = " and more" if len(entries) > MAX_LISTED else ""
    return ", ".join(entry.id for entry in entries[:MAX_LISTED]) + more

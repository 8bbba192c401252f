"""Documents whose key would be another one than before, because more or fewer of them are submitted."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from vmspec.cli.submission.journal_lookup import is_of
from vmspec.cli.submission.outcomes import Job
from vmspec.errors import ApiError, JournalError, KeyInUseError, NotSentError
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.katapult import Entry, Katapult


def rekeyed(jobs: Sequence[Job], key: str, katapult: Katapult, wait_s: float) -> Mapping[Job, ApiError]:
    """Why nothing is sent of each, where a spec is on record under ``key`` itself and now has one below it,
    or the reverse; empty where none is.

    A pattern that the shell expands may fit one file today and two tomorrow; the first one's machine
    would be made again. Others may keep the journal for ``wait_s`` seconds.
    """
    try:
        with _patience(katapult, wait_s):
            on_record = katapult.submissions()
    except JournalError as error:
        return dict.fromkeys(jobs, error)
    refused = _refused(
        jobs, key, [entry for entry in on_record if _is_claim(entry) and is_of(entry, katapult)]
    )
    if not refused:
        return {}
    others = ", ".join(job.name for job in refused)
    left = NotSentError(f"nothing was sent: {others} would have another key than before")
    return dict.fromkeys(jobs, left) | refused


def _patience(katapult: Katapult, wait_s: float) -> AbstractContextManager[object]:
    from vmspec.katapult.journal import SupportsLockTimeout

    journal = katapult.journal
    return journal.within(wait_s) if isinstance(journal, SupportsLockTimeout) else nullcontext()


def _refused(jobs: Sequence[Job], key: str, claims: Sequence[Entry]) -> dict[Job, ApiError]:
    on_record = {entry.key for entry in claims}
    below = f"{key}/"
    related = [entry for entry in claims if entry.key == key or (entry.key or "").startswith(below)]
    refused: dict[Job, ApiError] = {}
    for job in jobs:
        if not related or job.key in on_record:  # then a rerun goes on with that one
            continue
        sha256 = _sha256(job)
        for entry in related:
            if (entry.key == key) != (job.key == key) and entry.spec_sha256 == sha256:
                refused.setdefault(job, KeyInUseError(_refusal(job, entry)))
    return refused


def _is_claim(entry: Entry) -> bool:
    """Whether a machine was or may be made of it."""
    from vmspec.katapult.journal import RELEASED

    return entry.key is not None and entry.state not in RELEASED and not entry.is_left_unsent


def _sha256(job: Job) -> str | None:
    from vmspec.katapult.submission.request import sha256_of, text_of

    return None if job.spec is None else sha256_of(text_of(job.spec)[0])


def _refusal(job: Job, entry: Entry) -> str:
    recorded = shlex.quote(entry.key or "")
    return (
        f"this spec is on record under the key {printable(recorded)} (submission {entry.id},"
        f" {entry.state.replace('_', ' ')}), and would now have the key {printable(job.key or '')}, because"
        f" KEY is the key of a single document, and KEY/PATH of several; to go on with it submit it alone"
        f" with --key {printable(recorded)}, to have another machine give another --key"
    )

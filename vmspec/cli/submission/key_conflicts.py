"""Conflicts between KEY and KEY/PATH: specs that would get another key than they have on record.

A shell pattern may match one file today and two tomorrow; the first one's machine would be made again.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vmspec.cli.submission.job import Job
from vmspec.cli.submission.journal_lookup import belongs_to
from vmspec.errors import ApiError, JournalError, KeyInUseError, NotSentError
from vmspec.katapult import lock_timeout, spec_matches
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.katapult import Entry, Katapult


def find_key_conflicts(
    jobs: Sequence[Job], key: str, katapult: Katapult, lock_timeout_s: float
) -> Mapping[Job, ApiError]:
    """Return an error for every job if any of them conflicts, else nothing."""
    try:
        with lock_timeout(katapult.journal, lock_timeout_s):
            entries = katapult.submissions()
    except JournalError as error:
        return dict.fromkeys(jobs, error)
    conflicts = _conflicts(
        jobs, key, [entry for entry in entries if _has_claim(entry) and belongs_to(entry, katapult)]
    )
    if not conflicts:
        return {}
    names = ", ".join(job.name for job in conflicts)
    not_sent = NotSentError(f"nothing was sent: {names} would have another key than before")
    return dict.fromkeys(jobs, not_sent) | conflicts


def _conflicts(jobs: Sequence[Job], key: str, entries: Sequence[Entry]) -> dict[Job, ApiError]:
    keys = {entry.key for entry in entries}
    related = [entry for entry in entries if entry.key == key or (entry.key or "").startswith(f"{key}/")]
    conflicts: dict[Job, ApiError] = {}
    for job in jobs:
        if not related or job.key in keys:  # a rerun goes on with that one
            continue
        for entry in related:
            if (entry.key == key) != (job.key == key) and job.spec and spec_matches(entry, job.spec):
                conflicts.setdefault(job, KeyInUseError(_message(job, entry)))
    return conflicts


def _has_claim(entry: Entry) -> bool:
    """Whether a machine was or may have been made of it."""
    return entry.key is not None and not entry.info.releases_key


def _message(job: Job, entry: Entry) -> str:
    recorded = printable(shlex.quote(entry.key or ""))
    state = entry.effective_state.replace("_", " ")
    return (
        f"this spec is on record under the key {recorded} (submission {entry.id}, {state})"
        f" and would now get the key {printable(job.key or '')}, because a single"
        f" document has KEY, and each of several has KEY/PATH; to go on with that submission,"
        f" submit the document alone with --key {recorded}; for another machine give another --key"
    )

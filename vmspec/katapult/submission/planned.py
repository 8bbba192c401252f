"""Submissions whose id a plan has fixed: each id is sent at most once, whoever applies the plan."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from vmspec.errors import NotSentError
from vmspec.katapult.journal import Entry
from vmspec.katapult.submission.operation import JournalGet, JournalUpdate, Operation, Session, note
from vmspec.katapult.submission.request import SubmitRequest


def recorded(
    session: Session, request: SubmitRequest, entry: Entry, deadline: float
) -> Operation[tuple[Entry, bool, Sequence[str]] | None]:
    """Return the entry that the journal has of a planned submission, and True if this call may send it.

    Return None if it is not on record. Raise NotSentError for one that a person gave up.
    """
    stored = yield from note(JournalGet(entry.id, session.left_s(deadline)))
    if stored is None:
        return None
    if stored.state == "abandoned":
        raise NotSentError("nothing was sent: the submission was abandoned", submission_id=entry.id)
    if stored.state not in ("not_sent", "refused"):
        return stored, False, ()
    again = evolve(entry, revision=stored.revision, begun_at=stored.begun_at, tries=stored.tries)
    begun = yield from note(JournalUpdate(again, request.hold_s, session.left_s(deadline)))
    if begun is not None:
        return begun, True, ()
    return (yield from recorded(session, request, entry, deadline))


def is_own_insert(request: SubmitRequest, entry: Entry, begun: Entry) -> bool:
    """Return whether the journal answered an insert with the new entry, and not with that of another."""
    return begun.id == entry.id and (request.submission_id is None or (begun.revision == 1 and begun.is_own))

"""Where a submission on record stands: looking again for its machine, and giving it up."""

from __future__ import annotations

from attrs import evolve

from vmspec.errors import NotSentError, RefusedError, SubmissionError
from vmspec.katapult.arguments import check_seconds
from vmspec.katapult.journal import BUILD_FAILED, PENDING, Entry, ownership
from vmspec.katapult.patterns import UUID, is_word
from vmspec.katapult.records import Submission
from vmspec.katapult.submission.create import not_sent
from vmspec.katapult.submission.operation import (
    READ_TIMEOUT_S,
    JournalGet,
    JournalUpdate,
    Operation,
    Session,
    note,
)
from vmspec.katapult.submission.reconcile import look_again
from vmspec.katapult.submission.submit import build_failed, made_before
from vmspec.text import printable


def reconcile(
    conversation: Session, api_url: str, organization: str, submission_id: str, settle_s: float
) -> Operation[Submission]:
    """What became of a submission; one of a journal elsewhere is looked for all the same."""
    check_seconds(settle_s=settle_s)
    _check(submission_id)
    look_by = conversation.clock() + READ_TIMEOUT_S
    entry = yield from note(JournalGet(submission_id))
    if entry is None:
        if not UUID.fullmatch(submission_id):
            raise _not_on_record(submission_id)
        entry = Entry(
            id=submission_id, api_url=api_url, organization=organization, spec_sha256="", state="unknown"
        )
    if (entry.api_url, entry.organization) != (api_url, organization):
        raise SubmissionError(
            f"submission {entry.id} is of organization {printable(entry.organization)}"
            f" at {printable(entry.api_url)}"
        )
    match entry.state:
        case "created":
            return (yield from made_before(conversation, entry))
        case "failed":
            raise build_failed(entry, f"the build {entry.build_id} failed")
        case "abandoned" if entry.reason == BUILD_FAILED:
            text = f"the build {entry.build_id} failed, and the submission was abandoned"
            raise build_failed(entry, text)
        case "refused":
            raise RefusedError(f"it was refused: {entry.reason}", submission_id=entry.id)
        case "not_sent":
            raise NotSentError(f"it was not sent: {entry.reason}", submission_id=entry.id)
        case "intent" if entry.is_left_unsent:
            reason = "its process ended before it was sent"
            if (yield from not_sent(entry, reason)):
                raise NotSentError(f"it was not sent: {reason}", submission_id=entry.id)
            return (yield from reconcile(conversation, api_url, organization, submission_id, settle_s))
        case _:
            return (yield from look_again(conversation, entry, settle_s, look_by))


def giving_up(submission_id: str) -> Operation[Entry]:
    """Give a submission up whose outcome is unknown, or whose build failed; why it was so stays on record."""
    _check(submission_id)
    entry = yield from note(JournalGet(submission_id))
    if entry is None:
        raise _not_on_record(submission_id)
    if entry.state not in (*PENDING, "failed"):
        raise SubmissionError(f"submission {entry.id} is {entry.state}; there is nothing to abandon")
    if entry.held_by is not None:
        raise SubmissionError(f"submission {entry.id} is being sent by {ownership.describe(entry.held_by)}")
    abandoned = yield from note(
        JournalUpdate(evolve(entry, state="abandoned", reason=entry.reason or "abandoned"))
    )
    if abandoned is None:
        raise SubmissionError(f"submission {entry.id} was changed just now; look at it again")
    return abandoned


def _not_on_record(submission_id: str) -> SubmissionError:
    return SubmissionError(f"there is no submission {printable(submission_id)} on record")


def _check(submission_id: str) -> None:
    if not is_word(submission_id, 100):
        raise SubmissionError(f"{printable(submission_id)[:100]} is no id of a submission")

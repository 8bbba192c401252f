"""Records of submissions: recalling them, noting their outcome, and abandoning them."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from attrs import evolve

from vmspec.errors import (
    ApiError,
    JournalError,
    MachineGoneError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
    SubmissionError,
)
from vmspec.katapult import endpoints
from vmspec.katapult.arguments import submission_id
from vmspec.katapult.journal import PENDING, Entry, Journal, lock_timeout
from vmspec.katapult.patterns import is_submission_id, is_word
from vmspec.katapult.records import Build, Submission, Task, VirtualMachine
from vmspec.katapult.submission.create import Unsettled, merged, not_sent, record_outcome
from vmspec.katapult.submission.operation import (
    READ_TIMEOUT_S,
    JournalFind,
    JournalGet,
    JournalInsert,
    JournalStep,
    JournalUpdate,
    Noted,
    Operation,
    Session,
    note,
)
from vmspec.katapult.submission.outcome import doubt_of, state_error
from vmspec.katapult.submission.request import SUBMISSION
from vmspec.text import printable

GONE = ("object_in_trash", "virtual_machine_not_found")
"""Codes of a machine that no longer exists, once it was read."""


def recall(session: Session, submission_id: str) -> Operation[Submission | Unsettled]:
    """Return what the journal knows of a submission; one of a journal elsewhere is looked for all the same.

    Raise the error that its state stands for.
    """
    check_id(submission_id)
    entry = yield from note(JournalGet(submission_id))
    if entry is None:
        if not is_submission_id(submission_id):
            raise _not_on_record(submission_id)
        entry = Entry(
            id=submission_id,
            api_url=session.api_url,
            organization=session.organization,
            spec_sha256="",
            state="unknown",
        )
    if (entry.api_url, entry.organization) != (session.api_url, session.organization):
        raise SubmissionError(
            f"submission {entry.id} is of organization {printable(entry.organization)}"
            f" at {printable(entry.api_url)}"
        )
    if entry.is_left_unsent:
        reason = "its process ended before it was sent"
        if (yield from not_sent(session, entry, reason, session.clock() + READ_TIMEOUT_S)):
            raise NotSentError(f"it was not sent: {reason}", submission_id=entry.id)
        return (yield from recall(session, submission_id))
    if entry.state == "created":
        return created_before(entry)
    error = state_error(entry) or doubt_of(entry)
    if isinstance(error, OutcomeUnknownError):
        return Unsettled(entry, error, at_once=True)
    raise error


def created_before(entry: Entry) -> Submission:
    """Return the submission of an entry that is created."""
    machine = None
    if entry.virtual_machine_id is not None:
        machine = VirtualMachine(id=entry.virtual_machine_id, hostname=entry.hostname or "", fqdn="")
    return Submission(
        id=entry.id,
        build=Build(id=entry.build_id, state="unknown") if entry.build_id is not None else None,
        virtual_machine=machine,
        task=Task(id=entry.task_id, name="", status="") if entry.task_id is not None else None,
        hostname=entry.hostname,
        annotations=entry.annotations,
        request_id=entry.request_id,
        is_new=False,
    )


def refreshed(
    session: Session, submission: Submission, deadline: float | None = None
) -> Operation[Submission]:
    """Read the machine of a submission anew; a read that fails changes nothing.

    Raise MachineGoneError for a machine that no longer exists, RefusedError for a wrong token.
    """
    machine = submission.virtual_machine
    if machine is None:
        return submission
    try:
        found = yield from session.read(endpoints.virtual_machine(machine.id), deadline)
    except RefusedError as error:
        if error.code in GONE:
            raise (yield from gone(session, submission, machine)) from None
        if error.status in (401, 403) and error.code is not None:
            raise evolve(error, submission_id=submission.id, annotations=submission.annotations) from None
    except ApiError:
        pass
    else:
        if (found.annotations or {}).get(SUBMISSION, submission.id) == submission.id:
            return evolve(submission, virtual_machine=found)
    return submission


def gone(session: Session, submission: Submission, machine: VirtualMachine) -> Operation[MachineGoneError]:
    """Record that a machine no longer exists; return the error that says so."""
    deadline = session.clock() + READ_TIMEOUT_S
    entry = yield from note(JournalGet(submission.id, session.left_s(deadline)))
    if entry is not None and entry.state in ("created", *PENDING):
        told = evolve(
            entry, state="gone", virtual_machine_id=machine.id, reason="its machine no longer exists"
        )
        yield from record_outcome(session, told, deadline)
    return MachineGoneError(
        f"the machine {machine.id} no longer exists",
        build_id=submission.build_id,
        task_id=submission.task.id if submission.task is not None else None,
        virtual_machine_id=machine.id,
        submission_id=submission.id,
        annotations=submission.annotations,
    )


def give_up(submission_id: str) -> Operation[Entry]:
    """Abandon a submission whose outcome is unknown, whose build failed, or whose machine is gone."""
    check_id(submission_id)
    entry = yield from note(JournalGet(submission_id))
    if entry is None:
        raise _not_on_record(submission_id)
    if entry.state not in (*PENDING, "failed", "gone"):
        raise SubmissionError(f"submission {entry.id} is {entry.state}; there is nothing to abandon")
    if entry.owner is not None:
        raise SubmissionError(f"submission {entry.id} is being sent by {entry.owner}")
    abandoned = yield from note(
        JournalUpdate(evolve(entry, state="abandoned", reason=entry.reason or "abandoned"))
    )
    if abandoned is None:
        raise SubmissionError(f"submission {entry.id} was changed just now; look at it again")
    return abandoned


def _not_on_record(submission_id: str) -> SubmissionError:
    return SubmissionError(f"submission {printable(submission_id)} is not on record")


def check_id(submission_id: str) -> None:
    """Raise SubmissionError for text that cannot be the id of a submission."""
    if not is_word(submission_id, 100):
        raise SubmissionError(f"{printable(submission_id)[:100]} is not the id of a submission")


def carry_out(journal: Journal, step: JournalStep) -> Noted:
    """Carry out one step; raise JournalError if the store cannot be read or written."""
    with lock_timeout(journal, step.within_s):
        match step:
            case JournalInsert(entry, hold_s):
                return journal.begin(entry, hold_s)
            case JournalUpdate(entry, hold_s):
                return journal.advance(entry, hold_s)
            case JournalGet(wanted):
                return journal.find(wanted)
            case JournalFind(keys):
                return journal.find_keys(keys)
            case _:
                assert_never(step)


def abandon(journal: Journal, submission: Submission | str) -> Entry:
    """Give up a submission without a client; as :meth:`Katapult.abandon`."""
    operation = give_up(submission_id(submission))
    noted: Noted = None
    while True:
        try:
            step = operation.send(noted)
        except StopIteration as end:
            entry: Entry = end.value
            return entry
        assert isinstance(step, JournalGet | JournalUpdate)
        noted = carry_out(journal, step)


def revise(
    session: Session, submission_id: str, change: Callable[[Entry], Entry], note_by: float
) -> Operation[None]:
    """Record a change of a submission, where the journal can be written and knows the submission."""
    try:
        while True:
            entry = yield from note(JournalGet(submission_id, session.left_s(note_by)))
            if entry is None:
                return
            changed = merged(change(entry), entry)
            if entry.state == "abandoned" and changed.state in ("failed", "gone"):
                changed = evolve(changed, state="abandoned", key=entry.key)  # its key stays free
            if (yield from note(JournalUpdate(changed, within_s=session.left_s(note_by)))) is not None:
                return
    except JournalError:
        return

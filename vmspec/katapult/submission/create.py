"""Creating a machine: each try is recorded before its first byte, none follows one that may have worked."""

from __future__ import annotations

from itertools import count

from attrs import evolve, frozen

from vmspec.errors import (
    ApiError,
    JournalError,
    NotSentError,
    OutcomeUnknownError,
    RateLimitedError,
    RefusedError,
)
from vmspec.katapult import endpoints
from vmspec.katapult.journal import Entry, State
from vmspec.katapult.records import Submission
from vmspec.katapult.submission.operation import (
    NOTE_MARGIN_S,
    JournalGet,
    JournalUpdate,
    Operation,
    Session,
    Wait,
    note,
)
from vmspec.katapult.submission.outcome import Fault, interpret, reason_of
from vmspec.katapult.submission.request import CREATE_TIMEOUT_S, SubmitRequest

CONNECT_TRIES = 3
"""Tries of a create of which nothing was sent."""
RATE_TRIES = 10
"""Tries of a create of a batch to which the API says that it takes no more requests."""


@frozen
class Unsettled:
    """A submission whose machine is to be looked for, because the outcome of its create is unknown."""

    entry: Entry
    doubt: OutcomeUnknownError
    at_once: bool = False
    """True to look at once, and not only after a pause."""
    deadline: float | None = None
    """End of the create's time, by which the first look ends; None where no create waits for it."""
    journalled: bool = True


def send_create(
    session: Session, request: SubmitRequest, entry: Entry, deadline: float
) -> Operation[Submission | Unsettled | None]:
    """Send a create, and again where nothing came of it; return None if another process goes on."""
    call = endpoints.create(session.organization, request.xml, entry.annotations, request.secrets)
    for tries in count(1):
        entry = evolve(entry, state="sending", tries=entry.tries + 1)
        stored = yield from recorded_before(session, entry, request.hold_s, deadline)
        if stored is None:
            break
        entry = stored
        if tries > 1:
            session.limiter.force(session.clock())
        reply = yield from session.send(call, deadline, CREATE_TIMEOUT_S)
        outcome, known_at = interpret(call, reply, entry), session.clock()
        note_by = session.note_by(deadline)
        if not isinstance(outcome, ApiError):
            return (yield from _created(session, entry, outcome, note_by))
        if isinstance(outcome, OutcomeUnknownError):
            entry = evolve(entry, state="unknown", reason=reason_of(outcome), request_id=outcome.request_id)
            told_by = min(note_by, known_at + request.settle_s + NOTE_MARGIN_S)
            stored = yield from record_outcome(session, entry, told_by)
            return Unsettled(stored or entry, outcome, journalled=stored is not None)
        if isinstance(outcome, RefusedError):
            raise (yield from _ended(session, entry, outcome, note_by, "refused"))
        pause_s = session.pause(reply, tries)
        is_busy = isinstance(outcome, RateLimitedError)
        if is_busy:
            session.limiter.refused(session.clock(), pause_s)
        if is_busy and request.batch is not None and tries < RATE_TRIES:
            deadline = session.clock() + pause_s + request.create_s
        is_lasting = isinstance(reply, Fault) and reply.is_lasting
        again = is_busy or (tries < CONNECT_TRIES and not is_lasting)
        if not again or session.clock() + pause_s >= deadline:
            raise (yield from _ended(session, entry, outcome, note_by, "not_sent"))
        pausing = evolve(entry, state="intent")
        stored = yield from recorded_before(
            session, pausing, request.hold_s + pause_s, session.clock() + pause_s
        )
        if stored is None:
            break
        entry = stored
        yield Wait(pause_s)
    if request.key is None:
        raise NotSentError("the submission was abandoned; nothing was sent", submission_id=entry.id)
    return None


def recorded_before(
    session: Session, entry: Entry, hold_s: float, deadline: float
) -> Operation[Entry | None]:
    """Record a state of which nothing was sent yet; the error of a journal that cannot be written says so."""
    try:
        return (yield from note(JournalUpdate(entry, hold_s, session.left_s(deadline))))
    except JournalError as error:
        raise evolve(error, submission_id=entry.id, annotations=entry.annotations) from None


def not_sent(session: Session, entry: Entry, reason: str, deadline: float) -> Operation[bool]:
    """Record that nothing was sent, which frees the key; return False if another process has gone on."""
    told = evolve(entry, state="not_sent", reason=reason)
    return (yield from note(JournalUpdate(told, within_s=session.left_s(deadline)))) is not None


def _ended(
    session: Session, entry: Entry, error: ApiError, note_by: float, state: State
) -> Operation[ApiError]:
    told = evolve(entry, state=state, reason=reason_of(error))
    if (yield from record_outcome(session, told, note_by)) is not None:
        return error
    message = f"{error.message}; the journal could not be written: it says that the outcome is unknown"
    return evolve(error, message=message, journalled=False)


def _created(
    session: Session, entry: Entry, created: endpoints.Created, note_by: float
) -> Operation[Submission]:
    task, answer = created.task, created.answer
    entry = evolve(
        entry,
        state="created",
        build_id=created.build.id,
        task_id=task.id if task is not None else None,
        hostname=created.hostname or entry.hostname,
        request_id=answer.request_id,
        reason=None,
    )
    stored = yield from record_outcome(session, entry, note_by)
    warnings: list[str] = []
    if answer.status != 201:
        warnings.append(f"the API answered {answer.status} where 201 is documented")
    if not entry.annotations.items() <= created.annotations.items():
        warnings.append("the API did not repeat the annotations; the machine may not be found by them")
    return Submission(
        id=entry.id,
        build=created.build,
        task=task,
        hostname=created.hostname,
        annotations=entry.annotations,
        request_id=answer.request_id,
        warnings=tuple(warnings),
        journalled=stored is not None,
    )


def record_outcome(session: Session, entry: Entry, note_by: float) -> Operation[Entry | None]:
    """Record what became of a submission, beside what others learned of it meanwhile.

    Return the entry as it is stored; None if the journal cannot be written until ``note_by``, and so still
    says that the outcome is unknown. A machine that somebody has seen is not doubted again, and a key
    that a person freed stays free.
    """
    try:
        while True:
            told = yield from note(JournalUpdate(entry, within_s=session.left_s(note_by)))
            if told is not None:
                return told
            stored = yield from note(JournalGet(entry.id, session.left_s(note_by)))
            if stored is None:
                return None
            if entry.state != "created" and stored.state in ("created", "failed", "gone"):
                return stored
            entry = merged(entry, stored)
    except JournalError:
        return None


def merged(entry: Entry, stored: Entry) -> Entry:
    """Return the entry on top of what is stored; that of an abandoned one has no key any more."""
    return evolve(
        entry,
        revision=stored.revision,
        key=None if stored.state == "abandoned" else stored.key,
        build_id=entry.build_id or stored.build_id,
        task_id=entry.task_id or stored.task_id,
        virtual_machine_id=entry.virtual_machine_id or stored.virtual_machine_id,
    )

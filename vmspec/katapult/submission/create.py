"""Sends a create: each try on record before its first byte, none once something may have come of it."""

from __future__ import annotations

from contextlib import suppress
from itertools import count

from attrs import evolve

from vmspec.errors import ApiError, NotSentError, OutcomeUnknownError, RateLimitedError, RefusedError
from vmspec.katapult import endpoints
from vmspec.katapult.journal import LOCK_TIMEOUT_S, Entry
from vmspec.katapult.records import Submission
from vmspec.katapult.submission.operation import (
    LAST_NOTE_S,
    Interruption,
    JournalGet,
    JournalUpdate,
    Operation,
    Session,
    Wait,
    note,
)
from vmspec.katapult.submission.outcome import NOTHING_SENT, SENTENCES, Fault, interpret, unknown_outcome
from vmspec.katapult.submission.reconcile import doubted, poll_until_found, record_outcome
from vmspec.katapult.submission.request import CREATE_TIMEOUT_S, SubmitRequest

CONNECT_TRIES = 3
"""For a create of which nothing was sent."""


def send_create(
    conversation: Session, wish: SubmitRequest, entry: Entry, deadline: float
) -> Operation[Submission | None]:
    """The tries of a create, each on record before its first byte; None where another process goes on."""
    call = endpoints.create(wish.organization, wish.xml, wish.annotated(entry.id))
    interrupted = named(unknown_outcome(call, "interrupted"), entry)
    for tries in count(1):
        sending = evolve(entry, state="sending", tries=entry.tries + 1, annotations=wish.annotated(entry.id))
        try:
            noted = yield from note(JournalUpdate(sending, wish.hold_s, conversation.left_s(deadline)))
        except ApiError as unusable:
            raise named(unusable, entry) from None
        except GeneratorExit:
            raise
        except BaseException as interruption:
            with doubted(interrupted):
                is_taken_back = yield from _taken_back(conversation, entry)
            raise interruption from (None if is_taken_back else interrupted)
        if noted is None:
            break
        entry = noted
        if tries > 1:
            conversation.pace.take(conversation.clock())
        try:
            reply = yield from conversation.send(call, deadline, CREATE_TIMEOUT_S)
        except Interruption as interruption:
            nothing_sent = interruption.nothing_sent
            raise interruption.cause from (yield from _left_behind(conversation, entry, call, nothing_sent))
        except GeneratorExit:
            raise
        except BaseException as interruption:
            known = yield from _left_behind(conversation, entry, call, nothing_sent=False)
            raise interruption from known
        outcome, known_at = interpret(call, reply), conversation.clock()
        note_by = conversation.note_by(deadline)
        if not isinstance(outcome, ApiError):
            with doubted(interrupted):
                return (yield from _created(conversation, entry, outcome, note_by))
        error = named(outcome, entry)
        if isinstance(error, OutcomeUnknownError):
            entry = evolve(entry, state="unknown", reason=_reason(error), request_id=error.request_id)
            with doubted(error):
                told_by = min(note_by, known_at + wish.settle_s + LAST_NOTE_S)
                stored = yield from record_outcome(conversation, entry, told_by)
            return (
                yield from poll_until_found(conversation, stored or entry, error, wish.settle_s, known_at)
            )
        if isinstance(error, RefusedError):
            told = evolve(entry, state="refused", reason=_reason(error))
            raise _told_of(error, (yield from record_outcome(conversation, told, note_by)))
        pause_s = conversation.pause(reply, tries)
        is_lasting = isinstance(reply, Fault) and reply.is_lasting
        again = isinstance(error, RateLimitedError) or (tries < CONNECT_TRIES and not is_lasting)
        if not again or conversation.clock() + pause_s >= deadline:
            told = evolve(entry, state="not_sent", reason=_reason(error))
            raise _told_of(error, (yield from record_outcome(conversation, told, note_by)))
        paused = yield from _paused(conversation, wish, entry, error, pause_s)
        if paused is None:
            break
        entry = paused
    if wish.key is None:
        raise named(NotSentError("the submission was abandoned; nothing was sent"), entry)
    return None


def _paused(
    conversation: Session, wish: SubmitRequest, entry: Entry, error: ApiError, pause_s: float
) -> Operation[Entry | None]:
    """Until the next try; on record as not being sent, for that is proven."""
    try:
        noted = yield from note(JournalUpdate(evolve(entry, state="intent"), wish.hold_s + pause_s, pause_s))
    except ApiError as unusable:
        raise named(unusable, entry) from None
    if noted is None:
        return None
    try:
        yield Wait(pause_s)
    except GeneratorExit:
        raise
    except BaseException:
        with suppress(ApiError):
            yield from not_sent(noted, _reason(error))
        raise
    return noted


def not_sent(entry: Entry, reason: str, within_s: float = LOCK_TIMEOUT_S) -> Operation[bool]:
    """Put on record that nothing was sent, and free the key; False where another process has gone on."""
    told = evolve(entry, state="not_sent", reason=reason)
    return (yield from note(JournalUpdate(told, within_s=within_s))) is not None


def _taken_back(conversation: Session, entry: Entry) -> Operation[bool]:
    """Put on record that nothing was sent, where it was interrupted as it was put on record to be sent.

    Only where this exchange held it, so that what is on record is nobody else's. False where it may still
    be on record as being sent.
    """
    note_by = conversation.clock() + LAST_NOTE_S
    try:
        stored = yield from note(JournalGet(entry.id, conversation.left_s(note_by)))
        if stored is None or entry.held_by is None or stored.held_by != entry.held_by:
            return False
        if stored.state not in ("intent", "sending") or stored.revision > entry.revision + 1:
            return False
        reason = "interrupted before it was sent"
        return (yield from not_sent(stored, reason, conversation.left_s(note_by)))
    except ApiError:
        return False


def _left_behind(
    conversation: Session, entry: Entry, call: endpoints.Call[object], nothing_sent: bool
) -> Operation[ApiError | None]:
    """What an interruption leaves behind, put into the journal: a doubt, or nothing at all."""
    note_by = conversation.clock() + LAST_NOTE_S
    if nothing_sent:
        told = evolve(entry, state="not_sent", reason="interrupted before it was sent")
        yield from record_outcome(conversation, told, note_by)
        return None
    error = named(unknown_outcome(call, "interrupted"), entry)
    with doubted(error):  # it may be interrupted again
        yield from record_outcome(
            conversation, evolve(entry, state="unknown", reason=_reason(error)), note_by
        )
    return error


def _created(
    conversation: Session, entry: Entry, created: endpoints.Created, note_by: float
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
    stored = yield from record_outcome(conversation, entry, note_by)
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


def _told_of(error: ApiError, stored: Entry | None) -> ApiError:
    """The error, which says so where the journal could not be told of it."""
    if stored is not None:
        return error
    told = f"{error.message}; the journal could not be written: it says that the outcome is unknown"
    return evolve(error, message=told, journalled=False)


def _reason(error: ApiError) -> str:
    """For the journal, so without the API's own words: they may repeat a secret of the spec."""
    if isinstance(error, OutcomeUnknownError):
        return SENTENCES.get(error.cause, error.cause)
    if error.status is None:
        return str(error).removeprefix(NOTHING_SENT)
    without_code = "a redirect" if 300 <= error.status < 400 else "no code"
    return f"{error.code or without_code}, status {error.status}"


def named(error: ApiError, entry: Entry) -> ApiError:
    """The error, which says of which submission it speaks."""
    return evolve(error, submission_id=entry.id, annotations=entry.annotations)

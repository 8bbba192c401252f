"""At most one machine per submission: on record before it is sent, sent again only where nothing came of it.

A submission's entry is changed only against the revision that was read, so of several processes that
want to send it one does.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from uuid import UUID

from attrs import evolve

from vmspec.errors import (
    ApiError,
    BuildError,
    BuildFailedError,
    KeyInUseError,
    NotSentError,
    OutcomeUnknownError,
    RateLimitedError,
    RefusedError,
)
from vmspec.katapult import calls
from vmspec.katapult.exchange import (
    LAST_NOTE_S,
    Advance,
    Begin,
    Conversation,
    Exchange,
    Find,
    Interruption,
    Report,
    Wait,
    note,
)
from vmspec.katapult.journal import PATIENCE_S, Entry
from vmspec.katapult.reconciling import LAST_LOOK_S, doubted, look_again, settle, settled
from vmspec.katapult.records import Build, Progress, Submission, Task, VirtualMachine
from vmspec.katapult.verdict import SENTENCES, Fault, doubt, verdict
from vmspec.katapult.wish import CREATE_TIMEOUT_S, Wish, check
from vmspec.terminal import printable

CONNECT_TRIES = 3
"""For a create of which nothing was sent."""
LOOK_S = 0.5
"""Between two looks at what another process does with the same key."""


def submit(conversation: Conversation, wish: Wish) -> Exchange[Submission]:
    """Have one machine made and say what came of it; every error carries the submission's id.

    With a key that was used before for the same spec, go on where that submission stands.
    """
    check(wish)
    if wish.queues:
        yield from conversation.turn("POST")
    deadline = conversation.clock() + wish.create_s
    if not wish.queues:
        yield from conversation.turn("POST", deadline)
    while True:
        submission_id = str(UUID(int=conversation.chance.getrandbits(128), version=4))
        entry = yield from _begun(conversation, wish, submission_id, deadline)
        if entry.id == submission_id:
            known = yield from _send(conversation, wish, entry, deadline)
        else:
            known = yield from _go_on(conversation, wish, entry, deadline)
        if known is not None:
            return known


def _begun(conversation: Conversation, wish: Wish, submission_id: str, deadline: float) -> Exchange[Entry]:
    entry = Entry(
        id=submission_id,
        api_url=wish.api_url,
        organization=wish.organization,
        spec_sha256=wish.spec_sha256,
        key=wish.key,
        hostname=wish.hostname,
        annotations=wish.annotated(submission_id),
    )
    try:
        begun = yield from note(Begin(entry, wish.hold_s, conversation.left_s(deadline)))
    except ApiError as error:
        raise _named(error, entry) from None
    assert begun is not None  # a journal answers a beginning with an entry
    return begun


def _go_on(
    conversation: Conversation, wish: Wish, entry: Entry, deadline: float
) -> Exchange[Submission | None]:
    """What became of the submission that has the key; None where that is to be asked again."""
    end = deadline + wish.settle_s
    if entry.spec_sha256 != wish.spec_sha256:
        if entry.state == "intent" and entry.held_by is None:
            yield from not_sent(entry, "its process ended before it was sent", conversation.left_s(deadline))
            return None
        raise _named(
            KeyInUseError(
                f"the key {printable(str(wish.key))} belongs to another spec, of submission {entry.id}"
                f" ({entry.state}); nothing was sent"
            ),
            entry,
        )
    entry = yield from _let_go(conversation, entry, end)
    match entry.state:
        case "created":
            return (yield from made_before(conversation, entry, deadline))
        case "failed":
            raise BuildFailedError(
                f"the build of this key failed before ({entry.build_id}); nothing was sent",
                annotations=entry.annotations,
                build_id=entry.build_id,
                task_id=entry.task_id,
                virtual_machine_id=entry.virtual_machine_id,
                submission_id=entry.id,
            )
        case "sending" | "unknown":
            now = conversation.clock()
            settle_s, look_by = min(wish.settle_s, end - now), max(deadline, now + LAST_LOOK_S)
            return (yield from look_again(conversation, entry, settle_s, look_by))
        case "intent":
            conversation.pace.take(conversation.clock())  # the turn may be long past
            return (yield from _send(conversation, wish, entry, deadline))
        case "refused" | "not_sent" | "abandoned":
            return None


def _let_go(conversation: Conversation, entry: Entry, end: float) -> Exchange[Entry]:
    """The entry once no other process is about to send it."""
    start = conversation.clock()
    while entry.held_by is not None and entry.state in ("intent", "sending"):
        held = OutcomeUnknownError(f"{printable(entry.held_by)} is still sending this", cause="held")
        left_s = end - conversation.clock()
        if left_s <= 0:
            raise _named(held, entry)
        with doubted(_named(held, entry)):
            yield Report(
                Progress(
                    elapsed_s=conversation.clock() - start,
                    phase="held",
                    left_s=left_s,
                    submission_id=entry.id,
                )
            )
            yield Wait(min(LOOK_S, left_s))
            stored = yield from note(Find(entry.id, conversation.left_s(end)))
            entry = stored or evolve(entry, state="abandoned")
    return entry


def made_before(
    conversation: Conversation, entry: Entry, deadline: float | None = None
) -> Exchange[Submission]:
    """What the journal knows of a machine, and its state where the API tells it now."""
    machine: VirtualMachine | None = None
    if entry.virtual_machine_id is not None:
        machine = VirtualMachine(id=entry.virtual_machine_id, hostname=entry.hostname or "", fqdn="")
        known = BuildError(
            "interrupted; its machine was made before",
            build_id=entry.build_id,
            task_id=entry.task_id,
            virtual_machine_id=entry.virtual_machine_id,
            submission_id=entry.id,
        )
        with suppress(ApiError), doubted(known):  # what is known of the create does not hang on a read
            machine = yield from conversation.read(calls.virtual_machine(machine.id), deadline)
    return Submission(
        id=entry.id,
        outcome="created",
        build=Build(id=entry.build_id, state="unknown") if entry.build_id is not None else None,
        virtual_machine=machine,
        task=Task(id=entry.task_id, name="", status="") if entry.task_id is not None else None,
        hostname=entry.hostname,
        annotations=entry.annotations,
        request_id=entry.request_id,
    )


def _send(
    conversation: Conversation, wish: Wish, entry: Entry, deadline: float
) -> Exchange[Submission | None]:
    """The tries of a create, each on record before its first byte; None where another process goes on."""
    call = calls.create(wish.organization, wish.xml, wish.annotated(entry.id))
    interrupted = _named(doubt(call, "interrupted"), entry)
    for tries in count(1):
        sending = evolve(entry, state="sending", tries=entry.tries + 1, annotations=wish.annotated(entry.id))
        try:
            noted = yield from note(Advance(sending, wish.hold_s, conversation.left_s(deadline)))
        except ApiError as unusable:
            raise _named(unusable, entry) from None
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
        outcome, known_at = verdict(call, reply), conversation.clock()
        note_by = conversation.note_by(deadline)
        if not isinstance(outcome, ApiError):
            with doubted(interrupted):
                return (yield from _created(conversation, entry, outcome, note_by))
        error = _named(outcome, entry)
        if isinstance(error, OutcomeUnknownError):
            entry = evolve(entry, state="unknown", reason=_reason(error), request_id=error.request_id)
            with doubted(error):
                yield from settled(conversation, entry, min(note_by, known_at + wish.settle_s + LAST_NOTE_S))
            return (yield from settle(conversation, entry, error, wish.settle_s, known_at))
        if isinstance(error, RefusedError):
            told = evolve(entry, state="refused", reason=_reason(error))
            raise _told_of(error, (yield from settled(conversation, told, note_by)))
        pause_s = conversation.pause(reply, tries)
        is_lasting = isinstance(reply, Fault) and reply.is_lasting
        again = isinstance(error, RateLimitedError) or (tries < CONNECT_TRIES and not is_lasting)
        if not again or conversation.clock() + pause_s >= deadline:
            told = evolve(entry, state="not_sent", reason=_reason(error))
            raise _told_of(error, (yield from settled(conversation, told, note_by)))
        paused = yield from _paused(conversation, wish, entry, error, pause_s)
        if paused is None:
            break
        entry = paused
    if wish.key is None:
        raise _named(NotSentError("the submission was abandoned; nothing was sent"), entry)
    return None


def _paused(
    conversation: Conversation, wish: Wish, entry: Entry, error: ApiError, pause_s: float
) -> Exchange[Entry | None]:
    """Until the next try; on record as not being sent, for that is proven."""
    try:
        noted = yield from note(Advance(evolve(entry, state="intent"), wish.hold_s + pause_s, pause_s))
    except ApiError as unusable:
        raise _named(unusable, entry) from None
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


def not_sent(entry: Entry, reason: str, within_s: float = PATIENCE_S) -> Exchange[bool]:
    """Put on record that nothing was sent, and free the key; False where another process has gone on."""
    told = evolve(entry, state="not_sent", reason=reason)
    return (yield from note(Advance(told, within_s=within_s))) is not None


def _taken_back(conversation: Conversation, entry: Entry) -> Exchange[bool]:
    """Put on record that nothing was sent, where it was interrupted as it was put on record to be sent.

    Only where this exchange held it, so that what is on record is nobody else's. False where it may still
    be on record as being sent.
    """
    note_by = conversation.clock() + LAST_NOTE_S
    try:
        stored = yield from note(Find(entry.id, conversation.left_s(note_by)))
        if stored is None or entry.held_by is None or stored.held_by != entry.held_by:
            return False
        if stored.state not in ("intent", "sending") or stored.revision > entry.revision + 1:
            return False
        reason = "interrupted before it was sent"
        return (yield from not_sent(stored, reason, conversation.left_s(note_by)))
    except ApiError:
        return False


def _left_behind(
    conversation: Conversation, entry: Entry, call: calls.Call[object], nothing_sent: bool
) -> Exchange[ApiError | None]:
    """What an interruption leaves behind, put into the journal: a doubt, or nothing at all."""
    note_by = conversation.clock() + LAST_NOTE_S
    if nothing_sent:
        told = evolve(entry, state="not_sent", reason="interrupted before it was sent")
        yield from settled(conversation, told, note_by)
        return None
    error = _named(doubt(call, "interrupted"), entry)
    with doubted(error):  # it may be interrupted again
        yield from settled(conversation, evolve(entry, state="unknown", reason=_reason(error)), note_by)
    return error


def _created(
    conversation: Conversation, entry: Entry, created: calls.Created, note_by: float
) -> Exchange[Submission]:
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
    is_journalled = yield from settled(conversation, entry, note_by)
    warnings: list[str] = []
    if answer.status != 201:
        warnings.append(f"the API answered {answer.status} where 201 is documented")
    if not entry.annotations.items() <= created.annotations.items():
        warnings.append("the API did not repeat the annotations; the machine may not be found by them")
    return Submission(
        id=entry.id,
        outcome="created",
        build=created.build,
        task=task,
        hostname=created.hostname,
        annotations=entry.annotations,
        request_id=answer.request_id,
        warnings=tuple(warnings),
        journalled=is_journalled,
    )


def _told_of(error: ApiError, is_journalled: bool) -> ApiError:
    """The error, which says so where the journal could not be told of it."""
    error.journalled = is_journalled
    if not is_journalled:
        error.args = (
            f"{error.args[0]}; the journal could not be written: it says that the outcome is unknown",
        )
    return error


def _reason(error: ApiError) -> str:
    """For the journal, so without the API's own words: they may repeat a secret of the spec."""
    if isinstance(error, OutcomeUnknownError):
        return SENTENCES.get(error.cause, error.cause)
    return str(error) if error.status is None else f"{error.code or 'no code'}, status {error.status}"


def _named(error: ApiError, entry: Entry) -> ApiError:
    error.submission_id, error.annotations = entry.id, dict(entry.annotations)
    return error

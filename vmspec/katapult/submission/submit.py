"""At most one machine per submission: on record before it is sent, sent again only where nothing came of it.

A submission's entry is changed only against the revision that was read, so of several processes that
want to send it one does.
"""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from attrs import evolve

from vmspec.errors import (
    ApiError,
    BuildError,
    BuildFailedError,
    KeyInUseError,
    MachineGoneError,
    OutcomeUnknownError,
)
from vmspec.katapult import endpoints
from vmspec.katapult.journal import Entry, ownership
from vmspec.katapult.records import Build, Progress, Submission, Task, VirtualMachine
from vmspec.katapult.submission.create import named, not_sent, send_create
from vmspec.katapult.submission.operation import (
    JournalGet,
    JournalInsert,
    Operation,
    Report,
    Session,
    Wait,
    note,
)
from vmspec.katapult.submission.reconcile import LAST_LOOK_S, doubted, look_again
from vmspec.katapult.submission.request import SubmitRequest, check
from vmspec.text import printable

LOOK_S = 0.5
"""Between two looks at what another process does with the same key."""


def submit(conversation: Session, wish: SubmitRequest) -> Operation[Submission]:
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
            known = yield from send_create(conversation, wish, entry, deadline)
        else:
            known = yield from _go_on(conversation, wish, entry, deadline)
        if known is not None:
            return known


def _begun(
    conversation: Session, wish: SubmitRequest, submission_id: str, deadline: float
) -> Operation[Entry]:
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
        begun = yield from note(JournalInsert(entry, wish.hold_s, conversation.left_s(deadline)))
    except ApiError as error:
        raise named(error, entry) from None
    assert begun is not None  # a journal answers a beginning with an entry
    return begun


def _go_on(
    conversation: Session, wish: SubmitRequest, entry: Entry, deadline: float
) -> Operation[Submission | None]:
    """What became of the submission that has the key; None where that is to be asked again."""
    end = deadline + wish.settle_s
    if entry.spec_sha256 != wish.spec_sha256:
        if entry.is_left_unsent:
            yield from not_sent(entry, "its process ended before it was sent", conversation.left_s(deadline))
            return None
        raise named(
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
            text = f"the build of this key failed before ({entry.build_id}); nothing was sent"
            raise build_failed(entry, text)
        case "sending" | "unknown":
            look_by = max(deadline, conversation.clock() + LAST_LOOK_S)
            return (yield from look_again(conversation, entry, wish.settle_s, look_by, end))
        case "intent":
            conversation.pace.take(conversation.clock())  # the turn may be long past
            return (yield from send_create(conversation, wish, entry, deadline))
        case "gone":
            raise MachineGoneError(
                f"the machine of this key no longer exists ({entry.virtual_machine_id}); nothing was sent",
                build_id=entry.build_id,
                virtual_machine_id=entry.virtual_machine_id,
                submission_id=entry.id,
            )
        case "refused" | "not_sent" | "abandoned":
            return None


def _let_go(conversation: Session, entry: Entry, end: float) -> Operation[Entry]:
    """The entry once no other process is about to send it."""
    start = conversation.clock()
    while entry.held_by is not None and entry.state in ("intent", "sending"):
        held = OutcomeUnknownError(f"{ownership.describe(entry.held_by)} is still sending this", cause="held")
        left_s = end - conversation.clock()
        if left_s <= 0:
            raise named(held, entry)
        with doubted(named(held, entry)):
            yield Report(
                Progress(
                    elapsed_s=conversation.clock() - start,
                    phase="held",
                    left_s=left_s,
                    submission_id=entry.id,
                )
            )
            yield Wait(min(LOOK_S, left_s))
            stored = yield from note(JournalGet(entry.id, conversation.left_s(end)))
            entry = stored or evolve(entry, state="abandoned")
    return entry


def build_failed(entry: Entry, text: str) -> BuildFailedError:
    """The error for what the journal knows of a failed build."""
    return BuildFailedError(
        text,
        annotations=entry.annotations,
        build_id=entry.build_id,
        task_id=entry.task_id,
        virtual_machine_id=entry.virtual_machine_id,
        submission_id=entry.id,
    )


def made_before(conversation: Session, entry: Entry, deadline: float | None = None) -> Operation[Submission]:
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
            machine = yield from conversation.read(endpoints.virtual_machine(machine.id), deadline)
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

"""Looking for the machine of a submission whose outcome is unknown. Absence never proves anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from math import inf

from attrs import evolve

from vmspec.errors import (
    ApiError,
    JournalError,
    OutcomeUnknownError,
    RefusedError,
    SeveralMachinesError,
    VmspecError,
)
from vmspec.katapult import endpoints
from vmspec.katapult.journal import Entry, ownership
from vmspec.katapult.records import Progress, Submission, VirtualMachine
from vmspec.katapult.submission.operation import (
    HASTE_S,
    Interruption,
    JournalGet,
    JournalUpdate,
    Operation,
    Report,
    Session,
    Wait,
    note,
)

SETTLE_S = 180.0
"""How long a machine is looked for by default; the slowest recorded one was first seen after 28 s."""
PAUSES_S = (1, 2, 4, 8, 15, 30, 60)
"""Before each look; the last one again and again."""
LAST_LOOK_S = HASTE_S
"""What the last look may take beyond the settle time, so that it sees all of that time."""
ADOPT_S = 0.1
"""What noting that a machine was found may take beyond the time for the look."""
ID = "vmspec.submission"
"""The annotation that a machine carries; that it ends up on the machine is inferred. Its values are UUIDs."""


def poll_until_found(
    conversation: Session, entry: Entry, doubt: OutcomeUnknownError, settle_s: float, start: float
) -> Operation[Submission]:
    """Look again and again until ``settle_s`` seconds after ``start``; adopt the one machine that is found.

    Raises ``doubt`` where none was found, and SeveralMachinesError for more than one.
    """
    deadline, others = start + settle_s, set[str]()
    lost: ApiError | None = None
    with doubted(doubt):
        for number in count():
            now = conversation.clock()
            left_s = max(deadline - now, 0.0)
            yield Report(_progress(entry, now - start, left_s))
            if pause_s := min(PAUSES_S[min(number, len(PAUSES_S) - 1)], left_s):
                yield Wait(pause_s)
            is_last = conversation.clock() >= deadline
            # Only the last look may take longer, and it goes with or without its turn.
            looking = evolve(conversation, is_patient=not is_last)
            look_by = deadline + LAST_LOOK_S if is_last else deadline
            try:
                found = yield from _look(looking, entry, look_by, others)
            except ApiError as error:
                lost, is_last = error, is_last or _is_pointless(error)
            else:
                lost = None
                if found:
                    return (yield from _adopted(conversation, entry, found, look_by + ADOPT_S))
            if is_last:
                break
    raise _still(doubt, f"no machine was seen within {settle_s:g} s", lost)


def look_again(
    conversation: Session, entry: Entry, settle_s: float, deadline: float, end: float = inf
) -> Operation[Submission]:
    """One look at once, until ``deadline``; if it finds nothing, as :func:`settle`, not beyond ``end``."""
    cause, text = _what_is_known(entry)
    doubt = OutcomeUnknownError(
        text,
        cause=cause,
        request_id=entry.request_id,
        submission_id=entry.id,
        annotations=entry.annotations,
    )
    lost: ApiError | None = None
    with doubted(doubt):
        try:
            is_last = settle_s <= 0 or end - conversation.clock() <= LAST_LOOK_S
            looking = evolve(conversation, is_patient=not is_last)
            found = yield from _look(looking, entry, deadline, set())
        except ApiError as error:
            lost = error
        else:
            if found:
                return (yield from _adopted(conversation, entry, found, deadline + ADOPT_S))
    if settle_s > 0 and not (lost and _is_pointless(lost)):
        now = conversation.clock()
        return (yield from poll_until_found(conversation, entry, doubt, min(settle_s, end - now), now))
    raise _still(doubt, "no machine is seen", lost)


def _what_is_known(entry: Entry) -> tuple[str, str]:
    """The cause of a doubt, and what to say of it."""
    if not entry.revision:
        return "not_on_record", (
            f"there is no submission {entry.id} on record here, so it is not known whether it was sent"
        )
    if entry.state == "abandoned":
        return "abandoned", (
            f"submission {entry.id} was abandoned: a person decided that no machine comes of it, and it has"
            " no claim to its key any more"
        )
    ended = f"{ownership.describe(entry.held_by)} is still at it" if entry.held_by else "its process ended"
    return "interrupted", f"the spec was sent, but {entry.reason or ended}; a machine may have been made"


@contextmanager
def doubted(doubt: VmspecError) -> Iterator[None]:
    """Lets an interruption say as its cause what is known, or is not."""
    try:
        yield
    except (ApiError, GeneratorExit):
        raise
    except Interruption as interruption:
        raise interruption.cause from doubt
    except BaseException as interruption:
        raise interruption from doubt


def _is_pointless(error: ApiError) -> bool:
    """Whether Katapult itself refuses to tell; what a proxy says may pass."""
    return isinstance(error, RefusedError) and error.code is not None


def _look(
    conversation: Session, entry: Entry, deadline: float, others: set[str]
) -> Operation[list[VirtualMachine]]:
    """The machines that are surely this submission's: a list may ignore its filter, so each is asked.

    ``others`` remembers those that are not.
    """
    rows = yield from conversation.machines(entry.organization, {ID: entry.id}, deadline)
    confirmed: list[VirtualMachine] = []
    for row in rows:
        if row.id in others:
            continue
        try:
            machine = yield from conversation.read(endpoints.virtual_machine(row.id), deadline)
        except RefusedError as error:
            if error.status != 404:
                raise
            continue
        if (machine.annotations or {}).get(ID) == entry.id:
            confirmed.append(machine)
        else:
            others.add(row.id)
    return confirmed


def _adopted(
    conversation: Session, entry: Entry, found: list[VirtualMachine], note_by: float
) -> Operation[Submission]:
    if len(found) > 1:
        ids = ", ".join(machine.id for machine in found)
        raise SeveralMachinesError(
            f"several machines carry the id of one submission: {ids}",
            submission_id=entry.id,
            annotations=entry.annotations,
            machines=tuple(machine.id for machine in found),
        )
    machine = found[0]
    adopted = evolve(
        entry, state="created", virtual_machine_id=machine.id, hostname=machine.hostname, reason=None
    )
    stored = yield from record_outcome(conversation, adopted, note_by)
    return Submission(
        id=entry.id,
        virtual_machine=machine,
        hostname=machine.hostname,
        annotations=entry.annotations,
        request_id=entry.request_id,
        journalled=stored is not None,
    )


def record_outcome(conversation: Session, entry: Entry, note_by: float) -> Operation[Entry | None]:
    """Put what became of a submission into the journal, beside what others learned of it meanwhile.

    Returns the entry as it is stored; None where the journal cannot be written until ``note_by``, which
    then still says that the outcome is unknown. An interruption is raised once it is on record.
    """
    interruption: BaseException | None = None
    while True:
        try:
            stored = yield from _put(conversation, entry, note_by)
        except GeneratorExit:
            raise
        except BaseException as raised:
            if interruption is not None:
                raise
            interruption = raised
        else:
            if interruption is not None:
                raise interruption
            return stored


def _put(conversation: Session, entry: Entry, note_by: float) -> Operation[Entry | None]:
    def left_s() -> float:
        return conversation.left_s(note_by)

    try:
        while (told := (yield from note(JournalUpdate(entry, within_s=left_s())))) is None:
            stored = yield from note(JournalGet(entry.id, left_s()))
            if stored is None:
                return None
            if entry.state != "created" and stored.state in ("created", "failed"):
                return stored  # somebody has seen the machine: no doubt stands against that
            entry = evolve(
                entry,
                revision=stored.revision,
                build_id=entry.build_id or stored.build_id,
                task_id=entry.task_id or stored.task_id,
                virtual_machine_id=entry.virtual_machine_id or stored.virtual_machine_id,
            )
    except JournalError:
        return None
    return told


def _progress(entry: Entry, elapsed_s: float, left_s: float) -> Progress:
    return Progress(elapsed_s=elapsed_s, phase="looking", left_s=left_s, submission_id=entry.id)


def _still(doubt: OutcomeUnknownError, words: str, lost: ApiError | None) -> OutcomeUnknownError:
    if lost is not None and _is_pointless(lost):
        words = f"it cannot be looked for: {lost}"
    elif lost is not None:
        words = f"{words}; the last look: {lost}"
    return evolve(doubt, message=f"{doubt.message}; {words}")

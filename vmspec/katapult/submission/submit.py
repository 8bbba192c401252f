"""At most one machine for a submission: recorded before it is sent, retried only where nothing came of it.

An entry is changed only against the revision that was read, so of several processes that want to send it
one does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve

from vmspec.errors import (
    ApiError,
    JournalError,
    KeyInUseError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
)
from vmspec.katapult.journal import RELEASED, Entry
from vmspec.katapult.records import Progress, Submission, VirtualMachine
from vmspec.katapult.submission.create import (
    Unsettled,
    not_sent,
    record_outcome,
    recorded_before,
    send_create,
)
from vmspec.katapult.submission.operation import (
    JournalGet,
    JournalInsert,
    Operation,
    Session,
    Tell,
    Wait,
    find,
    note,
)
from vmspec.katapult.submission.outcome import NOTHING_SENT, doubt_of, reason_of, state_error
from vmspec.katapult.submission.planned import is_own_insert, recorded
from vmspec.katapult.submission.reconcile import LAST_LOOK_S, read_if_there, settle
from vmspec.katapult.submission.record import created_before, refreshed
from vmspec.katapult.submission.request import (
    KEY,
    SPEC,
    SUBMISSION,
    SubmitRequest,
    digest_matches,
    digest_of,
)
from vmspec.text import printable

HELD_POLL_S = 0.5
"""Pause between two looks at what another process does with the same key."""


def submit(session: Session, request: SubmitRequest) -> Operation[Submission]:
    """Have one machine made; every error carries the submission's id.

    With a key that was used before for the same spec, go on from where that submission stands.
    """
    start = session.clock()
    outcome = yield from create(session, request)
    if isinstance(outcome, Unsettled):
        deadline = start + request.create_s
        if not outcome.at_once:
            return (yield from settle(session, outcome, request.settle_s))
        look_by = max(deadline, session.clock() + LAST_LOOK_S)
        return (yield from settle(session, outcome, request.settle_s, look_by, deadline + request.settle_s))
    return outcome if outcome.is_new else (yield from refreshed(session, outcome, start + request.create_s))


def create(
    session: Session, request: SubmitRequest, keys: Mapping[str, VirtualMachine] | None = None
) -> Operation[Submission | Unsettled]:
    """Send one create, or find the submission that has the key.

    ``keys`` has the machines of new keys where they are known; else that of the key is looked for.
    """
    if request.queues:
        yield from session.turn("POST")
    deadline = session.clock() + request.create_s
    if not request.queues:
        yield from session.turn("POST", deadline)
    while True:
        entry, is_new, warnings = yield from _begun(session, request, deadline)
        if not is_new:
            known = yield from _go_on(session, request, entry, deadline)
        elif (machine := (yield from _machine_of_key(session, request, keys, entry, deadline))) is not None:
            known = yield from _adopt(session, request, entry, machine, deadline)
        else:
            known = yield from send_create(session, request, entry, deadline)
        if isinstance(known, Submission):
            return evolve(known, warnings=(*known.warnings, *warnings))
        if known is not None:
            return known


def _begun(
    session: Session, request: SubmitRequest, deadline: float
) -> Operation[tuple[Entry, bool, Sequence[str]]]:
    """Return a new submission that was recorded, or the entry that has its key; and warnings."""
    submission_id = request.submission_id or session.new_id()
    digest = digest_of(request.xml, submission_id, session.digest_cost)
    entry = Entry(
        id=submission_id,
        api_url=session.api_url,
        organization=session.organization,
        spec_sha256=digest,
        key=request.key,
        hostname=request.hostname,
        annotations=request.annotated(submission_id, digest),
    )
    try:
        if request.submission_id is not None:
            known = yield from recorded(session, request, entry, deadline)
            if known is not None:
                return known
        found, warnings = yield from _with_key(session, request, deadline)
        if found is not None:
            return found, False, warnings
        begun = yield from note(JournalInsert(entry, request.hold_s, session.left_s(deadline)))
    except JournalError as error:
        raise evolve(error, submission_id=entry.id, annotations=entry.annotations) from None
    assert begun is not None  # a journal answers an insert with an entry
    return begun, is_own_insert(request, entry, begun), warnings


def _with_key(
    session: Session, request: SubmitRequest, deadline: float
) -> Operation[tuple[Entry | None, Sequence[str]]]:
    """Return the entry that has the key here; and warnings of one for another API or organization."""
    warnings: list[str] = []
    if request.key is not None:
        for entry in (yield from find([request.key], session.left_s(deadline))):
            if entry.state in RELEASED:
                continue
            if (entry.api_url, entry.organization) == (session.api_url, session.organization):
                return (yield from note(JournalGet(entry.id, session.left_s(deadline)))), warnings
            if digest_matches(entry.spec_sha256, request.xml, entry.id):
                place = printable(f"organization {entry.organization} at {entry.api_url}")
                warnings.append(f"the same spec and key were submitted to {place} (submission {entry.id})")
    return None, warnings


def _go_on(
    session: Session, request: SubmitRequest, entry: Entry, deadline: float
) -> Operation[Submission | Unsettled | None]:
    """Return what became of the submission that has the key; None where that is to be asked again."""
    if not digest_matches(entry.spec_sha256, request.xml, entry.id):
        if entry.is_left_unsent:
            yield from not_sent(session, entry, "its process ended before it was sent", deadline)
            return None
        raise KeyInUseError(
            f"the key {printable(str(request.key))} belongs to another spec, of submission {entry.id}"
            f" ({entry.state}); nothing was sent",
            submission_id=entry.id,
            annotations=entry.annotations,
        )
    entry = yield from _released(session, entry, deadline + request.settle_s)
    match entry.state:
        case "created":
            return _with_warnings(created_before(entry), request)
        case "sending" | "unknown":
            return Unsettled(entry, doubt_of(entry), at_once=True, deadline=deadline)
        case "intent":
            session.limiter.force(session.clock())
            return (yield from send_create(session, request, entry, deadline))
        case "refused" | "not_sent" | "abandoned":
            return None
        case "failed" | "gone":
            error = state_error(entry, sends_nothing=True)
            assert error is not None
            raise error


def _with_warnings(submission: Submission, request: SubmitRequest) -> Submission:
    """Warn of annotations that a rerun changes, for nothing is sent that would."""
    sent = {name: text for name, text in submission.annotations.items() if not name.startswith("vmspec.")}
    if sent == dict(request.annotations):
        return submission
    names = sorted(
        name for name in {*sent, *request.annotations} if sent.get(name) != request.annotations.get(name)
    )
    warning = f"the machine was made with other annotations ({printable(', '.join(names))}), which it keeps"
    return evolve(submission, warnings=(*submission.warnings, warning))


def _released(session: Session, entry: Entry, end: float) -> Operation[Entry]:
    """Wait until no other process is about to send an entry; return it."""
    start = session.clock()
    while entry.owner is not None:
        left_s = end - session.clock()
        if left_s <= 0:
            raise doubt_of(entry) if not entry.is_own else _held(entry)
        elapsed_s = session.clock() - start
        yield Tell(Progress(elapsed_s=elapsed_s, phase="held", left_s=left_s, submission_id=entry.id))
        yield Wait(min(HELD_POLL_S, left_s))
        stored = yield from note(JournalGet(entry.id, session.left_s(end)))
        entry = stored or evolve(entry, state="abandoned", held_by=None)
    return entry


def _held(entry: Entry) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        f"{entry.owner} is still sending this",
        cause="held",
        submission_id=entry.id,
        annotations=entry.annotations,
    )


def _machine_of_key(
    session: Session,
    request: SubmitRequest,
    keys: Mapping[str, VirtualMachine] | None,
    entry: Entry,
    deadline: float,
) -> Operation[VirtualMachine | None]:
    """Return a machine that another journal made with this key; one that is new to this journal has none."""
    if request.key is None:
        return None
    if keys is not None:
        return keys.get(request.key)
    try:
        return (yield from find_machine(session, request.key, deadline))
    except ApiError as error:
        told = evolve(entry, state="not_sent", reason=f"its key could not be looked up ({reason_of(error)})")
        if (yield from recorded_before(session, told, 0.0, session.note_by(deadline))) is None:
            return None  # another process has taken the submission over, which sending it will find
        named = not_looked_up(error)
        raise evolve(named, submission_id=entry.id, annotations=entry.annotations) from None


def not_looked_up(error: ApiError) -> ApiError:
    """Return the error of a key whose machines could not be listed, so that nothing was sent."""
    kind = type(error) if isinstance(error, RefusedError) else NotSentError
    text = f"{NOTHING_SENT}machines with its key could not be looked up: {error.message}"
    return kind(text, code=error.code, status=error.status, request_id=error.request_id)


def find_machine(session: Session, key: str, deadline: float) -> Operation[VirtualMachine | None]:
    """Return the machine with a key, confirmed by its own GET, but not one of an abandoned submission."""
    rows = yield from session.machines({KEY: key}, deadline)
    for row in rows:
        machine = yield from read_if_there(session, row.id, deadline)
        if machine is not None and (yield from counts_for(machine, key)):
            return machine
    return None


def counts_for(machine: VirtualMachine, key: str) -> Operation[bool]:
    """Return whether a machine has this key, and its submission was not abandoned in this journal."""
    annotations = machine.annotations or {}
    if annotations.get(KEY) != key or SUBMISSION not in annotations:
        return False
    entry = yield from note(JournalGet(annotations[SUBMISSION]))
    return entry is None or entry.state != "abandoned"


def _adopt(
    session: Session, request: SubmitRequest, entry: Entry, machine: VirtualMachine, deadline: float
) -> Operation[Submission | None]:
    """Take over a machine that another journal made with this key and spec; refuse one of another spec."""
    annotations = machine.annotations or {}
    other = annotations[SUBMISSION]
    if other == entry.id:  # of a plan that was applied with another journal
        made = evolve(entry, state="created", virtual_machine_id=machine.id, hostname=machine.hostname)
        stored = yield from record_outcome(session, made, session.note_by(deadline))
        return evolve(created_before(stored or made), virtual_machine=machine)
    is_same = digest_matches(annotations.get(SPEC, ""), request.xml, other)
    reason = f"its key was used by submission {other}" + ("" if is_same else ", of another spec")
    if not (yield from not_sent(session, entry, reason, session.note_by(deadline))):
        return None
    if not is_same:
        raise KeyInUseError(
            f"the key {printable(str(request.key))} belongs to another spec, of machine {machine.id}"
            f" ({printable(machine.hostname)}, submission {printable(other)}); nothing was sent",
            submission_id=entry.id,
            annotations=entry.annotations,
        )
    adopted = evolve(
        entry,
        id=other,
        state="created",
        spec_sha256=annotations[SPEC],
        annotations=annotations,
        hostname=machine.hostname,
        virtual_machine_id=machine.id,
        tries=1,
    )
    stored = yield from note(JournalInsert(adopted, 0.0, session.left_s(session.note_by(deadline))))
    assert stored is not None
    if stored.id != other:
        return None  # another process has got the key meanwhile
    return evolve(_with_warnings(created_before(stored), request), virtual_machine=machine)

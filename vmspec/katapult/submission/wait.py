"""From a build to a started machine: lost polls and unknown states are waited out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from attrs import evolve

from vmspec.errors import (
    ApiError,
    BuildError,
    BuildFailedError,
    BuildTimeoutError,
    JournalError,
    NotSentError,
    RateLimitedError,
    RefusedError,
    SubmissionError,
    UnexpectedAnswerError,
)
from vmspec.katapult import endpoints
from vmspec.katapult.arguments import check_seconds, check_text
from vmspec.katapult.journal import BUILD_FAILED, Entry
from vmspec.katapult.patterns import UUID
from vmspec.katapult.records import Build, Progress, Submission, Task, VirtualMachine
from vmspec.katapult.submission.machine_index import MachineIndex
from vmspec.katapult.submission.operation import (
    JournalGet,
    JournalUpdate,
    Operation,
    Report,
    Session,
    Wait,
    note,
)
from vmspec.katapult.submission.outcome import interpret
from vmspec.katapult.submission.reconcile import ID
from vmspec.text import printable

BuildErrorT = TypeVar("BuildErrorT", bound=BuildError)

TASK_TRY_S = 5.0
"""For the one look at the task per poll: progress is nice to have."""
USUAL_S = 45.0
"""Where many poll, none does before this: the median of recorded builds is 37 s, then a machine starts."""
STEP_S = 5.0
"""Of a long pause, between two looks at how many poll."""
CLOSE_S = 1e-6
"""A rest that is a matter of rounding."""
NOT_THERE_YET_S = 60.0
"""How long a 404 is taken for "not visible yet". Inferred: no recording shows such a lag, or its absence."""


def wait(
    conversation: Session,
    wanted: Submission | str,
    timeout_s: float,
    poll_s: float,
    roster: MachineIndex | None = None,
) -> Operation[VirtualMachine]:
    """Follow the build until it is complete, then the machine until it is started.

    With a roster the machine is first looked for in it, where polling one by one would take too much
    of the rate.
    """
    check_seconds(timeout_s=timeout_s, poll_s=poll_s)
    _check_wanted(wanted)
    conversation.pace.polling(1)
    try:
        return (yield from _wait(conversation, wanted, timeout_s, poll_s, roster))
    finally:
        conversation.pace.polling(-1)


def _wait(
    conversation: Session,
    wanted: Submission | str,
    timeout_s: float,
    poll_s: float,
    roster: MachineIndex | None,
) -> Operation[VirtualMachine]:
    start = conversation.clock()
    deadline = start + timeout_s
    progress = _beginning(wanted)
    lost: ApiError | None
    if conversation.pace.is_crowded(poll_s):
        yield from _pause(conversation, max(poll_s, USUAL_S), deadline)
    while True:
        lost = None
        try:
            if roster is not None and roster.serves and conversation.pace.is_crowded(poll_s):
                progress = yield from _look_in(conversation, roster, progress, start, deadline)
            else:
                progress = yield from _look(conversation, progress, start, deadline)
        except (NotSentError, RateLimitedError, UnexpectedAnswerError) as error:
            lost = error
        except RefusedError as error:
            if error.status != 404 or conversation.clock() >= start + NOT_THERE_YET_S:
                submission_id = None if isinstance(wanted, str) else wanted.id
                raise evolve(error, submission_id=submission_id) from None
            lost = error
            if isinstance(wanted, str) and progress.build is not None and progress.build.state == "unknown":
                now = conversation.clock()
                left_s = max(min(start + NOT_THERE_YET_S, deadline) - now, 0.0)
                yield Report(evolve(progress, phase="unseen", elapsed_s=now - start, left_s=left_s))
        else:
            yield Report(progress)
        build, machine = progress.build, progress.virtual_machine
        if build is not None and build.state == "failed":
            failed = partial(evolve, state="failed", build_id=build.id, reason=BUILD_FAILED)
            yield from _remember(conversation, wanted, failed, deadline)
            raise _ended(BuildFailedError, f"the build failed: {_state_of(progress)}", progress, wanted)
        if machine is not None and machine.state == "started" and (_is_built(build) or _is_whole(machine)):
            built = partial(
                evolve,
                state="created",
                virtual_machine_id=machine.id,
                hostname=machine.hostname,
                reason=None,
            )
            yield from _remember(conversation, wanted, built, deadline)
            return machine
        yield from _pause(conversation, poll_s, deadline)
        if conversation.clock() >= deadline:
            raise _ended(BuildTimeoutError, _at_deadline(progress, timeout_s, lost), progress, wanted)


def _pause(conversation: Session, poll_s: float, deadline: float) -> Operation[None]:
    """Until the next poll; where many poll, in steps, for they may be fewer soon."""
    last = conversation.clock()
    while True:
        due = min(last + max(poll_s, conversation.pace.poll_s), deadline)
        rest_s = due - conversation.clock()
        if rest_s <= CLOSE_S:
            return
        yield Wait(min(rest_s, max(poll_s, STEP_S)))


def _look_in(
    conversation: Session, roster: MachineIndex, seen: Progress, start: float, deadline: float
) -> Operation[Progress]:
    """One poll by the roster; by the build itself where the roster does not show its machine for long.

    A machine that is started needs no look at its build: builds end before their machines start.
    """
    machine = seen.virtual_machine or (yield from roster.find(conversation, seen.hostname, deadline))
    if machine is not None:
        machine = yield from conversation.read(endpoints.virtual_machine(machine.id), deadline)
        if (machine.annotations or {}).get(ID) != seen.submission_id:
            # The list ignored its filter, or the API keeps no annotations: it would show this one for ever.
            machine, roster.serves = None, False
    elapsed_s = conversation.clock() - start
    if machine is None and (not roster.serves or roster.looked_at > start + NOT_THERE_YET_S):
        return (yield from _look(conversation, seen, start, deadline))
    return evolve(seen, elapsed_s=elapsed_s, virtual_machine=machine)


def _remember(
    conversation: Session, wanted: Submission | str, change: Callable[[Entry], Entry], deadline: float
) -> Operation[None]:
    """Put it into the journal, where it can be told; a create that it could not be told of, too."""
    if isinstance(wanted, str):
        return
    note_by = conversation.note_by(deadline)
    try:
        while (entry := (yield from note(JournalGet(wanted.id, conversation.left_s(note_by))))) is not None:
            changed = change(entry)
            if entry.state == "abandoned" and changed.state == "failed":
                changed = evolve(changed, state="abandoned")  # its key stays free
            if (yield from note(JournalUpdate(changed, within_s=conversation.left_s(note_by)))) is not None:
                return
    except JournalError:
        return


def _look(conversation: Session, seen: Progress, start: float, deadline: float) -> Operation[Progress]:
    """One poll: the build and its task until it is complete, from then on the machine."""
    build, task, machine = seen.build, seen.task, seen.virtual_machine
    if build is not None and (build.state != "complete" or machine is None):
        build = yield from conversation.read(endpoints.build(build.id), deadline)
        machine = build.virtual_machine or machine
        if task is not None and build.state not in ("complete", "failed"):
            task = yield from _glance(conversation, task, deadline)
    if machine is not None and _is_built(build):
        machine = yield from conversation.read(endpoints.virtual_machine(machine.id), deadline)
    elapsed_s = conversation.clock() - start
    return evolve(seen, elapsed_s=elapsed_s, build=build, task=task, virtual_machine=machine)


def _glance(conversation: Session, task: Task, deadline: float) -> Operation[Task | None]:
    """The task: as it was where the answer is lost, None where the token may not read it."""
    call = endpoints.task(task.id)
    reply = yield from conversation.send(call, deadline, TASK_TRY_S)
    outcome = interpret(call, reply)
    if isinstance(outcome, RefusedError):
        return None
    return task if isinstance(outcome, ApiError) else outcome


def _check_wanted(wanted: Submission | str) -> None:
    if isinstance(wanted, Submission):
        return
    check_text("what is waited for is a submission, or else the id of a build, which", wanted)
    if not wanted or UUID.fullmatch(wanted):
        raise SubmissionError(
            f"{wanted!r} is no id of a build (vmbuild_...); of that of a submission, reconcile() gives the"
            " submission, which wait() takes"
        )


def _beginning(wanted: Submission | str) -> Progress:
    if isinstance(wanted, str):
        return Progress(elapsed_s=0.0, build=Build(id=wanted, state="unknown"))
    if wanted.build is None and wanted.virtual_machine is None:
        raise BuildError("there is neither a build nor a machine to wait for", submission_id=wanted.id)
    return Progress(
        elapsed_s=0.0,
        submission_id=wanted.id,
        hostname=wanted.hostname,
        build=wanted.build,
        task=wanted.task,
        virtual_machine=wanted.virtual_machine,
    )


def _is_built(build: Build | None) -> bool:
    """Whether there is no build to wait for: it is complete, or the machine was found without one."""
    return build is None or build.state == "complete"


def _is_whole(machine: VirtualMachine) -> bool:
    """Whether it is what the API says of the machine itself, not of its build or in a list."""
    return machine.annotations is not None


def _at_deadline(progress: Progress, timeout_s: float, lost: ApiError | None) -> str:
    build = progress.build
    if build is not None and build.state == "unknown" and lost is not None and lost.status == 404:
        return f"no build {printable(build.id)} was seen within {timeout_s:g} s: {lost}"
    text = f"not started after {timeout_s:g} s: {_state_of(progress)}"
    return f"{text}; the last poll: {lost}" if lost else text


def _state_of(progress: Progress) -> str:
    build, machine = progress.build, progress.virtual_machine
    told = [f"build {printable(build.id)} is {printable(build.state)}"] if build else []
    if machine:
        told.append(f"virtual machine {machine.id} is {printable(machine.state or 'unknown')}")
    return ", ".join(told)


def _ended(kind: type[BuildErrorT], text: str, progress: Progress, wanted: Submission | str) -> BuildErrorT:
    build, machine = progress.build, progress.virtual_machine
    submission = wanted if isinstance(wanted, Submission) else None
    return kind(
        text,
        build_id=build.id if build else None,
        task_id=submission.task.id if submission and submission.task else None,
        virtual_machine_id=machine.id if machine else None,
        submission_id=submission.id if submission else None,
        annotations=submission.annotations if submission else {},
    )

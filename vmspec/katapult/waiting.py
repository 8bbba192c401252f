"""From a build to a started machine: lost polls and unknown states are waited out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

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
    UnexpectedAnswerError,
)
from vmspec.katapult import calls
from vmspec.katapult.exchange import Advance, Conversation, Exchange, Find, Report, Wait, note
from vmspec.katapult.journal import Entry
from vmspec.katapult.records import Build, Progress, Submission, Task, VirtualMachine
from vmspec.katapult.verdict import verdict
from vmspec.terminal import printable

TASK_TRY_S = 5.0
"""For the one look at the task per poll: progress is nice to have."""
NOT_THERE_YET_S = 60.0
"""How long a 404 is taken for "not visible yet". Inferred: no recording shows such a lag, or its absence."""


def wait(
    conversation: Conversation, wanted: Submission | str, timeout_s: float, poll_s: float
) -> Exchange[VirtualMachine]:
    """Follow the build until it is complete, then the machine until it is started."""
    start = conversation.clock()
    deadline = start + timeout_s
    progress = _beginning(wanted)
    lost: ApiError | None
    while True:
        lost = None
        try:
            progress = yield from _look(conversation, progress, start, deadline)
        except (NotSentError, RateLimitedError, UnexpectedAnswerError) as error:
            lost = error
        except RefusedError as error:
            if error.status != 404 or conversation.clock() >= start + NOT_THERE_YET_S:
                error.submission_id = None if isinstance(wanted, str) else wanted.id
                raise
            lost = error
        else:
            yield Report(progress)
        build, machine = progress.build, progress.virtual_machine
        if build is not None and build.state == "failed":
            failed = partial(evolve, state="failed", build_id=build.id, reason="its build failed")
            yield from _remember(wanted, failed)
            raise BuildFailedError(f"the build failed: {_state_of(progress)}", **_ids_of(progress, wanted))
        if machine is not None and machine.state == "started" and _is_built(build):
            built = partial(evolve, state="created", virtual_machine_id=machine.id, reason=None)
            yield from _remember(wanted, partial(built, hostname=machine.hostname))
            return machine
        rest = deadline - conversation.clock()
        if rest > 0:
            yield Wait(min(poll_s, rest))
        if conversation.clock() >= deadline:
            text = f"not started after {timeout_s:g} s: {_state_of(progress)}"
            raise BuildTimeoutError(
                f"{text}; the last poll: {lost}" if lost else text, **_ids_of(progress, wanted)
            )


def _remember(wanted: Submission | str, change: Callable[[Entry], Entry]) -> Exchange[None]:
    """Put it into the journal, where it can be told; a create that it could not be told of, too."""
    if isinstance(wanted, str):
        return
    try:
        while (entry := (yield from note(Find(wanted.id)))) is not None:
            if (yield from note(Advance(change(entry)))) is not None:
                return
    except JournalError:
        return


def _look(conversation: Conversation, seen: Progress, start: float, deadline: float) -> Exchange[Progress]:
    """One poll: the build and its task until it is complete, from then on the machine."""
    build, task, machine = seen.build, seen.task, seen.virtual_machine
    if build is not None and (build.state != "complete" or machine is None):
        build = yield from conversation.read(calls.build(build.id), deadline)
        machine = build.virtual_machine or machine
        if task is not None and build.state not in ("complete", "failed"):
            task = yield from _glance(conversation, task, deadline)
    if machine is not None and _is_built(build):
        machine = yield from conversation.read(calls.virtual_machine(machine.id), deadline)
    return Progress(elapsed_s=conversation.clock() - start, build=build, task=task, virtual_machine=machine)


def _glance(conversation: Conversation, task: Task, deadline: float) -> Exchange[Task | None]:
    """The task: as it was where the answer is lost, None where the token may not read it."""
    call = calls.task(task.id)
    reply = yield from conversation.send(call, deadline, TASK_TRY_S)
    outcome = verdict(call, reply)
    if isinstance(outcome, RefusedError):
        return None
    return task if isinstance(outcome, ApiError) else outcome


def _beginning(wanted: Submission | str) -> Progress:
    if isinstance(wanted, str):
        return Progress(elapsed_s=0.0, build=Build(id=wanted, state="unknown"))
    if wanted.build is None and wanted.virtual_machine is None:
        raise BuildError("there is neither a build nor a machine to wait for", submission_id=wanted.id)
    return Progress(
        elapsed_s=0.0, build=wanted.build, task=wanted.task, virtual_machine=wanted.virtual_machine
    )


def _is_built(build: Build | None) -> bool:
    """Whether there is no build to wait for: it is complete, or the machine was found without one."""
    return build is None or build.state == "complete"


def _state_of(progress: Progress) -> str:
    build, machine = progress.build, progress.virtual_machine
    told = [f"build {printable(build.id)} is {printable(build.state)}"] if build else []
    if machine:
        told.append(f"virtual machine {machine.id} is {printable(machine.state or 'unknown')}")
    return ", ".join(told)


def _ids_of(progress: Progress, wanted: Submission | str) -> Mapping[str, str | None]:
    build, machine = progress.build, progress.virtual_machine
    submission = wanted if isinstance(wanted, Submission) else None
    return {
        "build_id": build.id if build else None,
        "task_id": submission.task.id if submission and submission.task else None,
        "virtual_machine_id": machine.id if machine else None,
        "submission_id": submission.id if submission else None,
    }

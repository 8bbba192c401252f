"""From a build to a started machine: lost polls and unknown states are waited out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal, TypeAlias, TypeVar

from attrs import define, evolve

from vmspec.errors import (
    ApiError,
    BuildError,
    BuildFailedError,
    BuildTimeoutError,
    MachineGoneError,
    NotSentError,
    RateLimitedError,
    RefusedError,
    UnexpectedAnswerError,
)
from vmspec.katapult import endpoints
from vmspec.katapult.arguments import check_seconds, check_until, check_wanted
from vmspec.katapult.journal import BUILD_FAILED, Entry
from vmspec.katapult.records import Build, Progress, Submission, Task, VirtualMachine
from vmspec.katapult.submission.operation import Operation, ReadBanner, Session, Tell, Wait
from vmspec.katapult.submission.outcome import interpret
from vmspec.katapult.submission.reconcile import NOT_THERE_YET_S, belongs_to
from vmspec.katapult.submission.record import GONE, revise
from vmspec.katapult.submission.request import SUBMISSION
from vmspec.text import printable

ErrorT = TypeVar("ErrorT", bound=BuildError)
Until: TypeAlias = Literal["started", "ssh"]

TASK_TRY_S = 5.0
"""Timeout of a look at the task: a percentage is not worth more."""
BANNER_TRY_S = 5.0
"""Timeout of one try to be greeted by an SSH server."""
STOPPED = frozenset({"stopped", "stopping", "shutting_down"})


@define
class Followed:
    """A build that is followed until its machine is started."""

    wanted: Submission | str
    """The submission, or the id of a build."""
    start: float
    timeout_s: float
    until: Until
    seen: Progress
    lost: ApiError | None = None
    """The error of the last poll."""
    machine_since: float | None = None
    """The time at which there was first known to be a machine."""
    was_running: bool = False
    candidate: str | None = None
    """A machine that a list shows, to be confirmed by its own GET."""
    is_listed: bool = False
    """True once that is confirmed: then the build need not be read."""
    met_stranger: bool = False
    """True if the list showed the machine of another submission."""

    @classmethod
    def of(
        cls, session: Session, wanted: Submission | str, timeout_s: float, until: Until = "started"
    ) -> Followed:
        seen = _beginning(wanted)
        since = session.clock() if seen.virtual_machine is not None else None
        return cls(wanted, session.clock(), timeout_s, until, seen, machine_since=since)

    @property
    def submission(self) -> Submission | None:
        return self.wanted if isinstance(self.wanted, Submission) else None

    @property
    def deadline(self) -> float:
        return self.start + self.timeout_s

    def poll(self, session: Session, *, with_task: bool = False) -> Operation[VirtualMachine | None]:
        """Poll once: the build until it is complete, then the machine; return that when it is started.

        Raise BuildFailedError, MachineGoneError, or RefusedError where the API refuses to tell.
        """
        self.lost = None
        try:
            yield from self._poll(session, with_task=with_task)
        except (NotSentError, RateLimitedError, UnexpectedAnswerError) as error:
            self.lost = error
        except RefusedError as error:
            self._check_refusal(error, session.clock())
            if self._is_gone(error, session.clock()):
                yield from self._remember(session, _gone)
                raise self._ended(MachineGoneError, "the machine no longer exists") from None
        build, machine = self.seen.build, self.seen.virtual_machine
        if build is not None and build.state == "failed":
            yield from self._remember(
                session, partial(evolve, state="failed", build_id=build.id, reason=BUILD_FAILED)
            )
            raise self._ended(BuildFailedError, f"the build failed: {self._states()}")
        if machine is None or not _is_built(build, machine):
            return None
        yield from self._check_state(session, machine)
        if machine.state != "started":
            return None
        if self.until == "ssh" and not (yield from self._greets(session, machine)):
            return None
        yield from self._remember(session, partial(_started, machine=machine))
        return machine

    def timed_out(self) -> BuildTimeoutError:
        """Return the error of a machine that is not started at the deadline."""
        build, lost = self.seen.build, self.lost
        if build is not None and build.state == "unknown" and lost is not None and lost.status == 404:
            text = f"no build {printable(build.id)} was seen within {self.timeout_s:g} s: {lost.message}"
        else:
            what = "started" if self.until == "started" else "reachable by SSH"
            text = f"not {what} after {self.timeout_s:g} s: {self._states()}"
            text += f"; the last poll: {lost.message}" if lost else ""
        return self._ended(BuildTimeoutError, text)

    @property
    def has_news(self) -> bool:
        """Return whether the last poll saw something, or that a build is not visible yet."""
        return self.lost is None or (self.lost.status == 404 and self._is_unseen)

    @property
    def _is_unseen(self) -> bool:
        build = self.seen.build
        return isinstance(self.wanted, str) and build is not None and build.state == "unknown"

    def progress(self, now: float) -> Progress:
        """Return how far it is; ``unseen`` for the id of a build of which nothing is visible yet."""
        elapsed_s = now - self.start
        if self._is_unseen and self.lost:
            left_s = max(min(NOT_THERE_YET_S, self.timeout_s) - elapsed_s, 0.0)
            return evolve(self.seen, phase="unseen", elapsed_s=elapsed_s, left_s=left_s)
        return evolve(self.seen, elapsed_s=elapsed_s)

    def _poll(self, session: Session, *, with_task: bool) -> Operation[None]:
        build, task, machine = self.seen.build, self.seen.task, self.seen.virtual_machine
        if self.candidate is not None and not self.is_listed and self.submission is not None:
            found = yield from session.read(endpoints.virtual_machine(self.candidate), self.deadline)
            self.is_listed = belongs_to(found, self.submission.id)
            self.met_stranger = not self.is_listed
            self.candidate = None
            if self.is_listed:
                self._see(session, virtual_machine=found)
            return
        if build is not None and not self.is_listed and (build.state != "complete" or machine is None):
            build = yield from session.read(endpoints.build(build.id), self.deadline)
            self._check_owner(build.annotations)
            machine = build.virtual_machine or machine
            if with_task and task is not None and build.state not in ("complete", "failed"):
                task = yield from self._poll_task(session, task)
            self._see(session, build=build, task=task, virtual_machine=machine)
        if machine is not None and (self.is_listed or build is None or build.state == "complete"):
            machine = yield from session.read(endpoints.virtual_machine(machine.id), self.deadline)
            self._check_owner(machine.annotations)
            self._see(session, virtual_machine=machine)

    def _see(self, session: Session, **changes: Any) -> None:
        self.seen = evolve(self.seen, **changes)
        if self.machine_since is None and self.seen.virtual_machine is not None:
            self.machine_since = session.clock()

    def _check_owner(self, annotations: Mapping[str, str] | None) -> None:
        submission = self.submission
        if submission is not None and (annotations or {}).get(SUBMISSION, submission.id) != submission.id:
            raise UnexpectedAnswerError("reading failed: the answer is about another submission")

    def _poll_task(self, session: Session, task: Task) -> Operation[Task | None]:
        """Return the task: as it was if the answer is lost, None if the token may not read it."""
        call = endpoints.task(task.id)
        outcome = interpret(call, (yield from session.send(call, self.deadline, TASK_TRY_S)))
        if isinstance(outcome, RefusedError):
            return None
        return task if isinstance(outcome, ApiError) else outcome

    def _greets(self, session: Session, machine: VirtualMachine) -> Operation[bool]:
        within_s = min(session.left_s(self.deadline), BANNER_TRY_S)
        return bool((yield ReadBanner(machine.addresses, within_s))) if within_s > 0 else False

    def _check_refusal(self, error: RefusedError, now: float) -> None:
        """Take a 404 for "not visible yet" at first; raise any other refusal."""
        is_absent = error.status == 404 or error.code in GONE
        if is_absent and (self._is_gone(error, now) or now < self.start + NOT_THERE_YET_S):
            self.lost = error
            return
        submission = self.submission
        raise evolve(error, submission_id=submission.id if submission is not None else None)

    def _is_gone(self, error: RefusedError, now: float) -> bool:
        """Return whether the machine, which was there, is not there any more."""
        machine = self.seen.virtual_machine
        if machine is None or self.machine_since is None or error.code not in GONE:
            return False
        submission = self.submission
        is_on_record = submission is not None and not submission.is_new  # recorded once it was read
        was_read = is_on_record or machine.annotations is not None or error.status != 404
        return was_read or now >= self.machine_since + NOT_THERE_YET_S

    def _check_state(self, session: Session, machine: VirtualMachine) -> Operation[None]:
        """Raise BuildFailedError for a machine that failed, or that somebody stopped."""
        if machine.state == "failed":
            yield from self._remember(
                session,
                partial(evolve, state="failed", virtual_machine_id=machine.id, reason="its machine failed"),
            )
            raise self._ended(BuildFailedError, f"the machine failed: {self._states()}")
        if machine.state in STOPPED and self.was_running:
            raise self._ended(BuildFailedError, f"the machine was stopped: {self._states()}")
        self.was_running = self.was_running or machine.state == "starting"

    def _remember(self, session: Session, change: Callable[[Entry], Entry]) -> Operation[None]:
        if self.submission is not None:
            yield from revise(session, self.submission.id, change, session.note_by(self.deadline))

    def _ended(self, kind: type[ErrorT], text: str) -> ErrorT:
        build, machine, submission = self.seen.build, self.seen.virtual_machine, self.submission
        return kind(
            text,
            build_id=build.id if build else None,
            task_id=submission.task.id if submission and submission.task else None,
            virtual_machine_id=machine.id if machine else None,
            submission_id=submission.id if submission else None,
            annotations=submission.annotations if submission else {},
        )

    def _states(self) -> str:
        build, machine = self.seen.build, self.seen.virtual_machine
        told = [f"build {printable(build.id)} is {printable(build.state)}"] if build else []
        if machine:
            told.append(f"virtual machine {machine.id} is {printable(machine.state or 'unknown')}")
        return ", ".join(told)


def wait(
    session: Session, wanted: Submission | str, timeout_s: float, poll_s: float, until: Until = "started"
) -> Operation[VirtualMachine]:
    """Poll the build until it is complete, then the machine until it is started."""
    check_seconds(timeout_s=timeout_s, poll_s=poll_s)
    check_wanted(wanted)
    check_until(until)
    followed = Followed.of(session, wanted, timeout_s, until)
    while True:
        machine = yield from followed.poll(session, with_task=True)
        if followed.has_news:
            yield Tell(followed.progress(session.clock()))
        if machine is not None:
            return machine
        if pause_s := min(poll_s, session.left_s(followed.deadline)):
            yield Wait(pause_s)
        if session.clock() >= followed.deadline:
            raise followed.timed_out()


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


def _is_built(build: Build | None, machine: VirtualMachine) -> bool:
    """Return whether the build is over, or the machine was read by itself: builds end before those start."""
    return build is None or build.state == "complete" or machine.annotations is not None


def _started(entry: Entry, machine: VirtualMachine) -> Entry:
    return evolve(
        entry, state="created", virtual_machine_id=machine.id, hostname=machine.hostname, reason=None
    )


def _gone(entry: Entry) -> Entry:
    return evolve(entry, state="gone", reason="its machine no longer exists")

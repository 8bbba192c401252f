"""Processes that carry out operations step by step, in the order of a clock; no HTTP, no real time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from attrs import define, evolve, field

from vmspec import errors
from vmspec.katapult import Result, SQLiteJournal
from vmspec.katapult.journal import Entry, ownership
from vmspec.katapult.records import Submission
from vmspec.katapult.submission.operation import (
    JournalFind,
    JournalGet,
    JournalInsert,
    JournalStep,
    JournalUpdate,
    Noted,
    Operation,
    ReadBanner,
    Send,
    Session,
    Step,
    Tell,
    Wait,
)
from vmspec.katapult.submission.outcome import Fault, interrupted
from vmspec.katapult.submission.request import CREATE_TIMEOUT_S, SubmitRequest
from vmspec.katapult.submission.submit import submit
from vmspec.katapult.submission.wait import wait
from vmspec.katapult.transport.driver import GRACE_S
from vmspec.katapult.transport.rate_limiter import RateLimiter

from .faulty import FaultyApi
from .process import Plan, Process, Run, Task

API = "https://api.katapult.test/core/v1"
LATENESS_S = 1.0
"""Nothing takes longer than this beyond the sum of its deadlines."""


@define
class NotedLimiter(RateLimiter):
    """Counts the requests that did not wait."""

    forced: int = 0

    def force(self, now: float) -> None:
        self.forced += 1
        super().force(now)


@define(eq=False)
class World:
    api: FaultyApi
    runs: list[Run] = field(factory=list)
    processes: list[Process] = field(factory=list)
    owners: dict[str, Process] = field(factory=dict)
    """The holder of a submission; a dead process holds nothing."""
    counts: Counter[str] = field(factory=Counter)
    forced_looks: list[float] = field(factory=list)
    """When somebody looked for a machine for the last time, without waiting."""
    journal: SQLiteJournal = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.journal = SQLiteJournal(clock=self.clock)

    @property
    def clock(self) -> Callable[[], float]:
        return self.api.clock

    @property
    def now(self) -> float:
        return self.api.clock.now

    def session(self) -> Session:
        organization = self.api.sandbox.organization
        # Digests need not be slow here: thousands of schedules need them.
        return Session(API, organization, self.clock, self.api.chance, NotedLimiter(), digest_cost=2)

    def process(self, session: Session | None = None, plan: Plan | None = None) -> Process:
        process = Process(len(self.processes), session or self.session(), plan)
        self.processes.append(process)
        return process

    def start(self, operation: Operation[object], process: Process | None = None) -> Run:
        """Begin a single operation."""
        process = process or self.process()
        run = self._new_run(process)
        self._begin_task(process, operation, "")
        return run

    def submitting(self, wish: SubmitRequest, wait_s: float | None, session: Session | None = None) -> Run:
        process = self.process(session)

        def whole() -> Operation[object]:
            run.submission = yield from submit(process.session, wish)
            if wait_s is None:
                return run.submission
            return (yield from wait(process.session, run.submission, wait_s, 5.0))

        run = self._new_run(process)
        run.key, run.settle_s = wish.key, wish.settle_s
        run.patience_s = wish.create_s + wish.settle_s + (wait_s or 0.0) + LATENESS_S
        self._begin_task(process, whole(), "")
        return run

    def submitting_many(self, plan: Plan, session: Session | None = None) -> Process:
        """Begin a batch, as the driver does."""
        process = self.process(session, plan)
        process.batch = plan.batch(process.session)
        self._begin(process)
        return process

    def living(self) -> list[Task]:
        return [task for process in self.processes for task in process.tasks if not task.is_over]

    def go_until(self, at: float) -> None:
        """Carry out all that comes before a time, and let it come."""
        while any(task.at <= at for task in self.living()):
            self.go()
        self.api.pass_time(at)

    def go(self) -> bool:
        """Carry out the next step of whoever comes next; False if nobody does anything any more."""
        living = self.living()
        if not living:
            return False
        task = min(living, key=lambda each: each.at)
        process = task.process
        self.api.pass_time(task.at)
        disturbance = process.disturbances.pop(process.done, None)
        process.done += 1
        if disturbance is not None and self.disturb(task, *disturbance):
            return True
        is_create = isinstance(task.step, Send) and task.step.call.method == "POST"
        if process.is_stopped and isinstance(task.step, Send | Wait | ReadBanner) and not is_create:
            self._close(task)
        elif process.is_stopped and is_create and not task.is_begun:
            task.is_begun, task.reply = True, Fault("interrupted", nothing_sent=True)
        elif not task.is_begun:
            self._carry_out(task)
        else:
            task.is_begun = False
            if isinstance(task.reply, Entry):
                self._met(task, task.reply)
            self._resume(task, lambda: task.operation.send(task.reply))
        return True

    def disturb(self, task: Task, what: str, seconds: float) -> bool:
        """Return whether it does nothing else now."""
        process = task.process
        match what:
            case "crash":
                self.counts["crashes"] += 1
                process.is_disturbed = process.is_stopped = True
                for fellow in process.tasks:
                    fellow.is_over = True
                    fellow.operation.close()
                for run in process.runs:
                    if not run.is_over:
                        self._over(run, SystemExit("killed"))
            case "interrupt" | "interrupt at once":
                self.counts["interruptions"] += 1
                process.is_disturbed = True
                if what == "interrupt" and not task.is_begun:
                    self._carry_out(task)
                self._stop(process)
            case "suspend":
                self.counts["suspensions"] += 1
                process.is_disturbed = True
                for fellow in process.tasks:
                    fellow.at = max(fellow.at, self.now + seconds)
            case _:
                self.counts["full journals"] += 1
                process.note_fault = what
                return False
        return True

    def _stop(self, process: Process) -> None:
        """Interrupt, as the driver does: a create that was sent gets a moment for its answer."""
        process.is_stopped = True
        if process.batch is not None:
            process.batch.is_interrupted = True
        for task in process.tasks:
            if task.is_over or not task.is_begun:
                continue
            match task.step:
                case Send(call=call) if call.method == "POST":
                    if task.at > self.now + GRACE_S:
                        task.at, task.reply = self.now + GRACE_S, Fault("interrupted")
                case Send() | Wait():
                    task.at = self.now
                case _:
                    pass
        self._end_if_over(process)

    def _close(self, task: Task) -> None:
        task.operation.close()
        task.is_over = True
        self._interrupted(task)

    def _interrupted(self, task: Task, error: BaseException | None = None) -> None:
        process = task.process
        if process.batch is not None:
            self._end_if_over(process)
            return
        interruption = KeyboardInterrupt()
        if isinstance(error, errors.OutcomeUnknownError):
            interruption.__cause__ = error
        elif not isinstance(known := interrupted(task.latest), errors.NotSentError):
            interruption.__cause__ = known
        self._over(process.runs[0], interruption)

    def _end_if_over(self, process: Process) -> None:
        """Take in what an interrupted batch knows of the specs that were open."""
        if process.batch is None or not process.is_stopped or not process.is_over:
            return
        for result in process.batch.left_open():
            self._told(process, result.name, result)

    def _begin(self, process: Process) -> None:
        batch = process.batch
        if batch is None or process.is_stopped:
            return
        for name, operation in batch.begin():
            if name and process.run_of(name) is None:
                self._check_most(process)
                plan, run = process.plan, self._new_run(process)
                assert plan is not None
                run.name, run.key, run.settle_s = name, plan.key_of(name), plan.settle_s
                wait_s = plan.timeout_s if plan.poll_s is not None else 0.0
                create_s = min(plan.timeout_s, CREATE_TIMEOUT_S)
                run.patience_s = create_s + plan.settle_s + wait_s + LATENESS_S
            self._begin_task(process, operation, name)
        if batch.is_over:
            for task in process.tasks:  # workers that sleep
                task.operation.close() if isinstance(task.step, Wait) else None
                task.is_over = task.is_over or isinstance(task.step, Wait)
            process.results = tuple(batch.results[name] for name in batch.starts)

    def _check_most(self, process: Process) -> None:
        """Note where more creates are under way than may still fail."""
        plan = process.plan
        assert plan is not None
        creating = sum(run.announced is None and not run.is_over for run in process.runs) + 1
        failed = sum(result.error is not None for result in process.told.values())
        if plan.max_failures is not None and creating > plan.max_failures - failed:
            process.most_exceeded.append(f"{creating} are created, {failed} failed")

    def _new_run(self, process: Process) -> Run:
        run = Run(len(self.runs), process, self.now, self.now)
        self.runs.append(run)
        process.runs.append(run)
        return run

    def _begin_task(self, process: Process, operation: Operation[object], name: str) -> None:
        try:
            step = next(operation)
        except StopIteration:
            return
        task = Task(process, operation, step, self.now, name)
        process.tasks.append(task)
        self._note_turn(task)

    def _resume(self, task: Task, resume: Callable[[], Step]) -> None:
        process, limiter = task.process, task.process.session.limiter
        assert isinstance(limiter, NotedLimiter)
        forced = limiter.forced
        error: BaseException | None = None
        try:
            task.step = resume()
            self._note_turn(task)
            if limiter.forced > forced and is_read(task.step):
                self.forced_looks.append(self.now)
            return
        except StopIteration as end:
            result = end.value
        except errors.VmspecError as raised:
            result, error = None, raised
        task.is_over = True
        if process.batch is not None:
            assert error is None, error
            self._begin(process)
            self._end_if_over(process)
        elif process.is_stopped:
            self._interrupted(task, error)
        else:
            process.runs[0].result = result
            self._over(process.runs[0], error)

    def _note_turn(self, task: Task) -> None:
        task.at = max(task.at, self.now)
        run = task.run
        if run is not None and run.began is None and not isinstance(task.step, Wait):
            run.began = self.now

    def _over(self, run: Run, error: BaseException | None) -> None:
        run.is_over, run.error, run.at = True, error, self.now
        sent = {id for each in self.runs for id in each.sent}
        run.standing = {id: entry.state for id in run.met & sent if (entry := self.journal.find(id))}

    def _told(self, process: Process, name: str, event: object) -> None:
        run = process.run_of(name)
        if isinstance(event, Result):
            process.told[name] = event
            if run is not None:
                run.result, run.submission = event, event.submission
                self._over(run, event.error)
        elif isinstance(event, Submission) and run is not None:
            run.announced = event

    def _met(self, task: Task, entry: Entry) -> None:
        task.latest = entry
        run = task.run
        if run is not None:
            run.met.add(entry.id)
        if task.process.batch is not None:
            task.process.batch.note(task.name, entry)

    def _carry_out(self, task: Task) -> None:
        task.is_begun, task.reply, took_s = True, None, 0.0
        process = task.process
        match task.step:
            case Wait(seconds):
                took_s = seconds
            case ReadBanner():
                task.reply = True
            case Tell(event, name):
                self._told(process, name or task.name, event)
                self._begin(process)
            case JournalInsert() | JournalUpdate() | JournalGet() | JournalFind():
                task.reply = self._note(process, task.step)
                took_s = self.api.chance.choice((0.0, 0.0, 0.01))
            case Send():
                took_s = self._send(task, task.step)
        task.at = self.now + took_s
        run = task.run
        if run is not None:
            run.at = task.at
            if isinstance(task.step, Send) and task.step.call.method == "POST":
                run.posted = task.at

    def _send(self, task: Task, step: Send) -> float:
        process, run = task.process, task.run
        refused = len(self.api.too_many)
        if step.call.method == "POST":
            assert run is not None
            run.posts += 1
            task.reply, took_s = self.api.create(step.call, process.post_faults, run.sent)
        else:
            task.reply, took_s = self.api.read(step.call, process.read_faults)
        if took_s >= step.within_s:
            task.reply, took_s = Fault("time_out"), step.within_s
        if run is None:
            return took_s
        if len(self.api.too_many) > refused and run.posts < 2:
            run.too_many.append(self.now)
        is_answered = not isinstance(task.reply, Fault)
        if step.call.method == "GET":
            run.reads.append(self.now)
            if not is_answered or task.reply.status != 200:  # type: ignore[union-attr]
                run.lost_reads.append(self.now + took_s)
        elif is_answered and task.reply.status == 429:  # type: ignore[union-attr]
            run.busy += 1
        return took_s

    def _note(self, process: Process, step: JournalStep) -> Noted:
        fault, process.note_fault = process.note_fault, None
        if fault == "full before":
            return errors.JournalError("the disk is full")
        match step:
            case JournalInsert(entry, hold_s):
                noted: Entry | None = self.journal.begin(entry, hold_s)
                if noted is not None and noted.id == entry.id:
                    self.owners[entry.id] = process
            case JournalUpdate(entry, hold_s):
                noted = self.journal.advance(entry, hold_s)
                if noted is not None:
                    self.owners[entry.id] = process
            case JournalGet(submission_id):
                noted = self.journal.find(submission_id)
            case JournalFind(keys):
                return [self._held(entry, process) for entry in self.journal.find_keys(keys)]
        if fault == "full after":
            return errors.JournalError("the disk is full")
        return noted and self._held(noted, process)

    def _held(self, entry: Entry, process: Process) -> Entry:
        """Return the entry as a process sees it: held by itself, by another one, or by none."""
        owner = self.owners.get(entry.id)
        if entry.held_by is None or owner is None or owner.is_over:
            return evolve(entry, held_by=None)
        return evolve(entry, held_by=ownership.current() if owner is process else f"process {owner.number}")


def is_read(step: Step) -> bool:
    return isinstance(step, Send) and step.call.method == "GET"

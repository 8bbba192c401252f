"""Processes that carry out exchanges step by step, in the order of a clock; no HTTP, no real time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from attrs import define, evolve, field

from vmspec import errors
from vmspec.katapult import Result, SQLiteJournal
from vmspec.katapult.journal import Entry
from vmspec.katapult.submission.batch import Batch
from vmspec.katapult.submission.operation import (
    Announce,
    Interruption,
    JournalGet,
    JournalInsert,
    JournalStep,
    JournalUpdate,
    Noted,
    Operation,
    Report,
    Send,
    Session,
    Step,
    Wait,
)
from vmspec.katapult.submission.outcome import Fault
from vmspec.katapult.submission.request import CREATE_TIMEOUT_S, SubmitRequest
from vmspec.katapult.submission.submit import submit
from vmspec.katapult.submission.wait import wait
from vmspec.katapult.transport.cancellation import MOMENT_S, CancelledError
from vmspec.katapult.transport.rate_limiter import RateLimiter

from .faulty import FaultyApi
from .process import Process, Run

GRACE_S = 1.0
"""Nothing takes longer than this beyond the sum of its deadlines."""
PIECE_S = 0.5
"""A thread that sleeps notices its end within this time."""


@define
class NotedPace(RateLimiter):
    """Counts the requests that went without their turn."""

    untimely: int = 0

    def take(self, now: float) -> None:
        self.untimely += 1
        super().take(now)


@define(eq=False)
class World:
    api: FaultyApi
    runs: list[Run] = field(factory=list)
    processes: list[Process] = field(factory=list)
    owners: dict[str, Run] = field(factory=dict)
    """Who holds a submission; a dead process holds nothing."""
    counts: Counter[str] = field(factory=Counter)
    untimely_looks: list[float] = field(factory=list)
    """When somebody looked for a machine for the last time, without a turn."""
    steps: int = 0
    journal: SQLiteJournal = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.journal = SQLiteJournal(clock=self.clock)

    @property
    def clock(self) -> Callable[[], float]:
        return self.api.clock

    @property
    def now(self) -> float:
        return self.api.clock.now

    def conversation(self) -> Session:
        return Session(self.clock, self.api.chance, NotedPace())

    def process(self, conversation: Session | None = None) -> Process:
        process = Process(len(self.processes), conversation or self.conversation())
        self.processes.append(process)
        return process

    def start(self, exchange: Operation[object], process: Process | None = None) -> Run:
        process = process or self.process()
        run = Run(len(self.runs), process, exchange, next(exchange), self.now, self.steps, self.now)
        self.runs.append(run)
        process.runs.append(run)
        self._note_turn(run)
        return run

    def submitting(
        self, wish: SubmitRequest, wait_s: float | None, conversation: Session | None = None
    ) -> Run:
        process = self.process(conversation)

        def whole() -> Operation[object]:
            run.submission = yield from submit(process.conversation, wish)
            if wait_s is None:
                return run.submission
            return (yield from wait(process.conversation, run.submission, wait_s, 5.0))

        run = self.start(whole(), process)
        run.key, run.settle_s = wish.key, wish.settle_s
        run.patience_s = wish.create_s + wish.settle_s + (wait_s or 0.0) + GRACE_S
        return run

    def submitting_many(
        self, make: Callable[[Session], Batch], conversation: Session | None = None
    ) -> Process:
        """As both drivers do, with a run in place of a thread or a task."""
        process = self.process(conversation)
        process.batch = make(process.conversation)
        self._begin(process)
        return process

    def _begin(self, process: Process) -> None:
        batch = process.batch
        if batch is None or process.ended is not None:
            return
        terms = batch.terms
        for name, exchange in batch.begin():
            run = self.start(exchange, process)
            run.name, run.key, run.settle_s = name, terms.key_of(name), terms.settle_s
            wait_s = terms.timeout_s if terms.poll_s is not None else 0.0
            run.patience_s = min(terms.timeout_s, CREATE_TIMEOUT_S) + terms.settle_s + wait_s + GRACE_S
        process.not_begun += batch.given_up()
        if batch.is_over:
            process.results = batch.results

    def living(self) -> list[Run]:
        return [run for run in self.runs if not run.is_over]

    def go_until(self, at: float) -> None:
        """Carry out all that comes before a time, and let it come."""
        while any(run.at <= at for run in self.living()):
            self.go()
        self.api.pass_time(at)

    def go(self) -> bool:
        """Carry out the next step of whoever comes next; False where nobody does anything any more."""
        living = self.living()
        if not living:
            return False
        run = min(living, key=lambda each: each.at)
        process = run.process
        self.api.pass_time(run.at)
        disturbance = process.plan.pop(process.done, None)
        process.done += 1
        self.steps += 1
        if disturbance is not None and self.disturb(run, *disturbance):
            return True
        if not run.is_begun and process.ended is not None and isinstance(run.step, Send | Wait):
            self._throw(run, CancelledError(), nothing_sent=True)
        elif not run.is_begun:
            self._carry_out(run)
        elif run.thrown is not None:
            self._throw(run, run.thrown)
        else:
            run.is_begun = False
            if isinstance(run.reply, Entry):
                run.met.add(run.reply.id)
            self._resume(run, lambda: run.exchange.send(run.reply))
        return True

    def disturb(self, run: Run, what: str, seconds: float) -> bool:
        """Whether it does nothing else now."""
        process = run.process
        fellows = [each for each in process.runs if not each.is_over]
        match what:
            case "crash":
                self.counts["crashes"] += 1
                process.end(self.steps)
                for fellow in fellows:
                    self._kill(fellow)
            case "interrupt" | "interrupt at once" if process.batch is not None:
                self.counts["interruptions of a batch"] += 1
                process.end(self.steps)
                for fellow in fellows:
                    self._cancel(fellow) if what == "interrupt" else self._end(fellow)
            case "interrupt" | "interrupt at once":
                self.counts["interruptions"] += 1
                process.is_disturbed = True
                self._interrupt(run, at_once=what == "interrupt at once")
            case "suspend":
                self.counts["suspensions"] += 1
                process.is_disturbed = True
                for fellow in fellows:
                    fellow.at = max(fellow.at, self.now + seconds)
            case _:
                self.counts["full journals"] += 1
                process.note_fault = what
                return False
        return True

    def _kill(self, run: Run) -> None:
        """As kill -9 does: not another line of it is carried out."""
        run.is_over, run.error = True, SystemExit("killed")
        run.exchange.close()

    def _interrupt(self, run: Run, *, at_once: bool) -> None:
        """As Ctrl-C and the driver do: what was sent or noted may be done, and nobody learns of it."""
        nothing_sent = at_once and not run.is_begun
        if not run.is_begun and not at_once:
            self._carry_out(run)
        self._throw(run, KeyboardInterrupt(), nothing_sent)

    def _cancel(self, run: Run) -> None:
        """As the driver that awaits does with the tasks of a batch: all at once."""
        if not run.is_begun and isinstance(run.step, JournalUpdate | JournalInsert | JournalGet):
            self._carry_out(run)
        self._throw(run, asyncio.CancelledError(), nothing_sent=not run.is_begun)

    def _end(self, run: Run) -> None:
        """As the driver with threads does: a create that was sent gets a moment for its answer."""
        if not run.is_begun:
            return
        match run.step:
            case Send(call=call) if call.method == "POST":
                if run.at > self.now + MOMENT_S:
                    run.at, run.thrown = self.now + MOMENT_S, CancelledError()
            case Send():
                run.at, run.thrown = self.now, CancelledError()
            case Wait():
                run.at, run.thrown = min(run.at, self.now + PIECE_S), CancelledError()
            case _:
                pass

    def _throw(self, run: Run, cause: BaseException, nothing_sent: bool = False) -> None:
        thrown = Interruption(cause, nothing_sent) if isinstance(run.step, Send) else cause
        run.is_begun, run.at, run.thrown = False, self.now, None
        self._resume(run, lambda: run.exchange.throw(thrown))

    def _resume(self, run: Run, resume: Callable[[], Step]) -> None:
        pace: NotedPace = run.process.conversation.pace
        untimely = pace.untimely
        try:
            run.step = resume()
            self._note_turn(run)
            if pace.untimely > untimely and is_read(run.step):
                self.untimely_looks.append(self.now)
        except StopIteration as end:
            run.result = end.value
            self._over(run)
        except Interruption as interruption:
            run.error = interruption.cause
            self._over(run)
        except (errors.VmspecError, KeyboardInterrupt) as error:
            run.error = error
            self._over(run)
        run.at = max(run.at, self.now)

    def _note_turn(self, run: Run) -> None:
        if run.began is None and not isinstance(run.step, Wait):
            run.began = self.now

    def _over(self, run: Run) -> None:
        run.is_over, run.over_in = True, self.steps
        run.freed_in = self.steps if run.freed_in is None else run.freed_in
        sent = {id for each in self.runs for id in each.sent}
        run.standing = {id: entry.state for id in run.met & sent if (entry := self.journal.find(id))}
        if run.process.batch is not None:
            assert isinstance(run.result, Result), run.error
            run.submission, run.error = run.result.submission, run.result.error
            run.process.batch.take(run.name, run.result)
            self._begin(run.process)

    def _carry_out(self, run: Run) -> None:
        run.is_begun, run.reply, took_s = True, None, 0.0
        match run.step:
            case Wait(seconds):
                took_s = seconds
            case Report():
                pass
            case Announce(submission):
                run.announced, run.freed_in = submission, self.steps
                assert run.process.batch is not None
                run.process.batch.take(run.name, submission)
                self._begin(run.process)
            case JournalInsert() | JournalUpdate() | JournalGet():
                run.reply = self._note(run, run.step)
                took_s = self.api.chance.choice((0.0, 0.0, 0.01))
            case Send(call, within_s):
                process = run.process
                refused = len(self.api.too_many)
                if call.method == "POST":
                    run.posts += 1
                    run.reply, took_s = self.api.create(call, process.post_faults, run.sent)
                else:
                    run.reply, took_s = self.api.read(call, process.read_faults)
                if took_s >= within_s:
                    run.reply, took_s = Fault("time_out"), within_s
                if len(self.api.too_many) > refused and run.posts < 2:
                    run.too_many.append(self.now)
                if call.method == "GET":
                    run.reads.append(self.now)
                if call.method == "GET" and (isinstance(run.reply, Fault) or run.reply.status != 200):
                    run.lost_reads.append(self.now + took_s)
        run.at = self.now + took_s
        if isinstance(run.step, Send) and run.step.call.method == "POST":
            run.posted = run.at

    def _note(self, run: Run, step: JournalStep) -> Noted:
        fault, run.process.note_fault = run.process.note_fault, None
        if fault == "full before":
            return errors.JournalError("the disk is full")
        match step:
            case JournalInsert(entry, hold_s):
                noted: Entry | None = self.journal.begin(entry, hold_s)
                if noted is not None and noted.id == entry.id:
                    self.owners[entry.id] = run
            case JournalUpdate(entry, hold_s):
                noted = self.journal.advance(entry, hold_s)
                if noted is not None:
                    self.owners[entry.id] = run
            case JournalGet(submission_id):
                noted = self.journal.find(submission_id)
        if fault == "full after":
            return errors.JournalError("the disk is full")
        return noted and self._held(noted)

    def _held(self, entry: Entry) -> Entry:
        owner = self.owners.get(entry.id)
        is_held = entry.held_by is not None and owner is not None and not owner.process.is_over
        return evolve(entry, held_by=f"process {owner.process.number}" if is_held and owner else None)


def is_read(step: Step) -> bool:
    return isinstance(step, Send) and step.call.method == "GET"

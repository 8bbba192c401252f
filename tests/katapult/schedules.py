"""Drawn schedules: processes submit, wait, crash and are interrupted, against a sandbox with faults.

No HTTP and no real time: the steps of each exchange are carried out one by one, in the order of the
clock. What is checked at the end is true of every schedule.
"""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import ClassVar

from attrs import define, evolve, field
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from vmspec import VM, errors
from vmspec.katapult import SQLiteJournal, standing
from vmspec.katapult.answer import Answer
from vmspec.katapult.calls import Call
from vmspec.katapult.exchange import (
    Advance,
    Begin,
    Conversation,
    Exchange,
    Find,
    Interruption,
    JournalStep,
    Noted,
    Report,
    Send,
    Step,
    Wait,
)
from vmspec.katapult.journal import Entry
from vmspec.katapult.reconciling import ID
from vmspec.katapult.records import Submission, VirtualMachine
from vmspec.katapult.submission import submit
from vmspec.katapult.verdict import Fault, Reply
from vmspec.katapult.waiting import wait
from vmspec.katapult.wish import Wish
from vmspec.sandbox import Build, Request, Sandbox, Timeline

API = "https://api.katapult.test/core/v1"
SPECS = [VM(name).data_center("uk-lon-01").package("rock-3").to_xml() for name in ("web-1", "web-2")]
POST_FAULTS = (
    *("not sent", "lost before", "lost after", "late", "very late", "hangs, late", "503 before", "503 after"),
    *("502 after", "429", "429 and 20 s", "foreign 429 after", "refused", "redirect", "foreign 201", "202"),
)
READ_FAULTS = ("not sent", "lost", "hangs", "503", "429", "foreign 403", "404", "unfiltered", "odd state")
LATENCIES = (0.0, 0.0, 0.01, 0.1, 0.25)
GRACE_S = 1.0
"""Nothing takes longer than this beyond the sum of its deadlines."""


Disturbance = tuple[str, float]
DISTURBANCES = (
    *(("crash", 0.0), ("crash", 0.0), ("interrupt", 0.0), ("interrupt at once", 0.0), ("suspend", 1.0)),
    *(("suspend", 36.0), ("suspend", 300.0), ("full before", 0.0), ("full after", 0.0)),
)


@define(eq=False)
class Clock:
    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@define(eq=False)
class Run:
    """One process that carries out one exchange."""

    number: int
    exchange: Exchange[object]
    step: Step
    started: float
    at: float
    """When its next step is begun, or the one that was begun is done."""
    is_begun: bool = False
    reply: Reply | Noted = None
    is_over: bool = False
    is_disturbed: bool = False
    """Crashed, interrupted or suspended: nothing is said of when it ends."""
    plan: dict[int, Disturbance] = field(factory=dict)
    """What happens to it, by the number of what it does; each step is begun, and then done."""
    post_faults: list[str] = field(factory=list)
    read_faults: list[str | None] = field(factory=list)
    note_fault: str | None = None
    done: int = 0
    lost_reads: list[float] = field(factory=list)
    sent: set[str] = field(factory=set)
    """Submissions of which it has sent something that is carried out, sooner or later."""
    key: str | None = None
    patience_s: float = 0.0
    submission: Submission | None = None
    result: object = None
    error: BaseException | None = None


@define(eq=False)
class World:
    seed: int
    timeline: Timeline
    rate_limit: int
    clock: Clock = field(factory=Clock)
    runs: list[Run] = field(factory=list)
    sent_later: list[tuple[float, Request]] = field(factory=list)
    owners: dict[str, Run] = field(factory=dict)
    """Which process holds a submission; a dead one holds nothing."""
    counts: Counter[str] = field(factory=Counter)
    chance: random.Random = field(init=False)
    sandbox: Sandbox = field(init=False)
    journal: SQLiteJournal = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.sandbox = Sandbox(
            token="t",
            speed=1,
            clock=self.clock,
            seed=self.seed,
            timeline=self.timeline,
            rate_limit=self.rate_limit,
            epoch=0,
        )
        self.journal = SQLiteJournal(clock=self.clock)

    def conversation(self) -> Conversation:
        return Conversation(self.clock, self.chance)

    def start(self, exchange: Exchange[object], key: str | None = None, patience_s: float = 0.0) -> Run:
        now = self.clock()
        run = Run(len(self.runs), exchange, next(exchange), now, now, key=key, patience_s=patience_s)
        self.runs.append(run)
        return run

    def submitting(self, wish: Wish, wait_s: float | None) -> Run:
        conversation = self.conversation()

        def whole() -> Exchange[object]:
            run.submission = yield from submit(conversation, wish)
            if wait_s is None:
                return run.submission
            return (yield from wait(conversation, run.submission, wait_s, 5.0))

        patience_s = wish.create_s + wish.settle_s + (wait_s or 0.0) + GRACE_S
        run = self.start(whole(), wish.key, patience_s)
        return run

    def living(self) -> list[Run]:
        return [run for run in self.runs if not run.is_over]

    def go(self) -> bool:
        """Carry out the next step of whoever comes next; False where nobody does anything any more."""
        living = self.living()
        if not living:
            return False
        run = min(living, key=lambda each: each.at)
        self.pass_time(run.at)
        disturbance = run.plan.pop(run.done, None)
        run.done += 1
        if disturbance is not None and self._disturb(run, *disturbance):
            return True
        if not run.is_begun:
            run.is_begun = True
            self._carry_out(run)
        else:
            run.is_begun = False
            self._resume(run, lambda: run.exchange.send(run.reply))
        return True

    def _disturb(self, run: Run, what: str, seconds: float) -> bool:
        """Whether it does nothing else now."""
        match what:
            case "crash":
                self.crash(run)
            case "interrupt" | "interrupt at once":
                self.interrupt(run, at_once=what == "interrupt at once")
            case "suspend":
                self.counts["suspensions"] += 1
                run.at, run.is_disturbed = self.clock() + seconds, True
            case _:
                self.counts["full journals"] += 1
                run.note_fault = what
                return False
        return True

    def pass_time(self, until: float) -> None:
        """Late requests are carried out at their time."""
        due = sorted((at, number) for number, (at, _) in enumerate(self.sent_later) if at <= until)
        for at, number in due:
            self.clock.now = max(self.clock.now, at)
            self.sandbox.answer(self.sent_later[number][1])
        taken = {number for _, number in due}
        self.sent_later = [late for number, late in enumerate(self.sent_later) if number not in taken]
        self.clock.now = max(self.clock.now, until)

    def crash(self, run: Run) -> None:
        """As kill -9 does: not another line of it is carried out."""
        self.counts["crashes"] += 1
        run.is_over = run.is_disturbed = True
        run.error = SystemExit("killed")
        run.exchange.close()

    def interrupt(self, run: Run, *, at_once: bool) -> None:
        """As Ctrl-C and the driver do: what was sent or noted may be done, and nobody learns of it."""
        self.counts["interruptions"] += 1
        run.is_disturbed = True
        nothing_sent = at_once and not run.is_begun
        if not run.is_begun and not at_once:
            self._carry_out(run)
        interruption: BaseException = KeyboardInterrupt()
        if isinstance(run.step, Send):
            interruption = Interruption(interruption, nothing_sent)
        run.is_begun, run.at = False, self.clock()
        self._resume(run, lambda: run.exchange.throw(interruption))

    def _resume(self, run: Run, resume: Callable[[], Step]) -> None:
        try:
            run.step = resume()
            run.at = self.clock()
        except StopIteration as end:
            run.is_over, run.result = True, end.value
        except Interruption as interruption:
            run.is_over, run.error = True, interruption.cause
        except (errors.VmspecError, KeyboardInterrupt) as error:
            run.is_over, run.error = True, error
        run.at = max(run.at, self.clock())

    def _carry_out(self, run: Run) -> None:
        run.reply, took_s = None, 0.0
        match run.step:
            case Wait(seconds):
                took_s = seconds
            case Report():
                pass
            case Begin() | Advance() | Find():
                run.reply = self._note(run, run.step)
                took_s = self.chance.choice((0.0, 0.0, 0.01))
            case Send(call, within_s):
                latency_s = self.chance.choice(LATENCIES)
                if call.method == "POST":
                    run.reply, took_s = self._post(run, call, latency_s)
                else:
                    run.reply, took_s = self._read(run, call, latency_s)
                if took_s >= within_s:
                    run.reply, took_s = Fault("time_out"), within_s
        run.at = self.clock() + took_s

    def _note(self, run: Run, step: JournalStep) -> Noted:
        fault, run.note_fault = run.note_fault, None
        if fault == "full before":
            return errors.JournalError("the disk is full")
        match step:
            case Begin(entry, hold_s):
                noted: Entry | None = self.journal.begin(entry, hold_s)
                if noted is not None and noted.id == entry.id:
                    self.owners[entry.id] = run
            case Advance(entry, hold_s):
                noted = self.journal.advance(entry, hold_s)
                if noted is not None:
                    self.owners[entry.id] = run
            case Find(submission_id):
                noted = self.journal.find(submission_id)
        if fault == "full after":
            return errors.JournalError("the disk is full")
        return noted and self._held(noted)

    def _held(self, entry: Entry) -> Entry:
        owner = self.owners.get(entry.id)
        is_held = entry.held_by is not None and owner is not None and not owner.is_over
        return evolve(entry, held_by=f"process {owner.number}" if is_held and owner else None)

    def _post(self, run: Run, call: Call[object], latency_s: float) -> tuple[Reply, float]:
        fault = run.post_faults.pop(0) if run.post_faults else None
        request = request_of(call)
        match fault:
            case "not sent":
                return Fault("no_connection", nothing_sent=True), latency_s
            case "lost before":
                return Fault("connection_lost"), latency_s
            case "late" | "very late" | "hangs, late":
                run.sent.add(submission_of(request))
                later_s = {"late": 20.0, "very late": 400.0}.get(fault, 60.0)
                self.sent_later.append((self.clock() + later_s, request))
                return Fault("cut_answer"), (1e9 if fault == "hangs, late" else latency_s)
            case "503 before":
                return katapults(503, "service_unavailable"), latency_s
            case "429":
                return katapults(429, "rate_limit_reached"), latency_s
            case "429 and 20 s":
                return evolve(katapults(429, "rate_limit_reached"), headers={"retry-after": "20"}), latency_s
            case "refused":
                return katapults(422, "validation_error"), latency_s
            case "redirect":
                return Answer(307, {"location": "https://elsewhere.test/"}), latency_s
            case _:
                pass
        reply = self._answer(request)
        if reply.status == 201:
            run.sent.add(submission_of(request))
        match fault:
            case "lost after":
                return Fault("connection_lost"), latency_s
            case "503 after":
                return katapults(503, "service_unavailable"), latency_s
            case "502 after":
                return Answer(502, {}, b"<html>"), latency_s
            case "foreign 429 after":
                return Answer(429, {}, b"slow down"), latency_s
            case "foreign 201":
                return Answer(201, {}, b"<html>Welcome</html>"), latency_s
            case "202" if reply.status == 201:
                return evolve(reply, status=202), latency_s
        return reply, latency_s

    def _read(self, run: Run, call: Call[object], latency_s: float) -> tuple[Reply, float]:
        fault = run.read_faults.pop(0) if run.read_faults else None
        request = request_of(call)
        is_list = call.path.endswith("/organization/virtual_machines")
        if fault == "unfiltered" and is_list:
            return self._answer(evolve(request, query=request.query[:1])), latency_s
        reply = self._answer(request)
        if fault == "odd state" and b'"state":"' in reply.body:
            return evolve(reply, body=reply.body.replace(b'"state":"', b'"state":"oddly ')), latency_s
        if fault in (None, "unfiltered", "odd state") and reply.status != 429:
            return reply, latency_s
        run.lost_reads.append(self.clock())
        match fault:
            case "not sent":
                return Fault("no_connection", nothing_sent=True), latency_s
            case "lost":
                return Fault("connection_lost"), latency_s
            case "hangs":
                return Fault("time_out"), 1e9
            case "503":
                return katapults(503, "service_unavailable"), latency_s
            case "429":
                return katapults(429, "rate_limit_reached"), latency_s
            case "foreign 403":
                return Answer(403, {}, b"<html>"), latency_s
            case "404":
                return katapults(404, "virtual_machine_not_found"), latency_s
        return reply, latency_s

    def _answer(self, request: Request) -> Answer:
        answer = self.sandbox.answer(request)
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers}, answer.body)

    def builds_of(self, submission_id: str) -> list[Build]:
        return [build for build in self.sandbox.builds if of(build, ID) == submission_id]

    def visible_at(self, build: Build) -> float:
        """On the clock, which began with the sandbox."""
        return 1_000_000.0 + build.accepted_at + build.timeline.machine_seen_s


def request_of(call: Call[object]) -> Request:
    return Request(
        method=call.method,
        path=f"/core/v1{call.path}",
        query=call.params,
        headers=(("Authorization", "Bearer t"), ("Content-Type", "application/json")),
        body=b"" if call.body is None else json.dumps(call.body).encode(),
    )


def submission_of(request: Request) -> str:
    annotations = {pair["key"]: pair["value"] for pair in json.loads(request.body)["annotations"]}
    return str(annotations[ID])


def katapults(status: int, code: str) -> Answer:
    body = {"error": {"code": code, "description": "", "detail": {}}}
    return Answer(status, {"content-type": "application/json"}, json.dumps(body).encode())


def of(build: Build, name: str) -> str | None:
    return next((item.value for item in build.annotations if item.key == name), None)


@define
class Verdicts:
    """What went wrong in a schedule, by kind; all empty where the promise holds."""

    doubled: list[str] = field(factory=list)
    lost: list[str] = field(factory=list)
    false_success: list[str] = field(factory=list)
    false_failure: list[str] = field(factory=list)
    unknown_though_visible: list[str] = field(factory=list)
    late: list[str] = field(factory=list)
    journal: list[str] = field(factory=list)


def judge(world: World, reconciled: Sequence[Run]) -> Verdicts:
    """Compare what everybody was told, and what is on record, with what the sandbox did."""
    found = Verdicts()
    entries = {entry.id: entry for entry in world.journal.entries()}
    submissions = Counter(of(build, ID) for build in world.sandbox.builds)
    keys = Counter(of(build, "vmspec.key") for build in world.sandbox.builds)
    found.doubled += [f"{id}: {count}" for id, count in submissions.items() if count > 1]
    found.doubled += [f"key {key}: {count}" for key, count in keys.items() if key and count > 1]
    for build in world.sandbox.builds:
        entry = entries.get(of(build, ID) or "")
        if entry is None or entry.state in ("intent", "refused", "not_sent", "abandoned"):
            found.lost.append(f"{build.id}: {entry}")
        elif not build.fails and (
            entry.state != "created"
            or (entry.build_id != build.id and entry.virtual_machine_id != build.machine_id)
        ):
            found.lost.append(f"{build.id} was not adopted: {entry}")
    for entry in entries.values():
        builds = world.builds_of(entry.id)
        true_ids = [(build.id, build.machine_id) for build in builds]
        if entry.state == "created" and not any(
            entry.build_id in (None, build_id) and entry.virtual_machine_id in (None, machine_id)
            for build_id, machine_id in true_ids
        ):
            found.false_success.append(f"on record: {entry}")
        if entry.state == "failed" and not any(build.fails for build in builds):
            found.false_failure.append(f"on record: {entry}")
    for run in [*world.runs, *reconciled]:
        judge_run(world, run, found)
    return found


def judge_run(world: World, run: Run, found: Verdicts) -> None:
    result, error = run.result, run.error
    if isinstance(run.submission, Submission):
        result_of(world, run.submission, found)
    if isinstance(result, Submission):
        result_of(world, result, found)
    if isinstance(result, VirtualMachine) and not any(
        build.machine_id == result.id and not build.fails for build in world.sandbox.builds
    ):
        found.false_success.append(f"run {run.number}: {result}")
    if isinstance(error, errors.BuildFailedError) and not any(
        build.fails for build in world.builds_of(error.submission_id or "")
    ):
        found.false_failure.append(f"run {run.number}: {error!r}")
    denies = isinstance(error, errors.NotSentError | errors.RefusedError | errors.RateLimitedError)
    if denies and run.submission is None and not isinstance(error, errors.KeyInUseError):
        assert isinstance(error, errors.ApiError)
        if error.submission_id in run.sent:
            found.false_failure.append(f"run {run.number}: {error!r}")
    if isinstance(error, KeyboardInterrupt) and run.submission is None:
        mine = [id for id, owner in world.owners.items() if owner is run and world.builds_of(id)]
        told = getattr(error.__cause__, "submission_id", None)
        if isinstance(error.__cause__, errors.OutcomeUnknownError):
            mine = [id for id in mine if id != told]
        states = [entry.state for id in mine if (entry := world.journal.find(id))]
        if any(state in ("intent", "refused", "not_sent", "abandoned") for state in states):
            found.lost.append(f"run {run.number} was interrupted and names nothing: {mine}")
    if isinstance(error, errors.SeveralMachinesError):
        found.false_failure.append(f"run {run.number}: {error!r}")
    elif (
        isinstance(error, errors.OutcomeUnknownError)
        and error.cause != "held"
        and not run.is_disturbed
        and run.patience_s
    ):
        ended = run.at
        last_look_lost = any(ended - at <= 1.0 for at in run.lost_reads)
        for build in world.builds_of(error.submission_id or ""):
            # What is seen in the very last moment may be seen by the list and not yet by the GET.
            if not build.fails and world.visible_at(build) < ended - 1.0 and not last_look_lost:
                found.unknown_though_visible.append(f"run {run.number}: {error!r}, {build.id}")
    if not run.is_disturbed and run.patience_s and run.at - run.started > run.patience_s:
        found.late.append(f"run {run.number} took {run.at - run.started} of {run.patience_s} s: {error!r}")


def result_of(world: World, submission: Submission, found: Verdicts) -> None:
    builds = world.builds_of(submission.id)
    build_id = submission.build.id if submission.build else None
    machine_id = submission.virtual_machine.id if submission.virtual_machine else None
    if not any(build_id in (None, b.id) and machine_id in (None, b.machine_id) for b in builds):
        found.false_success.append(repr(submission))


FAULTS_OF_A_RUN = st.tuples(
    st.lists(st.sampled_from(POST_FAULTS), max_size=2),
    st.lists(st.sampled_from((None, None, None, *READ_FAULTS)), max_size=6),
)
PLANS = st.dictionaries(st.integers(0, 7) | st.integers(0, 40), st.sampled_from(DISTURBANCES), max_size=2)


class Schedules(RuleBasedStateMachine):
    """Each rule is something that may happen; the end is one reconcile, and one rerun of each key."""

    tally: ClassVar[Counter[str]] = Counter()

    @initialize(
        seed=st.integers(0, 2**32),
        seen_s=st.sampled_from([0.0, 8.0, 28.0, 100.0, 170.0]),
        rate_limit=st.sampled_from([1000, 1000, 60]),
    )
    def begin(self, seed: int, seen_s: float, rate_limit: int) -> None:
        timeline = Timeline(
            building_s=seen_s,
            machine_seen_s=seen_s,
            complete_s=seen_s + 9,
            starting_s=seen_s + 11,
            started_s=seen_s + 15,
        )
        self.world = World(seed, timeline, rate_limit)

    @rule(
        key=st.sampled_from([None, "a", "a", "a", "b"]),
        spec=st.sampled_from([0, 0, 0, 0, 1]),
        timeout_s=st.sampled_from([30.0, 30.0, 2.0]),
        settle_s=st.sampled_from([180.0, 180.0, 10.0, 0.0]),
        wait_s=st.sampled_from([None, None, 60.0, 300.0]),
        faults=FAULTS_OF_A_RUN,
        plan=PLANS,
        times=st.sampled_from([1, 1, 2]),
    )
    def submit(
        self,
        key: str | None,
        spec: int,
        timeout_s: float,
        settle_s: float,
        wait_s: float | None,
        faults: tuple[list[str], list[str | None]],
        plan: dict[int, Disturbance],
        times: int,
    ) -> None:
        if len(self.world.living()) < 4 and len(self.world.runs) < 12:
            wish = Wish(
                api_url=API,
                organization=self.world.sandbox.organization,
                xml=SPECS[spec],
                key=key,
                timeout_s=timeout_s,
                settle_s=settle_s,
            )
            run = self.world.submitting(wish, wait_s)
            run.post_faults, run.read_faults, run.plan = [*faults[0]], [*faults[1]], {**plan}
            for _ in range(times - 1):
                self.world.submitting(wish, wait_s)

    @rule(number=st.integers(0, 3), settle_s=st.sampled_from([0.0, 30.0]), plan=PLANS)
    def reconcile(self, number: int, settle_s: float, plan: dict[int, Disturbance]) -> None:
        for entry in self.world.journal.entries()[number : number + 1]:
            if len(self.world.living()) < 4:
                run = self.world.start(self._reconciling(entry.id, settle_s))
                run.plan = {**plan}

    @rule(steps=st.integers(1, 8))
    def go(self, steps: int) -> None:
        for _ in range(steps):
            self.world.go()

    @rule()
    def go_to_the_end(self) -> None:
        self._finish(self.world)

    @rule()
    def fail_a_build(self) -> None:
        self.world.sandbox.fail_next_build()

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        world = self.world
        self._finish(world)
        world.pass_time(world.clock() + 2000)
        drawn = list(world.runs)
        for entry in world.journal.entries():
            world.start(self._reconciling(entry.id, 0.0))
            self._finish(world)
        self._check(world, "reconcile")
        for key, xml in itertools.product(("a", "b"), SPECS):
            wish = Wish(api_url=API, organization=world.sandbox.organization, xml=xml, key=key)
            world.submitting(wish, None)
            self._finish(world)
            world.pass_time(world.clock() + 2000)
        self._check(world, "a rerun of each key")
        self.tally.update(world.counts)
        self.tally["schedules"] += 1
        self.tally["submissions"] += len(world.journal.entries())
        self.tally["machines and failed builds"] += len(world.sandbox.builds)
        for run in drawn:
            self.tally[f"ended: {type(run.error or run.result).__name__}"] += 1

    def _reconciling(self, submission_id: str, settle_s: float) -> Exchange[object]:
        conversation, organization = self.world.conversation(), self.world.sandbox.organization
        return standing.reconcile(conversation, API, organization, submission_id, settle_s)

    def _finish(self, world: World) -> None:
        steps = 0
        while world.go():
            steps += 1
            assert steps < 20_000, "it hangs"

    def _check(self, world: World, after: str) -> None:
        found = judge(world, [])
        assert found == Verdicts(), f"after {after}: {found}"

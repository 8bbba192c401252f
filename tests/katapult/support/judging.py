"""Promises that hold for every drawn schedule: everybody was told the truth, and the journal knows it."""

from __future__ import annotations

from collections import Counter

from attrs import define, field

from vmspec import errors
from vmspec.katapult import Result
from vmspec.katapult.journal import Entry
from vmspec.katapult.records import Submission, VirtualMachine
from vmspec.katapult.submission.operation import PAUSES_S, READ_TIMEOUT_S
from vmspec.katapult.submission.reconcile import LAST_LOOK_S
from vmspec.katapult.submission.request import CREATE_TIMEOUT_S, SUBMISSION
from vmspec.katapult.transport.rate_limiter import MINUTE_S
from vmspec.sandbox import Build

from .faulty import EPOCH, of
from .process import Process, Run
from .world import World

MADE = ("sending", "unknown", "created", "failed")
"""States in which a machine may have been made."""
MANY_READS = 4
"""Number of machines that may be too many for the last look, where a list shows machines of others."""
RATE = 20
"""A rate below this is absurd."""


@define
class Verdicts:
    """Failures of a schedule, by kind; all empty where the promise holds."""

    sent_again: list[str] = field(factory=list)
    doubled: list[str] = field(factory=list)
    lost: list[str] = field(factory=list)
    false_success: list[str] = field(factory=list)
    false_failure: list[str] = field(factory=list)
    unknown_though_visible: list[str] = field(factory=list)
    late: list[str] = field(factory=list)
    untrue: list[str] = field(factory=list)
    """Results of a batch."""
    too_many: list[str] = field(factory=list)
    """Requests that the API had to refuse, though nobody else used its rate."""


def judge(world: World, *, is_settled: bool = True) -> Verdicts:
    """Compare what everybody was told, and what is on record, with what the sandbox did.

    ``is_settled``: all that was unknown has been looked for since.
    """
    found = Verdicts(sent_again=[*world.api.again])
    entries = {entry.id: entry for entry in world.journal.entries()}
    builds = [build for build in world.api.sandbox.builds if of(build, SUBMISSION) is not None]
    submissions = Counter(of(build, SUBMISSION) for build in builds)
    keys = Counter(of(build, "vmspec.key") for build in builds)
    found.doubled += [f"{id}: {count}" for id, count in submissions.items() if count > 1]
    found.doubled += [f"key {key}: {count}" for key, count in keys.items() if key and count > 1]
    for build in builds:
        judge_build(build, entries.get(of(build, SUBMISSION) or ""), found, is_settled)
    for entry in entries.values():
        judge_entry(world, entry, found)
    for run in world.runs:
        judge_run(world, run, found)
        if isinstance(run.result, Result):
            judge_result(world, run, run.result, found)
    for process in world.processes:
        judge_batch(process, found)
    if len({id(process.session) for process in world.processes}) == 1 and world.api.rate_limit >= RATE:
        for run in world.runs:
            judge_rate(world, run, found)
    return found


def judge_build(build: Build, entry: Entry | None, found: Verdicts, is_settled: bool) -> None:
    if entry is None or entry.state in ("intent", "refused", "not_sent", "abandoned"):
        found.lost.append(f"{build.id}: {entry}")
    elif (
        is_settled
        and not build.fails
        and (
            entry.state != "created"
            or (entry.build_id != build.id and entry.virtual_machine_id != build.machine_id)
        )
    ):
        found.lost.append(f"{build.id} was not adopted: {entry}")


def judge_entry(world: World, entry: Entry, found: Verdicts) -> None:
    builds = world.api.builds_of(entry.id)
    if entry.state == "created" and not any(
        entry.build_id in (None, build.id) and entry.virtual_machine_id in (None, build.machine_id)
        for build in builds
    ):
        found.false_success.append(f"on record: {entry}")
    if entry.state == "failed" and not any(build.fails for build in builds):
        found.false_failure.append(f"on record: {entry}")


def judge_run(world: World, run: Run, found: Verdicts) -> None:
    result, error = run.result, run.error
    for submission in (run.submission, run.announced, result):
        if isinstance(submission, Submission):
            judge_submission(world, submission, found)
    if isinstance(result, VirtualMachine) and not any(
        build.machine_id == result.id and not build.fails
        for build in world.api.builds_of(run.submission.id if run.submission else "")
    ):
        found.false_success.append(f"run {run.number}: {result}")
    if isinstance(error, errors.MachineGoneError):
        found.false_failure.append(f"run {run.number}: {error!r}")
    if isinstance(error, errors.BuildFailedError) and not any(
        build.fails for build in world.api.builds_of(error.submission_id or "")
    ):
        found.false_failure.append(f"run {run.number}: {error!r}")
    if is_denial(error) and run.submission is None:
        assert isinstance(error, errors.ApiError)
        if error.submission_id in run.sent:
            found.false_failure.append(f"run {run.number}: {error!r}")
        if made := made_though_denied(run):
            found.false_failure.append(f"run {run.number} has met {made}: {error!r}")
    if isinstance(error, KeyboardInterrupt) and run.submission is None:
        known = error.__cause__
        told = known.submission_id if isinstance(known, errors.ApiError | errors.BuildError) else None
        if made := [id for id in made_of(run) if id != told and world.api.builds_of(id)]:
            found.lost.append(f"run {run.number} was interrupted and names nothing: {made}")
    judge_doubt(world, run, found)
    if run.is_over and not run.process.is_disturbed and run.patience_s:
        began = run.at if run.began is None else run.began
        # Of a batch the time of a create begins anew when the API takes requests again.
        again_s = run.busy * (60 + max(PAUSES_S) + CREATE_TIMEOUT_S) if run.process.batch else 0.0
        if run.at - began > run.patience_s + again_s:
            found.late.append(f"run {run.number} took {run.at - began} of {run.patience_s} s: {error!r}")


def judge_doubt(world: World, run: Run, found: Verdicts) -> None:
    error = run.error
    if isinstance(error, errors.SeveralMachinesError):
        found.false_failure.append(f"run {run.number}: {error!r}")
    elif (
        isinstance(error, errors.OutcomeUnknownError)
        and error.cause != "held"
        and not run.process.is_disturbed
        and run.patience_s
    ):
        looked_s = run.at - run.posted
        if run.posts and not run.lost_reads and looked_s < run.settle_s - 0.001:
            found.unknown_though_visible.append(f"run {run.number} looked for {looked_s} s only: {error!r}")
        last_reads = sum(run.at - at <= LAST_LOOK_S for at in run.reads)
        # A lost read makes a look long: its list is then from before, when a machine may not have been seen.
        last_look_lost = any(run.at - at <= READ_TIMEOUT_S for at in run.lost_reads)
        last_look_lost = last_look_lost or last_reads >= MANY_READS
        for build in world.api.builds_of(error.submission_id or ""):
            # What is seen in the very last moment may be seen by the list and not yet by the GET.
            if not build.fails and world.api.visible_at(build) < run.at - 1.0 and not last_look_lost:
                found.unknown_though_visible.append(f"run {run.number}: {error!r}, {build.id}")


def judge_rate(world: World, run: Run, found: Verdicts) -> None:
    """The last look for a machine cannot wait for its turn, and may take that of another in its minute:
    what is refused so is sent again, but a machine that is not seen stays unknown. So may a request that is
    counted long after its sender gave it up."""
    uncounted = [*world.forced_looks, *world.api.delayed]
    paced = [at for at in run.too_many if not any(0 <= at - other < MINUTE_S for other in uncounted)]
    found.too_many += [f"run {run.number} at {at - EPOCH}" for at in paced]


def judge_submission(world: World, submission: Submission, found: Verdicts) -> None:
    builds = world.api.builds_of(submission.id)
    build_id = submission.build.id if submission.build else None
    machine_id = submission.virtual_machine.id if submission.virtual_machine else None
    if not any(build_id in (None, b.id) and machine_id in (None, b.machine_id) for b in builds):
        found.false_success.append(repr(submission))


def judge_result(world: World, run: Run, result: Result, found: Verdicts) -> None:
    """Check what a batch tells of one of its specs."""
    plan, error, submission = run.process.plan, result.error, result.submission
    assert plan is not None
    untrue = found.untrue

    def check(is_so: bool, what: str) -> None:
        if not is_so:
            untrue.append(f"{what}: {result}")

    check(result.name == run.name, f"{run.name} has another name")
    check(run.process.is_stopped or not result.interrupted, "nobody interrupted it")
    check((run.announced is None) or run.announced is submission, "another one was announced")
    check((error is None) <= (submission is not None), "neither an error nor a submission")
    if submission is not None:
        builds = world.api.builds_of(submission.id)
        hostnames = {build.hostname for build in builds}
        check(hostnames == {hostname_of(run)}, f"it has the hostnames {hostnames}")
        check({of(build, "vmspec.key") for build in builds} == {run.key}, "it has another key")
        machine = result.virtual_machine
        if machine is not None:
            check({build.machine_id for build in builds} == {machine.id}, "the machine is another's")
        if error is None and plan.poll_s is not None:
            check(machine is not None and machine.state == "started", "it is not started")
            states = {build.machine_state(run.at - EPOCH - build.accepted_at) for build in builds}
            check(states == {"started"}, f"in truth it is {states}")
    if isinstance(error, errors.ApiError | errors.BuildError) and submission is not None:
        check(error.submission_id == submission.id, "the error is another's")
    if result.interrupted and submission is None and not is_denial(error):
        told = error.submission_id if isinstance(error, errors.ApiError | errors.BuildError) else None
        check(told in run.met, "it names what it has not met")


def judge_batch(process: Process, found: Verdicts) -> None:
    if process.plan is None:
        return
    names, begun = [*process.plan.specs], [run.name for run in process.runs]
    if len({*begun}) < len(begun):
        found.untrue.append(f"begun twice: {begun}")
    if process.results is not None and [result.name for result in process.results] != names:
        found.untrue.append(f"other names than {names}: {process.results}")
    if process.results is None and not process.is_disturbed and process.is_over:
        found.untrue.append(f"process {process.number} came to no end")
    if unended := [run.name for run in process.runs if process.is_over and not run.is_over]:
        found.untrue.append(f"nothing is told of {unended}")
    not_begun = {*process.told} - {*begun}
    if wrong := [name for name in not_begun if not is_denial(process.told[name].error)]:
        found.untrue.append(f"told though they were not begun: {wrong}")
    found.untrue += process.most_exceeded


def hostname_of(run: Run) -> str | None:
    assert run.process.plan is not None
    return run.process.plan.specs[run.name].hostname


def is_denial(error: BaseException | None) -> bool:
    """Return whether it says that nothing was made, and may know it."""
    is_said = isinstance(error, errors.NotSentError | errors.RefusedError | errors.RateLimitedError)
    return is_said and not isinstance(error, errors.KeyInUseError)


def made_of(run: Run) -> list[str]:
    return [id for id, state in run.standing.items() if state in MADE]


def made_though_denied(run: Run) -> list[str]:
    """Return the machines that a run knew of; none if the journal, which it could not write, says less."""
    return [] if isinstance(run.error, errors.JournalError) else made_of(run)

"""Wherever a batch is interrupted or killed, what it tells is true, and a rerun of its key makes no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from vmspec import dumps, errors
from vmspec.katapult import Result
from vmspec.katapult.submission.operation import Send, Wait
from vmspec.katapult.submission.request import SubmitRequest

from ..support.faulty import FaultyApi
from ..support.judging import Verdicts, judge
from ..support.process import Plan, Process, Run, Task
from ..support.schedules import SPECS, spec, specs_of, timeline
from ..support.world import World

STEPS = 60
"""More steps than a batch of two takes until both are created and waited for."""


def begin(world: World, count: int = 2, poll_s: float | None = 5.0) -> Process:
    plan = Plan(specs=specs_of(count, "rock-3"), key="release", settle_s=30.0, poll_s=poll_s)
    return world.submitting_many(plan)


def finish(world: World) -> None:
    while world.go():
        pass
    world.api.pass_time(world.now + 2000)


def interrupted_at_each_step(world_made: bool, what: str) -> Iterator[World]:
    for steps in range(STEPS):
        world = World(FaultyApi(steps, timeline(8.0), 1000))
        if world_made:
            begin(world)
            finish(world)
        process = begin(world)
        process.disturbances = {steps: (what, 0.0)}
        yield world


@pytest.mark.parametrize("what", ["crash", "interrupt", "interrupt at once"])
@pytest.mark.parametrize("made", [False, True], ids=["the first run", "a rerun"])
def test_at_every_step(made: bool, what: str) -> None:
    for world in interrupted_at_each_step(made, what):
        finish(world)
        assert judge(world, is_settled=False) == Verdicts()
        rerun = begin(world)
        finish(world)
        assert rerun.results is not None
        doubts = [result.error for result in rerun.results if result.error is not None]
        assert {type(doubt) for doubt in doubts} <= {errors.OutcomeUnknownError}
        assert len(world.api.sandbox.builds) + len(doubts) == 2
        assert judge(world) == Verdicts()


@pytest.mark.parametrize("kind", ["one", "a batch"])
def test_twice_in_a_row_it_still_names_what_is_unknown(kind: str) -> None:
    for steps in range(20):
        world = World(FaultyApi(steps, timeline(8.0), 1000))
        if kind == "one":
            process = world.submitting(SubmitRequest(xml=SPECS[0]), None).process
        else:
            process = begin(world, 1)
        process.disturbances = {steps: ("interrupt", 0.0), steps + 1: ("interrupt", 0.0)}
        finish(world)
        assert judge(world, is_settled=False) == Verdicts()


def go_to(world: World, process: Process, kind: type[Send | Wait]) -> Task:
    """Go on until a task of a process is about to send or to wait; return it."""
    while True:
        for task in process.tasks:
            if not task.is_over and isinstance(task.step, kind):
                return task
        assert world.go()


def result_of(run: Run) -> Result:
    assert isinstance(run.result, Result)
    return run.result


def test_an_interruption_of_a_rerun_names_what_was_made_before() -> None:
    world = World(FaultyApi(7, timeline(8.0), 1000))
    begin(world, 1)
    finish(world)
    process = begin(world, 1)
    (run,) = process.runs
    world.disturb(go_to(world, process, Send), "interrupt", 0.0)
    finish(world)
    result = result_of(run)
    (entry,) = world.journal.entries()
    assert (str(result.error), result.interrupted) == ("interrupted; the build goes on", True)
    assert isinstance(result.error, errors.BuildError)
    assert (result.error.submission_id, result.error.build_id) == (entry.id, entry.build_id)


def test_an_interruption_tells_that_another_process_is_sending_the_key() -> None:
    world = World(FaultyApi(7, timeline(8.0), 1000))
    wish = SubmitRequest(xml=dumps(spec(1), "xml"), key="release/1.xml")
    other = world.submitting(wish, None).process
    other.post_faults = ["hangs, late"]

    def is_sent(task: Task) -> bool:
        return task.is_begun and isinstance(task.step, Send) and task.step.call.method == "POST"

    while not is_sent(other.tasks[0]):
        world.go()
    process = begin(world, 1)
    world.disturb(go_to(world, process, Wait), "interrupt", 0.0)
    finish(world)
    error = result_of(process.runs[0]).error
    assert isinstance(error, errors.OutcomeUnknownError)
    (entry,) = world.journal.entries()
    assert (error.cause, error.submission_id) == ("held", entry.id)

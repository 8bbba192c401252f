"""Wherever a batch is interrupted or killed, what it tells is true, and a rerun of its key makes no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from vmspec import errors
from vmspec.katapult import Result
from vmspec.katapult.submission.batch import Batch, BatchOptions
from vmspec.katapult.submission.operation import Send, Session, Wait
from vmspec.katapult.submission.request import SubmitRequest

from .faulty import FaultyApi
from .judging import Verdicts, judge
from .process import Process, Run
from .schedules import API, SPECS, specs_of, timeline
from .world import World

STEPS = 60
"""As many as a batch of two takes until both are created and waited for, and more."""


def begin(world: World, count: int = 2, poll_s: float | None = 5.0) -> Process:
    terms = BatchOptions(
        api_url=API,
        organization=world.api.sandbox.organization,
        key="release",
        annotations={},
        timeout_s=300.0,
        settle_s=30.0,
        poll_s=poll_s,
    )

    def make(conversation: Session) -> Batch:
        return Batch(conversation, terms, specs_of(count, "rock-3"))

    return world.submitting_many(make)


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
        process.plan = {steps: (what, 0.0)}
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
            wish = SubmitRequest(api_url=API, organization=world.api.sandbox.organization, xml=SPECS[0])
            process = world.submitting(wish, None).process
        else:
            process = begin(world, 1)
        process.plan = {steps: ("interrupt", 0.0), steps + 1: ("interrupt", 0.0)}
        finish(world)
        assert judge(world, is_settled=False) == Verdicts()


def result_of(run: Run) -> Result:
    assert isinstance(run.result, Result)
    return run.result


def test_of_a_key_whose_machine_was_made_before_that_is_told() -> None:
    world = World(FaultyApi(7, timeline(8.0), 1000))
    begin(world, 1)
    finish(world)
    (run,) = begin(world, 1).runs
    while not isinstance(run.step, Send):
        world.go()
    world.disturb(run, "interrupt", 0.0)
    result = result_of(run)
    (entry,) = world.journal.entries()
    assert (str(result.error), result.interrupted) == ("interrupted; its machine was made before", True)
    assert isinstance(result.error, errors.BuildError)
    assert (result.error.submission_id, result.error.build_id) == (entry.id, entry.build_id)


def test_of_a_key_that_another_process_is_sending_that_is_told() -> None:
    world = World(FaultyApi(7, timeline(8.0), 1000))
    wish = SubmitRequest(
        api_url=API, organization=world.api.sandbox.organization, xml=SPECS[0], key="release/1.xml"
    )
    other = world.submitting(wish, None)
    other.process.post_faults = ["hangs, late"]
    while not (other.is_begun and isinstance(other.step, Send)):
        world.go()
    (run,) = begin(world, 1).runs
    while not isinstance(run.step, Wait):
        world.go()
    world.disturb(run, "interrupt", 0.0)
    error = result_of(run).error
    assert isinstance(error, errors.OutcomeUnknownError)
    (entry,) = world.journal.entries()
    assert (error.cause, error.submission_id) == ("held", entry.id)

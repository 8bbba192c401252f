"""Whoever has the rate of the API alone is never told that it takes no more requests."""

from __future__ import annotations

import pytest
from attrs import evolve, frozen
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vmspec import dumps
from vmspec.katapult import Submission, endpoints
from vmspec.katapult.submission.operation import READ_TIMEOUT_S, Session
from vmspec.katapult.submission.reconcile import reconcile
from vmspec.katapult.submission.request import SubmitRequest
from vmspec.sandbox import Endpoint

from ..support.faulty import EPOCH, POST_FAULTS, READ_FAULTS, FaultyApi, request_of
from ..support.judging import RATE, Verdicts, judge
from ..support.process import Plan, Process
from ..support.schedules import SPECS, spec, specs_of, timeline
from ..support.world import World

FAULTS = st.tuples(
    st.lists(st.sampled_from((None, None, None, *POST_FAULTS)), max_size=12),
    st.lists(st.sampled_from((None, None, None, *READ_FAULTS)), max_size=30),
)


@frozen
class Job:
    """The next step of the process."""

    count: int
    poll_s: float | None
    timeout_s: float
    settle_s: float
    concurrency: int
    pause_s: float
    """After it has begun, before the next one does."""


JOBS = st.builds(
    Job,
    count=st.integers(0, 3) | st.integers(0, 30),
    poll_s=st.sampled_from([None, 1.0, 5.0, 5.0]),
    timeout_s=st.sampled_from([60.0, 600.0, 600.0]),
    settle_s=st.sampled_from([0.0, 10.0, 180.0]),
    concurrency=st.sampled_from([1, 8, 8]),
    pause_s=st.floats(0.0, 130.0),
)


def begun(world: World, job: Job, session: Session) -> Process:
    if job.count == 0:
        return world.submitting(
            SubmitRequest(xml=SPECS[0], settle_s=job.settle_s), job.timeout_s, session
        ).process
    plan = Plan(
        specs=specs_of(job.count, "rock-3"),
        timeout_s=job.timeout_s,
        settle_s=job.settle_s,
        poll_s=job.poll_s,
        concurrency=job.concurrency,
    )
    return world.submitting_many(plan, session)


def let_in(world: World, strangers: int) -> None:
    """Machines of somebody else; some a minute."""
    for number in range(1, strangers + 1):
        call = endpoints.create(world.api.sandbox.organization, dumps(spec(number), "xml"), {"team": "shop"})
        assert world.api.sandbox.answer(request_of(call)).status == 201
        world.api.pass_time(world.now + 60.0 / RATE + 1.0)
    world.api.pass_time(world.now + 60.0)


@example(  # what is left when a minute begins unseen is not known to be a new minute's
    seed=1,
    seen_s=0.0,
    rate_limit=20,
    begins_s=0.0,
    jobs=[
        Job(count=2, poll_s=None, timeout_s=60.0, settle_s=0.0, concurrency=1, pause_s=90.0),
        Job(count=13, poll_s=1.0, timeout_s=60.0, settle_s=0.0, concurrency=1, pause_s=0.0),
    ],
    faults=([None, "foreign 429 after", "refused"], [None, "not sent"]),
    strangers=0,
)
@example(  # many last looks at once take the turn of a create, which is sent again
    seed=66897313,
    seen_s=0.0,
    rate_limit=20,
    begins_s=0.0,
    jobs=[
        Job(count=2, poll_s=1.0, timeout_s=60.0, settle_s=180.0, concurrency=8, pause_s=0.0),
        Job(count=18, poll_s=1.0, timeout_s=60.0, settle_s=180.0, concurrency=8, pause_s=61.0),
        Job(count=9, poll_s=None, timeout_s=60.0, settle_s=0.0, concurrency=1, pause_s=0.0),
        Job(count=1, poll_s=None, timeout_s=60.0, settle_s=0.0, concurrency=1, pause_s=0.0),
    ],
    faults=(["lost before", None, "foreign 201", "hangs, late"], ["not sent"]),
    strangers=30,
)
@settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    seed=st.integers(0, 2**32),
    seen_s=st.sampled_from([0.0, 8.0, 28.0, 100.0]),
    rate_limit=st.sampled_from([20, 60, 60, 200]),
    begins_s=st.floats(0.0, 60.0),
    jobs=st.lists(JOBS, min_size=1, max_size=4),
    faults=FAULTS,
    strangers=st.sampled_from([0, 0, 30]),
)
def test_nobody_is_refused_for_asking_too_often(
    seed: int,
    seen_s: float,
    rate_limit: int,
    begins_s: float,
    jobs: list[Job],
    faults: tuple[list[str | None], list[str | None]],
    strangers: int,
) -> None:
    """``strangers`` are machines of others, of the same hostnames, in lists that ignore their filter."""
    world = World(FaultyApi(seed, timeline(seen_s), rate_limit, ignores_filters=strangers > 0))
    let_in(world, strangers)
    world.api.pass_time(world.now + begins_s)
    session = world.session()
    for job in jobs:
        process = begun(world, job, session)
        process.post_faults, process.read_faults = faults
        world.go_until(world.now + job.pause_s)
    while world.go():
        assert world.now < EPOCH + 20_000, "somebody never gets a turn"
    world.api.pass_time(world.now + 2000)
    assert judge(world, is_settled=False) == Verdicts()
    most_s = 60.0 * (4 + 2 * len(world.runs) / rate_limit)
    assert [run.turn_s for run in world.runs if run.turn_s > most_s] == []


@pytest.mark.parametrize("strangers", [0, 30])
def test_a_rerun_finds_the_machines_by_the_annotation_of_the_batch_that_made_them(strangers: int) -> None:
    world = World(FaultyApi(7, timeline(8.0), RATE, ignores_filters=strangers > 0))
    let_in(world, strangers)
    plan = Plan(specs=specs_of(12, "rock-3"), key="release", timeout_s=600.0)
    for poll_s in (None, 1.0):
        process = world.submitting_many(evolve(plan, poll_s=poll_s))
        while world.go():
            pass
        assert process.results is not None
        assert [result.error for result in process.results] == [None] * 12
        world.api.pass_time(world.now + 600)
    assert len(world.api.sandbox.builds) == 12 + strangers
    assert judge(world) == Verdicts()


def test_the_only_look_is_not_left_out_for_the_rate_limit() -> None:
    """The machine would be reported as unknown, and it is there."""
    world = World(FaultyApi(7, timeline(8.0), 200))
    world.submitting(SubmitRequest(xml=SPECS[0], settle_s=0.0), None).process.post_faults = ["lost after"]
    while world.go():
        pass
    (entry,) = world.journal.entries()
    assert entry.state == "unknown"
    world.api.pass_time(world.now + 60)
    session = world.session()
    sent = session.limiter.sent()
    rate = {"x-ratelimit-permitted": "200", "x-ratelimit-remaining": "0"}
    session.limiter.received(rate, world.now, sent)
    run = world.start(reconcile(session, entry.id, 0.0))
    while world.go():
        pass
    assert isinstance(run.result, Submission)
    assert run.at - run.born <= READ_TIMEOUT_S


@pytest.mark.parametrize(("strangers", "seen_s"), [(0, 8.0), (30, 100.0)])
def test_many_are_found_in_one_list_until_that_shows_a_stranger(strangers: int, seen_s: float) -> None:
    world = World(FaultyApi(7, timeline(seen_s), RATE, ignores_filters=strangers > 0))
    let_in(world, strangers)
    process = world.submitting_many(Plan(specs=specs_of(12, "rock-3"), timeout_s=1200.0))
    while world.go():
        pass
    assert process.results is not None
    assert [result.error for result in process.results] == [None] * 12
    builds = world.api.sandbox.requests(Endpoint.BUILD)
    assert (builds < 12) == (strangers == 0)

"""Whoever has the rate of the API alone is never told that it takes no more requests."""

from __future__ import annotations

from attrs import frozen
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vmspec.katapult.exchange import Conversation
from vmspec.katapult.many import Batch, Terms
from vmspec.katapult.wish import Wish

from .faulty import EPOCH, POST_FAULTS, READ_FAULTS, FaultyApi
from .judging import Verdicts, judge
from .schedules import API, SPECS, specs_of, timeline
from .world import Process, World

FAULTS = st.tuples(
    st.lists(st.sampled_from((None, None, None, *POST_FAULTS)), max_size=12),
    st.lists(st.sampled_from((None, None, None, *READ_FAULTS)), max_size=30),
)


@frozen
class Job:
    """What the process does next."""

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


def begun(world: World, job: Job, conversation: Conversation) -> Process:
    organization = world.api.sandbox.organization
    if job.count == 0:
        wish = Wish(api_url=API, organization=organization, xml=SPECS[0], settle_s=job.settle_s)
        return world.submitting(wish, job.timeout_s, conversation).process
    terms = Terms(
        api_url=API,
        organization=organization,
        key=None,
        annotations={},
        timeout_s=job.timeout_s,
        settle_s=job.settle_s,
        poll_s=job.poll_s,
    )

    def make(conversation: Conversation) -> Batch:
        return Batch(conversation, terms, specs_of(job.count, "rock-3"), job.concurrency)

    return world.submitting_many(make, conversation)


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
)
@settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    seed=st.integers(0, 2**32),
    seen_s=st.sampled_from([0.0, 8.0, 28.0, 100.0]),
    rate_limit=st.sampled_from([20, 60, 60, 200]),
    begins_s=st.floats(0.0, 60.0),
    jobs=st.lists(JOBS, min_size=1, max_size=4),
    faults=FAULTS,
)
def test_nobody_is_refused_for_asking_too_often(
    seed: int,
    seen_s: float,
    rate_limit: int,
    begins_s: float,
    jobs: list[Job],
    faults: tuple[list[str | None], list[str | None]],
) -> None:
    world = World(FaultyApi(seed, timeline(seen_s), rate_limit))
    world.api.pass_time(EPOCH + begins_s)
    conversation = world.conversation()
    for job in jobs:
        process = begun(world, job, conversation)
        process.post_faults, process.read_faults = faults
        world.go_until(world.now + job.pause_s)
    while world.go():
        assert world.now < EPOCH + 20_000, "somebody never gets a turn"
    world.api.pass_time(world.now + 2000)
    assert judge(world, is_settled=False) == Verdicts()
    most_s = 60.0 * (4 + 2 * len(world.runs) / rate_limit)
    assert [run.turn_s for run in world.runs if run.turn_s > most_s] == []

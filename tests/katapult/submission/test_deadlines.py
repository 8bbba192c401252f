"""No run ends more than a second after its deadlines, whatever holds it up; on a clock that is not real."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import httpx
import pytest

from vmspec import errors
from vmspec.katapult import AsyncKatapult, Katapult, SQLiteJournal

from ..support.doubles import CREATED, TOKEN, XML, Api, Kind, answer, build, error
from ..support.journals import locked_from
from ..support.site import LOST, NEVER, Fault, Site, answers, well

LATEST_S = 1.0


def takes(seconds: float, then: Fault = well) -> Fault:
    """Comes to that, and takes so long for it."""

    def fault(site: Site, request: httpx.Request) -> httpx.Response:
        site.clock.now += seconds
        return then(site, request)

    return fault


REFUSED = answers(error(422, "validation_error"))
LIMITED = answers(error(429, "rate_limit_reached", Retry_After="60"))


@pytest.mark.parametrize("timeout_s", [0.25, 4.0, 30.0])
@pytest.mark.parametrize("step", ["begin", "sending"])
def test_a_journal_that_is_locked_before_anything_is_sent_keeps_it_from_being_sent(
    kind: Kind, step: str, timeout_s: float
) -> None:
    site = Site()
    journal = locked_from(step, site.journal, site.clock)
    start = site.clock()
    with pytest.raises(errors.JournalError):
        site.submit(kind, journal=journal, timeout_s=timeout_s)
    assert site.posts == 0
    assert site.clock() - start <= timeout_s


@pytest.mark.parametrize("at_the_deadline", [False, True])
def test_a_journal_that_is_locked_after_the_answer_does_not_hold_up_what_is_known(
    kind: Kind, at_the_deadline: bool
) -> None:
    site = Site(of_posts=[takes(29.9 if at_the_deadline else 1.0)])
    start = site.clock()
    submission = site.submit(kind, journal=locked_from("created", site.journal, site.clock))
    assert (submission.outcome, submission.journalled) == ("created", False)
    assert submission.build.id == site.builds[0].id
    assert site.clock() - start <= 30 + LATEST_S
    assert site.submit(kind).virtual_machine.id == site.builds[0].machine_id
    assert site.posts == 1


@pytest.mark.parametrize(
    ("fault", "step", "expected"),
    [
        (REFUSED, "refused", errors.RefusedError),
        (LIMITED, "not_sent", errors.RateLimitedError),
        (NEVER, "unknown", errors.OutcomeUnknownError),
    ],
)
@pytest.mark.parametrize("settle_s", [0.0, 0.7, 10.0])
def test_a_verdict_is_told_in_time_though_it_cannot_be_noted(
    kind: Kind, fault: Fault, step: str, expected: type[errors.ApiError], settle_s: float
) -> None:
    site = Site(of_posts=[takes(29.9, fault)])
    start = site.clock()
    with pytest.raises(expected):
        site.submit(kind, journal=locked_from(step, site.journal, site.clock), settle_s=settle_s)
    settling_s = settle_s if step == "unknown" else 0.0
    assert site.clock() - start <= 30 + settling_s + LATEST_S
    assert site.posts == 1


@pytest.mark.parametrize("step", ["unknown", "created"])
@pytest.mark.parametrize("settle_s", [8.0, 9.0, 180.0])
def test_an_adoption_is_told_in_time_though_it_cannot_be_noted(
    kind: Kind, step: str, settle_s: float
) -> None:
    site = Site(of_posts=[takes(29.9, LOST)])
    start = site.clock()
    submission = site.submit(kind, journal=locked_from(step, site.journal, site.clock), settle_s=settle_s)
    assert submission.virtual_machine.id == site.builds[0].machine_id
    assert not submission.journalled
    assert site.clock() - start <= 30 + settle_s + LATEST_S


@pytest.mark.parametrize("timeout_s", [21.0, 60.0])
def test_a_started_machine_is_told_in_time_though_it_cannot_be_noted(kind: Kind, timeout_s: float) -> None:
    site = Site()
    submission = site.submit(kind)
    start = site.clock()
    journal = locked_from("find", site.journal, site.clock)
    assert site.perform(kind, "wait", submission, timeout_s=timeout_s, journal=journal).state == "started"
    assert site.clock() - start <= timeout_s + LATEST_S


def after_a_read(kind: Kind, api: Api, method: str, *args: Any, **kwargs: Any) -> Any:
    """A client that knows by a read that nothing is left of the rate."""
    settings: dict[str, Any] = {
        "token": TOKEN,
        "organization": "acme",
        "transport": httpx.MockTransport(api),
        "clock": api.clock,
        "chance": random.Random(7),
        "journal": SQLiteJournal(),
    }
    if kind == "sync":
        with Katapult(**settings, sleep=api.clock.sleep) as katapult:
            katapult.build("vmbuild_AAAAAAAAAAAAAAAA")
            return getattr(katapult, method)(*args, **kwargs)

    async def go() -> Any:
        async with AsyncKatapult(**settings, sleep=api.clock.asleep) as katapult:
            await katapult.build("vmbuild_AAAAAAAAAAAAAAAA")
            return await getattr(katapult, method)(*args, **kwargs)

    return asyncio.run(go())


def spent() -> Api:
    """Its first answer says that nothing is left of the rate."""
    told = build("pending")
    told.headers.update({"X-Ratelimit-Permitted": "200", "X-Ratelimit-Remaining": "0"})
    return Api([told, answer(201, CREATED)])


def test_the_wait_for_its_turn_is_within_the_time_of_a_create(kind: Kind) -> None:
    api = spent()
    start = api.clock()
    with pytest.raises(errors.NotSentError, match="nothing was sent: the rate limit left no time for it"):
        after_a_read(kind, api, "submit", XML, timeout_s=4.0)
    assert (api.clock() - start, api.posts) == (4.0, 0)


def test_one_of_many_waits_in_the_queue_and_its_time_begins_afterwards(kind: Kind) -> None:
    api = spent()
    start = api.clock()
    [result] = after_a_read(kind, api, "submit_many", [XML], timeout_s=4.0, poll_s=None)
    assert result.error is None
    assert (api.clock() - start, api.posts) == (60.0, 1)

"""Looking for the machine of a create whose answer was lost: when, how, and what it proves."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import httpx
import pytest
from attrs import evolve

from vmspec import errors
from vmspec.katapult import AsyncKatapult, SQLiteJournal

from ..support.doubles import TOKEN, Kind, answer, error, interrupt
from ..support.journals import Watched
from ..support.site import (
    KEY,
    LOST,
    NEVER,
    NOT_SENT,
    OTHER_XML,
    XML,
    Fault,
    Site,
    answers,
    carried_out_later,
    raises,
    unfiltered,
    well,
)
from .test_keys import begun_elsewhere, only

BUSY = answers(error(503, "service_unavailable"))
LIMITED = answers(error(429, "rate_limit_reached"))
REFUSED = "no connection was made ([Errno 111] Connection refused)"
HTML = answers(httpx.Response(403, text="<html>Log in first</html>"))


def test_it_looks_after_1_2_4_8_15_30_60_s_and_at_the_end_of_the_settle_time(kind: Kind) -> None:
    site = Site(of_posts=[NEVER])
    start = site.clock()
    left: list[tuple[str, float | None]] = []
    with pytest.raises(errors.OutcomeUnknownError) as raised:
        site.submit(kind, on_progress=lambda progress: left.append((progress.phase, progress.left_s)))
    assert [look - start for look in site.looks] == [1, 3, 7, 15, 30, 60, 120, 180]
    assert left == [("looking", 180 - at) for at in (0, 1, 3, 7, 15, 30, 60, 120)]
    assert raised.value.submission_id in str(raised.value)
    assert "180 s" in str(raised.value)


def test_a_longer_settle_time_is_looked_through_each_minute(kind: Kind) -> None:
    site = Site(of_posts=[NEVER])
    start = site.clock()
    with pytest.raises(errors.OutcomeUnknownError):
        site.submit(kind, settle_s=250.0)
    assert [look - start for look in site.looks][-3:] == [180, 240, 250]


@pytest.mark.parametrize("settle_s", [0.0, 0.5, 5.0])
def test_a_short_settle_time_ends_with_a_look(kind: Kind, settle_s: float) -> None:
    site = Site(of_posts=[NEVER])
    start = site.clock()
    with pytest.raises(errors.OutcomeUnknownError):
        site.submit(kind, settle_s=settle_s)
    assert site.looks[-1] - start == settle_s


@pytest.mark.parametrize("costs_s", [0.0, 0.2, 0.4])
@pytest.mark.parametrize("seen_s", [0.0, 7.0, 28.0, 179.0])
def test_a_machine_that_is_seen_within_the_settle_time_is_adopted(
    kind: Kind, seen_s: float, costs_s: float
) -> None:
    site = Site(seen_s=seen_s, costs_s=costs_s, of_posts=[LOST])
    start = site.clock()
    submission = site.submit(kind)
    [build] = site.builds
    assert (submission.outcome, submission.build, submission.task) == ("created", None, None)
    assert submission.virtual_machine.id == build.machine_id
    assert submission.hostname == "web-1"
    assert submission.journalled
    assert (only(site).state, only(site).virtual_machine_id) == ("created", build.machine_id)
    assert site.clock() - start <= 180 + 1 + costs_s
    assert site.posts == 1
    assert site.perform(kind, "wait", submission).state == "started"


@pytest.mark.parametrize("after_s", [0.0, 20.0, 150.0])
def test_a_create_that_is_carried_out_late_is_adopted(kind: Kind, after_s: float) -> None:
    site = Site(of_posts=[carried_out_later(after_s, hangs_s=30.0)])
    assert site.submit(kind).virtual_machine.id == site.builds[0].machine_id
    assert site.posts == 1


def test_a_create_that_is_carried_out_later_still_is_named_and_found_by_a_later_look(kind: Kind) -> None:
    site = Site(of_posts=[carried_out_later(400.0)])
    with pytest.raises(errors.OutcomeUnknownError) as raised:
        site.submit(kind, key=None)
    site.clock.now += 1000
    adopted = site.perform(kind, "reconcile", raised.value.submission_id)
    assert adopted.virtual_machine.id == site.builds[0].machine_id
    assert only(site).state == "created"
    assert site.perform(kind, "reconcile", adopted.id).virtual_machine.id == site.builds[0].machine_id
    assert site.posts == 1


def test_an_unknown_build_that_failed_stays_unknown(kind: Kind) -> None:
    site = Site(of_posts=[LOST])
    site.sandbox.fail_next_build()
    with pytest.raises(errors.OutcomeUnknownError):
        site.submit(kind)
    assert only(site).state == "unknown"


def test_a_list_that_ignores_its_filter_leads_to_no_false_adoption(kind: Kind) -> None:
    site = Site()
    others = [site.submit(kind, key=f"other {number}") for number in range(5)]
    site.of_posts, site.of_lists = [NEVER], [unfiltered] * 99
    with pytest.raises(errors.OutcomeUnknownError):
        site.submit(kind, OTHER_XML)
    site.of_posts = [LOST]
    adopted = site.submit(kind, OTHER_XML, key="another")
    assert adopted.virtual_machine.id == site.builds[-1].machine_id
    asked = [request.url.params.get("virtual_machine[id]") for request in site.requests]
    assert [asked.count(build.machine_id) for build in site.builds[: len(others)]] == [2] * 5


@pytest.mark.parametrize("pages", ["counted", "not counted"])
def test_a_match_on_page_3_is_adopted(kind: Kind, pages: str) -> None:
    def paged(site: Site, request: httpx.Request) -> httpx.Response:
        whole = unfiltered(site, httpx.Request("GET", request.url, headers=request.headers)).json()
        number = int(request.url.params["page"])
        rows = [{"id": f"vm_other{number}{row}", "hostname": "x", "fqdn": "x.test"} for row in range(2)]
        whole["virtual_machines"] = whole["virtual_machines"] if number == 3 else rows if number < 3 else []
        whole["pagination"] = {"total_pages": 3} if pages == "counted" else {}
        return answer(200, whole)

    site = Site(of_posts=[LOST], of_lists=[paged] * 99)
    assert site.submit(kind).virtual_machine.id == site.builds[0].machine_id
    assert max(request.url.params.get("page", "0") for request in site.requests) in ("3", "4")


@pytest.mark.parametrize(
    "fault",
    [
        BUSY,
        LIMITED,
        HTML,
        answers(httpx.Response(502, text="<html>")),
        answers(httpx.Response(200, text="<html>Welcome</html>")),
        answers(httpx.Response(302, headers={"Location": "https://elsewhere.test"})),
        raises(httpx.ReadError("reset"), carried_out=True),
        raises(httpx.ConnectError("refused"), carried_out=True),
    ],
)
@pytest.mark.parametrize("times", [1, 4])
@pytest.mark.parametrize("of", ["list", "machine"])
def test_a_look_that_fails_is_not_the_last_one(kind: Kind, fault: Fault, times: int, of: str) -> None:
    site = Site(of_posts=[LOST])
    faults = site.of_lists if of == "list" else site.of_reads
    faults += [fault, well, fault, fault][:times]
    assert site.submit(kind).virtual_machine.id == site.builds[0].machine_id


@pytest.mark.parametrize("of", ["list", "machine"])
def test_looks_that_all_fail_end_in_time_and_say_why(kind: Kind, of: str) -> None:
    site = Site(of_posts=[LOST], costs_s=0.3)
    faults = site.of_lists if of == "list" else site.of_reads
    faults += [BUSY] * 999
    start = site.clock()
    with pytest.raises(errors.OutcomeUnknownError, match="the last look"):
        site.submit(kind)
    assert site.clock() - start <= 30 + 180 + 1


@pytest.mark.parametrize("of", ["list", "machine"])
@pytest.mark.parametrize("command", ["submit", "reconcile"])
def test_a_look_that_is_refused_is_told_as_such(kind: Kind, of: str, command: str) -> None:
    site = Site(of_posts=[LOST])
    if command == "reconcile":
        with pytest.raises(errors.OutcomeUnknownError):
            site.submit(kind, settle_s=0.0)
        site.clock.now += 60
    faults = site.of_lists if of == "list" else site.of_reads
    faults += [answers(error(403, "permission_denied"))]
    looking = (KEY,) if command == "submit" else (only(site).id, 20.0)
    with pytest.raises(errors.OutcomeUnknownError) as raised:
        site.submit(kind, settle_s=20.0) if command == "submit" else site.perform(kind, command, *looking)
    assert "; a machine may have been made; it cannot be looked for: refused (permission_denied," in str(
        raised.value
    )
    assert "no machine" not in str(raised.value)


@pytest.mark.parametrize("settle_s", [0.0, 3.0])
def test_a_look_without_a_connection_does_not_say_that_nothing_was_sent(kind: Kind, settle_s: float) -> None:
    site = Site(of_posts=[LOST], of_lists=[NOT_SENT] * 99)
    with pytest.raises(errors.OutcomeUnknownError) as raised:
        site.submit(kind, settle_s=settle_s)
    assert f"; no machine was seen within {settle_s:g} s; the last look: no connection was made" in str(
        raised.value
    )
    assert "nothing was sent" not in str(raised.value)


def test_an_adoption_takes_no_more_steps_than_it_needs(kind: Kind) -> None:
    site = Site(of_posts=[LOST])
    journal = Watched(site.journal, lambda step, moment: None)
    site.submit(kind, journal=journal)
    assert journal.steps == ["begin", "sending", "unknown", "created"]


def test_a_look_that_hangs_leaves_the_last_one_its_time(kind: Kind) -> None:
    def hangs(site: Site, request: httpx.Request) -> httpx.Response:
        if site.clock() >= start + 180:
            return site.answer(request)
        site.clock.now += request.extensions["timeout"]["read"]
        raise httpx.ReadTimeout("timed out")

    site = Site(seen_s=100.0, of_posts=[LOST], of_lists=[hangs] * 99)
    start = site.clock()
    assert site.submit(kind).virtual_machine is not None
    assert site.clock() - start <= 181


def test_a_token_that_may_not_look_ends_the_looking(kind: Kind) -> None:
    site = Site(of_posts=[LOST], of_lists=[answers(error(403, "scope_not_granted"))] * 99)
    start = site.clock()
    with pytest.raises(errors.OutcomeUnknownError, match="scope_not_granted"):
        site.submit(kind)
    assert site.clock() - start == 1


def test_the_last_look_waits_for_no_turn(kind: Kind) -> None:
    def scarce(site: Site, request: httpx.Request) -> httpx.Response:
        response = site.answer(request)
        response.headers.update({"X-Ratelimit-Permitted": "200", "X-Ratelimit-Remaining": "1"})
        return response

    site = Site(seen_s=179.5, of_posts=[LOST], of_lists=[scarce] * 99, of_reads=[scarce] * 99)
    start = site.clock()
    assert site.submit(kind).virtual_machine is not None
    assert site.clock() - start <= 181


def test_annotations_that_are_not_echoed_are_warned_of_and_the_machine_is_created(kind: Kind) -> None:
    def silent(site: Site, request: httpx.Request) -> httpx.Response:
        return answer(201, site.answer(request).json() | {"annotations": []})

    site = Site(of_posts=[silent])
    submission = site.submit(kind)
    assert (submission.outcome, submission.build.id) == ("created", site.builds[0].id)
    assert any("annotations" in warning for warning in submission.warnings)


def test_a_machine_that_is_not_there_yet_by_its_own_get_is_adopted_later(kind: Kind) -> None:
    site = Site(of_posts=[LOST], of_reads=[answers(error(404, "virtual_machine_not_found"))] * 2)
    assert site.submit(kind).virtual_machine.id == site.builds[0].machine_id


def test_submission_on_record_elsewhere_is_looked_for_all_the_same(kind: Kind) -> None:
    site = Site(of_posts=[LOST])
    with pytest.raises(errors.OutcomeUnknownError) as raised:
        site.submit(kind, settle_s=0.0)
    site.clock.now += 60
    found = site.perform(kind, "reconcile", raised.value.submission_id, journal=SQLiteJournal())
    assert (found.virtual_machine.id, found.journalled) == (site.builds[0].machine_id, False)
    with pytest.raises(errors.SubmissionError, match="acme"):
        site.perform(kind, "reconcile", found.id, api_url="https://other.katapult.test")


def test_submission_on_record_nowhere_is_not_told_as_sent(kind: Kind) -> None:
    site = Site()
    nobody = "0c0d6c2f-9e2e-4b6b-8f0e-0123456789ab"
    with pytest.raises(errors.OutcomeUnknownError) as raised:
        site.perform(kind, "reconcile", nobody)
    assert (raised.value.cause, str(raised.value)) == (
        "not_on_record",
        f"submission {nobody} is not on record here, so it is not known whether it was sent;"
        " no machine is seen",
    )


def test_foreign_id_is_looked_for_on_record_only(kind: Kind) -> None:
    site = Site()
    with pytest.raises(errors.SubmissionError) as raised:
        site.perform(kind, "reconcile", "zzz")
    assert str(raised.value) == "submission zzz is not on record"
    assert site.looks == []


def test_an_abandoned_one_is_told_as_such(kind: Kind) -> None:
    site = Site(of_posts=[NEVER])
    with pytest.raises(errors.OutcomeUnknownError):
        site.submit(kind, settle_s=0.0)
    entry = site.perform(kind, "abandon", only(site).id)
    with pytest.raises(errors.OutcomeUnknownError) as raised:
        site.perform(kind, "reconcile", entry.id)
    assert (raised.value.cause, str(raised.value)) == (
        "abandoned",
        f"submission {entry.id} was abandoned: a person decided that no machine comes of it, and it has"
        " no claim to its key any more; no machine is seen",
    )


@pytest.mark.parametrize(
    ("state", "raised"),
    [
        ("intent", errors.NotSentError),
        ("refused", errors.RefusedError),
        ("not_sent", errors.NotSentError),
        ("failed", errors.BuildFailedError),
        ("sending", errors.OutcomeUnknownError),
        ("unknown", errors.OutcomeUnknownError),
        ("abandoned", errors.OutcomeUnknownError),
    ],
)
def test_reconcile_says_how_it_stands(kind: Kind, state: Any, raised: type[Exception]) -> None:
    site = Site()
    entry = begun_elsewhere(site, 0)
    assert site.journal.advance(evolve(entry, state=state))
    with pytest.raises(raised) as caught:
        site.perform(kind, "reconcile", entry.id)
    assert getattr(caught.value, "submission_id", None) == entry.id
    assert only(site).state == ("not_sent" if state == "intent" else state)
    assert site.posts == 0


@pytest.mark.parametrize(
    ("fault", "reason", "words"),
    [
        (NOT_SENT, REFUSED, f"it was not sent: {REFUSED}"),
        (answers(httpx.Response(307)), "a redirect, status 307", "it was refused: a redirect, status 307"),
    ],
)
def test_reconcile_says_why(kind: Kind, fault: Fault, reason: str, words: str) -> None:
    site = Site(of_posts=[fault] * 3)
    with pytest.raises(errors.ApiError) as raised:
        site.submit(kind)
    assert only(site).reason == reason
    with pytest.raises(type(raised.value)) as again:
        site.perform(kind, "reconcile", only(site).id)
    assert str(again.value) == words


def test_reconcile_looks_once_and_longer_where_it_is_told_to(kind: Kind) -> None:
    site = Site(of_posts=[LOST])
    with pytest.raises(errors.OutcomeUnknownError) as raised:
        site.submit(kind, settle_s=0.0)
    submission_id = raised.value.submission_id
    start = site.clock()
    with pytest.raises(errors.OutcomeUnknownError):
        site.perform(kind, "reconcile", submission_id)
    assert site.clock() == start
    assert site.perform(kind, "reconcile", submission_id, 30.0).virtual_machine is not None
    assert site.clock() - start == 15


def test_reconcile_does_not_take_back_what_begins_to_be_sent_just_then(kind: Kind) -> None:
    """A process that was stopped for long goes on between two steps of another one's reconcile."""
    site = Site()
    whole, entry = site.journal, begun_elsewhere(site, 0)

    def goes_on(step: str, moment: str) -> None:
        if (step, moment) == ("find", "after") and whole.find(entry.id).tries == 0:  # type: ignore[union-attr]
            assert whole.advance(evolve(entry, state="sending", tries=1), 30)

    site.journal = Watched(whole, goes_on)
    with pytest.raises(errors.OutcomeUnknownError):
        site.perform(kind, "reconcile", entry.id)
    found = whole.find(entry.id)
    assert found is not None
    assert (found.state, found.tries) == ("sending", 1)


def test_a_doubt_does_not_stand_against_a_machine_that_somebody_saw(kind: Kind) -> None:
    """Another process adopts it while this one has just lost the answer."""
    site = Site()

    def adopted_meanwhile(site: Site, request: httpx.Request) -> httpx.Response:
        site.answer(request)
        [entry] = site.journal.entries()
        seen = evolve(entry, state="created", virtual_machine_id=site.builds[0].machine_id)
        assert site.journal.advance(seen)
        raise httpx.ReadError("reset")

    site.of_posts = [adopted_meanwhile]
    with pytest.raises(errors.OutcomeUnknownError):
        site.submit(kind, settle_s=1.0)
    assert (only(site).state, only(site).virtual_machine_id) == ("created", site.builds[0].machine_id)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["begin", "sending", "created", "unknown"])
@pytest.mark.parametrize("of_posts", [[], [LOST]], ids=["answered", "lost"])
def test_an_interruption_at_a_step_of_the_journal_loses_nothing(
    kind: Kind, step: str, when: str, of_posts: list[Fault]
) -> None:
    site = Site(of_posts=[*of_posts])
    whole = site.journal
    if step == "unknown" and not of_posts:
        return
    with pytest.raises((KeyboardInterrupt, asyncio.CancelledError)) as raised:
        interrupt_in_a_thread(site, step, when) if kind == "sync" else asyncio.run(cancel(site, step, when))
    site.journal = whole
    cause = raised.value.__cause__
    if site.posts:
        assert isinstance(cause, errors.OutcomeUnknownError if step == "unknown" else errors.BuildError)
        assert cause.submission_id == only(site).id
        assert only(site).state == step
    else:
        assert cause is None
        assert {entry.state for entry in site.journal.entries()} <= {"intent", "not_sent"}
    site.clock.now += 60
    assert site.submit(kind).outcome == "created"
    assert site.posts == 1
    assert len(site.builds) == 1


def interrupt_in_a_thread(site: Site, step: str, when: str) -> None:
    interrupted: list[str] = []

    def hook(name: str, moment: str) -> None:
        if (name, moment) == (step, when) and not interrupted:
            interrupted.append(name)
            interrupt("sync")

    site.journal = Watched(site.journal, hook)
    site.submit("sync")


async def cancel(site: Site, step: str, when: str) -> None:
    """A task is cancelled while a thread is at work in the journal."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    is_cancelled = threading.Event()

    def interrupt() -> None:
        task.cancel()
        loop.call_soon(is_cancelled.set)

    def hook(name: str, moment: str) -> None:
        if (name, moment) == (step, when) and not is_cancelled.is_set():
            loop.call_soon_threadsafe(interrupt)
            is_cancelled.wait(5)

    async with AsyncKatapult(
        token=TOKEN,
        organization="acme",
        api_url="https://api.katapult.test/core/v1",
        transport=httpx.MockTransport(site),
        journal=Watched(site.journal, hook),
        clock=site.clock,
        sleep=site.clock.asleep,
    ) as katapult:
        await katapult.submit(XML, KEY)


@pytest.mark.parametrize("moment", ["progress", "look"])
def test_an_interruption_while_it_is_looked_for_names_the_doubt(kind: Kind, moment: str) -> None:
    def stop(*_: object) -> httpx.Response:
        interrupt(kind)
        return httpx.Response(503)

    site = Site(of_posts=[LOST], of_lists=[stop, *[BUSY] * 99] if moment == "look" else [])
    with pytest.raises((KeyboardInterrupt, asyncio.CancelledError)) as raised:
        site.submit(kind, **({"on_progress": stop} if moment == "progress" else {}))
    cause = raised.value.__cause__
    if moment == "look":
        assert isinstance(cause, errors.OutcomeUnknownError)
        assert only(site).state == "unknown"
    assert isinstance(cause, errors.OutcomeUnknownError | errors.BuildError)  # it may be just over
    assert cause.submission_id == only(site).id
    if only(site).state != "unknown":
        return
    site.of_lists = [stop, *[BUSY] * 99]
    with pytest.raises((KeyboardInterrupt, asyncio.CancelledError)) as again:
        site.perform(kind, "reconcile", only(site).id)
    assert isinstance(again.value.__cause__, errors.OutcomeUnknownError)


def test_a_failed_build_that_was_given_up_does_not_take_its_key_back(kind: Kind) -> None:
    site = Site()
    site.sandbox.fail_next_build()
    submission = site.submit(kind)
    with pytest.raises(errors.BuildFailedError):
        site.perform(kind, "wait", submission)
    site.perform(kind, "abandon", submission)
    with pytest.raises(errors.BuildFailedError):
        site.perform(kind, "wait", submission)
    assert [entry.state for entry in site.journal.entries()] == ["abandoned"]
    assert site.submit(kind).build.id == site.builds[1].id

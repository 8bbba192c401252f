"""Each fault that a submission has to survive, one by one, over real connections to a sandbox.

What a broken connection proves by itself is in test_faults.py; here the machine is looked for as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from vmspec import errors
from vmspec.katapult import AsyncKatapult, Journal, Katapult, SQLiteJournal, Submission
from vmspec.sandbox import Endpoint, RunningSandbox, Sandbox, Timeline, running
from vmspec.sandbox.faults import (
    Altered,
    Bomb,
    Closed,
    ConnectionReset,
    Cut,
    Delay,
    Drop,
    Duplicate,
    Endless,
    FailedBuild,
    Fault,
    Foreign,
    Interrupted,
    LostAnnotations,
    Redirect,
    Refusal,
    Slow,
    Unfiltered,
)

from ..support.doubles import TOKEN, Clock, Kind, error
from ..support.doubles import perform as without_server
from ..support.site import LOST, XML, Site, answers, raises, well
from ..support.site import Fault as SiteFault
from .test_keys import only
from .test_many import Many, scaled, webs

CREATE_S = 1.0
HURRY = 100
"""Factor by which every pause of the client is shorter than it should be."""


@pytest.fixture
def api() -> Iterator[RunningSandbox]:
    with running(Sandbox(token=TOKEN, speed=1000)) as api:
        yield api


def perform(
    kind: Kind, api: RunningSandbox, method: str, *args: Any, journal: Journal | None = None, **kwargs: Any
) -> Any:
    """Call a method of a client in real time, but with short pauses."""
    settings: dict[str, Any] = {
        "token": TOKEN,
        "organization": api.organization,
        "api_url": api.url,
        "journal": journal or SQLiteJournal(),
    }
    if kind == "sync":
        with Katapult(**settings, sleep=lambda seconds: asyncio.sleep(seconds / HURRY)) as katapult:
            return getattr(katapult, method)(*args, **kwargs)

    async def go() -> Any:
        async with AsyncKatapult(
            **settings, sleep=lambda seconds: asyncio.sleep(seconds / HURRY)
        ) as katapult:
            return await getattr(katapult, method)(*args, **kwargs)

    return asyncio.run(go())


def submit(kind: Kind, api: RunningSandbox, **kwargs: Any) -> Submission:
    submission: Submission = perform(
        kind, api, "submit", XML, **({"timeout_s": CREATE_S, "settle_s": 1.0} | kwargs)
    )
    return submission


def posts(api: RunningSandbox) -> int:
    return api.sandbox.requests(Endpoint.CREATE)


ADOPTED: dict[str, Fault] = {
    "4: reset after it was carried out": Drop(carried_out=True),
    "4: ended without an answer": Drop("end", carried_out=True),
    "4: no answer in time": Delay(1.5),
    "5: carried out later": Delay(1.5, later_s=1.4),
    "5: reset, and carried out later": Drop(carried_out=True, later_s=0.3),
    "6: cut in the status line": Cut("status"),
    "6: cut in the headers": Cut("headers"),
    "6: cut in the body": Cut("body"),
    "6: cut in a chunk": Cut("chunk"),
    "6: html": Foreign(201, carried_out=True),
    "6: no build id": Altered(without=("virtual_machine_build", "build")),
    "7: byte by byte": Slow(0.05),
    "7: endless": Endless(),
    "7: a bomb": Bomb(),
    "11: 503, carried out": Refusal("service_unavailable", carried_out=True),
    "11: 500, carried out": Foreign(500, carried_out=True),
    "11: 502, carried out": Foreign(502, carried_out=True),
    "11: 504, carried out later": Foreign(504, carried_out=True, later_s=0.3),
}


@pytest.mark.parametrize("row", ADOPTED)
def test_a_machine_whose_create_was_answered_badly_is_adopted(
    kind: Kind, api: RunningSandbox, row: str
) -> None:
    api.sandbox.order(ADOPTED[row], at=Endpoint.CREATE)
    submission = submit(kind, api)
    [build] = api.sandbox.builds
    assert (submission.outcome, submission.build) == ("created", None)
    assert submission.virtual_machine is not None
    assert submission.virtual_machine.id == build.machine_id
    assert posts(api) == 1


UNKNOWN: dict[str, Fault] = {
    "3: reset after half the request": Interrupted(),
    "3: reset after all of it": Drop(),
    "11: 503, not carried out": Refusal("service_unavailable"),
    "11: 502, not carried out": Foreign(502),
}


@pytest.mark.parametrize("row", UNKNOWN)
def test_a_create_that_came_to_nothing_stays_unknown_and_is_not_repeated(
    kind: Kind, api: RunningSandbox, row: str
) -> None:
    api.sandbox.order(UNKNOWN[row], at=Endpoint.CREATE)
    with pytest.raises(errors.OutcomeUnknownError) as raised:
        submit(kind, api, settle_s=0.2)
    assert raised.value.submission_id is not None
    assert api.sandbox.builds == ()
    assert posts(api) == 1
    assert api.sandbox.requests(Endpoint.MACHINES) >= 1


def test_3_a_connection_that_is_turned_away_never_makes_two_machines(kind: Kind, api: RunningSandbox) -> None:
    api.sandbox.order(ConnectionReset())
    with contextlib.suppress(errors.OutcomeUnknownError, errors.NotSentError):
        assert submit(kind, api, settle_s=0.0).outcome == "created"
    assert posts(api) == len(api.sandbox.builds) <= 1


@pytest.mark.parametrize("status", [200, 202])
def test_8_another_good_status_is_created_with_a_warning(
    kind: Kind, api: RunningSandbox, status: int
) -> None:
    api.sandbox.order(Altered(status=status), at=Endpoint.CREATE)
    submission = submit(kind, api)
    assert submission.build is not None
    assert submission.build.id == api.sandbox.builds[0].id
    assert any(str(status) in warning for warning in submission.warnings)


@pytest.mark.parametrize(
    "code",
    [
        *("invalid_spec_xml", "missing_api_token", "invalid_api_token", "scope_not_granted"),
        *("permission_denied", "organization_suspended", "organization_not_activated"),
        *("unauthorized_network_for_api_token", "organization_not_found", "validation_error"),
    ],
)
def test_9_a_documented_refusal_is_final(kind: Kind, api: RunningSandbox, code: str) -> None:
    api.sandbox.order(Refusal(code), at=Endpoint.CREATE)
    with pytest.raises(errors.RefusedError) as raised:
        submit(kind, api)
    assert raised.value.code == code
    assert (posts(api), api.sandbox.builds) == (1, ())


@pytest.mark.parametrize(
    "retry_after", [None, "2", "Fri, 14 Aug 2026 20:27:08 GMT", "soon", "-5", "1e9", "1000000000"]
)
def test_10_a_429_is_waited_out(kind: Kind, api: RunningSandbox, retry_after: str | None) -> None:
    api.sandbox.order(Refusal("rate_limit_reached", retry_after=retry_after), at=Endpoint.CREATE)
    submission = submit(kind, api, timeout_s=10.0)
    assert submission.build is not None
    assert [build.id for build in api.sandbox.builds] == [submission.build.id]
    assert posts(api) == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_12_a_redirect_is_refused_and_nothing_is_sent_there(
    kind: Kind, api: RunningSandbox, status: int
) -> None:
    with running(Sandbox(token=TOKEN)) as elsewhere:
        path = "/organizations/organization/virtual_machines/build_from_spec"
        api.sandbox.order(Redirect(status, elsewhere.url + path), at=Endpoint.CREATE)
        with pytest.raises(errors.RefusedError):
            submit(kind, api)
        assert elsewhere.sandbox.requests() == 0
    assert posts(api) == 1


@pytest.mark.parametrize("when", ["answered", "reused"])
def test_13_a_kept_connection_that_was_closed_casts_no_doubt(api: RunningSandbox, when: Any) -> None:
    api.sandbox.order(Closed(when), at=Endpoint.MACHINES)
    with Katapult(
        token=TOKEN, organization=api.organization, api_url=api.url, journal=SQLiteJournal()
    ) as katapult:
        assert katapult.virtual_machines() == ()
        assert katapult.submit(XML).build is not None
    assert posts(api) == 1


def test_1_a_name_that_is_not_known_and_a_port_that_refuses_send_nothing(kind: Kind) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for api_url in ("https://katapult.invalid/core/v1", f"http://127.0.0.1:{port}/core/v1"):
        clock = Clock()
        with pytest.raises(errors.NotSentError):
            without_server(kind, "submit", XML, api_url=api_url, clock=clock)
        assert len(clock.slept) == 2


@pytest.mark.parametrize(
    "settings",
    [{"api_url": "http://api.katapult.test/core/v1"}, {"token": f"{TOKEN}\nX-Injected: yes"}],
)
@pytest.mark.parametrize("client", [Katapult, AsyncKatapult])
def test_2_what_would_show_the_token_is_refused_before_any_byte(
    client: type[Katapult] | type[AsyncKatapult], settings: dict[str, str]
) -> None:
    with pytest.raises(errors.ConfigurationError) as raised:
        client(**({"token": TOKEN, "organization": "acme"} | settings))
    assert TOKEN not in f"{raised.value!r} {raised.value.__cause__!r} {raised.value.__context__!r}"


def test_17_two_clients_with_one_key_make_one_post(kind: Kind, api: RunningSandbox) -> None:
    """Processes do in test_processes.py; these are threads, or tasks of one loop."""
    api.sandbox.order(Delay(0.3), at=Endpoint.CREATE)
    told: list[Submission] = []
    shared: dict[str, Any] = {
        "token": TOKEN,
        "organization": api.organization,
        "api_url": api.url,
        "journal": SQLiteJournal(),
    }
    if kind == "sync":
        with Katapult(**shared) as katapult:
            threads = [
                threading.Thread(target=lambda: told.append(katapult.submit(XML, "k"))) for _ in range(3)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    else:

        async def go() -> list[Submission]:
            async with AsyncKatapult(**shared) as katapult:
                return await asyncio.gather(*(katapult.submit(XML, "k") for _ in range(3)))

        told = asyncio.run(go())
    [build] = api.sandbox.builds
    assert [submission.build and submission.build.id for submission in told] == [build.id] * 3
    assert posts(api) == 1


def test_18_a_list_without_its_filter_and_two_machines_of_one_submission(
    kind: Kind, api: RunningSandbox
) -> None:
    submit(kind, api)
    api.sandbox.order(Unfiltered(), at=Endpoint.MACHINES, times=None)
    api.sandbox.order(Drop(carried_out=True), at=Endpoint.CREATE)
    adopted = submit(kind, api)
    assert adopted.virtual_machine is not None
    assert adopted.virtual_machine.id == api.sandbox.builds[1].machine_id
    api.sandbox.order(Duplicate(2))
    api.sandbox.order(Drop(carried_out=True), at=Endpoint.CREATE)
    with pytest.raises(errors.SeveralMachinesError) as raised:
        submit(kind, api)
    assert set(raised.value.machines) == {build.machine_id for build in api.sandbox.builds[2:]}


@pytest.mark.parametrize("code", ["rate_limit_reached", "service_unavailable"])
def test_18_a_list_that_is_refused_for_now_is_asked_again(kind: Kind, api: RunningSandbox, code: str) -> None:
    api.sandbox.order(Drop(carried_out=True), at=Endpoint.CREATE)
    api.sandbox.order(Refusal(code), at=Endpoint.MACHINES)
    assert submit(kind, api).virtual_machine is not None
    assert api.sandbox.requests(Endpoint.MACHINES) == 2


def test_19_annotations_that_are_not_kept_are_warned_of(kind: Kind, api: RunningSandbox) -> None:
    api.sandbox.order(LostAnnotations())
    submission = submit(kind, api)
    assert submission.outcome == "created"
    assert any("annotations" in warning for warning in submission.warnings)


def pondering(site: Site, request: httpx.Request) -> httpx.Response:
    told = site.answer(request)
    return httpx.Response(told.status_code, text=told.text.replace('"state":"', '"state":"pondering '))


POLLS: dict[str, SiteFault] = {
    "404": answers(error(404, "virtual_machine_build_not_found")),
    "429": answers(error(429, "rate_limit_reached")),
    "503": answers(error(503, "service_unavailable")),
    "foreign 502": answers(httpx.Response(502, text="<html>")),
    "foreign 200": answers(httpx.Response(200, text="<html>")),
    "reset": raises(httpx.ReadError("reset"), carried_out=True),
    "time-out": raises(httpx.ReadTimeout("slow"), carried_out=True),
    "refused connection": raises(httpx.ConnectError("refused"), carried_out=True),
    "unknown state": pondering,
}


@pytest.mark.parametrize("row", POLLS)
@pytest.mark.parametrize("lost", [False, True])
def test_20_a_poll_that_fails_changes_nothing(kind: Kind, row: str, lost: bool) -> None:
    site = Site(of_posts=[LOST] if lost else [])
    submission = site.submit(kind)
    before = only(site)
    site.of_reads += [POLLS[row], well, POLLS[row], POLLS[row]]
    machine = site.perform(kind, "wait", submission)
    assert (machine.id, machine.state) == (site.builds[0].machine_id, "started")
    assert (before.state, only(site).state) == ("created", "created")
    assert site.posts == 1


def test_20_a_deadline_and_a_refusal_while_waiting_leave_it_created(kind: Kind) -> None:
    site = Site()
    submission = site.submit(kind)
    start = site.clock()
    with pytest.raises(errors.BuildTimeoutError) as raised:
        site.perform(kind, "wait", submission, timeout_s=10.0)
    assert site.clock() - start == 10
    assert raised.value.build_id == submission.build.id
    site.of_reads = [answers(error(403, "invalid_api_token"))]
    with pytest.raises(errors.InvalidApiTokenError) as refused:
        site.perform(kind, "wait", submission)
    assert refused.value.submission_id == submission.id
    assert only(site).state == "created"
    assert site.submit(kind).build.id == submission.build.id
    assert site.posts == 1


# A 429 says that the minute's rate is used up, so it is waited out above, on a clock that is not real.
LOOKS: dict[str, Fault] = {
    "404": Refusal("build_not_found"),
    "503": Refusal("service_unavailable"),
    "foreign 502": Foreign(502),
    "foreign 200": Foreign(200),
    "reset": Drop(),
    "ended without an answer": Drop("end"),
    "reset after half the request": Interrupted(),
    "cut in the body": Cut("body"),
    "closed after the answer": Closed("answered"),
    "closed as it is used again": Closed("reused"),
}
STATES: dict[Endpoint, Fault] = {
    Endpoint.BUILD: Altered(values={"virtual_machine_build.state": "pondering"}),
    Endpoint.TASK: Altered(values={"task.status": "pondering", "task.progress": "much"}),
    Endpoint.MACHINE: Altered(values={"virtual_machine.state": "pondering"}),
}
BY_LOOKS = Timeline(machine_seen_s=3, complete_s=5, starting_s=6, started_s=9)
"""Requests for looking at everything, where each look takes a second."""


@pytest.mark.parametrize("endpoint", [Endpoint.BUILD, Endpoint.TASK, Endpoint.MACHINE])
@pytest.mark.parametrize("row", [*LOOKS, "unknown state"])
def test_20_a_look_that_fails_on_the_wire_changes_nothing(kind: Kind, endpoint: Endpoint, row: str) -> None:
    now, journal = 0.0, SQLiteJournal()
    # Where a task may not be read none is asked for again.
    times = 1 if endpoint is Endpoint.TASK else 2

    def go_on(method: str, path: str, status: int) -> None:
        nonlocal now
        now += method == "GET"

    sandbox = Sandbox(token=TOKEN, speed=1, clock=lambda: now, timeline=BY_LOOKS)
    with running(sandbox, log=go_on) as api:
        submission = perform(kind, api, "submit", XML, "key", journal=journal)
        api.sandbox.order(LOOKS.get(row) or STATES[endpoint], at=endpoint, times=times)
        machine = perform(kind, api, "wait", submission, poll_s=0.02, journal=journal)
    [build] = api.sandbox.builds
    assert (machine.id, machine.state) == (build.machine_id, "started")
    assert [(entry.state, entry.build_id) for entry in journal.entries()] == [("created", build.id)]
    assert api.sandbox.orders == ()
    assert posts(api) == 1


def test_20_a_build_that_fails_is_told_and_never_built_again(kind: Kind, api: RunningSandbox) -> None:
    journal = SQLiteJournal()
    api.sandbox.order(FailedBuild())
    submission = perform(kind, api, "submit", XML, "key", journal=journal)
    with pytest.raises(errors.BuildFailedError) as raised:
        perform(kind, api, "wait", submission, poll_s=0.02, journal=journal)
    [build] = api.sandbox.builds
    assert (raised.value.build_id, raised.value.submission_id) == (build.id, submission.id)
    assert [(entry.state, entry.build_id) for entry in journal.entries()] == [("failed", build.id)]
    with pytest.raises(errors.BuildFailedError):
        perform(kind, api, "submit", XML, "key", journal=journal)
    assert posts(api) == 1


@pytest.mark.parametrize("fault", [Delay(60), Slow(1.0), Drop(), Refusal("service_unavailable")], ids=str)
def test_20_looks_that_fail_until_the_deadline_leave_it_created(
    kind: Kind, api: RunningSandbox, fault: Fault
) -> None:
    journal = SQLiteJournal()
    submission = perform(kind, api, "submit", XML, "key", journal=journal)
    order = api.sandbox.order(fault, at=Endpoint.BUILD, times=None)
    with pytest.raises(errors.BuildTimeoutError, match=r"not started after 0\.5 s") as raised:
        perform(kind, api, "wait", submission, timeout_s=0.5, poll_s=0.02, journal=journal)
    [build] = api.sandbox.builds
    assert (raised.value.build_id, raised.value.submission_id) == (build.id, submission.id)
    assert [entry.state for entry in journal.entries()] == ["created"]
    api.sandbox.withdraw(order)
    assert perform(kind, api, "wait", submission, poll_s=0.02, journal=journal).id == build.machine_id
    assert posts(api) == 1


def test_22_sixty_builds_are_polled_within_two_hundred_requests_a_minute(kind: Kind) -> None:
    """On a clock on which a minute is four seconds, the sandbox's and the client's alike."""
    with running(Sandbox(clock=scaled, speed=1, rate_limit=200)) as api:
        many = Many(api, kind)
        results = many.submit(webs(60))
    assert [result.error for result in results] == [None] * 60
    assert [result.virtual_machine.state for result in results if result.virtual_machine] == ["started"] * 60
    assert len({build.hostname for build in many.sandbox.builds}) == len(many.sandbox.builds) == 60
    assert many.sandbox.requests(Endpoint.CREATE) == 60
    assert many.sandbox.requests(status=429) == 0

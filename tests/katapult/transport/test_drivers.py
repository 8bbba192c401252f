"""Both drivers: they send the same, and an interruption says what is known."""

from __future__ import annotations

import asyncio
import random
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import httpcore
import httpx
import pytest
from attrs import define
from hypothesis import given
from hypothesis import strategies as st

from vmspec import errors
from vmspec.katapult import AsyncKatapult, Katapult, Result, SQLiteJournal

from ..support.doubles import (
    CREATED,
    TOKEN,
    XML,
    Api,
    Clock,
    Kind,
    Scripted,
    Server,
    answer,
    build,
    error,
    interrupt,
    machine,
    perform,
    raw,
    sends,
    task,
)

RATES = {"X_Ratelimit_Permitted": "200", "X_Ratelimit_Remaining": "3"}
REPLIES: list[Scripted] = [
    answer(201, CREATED),
    answer(201, CREATED, **RATES),
    answer(202, {"build": {"id": "vmbuild_1"}}),
    answer(201, {}),
    build("pending"),
    build("building", "vm_AAAAAAAAAAAAAAAA"),
    build("complete", "vm_AAAAAAAAAAAAAAAA"),
    build("failed"),
    machine("starting"),
    machine("started"),
    task("running", 50),
    answer(200, {"virtual_machines": [{"id": "vm_1"}], "pagination": {"total_pages": 2}}),
    error(400, "invalid_spec_xml"),
    error(403, "scope_not_granted"),
    error(404, "virtual_machine_build_not_found"),
    error(429, "rate_limit_reached"),
    error(429, "rate_limit_reached", Retry_After="3", **RATES),
    error(503, "service_unavailable"),
    httpx.Response(502, text="<html>"),
    httpx.Response(307, headers={"Location": "https://elsewhere.test"}),
    httpx.Response(200, content=b"x" * (4 * 1024 * 1024 + 1)),
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.ReadTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("cut"),
]
Done = list[object]


def told(caught: Exception) -> Done:
    return [type(caught), str(caught), caught.__dict__]


def drive_sync(api: Api) -> Done:
    done: Done = []
    with Katapult(
        token=TOKEN,
        organization="acme",
        transport=httpx.MockTransport(api),
        clock=api.clock,
        sleep=api.clock.sleep,
        chance=random.Random(7),
        journal=SQLiteJournal(),
    ) as katapult:
        try:
            done.append(submission := katapult.submit(XML, "key", {"team": "web"}, settle_s=9))
            done.append(katapult.wait(submission, timeout_s=60, on_progress=done.append))
            done.append(katapult.virtual_machines({"team": "web"}))
        except errors.VmspecError as caught:
            done += told(caught)
    return done


async def drive_async(api: Api) -> Done:
    done: Done = []
    async with AsyncKatapult(
        token=TOKEN,
        organization="acme",
        transport=httpx.MockTransport(api),
        clock=api.clock,
        sleep=api.clock.asleep,
        chance=random.Random(7),
        journal=SQLiteJournal(),
    ) as katapult:
        try:
            done.append(submission := await katapult.submit(XML, "key", {"team": "web"}, settle_s=9))
            done.append(await katapult.wait(submission, timeout_s=60, on_progress=done.append))
            done.append(await katapult.virtual_machines({"team": "web"}))
        except errors.VmspecError as caught:
            done += told(caught)
    return done


@given(
    st.lists(st.sampled_from(REPLIES), min_size=1, max_size=12),
    st.booleans(),
    st.sampled_from([0.0, 0.3, 9.0]),
)
def test_both_send_the_same_in_the_same_order_and_end_the_same(
    replies: list[Scripted], begins_well: bool, costs_s: float
) -> None:
    replies = [answer(201, CREATED), *replies] if begins_well else replies
    one, other = Api(replies, costs_s=costs_s), Api(replies, costs_s=costs_s)
    assert drive_sync(one) == asyncio.run(drive_async(other))
    assert one.asked == other.asked
    assert one.clock == other.clock


@given(st.lists(st.sampled_from(REPLIES), min_size=1, max_size=6), st.sampled_from([0.0, 0.3, 9.0]))
def test_a_create_is_sent_again_only_after_what_certainly_did_nothing(
    replies: list[Scripted], costs_s: float
) -> None:
    api = Api(replies, costs_s=costs_s)
    with suppress(errors.ApiError):
        api.perform("sync", "submit", XML)
    answered = [replies[min(turn, len(replies) - 1)] for turn in range(api.posts)]
    for reply in answered[:-1]:
        nothing_sent = isinstance(reply, httpx.ConnectError | httpx.ConnectTimeout)
        assert nothing_sent or (isinstance(reply, httpx.Response) and reply.status_code == 429)
    assert len({request.content for request in api.requests if request.method == "POST"}) == 1
    assert api.clock.now <= 1030 + 1 + 2 * costs_s


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Interrupt as Ctrl-C does, after a while."""

    def interrupt(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def interrupting(server: Server) -> Callable[[socket.socket], None]:
    def interrupt(connection: socket.socket) -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)
        server.hold(connection)

    return interrupt


def test_an_interruption_after_sending_says_that_the_outcome_is_unknown(server: Server) -> None:
    nobody = answer(200, {"virtual_machines": [], "pagination": {"total_pages": 1}})
    server.behaviours = [sends(raw(nobody)), interrupting(server)]
    journal = SQLiteJournal()
    with pytest.raises(KeyboardInterrupt) as raised, alarm(10):
        Katapult(token=TOKEN, organization="acme", api_url=server.url, journal=journal).submit(XML, "key")
    known = raised.value.__cause__
    assert isinstance(known, errors.OutcomeUnknownError)
    assert known.cause == "interrupted"
    assert known.annotations["vmspec.key"] == "key"
    assert known.submission_id == known.annotations["vmspec.submission"]
    assert server.posts == 1
    assert [(entry.id, entry.state) for entry in journal.entries()] == [(known.submission_id, "unknown")]


def test_an_interruption_before_sending_raises_no_doubt(server: Server) -> None:
    server.takes, server.behaviours = 1, [interrupting(server)]
    with pytest.raises(KeyboardInterrupt) as raised, alarm(10):
        Katapult(token=TOKEN, organization="acme", api_url=f"https://127.0.0.1:{server.port}").submit(XML)
    assert raised.value.__cause__ is None


def test_an_interruption_of_many_before_sending_puts_on_record_that_nothing_was_sent(server: Server) -> None:
    server.takes, server.behaviours = 1, [interrupting(server)]
    journal, api_url = SQLiteJournal(), f"https://127.0.0.1:{server.port}"
    results: list[object] = []
    with (
        pytest.raises(KeyboardInterrupt),
        alarm(10),
        Katapult(token=TOKEN, organization="acme", api_url=api_url, journal=journal) as katapult,
    ):
        katapult.submit_many([XML], on_event=lambda _, event: results.append(event))
    assert [entry.state for entry in journal.entries()] == ["not_sent"]
    (result,) = results
    assert isinstance(result, Result)
    assert isinstance(result.error, errors.NotSentError)


def test_an_interruption_between_tries_raises_no_doubt() -> None:
    api = Api([error(429, "rate_limit_reached")])
    with (
        pytest.raises(KeyboardInterrupt) as raised,
        Katapult(
            token="t",
            organization="acme",
            transport=httpx.MockTransport(api),
            sleep=lambda _: interrupt("sync"),
            journal=SQLiteJournal(),
        ) as katapult,
    ):
        katapult.submit(XML)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("sent", [True, False])
def test_a_cancelled_task_is_an_interruption(server: Server, sent: bool) -> None:
    server.takes, server.behaviours = None if sent else 1, [server.hold]
    api_url = server.url if sent else f"https://127.0.0.1:{server.port}"

    async def go() -> BaseException | None:
        async with AsyncKatapult(token=TOKEN, organization="acme", api_url=api_url) as katapult:
            task = asyncio.create_task(katapult.submit(XML))
            while not server.requests:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as raised:
                await task
            return raised.value.__cause__

    known = asyncio.run(go())
    assert isinstance(known, errors.OutcomeUnknownError) if sent else known is None


def test_a_bug_in_a_transport_is_shown_and_says_that_the_outcome_is_unknown() -> None:
    api = Api([RuntimeError("a bug")])
    with pytest.raises(RuntimeError, match="a bug") as raised:
        api.perform("sync", "submit", XML)
    assert isinstance(raised.value.__cause__, errors.OutcomeUnknownError)


@define
class Traced(httpx.AsyncBaseTransport):
    """Fails after some events of httpcore."""

    events: list[tuple[str, bytes]]
    error: Exception

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for event, method in self.events:
            await request.extensions["trace"](event, {"request": httpcore.Request(method, "https://a.test")})
        raise self.error


CONNECTING = ("connection.connect_tcp.started", b"POST")
TUNNEL = ("http11.send_request_headers.started", b"CONNECT")
SENDING = ("http11.send_request_headers.started", b"POST")


@pytest.mark.parametrize(
    ("events", "failure", "expected"),
    [
        ([], httpx.ConnectError("refused"), errors.NotSentError),
        ([], httpx.ReadError("reset"), errors.OutcomeUnknownError),
        ([CONNECTING], httpx.ConnectTimeout("slow"), errors.NotSentError),
        ([CONNECTING], httpx.ReadError("reset"), errors.OutcomeUnknownError),
        ([CONNECTING, SENDING], httpx.ConnectError("odd"), errors.OutcomeUnknownError),
        ([TUNNEL], httpx.ProxyError("407 Proxy Authentication Required"), errors.NotSentError),
        ([TUNNEL], httpx.ReadError("reset"), errors.NotSentError),
        ([TUNNEL, SENDING], httpx.ReadError("reset"), errors.OutcomeUnknownError),
    ],
)
def test_a_trace_shows_how_much_was_sent(
    kind: Kind, events: list[tuple[str, bytes]], failure: Exception, expected: type[Exception]
) -> None:
    with pytest.raises(expected):
        perform(kind, "submit", XML, transport=Traced(events, failure), clock=Clock())


def test_a_clock_of_ones_own_is_used_for_the_pauses() -> None:
    clock = Clock(now=5.0)
    api = Api([error(429, "rate_limit_reached", Retry_After="9"), answer(201, CREATED)], clock)
    api.perform("async", "submit", XML)
    assert clock.now == 14.0

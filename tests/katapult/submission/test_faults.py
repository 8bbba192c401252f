"""Faults of a real connection: what each of them proves, that it is sent once, and that it ends in time."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable

import pytest

from vmspec import errors

from ..support.doubles import (
    CREATED,
    XML,
    Behaviour,
    Clock,
    Kind,
    Server,
    answer,
    build,
    perform,
    raw,
    reset,
    sends,
)

GOOD = raw(answer(201, CREATED))
HEAD, _, BODY = GOOD.partition(b"\r\n\r\n")
CHUNKED = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
NO_MACHINES = raw(answer(200, {"virtual_machines": []}))
OPEN_ENDED = b"HTTP/1.1 201 Created\r\n\r\n"
ZIPPED = b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"

BROKEN: dict[str, tuple[Behaviour, str]] = {
    "reset after the request": (reset, "connection_lost"),
    "closed without an answer": (sends(b""), "cut_answer"),
    "cut in the status line": (sends(b"HTTP/1.1 20"), "cut_answer"),
    "not http": (sends(b"SSH-2.0-OpenSSH_9.6\r\n"), "cut_answer"),
    "cut in the headers": (sends(HEAD[:60]), "cut_answer"),
    "cut before the body": (sends(HEAD + b"\r\n\r\n"), "cut_answer"),
    "cut in the body": (sends(GOOD[:-7]), "cut_answer"),
    "cut in a chunk": (sends(CHUNKED + b"50\r\n" + BODY[:40]), "cut_answer"),
    "cut between chunks": (sends(CHUNKED + b"%x\r\n%s\r\n" % (len(BODY), BODY)), "cut_answer"),
    "cut where only the end tells": (sends(OPEN_ENDED + BODY[:-7]), "foreign_answer"),
    "html": (sends(OPEN_ENDED + b"<html>Welcome</html>"), "foreign_answer"),
    "no build id": (sends(raw(answer(201, {"task": CREATED["task"]}))), "foreign_answer"),
    "a bad gateway": (sends(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"), "server_error"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_answer_leaves_the_outcome_unknown(kind: Kind, server: Server, fault: str) -> None:
    behaviour, cause = BROKEN[fault]
    server.behaviours = [behaviour, sends(GOOD)]
    with pytest.raises(errors.OutcomeUnknownError) as raised:
        perform(kind, "submit", XML, api_url=server.url)
    assert raised.value.cause == cause
    assert server.posts == 1


def test_a_connection_that_is_reset_at_once_ends_in_one_of_the_two_truths(kind: Kind, server: Server) -> None:
    server.takes, server.behaviours = 0, [reset]
    with pytest.raises((errors.OutcomeUnknownError, errors.NotSentError)):
        perform(kind, "submit", XML, api_url=server.url, clock=Clock())


@pytest.mark.parametrize("takes", [1, 300])
def test_a_request_that_is_reset_half_way_leaves_the_outcome_unknown(
    kind: Kind, server: Server, takes: int
) -> None:
    server.takes, server.behaviours = takes, [reset]
    with pytest.raises(errors.OutcomeUnknownError):
        perform(kind, "submit", XML + " " * 1_000_000, api_url=server.url)
    assert server.posts == 1


# That the deadline ended them is seen by the cause: left alone, each would end later and otherwise, or never.
SLOW: dict[str, Callable[[Server], Behaviour]] = {
    "no answer": lambda server: server.hold,
    "status line byte by byte": lambda server: server.drips(GOOD),
    "headers byte by byte": lambda server: server.drips(GOOD[20:], at_once=GOOD[:20]),
    "body byte by byte": lambda server: server.drips(BODY, at_once=HEAD + b"\r\n\r\n"),
    "interim answers for ever": lambda server: server.pours(b"HTTP/1.1 100 Continue\r\n\r\n" * 20),
}


@pytest.mark.parametrize("fault", SLOW)
def test_a_slow_answer_ends_at_the_deadline(kind: Kind, server: Server, fault: str) -> None:
    server.behaviours = [SLOW[fault](server), sends(NO_MACHINES)]
    with pytest.raises(errors.OutcomeUnknownError) as raised:
        perform(kind, "submit", XML, api_url=server.url, timeout_s=0.4)
    assert raised.value.cause == "time_out"
    assert server.posts == 1


def test_a_server_that_does_not_read_ends_at_the_deadline(kind: Kind, server: Server) -> None:
    server.takes, server.behaviours = 0, [server.hold]
    with pytest.raises(errors.OutcomeUnknownError) as raised:
        perform(kind, "submit", XML + " " * 8_000_000, api_url=server.url, timeout_s=1.5)
    assert raised.value.cause == "time_out"


def bomb(size: int) -> bytes:
    zipped = gzip.compress(b" " * size, compresslevel=1)
    return ZIPPED % len(zipped) + zipped


HUGE: dict[str, tuple[Callable[[Server], Behaviour], str]] = {
    "a body without end": (lambda server: server.pours(b"x" * 65536, OPEN_ENDED), "answer_too_large"),
    "headers without end": (lambda server: server.pours(b"x: y\r\n" * 5000, HEAD), "cut_answer"),
    "a header without end": (lambda server: server.pours(b"x" * 65536, HEAD), "cut_answer"),
    "a bomb": (lambda _: sends(bomb(64 * 1024 * 1024)), "foreign_answer"),
}


@pytest.mark.parametrize("fault", HUGE)
def test_a_huge_answer_does_not_fill_the_memory(kind: Kind, server: Server, fault: str) -> None:
    behaviour, cause = HUGE[fault]
    server.behaviours = [behaviour(server)]
    tracemalloc.start()
    try:
        with pytest.raises(errors.OutcomeUnknownError) as raised:
            perform(kind, "submit", XML, api_url=server.url)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert raised.value.cause == cause
    assert peak < 32 * 1024 * 1024
    assert server.posts == 1


def test_a_refused_connection_is_tried_a_few_times_and_nothing_was_sent(kind: Kind, server: Server) -> None:
    api_url, clock = server.url, Clock()
    server.close()
    with pytest.raises(errors.NotSentError):
        perform(kind, "submit", XML, api_url=api_url, clock=clock)
    assert len(clock.slept) == 2


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_server_that_speaks_no_tls_is_not_sent_to(kind: Kind, server: Server, host: str) -> None:
    server.takes, server.behaviours = 3, [sends(b"HTTP/1.1 400 Bad Request\r\n\r\n")]
    clock = Clock()
    with pytest.raises(errors.NotSentError, match="the server does not speak TLS on this port"):
        perform(kind, "submit", XML, api_url=f"https://{host}:{server.port}", clock=clock)
    assert len(server.requests) == 1
    assert {request[:1] for request in server.requests} == {b"\x16"}


def test_a_tls_handshake_that_hangs_ends_at_the_deadline_and_nothing_was_sent(
    kind: Kind, server: Server
) -> None:
    server.takes, server.behaviours = 3, [server.hold]
    with pytest.raises(errors.NotSentError, match="nothing was sent: no connection was made"):
        perform(kind, "submit", XML, api_url=f"https://127.0.0.1:{server.port}", timeout_s=0.4)
    assert [request[:1] for request in server.requests] == [b"\x16"]


def test_a_good_answer_over_a_real_connection_is_read(kind: Kind, server: Server) -> None:
    server.behaviours = [sends(GOOD)]
    assert perform(kind, "submit", XML, api_url=server.url).build.id == "vmbuild_AAAAAAAAAAAAAAAA"
    assert server.requests[0].count(b"Bearer ") == 1


def test_the_token_does_not_pass_a_proxy_in_the_clear(
    kind: Kind, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{server.port}")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server.behaviours = [sends(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")]
    for api_url in ("https://api.katapult.test/core/v1", "http://127.0.0.1:1/core/v1"):
        with pytest.raises(errors.ApiError):
            perform(kind, "submit", XML, api_url=api_url, clock=Clock())
    assert {request.split(b" ")[0] for request in server.requests} == {b"CONNECT"}
    assert b"canary-token" not in b"".join(server.requests)


def test_a_proxy_is_used_for_the_api(kind: Kind, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", f"127.0.0.1:{server.port}")
    monkeypatch.setenv("no_proxy", "")
    server.behaviours = [sends(b"HTTP/1.1 403 Forbidden\r\n\r\n")]
    with pytest.raises(errors.ApiError):
        perform(kind, "build", "vmbuild_1", api_url="https://api.katapult.test/core/v1", clock=Clock())
    assert server.requests[0].startswith(b"CONNECT api.katapult.test:443 ")


def test_a_stale_kept_connection_casts_no_doubt_on_a_create(server: Server) -> None:
    from vmspec.katapult import Katapult

    server.behaviours = [sends(raw(build("building"))), sends(GOOD), sends(raw(build("building")))]
    with Katapult(token="t", organization="acme", api_url=server.url) as katapult:
        katapult.build("vmbuild_AAAAAAAAAAAAAAAA")
        assert katapult.submit(XML).outcome == "created"
        assert katapult.build("vmbuild_AAAAAAAAAAAAAAAA").state == "building"

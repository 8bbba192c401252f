"""Each fault as a client sees it, byte for byte, on a running sandbox."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from vmspec.sandbox import Endpoint, RunningSandbox, Sandbox, running
from vmspec.sandbox.faults import (
    Altered,
    Bomb,
    Closed,
    ConnectionReset,
    Cut,
    Delay,
    Drop,
    Endless,
    Foreign,
    Interrupted,
    Redirect,
    Refusal,
    Slow,
)

from ..support.caller import CREATE, Clock
from ..support.wire import RESET, builds, connected, create, post, request_of, rest_of, ticking


@pytest.fixture
def api() -> Iterator[RunningSandbox]:
    """Its clock stands still."""
    with running(Sandbox(clock=Clock())) as api:
        yield api


def test_connection_is_reset_on_accept(api: RunningSandbox) -> None:
    api.sandbox.order(ConnectionReset(), times=2)
    for _ in range(2):
        with pytest.raises(ConnectionResetError), connected(api) as connection:
            connection.recv(1)  # quick resets show while it connects
    with connected(api) as connection:
        connection.sendall(request_of(api))
        assert connection.recv(12) == b"HTTP/1.1 201"
    assert (builds(api), api.sandbox.requests()) == (1, 1)


def test_request_is_interrupted_half_way(api: RunningSandbox) -> None:
    api.sandbox.order(Interrupted(), at=Endpoint.CREATE)
    whole = request_of(api, padding=3_500_000)
    with connected(api) as connection:
        connection.sendall(whole[:1_000_000])
        connection.settimeout(0.1)
        with pytest.raises(TimeoutError):
            connection.recv(1)  # not half of it yet
        connection.settimeout(20)
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            connection.sendall(whole[1_000_000:])
        assert rest_of(connection) in (RESET, b"")  # the reset may have shown while it was sent
    assert (builds(api), api.sandbox.requests(Endpoint.CREATE)) == (0, 1)


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize(("how", "seen"), [("reset", RESET), ("end", b"")])
def test_connection_drops_before_the_answer(
    api: RunningSandbox, how: Any, seen: object, carried_out: bool
) -> None:
    api.sandbox.order(Drop(how, carried_out=carried_out), at=Endpoint.CREATE)
    assert create(api) == seen
    assert builds(api) == carried_out


CUTS: dict[str, tuple[bytes, bool]] = {
    "status": (b"HTTP/1.1 2", False),
    "headers": (b"HTTP/1.1 201 Created\r\n", False),
    "body": (b"HTTP/1.1 201 Created\r\n", True),
    "chunk": (b"HTTP/1.1 201 Created\r\n", True),
}


@pytest.mark.parametrize("part", CUTS)
def test_answer_is_cut(api: RunningSandbox, part: Any) -> None:
    begin, has_head = CUTS[part]
    api.sandbox.order(Cut(part))
    sent = create(api)
    assert isinstance(sent, bytes)
    assert sent.startswith(begin)
    assert (b"\r\n\r\n" in sent) == has_head
    assert builds(api) == 1

    api.sandbox.order(Cut(part))
    with pytest.raises(httpx.RemoteProtocolError):
        post(api)


def test_slow_answer_is_sent_byte_by_byte_by_the_sandbox_clock(api: RunningSandbox) -> None:
    clock: Any = api.sandbox.clock
    api.sandbox.order(Slow(1))
    with connected(api) as connection:
        connection.sendall(request_of(api))
        received = b""
        for _ in range(20):
            connection.settimeout(0.05)
            with pytest.raises(TimeoutError):
                connection.recv(1)
            connection.settimeout(20)
            clock.advance(1)
            received += connection.recv(65536)
        assert received == b"HTTP/1.1 201 Created"
        assert builds(api) == 1


def test_slow_answer_is_complete_in_the_end(api: RunningSandbox) -> None:
    api.sandbox.order(Slow(0.001))
    clock: Any = api.sandbox.clock
    with ticking(clock):
        response = post(api)
    assert (response.status_code, response.json()["hostname"]) == (201, "web-1")


def test_delayed_answer_waits_by_the_sandbox_clock(api: RunningSandbox) -> None:
    clock: Any = api.sandbox.clock
    api.sandbox.order(Delay(3600))
    with connected(api) as connection:
        connection.sendall(request_of(api))
        connection.settimeout(0.1)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        assert builds(api) == 1
        clock.advance(3600)
        connection.settimeout(20)
        assert connection.recv(12) == b"HTTP/1.1 201"


def test_request_is_carried_out_after_the_client_timed_out(api: RunningSandbox) -> None:
    clock: Any = api.sandbox.clock
    api.sandbox.order(Delay(3600, later_s=20))
    with pytest.raises(httpx.ReadTimeout):
        post(api, timeout=0.1)
    assert builds(api) == 0
    clock.advance(20)
    assert builds(api) == 1


def test_endless_body_does_not_end(api: RunningSandbox) -> None:
    api.sandbox.order(Endless())
    with connected(api) as connection:
        connection.sendall(request_of(api))
        received = b""
        while len(received) < 6 * 1024 * 1024:
            received += connection.recv(1024 * 1024)
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 201 Created\r\n")
    assert b"content-length" not in head.lower()
    assert json.loads(body)["hostname"] == "web-1"
    assert builds(api) == 1


def test_bomb_is_sent_as_gzip_without_being_accepted(api: RunningSandbox) -> None:
    api.sandbox.order(Bomb(8))
    with httpx.stream(
        "GET",
        f"{api.url}/tasks/_",
        headers={"Accept-Encoding": "identity", "Authorization": f"Bearer {api.token}"},
    ) as response:
        sent = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == "gzip"
    assert len(sent) < 100_000
    assert response.status_code == 404


@pytest.mark.parametrize(
    ("fault", "status", "built"),
    [
        (Foreign(201, carried_out=True), 201, 1),
        (Foreign(500), 500, 0),
        (Foreign(502), 502, 0),
        (Foreign(504, carried_out=True), 504, 1),
        (Altered(202), 202, 1),
        (Redirect(307, "http://192.0.2.1/"), 307, 0),
        (Refusal("service_unavailable", carried_out=True), 503, 1),
        (Refusal("rate_limit_reached", retry_after="garbage"), 429, 0),
    ],
)
def test_other_answers_arrive_as_ordered(api: RunningSandbox, fault: Any, status: int, built: int) -> None:
    api.sandbox.order(fault, at=Endpoint.CREATE)
    response = post(api)
    assert (response.status_code, builds(api)) == (status, built)
    assert response.headers.get("location") == getattr(fault, "location", None)
    assert response.headers.get("retry-after") == getattr(fault, "retry_after", None)
    if isinstance(fault, Foreign):
        assert response.headers["content-type"] == "text/html"
        assert response.text == fault.body
        assert "x-ratelimit-remaining" not in response.headers


def test_connection_is_closed_after_the_answer(api: RunningSandbox) -> None:
    api.sandbox.order(Closed())
    sent = create(api)
    assert isinstance(sent, bytes)
    head, _, body = sent.partition(b"\r\n\r\n")
    assert b"connection:" not in head.lower()
    assert json.loads(body)["hostname"] == "web-1"


def test_connection_is_reset_when_reused(api: RunningSandbox) -> None:
    api.sandbox.order(Closed("reused"))
    with httpx.Client() as client:
        assert post(api, client).status_code == 201
        with pytest.raises(httpx.TransportError):
            post(api, client)
        assert post(api, client).status_code == 201
    assert builds(api) == 2


def test_polls_take_faults_one_by_one(api: RunningSandbox) -> None:
    build_id = post(api).json()["build"]["id"]
    for fault in (Drop(), Refusal("build_not_found"), Refusal("service_unavailable")):
        api.sandbox.order(fault, at=Endpoint.BUILD)

    def look() -> int:
        return httpx.get(
            f"{api.url}/virtual_machines/builds/_",
            params={"virtual_machine_build[id]": build_id},
            headers={"Authorization": f"Bearer {api.token}"},
        ).status_code

    with pytest.raises(httpx.ReadError):
        look()
    assert [look() for _ in range(3)] == [404, 503, 200]


@pytest.mark.parametrize("fault", [Delay(3600), Slow(3600), Endless()])
def test_no_fault_delays_the_end_of_the_server(fault: Any, capfd: pytest.CaptureFixture[str]) -> None:
    before = threading.active_count()
    with running(Sandbox(clock=Clock())) as api:
        api.sandbox.order(fault)
        connection = connected(api)
        connection.sendall(request_of(api))
        while not builds(api):
            time.sleep(0.01)
    connection.close()
    assert threading.active_count() == before
    assert capfd.readouterr() == ("", "")


def test_client_that_disconnects_early_causes_no_error(
    api: RunningSandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    with connected(api) as connection:
        connection.sendall(request_of(api)[:-10])
    assert post(api).status_code == 201
    assert builds(api) == 1
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "more", [{"X-Forwarded-For": "192.0.2.1"}, {"Connection": "Upgrade", "Upgrade": "websocket"}]
)
def test_proxy_and_upgrade_headers_are_ignored(api: RunningSandbox, more: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {api.token}"} | more
    assert httpx.get(f"{api.url}/tasks/_", headers=headers).json()["error"]["code"] == "task_not_found"


def test_log_has_status_0_for_a_missing_answer() -> None:
    seen: list[tuple[str, str, int]] = []
    with running(log=lambda *entry: seen.append(entry)) as api:
        api.sandbox.order(Drop(carried_out=True))
        api.sandbox.order(Interrupted(), after=1)
        assert [create(api), create(api)] == [RESET, RESET]
        post(api)
    assert seen == [("POST", CREATE, 0), ("POST", CREATE, 0), ("POST", CREATE, 201)]


def test_token_is_checked_before_the_body_is_read(api: RunningSandbox) -> None:
    api.sandbox.order(Drop(), times=None)
    head = request_of(api).partition(b"\r\n\r\n")[0].replace(api.token.encode(), b"wrong")
    with connected(api) as connection:
        connection.sendall(head + b"\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 403"
    assert len(api.sandbox.orders) == 1


def test_body_that_is_too_large_is_refused_unread(api: RunningSandbox) -> None:
    head = f"POST {CREATE} HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer {api.token}\r\n"
    with connected(api) as connection:
        connection.sendall(f"{head}Content-Length: {4 * 1024 * 1024 + 1}\r\n\r\n".encode())
        assert connection.recv(12) == b"HTTP/1.1 413"
    assert post(api).headers["X-Ratelimit-Remaining"] == "999"


def test_chunked_body_that_is_too_large_is_refused(api: RunningSandbox) -> None:
    headers = {"Authorization": f"Bearer {api.token}"}
    url = f"{api.url}/organizations/_/virtual_machines/build_from_spec"
    response = httpx.post(url, headers=headers, content=(b" " * 65536 for _ in range(100)))
    assert response.json()["error"]["code"] == "request_too_large"
    assert builds(api) == 0

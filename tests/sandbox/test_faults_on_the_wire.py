"""Each fault as a client sees it: by a bare socket, byte for byte, on a sandbox that runs."""

from __future__ import annotations

import contextlib
import json
import socket
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
    LateMachine,
    Redirect,
    Refusal,
    Slow,
)

from .conftest import CREATE, WEB, Clock

RESET = "reset"


@pytest.fixture
def api() -> Iterator[RunningSandbox]:
    """Its clock stands still."""
    with running(Sandbox(clock=Clock())) as api:
        yield api


def request_of(api: RunningSandbox, padding: int = 0) -> bytes:
    body = json.dumps({"organization": {"sub_domain": "sandbox"}, "xml": WEB + " " * padding}).encode()
    head = (
        f"POST {CREATE} HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer {api.token}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def connected(api: RunningSandbox) -> socket.socket:
    host, _, port = api.url.removeprefix("http://").partition("/")[0].partition(":")
    return socket.create_connection((host, int(port)), timeout=20)


def rest_of(connection: socket.socket) -> bytes | str:
    """All that comes until the connection ends, or that it is reset."""
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except ConnectionResetError:
        return RESET
    return received


def create(api: RunningSandbox) -> bytes | str:
    with connected(api) as connection:
        connection.sendall(request_of(api))
        return rest_of(connection)


def builds(api: RunningSandbox) -> int:
    return len(api.sandbox.builds)


def test_a_connection_is_turned_away(api: RunningSandbox) -> None:
    api.sandbox.order(ConnectionReset(), times=2)
    for _ in range(2):
        with pytest.raises(ConnectionResetError), connected(api) as connection:
            connection.recv(1)  # quick resets show while it connects
    with connected(api) as connection:
        connection.sendall(request_of(api))
        assert connection.recv(12) == b"HTTP/1.1 201"
    assert (builds(api), api.sandbox.requests()) == (1, 1)


def test_a_request_is_interrupted_half_way(api: RunningSandbox) -> None:
    api.sandbox.order(Interrupted(), at=Endpoint.CREATE)
    whole = request_of(api, padding=8_000_000)
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
def test_a_connection_drops_before_the_answer(
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
def test_an_answer_is_cut(api: RunningSandbox, part: Any) -> None:
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


def post(api: RunningSandbox, client: Any = httpx, **more: Any) -> httpx.Response:
    response: httpx.Response = client.post(
        f"{api.url.removesuffix('/core/v1')}{CREATE}",
        headers={"Authorization": f"Bearer {api.token}"},
        json={"organization": {"sub_domain": "sandbox"}, "xml": WEB},
        **more,
    )
    return response


def test_a_slow_answer_comes_byte_by_byte_by_the_sandbox_s_clock(api: RunningSandbox) -> None:
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
            clock.go_on(1)
            received += connection.recv(65536)
        assert received == b"HTTP/1.1 201 Created"
        assert builds(api) == 1


def test_a_slow_answer_comes_to_its_end(api: RunningSandbox) -> None:
    api.sandbox.order(Slow(0.001))
    clock: Any = api.sandbox.clock
    with ticking(clock):
        response = post(api)
    assert (response.status_code, response.json()["hostname"]) == (201, "web-1")


class ticking:
    """Lets a clock go on by itself, as fast as it can."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._is_over = clock, threading.Event()
        self._thread = threading.Thread(target=self._tick)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _tick(self) -> None:
        while not self._is_over.wait(0.001):
            self._clock.go_on(1)


def test_a_late_answer_waits_by_the_sandbox_s_clock(api: RunningSandbox) -> None:
    clock: Any = api.sandbox.clock
    api.sandbox.order(Delay(3600))
    with connected(api) as connection:
        connection.sendall(request_of(api))
        connection.settimeout(0.1)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        assert builds(api) == 1
        clock.go_on(3600)
        connection.settimeout(20)
        assert connection.recv(12) == b"HTTP/1.1 201"


def test_a_request_is_carried_out_after_the_client_gave_up(api: RunningSandbox) -> None:
    clock: Any = api.sandbox.clock
    api.sandbox.order(Delay(3600, later_s=20))
    with pytest.raises(httpx.ReadTimeout):
        post(api, timeout=0.1)
    assert builds(api) == 0
    clock.go_on(20)
    assert builds(api) == 1


def test_a_body_never_ends(api: RunningSandbox) -> None:
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


def test_a_bomb_comes_as_gzip_though_nobody_asked(api: RunningSandbox) -> None:
    api.sandbox.order(Bomb(8))
    with httpx.stream("GET", api.url, headers={"Accept-Encoding": "identity"}) as response:
        sent = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == "gzip"
    assert len(sent) < 100_000
    assert response.status_code == 400


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
def test_an_answer_is_another(api: RunningSandbox, fault: Any, status: int, built: int) -> None:
    api.sandbox.order(fault, at=Endpoint.CREATE)
    response = post(api)
    assert (response.status_code, builds(api)) == (status, built)
    assert response.headers.get("location") == getattr(fault, "location", None)
    assert response.headers.get("retry-after") == getattr(fault, "retry_after", None)
    if isinstance(fault, Foreign):
        assert response.headers["content-type"] == "text/html"
        assert response.text == fault.body
        assert "x-ratelimit-remaining" not in response.headers


def test_a_connection_that_seemed_to_stay_open_is_closed_with_the_answer(api: RunningSandbox) -> None:
    api.sandbox.order(Closed())
    sent = create(api)
    assert isinstance(sent, bytes)
    head, _, body = sent.partition(b"\r\n\r\n")
    assert b"connection:" not in head.lower()
    assert json.loads(body)["hostname"] == "web-1"


def test_a_connection_is_reset_when_it_is_used_again(api: RunningSandbox) -> None:
    api.sandbox.order(Closed("reused"))
    with httpx.Client() as client:
        assert post(api, client).status_code == 201
        with pytest.raises(httpx.TransportError):
            post(api, client)
        assert post(api, client).status_code == 201
    assert builds(api) == 2


def test_polls_meet_faults_and_the_next_ones_do_not(api: RunningSandbox) -> None:
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
def test_no_fault_holds_up_the_end(fault: Any, capfd: pytest.CaptureFixture[str]) -> None:
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


def test_a_client_that_leaves_in_the_middle_is_no_error(
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
def test_what_a_proxy_or_a_browser_adds_changes_nothing(api: RunningSandbox, more: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {api.token}"} | more
    assert httpx.get(f"{api.url}/tasks/_", headers=headers).json()["error"]["code"] == "task_not_found"


def test_the_log_says_where_no_answer_was_sent() -> None:
    seen: list[tuple[str, str, int]] = []
    with running(log=lambda *entry: seen.append(entry)) as api:
        api.sandbox.order(Drop(carried_out=True))
        api.sandbox.order(Interrupted(), after=1)
        assert [create(api), create(api)] == [RESET, RESET]
        post(api)
    assert seen == [("POST", CREATE, 0), ("POST", CREATE, 0), ("POST", CREATE, 201)]


def control(api: RunningSandbox, method: str, path: str, order: Any = None, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {api.token}"} | more.pop("headers", {})
    body = {} if order is None else {"json": order}
    return httpx.request(method, api.control_url + path, headers=headers, **body, **more)


def test_another_process_orders_faults_over_http(api: RunningSandbox) -> None:
    ordered = control(
        api,
        "POST",
        "/faults",
        {"fault": "Drop", "how": "end", "carried_out": True, "at": "create", "times": 2},
    )
    expected = {
        "id": 1,
        "fault": "Drop",
        "how": "end",
        "carried_out": True,
        "later_s": 0.0,
        "at": "create",
        "times": 2,
        "after": 0,
    }
    assert (ordered.status_code, ordered.json()) == (201, {"faults": [expected]})
    assert api.sandbox.orders[0].fault == Drop("end", carried_out=True)
    assert create(api) == b""
    assert control(api, "GET", "/faults").json() == {"faults": [expected | {"times": 1}]}
    assert control(api, "DELETE", "/faults").json() == {"withdrawn": 1}
    assert post(api).status_code == 201

    assert control(api, "GET", "/requests").json() == {
        "requests": [
            {"at": "create", "status": None, "count": 1},
            {"at": "create", "status": 201, "count": 1},
        ]
    }
    assert [build["id"] for build in control(api, "GET", "/builds").json()["builds"]] == [
        build.id for build in api.sandbox.builds
    ]


def test_several_are_ordered_at_once_and_one_is_withdrawn(api: RunningSandbox) -> None:
    orders = [
        {"fault": "LateMachine", "seconds": 60, "in_list": False},
        {"fault": "Altered", "without": ["annotations"], "values": {"task.status": "odd"}},
        {"fault": "Foreign", "status": 504, "at": None, "times": None, "after": 3},
    ]
    assert control(api, "POST", "/faults", orders).status_code == 201
    assert control(api, "DELETE", "/faults", params={"id": "3"}).json() == {"withdrawn": 1}
    assert [order.fault for order in api.sandbox.orders] == [
        LateMachine(60, in_list=False),
        Altered(without=("annotations",), values={"task.status": "odd"}),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("Drop", "an order is an object"),
        ({}, "fault is one of ConnectionReset, Interrupted, Drop, "),
        ({"fault": ["Drop"]}, "fault is one of "),
        (
            {"fault": "Drop", "when": "now"},
            "Drop has no when; it has carried_out, later_s, how, and every order at, times, after",
        ),
        (
            {"fault": "Endless", "bytes": 3},
            "Endless has no bytes; it has no fields of its own, and every order at, times, after",
        ),
        ({"fault": "Refusal", "at": "create"}, "Refusal needs code"),
        ({"fault": "Drop", "how": "gone"}, "how is one of reset, end"),
        ({"fault": "Delay"}, "Delay needs seconds"),
        ({"fault": "Drop", "at": "nowhere"}, "at is one of create, build, task, machine, machines, template"),
        ({"fault": "Drop", "at": ["create"]}, "at is one of "),
        ({"fault": "Drop", "times": "two"}, "times is a whole number"),
        ({"fault": "Refusal", "code": []}, "code is a text"),
        ({"fault": "Refusal", "code": "nonsense"}, "'nonsense' is not a refusal; one of "),
        ({"fault": "ConnectionReset", "times": None}, "ConnectionReset needs a number of times"),
        ([{"fault": "Drop"}, {"fault": "Unfiltered", "at": "build"}], "Unfiltered is met by lists"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_in_words(
    api: RunningSandbox, content: Any, words: str
) -> None:
    response = control(api, "POST", "/faults", content)
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (422, "invalid_order")
    assert error["description"].startswith(words)
    assert api.sandbox.orders == ()


def test_the_control_endpoint_takes_the_token_only(api: RunningSandbox) -> None:
    for method, path in (("POST", "/faults"), ("GET", "/builds"), ("GET", "/nothing")):
        refused = control(api, method, path, headers={"Authorization": "Bearer wrong"})
        assert refused.json()["error"]["code"] == "invalid_api_token"
    assert control(api, "GET", "/nothing").status_code == 404
    assert control(api, "PUT", "/faults").status_code == 404
    assert control(api, "DELETE", "/faults", params={"id": "7"}).status_code == 422
    broken = control(api, "POST", "/faults", content=b"{")
    assert broken.json()["error"]["code"] == "invalid_json_body"


def test_the_control_endpoint_meets_no_fault_and_counts_for_nothing() -> None:
    with running(Sandbox(rate_limit=1)) as api:
        for fault in (Drop(), Interrupted()):
            api.sandbox.order(fault, times=None)
        assert [control(api, "GET", "/requests").status_code for _ in range(3)] == [200] * 3
        assert control(api, "DELETE", "/faults").json() == {"withdrawn": 2}
        assert post(api).status_code == 201
        assert api.sandbox.requests() == 1

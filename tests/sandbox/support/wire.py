"""Requests to a running sandbox, by socket and by httpx."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any

import httpx

from vmspec.sandbox import RunningSandbox

from .caller import CREATE, WEB, Clock

RESET = "reset"


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
    """Return everything received until the connection ends, or RESET."""
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


def post(api: RunningSandbox, client: Any = httpx, **more: Any) -> httpx.Response:
    response: httpx.Response = client.post(
        f"{api.url.removesuffix('/core/v1')}{CREATE}",
        headers={"Authorization": f"Bearer {api.token}"},
        json={"organization": {"sub_domain": "sandbox"}, "xml": WEB},
        **more,
    )
    return response


class ticking:
    """Advance a clock as fast as possible while the block runs."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._is_over = clock, threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _tick(self) -> None:
        while not self._is_over.wait(0.001):
            self._clock.advance(1)


def control(api: RunningSandbox, method: str, path: str, order: Any = None, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {api.token}"} | more.pop("headers", {})
    body = {} if order is None else {"json": order}
    return httpx.request(method, api.control_url + path, headers=headers, **body, **more)

"""A Katapult for tests of commands: a sandbox that the environment names, and a server that loses answers."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
from attrs import define, field

from vmspec.sandbox import RunningSandbox, Sandbox

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
GONE = (OSError, ValueError, httpx.TransportError)
"""What a server meets where the client, or the sandbox behind it, has ended meanwhile."""
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody, and so takes no time to load authorities."""
QUICK = 2000.0
"""How fast builds go where they are waited for: 0.02 s."""


@define
class Api:
    """A sandbox that the environment names, and all requests it got."""

    running: RunningSandbox
    requests: list[tuple[str, str, int]]
    during: list[Callable[[str], object]] = field(factory=list)
    """What is to be done before an answer goes out."""

    @property
    def sandbox(self) -> Sandbox:
        return self.running.sandbox

    @property
    def posts(self) -> list[int]:
        """The status that each POST was answered with."""
        return [status for method, _, status in self.requests if method == "POST"]


class Time:
    """The sandbox's time, which stands until it is told to go on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def submissions(out: str) -> list[dict[str, Any]]:
    """What the JSON of ``submit``, ``reconcile``, ``wait`` and ``submissions`` holds."""
    assert out.isascii()
    data = json.loads(out)
    assert (list(data), data["version"]) == (["version", "submissions"], 1)
    return data["submissions"]


def id_in(text: str) -> str:
    """The one submission that a text names."""
    (found,) = set(re.findall(UUID, text))
    return found


@contextmanager
def losing(url: str) -> Iterator[str]:
    """An address that passes requests on, and hangs up instead of answering where it is a create."""
    ending = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def pass_on(connection: socket.socket) -> None:
            with connection, connection.makefile("rb") as stream, suppress(*GONE):
                method, target, _ = stream.readline().decode().split()
                lines = iter(stream.readline, b"\r\n")
                headers = dict(line.decode().strip().split(": ", 1) for line in lines)
                body = stream.read(int(headers.pop("Content-Length", "0")))
                del headers["Host"]
                answer = httpx.request(
                    method,
                    url.partition("/core")[0] + target,
                    headers=headers,
                    content=body,
                    verify=NO_TLS,
                )
                if method == "GET":
                    head = f"HTTP/1.1 {answer.status_code} X\r\nConnection: close\r\n\r\n"
                    connection.sendall(head.encode() + answer.content)

        def serve() -> None:
            while not ending.is_set():
                with suppress(OSError):
                    threading.Thread(target=pass_on, args=(listener.accept()[0],), daemon=True).start()

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/core/v1"
        ending.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join()

"""Sandboxes for tests of commands, and a proxy that loses the answers to creates."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from attrs import define, field

from vmspec.katapult import Entry, SQLiteJournal
from vmspec.sandbox import RunningSandbox, Sandbox

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
CLOSED = (OSError, ValueError, httpx.TransportError)
"""Errors of a proxy whose client or server has ended."""
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""TLS context that loads no certificate authorities, which takes time."""
QUICK_SPEED = 2000.0
"""Speed of the sandbox at which a build takes 0.02 s."""


@define
class Api:
    """A running sandbox and the requests it has answered."""

    running: RunningSandbox
    requests: list[tuple[str, str, int]]
    during: list[Callable[[str], object]] = field(factory=list)
    """Functions called with the method of each request before its answer is sent."""

    @property
    def sandbox(self) -> Sandbox:
        return self.running.sandbox

    @property
    def posts(self) -> list[int]:
        """Return the status of the answer to each POST."""
        return [status for method, _, status in self.requests if method == "POST"]


@define
class Lost:
    """A submission whose answer was lost, and whose machine has not appeared yet."""

    api: Api
    time: Time
    id: str
    there: tuple[str, str]
    """Options for the API that it was sent to."""

    def appear(self) -> str:
        """Let its machine appear, and return the machine's id."""
        self.time.now += 100.0
        machine_id = self.api.sandbox.builds[0].machine_id
        assert machine_id is not None
        return machine_id


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def submissions(out: str) -> list[dict[str, Any]]:
    """Return the submissions in the JSON of a command."""
    assert out.isascii()
    data = json.loads(out)
    assert (list(data), data["version"]) == (["version", "submissions"], 1)
    return data["submissions"]


def read_entries(journal: Path) -> Sequence[Entry]:
    """Return the entries of a journal."""
    with closing(SQLiteJournal(journal)) as store:
        return store.entries()


def id_in(text: str) -> str:
    """Return the one submission id in a text."""
    (found,) = set(re.findall(UUID, text))
    return found


@contextmanager
def losing(url: str) -> Iterator[str]:
    """Run a proxy for the API that closes the connection instead of answering a create."""
    ending = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def pass_on(connection: socket.socket) -> None:
            with connection, connection.makefile("rb") as stream, suppress(*CLOSED):
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

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/core/v1"
        finally:
            ending.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()

"""Doubles for the tests of the client: a clock that is not real, a scripted API, a server that misbehaves."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import httpx
from attrs import define, field

from vmspec.katapult import AsyncKatapult, Journal, Katapult, SQLiteJournal

TOKEN = "canary-token-5d41402abc4b2a76"
XML = """<?xml version="1.0"?>
<VirtualMachineSpec>
  <DataCenter>loc_AAAAAAAAAAAAAAAA</DataCenter>
</VirtualMachineSpec>
"""
CREATED = {
    "task": {"id": "task_AAAAAAAAAAAAAAAA", "name": "Build virtual machine", "status": "pending"},
    "build": {"id": "vmbuild_AAAAAAAAAAAAAAAA", "state": "pending"},
    "virtual_machine_build": {"id": "vmbuild_AAAAAAAAAAAAAAAA", "state": "pending"},
    "hostname": "web-1",
    "annotations": [],
}
Kind = Literal["sync", "async"]
Scripted = httpx.Response | Exception


@define
class Clock:
    """Time that passes only where somebody sleeps."""

    now: float = 1000.0
    slept: list[float] = field(factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)


@define
class Api:
    """A scripted Katapult: gives its answers in order, the last one for ever, and keeps what it was asked."""

    answers: list[Scripted]
    clock: Clock = field(factory=Clock)
    costs_s: float = 0.0
    requests: list[httpx.Request] = field(factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if is_key_lookup(request):
            return httpx.Response(200, json={"virtual_machines": [], "pagination": {"total_pages": 1}})
        self.requests.append(request)
        self.clock.now += self.costs_s
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def posts(self) -> int:
        return sum(request.method == "POST" for request in self.requests)

    @property
    def asked(self) -> list[tuple[str, str, bytes]]:
        return [(request.method, str(request.url), request.content) for request in self.requests]

    def perform(self, kind: Kind, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method of a client of this API, on this clock."""
        transport = httpx.MockTransport(self)
        return perform(kind, method, *args, clock=self.clock, transport=transport, **kwargs)


def perform(
    kind: Kind,
    method: str,
    *args: Any,
    clock: Clock | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    api_url: str = "https://api.katapult.test/core/v1",
    journal: Journal | None = None,
    chance: random.Random | None = None,
    ca_bundle: Path | None = None,
    **kwargs: Any,
) -> Any:
    """Call a method of a sync or an async client; both are made alike, and look once for what is lost."""
    if method == "submit":
        kwargs.setdefault("settle_s", 0.0)
    settings: dict[str, Any] = {
        "token": TOKEN,
        "organization": "acme",
        "api_url": api_url,
        "ca_bundle": ca_bundle,
        "transport": transport,
        "journal": journal or SQLiteJournal(),
    }
    settings["chance"] = chance or random.Random(7)
    if clock is not None:
        settings |= {"clock": clock, "sleep": clock.sleep if kind == "sync" else clock.asleep}
    if kind == "sync":
        with Katapult(**settings) as katapult:
            return getattr(katapult, method)(*args, **kwargs)

    async def go() -> Any:
        async with AsyncKatapult(**settings) as katapult:
            return await getattr(katapult, method)(*args, **kwargs)

    return asyncio.run(go())


def interrupt(kind: Kind) -> None:
    """Interrupt the call of :func:`perform` that is under way, by Ctrl-C or by cancelling its task."""
    if kind == "sync":
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        time.sleep(0.5)
        return
    for task in asyncio.all_tasks():
        if getattr(task.get_coro(), "__name__", "") == "go":
            task.cancel()


def is_key_lookup(request: httpx.Request) -> bool:
    """Return whether a request lists the machines with a key, as is done before a new key is sent."""
    return request.method == "GET" and "vmspec.key" in request.url.params.get_list("annotations[][key]")


def answer(status: int, data: object, **headers: str) -> httpx.Response:
    headers = {"X-Request-Id": "11111111-2222-3333-4444-555555555555"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return httpx.Response(status, json=data, headers=headers)


def error(
    status: int, code: str, description: str = "", detail: object = None, **headers: str
) -> httpx.Response:
    return answer(
        status, {"error": {"code": code, "description": description, "detail": detail or {}}}, **headers
    )


def build(state: str, machine: str | None = None) -> httpx.Response:
    found = {"id": machine, "hostname": "web-1", "fqdn": "web-1.acme.test", "state": "starting"}
    return answer(
        200,
        {
            "virtual_machine_build": {
                "id": "vmbuild_AAAAAAAAAAAAAAAA",
                "state": state,
                "spec_xml": XML,
                "virtual_machine": found if machine else None,
                "created_at": 1786739228,
            },
            "annotations": [],
        },
    )


def machine(state: str) -> httpx.Response:
    found = {
        "id": "vm_AAAAAAAAAAAAAAAA",
        "hostname": "web-1",
        "fqdn": "web-1.acme.test",
        "state": state,
        "initial_root_password": "canary-password",
        "ip_addresses": [{"address": "192.0.2.7"}, {"address": "2001:db8::7"}],
    }
    return answer(200, {"virtual_machine": found, "annotations": [{"key": "team", "value": "web"}]})


def task(status: str, progress: int) -> httpx.Response:
    return answer(
        200,
        {"task": {"id": "task_AAAAAAAAAAAAAAAA", "name": "Build", "status": status, "progress": progress}},
    )


Behaviour = Callable[[socket.socket], object]


@define
class Server:
    """A server on loopback that reads a request and then does as it is told, one behaviour per connection.

    ``takes`` is how many bytes of a request it reads; None is all of it.
    """

    behaviours: list[Behaviour]
    takes: int | None = None
    requests: list[bytes] = field(factory=list)
    _listener: socket.socket = field(factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _ending: threading.Event = field(factory=threading.Event)

    @property
    def posts(self) -> int:
        return sum(request.startswith(b"P") for request in self.requests)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/core/v1"

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def close(self) -> None:
        self._ending.set()
        # A blocked accept() is woken by a shutdown of the listener, not by its close.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def drips(self, data: bytes, at_once: bytes = b"") -> Behaviour:
        """One byte each tenth of a second, which no time-out per read ever notices."""

        def drip(connection: socket.socket) -> None:
            connection.sendall(at_once)
            for byte in data:
                if self._ending.wait(0.1):
                    return
                connection.sendall(bytes([byte]))

        return drip

    def pours(self, data: bytes, at_once: bytes = b"") -> Behaviour:
        """The same without end."""

        def pour(connection: socket.socket) -> None:
            connection.sendall(at_once)
            while not self._ending.is_set():
                connection.sendall(data)

        return pour

    def hold(self, connection: socket.socket) -> None:
        self._ending.wait(30)

    def _handle(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            if self.takes is not None:
                self.requests.append(connection.recv(self.takes) if self.takes else b"")
                self.behaviours[0](connection)
                return
            data = b""
            while b"\r\n\r\n" not in data and (more := connection.recv(65536)):
                data += more
            head, _, body = data.partition(b"\r\n\r\n")
            length = next(
                (
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length:")
                ),
                0,
            )
            while len(body) < length and (more := connection.recv(65536)):
                body += more
            self.requests.append(head + b"\r\n\r\n" + body)
            self.behaviours[min(len(self.requests), len(self.behaviours)) - 1](connection)


def reset(connection: socket.socket) -> None:
    """Closes with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def sends(data: bytes) -> Behaviour:
    return lambda connection: connection.sendall(data)


def raw(response: httpx.Response) -> bytes:
    """The bytes of an answer."""
    lines = [f"HTTP/1.1 {response.status_code} {response.reason_phrase}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + response.content

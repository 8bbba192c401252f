"""The sandbox over HTTP: a thin skin that turns each request into a value and each answer into bytes.

Answers go through Starlette, but for those that a fault spoils below HTTP, which go straight to the
connection.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeAlias

import uvicorn
from attrs import evolve
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from vmspec.sandbox.http import Request
from vmspec.sandbox.sandbox import Sandbox
from vmspec.sandbox.server.connections import Connections, is_plain

Log: TypeAlias = Callable[[str, str, int], object]
"""Told method, path (without the query) and status of each request; 0 where no whole answer is sent."""

_GRACE_S = 1
"""How long a request that is being answered holds up the end."""
_LOOK_S = 0.001
"""Between two looks at whether it is answered."""
_DATE_S = 1
"""How long the date in the answers holds."""


class Server(uvicorn.Server):
    """Ends as soon as it is told to and no request is being answered.

    uvicorn looks every tenth of a second whether it is to end, and waits for another tenth whatever is
    left to do, which in a user's tests comes to more than all that is asked.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told: Future[None] = Future()

    def end(self) -> None:
        """May be called from any thread."""
        self.should_exit = True
        self._told.set_result(None)

    async def main_loop(self) -> None:
        """Until it is told to end."""
        told = asyncio.wrap_future(self._told)
        while not told.done():
            await self.on_tick(0)
            await asyncio.wait([told], timeout=_DATE_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Takes no more connections, and gives requests that are being answered a moment."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                while self.server_state.connections or self.server_state.tasks:
                    await asyncio.sleep(_LOOK_S)
        for task in self.server_state.tasks:
            task.cancel()


def server_of(sandbox: Sandbox, log: Log | None = None) -> Server:
    """A server that is still to be run, on a socket that is already bound."""
    connections = Connections(
        turns_away=sandbox.turns_away, clock=lambda: sandbox.clock(), is_ending=lambda: server.should_exit
    )
    config = uvicorn.Config(
        _application(sandbox, connections, log or _tell_nobody),
        http=connections.protocol(),
        ws="none",
        proxy_headers=False,  # they would hide the address that connections are known by
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    server = Server(config)
    return server


def _application(sandbox: Sandbox, connections: Connections, log: Log) -> ASGIApp:
    """An ASGI application that lets one sandbox answer everything."""

    async def skin(scope: Scope, receive: Receive, send: Send) -> None:
        http = HTTPRequest(scope, receive)
        connection = connections.of(scope)
        if connection is None:
            return None
        head = Request(
            method=http.method,
            path=http.url.path,
            query=tuple(http.query_params.multi_items()),
            headers=tuple(http.headers.items()),
        )
        if sandbox.interrupts(head.method, head.path):
            log(head.method, head.path, 0)
            await _read_half(http)
            connection.reset()
            return await _end(receive)
        try:
            body = await http.body()
        except ClientDisconnect:
            return None
        answer = sandbox.answer_whole(evolve(head, body=body))
        log(head.method, head.path, answer.status if answer.arrives else 0)
        await connection.wait(answer.delivery.wait_s)
        if not is_plain(answer.delivery):
            await connection.send(answer)
            return await _end(receive)
        await Response(answer.body, answer.status, dict(answer.headers))(scope, receive, send)
        if answer.delivery.closes:
            connection.closes(answer.delivery.closes)
        return None

    return skin


async def _read_half(http: HTTPRequest) -> None:
    """Reads the first half of a body, as nearly as its pieces allow."""
    length, read = int(http.headers.get("content-length", 0)), 0
    try:
        async for piece in http.stream():
            read += len(piece)
            if 2 * read >= length:
                return
    except ClientDisconnect:
        return


async def _end(receive: Receive) -> None:
    """Waits until the server knows that the connection is gone, and misses no answer any more."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _tell_nobody(method: str, path: str, status: int) -> None:
    pass

"""The sandbox over HTTP: requests become values, and answers become bytes.

Answers go through Starlette, except those that a fault changes below HTTP: they are written to the connection
directly.
"""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import uvicorn
from attrs import evolve
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from vmspec.sandbox.access import MAX_BODY_BYTES
from vmspec.sandbox.http import Delivery, Request
from vmspec.sandbox.sandbox import Sandbox
from vmspec.sandbox.server import control
from vmspec.sandbox.server.connections import Connection, FaultyProtocol

if TYPE_CHECKING:
    from vmspec.sandbox.server import Log

_GRACE_S = 1
"""Time for requests under way when the server ends."""


def serve(sandbox: Sandbox, listener: socket.socket, ended: Future[None], log: Log | None) -> None:
    """Serve a sandbox on a listening socket until ``ended`` is done."""
    asyncio.run(_serve(sandbox, listener, ended, log))


async def _serve(sandbox: Sandbox, listener: socket.socket, ended: Future[None], log: Log | None) -> None:
    # Without uvicorn.Server, which polls its flag ten times a second and then sleeps: longer than most tests.
    config = uvicorn.Config(
        _application(sandbox, log or _no_log),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
    )
    config.load()
    state = ServerState()

    def protocol() -> FaultyProtocol:
        connection = Connection(sandbox.clock, ended.done)
        return FaultyProtocol(config, state, connection, sandbox.take_connection_reset)

    server = await asyncio.get_running_loop().create_server(protocol, sock=listener)
    await asyncio.wrap_future(ended)
    server.close()
    for connection in list(state.connections):
        connection.shutdown()
    with suppress(TimeoutError):
        async with asyncio.timeout(_GRACE_S):
            while state.connections or state.tasks:
                await asyncio.sleep(0.001)
    for connection in list(state.connections):
        connection.transport.abort()


def _application(sandbox: Sandbox, log: Log) -> ASGIApp:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        http = HTTPRequest(scope, receive)
        connection: Connection = scope["state"]["connection"]
        head = Request(
            method=http.method,
            path=http.url.path,
            query=tuple(http.query_params.multi_items()),
            headers=tuple(http.headers.items()),
        )
        is_control = control.is_control_path(head.path)
        refuse_head = partial(control.refuse_head, sandbox) if is_control else sandbox.refuse_head
        answer = refuse_head(head, int(http.headers.get("content-length", 0)))
        if answer is None:
            if not is_control and sandbox.take_interruption(head.method, head.path):
                log(head.method, head.path, 0)
                await _read_half(http)
                connection.reset()
                return await _until_disconnected(receive)
            try:
                body = await _read_body(http)
            except ClientDisconnect:
                return None
            answer = refuse_head(head, len(body))
            if answer is None:
                request = evolve(head, body=body)
                answer = control.answer(sandbox, request) if is_control else sandbox.answer_complete(request)
        log(head.method, head.path, answer.status if answer.arrives else 0)
        await connection.wait(answer.delivery.wait_s)
        if not _is_plain(answer.delivery):
            await connection.send(answer)
            return await _until_disconnected(receive)
        await Response(answer.body, answer.status, dict(answer.headers))(scope, receive, send)
        if answer.delivery.closes:
            connection.close(answer.delivery.closes)
        return None

    return application


async def _read_body(http: HTTPRequest) -> bytes:
    """Return the body, or little more than its largest size."""
    body = b""
    async for piece in http.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            break
    return body


def _is_plain(delivery: Delivery) -> bool:
    return not (delivery.dropped or delivery.cut or delivery.byte_s or delivery.is_endless)


async def _read_half(http: HTTPRequest) -> None:
    """Read the first half of a body, as nearly as its pieces allow."""
    length, read = int(http.headers.get("content-length", 0)), 0
    with suppress(ClientDisconnect):
        async for piece in http.stream():
            read += len(piece)
            if 2 * read >= length:
                return


async def _until_disconnected(receive: Receive) -> None:
    """Wait until the server has noticed the end of the connection, so that it does not miss an answer."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _no_log(method: str, path: str, status: int) -> None:
    pass

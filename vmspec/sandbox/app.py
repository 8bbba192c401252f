"""The sandbox over HTTP: a thin skin that turns each request into a value and each answer into bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import uvicorn
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from vmspec.sandbox.messages import Request
from vmspec.sandbox.state import Sandbox

Log: TypeAlias = Callable[[str, str, int], object]
"""Told method, path (without the query) and status of each request that was answered."""

_GRACE_S = 1
"""How long a request that is being answered holds up the end."""


def server_of(sandbox: Sandbox, log: Log | None = None) -> uvicorn.Server:
    """A server that is still to be run, on a socket that is already bound."""
    config = uvicorn.Config(
        application(sandbox, log),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    return uvicorn.Server(config)


def application(sandbox: Sandbox, log: Log | None = None) -> ASGIApp:
    """An ASGI application that lets one sandbox answer everything."""

    async def skin(scope: Scope, receive: Receive, send: Send) -> None:
        http = HTTPRequest(scope, receive)
        answer = sandbox.answer(
            Request(
                method=http.method,
                path=http.url.path,
                query=tuple(http.query_params.multi_items()),
                headers=tuple(http.headers.items()),
                body=await http.body(),
            )
        )
        if log is not None:
            log(http.method, http.url.path, answer.status)
        await Response(answer.body, answer.status, dict(answer.headers))(scope, receive, send)

    return skin

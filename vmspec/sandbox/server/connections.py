"""Connections below HTTP: reset, cut, slow and endless answers.

ASGI gives an application no access to its connection. So uvicorn's protocol is extended: each request carries
its connection in the ASGI state.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable

import uvicorn
from attrs import define, field
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from vmspec.sandbox.http import Answer, Closing

_POLL_S = 0.01
"""Interval at which a clock is read that a test may put forward."""
_SPACES = b" " * 65536
_MAX_BUFFERED = 4 * len(_SPACES)
"""Bytes of an endless body that wait for a client that reads slowly."""


@define
class Connection:
    """One open connection."""

    _clock: Callable[[], float]
    _is_ending: Callable[[], bool]
    """Return True when the server is about to end, which no fault delays."""
    _transport: asyncio.Transport = field(init=False)
    is_spent: bool = field(init=False, default=False)
    """True if the next byte received resets it."""

    def open(self, transport: asyncio.Transport) -> None:
        """Begin to use a transport."""
        self._transport = transport
        # Without it the head of an answer may wait 40 ms for an acknowledgement; asyncio sets it only on
        # sockets whose protocol is given by name.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def reset(self) -> None:
        """End it with RST."""
        opened = self._transport.get_extra_info("socket")
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def close(self, when: Closing) -> None:
        """End it with FIN after everything that was written, or with the next request."""
        if when == "answered":
            self._transport.close()
        else:
            self.is_spent = True

    async def wait(self, seconds: float) -> None:
        """Wait by the sandbox's clock, while the connection is open."""
        until = self._clock() + seconds
        while (rest := until - self._clock()) > 0 and self._is_open():
            await asyncio.sleep(min(rest, _POLL_S))

    async def send(self, answer: Answer) -> None:
        """Write an answer past HTTP, as its delivery says, and end the connection."""
        delivery = answer.delivery
        if delivery.dropped == "reset":
            self.reset()
            return
        if delivery.byte_s:
            for byte in answer.sent():
                await self.wait(delivery.byte_s)
                self._transport.write(bytes([byte]))
        else:
            self._transport.write(answer.sent())
        while delivery.is_endless and self._is_open():
            if self._transport.get_write_buffer_size() < _MAX_BUFFERED:
                self._transport.write(_SPACES)
                await asyncio.sleep(0)
            else:
                await asyncio.sleep(_POLL_S)
        if self._is_ending():
            self._transport.abort()  # do not wait for a client that does not read
        self._transport.close()

    def _is_open(self) -> bool:
        return not (self._transport.is_closing() or self._is_ending())


class FaultyProtocol(H11Protocol):
    """uvicorn's protocol, which may reset its connection and passes it to the application."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        connection: Connection,
        is_reset: Callable[[], bool],
    ) -> None:
        super().__init__(config, server_state, app_state={"connection": connection})
        self._connection = connection
        self._is_reset = is_reset

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._connection.open(transport)
        if self._is_reset():
            self._connection.reset()
        else:
            super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._connection.is_spent:
            self._connection.reset()
        else:
            super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self in self.connections:
            super().connection_lost(exc)

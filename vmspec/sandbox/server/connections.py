"""The connections below HTTP: resetting them, cutting answers, sending them byte by byte.

ASGI shows an application neither its connection nor a way to end it badly. So the server's own protocol
is extended by a register of the open connections, by the client's address, which ASGI does show. All
traffic, spoilt or not, thus goes through one server and one socket.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable

from attrs import define, field
from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

from vmspec.sandbox.http import Answer, Closing, Delivery

_LOOK_S = 0.01
"""Between two looks at a clock that a test may have put forward."""
_BLANKS = b" " * 65536
_BUFFERED = 4 * len(_BLANKS)
"""How much of an endless body waits in here for a client that reads slowly."""


@define
class Connection:
    """One open connection."""

    _transport: asyncio.Transport
    _clock: Callable[[], float]
    _is_ending: Callable[[], bool]
    """Whether the whole server is about to end, which no fault holds up."""
    is_spent: bool = field(init=False, default=False)
    """The next byte that comes in resets it."""

    def reset(self) -> None:
        """Ends it with an RST."""
        opened = self._transport.get_extra_info("socket")
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def end(self) -> None:
        """Ends it with a FIN, after all that was written."""
        self._transport.close()

    def closes(self, when: Closing) -> None:
        """Makes it of no use after an answer."""
        if when == "answered":
            self.end()
        else:
            self.is_spent = True

    async def wait(self, seconds: float) -> None:
        """Waits by the sandbox's clock, for as long as there is somebody to wait for."""
        until = self._clock() + seconds
        while (rest := until - self._clock()) > 0 and self._is_open():
            await asyncio.sleep(min(rest, _LOOK_S))

    async def send(self, answer: Answer) -> None:
        """Sends an answer past HTTP, as its delivery says, and ends the connection."""
        way = answer.delivery
        if way.dropped == "reset":
            self.reset()
            return
        if way.byte_s:
            for byte in answer.sent():
                await self.wait(way.byte_s)
                self._transport.write(bytes([byte]))
        else:
            self._transport.write(answer.sent())
        while way.is_endless and self._is_open():
            if self._transport.get_write_buffer_size() < _BUFFERED:
                self._transport.write(_BLANKS)
                await asyncio.sleep(0)
            else:
                await asyncio.sleep(_LOOK_S)
        if self._is_ending():
            self._transport.abort()  # a client that does not read would hold the end up
        self.end()

    def _is_open(self) -> bool:
        return not (self._transport.is_closing() or self._is_ending())


@define
class Connections:
    """The open connections of one server."""

    turns_away: Callable[[], bool]
    clock: Callable[[], float]
    is_ending: Callable[[], bool]
    _open: dict[tuple[str, int], Connection] = field(init=False, factory=dict)

    def of(self, scope: Scope) -> Connection | None:
        """The connection on which a request came in; None where the client has left already."""
        return self._open.get(scope["client"])

    def protocol(self) -> type[H11Protocol]:
        """The protocol of a server, keeping this register."""
        connections = self

        class Registered(H11Protocol):
            _address: tuple[str, int] | None = None
            _connection: Connection | None = None

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                connection = Connection(transport, connections.clock, connections.is_ending)
                if connections.turns_away():
                    connection.reset()
                    return
                self._connection = connection
                # Else a head waits for the other side to acknowledge what came before, 40 ms: asyncio itself
                # does this only where a listener's protocol was named.
                transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                host, port = transport.get_extra_info("peername")
                self._address = (host, port)
                connections._open[host, port] = connection
                super().connection_made(transport)

            def data_received(self, data: bytes) -> None:
                if self._connection is not None and self._connection.is_spent:
                    self._connection.reset()
                else:
                    super().data_received(data)

            def connection_lost(self, exc: Exception | None) -> None:
                if self._address is not None:
                    del connections._open[self._address]
                    super().connection_lost(exc)

        return Registered


def is_plain(delivery: Delivery) -> bool:
    """Whether an answer goes through HTTP as any other."""
    return not (delivery.dropped or delivery.cut or delivery.byte_s or delivery.is_endless)

"""A proxy in front of a server that loses a request or an answer when it is told to."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Literal, TypeAlias

from attrs import define, field

Moment: TypeAlias = Literal["request", "answer", "late request"]
"""Loss of a request before the server has it, or one that the server gets late; or of the answer."""
Address: TypeAlias = str | tuple[str, int]
"""The path of a Unix socket, or host and port."""

CHUNK = 65536
TIMEOUT_S = 10.0


@define(eq=False)
class LossyProxy:
    """A context manager; connections to ``address`` go on to ``target``, until one is lost."""

    target: Address
    address: Address
    """Its own address; port 0 stands for any free one."""
    _listener: socket.socket | None = field(init=False, default=None)
    _pairs: list[tuple[socket.socket, socket.socket]] = field(init=False, factory=list)
    _moment: Moment | None = field(init=False, default=None)
    _is_down: bool = field(init=False, default=False)
    _is_lost_for_good: bool = field(init=False, default=False)
    _late: dict[socket.socket, tuple[bytes, threading.Event]] = field(init=False, factory=dict)
    """Requests that are late, and when they are answered."""

    def __enter__(self) -> LossyProxy:
        self._listener = socket.socket(_family(self.address))
        self._listener.bind(self.address)
        self._listener.listen()
        if isinstance(self.address, tuple):
            self.address = self._listener.getsockname()[:2]
        threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.deliver()
        self._is_down = True
        assert self._listener is not None
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def lose(self, moment: Moment, *, for_good: bool = False) -> None:
        """Lose the next request, or its answer; ``for_good`` refuses every connection afterwards."""
        self._moment, self._is_lost_for_good = moment, for_good

    def deliver(self) -> None:
        """Let the server have requests that are late, and wait until it has answered them."""
        for server, (request, answered) in self._late.items():
            with suppress(OSError):
                server.sendall(request)
                answered.wait(TIMEOUT_S)
            _close(server)
        self._late.clear()

    def cut(self) -> None:
        """Break all connections."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for each in pair:
                _close(each)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            if self._is_down:
                _close(client)
                continue
            server = socket.socket(_family(self.target))
            server.connect(self.target)
            self._pairs.append((client, server))
            for run in (self._pass_requests, self._pass_answers):
                threading.Thread(target=run, args=(client, server), daemon=True).start()

    def _pass_requests(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while request := client.recv(CHUNK):
                if self._moment in ("request", "late request"):
                    if self._moment == "late request":
                        self._late[server] = (request, threading.Event())
                    self._lost()
                    break
                server.sendall(request)
        _close(client)
        if server not in self._late:
            _close(server)

    def _pass_answers(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while answer := server.recv(CHUNK):
                if server in self._late:
                    self._late[server][1].set()
                    return
                if self._moment == "answer":
                    self._lost()
                    break
                client.sendall(answer)
        _close(client)

    def _lost(self) -> None:
        self._moment, self._is_down = None, self._is_lost_for_good


def _family(address: Address) -> socket.AddressFamily:
    return socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX


def _close(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()

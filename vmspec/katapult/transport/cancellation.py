"""Ending what runs in several threads or tasks: no more sleeping, no more reading, a moment for creates."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from vmspec.katapult.transport.request import RequestSender

MOMENT_S = 3.0
"""What a create that was sent gets for its answer: an answer spares a search for its machine."""
LAST_WORDS_S = 5.0
"""How long an ending batch waits for the next of its exchanges to say what is known."""


class CancelledError(Exception):
    """Raised in each thread or task that is to end."""


class Cancellation:
    """Shared by the threads of one batch."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._wires: set[RequestSender] = set()
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raises EndedError once it is over."""
        if self._over.is_set():
            raise CancelledError

    @contextmanager
    def watching(self, wire: RequestSender) -> Iterator[None]:
        """Let the end stop a request; one that would begin after it does not."""
        with self._lock:
            self.check()
            self._wires.add(wire)
        try:
            yield
        finally:
            with self._lock:
                self._wires.discard(wire)
        if wire.is_stopped and self._over.is_set():
            raise CancelledError

    def end(self) -> None:
        """Stop reads and what is still connecting at once, and creates that were sent after a moment."""
        with self._lock:
            self._over.set()
            wires = [*self._wires]
        for wire in wires:
            if wire.is_read:
                wire.stop()
            else:
                wire.stop_unless_sent()
        later = threading.Timer(MOMENT_S, self._stop, [[wire for wire in wires if not wire.is_read]])
        later.daemon = True
        later.start()

    @staticmethod
    def _stop(wires: list[RequestSender]) -> None:
        for wire in wires:
            wire.stop()


class TaskCancellation:
    """Shared by the tasks of one batch."""

    def __init__(self) -> None:
        self._over = False
        self._creating: dict[asyncio.Task[None] | None, RequestSender] = {}

    def check(self) -> None:
        """Raises EndedError once it is over."""
        if self._over:
            raise CancelledError

    @contextmanager
    def watching(self, wire: RequestSender) -> Iterator[None]:
        """Let the end not cancel this task as long as a create of it is on its way."""
        self.check()
        task = asyncio.current_task()
        if not wire.is_read:
            self._creating[task] = wire
        try:
            yield
        finally:
            self._creating.pop(task, None)

    async def end(self, tasks: Collection[asyncio.Task[None]]) -> None:
        """Cancel all tasks, but those with a create that was sent only after a moment."""
        self._over = True
        for task in tasks:
            wire = self._creating.get(task)
            if wire is None or wire.nothing_sent:
                task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=MOMENT_S)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=LAST_WORDS_S)

"""Ending what runs in several threads: no more sleeping, no more reading, a moment for creates."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from vmspec.katapult.wire import Wire

MOMENT_S = 3.0
"""What a create that was sent gets for its answer: an answer spares a search for its machine."""


class EndedError(Exception):
    """Raised in each thread that is to end."""


class Ending:
    """Shared by the threads of one batch."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._wires: set[Wire] = set()
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raises EndedError once it is over."""
        if self._over.is_set():
            raise EndedError

    @contextmanager
    def watching(self, wire: Wire) -> Iterator[None]:
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
            raise EndedError

    def end(self) -> None:
        """Stop reads at once, and creates after a moment."""
        with self._lock:
            self._over.set()
            wires = [*self._wires]
        for wire in wires:
            if wire.is_read:
                wire.stop()
        later = threading.Timer(MOMENT_S, self._stop, [[wire for wire in wires if not wire.is_read]])
        later.daemon = True
        later.start()

    @staticmethod
    def _stop(wires: list[Wire]) -> None:
        for wire in wires:
            wire.stop()

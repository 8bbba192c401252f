"""Sleeping that ends at once where the command does."""

from __future__ import annotations

import threading


class StoppedError(Exception):
    """There is nothing to wait for any more."""


class InterruptibleSleep:
    """What a client sleeps with: ends every sleep, and the thread that sleeps, when it is told to."""

    def __init__(self) -> None:
        self._over = threading.Event()

    def __call__(self, seconds: float) -> None:
        if self._over.wait(seconds):
            raise StoppedError

    def close(self) -> None:
        """Let nobody wait any more."""
        self._over.set()

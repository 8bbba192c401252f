"""Threads and processes for tests that several parties take part in."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

TIMEOUT_S = 60.0
"""Time for another process to start and answer."""


def in_threads(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Return the results of calls that begin at the same time, each in a thread."""
    results: list[T] = []
    together = threading.Barrier(len(calls))

    def run(call: Callable[[], T]) -> None:
        together.wait()
        results.append(call())

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class OtherProcess:
    """A process that runs a function, with a pipe as its first argument, until the block ends."""

    def __init__(self, target: Callable[..., None], *args: object) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=target, args=(theirs, *args), daemon=True)

    def __enter__(self) -> OtherProcess:
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._pipe.close()

    def receive(self) -> Any:
        """Return the next message of the process."""
        assert self._pipe.poll(TIMEOUT_S), "the other process does not answer"
        return self._pipe.recv()

    def send(self, message: object) -> None:
        """Send a message to the process."""
        self._pipe.send(message)

    def signal(self, number: int) -> None:
        """Send a signal to the process."""
        os.kill(self._process.pid or 0, number)

    def kill(self) -> None:
        """Kill the process."""
        self._process.kill()
        self._process.join()

"""Work shared by processes that are forked from this one, its results in order."""

from __future__ import annotations

import gc
import os
import pickle
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import IO, Generic, NoReturn, TypeVar

import click

from vmspec.cli.exit_codes import ExitCode

T = TypeVar("T")
R = TypeVar("R")

CHUNK = 64
"""Items whose results are sent together."""


class WorkerLostError(click.ClickException):
    """A process ended before its work was done; somebody ended it, or there was no memory for it."""

    exit_code = ExitCode.USAGE_ERROR

    def __init__(self) -> None:
        super().__init__("a process of this run was ended; --jobs 1 does without others")


def shared(work: Callable[[T], R], items: Sequence[T], processes: int) -> Generator[R]:
    """What ``work`` makes of each item, in order.

    Each process has the items by the fork and takes every so-manieth chunk of them. Its results wait in
    a pipe until they are asked for, and it waits when that is full: nothing piles up. An executor would
    send the items too, and loading one takes as long as checking hundreds of files.
    """
    gc.freeze()  # a look for garbage would make the processes copy what they share
    workers: list[_Worker[R]] = []
    starts = range(0, len(items), CHUNK)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        for number in range(min(processes, len(starts))):
            chunks = (items[start : start + CHUNK] for start in starts[number::processes])
            workers.append(_Worker(lambda chunk: [work(item) for item in chunk], chunks, workers))
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number in range(len(starts)):
            yield from workers[number % processes].next()
    finally:
        for worker in workers:
            worker.end()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Worker(Generic[R]):
    """A process that works through chunks, and the pipe of its results."""

    def __init__(
        self,
        work: Callable[[Sequence[T]], list[R]],
        chunks: Iterator[Sequence[T]],
        others: Sequence[_Worker[R]],
    ) -> None:
        reading, writing = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            _live(work, chunks, writing, [reading, *(other.results.fileno() for other in others)])
        os.close(writing)
        self.results: IO[bytes] = os.fdopen(reading, "rb")

    def next(self) -> list[R]:
        """The results of the next chunk; raises what was raised there, or WorkerLostError."""
        try:
            results: list[R] | Exception = pickle.load(self.results)  # noqa: S301 - our own process wrote it
        except (EOFError, pickle.UnpicklingError):
            raise WorkerLostError from None
        if isinstance(results, Exception):
            raise results
        return results

    def end(self) -> None:
        """Ends the process, whatever it does."""
        self.results.close()
        os.kill(self._process, signal.SIGTERM)
        os.waitpid(self._process, 0)


def _live(
    work: Callable[[Sequence[T]], list[R]], chunks: Iterator[Sequence[T]], writing: int, unused: Sequence[int]
) -> NoReturn:
    """The life of a process. It never comes back, for it must not do what the other one goes on with.

    Interrupts are blocked in it: the other one hears them too, and ends it.
    """
    try:
        for reading in unused:
            os.close(reading)
        with os.fdopen(writing, "wb") as results:
            for chunk in chunks:
                pickle.dump(_done(work, chunk), results, pickle.HIGHEST_PROTOCOL)
                results.flush()
    finally:
        os._exit(0)


def _done(work: Callable[[Sequence[T]], list[R]], chunk: Sequence[T]) -> list[R] | Exception:
    try:
        return work(chunk)
    except Exception as error:  # noqa: BLE001 - raised again where the results are asked for
        return error

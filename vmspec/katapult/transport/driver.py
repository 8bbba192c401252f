"""The driver: it carries out the steps of operations on an event loop."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from inspect import isawaitable
from typing import Any, TypeAlias, TypeVar, assert_never

from attrs import define, evolve, field, frozen

from vmspec.errors import JournalError, NotSentError, OutcomeUnknownError, VmspecError
from vmspec.katapult import auth, log
from vmspec.katapult.journal import Entry, Journal, SupportsSharedRate, lock_timeout
from vmspec.katapult.journal.rate import Turn
from vmspec.katapult.submission.batch import Batch, Result
from vmspec.katapult.submission.operation import (
    JournalFind,
    JournalGet,
    JournalInsert,
    JournalStep,
    JournalUpdate,
    Noted,
    Operation,
    ReadBanner,
    Send,
    Step,
    TakeTurn,
    Tell,
    Wait,
)
from vmspec.katapult.submission.outcome import Fault, Reply, interrupted
from vmspec.katapult.submission.record import carry_out
from vmspec.katapult.transport.request import RequestSender, Transport, connection
from vmspec.katapult.transport.ssh import greets

T = TypeVar("T")
Listener = Callable[..., object]
Stop: TypeAlias = "asyncio.Future[None]"

GRACE_S = 3.0
"""Time for the answer to a create that is interrupted: it spares a search for its machine."""
LAST_WORDS_S = 10.0
"""Time in which interrupted operations record what is known: the grace, and a locked journal."""
JOURNAL_THREADS = 8
TURN_TIMEOUT_S = 1.0
"""Time in which a turn is taken from the journal, or else from this process's own limiter."""


class StoppedError(Exception):
    """Raised at the next step of an operation that was interrupted."""


@frozen
class _Link:
    """The connections and threads of one process and event loop; none is ever used by another."""

    process: int
    loop: asyncio.AbstractEventLoop
    transport: Transport
    threads: ThreadPoolExecutor


@define(kw_only=True, eq=False)
class Driver:
    """Runs operations; several threads, event loops and processes may share it."""

    api_url: str
    token: auth.Token
    tls: Callable[[], ssl.SSLContext]
    journal: Callable[[], Journal]
    transport: Transport | None
    sleep: Callable[[float], object]
    ssh_port: int = 22
    _links: tuple[_Link, ...] = field(init=False, default=())

    async def run(self, operation: Operation[T], tell: Listener | None = None) -> T:
        """Return or raise what the operation does; an interruption has what is known as its cause."""
        stop: Stop = asyncio.get_running_loop().create_future()
        news: asyncio.Queue[Tell | None] = asyncio.Queue()
        latest: list[Entry] = []
        task = asyncio.create_task(self._go(operation, stop, news.put_nowait, latest.append))
        task.add_done_callback(lambda _: news.put_nowait(None))
        try:
            while (event := await news.get()) is not None:
                if tell is not None:
                    tell(event.event)
            return task.result()
        except VmspecError as error:
            raise error.with_traceback(None) from error.__cause__
        except BaseException as error:
            await _end([task], stop)
            raise error from _known(task, latest)

    async def run_many(self, batch: Batch, tell: Listener) -> Sequence[Result]:
        """Return what became of each spec of a batch; a task for each operation that is under way.

        An interruption ends all of them, and what is known of each is told.
        """
        stop: Stop = asyncio.get_running_loop().create_future()
        news: asyncio.Queue[Tell | asyncio.Task[None]] = asyncio.Queue()
        tasks: set[asyncio.Task[None]] = set()

        def told(name: str, event: Tell) -> None:
            news.put_nowait(evolve(event, name=event.name or name))

        def begin() -> None:
            for name, operation in batch.begin():
                put, noted = partial(told, name), partial(batch.note, name)
                task = asyncio.create_task(self._go(operation, stop, put, noted))
                tasks.add(task)
                task.add_done_callback(news.put_nowait)

        begin()
        untold: Tell | None = None
        try:
            while not (batch.is_over and news.empty()):
                item = await news.get()
                if isinstance(item, Tell):
                    untold = item
                    tell(item.name, item.event)
                    untold = None
                else:
                    tasks.discard(item)
                    item.result()
                begin()
            await _end(tasks, stop)
        except BaseException:
            batch.is_interrupted = True
            await _end(tasks, stop)
            while untold is not None or not news.empty():
                item, untold = untold or news.get_nowait(), None
                if isinstance(item, Tell):
                    tell(item.name, item.event)
            for result in batch.left_open():
                tell(result.name, result)
            raise
        return [batch.results[name] for name in batch.starts]

    async def close(self) -> None:
        """Close the connections of this process and event loop."""
        link = self._own_link()
        if link is not None:
            self._links = tuple(other for other in self._links if other is not link)
            link.threads.shutdown(wait=False)
            await link.transport.aclose()

    async def _go(
        self,
        operation: Operation[T],
        stop: Stop,
        tell: Callable[[Tell], object],
        noted: Callable[[Entry], object],
    ) -> T:
        resume = partial(next, operation)
        try:
            while True:
                try:
                    step = resume()
                except StopIteration as end:
                    value: T = end.value
                    return value
                reply = await self._carry_out(step, stop, tell)
                if isinstance(reply, Entry):
                    noted(reply)
                if stop.done() and not _is_worth_knowing(step):
                    raise StoppedError
                resume = partial(operation.send, reply)
        finally:
            operation.close()

    async def _carry_out(
        self, step: Step, stop: Stop, tell: Callable[[Tell], object]
    ) -> Reply | Noted | Turn | bool:
        match step:
            case Send():
                return await self._send(step, stop)
            case Wait(seconds):
                await self._unless(stop, self._pause(seconds))
            case ReadBanner(addresses, within_s):
                return await self._unless(stop, greets(addresses, self.ssh_port, within_s)) or False
            case Tell():
                tell(step)
            case TakeTurn():
                link = self._link()
                return await link.loop.run_in_executor(link.threads, self._turn, step)
            case JournalInsert() | JournalUpdate() | JournalGet() | JournalFind():
                link = self._link()
                return await link.loop.run_in_executor(link.threads, self._note, step)
            case _:
                assert_never(step)
        return None

    async def _pause(self, seconds: float) -> None:
        """Sleep; a double of a test may do so without being awaited."""
        sleeping = self.sleep(seconds)
        await (sleeping if isawaitable(sleeping) else asyncio.sleep(0))

    async def _unless(self, stop: Stop, work: Awaitable[T]) -> T | None:
        """Return the result of work; None once the operation is to stop."""
        task = asyncio.ensure_future(work)
        both: tuple[asyncio.Future[Any], ...] = (task, stop)
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            task.cancel()

    async def _send(self, step: Send, stop: Stop) -> Reply:
        sender = RequestSender(self.api_url, self.token, step)
        if stop.done():
            return Fault("interrupted", nothing_sent=True)
        is_kept = sender.is_read or self.transport is not None
        transport = self._link().transport if is_kept else connection(self.api_url, self.tls())
        with log.request(step.call) as answered:
            request = asyncio.create_task(sender.send(transport, is_kept=is_kept))
            both: tuple[asyncio.Future[Any], ...] = (request, stop)
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                if not request.done() and not sender.is_read and not sender.nothing_sent:
                    await asyncio.wait([request], timeout=GRACE_S)
                if request.done():
                    return answered(request.result())
            finally:
                request.cancel()
            await asyncio.wait([request])
            if not request.cancelled():
                return answered(request.result())
            return answered(Fault("interrupted", nothing_sent=sender.nothing_sent))

    def _note(self, step: JournalStep) -> Noted:
        try:
            noted: Noted = carry_out(self.journal(), step)
        except JournalError as error:
            noted = error
        log.noted(step, noted)
        return noted

    def _turn(self, step: TakeTurn) -> Turn | JournalError:
        journal = self.journal()
        assert isinstance(journal, SupportsSharedRate)
        try:
            with lock_timeout(journal, TURN_TIMEOUT_S):
                return journal.turn(self.api_url, step.organization, step.much, step.news)
        except JournalError as error:
            return error

    def _own_link(self) -> _Link | None:
        process, loop = os.getpid(), asyncio.get_running_loop()
        return next((link for link in self._links if (link.process, link.loop) == (process, loop)), None)

    def _link(self) -> _Link:
        """Return the connections of this process and event loop; forget those of loops that were closed."""
        link = self._own_link()
        if link is None:
            link = _Link(
                os.getpid(),
                asyncio.get_running_loop(),
                self.transport or connection(self.api_url, self.tls()),
                ThreadPoolExecutor(JOURNAL_THREADS, "vmspec-journal"),
            )
            is_own = os.getpid()
            kept = (old for old in self._links if old.process != is_own or not old.loop.is_closed())
            self._links = (*kept, link)
        return link


def _is_worth_knowing(step: Step) -> bool:
    """Return whether the reply to a step is taken in although the operation is to stop."""
    return not isinstance(step, Wait | ReadBanner) and not (
        isinstance(step, Send) and step.call.method == "GET"
    )


async def _end(tasks: Collection[asyncio.Task[T]], stop: Stop) -> None:
    """Let tasks come to their end, though this one may be cancelled again meanwhile."""
    if not stop.done():
        stop.set_result(None)
    loop = asyncio.get_running_loop()
    end = loop.time() + LAST_WORDS_S
    while (left := [task for task in tasks if not task.done()]) and (left_s := end - loop.time()) > 0:
        with suppress(asyncio.CancelledError):
            await asyncio.wait(left, timeout=left_s)
    for task in tasks:
        if task.done():
            _ = task.cancelled() or task.exception()  # retrieved, so that asyncio does not warn
        task.cancel()


def _known(task: asyncio.Task[T], latest: Sequence[Entry]) -> VmspecError | None:
    """Return what is known of the submission of an interrupted operation; None if nothing was sent."""
    if task.done() and not task.cancelled() and isinstance(task.exception(), OutcomeUnknownError):
        return task.exception()  # type: ignore[return-value]
    known = interrupted(latest[-1] if latest else None)
    return None if isinstance(known, NotSentError) else known

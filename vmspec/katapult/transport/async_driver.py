"""The driver that awaits: it carries out the steps of an exchange, or of many in tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import aclosing, nullcontext, suppress
from copy import copy
from functools import partial
from typing import TypeVar, assert_never, cast

import httpx
from attrs import define, field

from vmspec.katapult import auth, log
from vmspec.katapult.submission.batch import Batch, Event, Result
from vmspec.katapult.submission.operation import (
    Announce,
    Interruption,
    JournalGet,
    JournalInsert,
    JournalStep,
    JournalUpdate,
    Noted,
    Operation,
    Report,
    Send,
    Wait,
)
from vmspec.katapult.submission.outcome import Reply
from vmspec.katapult.transport.cancellation import TaskCancellation
from vmspec.katapult.transport.driver import BaseDriver, OnCreated, OnEvent, OnProgress
from vmspec.katapult.transport.request import FAULTS, MAX_ANSWER, RequestSender

T = TypeVar("T")


@define(kw_only=True, eq=False)
class AsyncDriver(BaseDriver):
    """Awaits."""

    transport: httpx.AsyncBaseTransport | None
    sleep: Callable[[float], Awaitable[object]]
    _kept: httpx.AsyncBaseTransport = field(init=False)
    _ending: TaskCancellation | None = None
    """Ends what runs in several tasks; None where nothing does."""

    def __attrs_post_init__(self) -> None:
        self._kept = self.transport or self._connection()

    async def run(
        self,
        exchange: Operation[T],
        on_progress: OnProgress | None = None,
        on_created: OnCreated | None = None,
    ) -> T:
        """What the exchange returns or raises."""
        resume = partial(next, exchange)
        while True:
            try:
                step = resume()
            except StopIteration as end:
                value: T = end.value
                return value
            except Interruption as interruption:
                raise interruption.cause from None
            try:
                reply: Reply | Noted = None
                match step:
                    case Send():
                        reply = await self._send(step)
                    case Wait(seconds):
                        if self._ending is not None:
                            self._ending.check()
                        await self.sleep(seconds)
                    case Report(progress):
                        if on_progress:
                            on_progress(progress)
                    case Announce(submission):
                        if on_created:
                            on_created(submission)
                    case JournalInsert() | JournalUpdate() | JournalGet():
                        reply = await self._note(step)
                    case _:
                        assert_never(step)
                resume = partial(exchange.send, reply)
            except BaseException as interruption:  # noqa: BLE001 - the exchange raises it, and says what is known
                resume = partial(exchange.throw, interruption)

    async def run_many(self, batch: Batch, on_event: OnEvent | None = None) -> tuple[Result, ...]:
        """What became of each spec; a task for each that is under way.

        An interruption cancels all of them, but creates that were sent get a moment for their answers, and
        what is known of each is told, however often it is interrupted.
        """
        ending = TaskCancellation()
        driver = copy(self)  # with an end of its own: others may use this one meanwhile
        driver._ending = ending
        events: asyncio.Queue[tuple[str, Event]] = asyncio.Queue()
        tasks: set[asyncio.Task[None]] = set()

        async def work(name: str, exchange: Operation[Result]) -> None:
            def put(event: Event) -> None:
                events.put_nowait((name, event))

            put(await driver.run(exchange, put, put))

        def tell(name: str, event: Event) -> None:
            batch.take(name, event)
            if on_event:
                on_event(name, event)

        try:
            while True:
                for name, exchange in batch.begin():
                    task = asyncio.create_task(work(name, exchange))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
                for result in batch.given_up():
                    tell(result.name, result)
                if batch.is_over:
                    return batch.results
                tell(*await events.get())
        except BaseException:
            await _whole(ending.end([*tasks]))
            while not events.empty():
                tell(*events.get_nowait())
            for result in batch.left_open():
                tell(result.name, result)
            raise

    async def close(self) -> None:
        """Close the connections that were kept."""
        await self._kept.aclose()

    async def _note(self, step: JournalStep) -> Noted:
        """In a thread, and to its end also where it is cancelled: what is on record has to be known."""
        noting = asyncio.ensure_future(asyncio.to_thread(self.note, step))
        try:
            return await asyncio.shield(noting)
        except asyncio.CancelledError:
            await asyncio.wait([noting])
            raise

    async def _send(self, step: Send) -> Reply:
        wire = RequestSender(self.api_url, self.token, step)
        try:
            watched = nullcontext() if self._ending is None else self._ending.watching(wire)
            with watched, log.request(step.call) as answered:
                return answered(await self._carry(wire))
        except BaseException as cause:  # noqa: BLE001 - the driver raises it again, wrapped
            wire.stop()
            raise Interruption(cause, wire.nothing_sent) from None

    async def _carry(self, wire: RequestSender) -> Reply:
        try:
            async with asyncio.timeout(wire.within_s):
                return await self._talk(wire)
        except TimeoutError:
            await wire.close()
            return wire.too_late()
        except asyncio.CancelledError:
            await wire.close()
            raise

    async def _talk(self, wire: RequestSender) -> Reply:
        is_kept = wire.is_read or self.transport is not None
        try:
            request = wire.request(wire.atrace)
            async with (
                nullcontext(self._kept) if is_kept else self._connection() as transport,
                aclosing(await transport.handle_async_request(request)) as response,
            ):
                body = bytearray()
                async for part in cast(httpx.AsyncByteStream, response.stream):
                    body += part
                    if len(body) > MAX_ANSWER:
                        break
                return wire.answer(response, bytes(body))
        except FAULTS as error:
            return wire.fault(error)

    def _connection(self) -> httpx.AsyncHTTPTransport:
        return httpx.AsyncHTTPTransport(verify=self.tls(), proxy=auth.proxy(self.api_url))


async def _whole(work: Coroutine[object, object, None]) -> None:
    """Do work to its end, though this task may be cancelled meanwhile."""
    doing = asyncio.ensure_future(work)
    while not doing.done():
        with suppress(asyncio.CancelledError):
            await asyncio.shield(doing)
    doing.result()

"""The driver that blocks: it carries out the steps of an exchange, or of many in threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing, nullcontext, suppress
from copy import copy
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
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
    JournalUpdate,
    Noted,
    Operation,
    Report,
    Send,
    Wait,
)
from vmspec.katapult.submission.outcome import Reply
from vmspec.katapult.transport.cancellation import LAST_WORDS_S, Cancellation
from vmspec.katapult.transport.driver import BaseDriver, OnCreated, OnEvent, OnProgress
from vmspec.katapult.transport.request import FAULTS, MAX_ANSWER, RequestSender

T = TypeVar("T")

PIECE_S = 0.5
"""Of a sleep."""


@define(kw_only=True, eq=False)
class SyncDriver(BaseDriver):
    """Blocks. Several threads may use it at the same time."""

    transport: httpx.BaseTransport | None
    sleep: Callable[[float], object]
    _kept: httpx.BaseTransport = field(init=False)
    _ending: Cancellation | None = None
    """Ends what runs in several threads; None where nothing does."""

    def __attrs_post_init__(self) -> None:
        self._kept = self.transport or self._connection()

    def run(
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
                        reply = self._send(step)
                    case Wait(seconds):
                        self._sleep(seconds)
                    case Report(progress):
                        if on_progress:
                            on_progress(progress)
                    case Announce(submission):
                        if on_created:
                            on_created(submission)
                    case JournalInsert() | JournalUpdate() | JournalGet():
                        reply = self.note(step)
                    case _:
                        assert_never(step)
                resume = partial(exchange.send, reply)
            except BaseException as interruption:  # noqa: BLE001 - the exchange raises it, and says what is known
                resume = partial(exchange.throw, interruption)

    def run_many(self, batch: Batch, on_event: OnEvent | None = None) -> tuple[Result, ...]:
        """What became of each spec; a thread for each that is under way, news told in this one.

        An interruption ends all of them, but creates that were sent get a moment for their answers, and what
        is known of each is told, however often it is interrupted.
        """
        events: SimpleQueue[tuple[str, Event]] = SimpleQueue()
        ending = Cancellation()
        driver = copy(self)  # with an end of its own: others may use this one meanwhile
        driver._ending = ending

        def work(name: str, exchange: Operation[Result]) -> None:
            def put(event: Event) -> None:
                events.put((name, event))

            put(driver.run(exchange, put, put))

        untold: list[tuple[str, Event]] = []

        def tell(name: str, event: Event) -> None:
            batch.take(name, event)
            if on_event:
                on_event(name, event)

        def last_words() -> None:
            ending.end()
            with suppress(Empty):
                while untold or batch.under_way:
                    told = untold.pop() if untold else events.get(timeout=LAST_WORDS_S)
                    try:
                        tell(*told)
                    except KeyboardInterrupt:  # it may have come before the news was
                        tell(*told)
            for result in batch.left_open():
                tell(result.name, result)

        try:
            while True:
                for name, exchange in batch.begin():
                    Thread(target=work, args=(name, exchange), daemon=True).start()
                for result in batch.given_up():
                    tell(result.name, result)
                if batch.is_over:
                    return batch.results
                untold.append(events.get())
                tell(*untold[0])
                untold.clear()
        except KeyboardInterrupt:
            _insist(last_words)
            raise
        except BaseException:
            untold.clear()
            _insist(last_words)
            raise

    def close(self) -> None:
        """Close the connections that were kept."""
        self._kept.close()

    def _sleep(self, seconds: float) -> None:
        """In pieces where it may be ended, so that the end is not slept through."""
        if self._ending is None:
            self.sleep(seconds)
            return
        while seconds > 0:
            self._ending.check()
            self.sleep(min(seconds, PIECE_S))
            seconds -= PIECE_S
        self._ending.check()

    def _send(self, step: Send) -> Reply:
        wire = RequestSender(self.api_url, self.token, step)
        try:
            watched = nullcontext() if self._ending is None else self._ending.watching(wire)
            with watched, log.request(step.call) as answered:
                return answered(self._carry(wire))
        except BaseException as cause:  # noqa: BLE001 - the driver raises it again, wrapped
            wire.stop()
            raise Interruption(cause, wire.nothing_sent) from None

    def _carry(self, wire: RequestSender) -> Reply:
        """In a thread of its own: no time-out of httpx ends a name server's silence or a trickle of bytes."""
        reply: Future[Reply] = Future()

        def work() -> None:
            try:
                reply.set_result(self._talk(wire))
            except BaseException as error:  # noqa: BLE001 - raised again by whoever waits for the reply
                reply.set_exception(error)

        reply.add_done_callback(lambda _: wire.over.set())
        Thread(target=work, daemon=True).start()
        wire.over.wait(wire.within_s)
        if reply.done():
            return reply.result()
        wire.stop()
        return wire.too_late()

    def _talk(self, wire: RequestSender) -> Reply:
        is_kept = wire.is_read or self.transport is not None
        try:
            request = wire.request(wire.trace)
            with (
                nullcontext(self._kept) if is_kept else self._connection() as transport,
                closing(transport.handle_request(request)) as response,
            ):
                body = bytearray()
                for part in cast(httpx.SyncByteStream, response.stream):
                    body += part
                    if len(body) > MAX_ANSWER:
                        break
                return wire.answer(response, bytes(body))
        except FAULTS as error:
            return wire.fault(error)

    def _connection(self) -> httpx.HTTPTransport:
        """A create gets its own: one that was kept and the server has closed would give a false doubt."""
        return httpx.HTTPTransport(verify=self.tls(), proxy=auth.proxy(self.api_url))


def _insist(do: Callable[[], None]) -> None:
    """Begin again where it is interrupted."""
    while True:
        try:
            return do()
        except KeyboardInterrupt:
            continue

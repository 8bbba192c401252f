"""The event loop on which blocking clients run, in a background thread of each process."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Coroutine
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from attrs import define

from vmspec.katapult.records import Submission
from vmspec.katapult.submission.outcome import interrupted_after

T = TypeVar("T")

WAKE_S = 1.0
"""Time after which a waiting caller looks for signals, where the platform does not wake it for them."""


class _Loop(asyncio.SelectorEventLoop):
    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        """Resolve a name in a thread that does not hold up the end of the process."""
        found: asyncio.Future[Any] = self.create_future()

        def tell(set_it: Callable[[Any], object], value: object) -> None:
            if not found.done():
                set_it(value)

        def resolve() -> None:
            try:
                answer: tuple[Callable[[Any], object], Any] = (
                    found.set_result,
                    socket.getaddrinfo(host, port, **options),
                )
            except BaseException as error:  # noqa: BLE001 - raised again by whoever asked
                answer = (found.set_exception, error)
            if not self.is_closed():
                self.call_soon_threadsafe(tell, *answer)

        threading.Thread(target=resolve, daemon=True).start()
        return await found


@define
class _Done(Generic[T]):
    value: T | None = None
    error: BaseException | None = None


_LOOPS: dict[int, asyncio.AbstractEventLoop] = {}
_LOCKS: dict[int, threading.Lock] = {}
"""By process: a forked one has no thread that would run its parent's loop, or release its lock."""


def _loop() -> asyncio.AbstractEventLoop:
    process = os.getpid()
    with _LOCKS.setdefault(process, threading.Lock()):
        if process not in _LOOPS:
            _LOOPS[process] = loop = _Loop()
            threading.Thread(target=loop.run_forever, name="vmspec", daemon=True).start()
        return _LOOPS[process]


def call(
    start: Callable[[Callable[..., None]], Coroutine[Any, Any, T]], tell: Callable[..., object] | None = None
) -> T:
    """Run a coroutine on the loop and wait for it; it is given a function that has ``tell`` called here.

    An interruption of this thread, or an exception of ``tell``, cancels the coroutine, which then has a
    moment to end; what it still tells is told.
    """
    events: SimpleQueue[tuple[object, ...] | _Done[T]] = SimpleQueue()

    async def work() -> None:
        try:
            events.put(_Done(await start(lambda *event: events.put(event))))
        except BaseException as error:  # noqa: BLE001 - raised again in the calling thread
            events.put(_Done(error=error))

    loop = _loop()
    task: list[asyncio.Task[None]] = []
    interruption: BaseException | None = None
    done: _Done[T] | None = None
    event: tuple[object, ...] | _Done[T] | None = None
    is_again = False

    def begin() -> None:
        if not task:
            task.append(loop.create_task(work()))
            task[0].add_done_callback(lambda _: events.put(_Done(error=asyncio.CancelledError())))

    while done is None:
        try:  # around the loop, so that no interruption falls between two rounds of it
            loop.call_soon_threadsafe(begin)
            while done is None:
                event = event or _next(events)
                if isinstance(event, _Done):
                    done = event
                elif tell is not None:
                    tell(*event)
                event, is_again = None, False
        except BaseException as error:  # noqa: BLE001 - raised once the coroutine has ended
            if is_again or not isinstance(error, KeyboardInterrupt):
                event = None
            is_again = event is not None  # the interruption may have come before it was told
            interruption = interruption or error
            loop.call_soon_threadsafe(lambda: task[0].cancel())
    if interruption is not None:
        known = done.error
        if isinstance(done.value, Submission):
            known = interrupted_after(done.value)
        raise interruption from (known.__cause__ if isinstance(known, asyncio.CancelledError) else known)
    if done.error is not None:
        raise done.error
    return done.value  # type: ignore[return-value]


def _next(events: SimpleQueue[tuple[object, ...] | _Done[T]]) -> tuple[object, ...] | _Done[T]:
    while True:
        try:
            return events.get(timeout=WAKE_S)
        except Empty:
            continue

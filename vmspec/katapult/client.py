"""The two drivers: they carry out the steps of an exchange, one by blocking, one by awaiting."""

from __future__ import annotations

import asyncio
import os
import random
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from contextlib import aclosing, closing, contextmanager, nullcontext
from functools import cached_property
from threading import Thread
from typing import TYPE_CHECKING, Self, TypeVar, assert_never, cast

import httpx
from attrs import define, field, setters

from vmspec.katapult import access, calls
from vmspec.katapult.exchange import Conversation, Exchange, Report, Send, Wait
from vmspec.katapult.records import Build, Progress, Submission, Task, VirtualMachine
from vmspec.katapult.submission import CREATE_TIMEOUT_S, submit
from vmspec.katapult.verdict import Fault, Reply
from vmspec.katapult.waiting import wait
from vmspec.katapult.wire import FAULTS, MAX_ANSWER, Wire

if TYPE_CHECKING:
    from vmspec.model.spec import VirtualMachineSpec

T = TypeVar("T")


@define(kw_only=True, eq=False)
class _Client:
    """What both drivers share.

    ``organization`` is an id (``org_...``) or a sub-domain; ``ca_bundle`` a file of certificates to trust
    instead of the usual ones. ``transport``, ``clock``, ``sleep`` and ``chance`` are seams for tests;
    ``chance`` makes submission ids, so seed it nowhere else.
    """

    _token: access.Token = field(alias="token", converter=access.Token, on_setattr=setters.NO_OP)
    organization: str = field(converter=access.organization, on_setattr=setters.frozen)
    api_url: str = field(default=access.API_URL, converter=access.address, on_setattr=setters.frozen)
    ca_bundle: str | os.PathLike[str] | None = field(default=None, repr=False)
    _clock: Callable[[], float] = field(alias="clock", default=time.monotonic, repr=False)
    _chance: random.Random = field(alias="chance", factory=random.SystemRandom, repr=False)
    _conversation: Conversation = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._token = self._token.bound_to(self.api_url)
        self._conversation = Conversation(self._clock, self._chance)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return access.tls(self.ca_bundle)

    @classmethod
    def from_environment(cls, *, organization: str | None = None, api_url: str | None = None) -> Self:
        """Settings that are not given come from the environment.

        ``KATAPULT_API_KEY`` or ``KATAPULT_API_KEY_FILE``, ``KATAPULT_ORGANIZATION``, ``KATAPULT_API_URL``,
        and ``SSL_CERT_FILE`` for certificates of your own. Raises ``ConfigurationError`` for what is missing.
        """
        token, organization, api_url = access.from_environment(organization, api_url)
        return cls(token=token, organization=organization, api_url=api_url)

    def _submit(
        self,
        spec: VirtualMachineSpec | str,
        key: str | None,
        annotations: Mapping[str, str] | None,
        timeout_s: float,
    ) -> Exchange[Submission]:
        if isinstance(spec, str):
            xml = spec
        else:
            from vmspec.documents import dumps

            xml = dumps(spec, "xml")
        return submit(self._conversation, self.organization, xml, key, annotations or {}, timeout_s)


@define(kw_only=True, eq=False)
class Katapult(_Client):
    """The API, blocking. A context manager that closes its connections; several threads may share it."""

    _transport: httpx.BaseTransport | None = field(alias="transport", default=None, repr=False)
    _sleep: Callable[[float], object] = field(alias="sleep", default=time.sleep, repr=False)
    _kept: httpx.BaseTransport = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._kept = self._transport or self._connection()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.close()

    def submit(
        self,
        spec: VirtualMachineSpec | str,
        key: str | None = None,
        annotations: Mapping[str, str] | None = None,
        *,
        timeout_s: float = CREATE_TIMEOUT_S,
    ) -> Submission:
        """Ask for one machine: one POST with the canonical XML, which a ``str`` is taken to be.

        Sent again only where the API certainly did nothing, within ``timeout_s`` (30 s at most). Raises
        ``RefusedError`` (its kinds say why), ``NotSentError``, ``RateLimitedError``, or, where a machine may
        have been made, ``OutcomeUnknownError``, which is also the ``__cause__`` of an interruption then.
        """
        return self._run(self._submit(spec, key, annotations, timeout_s))

    def wait(
        self,
        submission_or_build_id: Submission | str,
        timeout_s: float = 1200.0,
        poll_s: float = 5.0,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> VirtualMachine:
        """Return the machine once it is started; ``BuildFailedError`` or ``BuildTimeoutError`` otherwise."""
        exchange = wait(self._conversation, submission_or_build_id, timeout_s, poll_s)
        return self._run(exchange, on_progress)

    def build(self, build_id: str) -> Build:
        return self._run(self._conversation.read(calls.build(build_id)))

    def task(self, task_id: str) -> Task:
        """``ScopeNotGrantedError`` where the token may not read tasks."""
        return self._run(self._conversation.read(calls.task(task_id)))

    def virtual_machine(self, id_or_fqdn: str) -> VirtualMachine:
        return self._run(self._conversation.read(calls.virtual_machine(id_or_fqdn)))

    def virtual_machines(self, annotations: Mapping[str, str] | None = None) -> tuple[VirtualMachine, ...]:
        """All machines of the organization, or those that have all of ``annotations``; all pages."""
        return self._run(self._conversation.machines(self.organization, annotations or {}))

    def _run(self, exchange: Exchange[T], on_progress: Callable[[Progress], object] | None = None) -> T:
        reply: Reply | None = None
        while True:
            try:
                step = exchange.send(reply)
            except StopIteration as end:
                value: T = end.value
                return value
            reply = None
            match step:
                case Send():
                    wire = Wire(self.api_url, self._token, step)
                    with _interruptible(exchange, wire):
                        reply = self._carry(wire)
                case Wait(seconds):
                    self._sleep(seconds)
                case Report(progress):
                    if on_progress:
                        on_progress(progress)
                case _:
                    assert_never(step)

    def _carry(self, wire: Wire) -> Reply:
        """In a thread of its own: no time-out of httpx ends a name server's silence or a trickle of bytes."""
        reply: Future[Reply] = Future()

        def work() -> None:
            try:
                reply.set_result(self._talk(wire))
            except BaseException as error:  # noqa: BLE001 - raised again by whoever waits for the reply
                reply.set_exception(error)

        Thread(target=work, daemon=True).start()
        if wait_for([reply], wire.within_s).done:
            return reply.result()
        wire.stop()
        return Fault("time_out", wire.nothing_sent)

    def _talk(self, wire: Wire) -> Reply:
        request = wire.request(wire.trace)
        is_kept = request.method == "GET" or self._kept is self._transport
        try:
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
        """Kept for reads. A create gets its own: one that the server has closed would give a false doubt."""
        return httpx.HTTPTransport(verify=self._tls, proxy=access.proxy(self.api_url))


@define(kw_only=True, eq=False)
class AsyncKatapult(_Client):
    """The API for asyncio: says and does what :class:`Katapult` does."""

    _transport: httpx.AsyncBaseTransport | None = field(alias="transport", default=None, repr=False)
    _sleep: Callable[[float], Awaitable[object]] = field(alias="sleep", default=asyncio.sleep, repr=False)
    _kept: httpx.AsyncBaseTransport = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._kept = self._transport or self._connection()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._kept.aclose()

    async def submit(
        self,
        spec: VirtualMachineSpec | str,
        key: str | None = None,
        annotations: Mapping[str, str] | None = None,
        *,
        timeout_s: float = CREATE_TIMEOUT_S,
    ) -> Submission:
        """As :meth:`Katapult.submit`; a cancelled task is an interruption."""
        return await self._run(self._submit(spec, key, annotations, timeout_s))

    async def wait(
        self,
        submission_or_build_id: Submission | str,
        timeout_s: float = 1200.0,
        poll_s: float = 5.0,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> VirtualMachine:
        """As :meth:`Katapult.wait`."""
        exchange = wait(self._conversation, submission_or_build_id, timeout_s, poll_s)
        return await self._run(exchange, on_progress)

    async def build(self, build_id: str) -> Build:
        return await self._run(self._conversation.read(calls.build(build_id)))

    async def task(self, task_id: str) -> Task:
        """As :meth:`Katapult.task`."""
        return await self._run(self._conversation.read(calls.task(task_id)))

    async def virtual_machine(self, id_or_fqdn: str) -> VirtualMachine:
        return await self._run(self._conversation.read(calls.virtual_machine(id_or_fqdn)))

    async def virtual_machines(
        self, annotations: Mapping[str, str] | None = None
    ) -> tuple[VirtualMachine, ...]:
        """As :meth:`Katapult.virtual_machines`."""
        return await self._run(self._conversation.machines(self.organization, annotations or {}))

    async def _run(self, exchange: Exchange[T], on_progress: Callable[[Progress], object] | None = None) -> T:
        reply: Reply | None = None
        while True:
            try:
                step = exchange.send(reply)
            except StopIteration as end:
                value: T = end.value
                return value
            reply = None
            match step:
                case Send():
                    wire = Wire(self.api_url, self._token, step)
                    with _interruptible(exchange, wire):
                        reply = await self._carry(wire)
                case Wait(seconds):
                    await self._sleep(seconds)
                case Report(progress):
                    if on_progress:
                        on_progress(progress)
                case _:
                    assert_never(step)

    async def _carry(self, wire: Wire) -> Reply:
        try:
            async with asyncio.timeout(wire.within_s):
                return await self._talk(wire)
        except TimeoutError:
            await wire.close()
            return Fault("time_out", wire.nothing_sent)
        except asyncio.CancelledError:
            await wire.close()
            raise

    async def _talk(self, wire: Wire) -> Reply:
        request = wire.request(wire.atrace)
        is_kept = request.method == "GET" or self._kept is self._transport
        try:
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
        return httpx.AsyncHTTPTransport(verify=self._tls, proxy=access.proxy(self.api_url))


@contextmanager
def _interruptible(exchange: Exchange[object], wire: Wire) -> Iterator[None]:
    """Let the exchange add what it knows to an interruption before which something may have been sent."""
    try:
        yield
    except BaseException as interruption:
        wire.stop()
        if not wire.nothing_sent:
            exchange.throw(interruption)
        raise

"""The sandbox: Katapult in one object, from request to answer, without network or waiting.

>>> sandbox = Sandbox(token="secret")
>>> sandbox.answer(Request("GET", "/core/v1/tasks/task")).status
400

Faults are queued as values of :mod:`vmspec.sandbox.faults`. The :class:`~vmspec.sandbox.http.Delivery` of an
answer says how it travels, so that a test without network can lose, delay or cut it too.
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import get_args

from attrs import Factory, define, evolve, field, setters
from attrs.validators import ge, gt

from vmspec.sandbox import endpoints
from vmspec.sandbox.access import RateWindow, check_head, new_token, validate_token
from vmspec.sandbox.build_store import BuildStore
from vmspec.sandbox.builds import ApiClock, Build, Timeline
from vmspec.sandbox.catalogue import Catalogue
from vmspec.sandbox.faults import (
    AnswerFault,
    ConnectionReset,
    Exhausted,
    FailedBuild,
    Fault,
    Interrupted,
    Refusal,
)
from vmspec.sandbox.faults.apply import apply_fault, carried_out_after_s
from vmspec.sandbox.faults.queue import FaultQueue, QueuedFault
from vmspec.sandbox.http import JSON, Answer, Delivery, Request
from vmspec.sandbox.refusals import RefusalError
from vmspec.sandbox.routes import ALL_SCOPES, Endpoint, find_endpoint

DEFAULT_SPEED = 20.0
"""Default speed: a machine is started after about two seconds."""

_RESET = Answer(503, delivery=Delivery(dropped="reset"))


def _store_of(sandbox: Sandbox) -> BuildStore:
    clock = ApiClock(sandbox.clock, sandbox.speed, sandbox.epoch)
    return BuildStore(
        sandbox.catalogue, sandbox.timeline, clock, sandbox._faults, sandbox.strict, sandbox._random
    )


@define(kw_only=True, eq=False)
class Sandbox:
    """The part of Katapult's API that builds machines from specs. Thread-safe."""

    token: str = field(factory=new_token, repr=False, validator=validate_token)
    """By default that of ``VMSPEC_SANDBOX_TOKEN``, or a random one."""
    scopes: Collection[str] = ALL_SCOPES
    """Scopes of the token: without ``tasks``, tasks answer ``scope_not_granted``."""
    speed: float = field(default=DEFAULT_SPEED, validator=gt(0), on_setattr=setters.frozen)
    """API seconds per second of the clock; the rate limit keeps the clock's."""
    rate_limit: int = field(default=1000, validator=ge(1))
    """Requests answered within a minute of the clock."""
    catalogue: Catalogue = field(factory=Catalogue, repr=False, on_setattr=setters.frozen)
    timeline: Timeline = field(factory=Timeline, on_setattr=setters.frozen)
    clock: Callable[[], float] = field(default=time.monotonic, repr=False, on_setattr=setters.frozen)
    """Seconds; only differences count."""
    epoch: float = field(factory=time.time, on_setattr=setters.frozen)
    """Unix time at which the sandbox begins."""
    strict: bool = field(default=False, on_setattr=setters.frozen)
    """True to refuse a hostname that is taken, and a spec of nothing but a hostname."""
    seed: int | str | None = field(default=None, on_setattr=setters.frozen)
    """Seed of all ids, passwords and random hostnames."""

    _random: random.Random = field(
        init=False,
        repr=False,
        default=Factory(lambda self: random.Random(self.seed), takes_self=True),  # noqa: S311 - no secrets
    )
    _window: RateWindow = field(
        init=False, repr=False, default=Factory(lambda self: RateWindow(self.clock()), takes_self=True)
    )
    _faults: FaultQueue = field(init=False, repr=False, factory=FaultQueue)
    _store: BuildStore = field(init=False, repr=False, default=Factory(_store_of, takes_self=True))
    _lock: threading.Lock = field(init=False, repr=False, factory=threading.Lock)
    _seen: Counter[tuple[Endpoint | None, int | None]] = field(init=False, repr=False, factory=Counter)

    @property
    def organization(self) -> str:
        """Sub-domain of the only organization."""
        return self.catalogue.sub_domain

    @property
    def builds(self) -> tuple[Build, ...]:
        """The builds accepted until now, the oldest first."""
        with self._lock:
            return tuple(record.build for record in self._store.records())

    @property
    def orders(self) -> tuple[QueuedFault, ...]:
        """The faults that are still to happen, in the order given."""
        with self._lock:
            return self._faults.queued

    @property
    def seen(self) -> Mapping[tuple[Endpoint | None, int | None], int]:
        """Number of requests by endpoint and status of the answer.

        Endpoint None is an unknown path; status None is an answer that did not arrive. Connections that
        were reset when accepted, and requests to ``/sandbox``, are not counted.
        """
        with self._lock:
            return dict(self._seen)

    def requests(self, at: Endpoint | None = None, *, status: int | None = None) -> int:
        """Return the number of requests: all, or those to one endpoint, with one status, or both."""
        return sum(
            count
            for (endpoint, answered), count in self.seen.items()
            if at in (None, endpoint) and status in (None, answered)
        )

    def order(
        self, fault: Fault, *, at: Endpoint | None = None, times: int | None = 1, after: int = 0
    ) -> QueuedFault:
        """Queue a fault for the next request, the next ``times``, or all until it is withdrawn (None).

        ``at`` restricts it to one endpoint; ``after`` requests that it could apply to pass first. A request
        takes at most one AnswerFault and one fault of each other kind: the first that is due.
        ValueError for a fault that could never happen.
        """
        with self._lock:
            return self._faults.add(fault, at, times, after)

    def withdraw(self, order: QueuedFault | None = None) -> int:
        """Withdraw one queued fault, or all; return how many were still to happen."""
        with self._lock:
            return self._faults.withdraw(None if order is None else order.id)

    def refuse_next(
        self, code: str, *, at: Endpoint | None = None, times: int = 1, detail: JSON = None
    ) -> None:
        """Refuse the next requests, at any endpoint or one, without carrying them out.

        Short for ordering a Refusal. ValueError for a code that the API does not have.
        """
        self.order(Refusal(code, detail), at=at, times=times)

    def fail_next_build(self) -> None:
        """Let the build of the next accepted spec fail: short for ordering a FailedBuild."""
        self.order(FailedBuild())

    def take_connection_reset(self) -> bool:
        """Return whether to reset a connection that was just accepted; servers call it once for each."""
        with self._lock:
            return self._faults.take(ConnectionReset, at=None) is not None

    def take_interruption(self, method: str, path: str) -> bool:
        """Return whether to break off a request half-way; servers call it once its head has arrived."""
        endpoint, _ = find_endpoint(method, path)
        with self._lock:
            if self._faults.take(Interrupted, at=endpoint) is None:
                return False
            self._seen[endpoint, None] += 1
            return True

    def refuse_head(self, head: Request, body_bytes: int) -> Answer | None:
        """Return the answer to a request whose body must not be read; None if it may.

        Such a request uses up neither the rate limit nor faults.
        """
        try:
            check_head(head, self.token, body_bytes)
        except RefusalError as refusal:
            with self._lock:
                self._seen[find_endpoint(head.method, head.path)[0], refusal.answer().status] += 1
                remaining = self.rate_limit - self._window.count(self.clock(), 0)
                return self._with_headers(refusal.answer(), remaining)
        return None

    def answer(self, request: Request) -> Answer:
        """Return Katapult's answer at this moment, and how it travels."""
        if self.take_connection_reset():
            return _RESET
        refused = self.refuse_head(request, len(request.body))
        if refused is not None:
            return refused
        if self.take_interruption(request.method, request.path):
            return _RESET
        return self.answer_complete(request)

    def answer_complete(self, request: Request) -> Answer:
        """Return the answer to a request that was not refused and has arrived completely; for servers."""
        endpoint, ids = find_endpoint(request.method, request.path)
        request = evolve(request, query=(*request.query, *ids.items()))
        with self._lock:
            fault: AnswerFault | None = self._faults.take(*get_args(AnswerFault), at=endpoint)
            used = self._window.count(self.clock())
            if isinstance(fault, Exhausted):
                used = self._window.use_up(self.rate_limit)
            try:
                answer = self._carry_out(fault, endpoint, request, self.rate_limit - used)
            except RefusalError as refusal:
                answer = refusal.answer()
            answer = self._with_headers(answer, self.rate_limit - used)
        answer = apply_fault(fault, answer)
        with self._lock:
            self._seen[endpoint, answer.status if answer.arrives else None] += 1
        return answer

    def _with_headers(self, answer: Answer, remaining: int) -> Answer:
        left = 0 if answer.status == 429 else max(0, remaining)  # an ordered 429 looks like a real one
        headers = (
            ("X-Ratelimit-Permitted", str(self.rate_limit)),
            ("X-Ratelimit-Remaining", str(left)),
            ("X-Request-Id", str(uuid.UUID(int=self._random.getrandbits(128), version=4))),
        )
        return evolve(answer, headers=(*answer.headers, *headers))

    def _carry_out(
        self, fault: AnswerFault | None, endpoint: Endpoint | None, request: Request, remaining: int
    ) -> Answer:
        delay_s = carried_out_after_s(fault)
        answer = None
        if delay_s is not None:
            endpoint = self._check(endpoint, remaining)
            answer = endpoints.carry_out(self._store, endpoint, request, delay_s)
        if isinstance(fault, Refusal):
            detail = fault.detail
            if fault.code == "rate_limit_reached" and detail is None:
                detail = {"total_permitted": self.rate_limit}
            raise RefusalError(fault.code, detail)
        if answer is None:
            raise RefusalError("service_unavailable")
        return answer

    def _check(self, endpoint: Endpoint | None, remaining: int) -> Endpoint:
        if remaining < 0:
            raise RefusalError("rate_limit_reached", {"total_permitted": self.rate_limit})
        if endpoint is None:
            raise RefusalError("route_not_found")
        scopes = endpoint.value.scopes
        if scopes and not set(scopes) & set(self.scopes):
            raise RefusalError("scope_not_granted", {"scopes": list(scopes)})
        return endpoint

"""Sandbox: a Katapult in one plain object, from request to answer, without network or waiting.

>>> sandbox = Sandbox(token="secret")
>>> sandbox.answer(Request("GET", "/core/v1/tasks/task")).status
400

What is to go wrong is ordered, as a value of :mod:`vmspec.sandbox.faults`. An answer then says by
:class:`~vmspec.sandbox.http.Delivery` what becomes of it on its way, so whoever drives a client without
network can do the same to it: lose it, bring it late, or break it off.
"""

from __future__ import annotations

import random
import secrets
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import get_args

from attrs import define, evolve, field
from attrs.validators import ge, gt

from vmspec.sandbox.build_store import BuildStore
from vmspec.sandbox.builds import Build, Timeline
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
from vmspec.sandbox.faults.apply import apply_fault, effect_s
from vmspec.sandbox.faults.queue import FaultQueue, QueuedFault
from vmspec.sandbox.http import JSON, Answer, Delivery, Request
from vmspec.sandbox.rate_window import RateWindow
from vmspec.sandbox.refusals import RefusalError
from vmspec.sandbox.routes import Endpoint, endpoint_of
from vmspec.sandbox.server import control

DEFAULT_SPEED = 20.0
"""Twenty of the API's seconds in one of ours: a machine is started after about two seconds."""

ALL_SCOPES = ("virtual_machines", "tasks", "disk_templates")


_RESET = Answer(503, delivery=Delivery(dropped="reset"))
"""What comes of a request that never came in whole."""


@define(kw_only=True, eq=False)
class Sandbox:
    """Katapult's API as far as building machines from specs goes.

    Everything that varies is given: the clock (of which only differences matter), the seed of all
    ids, passwords and made-up hostnames, how fast builds go, and what exists. It may be asked from
    several threads at once.
    """

    token: str = field(factory=lambda: secrets.token_urlsafe(24), repr=False)
    scopes: Collection[str] = ALL_SCOPES
    """What the token may do: take ``tasks`` out, and tasks answer ``scope_not_granted``."""
    speed: float = field(default=DEFAULT_SPEED, validator=gt(0))
    """How many of the API's seconds pass in one of the clock's; the rate limit keeps the clock's."""
    rate_limit: int = field(default=1000, validator=ge(1))
    """How many requests are answered within a minute of the clock."""
    catalogue: Catalogue = field(factory=Catalogue, repr=False)
    timeline: Timeline = field(factory=Timeline)
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    epoch: float = field(factory=time.time)
    """The Unix time at which the sandbox begins."""
    seed: int | str | None = None

    _random: random.Random = field(init=False, repr=False)
    _minutes: RateWindow = field(init=False, repr=False)
    _site: BuildStore = field(init=False, repr=False)
    _lock: threading.Lock = field(init=False, repr=False, factory=threading.Lock)
    _orders: FaultQueue = field(init=False, repr=False, factory=FaultQueue)
    _seen: Counter[tuple[Endpoint | None, int | None]] = field(init=False, repr=False, factory=Counter)

    def __attrs_post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - makes ids up, keeps no secret
        self._minutes = RateWindow(self.clock())
        self._site = BuildStore(self, self._orders, self._random)

    @property
    def organization(self) -> str:
        """The sub-domain of the one organization there is."""
        return self.catalogue.sub_domain

    @property
    def builds(self) -> tuple[Build, ...]:
        """Every spec that was accepted until now, the oldest first."""
        with self._lock:
            return tuple(self._site.builds())

    @property
    def orders(self) -> tuple[QueuedFault, ...]:
        """The faults that are still to be met, in the order given."""
        with self._lock:
            return self._orders.open

    @property
    def seen(self) -> Mapping[tuple[Endpoint | None, int | None], int]:
        """How many requests were seen, by endpoint and the status of the answer.

        Endpoint None is any path where there is none; status None is an answer that could not arrive. A
        connection that was turned away is no request, nor is whatever goes to ``/sandbox``.
        """
        with self._lock:
            return dict(self._seen)

    def requests(self, at: Endpoint | None = None, *, status: int | None = None) -> int:
        """How many requests were seen: all, or those to one endpoint, answered with one status, or both."""
        return sum(
            count
            for (endpoint, answered), count in self.seen.items()
            if at in (None, endpoint) and status in (None, answered)
        )

    def order(
        self, fault: Fault, *, at: Endpoint | None = None, times: int | None = 1, after: int = 0
    ) -> QueuedFault:
        """Lets requests meet a fault: the next one, the next ``times``, or all until it is withdrawn (None).

        ``at`` says to which endpoint; ``after`` lets so many of them go by first, counted from now. A
        request meets one AnswerFault at most, and one of each kind of the others: the first that is due.
        ValueError for what could never be met.
        """
        with self._lock:
            return self._orders.add(fault, at, times, after)

    def withdraw(self, order: QueuedFault | None = None) -> int:
        """Forgets an order, or all of them; how many were still open."""
        with self._lock:
            return self._orders.withdraw(None if order is None else order.id)

    def refuse_next(
        self, code: str, *, at: Endpoint | None = None, times: int = 1, detail: JSON = None
    ) -> None:
        """Refuses the next requests, or the next ones at one endpoint, and carries nothing out.

        Short for an order of a Refusal. ValueError for a code the API does not have.
        """
        self.order(Refusal(code, detail), at=at, times=times)

    def fail_next_build(self) -> None:
        """Lets the next spec that is accepted end as a failed build: short for an order of a FailedBuild."""
        self.order(FailedBuild())

    def turns_away(self) -> bool:
        """Whether a connection that was just accepted is reset; for servers, which ask once for each."""
        with self._lock:
            return self._orders.meet((ConnectionReset,), None) is not None

    def interrupts(self, method: str, path: str) -> bool:
        """Whether a request is broken off half-way; for servers, which ask once its head is there."""
        endpoint = endpoint_of(method, path)
        with self._lock:
            if control.is_meant(path) or self._orders.meet((Interrupted,), endpoint) is None:
                return False
            self._seen[endpoint, None] += 1
            return True

    def answer(self, request: Request) -> Answer:
        """What Katapult answers, now, and how that travels."""
        if control.is_meant(request.path):
            return control.answer(self, request)
        if self.turns_away() or self.interrupts(request.method, request.path):
            return _RESET
        return self.answer_whole(request)

    def answer_whole(self, request: Request) -> Answer:
        """The same of a request that is known to have come in whole; for servers."""
        if control.is_meant(request.path):
            return control.answer(self, request)
        endpoint = endpoint_of(request.method, request.path)
        with self._lock:
            fault: AnswerFault | None = self._orders.meet(get_args(AnswerFault), endpoint)
            answer = self._answer(fault, endpoint, request)
        answer = apply_fault(fault, answer)
        with self._lock:
            self._seen[endpoint, answer.status if answer.arrives else None] += 1
        return answer

    def _answer(self, fault: AnswerFault | None, endpoint: Endpoint | None, request: Request) -> Answer:
        if isinstance(fault, Exhausted):
            self._minutes.use_up(self.rate_limit)
        remaining = self.rate_limit - self._minutes.count(self.clock())
        try:
            effect = effect_s(fault)
            answer = None if effect is None else self._checked(endpoint, request, remaining, effect)
            if isinstance(fault, Refusal):
                raise self._refusal(fault)
            if answer is None:
                raise RefusalError("service_unavailable")
        except RefusalError as refusal:
            answer = refusal.answer()
        return evolve(answer, headers=(*answer.headers, *self._headers(answer, remaining)))

    def _refusal(self, fault: Refusal) -> RefusalError:
        detail = fault.detail
        if fault.code == "rate_limit_reached" and detail is None:
            detail = {"total_permitted": self.rate_limit}
        return RefusalError(fault.code, detail)

    def _headers(self, answer: Answer, remaining: int) -> tuple[tuple[str, str], ...]:
        left = 0 if answer.status == 429 else max(0, remaining)  # an ordered 429 looks like a real one
        return (
            ("X-Ratelimit-Permitted", str(self.rate_limit)),
            ("X-Ratelimit-Remaining", str(left)),
            ("X-Request-Id", str(uuid.UUID(int=self._random.getrandbits(128), version=4))),
        )

    def _checked(
        self, endpoint: Endpoint | None, request: Request, remaining: int, effect_s: float
    ) -> Answer:
        """All that comes before the endpoint's own work, then that."""
        self.check_token(request)
        if remaining < 0:
            raise RefusalError("rate_limit_reached", {"total_permitted": self.rate_limit})
        if endpoint is None:
            raise RefusalError("route_not_found")
        if not set(endpoint.value.scopes) & set(self.scopes):
            raise RefusalError("scope_not_granted", {"scopes": list(endpoint.value.scopes)})
        return self._site.carry_out(endpoint, request, effect_s)

    def check_token(self, request: Request) -> None:
        """Raises RefusalError for a request that does not carry the token."""
        scheme, _, token = (request.header("authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise RefusalError("missing_api_token")
        if token.strip() != self.token:
            raise RefusalError("invalid_api_token")

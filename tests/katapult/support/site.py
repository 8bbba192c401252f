"""A Katapult for the tests: the sandbox behind httpx, on a clock that is not real, with faults in order."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import httpx
from attrs import define, field

from vmspec import VM
from vmspec.katapult import Journal, SQLiteJournal
from vmspec.sandbox import Build, Catalogue, Request, Sandbox, Timeline

from .doubles import TOKEN, Clock, Kind, is_key_lookup, perform

XML = VM("web-1").data_center("uk-lon-01").package("rock-3").to_xml()
OTHER_XML = VM("web-2").data_center("uk-lon-01").package("rock-3").to_xml()
KEY = "orders/42"


@define(eq=False)
class Site:
    """Machines are seen ``seen_s`` after the create; faults are met one by one, by kind of request."""

    seen_s: float = 8.0
    costs_s: float = 0.0
    clock: Clock = field(factory=Clock)
    of_posts: list[Fault] = field(factory=list)
    of_lists: list[Fault] = field(factory=list)
    of_reads: list[Fault] = field(factory=list)
    requests: list[httpx.Request] = field(factory=list)
    looks: list[float] = field(factory=list)
    """When the machines were listed."""
    chance: random.Random = field(factory=lambda: random.Random(7))
    later: list[tuple[float, httpx.Request]] = field(factory=list)
    journal: Journal = field(init=False)
    sandbox: Sandbox = field(init=False)
    _now: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._now = self.clock()
        self.journal = SQLiteJournal(clock=self.clock)
        seen_s = self.seen_s
        self.sandbox = Sandbox(
            token=TOKEN,
            speed=1,
            seed=7,
            clock=lambda: self._now,
            rate_limit=100_000,
            catalogue=Catalogue(sub_domain="acme"),
            timeline=Timeline(
                building_s=seen_s / 2,
                machine_seen_s=seen_s,
                complete_s=seen_s + 9,
                starting_s=seen_s + 10,
                started_s=seen_s + 12,
            ),
        )

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.pass_time()
        if is_key_lookup(request):
            return self.answer(request)
        self.requests.append(request)
        faults = self.of_reads
        if request.method == "POST":
            faults = self.of_posts
        elif request.url.path.endswith("/organization/virtual_machines"):
            faults = self.of_lists
            self.looks.append(self.clock())
        self.clock.now += self.costs_s
        return faults.pop(0)(self, request) if faults else self.answer(request)

    def answer(self, request: httpx.Request) -> httpx.Response:
        answer = self.sandbox.answer(
            Request(
                method=request.method,
                path=request.url.path,
                query=tuple(request.url.params.multi_items()),
                headers=tuple(request.headers.items()),
                body=request.content,
            )
        )
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body)

    def pass_time(self) -> None:
        """Carry out what is due, at its time."""
        for at, request in sorted(self.later, key=lambda each: each[0]):
            if at <= self.clock():
                self._now = max(self._now, at)
                self.answer(request)
        self.later = [each for each in self.later if each[0] > self.clock()]
        self._now = max(self._now, self.clock())

    @property
    def posts(self) -> int:
        return sum(request.method == "POST" for request in self.requests)

    @property
    def builds(self) -> tuple[Build, ...]:
        return self.sandbox.builds

    def submit(self, kind: Kind, xml: str = XML, key: str | None = KEY, **kwargs: Any) -> Any:
        return self.perform(kind, "submit", xml, key, **({"settle_s": 180.0} | kwargs))

    def perform(self, kind: Kind, method: str, *args: Any, **kwargs: Any) -> Any:
        settings = {
            "clock": self.clock,
            "transport": httpx.MockTransport(self),
            "journal": self.journal,
            "chance": self.chance,
        }
        return perform(kind, method, *args, **(settings | kwargs))


Fault = Callable[[Site, httpx.Request], httpx.Response]


def well(site: Site, request: httpx.Request) -> httpx.Response:
    return site.answer(request)


def raises(error: Exception, *, carried_out: bool) -> Fault:
    def fault(site: Site, request: httpx.Request) -> httpx.Response:
        if carried_out:
            site.answer(request)
        raise error

    return fault


def answers(response: httpx.Response, *, carried_out: bool = False) -> Fault:
    def fault(site: Site, request: httpx.Request) -> httpx.Response:
        if carried_out:
            site.answer(request)
        return httpx.Response(response.status_code, headers=response.headers, content=response.content)

    return fault


def carried_out_later(seconds: float, *, hangs_s: float = 0.0) -> Fault:
    """No answer comes; the server works on the request so much later."""

    def fault(site: Site, request: httpx.Request) -> httpx.Response:
        site.later.append((site.clock() + seconds, request))
        site.clock.now += hangs_s
        raise httpx.ReadTimeout("timed out")

    return fault


def unfiltered(site: Site, request: httpx.Request) -> httpx.Response:
    url = request.url.copy_with(params=[("organization[sub_domain]", "acme")])
    return site.answer(httpx.Request("GET", url, headers=request.headers))


LOST = raises(httpx.ReadError("reset"), carried_out=True)
NEVER = raises(httpx.ReadError("reset"), carried_out=False)
NOT_SENT = raises(httpx.ConnectError("[Errno 111] Connection refused"), carried_out=False)

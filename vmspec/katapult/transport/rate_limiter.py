"""Rate limiter, by what the API says is left of its rate."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from typing import Literal, TypeAlias

from attrs import define, evolve, field

from vmspec.katapult.journal.rate import RateNews

Method: TypeAlias = Literal["GET", "POST"]

MINUTE_S = 60.0
SPACED: Mapping[Method, float] = {"POST": 0.1, "GET": 0.5}
"""Below this fraction of the rate, requests are spaced out over the minute: a reserve for other users of the
rate, and for creates, before which nothing can be waited for."""
KEPT = 1
"""Requests of each minute that are never used: one asks what the next minute has left."""
ASK_AGAIN_S = 2.0
"""Time after which whoever waits asks again, for a new minute may have begun."""
SENT_WITHIN_S = 5.0
"""Time within which a request that may go is sent, or never."""


@define
class RateLimiter:
    """Lets requests go at once while much of this minute's rate is left, and spaces out the rest.

    The API counts minutes from a start that it does not tell. An answer tells what was left when its request
    was counted. Less all requests that may have been counted since, that much is surely left: in a new minute
    there is only more. A minute after an answer at the latest a new one has begun, and one request may ask.
    """

    permitted: int | None = None
    """Requests per minute, as the API last said."""
    _left: int = 0
    """Requests that are surely left, less those that may be counted yet."""
    _allowed: deque[float] = field(init=False, factory=deque)
    """When requests were allowed that are not sent yet."""
    _in_flight: dict[int, int] = field(init=False, factory=dict)
    """Numbers of the requests on their way, and of the turns that all processes had then."""
    _sent: int = 0
    _answered: int = 0
    """Number of the last request whose answer told of the rate."""
    _ends: float = 0.0
    """When this minute is over at the latest."""
    _next: dict[Method, float] = field(init=False, factory=lambda: {"POST": 0.0, "GET": 0.0})
    _blocked_until: float = 0.0
    turns: int = 0
    """Turns that all processes had, as far as is known, where they share the rate."""
    _news: RateNews = field(init=False, factory=RateNews)

    def delay(self, now: float, method: Method) -> float:
        """Return 0 for a request that may go now, and count it; else the seconds before asking again."""
        if now < self._blocked_until:
            return min(self._blocked_until - now, ASK_AGAIN_S)
        if self.permitted is None:
            self._count(now)
            return 0.0
        kept = KEPT if self.permitted > 1 / SPACED["POST"] else 0
        if now >= self._ends:
            self._begin_minute(now)
            self._left = max(self._left, kept + 1)
        left = self._left - kept
        if left <= 0:
            return min(self._ends - now, ASK_AGAIN_S)
        if left <= SPACED[method] * self.permitted:
            if now < self._next[method]:
                return min(self._next[method] - now, ASK_AGAIN_S)
            self._next[method] = now + (self._ends - now) / left
        self._count(now)
        return 0.0

    def force(self, now: float) -> None:
        """Count a request that does not wait."""
        self._count(now)
        self._news = evolve(self._news, unasked=self._news.unasked + 1)

    def take_news(self) -> RateNews:
        """Return what was learned of the rate since this was asked last."""
        news, self._news = self._news, RateNews()
        return news

    def sent(self) -> int:
        """Note that a request is on its way, and return its number."""
        if self._allowed:
            self._allowed.popleft()
        self._sent += 1
        self._in_flight[self._sent] = self.turns
        return self._sent

    def received(self, headers: Mapping[str, str], now: float, number: int) -> None:
        """Note that a request is over, and learn what its answer tells of the rate."""
        turns = self._in_flight.pop(number, 0)
        told = [headers.get(f"x-ratelimit-{name}", "") for name in ("permitted", "remaining")]
        if not all(re.fullmatch("[0-9]{1,9}", text) for text in told):
            return
        if number < self._answered:
            return  # the answer to a later request tells more
        is_first, self._answered = self.permitted is None, number
        self.permitted, remaining = map(int, told)
        self._news = evolve(self._news, permitted=self.permitted, remaining=remaining, number=turns)
        while self._allowed and self._allowed[0] < now - SENT_WITHIN_S:
            self._allowed.popleft()
        remaining -= len(self._allowed)
        surely = remaining - len(self._in_flight)
        self._left = min(self._left, remaining - sum(other > number for other in self._in_flight))
        if is_first or surely > self._left + 1:  # the request itself may not be counted
            self._begin_minute(now)
        self._left = max(self._left, surely)

    def refused(self, now: float, pause_s: float) -> None:
        """Let no request go for some time, for the API takes none."""
        self._blocked_until = max(self._blocked_until, now + pause_s)
        self._news = evolve(self._news, blocked_s=max(self._news.blocked_s, pause_s))

    def _count(self, now: float) -> None:
        self._left -= 1
        self._allowed.append(now)

    def _begin_minute(self, now: float) -> None:
        self._ends = now + MINUTE_S
        self._next = {"POST": now, "GET": now}

"""Rate limiter, by what the API says is left of its rate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import inf
from typing import Literal, TypeAlias

from attrs import define, field

Method: TypeAlias = Literal["GET", "POST"]

MINUTE_S = 60.0
SPACED: Mapping[Method, float] = {"POST": 0.1, "GET": 0.5}
"""Below this fraction of the rate, requests are spaced out over the minute: a reserve for other users of the
rate, and for creates, before which nothing can be waited for."""
KEPT = 1
"""Requests of each minute that are never used: whoever is refused has not counted right."""
ASK_AGAIN_S = 2.0
"""Time after which whoever waits asks again, for a new minute may have begun."""


@define
class RateLimiter:
    """Lets requests go at once while much of this minute's rate is left, and spaces out the rest.

    The API counts minutes from a start that it does not tell. One has begun when an answer tells of more than
    can be left of the last one, or a minute after such an answer at the latest.
    """

    permitted: int | None = None
    """Requests per minute, as the API last said."""
    _left: int = 0
    """Requests left of this minute, less those that no answer has counted yet."""
    _in_flight: int = 0
    _unanswered: int = 0
    """Requests sent since the last answer."""
    _answered_at: float = -inf
    _ends: float = 0.0
    """When this minute is over at the latest."""
    _next: dict[Method, float] = field(init=False, factory=lambda: {"POST": 0.0, "GET": 0.0})
    _blocked_until: float = 0.0

    def delay(self, now: float, method: Method) -> float:
        """Return 0 for a request that may go now, and count it; else the seconds before asking again."""
        if now < self._blocked_until:
            return min(self._blocked_until - now, ASK_AGAIN_S)
        if self.permitted is None:
            return 0.0
        if now >= self._ends:
            self._begin_minute(now, self.permitted - self._unanswered)
        kept = KEPT if self.permitted > 1 / SPACED["POST"] else 0
        left = self._left - kept
        if left <= 0:
            return min(self._ends - now, ASK_AGAIN_S)
        if left <= SPACED[method] * self.permitted:
            if now < self._next[method]:
                return min(self._next[method] - now, ASK_AGAIN_S)
            self._next[method] = now + (self._ends - now) / left
        self._count()
        return 0.0

    def force(self) -> None:
        """Count a request that does not wait."""
        self._count()

    def sent(self) -> None:
        """Note that a request is on its way."""
        self._in_flight += 1

    def received(self, headers: Mapping[str, str], now: float, sent_at: float) -> None:
        """Note that a request is over, and learn what its answer tells of the rate."""
        self._in_flight -= 1
        told = [headers.get(f"x-ratelimit-{name}", "") for name in ("permitted", "remaining")]
        if not all(re.fullmatch("[0-9]{1,9}", number) for number in told):
            return
        permitted, remaining = map(int, told)
        is_first = self.permitted is None
        self.permitted = permitted
        # Answers overtake each other: only one to a request that was sent after the last answer tells of
        # a new minute, and only if it tells of more than all that may still be uncounted.
        is_overtaken = sent_at < self._answered_at
        if is_first or (not is_overtaken and remaining > self._left + self._unanswered):
            self._begin_minute(now, remaining - self._in_flight)
        self._left = min(self._left, remaining - self._in_flight)
        self._unanswered, self._answered_at = self._in_flight, now

    def refused(self, until: float) -> None:
        """Let no request go before a time, for the API takes none."""
        self._blocked_until = max(self._blocked_until, until)

    def _count(self) -> None:
        self._left -= 1
        self._unanswered += 1

    def _begin_minute(self, now: float, left: int) -> None:
        self._left, self._ends = left, now + MINUTE_S
        self._next = {"POST": now, "GET": now}

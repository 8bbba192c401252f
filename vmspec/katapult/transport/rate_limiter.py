"""How fast requests may go, by what the API says is left of its rate."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Mapping
from typing import Literal, TypeAlias

from attrs import define, field

from vmspec.katapult.responses import Answer

Method: TypeAlias = Literal["GET", "POST"]

MINUTE_S = 60.0
RESERVE: Mapping[Method, float] = {"POST": 0.1, "GET": 0.5}
"""The part of the rate from which on requests are spread: some are left for others who use it too, and
of one's own for creates, before which nobody can wait for anything."""
SHARE = 0.5
"""Of those who poll at the same time, each lets this part of the time go by in which all could poll once."""
CROWDED_S = 5.0
"""Where each may poll more often than this, those who poll are not many."""
RISE = 0.25
"""What remains rises by more than this part of the rate where a new minute has begun, and it matters."""
PROBE = 0.1
"""The part of the rate that is on its way at most in a minute of which no answer has told yet. Nor is more of
it used than was left of the one before, for the API's own minute may have begun within that."""
KEPT = 1
"""Kept of each minute, so that one request of the next is sure to be answered, and tells of it; of a rate
that is tiny nothing is."""
TINY = 10
SOON_S = 5.0
"""A request that has its turn is sent within this time, or not at all."""
ASK_AGAIN_S = 2.0
"""After this long at most whoever waits asks again, for a new minute may have begun."""


@define
class RateLimiter:
    """Lets requests go at once while many are left in this minute, and spreads the last ones over it.

    The answers tell what remains but not when the minute ends. It ends a minute after an answer that
    told of more than the one before, or earlier; that all is counted anew then is what recorded
    answers show. Threads may share it.
    """

    permitted: int | None = None
    """A minute, as the API last said."""
    _left: int = 0
    _told: int = 0
    """The least that was left of this minute, as answers told."""
    _told_at: float = float("-inf")
    _begun: float = 0.0
    _ends: float = 0.0
    _next: dict[Method, float] = field(init=False, factory=lambda: {"POST": 0.0, "GET": 0.0})
    _is_guessed: bool = False
    """Whether a minute began that no answer has told of yet."""
    _spent: int = 0
    """Requests of this minute."""
    _in_flight: int = 0
    _granted: deque[float] = field(init=False, factory=deque)
    """When those got their turn that were not sent since."""
    _polling: int = 0
    _lock: threading.Lock = field(init=False, factory=threading.Lock)

    def turn(self, now: float, method: Method = "GET") -> float:
        """0 where a request may go now, which is counted then; else how long to wait before asking again."""
        with self._lock:
            if self.permitted is None:
                self._granted.append(now)
                return 0.0
            if now >= self._ends:
                self._guess_minute(now, self.permitted)
            left = self._left - (0 if self._is_guessed or self.permitted <= TINY else KEPT)
            if left <= 0 or (self._is_guessed and self._is_probed(now, self.permitted)):
                return min(self._ends - now, ASK_AGAIN_S)
            if left <= RESERVE[method] * self.permitted:
                if now < self._next[method]:
                    return min(self._next[method] - now, ASK_AGAIN_S)
                self._next[method] = now + (self._ends - now) / left
            self._spend(now)
            return 0.0

    def take(self, now: float) -> None:
        """Count a request that cannot wait for its turn, and goes now."""
        with self._lock:
            self._spend(now)

    def sent(self) -> None:
        """A request is on its way."""
        with self._lock:
            self._in_flight += 1
            if self._granted:
                self._granted.popleft()

    def landed(self) -> None:
        """A request is over, whatever came of it."""
        with self._lock:
            self._in_flight -= 1

    def learn(self, answer: Answer, now: float, sent_at: float | None = None) -> None:
        """Take in what an answer tells of the rate; those still on their way are not in it.

        Answers overtake each other: one to what was sent before this minute tells nothing of it, and
        one that tells of little more was only late.
        """
        told = [answer.headers.get(f"x-ratelimit-{name}", "") for name in ("permitted", "remaining")]
        if not all(re.fullmatch("[0-9]{1,9}", number) for number in told):
            return
        permitted, remaining = map(int, told)
        with self._lock:
            is_overtaken = sent_at is not None and sent_at <= self._told_at
            has_risen = remaining > self._told + RISE * permitted and not is_overtaken
            if self.permitted is None or now >= self._ends or has_risen:
                self._begin_minute(now, permitted)
            elif sent_at is not None and sent_at < self._begun:
                return
            left = remaining - self._under_way(now)
            if remaining <= self._told:
                self._told, self._told_at = remaining, now
            self.permitted = permitted
            self._left = left if self._is_guessed else min(self._left, left)
            self._is_guessed = False

    def polling(self, change: int) -> None:
        """One more polls from now on, or one less."""
        with self._lock:
            self._polling += change

    def is_crowded(self, poll_s: float) -> bool:
        """Whether so many poll that ``poll_s`` between two polls of each would not fit into the rate."""
        return self.poll_s > max(poll_s, CROWDED_S)

    @property
    def poll_s(self) -> float:
        """Seconds between two polls of each who polls; 0 where one polls alone or no rate is known."""
        if not self.permitted or self._polling < 2:
            return 0.0
        return self._polling * SHARE * MINUTE_S / self.permitted

    def _begin_minute(self, now: float, permitted: int) -> None:
        self._begun, self._ends = now, now + MINUTE_S
        self._spent = self._under_way(now)
        self._told, self._left = permitted, permitted - self._spent
        self._is_guessed = False
        self._next = {"POST": now, "GET": now}

    def _guess_minute(self, now: float, permitted: int) -> None:
        if now >= self._ends + MINUTE_S:
            sure = permitted
        else:
            sure = permitted - self._spent if self._is_guessed else self._left
        self._begin_minute(now, permitted)
        self._left = max(1, min(self._left, sure))
        self._is_guessed = True

    def _is_probed(self, now: float, permitted: int) -> bool:
        """Whether so many requests are on their way that their answers have to be waited for."""
        return self._under_way(now) >= max(1, int(PROBE * permitted))

    def _spend(self, now: float) -> None:
        self._left -= 1
        self._spent += 1
        self._granted.append(now)

    def _under_way(self, now: float) -> int:
        """Requests that no answer counts yet: on their way, or about to be."""
        while self._granted and self._granted[0] < now - SOON_S:
            self._granted.popleft()
        return self._in_flight + len(self._granted)

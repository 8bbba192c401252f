"""How fast requests may go, by what the API says is left of its rate."""

from __future__ import annotations

import re

from attrs import define

from vmspec.katapult.answer import Answer


@define
class Pace:
    """Spreads requests when few are left in this minute.

    The answers tell what remains but not when the minute ends, so what remains is made to last one.
    """

    _interval_s: float = 0.0
    _next: float = 0.0

    def learn(self, answer: Answer) -> None:
        told = [answer.headers.get(f"x-ratelimit-{name}", "") for name in ("permitted", "remaining")]
        if all(re.fullmatch("[0-9]{1,9}", number) for number in told):
            permitted, remaining = map(int, told)
            self._interval_s = 60 / max(remaining, 1) if remaining * 10 < permitted else 0.0

    def delay(self, now: float) -> float:
        """Seconds until the next request may go; each call takes the next place in the queue."""
        turn = max(now, self._next) if self._interval_s else now
        self._next = turn + self._interval_s
        return turn - now

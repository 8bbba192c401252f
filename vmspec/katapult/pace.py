"""How fast requests may go, by what the API says is left of its rate."""

from __future__ import annotations

import re

from attrs import define

from vmspec.katapult.answer import Answer

MINUTE_S = 60.0


@define
class Pace:
    """Spreads requests when few are left in this minute.

    The answers tell what remains but not when the minute ends, so what remains is made to last one.
    Nothing waits for longer than that: by then the API counts anew.
    """

    _interval_s: float = 0.0
    _next: float = 0.0
    _until: float = 0.0

    def learn(self, answer: Answer, now: float) -> None:
        """Takes in what an answer tells of the rate."""
        told = [answer.headers.get(f"x-ratelimit-{name}", "") for name in ("permitted", "remaining")]
        if all(re.fullmatch("[0-9]{1,9}", number) for number in told):
            permitted, remaining = map(int, told)
            self._interval_s = MINUTE_S / max(remaining, 1) if remaining * 10 < permitted else 0.0
            self._until = now + MINUTE_S

    def delay(self, now: float) -> float:
        """Seconds until the next request may go; each call takes the next place in the queue."""
        if not self._interval_s or now >= self._until:
            return 0.0
        turn = min(max(now, self._next), self._until)
        self._next = turn + self._interval_s
        return turn - now

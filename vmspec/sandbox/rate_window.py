"""Minutes: how many requests came in within this one."""

from __future__ import annotations

from attrs import define, field

_MINUTE_S = 60


@define
class RateWindow:
    """Counts from nought again whenever a minute is over, as recorded answers show the API to do.

    The minutes begin with the sandbox, where the API's are the clock's.
    """

    begin: float
    _minute: int = field(init=False, default=0)
    _count: int = field(init=False, default=0)

    def count(self, now: float) -> int:
        """Counts one request; how many there are in this minute, with it."""
        minute = int((now - self.begin) // _MINUTE_S)
        if minute != self._minute:
            self._minute, self._count = minute, 0
        self._count += 1
        return self._count

    def use_up(self, limit: int) -> None:
        """Takes all that is left of this minute, and lets the last one counted be one too many."""
        self._count = max(self._count, limit + 1)

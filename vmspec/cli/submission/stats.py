"""Statistics of a run: requests, as the log reports them, and times of creates and starts."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import median

from vmspec.cli.submission.job import Job


class Stats(logging.Handler):
    """Counts of the requests that the logger ``vmspec`` reports while the block of ``recording`` runs."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._begun_at = time.monotonic()
        self._requests: Counter[str] = Counter()
        self._statuses: Counter[object] = Counter()
        self._create_s: list[float] = []

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record requests while the block runs."""
        logger = logging.getLogger("vmspec")
        before = logger.level
        logger.setLevel(min(logger.getEffectiveLevel(), logging.INFO))
        logger.addHandler(self)
        try:
            yield
        finally:
            logger.removeHandler(self)
            logger.setLevel(before)

    def emit(self, record: logging.LogRecord) -> None:
        """Count a request; pass over other records."""
        fields: Mapping[str, object] = getattr(record, "fields", {})
        method, duration_s = fields.get("method"), fields.get("duration_s")
        if not isinstance(method, str) or not isinstance(duration_s, float):
            return
        self._requests[method] += 1
        self._statuses[fields.get("status")] += 1
        if method == "POST":
            self._create_s.append(duration_s)

    def as_json(self, jobs: Sequence[Job]) -> Mapping[str, object]:
        """Return the statistics of a run; times are in seconds."""
        started_s = [job.started_after_s for job in jobs if job.started_after_s is not None]
        return {
            "elapsed_s": round(time.monotonic() - self._begun_at, 3),
            "requests": dict(sorted(self._requests.items())),
            "rate_limited": self._statuses[429],
            "unanswered": self._statuses[None],
            "create_s": _spread(self._create_s),
            "started_after_s": _spread(started_s),
        }

    def as_text(self, jobs: Sequence[Job]) -> str:
        """Return the statistics of a run in one line."""
        methods = ", ".join(f"{count} {method}" for method, count in sorted(self._requests.items()))
        parts = [
            f"stats: {time.monotonic() - self._begun_at:.1f} s",
            f"{self._requests.total()} requests" + (f" ({methods})" if methods else ""),
            f"{self._statuses[429]} rate limited",
            f"{self._statuses[None]} unanswered",
        ]
        started_s = [job.started_after_s for job in jobs if job.started_after_s is not None]
        for name, values in (("create", self._create_s), ("started after", started_s)):
            if values:
                parts.append(f"{name} {median(values):.1f} s median, {max(values):.1f} s longest")
        return "; ".join(parts)


def _spread(values: Sequence[float]) -> Mapping[str, float] | None:
    return {"median": round(median(values), 3), "max": round(max(values), 3)} if values else None

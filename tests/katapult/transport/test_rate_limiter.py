"""Requests are spaced out when the API says that few are left."""

from __future__ import annotations

import pytest

from vmspec.katapult.transport.rate_limiter import Method, RateLimiter

from ..support.doubles import Api, build


def told(limiter: RateLimiter, remaining: str, now: float = 0.0, permitted: str = "200") -> None:
    """Have one request answered, which was sent just now."""
    sent = limiter.sent()
    headers = {"x-ratelimit-permitted": permitted, "x-ratelimit-remaining": remaining}
    limiter.received(headers, now, sent)


def turns(limiter: RateLimiter, count: int, now: float = 0.0, method: Method = "GET") -> list[float]:
    """Return when each of some requests may go, one after the other."""
    begun: list[float] = []
    for _ in range(count):
        while delay := limiter.delay(now, method):
            now += delay
        begun.append(round(now, 3))
    return begun


@pytest.mark.parametrize("remaining", ["200", "105", "many", "", "-1", "1e9", "\u0663"])
def test_requests_go_at_once_while_enough_is_left_or_nothing_is_told(remaining: str) -> None:
    limiter = RateLimiter()
    told(limiter, remaining)
    assert turns(limiter, 3) == [0, 0, 0]


def test_the_rest_of_a_minute_is_spaced_out() -> None:
    limiter = RateLimiter()
    told(limiter, "5")
    assert turns(limiter, 5) == [0, 15, 30, 45, 60]


def test_reads_leave_half_of_the_rate_to_creates() -> None:
    limiter = RateLimiter()
    told(limiter, "61")
    assert turns(limiter, 3) == [0, 1, 2]
    assert turns(limiter, 3, now=2.0, method="POST") == [2, 2, 2]


def test_the_next_minute_is_waited_for_when_nothing_is_left() -> None:
    limiter = RateLimiter()
    told(limiter, "0", now=5.0)
    assert turns(limiter, 1, now=10.0) == [65]


def test_one_request_of_each_minute_is_kept_but_not_of_a_tiny_rate() -> None:
    limiter = RateLimiter()
    told(limiter, "1")
    assert limiter.delay(0.0, "POST") > 0
    tiny = RateLimiter()
    told(tiny, "1", permitted="5")
    assert tiny.delay(0.0, "POST") == 0


def test_requests_in_flight_count_as_used() -> None:
    limiter = RateLimiter()
    limiter.sent()
    limiter.sent()
    told(limiter, "3")
    assert turns(limiter, 1) == [60]


def test_requests_that_no_answer_tells_of_count_as_used_in_the_next_minute() -> None:
    limiter = RateLimiter()
    told(limiter, "200")
    for _ in range(150):
        assert limiter.delay(0.0, "POST") == 0
        limiter.sent()
    assert turns(limiter, 30, now=61.0, method="POST") == [61] * 30
    assert limiter.delay(61.0, "POST") > 0


def test_an_answer_that_tells_of_more_begins_a_new_minute() -> None:
    limiter = RateLimiter()
    told(limiter, "1")
    assert limiter.delay(10.0, "POST") > 0
    told(limiter, "199", now=20.0)
    assert turns(limiter, 3, now=20.0) == [20] * 3


def test_an_overtaken_answer_does_not_begin_a_new_minute() -> None:
    limiter = RateLimiter()
    sent = limiter.sent()
    told(limiter, "10", now=1.0)
    headers = {"x-ratelimit-permitted": "200", "x-ratelimit-remaining": "150"}
    limiter.received(headers, 2.0, sent)
    assert limiter.delay(2.0, "GET") == 0
    assert limiter.delay(2.0, "GET") > 0


def test_requests_that_do_not_wait_are_counted() -> None:
    limiter = RateLimiter()
    told(limiter, "3")
    limiter.force(0.0)
    limiter.force(0.0)
    assert limiter.delay(0.0, "POST") > 0


def test_a_refusal_for_the_rate_makes_all_wait() -> None:
    limiter = RateLimiter()
    told(limiter, "200")
    limiter.refused(0.0, 8.0)
    assert turns(limiter, 2, method="POST") == [8, 8]


def test_polls_slow_down_and_the_deadline_stands() -> None:
    slow = build("building")
    slow.headers.update({"X-Ratelimit-Permitted": "200", "X-Ratelimit-Remaining": "2"})
    api = Api([slow])
    with pytest.raises(Exception, match="not started after 100 s"):
        api.perform("sync", "wait", "vmbuild_AAAAAAAAAAAAAAAA", timeout_s=100.0)
    assert (api.clock.now, len(api.requests) <= 5) == (1100.0, True)

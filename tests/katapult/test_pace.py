"""Requests are spread when the API says that few are left."""

from __future__ import annotations

import pytest

from vmspec.katapult.responses import Answer
from vmspec.katapult.transport.rate_limiter import Method, RateLimiter

from .doubles import Api, build


def told(remaining: str, permitted: str = "200") -> Answer:
    return Answer(200, {"x-ratelimit-permitted": permitted, "x-ratelimit-remaining": remaining})


def turns(pace: RateLimiter, count: int, now: float = 0.0, method: Method = "GET") -> list[float]:
    """When each of some requests may go, one after the other."""
    begun: list[float] = []
    for _ in range(count):
        while delay := pace.turn(now, method):
            now += delay
        begun.append(round(now, 3))
    return begun


@pytest.mark.parametrize("remaining", ["200", "103", "many", "", "-1", "1e9", "٣"])
def test_where_enough_is_left_or_nothing_is_told_nobody_waits(remaining: str) -> None:
    pace = RateLimiter()
    pace.learn(told(remaining), now=0.0)
    assert turns(pace, 3) == [0, 0, 0]


def test_what_is_left_is_made_to_last_the_minute() -> None:
    pace = RateLimiter()
    pace.learn(told("5"), now=0.0)
    assert turns(pace, 5) == [0, 15, 30, 45, 60]


def test_reads_leave_half_of_the_rate_to_creates() -> None:
    pace = RateLimiter()
    pace.learn(told("61"), now=0.0)
    assert turns(pace, 3) == [0, 1, 2]
    assert turns(pace, 3, now=2.0, method="POST") == [2, 2, 2]


def test_where_nothing_is_left_the_next_minute_is_waited_for() -> None:
    pace = RateLimiter()
    pace.learn(told("0"), now=5.0)
    assert turns(pace, 2, now=10.0) == [65, 125]


def test_of_a_minute_that_begins_unseen_little_is_used_before_an_answer_tells() -> None:
    pace = RateLimiter()
    pace.learn(told("20", permitted="30"), now=0.0)
    assert turns(pace, 3, now=60.0, method="POST") == [60] * 3
    assert pace.turn(60.0, "POST") > 0
    for _ in range(3):
        pace.sent()
        pace.landed()
    pace.learn(told("27", permitted="30"), now=60.1, sent_at=60.0)
    assert turns(pace, 9, now=60.1, method="POST") == [60.1] * 9


def test_where_no_answer_tells_of_such_a_minute_there_is_another_request_after_each() -> None:
    pace = RateLimiter()
    pace.learn(told("20", permitted="30"), now=0.0)
    for now, surely_left in ((60.0, 20), (120.0, 30 - 19)):
        for _ in range(surely_left - 3):
            assert pace.turn(now, "POST") == 0
            pace.sent()
            pace.landed()
        assert turns(pace, 2, now=now, method="POST")[1] > now


def test_of_a_minute_that_begins_unseen_no_more_is_used_than_was_left_of_the_one_before() -> None:
    """The API's own minute may still be that one."""
    pace = RateLimiter()
    pace.learn(told("3"), now=0.0)
    assert turns(pace, 3) == [0, 30, 60]
    assert turns(pace, 1, now=60.0) == [120]
    assert turns(pace, 2, now=240.0, method="POST") == [240, 240]


def test_one_is_kept_to_ask_with() -> None:
    pace = RateLimiter()
    pace.learn(told("1"), now=0.0)
    assert turns(pace, 1) == [60]
    pace = RateLimiter()
    pace.learn(told("1", permitted="2"), now=0.0)
    assert turns(pace, 1) == [0]


def test_those_about_to_be_sent_count_as_gone_but_not_for_long() -> None:
    pace = RateLimiter()
    assert turns(pace, 5) == [0] * 5
    pace.learn(told("5"), now=1.0)
    assert pace.turn(1.0) > 0
    pace = RateLimiter()
    assert turns(pace, 5) == [0] * 5
    pace.learn(told("200"), now=6.0)
    assert turns(pace, 1, now=6.0) == [6]


def test_few_who_poll_often_are_no_crowd() -> None:
    pace = RateLimiter()
    pace.learn(told("200"), now=0.0)
    pace.polling(20)
    assert not pace.is_crowded(0.05)
    pace.polling(40)
    assert pace.is_crowded(0.05)
    assert not pace.is_crowded(30.0)


def test_those_on_their_way_count_as_gone() -> None:
    pace = RateLimiter()
    for _ in range(5):
        pace.sent()
    pace.learn(told("5"), now=0.0)
    assert turns(pace, 1) == [60]
    pace.landed()
    pace.learn(told("200"), now=61.0)
    assert turns(pace, 1, now=61.0) == [61]


def test_an_answer_that_tells_of_more_lets_all_go_again() -> None:
    pace = RateLimiter()
    pace.learn(told("0"), now=0.0)
    assert pace.turn(1.0) > 0
    pace.learn(told("200"), now=1.0)
    assert turns(pace, 2, now=1.0) == [1, 1]


def test_an_answer_that_was_overtaken_tells_nothing() -> None:
    pace = RateLimiter()
    pace.learn(told("3"), now=0.0)
    pace.learn(told("199"), now=30.0, sent_at=29.8)
    pace.learn(told("2"), now=30.1, sent_at=29.7)
    assert turns(pace, 3, now=31.0) == [31, 31, 31]


def test_an_answer_that_was_overtaken_is_no_new_minute() -> None:
    pace = RateLimiter()
    pace.learn(told("2", permitted="20"), now=1.0, sent_at=0.5)
    pace.learn(told("19", permitted="20"), now=1.1, sent_at=0.1)
    assert turns(pace, 2, now=1.1) == [1.1, 61]


def test_those_that_do_not_wait_for_a_turn_are_counted_too() -> None:
    pace = RateLimiter()
    pace.learn(told("4"), now=0.0)
    for _ in range(4):
        pace.take(0.0)
    assert turns(pace, 1) == [60]


def test_of_many_who_poll_each_does_so_seldom_enough_for_all() -> None:
    pace = RateLimiter()
    pace.learn(told("200"), now=0.0)
    pace.polling(1)
    assert pace.poll_s == 0
    pace.polling(59)
    assert pace.poll_s == pytest.approx(9)


def test_polls_slow_down_and_the_deadline_stands() -> None:
    answer = build("building")
    answer.headers.update({"X-Ratelimit-Permitted": "200", "X-Ratelimit-Remaining": "2"})
    api = Api([answer])
    with pytest.raises(Exception, match="not started"):
        api.perform("sync", "wait", "vmbuild_1", timeout_s=100.0, poll_s=1.0)
    assert len(api.requests) <= 12
    assert api.clock.now == 1100

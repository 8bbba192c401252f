"""Requests are spread when the API says that few are left."""

from __future__ import annotations

import pytest

from vmspec.katapult.answer import Answer
from vmspec.katapult.pace import Pace

from .doubles import Api, build


def told(remaining: str, permitted: str = "200") -> Answer:
    return Answer(200, {"x-ratelimit-permitted": permitted, "x-ratelimit-remaining": remaining})


def delays(pace: Pace, count: int, now: float = 0.0) -> list[float]:
    return [pace.delay(now) for _ in range(count)]


@pytest.mark.parametrize("remaining", ["200", "20", "many", "", "-1", "1e9", "٣"])
def test_where_enough_is_left_or_nothing_is_told_nobody_waits(remaining: str) -> None:
    pace = Pace()
    pace.learn(told(remaining), now=0.0)
    assert delays(pace, 3) == [0, 0, 0]


def test_what_is_left_is_made_to_last_a_minute() -> None:
    pace = Pace()
    pace.learn(told("10"), now=0.0)
    assert delays(pace, 11) == [6.0 * turn for turn in range(11)]


def test_nothing_left_is_one_request_a_minute() -> None:
    pace = Pace()
    pace.learn(told("0"), now=0.0)
    assert delays(pace, 2) == [0, 60]


def test_nobody_waits_beyond_the_minute() -> None:
    pace = Pace()
    pace.learn(told("2"), now=0.0)
    assert delays(pace, 100, now=10.0)[-1] == 50
    assert delays(pace, 100, now=60.0) == [0] * 100


def test_a_new_minute_lets_all_go_again() -> None:
    pace = Pace()
    pace.learn(told("0"), now=0.0)
    delays(pace, 5)
    pace.learn(told("200"), now=0.0)
    assert delays(pace, 2, now=1.0) == [0, 0]


def test_polls_slow_down_and_the_deadline_stands() -> None:
    answer = build("building")
    answer.headers.update({"X-Ratelimit-Permitted": "200", "X-Ratelimit-Remaining": "2"})
    api = Api([answer])
    with pytest.raises(Exception, match="not started"):
        api.perform("sync", "wait", "vmbuild_1", timeout_s=100.0, poll_s=1.0)
    assert len(api.requests) <= 5
    assert api.clock.now == 1100

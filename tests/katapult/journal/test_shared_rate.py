"""The rate that several processes share by their journal in PostgreSQL, on a clock of the tests' own."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from random import Random
from typing import TYPE_CHECKING

import pytest
from attrs import define, field

from vmspec.katapult import Journal, Katapult, SQLiteJournal
from vmspec.katapult.journal.postgres import PostgresJournal
from vmspec.katapult.journal.rate import MUCH, RateNews, Turn
from vmspec.sandbox import Endpoint, RunningSandbox, Sandbox, running

if TYPE_CHECKING:
    from tests.support.postgres import Server

API, ORGANIZATION = "https://api.example.com", "acme"


@pytest.fixture
def journal(postgres: Server) -> Iterator[PostgresJournal]:
    with closing(PostgresJournal(postgres.address)) as journal:
        yield journal


@define
class Api:
    """Counts requests in minutes that begin at some moment."""

    permitted: int
    begins: float
    counts: Counter[int] = field(factory=Counter)

    def count(self, now: float) -> int | None:
        """Count a request, and return what is left; None if it is refused."""
        minute = int((now - self.begins) // 60)
        self.counts[minute] += 1
        left = self.permitted - self.counts[minute]
        return left if left >= 0 else None


@define
class Runner:
    """A process that always has requests to send; it knows what it is told."""

    method: str
    turns: int = 0
    news: RateNews = field(factory=RateNews)


def run(journal: PostgresJournal, api: Api, runners: list[Runner], seconds: float, latency_s: float) -> int:
    """Let runners send as many requests as they may for some time; return how many were refused."""
    refused = 0
    random = Random(7)
    events: list[tuple[float, int, int, str]] = []
    for index in range(len(runners)):
        heapq.heappush(events, (index * 0.01, len(events), index, "ask"))
    number = len(events)
    while events and events[0][0] < seconds:
        now, _, index, what = heapq.heappop(events)
        runner = runners[index]
        number += 1
        if what == "ask":
            turn = journal.turn(API, ORGANIZATION, MUCH[runner.method], runner.news, now)
            runner.news, runner.turns = RateNews(), turn.number
            following = "send" if turn.is_given else "ask"
            heapq.heappush(events, (now + turn.delay_s, number, index, following))
            continue
        left = api.count(now + random.random() * latency_s)
        if left is None:
            refused += 1
            runner.news = RateNews(blocked_s=1.0)
        else:
            runner.news = RateNews(permitted=api.permitted, remaining=left, number=runner.turns)
        heapq.heappush(events, (now + latency_s, number, index, "ask"))
    return refused


@pytest.mark.parametrize("begins", [-1.0, -31.0, -59.0])
@pytest.mark.parametrize("permitted", [60, 200, 1000])
def test_runners_use_the_rate_and_never_more(journal: PostgresJournal, permitted: int, begins: float) -> None:
    api = Api(permitted, begins)
    runners = [Runner("POST") for _ in range(9)] + [Runner("GET") for _ in range(3)]
    minutes = 5 if permitted < 1000 else 2
    assert run(journal, api, runners, minutes * 60.0, latency_s=0.1) == 0
    assert api.counts.total() >= 0.87 * permitted * minutes


def test_much_that_is_left_is_used_at_once(journal: PostgresJournal) -> None:
    news = RateNews(permitted=200, remaining=199, number=1)
    turns = [journal.turn(API, ORGANIZATION, 0.25, news if n == 0 else RateNews(), 10.0) for n in range(140)]
    assert {(turn.delay_s, turn.is_given) for turn in turns} == {(0.0, True)}


def test_requests_of_others_count(journal: PostgresJournal) -> None:
    journal.turn(API, ORGANIZATION, 0.25, RateNews(permitted=200, remaining=0, number=0), 10.0)
    assert not journal.turn(API, ORGANIZATION, 0.25, RateNews(), 11.0).is_given


def test_a_refusal_stops_all_runners(journal: PostgresJournal) -> None:
    journal.turn(API, ORGANIZATION, 0.25, RateNews(blocked_s=5.0), 10.0)
    assert journal.turn(API, ORGANIZATION, 0.25, RateNews(), 14.0) == Turn(1.0, False, 0)
    assert journal.turn(API, ORGANIZATION, 0.25, RateNews(), 15.0).is_given


def test_requests_without_a_turn_are_counted(journal: PostgresJournal) -> None:
    first = journal.turn(API, ORGANIZATION, 0.25, RateNews(permitted=60, remaining=10), 10.0)
    later = journal.turn(API, ORGANIZATION, 0.25, RateNews(unasked=3), 10.0)
    assert later.number >= first.number + 3
    assert not later.is_given


def test_organizations_have_rates_of_their_own(journal: PostgresJournal) -> None:
    journal.turn(API, ORGANIZATION, 0.25, RateNews(blocked_s=50.0), 10.0)
    assert journal.turn(API, "other", 0.25, RateNews(), 10.0).is_given
    assert journal.turn("https://other.example.com", ORGANIZATION, 0.25, RateNews(), 10.0).is_given


def client_of(api: RunningSandbox, journal: Journal) -> Katapult:
    return Katapult(token=api.token, organization=api.organization, api_url=api.url, journal=journal)


class SharingJournal(SQLiteJournal):
    """A store that has a rate to share, and notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[RateNews] = []

    def turn(self, api_url: str, organization: str, much: float, news: RateNews) -> Turn:
        self.told.append(news)
        return Turn(0.0, True, len(self.told))


def test_clients_take_turns_from_the_journal_and_pass_news_on() -> None:
    journal = SharingJournal()
    sandbox = Sandbox(speed=500, rate_limit=50)
    with running(sandbox) as api, client_of(api, journal) as katapult:
        for _ in range(3):
            katapult.virtual_machines()
    assert [(news.permitted, news.remaining, news.number) for news in journal.told] == [
        (None, None, 0),
        (50, 49, 1),
        (50, 48, 2),
    ]
    assert sandbox.requests(Endpoint.MACHINES) == 3


def test_a_journal_that_is_lost_leaves_the_own_rate(postgres: Server) -> None:
    with (
        closing(PostgresJournal(f"{postgres.address}&port=1")) as journal,
        running(Sandbox(speed=500)) as api,
        client_of(api, journal) as katapult,
    ):
        assert katapult.virtual_machines() == ()

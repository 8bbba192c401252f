"""Many specs at once: one budget of requests, nothing sent where two clash, each result told."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from attrs import define, field

from vmspec import VM, VirtualMachineSpec, errors, existing_ip
from vmspec.katapult import (
    AsyncKatapult,
    Journal,
    Katapult,
    Progress,
    Result,
    SQLiteJournal,
    Submission,
)
from vmspec.katapult.submission.request import BATCH
from vmspec.sandbox import Endpoint, RunningSandbox, Sandbox, running
from vmspec.sandbox.faults import Delay, Unfiltered

from ..support.doubles import Kind

SCALE = 15.0
"""A minute of the clock is four seconds: the 30 s of a create are two, also on a busy machine."""
SPEED = 5.0
"""Builds are quick beside that: started after 9 s of the clock."""


def web(hostname: str | None) -> VirtualMachineSpec:
    machine = VM(hostname) if hostname else VM()
    return machine.data_center("uk-lon-01").package("rock-3").network("uk-lon-01-public").build()


def webs(count: int) -> dict[str, VirtualMachineSpec]:
    return {f"web-{number}.xml": web(f"web-{number}") for number in range(count)}


def scaled() -> float:
    return time.monotonic() * SCALE


@define
class Many:
    """A sandbox on a scaled clock, a client of it of either kind, and what was told."""

    api: RunningSandbox
    kind: Kind
    journal: Journal = field(factory=SQLiteJournal)
    told: list[tuple[str, Any]] = field(factory=list)

    @property
    def sandbox(self) -> Sandbox:
        return self.api.sandbox

    def submit(self, specs: Any, **options: Any) -> tuple[Result, ...]:
        settings: dict[str, Any] = {
            "token": self.api.token,
            "organization": self.api.organization,
            "api_url": self.api.url,
            "journal": self.journal,
            "clock": scaled,
        }
        options = {"on_event": lambda name, event: self.told.append((name, event))} | options

        async def sleep(seconds: float) -> None:
            await asyncio.sleep(seconds / SCALE)

        if self.kind == "sync":
            with Katapult(**settings, sleep=sleep) as katapult:
                return katapult.submit_many(specs, **options)

        async def go() -> tuple[Result, ...]:
            async with AsyncKatapult(**settings, sleep=sleep) as katapult:
                return await katapult.submit_many(specs, **options)

        return asyncio.run(go())


Make = Callable[..., Many]


@pytest.fixture
def many(kind: Kind) -> Any:
    with running(Sandbox(clock=scaled, speed=SPEED)) as api:
        yield Many(api, kind)


def test_each_is_made_once_and_told_in_the_order_given(many: Many) -> None:
    results = many.submit(webs(12), annotations={"team": "shop"})
    assert [result.name for result in results] == [f"web-{number}.xml" for number in range(12)]
    assert sorted(build.hostname for build in many.sandbox.builds) == sorted(f"web-{n}" for n in range(12))
    assert [result.virtual_machine.state for result in results if result.virtual_machine] == ["started"] * 12
    assert all(result.submission and result.error is None for result in results)
    one = [event for name, event in many.told if name == "web-3.xml"]
    assert isinstance(one[0], Submission)
    assert isinstance(one[-1], Result)
    assert {type(event) for event in one[1:-1]} == {Progress}
    annotations = results[0].submission.annotations if results[0].submission else {}
    assert set(annotations) == {"team", "vmspec.submission", "vmspec.spec", BATCH}


def test_without_waiting_each_is_told_as_created(many: Many) -> None:
    results = many.submit([web("a"), web("b")], poll_s=None)
    assert [(result.name, result.virtual_machine, result.error) for result in results] == [
        ("a", None, None),
        ("b", None, None),
    ]
    assert many.sandbox.requests(Endpoint.BUILD) == 0


def test_specs_without_names_go_by_their_hostnames(many: Many) -> None:
    specs = [web("a"), web("2"), web(None), web("b")]
    results = many.submit(specs, poll_s=None)
    assert [result.name for result in results] == ["a", "2", "3", "b"]


def test_nothing_at_all_is_nothing(many: Many) -> None:
    assert many.submit([]) == ()


@pytest.mark.parametrize(
    ("specs", "clashes"),
    [
        (
            {"a": web("Web-1"), "b": web("web-1")},
            ("hostname web-1 is claimed by a and by b",),
        ),
        (
            {
                name: VM(name)
                .data_center("uk-lon-01")
                .package("rock-3")
                .network("uk-lon-01-public", existing_ip("185.53.57.48"))
                .build()
                for name in ("a", "b", "c")
            },
            ("IP address 185.53.57.48 is claimed by a and by b and by c",),
        ),
    ],
)
def test_clashes_are_found_before_anything_is_sent(
    many: Many, specs: dict[str, VirtualMachineSpec], clashes: tuple[str, ...]
) -> None:
    with pytest.raises(errors.ClashError) as raised:
        many.submit(specs)
    assert raised.value.clashes == clashes
    assert many.sandbox.requests() == 0


def test_hostnames_that_are_made_up_do_not_clash(many: Many) -> None:
    results = many.submit([web(None), web(None)])
    assert [result.error for result in results] == [None, None]
    assert len(many.sandbox.builds) == 2


def test_outcome_of_one_changes_nothing_for_the_others(many: Many) -> None:
    many.sandbox.refuse_next("validation_error", at=Endpoint.CREATE)
    results = many.submit(webs(5))
    assert [type(result.error) for result in results if result.error] == [errors.ValidationRefusedError]
    assert len(many.sandbox.builds) == 4


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_are_sent_at_a_time_than_may_fail_and_none_after_that(many: Many, most: int) -> None:
    many.sandbox.refuse_next("validation_error", at=Endpoint.CREATE, times=1000)
    results = many.submit(webs(40), max_failures=most)
    assert many.sandbox.requests(Endpoint.CREATE) == most
    refused = [result for result in results if isinstance(result.error, errors.RefusedError)]
    left = [result for result in results if isinstance(result.error, errors.NotSentError)]
    assert (len(refused), len(left)) == (most, 40 - most)
    assert {str(result.error) for result in left} == {
        f"nothing was sent: not begun, for {most} failed before"
    }


def test_each_has_a_key_of_its_own_and_a_rerun_makes_no_more(many: Many) -> None:
    first = many.submit(webs(4), key="release-7")
    again = many.submit(webs(6), key="release-7")
    ids = [result.submission.id for result in first if result.submission]
    assert [result.submission.id for result in again if result.submission][:4] == ids
    assert [entry.key for entry in many.journal.entries()][:1] == ["release-7/web-0.xml"]
    assert len(many.sandbox.builds) == 6
    assert all(result.virtual_machine and result.virtual_machine.state == "started" for result in again)


class TestUnderARate:
    """Polling one by one would take too much of the rate."""

    @pytest.fixture
    def many(self, kind: Kind) -> Any:
        with running(Sandbox(clock=scaled, speed=SPEED, rate_limit=40)) as api:
            yield Many(api, kind)

    def test_nothing_is_refused_and_machines_are_found_in_a_list(self, many: Many) -> None:
        results = many.submit(webs(30))
        assert [result.error for result in results] == [None] * 30
        assert len(many.sandbox.builds) == 30
        assert many.sandbox.requests(status=429) == 0
        assert many.sandbox.requests(Endpoint.MACHINES) > 0
        assert many.sandbox.requests(Endpoint.BUILD) < 30

    def test_a_list_that_ignores_its_filter_brings_no_stranger_in(self, many: Many) -> None:
        many.submit(webs(2), poll_s=None)
        many.sandbox.order(Unfiltered(), at=Endpoint.MACHINES, times=1000)
        results = many.submit(webs(30))
        assert many.sandbox.requests(Endpoint.MACHINES) > 0
        submitted = [result.submission.id for result in results if result.submission]
        found = [result.virtual_machine for result in results if result.virtual_machine]
        assert [(machine.annotations or {})["vmspec.submission"] for machine in found] == submitted
        assert len({machine.id for machine in found}) == 30


def test_an_interruption_ends_all_and_leaves_the_journal_true(many: Many) -> None:
    created: list[str] = []

    def interrupt(name: str, event: object) -> None:
        many.told.append((name, event))
        if isinstance(event, Submission):
            created.append(name)
            if len(created) == 3:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        many.submit(webs(30), on_event=interrupt)
    built = {build.hostname for build in many.sandbox.builds}
    stand = {entry.hostname: entry.state for entry in many.journal.entries()}
    assert len(built) < 30
    assert {stand[hostname] for hostname in built} <= {"created", "unknown", "sending"}
    assert "created" not in {stand[hostname] for hostname in stand if hostname not in built}
    assert {stand[hostname] for hostname in built} == {"created"}
    ended = {name: event for name, event in many.told if isinstance(event, Result)}
    assert set(ended) == {f"{hostname}.xml" for hostname in stand}
    assert {name for name, result in ended.items() if result.submission is not None} == set(created)
    assert all(result.interrupted for result in ended.values())


def test_creates_that_were_sent_get_a_moment_for_their_answers(many: Many) -> None:
    """One is answered, and news of it ends the batch while the others are still on their way."""
    many.sandbox.order(Delay(10), at=Endpoint.CREATE, times=3, after=1)

    def interrupt(name: str, event: object) -> None:
        many.told.append((name, event))
        if many.sandbox.requests(Endpoint.CREATE) == 4 and not interrupted:
            interrupted.append(name)
            raise KeyboardInterrupt

    interrupted: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        many.submit(webs(4), on_event=interrupt, poll_s=1.0)
    assert [entry.state for entry in many.journal.entries()] == ["created"] * 4
    ended = [event for _, event in many.told if isinstance(event, Result)]
    assert [str(result.error) for result in ended] == ["interrupted; the build goes on"] * 4
    assert len({result.submission.id for result in ended if result.submission}) == 4


def test_each_outcome_is_told_however_often_it_is_interrupted() -> None:
    """The first of each kind of news of a spec ends in another Ctrl-C."""
    told: list[tuple[str, object]] = []
    met: set[tuple[str, type]] = set()

    def interrupt(name: str, event: object) -> None:
        if (met and (name, type(event)) not in met) or isinstance(event, Submission):
            met.add((name, type(event)))
            raise KeyboardInterrupt
        told.append((name, event))

    with running(Sandbox(clock=scaled, speed=SPEED)) as api:
        many = Many(api, "sync")
        many.sandbox.order(Delay(10), at=Endpoint.CREATE, times=3, after=1)
        with pytest.raises(KeyboardInterrupt):
            many.submit(webs(4), on_event=interrupt, poll_s=1.0)
    ended = {name: event for name, event in told if isinstance(event, Result)}
    begun = {f"{entry.hostname}.xml": entry for entry in many.journal.entries()}
    assert set(ended) == set(begun)
    assert {name: result.submission.id for name, result in ended.items() if result.submission} == {
        name: entry.id for name, entry in begun.items() if entry.state == "created"
    }


def test_each_outcome_is_told_however_often_its_task_is_cancelled() -> None:
    told: list[tuple[str, object]] = []

    async def go(many: Many) -> None:
        async with AsyncKatapult(
            token=many.api.token,
            organization=many.api.organization,
            api_url=many.api.url,
            journal=many.journal,
        ) as katapult:
            batch = asyncio.ensure_future(
                katapult.submit_many(webs(3), on_event=lambda name, event: told.append((name, event)))
            )
            while many.sandbox.requests(Endpoint.CREATE) < 3:
                await asyncio.sleep(0.01)
            while not batch.done():
                batch.cancel()
                await asyncio.sleep(0.01)
            with pytest.raises(asyncio.CancelledError):
                await batch

    with running(Sandbox(clock=scaled, speed=SPEED)) as api:
        many = Many(api, "async")
        many.sandbox.order(Delay(10), at=Endpoint.CREATE, times=3)
        asyncio.run(go(many))
    ended = {name: event for name, event in told if isinstance(event, Result)}
    assert {name: result.submission.id for name, result in ended.items() if result.submission} == {
        f"{entry.hostname}.xml": entry.id for entry in many.journal.entries() if entry.state == "created"
    }
    assert sorted(ended) == ["web-0.xml", "web-1.xml", "web-2.xml"]


def test_two_batches_of_one_client_end_apart() -> None:
    """An interruption of one leaves the other alone."""
    go = threading.Event()
    with (
        running(Sandbox(speed=200)) as api,
        Katapult(
            token=api.token, organization=api.organization, api_url=api.url, journal=SQLiteJournal()
        ) as katapult,
        ThreadPoolExecutor() as threads,
    ):

        def interrupt(_: str, event: object) -> None:
            if isinstance(event, Submission):
                go.set()
                raise KeyboardInterrupt

        def begin() -> tuple[Result, ...]:
            assert go.wait(10)
            return katapult.submit_many([web("b-1"), web("b-2")], poll_s=0.05)

        other = threads.submit(begin)
        with pytest.raises(KeyboardInterrupt):
            katapult.submit_many([web("a-1"), web("a-2")], poll_s=0.05, on_event=interrupt)
        assert [result.error for result in other.result(timeout=30)] == [None, None]
